// Whom experiments mean: where the input has no cluster, pods with the labels that they select are made, and nodes are assumed; names of nodes
// that are not there mean another one. Where there is a cluster, nothing is made, and what matches nothing is said.
import { FAULT_DECLARATIONS } from "../faults/registry-names.ts";
import type { ClusterObjects, KubernetesObject, Labels } from "../model/objects.ts";
import { parseSelector } from "../model/selector-text.ts";
import { compileLabelSelector } from "../model/selectors.ts";
import { ANY } from "./chaos/effects.ts";
import type { Draft } from "./draft.ts";
import type { ObjectLists } from "./kubernetes/import-objects.ts";

const TEMPLATED: readonly (keyof ClusterObjects)[] = [
  "deployments",
  "replicaSets",
  "statefulSets",
  "daemonSets",
  "replicationControllers",
  "jobs",
];

interface Labelled {
  readonly namespace: string;
  readonly labels: Labels;
  readonly name: string;
}

/** Makes the workloads that experiments need, where the input brings none. */
export function assumeTargets(draft: Draft, objects: ObjectLists): void {
  const given = labelledOf(objects);
  const hasCluster = given.length > 0;
  const made: Labelled[] = [];
  for (const { kind, name, namespace, replicas } of draft.workloadTargets) {
    const list = kind === "StatefulSet" ? "statefulSets" : kind === "DaemonSet" ? "daemonSets" : "deployments";
    const isThere = (objects.get(list) ?? []).some(
      ({ metadata }) => metadata.name === name && (metadata.namespace ?? "default") === namespace,
    );
    if (isThere) continue;
    if (hasCluster)
      draft.remarks.changed(`${kind} ${namespace}/${name}`, "it is not in the input: what is done to it finds nothing");
    else made.push(make(draft, objects, namespace, name, { app: name }, kind, replicas));
  }
  for (const { service } of draft.services) {
    const [namespace = "default", name = ""] = service.split("/");
    const isThere = (objects.get("services") ?? []).some(
      ({ metadata }) => metadata.name === name && (metadata.namespace ?? "default") === namespace,
    );
    if (isThere) continue;
    if (hasCluster) {
      draft.remarks.changed(`Service ${service}`, "it is not in the input: all requests to it fail");
      continue;
    }
    const labels = { app: name };
    if (!made.some((o) => o.namespace === namespace && o.name === name))
      made.push(make(draft, objects, namespace, name, labels, "Deployment", 3));
    const spec = { selector: labels, ports: [{ port: 80 }] };
    const object = { apiVersion: "v1", kind: "Service", metadata: { name, namespace }, spec };
    objects.set("services", [...(objects.get("services") ?? []), object]);
  }
  for (const { namespace, pods, selector } of draft.podTargets) {
    const parsed = parseSelector(selector);
    if ("expected" in parsed) continue;
    const matcher = compileLabelSelector(parsed);
    const fits = (o: Labelled) =>
      (namespace === null || o.namespace === namespace) &&
      (selector === "" || matcher.matches(o.labels)) &&
      (pods.length === 0 || pods.includes(`${o.namespace}/${o.name}`));
    if ([...given, ...made].some(fits)) continue;
    const what = [selector, namespace === null ? "" : `in ${namespace}`, ...pods]
      .filter((text) => text !== "")
      .join(" ");
    if (hasCluster) {
      draft.remarks.changed(`pods ${what}`, "no pod of the input matches: what is to happen to them finds no target");
      continue;
    }
    const labels: Record<string, string> = { ...parsed.matchLabels };
    for (const { key, operator, values } of parsed.matchExpressions ?? [])
      if (operator === "In") labels[key] = values?.[0] ?? "";
      else if (operator === "Exists") labels[key] = "true";
    if (Object.keys(labels).length === 0) labels["app"] = `target-${made.length + 1}`;
    if (pods.length === 0)
      made.push(make(draft, objects, namespace ?? "default", nameOf(labels, made), labels, "Deployment", 3));
    for (const pod of pods) made.push(makePod(draft, objects, pod, labels));
  }
}

function labelledOf(objects: ObjectLists): readonly Labelled[] {
  const found: Labelled[] = [];
  const add = ({ metadata }: KubernetesObject, labels: Labels | null | undefined) =>
    found.push({ namespace: metadata.namespace ?? "default", name: metadata.name, labels: labels ?? {} });
  for (const pod of objects.get("pods") ?? []) add(pod, pod.metadata.labels);
  for (const list of TEMPLATED)
    for (const object of objects.get(list) ?? []) {
      const { spec } = object as {
        readonly spec?: { readonly template?: { readonly metadata?: { readonly labels?: Labels } } };
      };
      add(object, spec?.template?.metadata?.labels);
    }
  return found;
}

