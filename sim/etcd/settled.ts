// A cluster that does not begin with the run: a store that holds something, logs in which a leader was elected and all members
// have told their names, and a raft in which that leader leads. All of it as it would be after a while without faults.
import { assert } from "../engine/assert.ts";
import { dataEntry, placeEntry } from "../raft/entry.ts";
import { NONE } from "../raft/message.ts";
import type { Raft } from "../raft/raft.ts";
import type { ReplicatedState } from "./mvcc/replicated-state.ts";
import { Version } from "./mvcc/version.ts";
import type { InitialKey } from "./options.ts";
import { Proposal } from "./proposals.ts";
import type { Wal } from "./wal.ts";

/** The first leader's; the members themselves are entries of term 1. */
const FIRST_TERM = 2;
const PUBLISH_BYTES = 32;

/** Fills an empty store, one revision per key. */
export function loadKeys(state: ReplicatedState, keys: readonly InitialKey[]): void {
  if (keys.length === 0) return;
  const { store } = state;
  for (const { key, value, valueBytes } of keys) {
    const revision = store.revision + 1;
    store.restore(new Version(key, value, valueBytes, revision, revision, 1, 0, null));
  }
  const { initial } = state;
  state.initial = {
    ...initial,
    revision: store.revision,
    dataBytes: store.addedBytes,
    fileBytes: initial.fileBytes + store.addedBytes,
  };
}

/** A member, as far as it is settled here. */
interface LogOwner {
  readonly id: number;
  readonly name: string;
  readonly wal: Wal;
}

/** Adds to each member's log what follows its members: the leader's first entry, and everybody's name. */
export function settleLogs(members: readonly LogOwner[], leader: number, nextRequestId: () => number): void {
  const first = members[0]!.wal.storage.lastIndex() + 1;
  const named = members.map(({ id, name }) => {
    const proposal = new Proposal(nextRequestId(), id, { kind: "publish", member: id, name }, null, 0, Infinity);
    return dataEntry(proposal, PUBLISH_BYTES);
  });
  const entries = [dataEntry(null, 0), ...named].map((entry, i) => placeEntry(entry, first + i, FIRST_TERM));
  for (const { wal } of members) {
    wal.storage.append(entries);
    wal.storage.hardState = { term: FIRST_TERM, vote: leader, commit: wal.storage.lastIndex() };
  }
}

/** Makes the member leader, or follower of the leader, of its present term; all logs are equal. */
export function settleRole(raft: Raft, leader: number): void {
  assert(raft.lead === NONE && raft.log.committed === raft.log.lastIndex(), "a raft that has just been started");
  if (raft.id !== leader) return raft.becomeFollower(raft.term, leader);
  // as after its election, with all answers back
  raft.role = "candidate";
  raft.becomeLeader();
  for (const progress of raft.tracker.members) {
    progress.maybeUpdate(raft.log.lastIndex());
    progress.becomeReplicate();
    progress.noteSentCommit(raft.log.committed);
    progress.recentActive = true;
  }
}
