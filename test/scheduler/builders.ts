// Short ways to write pods and nodes in tests.
import type { Node, ObjectMeta, Pod, PodSpec, ResourceList } from "../../sim/model/objects.ts";
import type { PodInfo, ShapeTable } from "../../sim/scheduler/shape.ts";

export function makePod(name: string, spec: Partial<PodSpec> = {}, metadata: Partial<ObjectMeta> = {}): Pod {
  return {
    metadata: { name, namespace: "default", uid: `uid-${name}`, ...metadata },
    spec: { containers: [{ name: "main" }], ...spec },
  };
}

export function requesting(requests: ResourceList): Partial<PodSpec> {
  return { containers: [{ name: "main", resources: { requests } }] };
}

export function makeNode(name: string, allocatable: ResourceList = {}, labels: Record<string, string> = {}): Node {
  return {
    metadata: { name, labels },
    spec: {},
    status: { allocatable: { cpu: "4", memory: "16Gi", pods: 110, ...allocatable } },
  };
}

export function infoOf(
  shapes: ShapeTable,
  name: string,
  spec: Partial<PodSpec> = {},
  metadata: Partial<ObjectMeta> = {},
): PodInfo {
  return shapes.info(makePod(name, spec, metadata));
}
