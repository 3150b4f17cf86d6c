// Builds kube-controller-manager of a run, where the plan has one: its replicas are on the hosts of the control plane.

import { ControllerManager, ControllerManagers } from "../controllers/manager.ts";
import { CONTROLLERS } from "../controllers/registry.ts";
import type { Engine } from "../engine/engine.ts";
import type { Recorder } from "../metrics/recorder.ts";
import type { Plan } from "../scenario/plan.ts";
import { componentChanged } from "./component-events.ts";
import type { ControlPlane } from "./control-plane.ts";
import { firstLife } from "./first-life.ts";
import type { Heartbeats } from "./heartbeats.ts";

export function buildControllers(
  engine: Engine,
  plan: Plan,
  { api }: ControlPlane,
  recorder: Recorder,
  { elections, nodes }: Heartbeats,
): ControllerManagers | null {
  if (plan.controllerManagers === null) return null;
  const { flags, replicas } = plan.controllerManagers;
  const zones = plan.etcd.members.map(({ zone }) => zone);
  const placeOf = (i: number) => {
    const name = `kube-controller-manager-${i}`;
    return { name, machine: name, zone: zones[i % zones.length] ?? "" };
  };
  return new ControllerManagers(
    Array.from(
      { length: replicas },
      (_, i) =>
        new ControllerManager({
          engine,
          name: `kube-controller-manager-${i}`,
          zone: zones[i % zones.length] ?? "",
          client: (name) => {
            const own = CONTROLLERS.find((controller) => name.endsWith(`/${controller.name}`))?.clientRates;
            const qps = flags.kubeApiQps * (own?.qps ?? 1);
            return api.client({ name, place: placeOf(i), qps, burst: flags.kubeApiBurst * (own?.burst ?? 1) });
          },
          recorder,
          flags,
          changed: (what, reason) => componentChanged(recorder, `kube-controller-manager-${i}`, what, reason),
          heartbeats: nodes,
          promises: elections,
          firstLife: firstLife(plan, i),
        }),
    ),
  );
}
