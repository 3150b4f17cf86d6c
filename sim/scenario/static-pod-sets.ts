// Manifests that nodes have on their own disks: the static pods of all nodes and of the nodes of a pool.
import type { DefaultingContext } from "../model/defaults.ts";
import type { Pod } from "../model/objects.ts";
import type { Path } from "../model/problem.ts";
import { apiReference, type StaticPodSet } from "../model/static-pods.ts";
import type { StaticPodsSpec } from "./kubelet-schema.ts";
import { loadShape } from "./load-shape.ts";
import type { ScenarioInput } from "./schema.ts";
import type { VariantReading } from "./variant-reading.ts";

export function staticPodSets(
  reading: VariantReading,
  cluster: NonNullable<ScenarioInput["spec"]["cluster"]>,
  context: DefaultingContext,
): readonly StaticPodSet[] {
  const sets: StaticPodSet[] = [];
  const add = (pool: string | null, list: StaticPodsSpec, path: Path): void => {
    if (list === undefined) return;
    const pods = reading.items(list, path).flatMap(({ item, path: at }) => staticPod(reading, item, at, context) ?? []);
    if (pods.length > 0) sets.push({ pool, pods });
  };
  if (reading.hasMapping("spec", "cluster", "kubelet")) {
    add(null, cluster.kubelet?.staticPods, ["spec", "cluster", "kubelet", "staticPods"]);
  }
  reading.items(cluster.nodePools, ["spec", "cluster", "nodePools"]).forEach(({ item, path }) => {
    add(item.name, item.staticPods, [...path, "staticPods"]);
  });
  checkStaticNames(reading, sets);
  if (sets.length > 0 && cluster.controlPlane?.controllerManager === false) {
    reading.note([
      {
        path: ["spec", "cluster"],
        expected: "no static pods where there are no controllers and kubelets",
        received: "",
      },
    ]);
  }
  return sets;
}

function staticPod(reading: VariantReading, item: unknown, at: Path, context: DefaultingContext): Pod | null {
  const { pod: found, specPath } = loadShape(item, reading.inputs.document, at, reading.inputs.files);
  if (found !== null && specPath.includes("template")) {
    reading.note([{ path: at, expected: "a Pod: nothing else can be static", received: "a workload object" }]);
    return null;
  }
  const pod = reading.shape(item, at, undefined, undefined, context);
  const reference = pod === null ? null : apiReference(pod.spec);
  if (reference !== null) {
    const expected = "a static pod that needs nothing of the API server";
    reading.note([{ path: at, expected, received: `${pod?.metadata.name} with ${reference}` }]);
  }
  return pod;
}

// two manifests of one name on one node would be one pod
function checkStaticNames(reading: VariantReading, sets: readonly StaticPodSet[]): void {
  const known = new Map<string, string | null>();
  for (const { pods, pool } of sets) {
    for (const { metadata } of pods) {
      const name = `${metadata.namespace ?? "default"}/${metadata.name}`;
      if (known.has(name) && (known.get(name) === pool || known.get(name) === null)) {
        const expected = "each static pod of a node with a name of its own";
        reading.note([{ path: ["spec", "cluster"], expected, received: `two named ${name}` }]);
      }
      known.set(name, pool);
    }
  }
}
