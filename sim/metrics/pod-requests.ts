// What a pod asks for, as amounts of the report's resources. Pods stamped out of one template share their container lists,
// so the arithmetic is done once per template.
import type { Pod } from "../model/objects.ts";
import { podRequests } from "../model/resources.ts";
import { type Amounts, isGpu } from "./resources.ts";

export class PodRequestsCache {
  private readonly byContainers = new WeakMap<object, { readonly pod: Pod; readonly amounts: Amounts }>();

  of(pod: Pod): Amounts {
    const known = this.byContainers.get(pod.spec.containers);
    if (known !== undefined && sameRequests(known.pod, pod)) return known.amounts;
    const requests = podRequests(pod);
    let gpu = 0;
    for (const [name, amount] of requests.scalar) if (isGpu(name)) gpu += amount;
    const fixed = [requests.cpuMilli, requests.memoryBytes, requests.ephemeralBytes, 1, gpu];
    const amounts: Amounts = { fixed, other: requests.scalar };
    this.byContainers.set(pod.spec.containers, { pod, amounts });
    return amounts;
  }
}

// everything besides the containers that requests depend on
function sameRequests(a: Pod, b: Pod): boolean {
  return (
    a.spec.initContainers === b.spec.initContainers &&
    a.spec.overhead === b.spec.overhead &&
    a.spec.resources === b.spec.resources &&
    a.status?.containerStatuses === b.status?.containerStatuses &&
    a.status?.initContainerStatuses === b.status?.initContainerStatuses &&
    a.status?.resources === b.status?.resources &&
    a.status?.allocatedResources === b.status?.allocatedResources
  );
}
