// What faults may do to the cluster autoscaler: to its replicas, by name.
import { ComponentFaultPoints } from "../apiserver/component-fault-points.ts";

export class AutoscalerFaultPoints extends ComponentFaultPoints {}
