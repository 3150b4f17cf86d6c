// What faults may do to kube-scheduler: to its replicas, by name.
import { ComponentFaultPoints } from "../apiserver/component-fault-points.ts";
import type { Schedulers } from "./replica.ts";

export class SchedulerFaultPoints extends ComponentFaultPoints {
  constructor(schedulers: Schedulers) {
    super(schedulers.replicas.map(({ component }) => component));
  }
}
