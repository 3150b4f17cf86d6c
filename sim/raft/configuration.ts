// Changes of the configuration as pure functions (Raft §6): from (configuration, progress) to the next, or to the
// reason of a refusal, in which case nothing has changed. Joint when voters of the outgoing half are left.
import type { ConfChange, ConfChangeStep } from "./entry.ts";
import type { Progress } from "./progress.ts";
import type { ConfState } from "./storage.ts";

/** A configuration and what is known of its members, by id in ascending order. Invariant: one progress per member. */
export interface Membership {
  readonly conf: ConfState;
  readonly progress: ReadonlyMap<number, Progress>;
}

/** Makes the record of a member that is new. */
export type NewProgress = (id: number) => Progress;

/** Why a change is refused; texts as etcd's. */
export type Refusal =
  | "can't leave a non-joint config"
  | "config is already joint"
  | "can't make a zero-voter config joint"
  | "can't apply simple config change in joint config"
  | "more than one voter changed without entering joint config"
  | "removed all voters";

/** The membership of a stored configuration, with all progress new. */
export function restoreMembership(conf: ConfState, create: NewProgress): Membership {
  const draft = new Draft({ conf, progress: new Map() });
  const ids = [...conf.voters, ...conf.votersOutgoing, ...conf.learners, ...conf.learnersNext];
  for (const id of ids) if (!draft.progress.has(id)) draft.progress.set(id, create(id));
  return draft.finish(conf.autoLeave);
}

/** What a change entry does: it enters a joint configuration, leaves one, or changes at most one voter. */
export function changeMembership(now: Membership, change: ConfChange, create: NewProgress): Membership | Refusal {
  const { transition, changes } = change;
  if (changes.length === 0 && transition === "auto") return leaveJoint(now);
  if (changes.length > 1 || transition !== "auto") return enterJoint(now, changes, transition !== "explicit", create);
  return changeSimply(now, changes, create);
}

/** Changes without joint consensus: safe as long as every two majorities overlap, so at most one voter changes. */
export function changeSimply(
  now: Membership,
  changes: readonly ConfChangeStep[],
  create: NewProgress,
): Membership | Refusal {
  if (now.conf.votersOutgoing.length > 0) return "can't apply simple config change in joint config";
  const draft = new Draft(now);
  for (const change of changes) draft.change(change, create);
  if (draft.voters.size === 0) return "removed all voters";
  let changed = 0;
  for (const id of draft.voters) if (!now.conf.voters.includes(id)) changed++;
  for (const id of now.conf.voters) if (!draft.voters.has(id)) changed++;
  if (changed > 1) return "more than one voter changed without entering joint config";
  return draft.finish(now.conf.autoLeave);
}

/** The present voters become the outgoing half; changes apply to the incoming one. */
export function enterJoint(
  now: Membership,
  changes: readonly ConfChangeStep[],
  autoLeave: boolean,
  create: NewProgress,
): Membership | Refusal {
  if (now.conf.votersOutgoing.length > 0) return "config is already joint";
  if (now.conf.voters.length === 0) return "can't make a zero-voter config joint";
  const draft = new Draft(now);
  for (const id of now.conf.voters) draft.outgoing.add(id);
  for (const change of changes) draft.change(change, create);
  return draft.voters.size === 0 ? "removed all voters" : draft.finish(autoLeave);
}

/** The outgoing half is dropped, and its voters that were demoted become learners. */
export function leaveJoint(now: Membership): Membership | Refusal {
  if (now.conf.votersOutgoing.length === 0) return "can't leave a non-joint config";
  const draft = new Draft(now);
  for (const id of draft.learnersNext) draft.learners.add(id);
  draft.learnersNext.clear();
  for (const id of draft.outgoing) {
    if (!draft.voters.has(id) && !draft.learners.has(id)) draft.progress.delete(id);
  }
  draft.outgoing.clear();
  return draft.finish(false);
}

// a copy that may be changed, and thrown away
class Draft {
  readonly voters: Set<number>;
  readonly outgoing: Set<number>;
  readonly learners: Set<number>;
  readonly learnersNext: Set<number>;
  readonly progress: Map<number, Progress>;

  constructor({ conf, progress }: Membership) {
    this.voters = new Set(conf.voters);
    this.outgoing = new Set(conf.votersOutgoing);
    this.learners = new Set(conf.learners);
    this.learnersNext = new Set(conf.learnersNext);
    this.progress = new Map(progress);
  }

  change({ operation, node }: ConfChangeStep, create: NewProgress): void {
    if (node === 0 || operation === "update") return;
    if (operation === "remove") return this.remove(node);
    if (!this.progress.has(node)) this.progress.set(node, create(node));
    if (operation === "add") {
      this.learners.delete(node);
      this.learnersNext.delete(node);
      this.voters.add(node);
    } else if (!this.learners.has(node)) {
      this.voters.delete(node);
      // a voter of the outgoing half goes on to vote until the joint configuration is left
      (this.outgoing.has(node) ? this.learnersNext : this.learners).add(node);
    }
  }

  /** Ids in ascending order everywhere: members are visited in this order. */
  finish(autoLeave: boolean): Membership {
    const progress = new Map<number, Progress>();
    for (const id of ascending(this.progress.keys())) progress.set(id, this.progress.get(id)!);
    const conf: ConfState = {
      voters: ascending(this.voters),
      learners: ascending(this.learners),
      votersOutgoing: ascending(this.outgoing),
      learnersNext: ascending(this.learnersNext),
      autoLeave,
    };
    return { conf, progress };
  }

  private remove(node: number): void {
    this.voters.delete(node);
    this.learners.delete(node);
    this.learnersNext.delete(node);
    if (!this.outgoing.has(node)) this.progress.delete(node);
  }
}

function ascending(ids: Iterable<number>): number[] {
  return [...ids].sort((a, b) => a - b);
}
