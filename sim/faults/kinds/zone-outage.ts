// zoneOutage: a zone loses its power: its machines, the members of etcd and the parts of the control plane in it, and all ways to it.
import { MINUTE } from "../../engine/tick.ts";
import { ANY_ONE, faultKind } from "../kind.ts";

export const zoneOutage = faultKind({
  name: "zoneOutage",
  doc: "Everything in a zone dies: machines, members of etcd, API servers, schedulers and controller managers. It starts again when it ends.",
  example: "{ at: 20m, zoneOutage: { zone: a, for: 15m } }",
  layer: "zones",
  isSteady: true,
  parameters: {
    controlPlane: { type: "flag", default: true, doc: "The control plane's parts in the zone die too." },
  },
  selection: ANY_ONE,
  isSelectable: true,
  course: "lasting",
  hasDuration: true,
  defaultForMicros: 15 * MINUTE,
  needsRunning: false,
  simpler: ["nodeCrash"],
  inject({ names, world }, { controlPlane }) {
    const zones = new Set(names);
    const inZone = <T extends { readonly name: string; readonly zone: string; readonly role: string }>(
      all: readonly T[],
    ) => all.filter(({ role, zone }) => zones.has(zone) && role !== "down").map(({ name }) => name);
    const nodes = inZone(world.nodes.nodes());
    for (const name of nodes) world.nodes.crash(name);
    const mend = world.network.isolate({ zones: [...zones] });
    const [members, servers, schedulers, managers] = controlPlane
      ? [
          inZone(world.etcd.members()),
          inZone(world.api.servers()),
          inZone(world.schedulers.replicas()),
          inZone(world.controllerManagers.replicas()),
        ]
      : [[], [], [], []];
    for (const name of members) world.etcd.crash(name, true);
    for (const name of servers) world.api.crash(name);
    for (const name of schedulers) world.schedulers.stop(name);
    for (const name of managers) world.controllerManagers.stop(name);
    return () => {
      mend();
      for (const name of members) world.etcd.start(name);
      for (const name of servers) world.api.start(name);
      for (const name of schedulers) world.schedulers.start(name);
      for (const name of managers) world.controllerManagers.start(name);
      for (const name of nodes) world.nodes.start(name);
    };
  },
});
