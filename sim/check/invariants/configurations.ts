// The configurations that the log's changes lead to, from none at its start, worked out apart from raft: every member's must be one of them, in order.
// Of joint changes it knows what etcd uses: none. Single changes only (Raft dissertation §4.1).
import type { ConfChange } from "../../raft/entry.ts";
import type { ConfState } from "../../raft/storage.ts";

export interface Configuration {
  /** Entry that brought it about; 0 for the first. */
  readonly index: number;
  readonly voters: readonly number[];
  readonly learners: readonly number[];
}

/** What etcd writes beside raft's part of a change. */
interface Membership {
  readonly change: "add" | "remove" | "promote";
  readonly id: number;
  readonly host: string;
  readonly isLearner: boolean;
}

const MAX_LEARNERS = 1;

export class Configurations {
  /** In order of the log. */
  readonly all: Configuration[];
  private readonly hosts = new Map<number, string>();
  private readonly removed = new Set<number>();

  constructor() {
    this.all = [{ index: 0, voters: [], learners: [] }];
  }

  get latest(): Configuration {
    return this.all[this.all.length - 1]!;
  }

  /** A change is committed. @returns whether it takes effect: some are refused only now */
  add(index: number, { changes }: ConfChange, data: unknown): boolean {
    const { change: membership } = data as { readonly change: Membership };
    if (changes.length !== 1 || this.refuses(membership)) return false;
    const voters = new Set(this.latest.voters);
    const learners = new Set(this.latest.learners);
    const { change, id, host, isLearner } = membership;
    learners.delete(id);
    voters.delete(id);
    if (change !== "remove") (isLearner ? learners : voters).add(id);
    if (change === "remove") {
      this.hosts.delete(id);
      this.removed.add(id);
    } else if (change === "add") this.hosts.set(id, host);
    this.all.push({ index, voters: [...voters].sort(ascending), learners: [...learners].sort(ascending) });
    return true;
  }

  private refuses({ change, id, host, isLearner }: Membership): boolean {
    const { voters, learners } = this.latest;
    const isMember = voters.includes(id) || learners.includes(id);
    if (this.removed.has(id)) return true;
    if (change === "add") {
      if (isMember || [...this.hosts.values()].includes(host)) return true;
      return isLearner && learners.length >= MAX_LEARNERS;
    }
    return !isMember || (change === "promote" && !learners.includes(id));
  }

  /** Position at or after `from` of a configuration, -1 when it is none of those. */
  find(conf: ConfState, from: number): number {
    for (let at = from; at < this.all.length; at++) {
      const { voters, learners } = this.all[at]!;
      if (conf.votersOutgoing.length === 0 && equal(conf.voters, voters) && equal(conf.learners, learners)) return at;
    }
    return -1;
  }
}

/** Is `count` a majority of `of`? */
export function isMajority(count: number, of: number): boolean {
  return 2 * count > of;
}

function equal(a: readonly number[], b: readonly number[]): boolean {
  return a.length === b.length && a.every((id, i) => id === b[i]);
}

function ascending(a: number, b: number): number {
  return a - b;
}