function nameOf(labels: Labels, made: readonly Labelled[]): string {
  const value = Object.values(labels)[0] ?? "target";
  const base =
    value
      .toLowerCase()
      .replace(/[^a-z0-9]+/g, "-")
      .replace(/^-+|-+$/g, "")
      .slice(0, 50) || "target";
  return made.some(({ name }) => name === base) ? `${base}-${made.length + 1}` : base;
}

/** What Kubernetes would refuse is not made: then there is no target, as there would be none. */
const NAME = /^[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?$/;
const LABEL = /^(([A-Za-z0-9][-A-Za-z0-9_.]{0,61})?[A-Za-z0-9])?$/;

const PROBE = { tcpSocket: { port: 80 }, periodSeconds: 5 };
const CONTAINER = {
  name: "main",
  image: "main",
  resources: { requests: { cpu: "100m", memory: "128Mi" } },
  // so that a pod that hangs is noticed
  readinessProbe: PROBE,
  livenessProbe: PROBE,
};

function make(
  draft: Draft,
  objects: ObjectLists,
  namespace: string,
  name: string,
  labels: Labels,
  kind: string,
  replicas: number,
): Labelled {
  const list = kind === "StatefulSet" ? "statefulSets" : kind === "DaemonSet" ? "daemonSets" : "deployments";
  if (!NAME.test(namespace) || !NAME.test(name) || Object.values(labels).some((value) => !LABEL.test(value)))
    return { namespace, name, labels };
  const object = {
    apiVersion: "apps/v1",
    kind,
    metadata: { name, namespace },
    spec: {
      ...(kind === "DaemonSet" ? {} : { replicas }),
      ...(kind === "StatefulSet" ? { serviceName: name } : {}),
      selector: { matchLabels: labels },
      template: { metadata: { labels }, spec: { containers: [CONTAINER] } },
    },
  };
  objects.set(list, [...(objects.get(list) ?? []), object]);
  draft.remarks.assumed(
    "workloads that experiments need",
    "the input has no cluster: small ones are made with the labels that are selected; import a dump of yours beside it",
    `${kind} ${namespace}/${name}`,
  );
  return { namespace, name, labels };
}

function makePod(draft: Draft, objects: ObjectLists, key: string, labels: Labels): Labelled {
  const [namespace = "default", name = "pod"] = key.split("/");
  if (!NAME.test(namespace) || !NAME.test(name)) return { namespace, name, labels };
  const metadata = { name, namespace, labels };
  const pod = { apiVersion: "v1", kind: "Pod", metadata, spec: { containers: [CONTAINER] } };
  objects.set("pods", [...(objects.get("pods") ?? []), pod]);
  draft.remarks.assumed("pods that experiments name", "the input has no cluster: they are made", `Pod ${key}`);
  return { namespace, name, labels };
}

const OF_NODES = new Set(
  FAULT_DECLARATIONS.filter(({ layer }) => layer === "nodes" || layer === "machines").map(({ name }) => name),
);
const ON_NODES = new Set(["drain", "cordon", "uncordon", "taint"]);

/** Names of nodes in faults and actions, made such that they exist. */
export function resolveNodes(draft: Draft, names: readonly string[]): void {
  const known = new Set(names);
  const resolve = (entry: Readonly<Record<string, unknown>>, kinds: ReadonlySet<string>, isAction: boolean) => {
    const kind = Object.keys(entry).find((key) => kinds.has(key));
    if (kind === undefined) return entry;
    const fields = entry[kind] as Readonly<Record<string, unknown>>;
    const { node, nodes, ...others } = fields;
    const all = [node, nodes].flat().filter((name): name is string => typeof name === "string");
    if (all.every((name) => known.has(name))) return entry;
    const there = all.filter((name) => known.has(name));
    for (const name of all)
      if (name !== ANY && !known.has(name))
        draft.remarks.changed(`node ${name}`, "it is not in the input: another one takes its place");
    const first = names[0] ?? "";
    const chosen = there.length > 0 ? there : isAction ? [first] : [];
    const one = isAction
      ? { node: chosen.length === 1 ? chosen[0] : chosen }
      : chosen.length === 0
        ? { count: fields["count"] ?? Math.max(1, all.length) }
        : { nodes: chosen };
    return { ...entry, [kind]: { ...one, ...others } };
  };
  draft.faults.forEach((entry, i) => {
    draft.faults[i] = resolve(entry, OF_NODES, false);
  });
  draft.actions.forEach((entry, i) => {
    draft.actions[i] = resolve(entry, ON_NODES, true);
  });
}
