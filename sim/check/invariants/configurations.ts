// The configurations that the log's changes lead to, worked out apart from raft: every member's must be one of them, in order.
// Of joint changes it knows what etcd uses: none. Single changes only (Raft dissertation §4.1).
import type { ConfChange } from "../../raft/entry.ts";
import type { ConfState } from "../../raft/storage.ts";

export interface Configuration {
  /** Entry that brought it about; 0 for the first. */
  readonly index: number;
  readonly voters: readonly number[];
  readonly learners: readonly number[];
}

export class Configurations {
  /** In order of the log. */
  readonly all: Configuration[];

  constructor(voters: readonly number[], learners: readonly number[]) {
    this.all = [{ index: 0, voters: [...voters].sort(ascending), learners: [...learners].sort(ascending) }];
  }

  get latest(): Configuration {
    return this.all[this.all.length - 1]!;
  }

  /** A change is committed. */
  add(index: number, change: ConfChange): void {
    const voters = new Set(this.latest.voters);
    const learners = new Set(this.latest.learners);
    for (const { operation, node } of change.changes) {
      if (operation === "add") {
        learners.delete(node);
        voters.add(node);
      } else if (operation === "remove") {
        voters.delete(node);
        learners.delete(node);
      } else if (operation === "learner" && !learners.has(node)) {
        voters.delete(node);
        learners.add(node);
      }
    }
    this.all.push({ index, voters: [...voters].sort(ascending), learners: [...learners].sort(ascending) });
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
