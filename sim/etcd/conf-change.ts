// A change of the membership on its way through the log: raft's part of it, what the servers remember, and who waits for it.
import type { ConfChange, Entry } from "../raft/entry.ts";
import { confChangeEntry } from "../raft/entry.ts";
import type { MemberInfo } from "./answer.ts";
import type { EtcdError } from "./error.ts";
import type { MemberChange } from "./membership.ts";

export type ChangeDone = (error: EtcdError | null, members: readonly MemberInfo[]) => void;

/** Made once by the member that proposes it; entries of all members share it. */
export class Change {
  readonly change: MemberChange;
  /** Who proposed it; 0 for what a cluster begins with. */
  readonly proposer: number;
  readonly proposedAt: number;
  /** Null once it was answered, or the process that knew it is gone. */
  done: ChangeDone | null;
  isTaken = false;
  /** Why it has no effect although it is committed; undefined until the first member has applied it. */
  verdict: EtcdError | null | undefined = undefined;

  constructor(change: MemberChange, proposer: number, proposedAt: number, done: ChangeDone | null) {
    this.change = change;
    this.proposer = proposer;
    this.proposedAt = proposedAt;
    this.done = done;
  }
}

/** The entry to propose. */
export function changeEntry(change: Change): Entry {
  const { id, isLearner } = change.change;
  const operation = change.change.change === "remove" ? "remove" : isLearner ? "learner" : "add";
  const raftChange: ConfChange = { version: 1, transition: "auto", changes: [{ operation, node: id }] };
  const entry = confChangeEntry(raftChange);
  // the member's description as JSON
  return { ...entry, data: change, payloadBytes: entry.payloadBytes + 150 };
}
