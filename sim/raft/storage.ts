// What raft asks its stable storage, and the records in it. Raft only reads: the driver writes what a Ready tells.
import type { Entry } from "./entry.ts";

/** The configuration as it stands in snapshots: ids ascending. */
export interface ConfState {
  readonly voters: readonly number[];
  readonly learners: readonly number[];
  /** Not empty while the configuration is joint. */
  readonly votersOutgoing: readonly number[];
  /** Voters of the outgoing half that become learners when the joint configuration is left. */
  readonly learnersNext: readonly number[];
  readonly autoLeave: boolean;
}

/** What must survive a crash, besides entries (Raft figure 2: currentTerm and votedFor; the commit index is an aid). */
export interface HardState {
  readonly term: number;
  readonly vote: number;
  readonly commit: number;
}

export interface Snapshot {
  /** Last entry that the snapshot contains. */
  readonly index: number;
  readonly term: number;
  readonly conf: ConfState;
  /** State of the application; raft never looks at it. */
  readonly data: unknown;
}

/** Stable storage as raft reads it. Invariant: entries `firstIndex … lastIndex` are present, and the term before them. */
export interface Storage {
  initialState(): { readonly hardState: HardState; readonly conf: ConfState };
  firstIndex(): number;
  lastIndex(): number;
  /** The term of the entry at `index`, or undefined when it is compacted or not there yet. */
  term(index: number): number | undefined;
  /** Entries `low … high - 1` as far as they fit into `maxBytes`, at least one; undefined when `low` is compacted. */
  entries(low: number, high: number, maxBytes: number): readonly Entry[] | undefined;
  /** A snapshot to send, or null when none can be had now. */
  snapshot(): Snapshot | null;
}

export const EMPTY_CONF: ConfState = {
  voters: [],
  learners: [],
  votersOutgoing: [],
  learnersNext: [],
  autoLeave: false,
};
export const EMPTY_HARD_STATE: HardState = { term: 0, vote: 0, commit: 0 };

/** Is nothing in it, as before a member has heard of any term? */
export function isEmptyHardState(state: HardState): boolean {
  return state.term === 0 && state.vote === 0 && state.commit === 0;
}
