// What pods ask for, worked out once for all pods of a template: those share their container lists. A pod whose kubelet reports
// resources of its own (in-place resize) is worked out by itself.
import type { ContainerStatus, Pod } from "./objects.ts";
import { podRequests, type ResourceAmounts } from "./resources.ts";

export class RequestMemo {
  private readonly byContainers = new WeakMap<
    object,
    { readonly spec: Pod["spec"]; readonly amounts: ResourceAmounts }
  >();

  of(pod: Pod): ResourceAmounts {
    if (reportsResources(pod)) return podRequests(pod);
    const { spec } = pod;
    const known = this.byContainers.get(spec.containers);
    if (known !== undefined && isSame(known.spec, spec)) return known.amounts;
    const amounts = podRequests(pod);
    this.byContainers.set(spec.containers, { spec, amounts });
    return amounts;
  }
}

/** Does the status say anything that requests depend on? */
export function reportsResources({ status }: Pod): boolean {
  return (
    status != null &&
    (status.resources != null ||
      status.allocatedResources != null ||
      status.containerStatuses?.some(saysResources) === true ||
      status.initContainerStatuses?.some(saysResources) === true)
  );
}

function saysResources(status: ContainerStatus): boolean {
  return status.resources != null || status.allocatedResources != null;
}

// everything besides the containers that requests depend on
function isSame(a: Pod["spec"], b: Pod["spec"]): boolean {
  return a.initContainers === b.initContainers && a.overhead === b.overhead && a.resources === b.resources;
}
