// Which shape pods have that share their containers and labels: those that are stamped out of one template do, also when each has a spec
// of its own because it names its node. Compares objects by identity; who differs in any of them is serialised (shape.ts).
import { gpuAnnotationKey } from "../model/gpu/convention.ts";
import type { OwnerReference, Pod, PodSpec } from "../model/objects.ts";

interface Known<T> {
  readonly namespace: string | undefined;
  readonly controller: OwnerReference | undefined;
  readonly spec: PodSpec;
  /** Annotations that ask for GPUs. */
  readonly gpu: string;
  readonly shape: T;
}

/** More than these variants of one template are not looked through. */
const MAX_VARIANTS = 16;

export class ShapeMemo<T> {
  private readonly byContainers = new WeakMap<object, WeakMap<object, Known<T>[]>>();

  /** @param controller of the pod */
  find(pod: Pod, controller: OwnerReference | undefined): T | undefined {
    const { metadata, spec } = pod;
    const known = metadata.labels == null ? undefined : this.byContainers.get(spec.containers)?.get(metadata.labels);
    if (known === undefined) return undefined;
    const gpu = gpuAnnotationKey(pod);
    for (let i = 0; i < known.length; i++) {
      const one = known[i]!;
      if (one.gpu !== gpu || one.namespace !== metadata.namespace || !isSameController(one.controller, controller))
        continue;
      if (one.spec === spec || isSameSpec(one.spec, spec)) return one.shape;
    }
    return undefined;
  }

  remember(pod: Pod, controller: OwnerReference | undefined, shape: T): void {
    const { metadata, spec } = pod;
    const { labels, namespace } = metadata;
    if (labels == null) return;
    let byLabels = this.byContainers.get(spec.containers);
    if (byLabels === undefined) {
      byLabels = new WeakMap();
      this.byContainers.set(spec.containers, byLabels);
    }
    const known = byLabels.get(labels);
    const one = { namespace, controller, spec, gpu: gpuAnnotationKey(pod), shape };
    if (known === undefined) byLabels.set(labels, [one]);
    else if (known.length < MAX_VARIANTS) known.push(one);
  }
}

function isSameController(a: OwnerReference | undefined, b: OwnerReference | undefined): boolean {
  if (a === b) return true;
  if (a === undefined || b === undefined) return false;
  return a.uid === b.uid && a.name === b.name && a.kind === b.kind && a.apiVersion === b.apiVersion;
}

// all that a shape is made of, besides containers
function isSameSpec(a: PodSpec, b: PodSpec): boolean {
  return (
    a.initContainers === b.initContainers &&
    a.nodeSelector === b.nodeSelector &&
    a.affinity === b.affinity &&
    a.tolerations === b.tolerations &&
    a.topologySpreadConstraints === b.topologySpreadConstraints &&
    a.schedulingGates === b.schedulingGates &&
    a.schedulerName === b.schedulerName &&
    a.priority === b.priority &&
    a.preemptionPolicy === b.preemptionPolicy &&
    a.hostNetwork === b.hostNetwork &&
    a.overhead === b.overhead &&
    a.resources === b.resources &&
    a.volumes === b.volumes
  );
}
