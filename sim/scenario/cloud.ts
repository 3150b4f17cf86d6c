// From what a scenario says about the cloud to the plan, defaults filled in.
import type { Distribution } from "../engine/distributions.ts";
import { type CloudPlan, DEFAULT_CLOUD } from "../model/cloud-plan.ts";
import type { CloudSpec } from "./cloud-schema.ts";
import { distributionOf, type RandomDuration } from "./duration-schema.ts";

export function cloudPlan(spec: CloudSpec | undefined): CloudPlan {
  if (spec === undefined) return DEFAULT_CLOUD;
  const duration = <T extends Distribution | null>(value: RandomDuration | undefined, standard: T) =>
    value === undefined ? standard : distributionOf(value);
  return {
    hasControllerManager: spec.controllerManager ?? true,
    replicas: spec.replicas ?? DEFAULT_CLOUD.replicas,
    replacesMachines: spec.replaceMachines ?? DEFAULT_CLOUD.replacesMachines,
    provisionMachineMicros: duration(spec.provisionMachine, DEFAULT_CLOUD.provisionMachineMicros),
    loadBalancerMicros: duration(spec.loadBalancer, DEFAULT_CLOUD.loadBalancerMicros),
    routeMicros: duration(spec.route, DEFAULT_CLOUD.routeMicros),
    provisionVolumeMicros: duration(spec.provisionVolume, DEFAULT_CLOUD.provisionVolumeMicros),
    deleteVolumeMicros: duration(spec.deleteVolume, DEFAULT_CLOUD.deleteVolumeMicros),
    attachVolumeMicros: duration(spec.attachVolume, DEFAULT_CLOUD.attachVolumeMicros),
    detachVolumeMicros: duration(spec.detachVolume, DEFAULT_CLOUD.detachVolumeMicros),
    callsPerSecond: spec.callsPerSecond ?? DEFAULT_CLOUD.callsPerSecond,
    burst: spec.burst ?? DEFAULT_CLOUD.burst,
  };
}
