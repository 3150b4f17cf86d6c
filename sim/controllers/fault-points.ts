// What faults may do to kube-controller-manager: to its replicas, by name.
import { ComponentFaultPoints } from "../apiserver/component-fault-points.ts";
import type { ControllerManagers } from "./manager.ts";

export class ControllerManagerFaultPoints extends ComponentFaultPoints {
  /** @param managers null: the run has none */
  constructor(managers: ControllerManagers | null) {
    super(managers?.replicas.map(({ component }) => component) ?? []);
  }
}
