// The faults that the recorder injected, by the names of its files: what is done to which member, what undoes it, and what the
// members are called in the error tables.
import type { FaultKind, FaultTrial } from "./fault-trial.ts";

const byOldLeader = (trial: FaultTrial, member: number) => (member === trial.oldLeader ? "old_leader" : "other");

const restartDead = (trial: FaultTrial) => {
  for (const member of trial.victims) trial.cluster.restart(member);
};

/** Kinds whose recordings have one row per trial and a time of observation, `tail_s`. */
export const FAULT_KINDS: Readonly<Record<string, FaultKind>> = {
  leader_kill: { inject: (trial) => trial.kill(trial.oldLeader), targetOf: byOldLeader },
  leader_kill_latency: { inject: (trial) => trial.kill(trial.oldLeader), targetOf: byOldLeader },
  leader_sigterm: { inject: (trial) => trial.cluster.terminate(trial.oldLeader), targetOf: byOldLeader },
  leader_sigstop: {
    inject: (trial) => trial.cluster.pause(trial.oldLeader),
    heal: (trial) => trial.cluster.resume(trial.oldLeader),
    targetOf: byOldLeader,
  },
  leader_isolated: {
    inject: (trial) => trial.cut([trial.oldLeader], trial.followers),
    heal: (trial) => trial.healCuts(),
    targetOf: byOldLeader,
  },
  // what the others send to it is dropped
  leader_oneway_in: {
    inject: (trial) => trial.drop(trial.followers, [trial.oldLeader]),
    heal: (trial) => trial.healCuts(),
    targetOf: byOldLeader,
  },
  leader_oneway_out: {
    inject: (trial) => trial.drop([trial.oldLeader], trial.followers),
    heal: (trial) => trial.healCuts(),
    targetOf: byOldLeader,
  },
  partition_minority_leader: {
    inject: (trial) => {
      const size = Math.floor((trial.cluster.size - 1) / 2) - 1;
      trial.victims = trial.followers.slice(0, size);
      trial.cut([trial.oldLeader, ...trial.victims], trial.followers.slice(size));
    },
    heal: (trial) => trial.healCuts(),
    targetOf: (trial, member) => {
      if (member === trial.oldLeader) return "old_leader";
      return trial.victims.includes(member) ? "leader_side" : "other_side";
    },
  },
  link_leader_one_follower: {
    inject: (trial) => {
      trial.victims = trial.followers.slice(0, 1);
      trial.cut([trial.oldLeader], trial.victims);
    },
    heal: (trial) => trial.healCuts(),
    targetOf: (trial, member) => (trial.victims.includes(member) ? "cut_follower" : byOldLeader(trial, member)),
  },
  follower_isolated: {
    inject: (trial) => {
      trial.victims = trial.followers.slice(0, 1);
      trial.cut(trial.victims, trial.allBut(trial.victims));
    },
    heal: (trial) => trial.healCuts(),
    targetOf: (trial, member) => (trial.victims.includes(member) ? "isolated_follower" : "other"),
  },
  follower_kill: {
    inject: (trial) => {
      trial.victims = trial.followers.slice(0, 1);
      trial.kill(trial.victims[0]!);
    },
    targetOf: (trial, member) => (trial.victims.includes(member) ? "killed_follower" : "other"),
  },
  move_leader: { inject: (trial) => trial.moveLeader(trial.followers[0]!), targetOf: byOldLeader },
  // all members are killed, and started again at the time that counts
  cold_start: {
    inject: (trial) => {
      for (const member of trial.cluster.indices()) trial.kill(member);
      for (const member of trial.cluster.indices()) trial.cluster.restart(member);
    },
    targetOf: () => "other",
  },
  quorum_loss: {
    inject: (trial) => {
      const dead = Math.floor(trial.cluster.size / 2) + 1;
      const order =
        trial.row.variant === "leader_dies"
          ? [trial.oldLeader, ...trial.followers]
          : [...trial.followers, trial.oldLeader];
      trial.victims = order.slice(0, dead);
      for (const member of trial.victims) trial.kill(member);
    },
    heal: restartDead,
    targetOf: (trial, member) => {
      if (trial.victims.includes(member)) return "killed";
      return trial.row.variant === "leader_dies" ? "survivor" : "surviving_leader";
    },
  },
};
