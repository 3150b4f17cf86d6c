// etcdClockDrift: a member's clock runs too fast or too slow: its ticks, elections and leases with it.
import { HOUR } from "../../engine/tick.ts";
import { ANY_ONE, faultKind } from "../kind.ts";

export const etcdClockDrift = faultKind({
  name: "etcdClockDrift",
  doc: "The clock runs `rate` times as fast as true time: ticks, election timeouts and leases with it.",
  example: "{ at: 5m, etcdClockDrift: { member: etcd-1, rate: 1.5, for: 10m } }",
  layer: "etcd",
  parameters: {
    rate: { type: "number", min: 0.01, max: 10, default: 1.1, doc: "1.1 = ten per cent fast, 0.5 = half as fast." },
  },
  selection: ANY_ONE,
  isSelectable: true,
  course: "lasting",
  hasDuration: true,
  defaultForMicros: HOUR,
  needsRunning: false,
  inject({ names, world }, { rate }) {
    const undo = names.map((name) => world.etcd.setClockRate(name, rate));
    return () => {
      for (const back of undo) back();
    };
  },
});
