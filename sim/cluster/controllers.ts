// Builds kube-controller-manager of a run, where the plan has one.
import { ControllerManager } from "../controllers/manager.ts";
import type { Engine } from "../engine/engine.ts";
import type { Recorder } from "../metrics/recorder.ts";
import type { Plan } from "../scenario/plan.ts";
import type { ControlPlane } from "./control-plane.ts";

export function buildControllers(
  engine: Engine,
  plan: Plan,
  { api }: ControlPlane,
  recorder: Recorder,
): ControllerManager | null {
  if (plan.controllerManagers === null) return null;
  return new ControllerManager({
    engine,
    name: "kube-controller-manager-0",
    client: (name) => api.client(name),
    recorder,
    flags: plan.controllerManagers.flags,
  });
}
