// Measured use of pods, as annotations by which simulated pods use as much: on pods by their names, on the templates of their workloads as
// the mean of their pods. A Deployment and its ReplicaSets get the same, or its controller would take one for an update of the other.
import { BEHAVIOUR_PREFIX } from "../model/annotations.ts";
import type { ClusterObjects, KubernetesObject, Labels } from "../model/objects.ts";
import type { Draft, Use } from "./draft.ts";
import type { ObjectLists } from "./kubernetes/import-objects.ts";

const WORKLOADS: readonly (keyof ClusterObjects)[] = [
  "deployments",
  "statefulSets",
  "daemonSets",
  "replicaSets",
  "jobs",
];

/** Puts what was measured onto the objects; what matches none is said. */
export function applyUses(draft: Draft, objects: ObjectLists): void {
  if (draft.uses.length === 0) return;
  const used = new Set<Use>();
  // cAdvisor has a series of the whole pod beside those of its containers, and one of its sandbox
  const split = new Set(
    draft.uses.filter(({ container }) => container !== "").map((use) => `${use.what} ${keyOf(use)}`),
  );
  const uses = draft.uses.filter(
    (use) => use.container !== "POD" && (use.container !== "" || !split.has(`${use.what} ${keyOf(use)}`)),
  );
  const pods = objects.get("pods") ?? [];
  const ownerOf = new Map(
    (objects.get("replicaSets") ?? []).map(({ metadata }) => [
      `${metadata.namespace ?? "default"}/${metadata.name}`,
      metadata.ownerReferences?.find(({ controller }) => controller === true)?.name,
    ]),
  );
  objects.set(
    "pods",
    pods.map((pod) => {
      const own = uses.filter(
        ({ namespace, pod: name }) => name === pod.metadata.name && namespace === (pod.metadata.namespace ?? "default"),
      );
      for (const use of own) used.add(use);
      return own.length === 0 ? pod : annotated(pod, annotationsOf(own));
    }),
  );
  for (const list of WORKLOADS) {
    const all = objects.get(list);
    if (all === undefined) continue;
    objects.set(
      list,
      all.map((workload) => {
        const { name, namespace = "default" } = workload.metadata;
        // of a ReplicaSet, what its Deployment gets
        const base = (list === "replicaSets" ? ownerOf.get(`${namespace}/${name}`) : undefined) ?? name;
        const own = uses.filter((use) => use.namespace === namespace && isPodOf(use.pod, base));
        for (const use of own) used.add(use);
        return own.length === 0 ? workload : withTemplate(workload, annotationsOf(own));
      }),
    );
  }
  for (const use of uses)
    if (!used.has(use))
      draft.remarks.leftOut(
        "use of a pod",
        "no pod or workload of the input has its name: import a dump beside it",
        `${use.namespace}/${use.pod}`,
      );
}

function keyOf({ namespace, pod }: Use): string {
  return `${namespace}/${pod}`;
}

/** `web-5d8f-x2x4z`, `web-x2x4z`, `web-0`: the endings that controllers give. */
function isPodOf(pod: string, workload: string): boolean {
  return pod.startsWith(`${workload}-`) && /^(([a-z0-9]{1,10}-)?[a-z0-9]{5}|\d+)$/.test(pod.slice(workload.length + 1));
}

function annotationsOf(uses: readonly Use[]): Labels {
  const groups = new Map<string, number[]>();
  for (const { container, value, what } of uses) {
    const key = `${BEHAVIOUR_PREFIX}${what}${container === "" ? "" : `.${container}`}`;
    const list = groups.get(key);
    if (list === undefined) groups.set(key, [value]);
    else list.push(value);
  }
  return Object.fromEntries(
    [...groups].map(([key, values]) => {
      const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
      return [key, key.includes("memory") ? String(Math.round(mean)) : mean.toFixed(6).replace(/\.?0+$/, "")];
    }),
  );
}

function annotated<T extends { readonly metadata?: { readonly annotations?: Labels | null } }>(
  object: T,
  more: Labels,
): T {
  return { ...object, metadata: { ...object.metadata, annotations: { ...object.metadata?.annotations, ...more } } };
}

function withTemplate(workload: KubernetesObject, more: Labels): KubernetesObject {
  const { spec } = workload as {
    readonly spec?: { readonly template?: { readonly metadata?: { readonly annotations?: Labels } } };
  };
  if (spec?.template === undefined) return workload;
  return { ...workload, spec: { ...spec, template: annotated(spec.template, more) } } as KubernetesObject;
}
