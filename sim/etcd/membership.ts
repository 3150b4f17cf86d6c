// The members of the cluster as one member knows them: it has applied these changes of the configuration. Immutable. Checks of a
// change are made twice: before it is proposed (strict reconfiguration check) and when it is applied.
// Source: etcd's membership package.
import type { MemberInfo } from "./answer.ts";
import { ERRORS, type EtcdError } from "./error.ts";

/** What a change of the membership says beside raft's part of it. */
export interface MemberChange {
  readonly kind: "memberChange";
  readonly change: "add" | "remove" | "promote";
  readonly id: number;
  readonly host: string;
  readonly isLearner: boolean;
}

const MAX_LEARNERS = 1;

export class Membership {
  private readonly members: ReadonlyMap<number, MemberInfo>;
  private readonly removed: ReadonlySet<number>;

  constructor(members: ReadonlyMap<number, MemberInfo> = new Map(), removed: ReadonlySet<number> = new Set()) {
    this.members = members;
    this.removed = removed;
  }

  list(): MemberInfo[] {
    return [...this.members.values()].sort((a, b) => a.id - b.id);
  }

  get(id: number): MemberInfo | undefined {
    return this.members.get(id);
  }

  isRemoved(id: number): boolean {
    return this.removed.has(id);
  }

  voters(): MemberInfo[] {
    return this.list().filter((member) => !member.isLearner);
  }

  /** A member has told its name: it counts as started. */
  publish(id: number, name: string): Membership {
    const member = this.members.get(id);
    if (member === undefined || member.name === name) return this;
    return this.with((members) => members.set(id, { ...member, name }));
  }

  /** Why a change that is committed has no effect after all, or null. */
  refusal(change: MemberChange): EtcdError | null {
    const { id } = change;
    if (this.removed.has(id)) return ERRORS.memberNotFound;
    const member = this.members.get(id);
    if (change.change === "add") {
      if (this.list().some((other) => other.host === change.host)) return ERRORS.peerUrlExists;
      if (member !== undefined) return ERRORS.memberExists;
      const learners = this.list().filter((other) => other.isLearner).length;
      return change.isLearner && learners >= MAX_LEARNERS ? ERRORS.tooManyLearners : null;
    }
    if (member === undefined) return ERRORS.memberNotFound;
    return change.change === "promote" && !member.isLearner ? ERRORS.memberNotLearner : null;
  }

  /** The members after a change that is not refused. */
  apply(change: MemberChange): Membership {
    const { id, host, isLearner } = change;
    return this.with((members, removed) => {
      if (change.change === "add") members.set(id, { id, name: "", host, isLearner });
      else if (change.change === "promote") members.set(id, { ...members.get(id)!, isLearner: false });
      else {
        members.delete(id);
        removed.add(id);
      }
    });
  }

  /** May a voter be added? Enough of the larger cluster must have been started. */
  isReadyToAddVoter(): boolean {
    const voters = this.voters();
    const started = voters.filter((member) => member.name !== "").length;
    // a cluster of one is restored by adding members to it
    if (started === 1 && voters.length === 1) return true;
    return started >= majority(voters.length + 1);
  }

  isReadyToPromote(): boolean {
    const voters = this.voters();
    const started = voters.filter((member) => member.name !== "").length;
    return started + 1 >= majority(voters.length + 1);
  }

  isReadyToRemoveVoter(id: number): boolean {
    const others = this.voters().filter((member) => member.id !== id);
    if (others.length === 0) return false;
    return others.filter((member) => member.name !== "").length >= majority(others.length);
  }

  private with(change: (members: Map<number, MemberInfo>, removed: Set<number>) => void): Membership {
    const members = new Map(this.members);
    const removed = new Set(this.removed);
    change(members, removed);
    return new Membership(members, removed);
  }
}

/** How many of `count` are a majority. */
export function majority(count: number): number {
  return Math.floor(count / 2) + 1;
}
