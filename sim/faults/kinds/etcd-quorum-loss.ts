// etcdQuorumLoss: as many voters die as it takes to lose the quorum; nothing can be written until they are back.
import { MINUTE } from "../../engine/tick.ts";
import { faultKind } from "../kind.ts";
import { draw } from "../targets.ts";

export const etcdQuorumLoss = faultKind({
  name: "etcdQuorumLoss",
  doc: "As many voters as make a majority die at once, drawn at random, or all of them. They start again when it ends.",
  example: "{ at: 50m, etcdQuorumLoss: { for: 2m } }",
  layer: "etcd",
  parameters: {
    all: { type: "flag", default: false, doc: "All members die, not just enough of them." },
  },
  selection: {},
  isSelectable: false,
  course: "lasting",
  hasDuration: true,
  defaultForMicros: 2 * MINUTE,
  needsRunning: true,
  simpler: ["etcdMemberCrash"],
  choose(running, { all }, stream) {
    if (all) return running;
    const voters = running.filter((target) => target.role !== "learner");
    return draw(voters, Math.floor(voters.length / 2) + 1, stream);
  },
  inject({ names, world }) {
    for (const name of names) world.etcd.crash(name);
    return () => {
      for (const name of names) world.etcd.start(name);
    };
  },
});
