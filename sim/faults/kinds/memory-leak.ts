// memoryLeak: a process of the system that no pod accounts for takes ever more memory, until the kubelet evicts or the kernel kills.
import { MINUTE } from "../../engine/tick.ts";
import { ANY_ONE, faultKind } from "../kind.ts";
import { undoAll } from "../undo-all.ts";

export const memoryLeak = faultKind({
  name: "memoryLeak",
  doc: "A process on the machines takes ever more memory; when it ends, the process has gone.",
  example: "{ at: 5m, memoryLeak: { node: general-3, perSecond: 20Mi, for: 10m } }",
  layer: "nodes",
  parameters: {
    perSecond: { type: "bytes", default: 10 * 1024 * 1024, doc: "How much more each second." },
  },
  selection: ANY_ONE,
  isSelectable: true,
  course: "lasting",
  hasDuration: true,
  defaultForMicros: 10 * MINUTE,
  needsRunning: true,
  simpler: ["oomKill"],
  inject({ names, world }, { perSecond }) {
    return undoAll(names.map((name) => world.nodes.leakMemory(name, perSecond)));
  },
});
