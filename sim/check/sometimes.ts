// What a run must have reached, sometimes: every fault in every role and phase in which it can strike, and the rare states that
// protocols have. A counter that stays empty over many seeds means that the check does not check what it says.
import { FAULT_KINDS, type FaultKind } from "./fault-items.ts";

export type StruckRole = "leader" | "follower" | "candidate" | "learner";
const PHASES = ["steady", "election", "confChange", "snapshot", "transfer"] as const;
export type Phase = (typeof PHASES)[number];

/** Possible, and too rare to be asked for. */
const RARE = ["removal forgotten by a crash"] as const;

/** States and events, by what had to happen for them. */
const STATES = [
  "leader elected with pre-vote",
  "leader elected without pre-vote",
  "leader stepped down",
  "election lost",
  "two leaders at once",
  "entries overwritten",
  "snapshot received",
  "log compacted",
  "restart from snapshot",
  "restart with entries not committed",
  "leadership transferred",
  "member added",
  "learner added",
  "learner promoted",
  "member removed",
  "leader removed",
  "configuration change refused",
  "write without answer applied",
  "write without answer lost",
  "read across a leader change",
  "lease expired",
  "lease outlived a leader",
  "lease revoked by client",
  "watch resumed elsewhere",
  "watch cancelled by compaction",
  "watch from the past",
  "read compacted",
  "swap refused",
  "no space",
  "all healed with members down before",
] as const;
export type State = (typeof STATES)[number] | (typeof RARE)[number];

/** Faults that strike members in a role; others strike many at once. */
const WITHOUT_ROLE: ReadonlySet<FaultKind> = new Set([
  "crashMajority",
  "crashAll",
  "partition",
  "delay",
  "loss",
  "echo",
]);

// where a role can be struck; who campaigns makes it an election, and learners are rare
const ROLES_IN: Readonly<Record<Phase, readonly StruckRole[]>> = {
  steady: ["leader", "follower", "learner"],
  election: ["leader", "follower", "candidate"],
  confChange: ["leader", "follower", "learner"],
  snapshot: ["leader", "follower"],
  transfer: ["leader", "follower"],
};

function strikes(): string[] {
  return FAULT_KINDS.flatMap((kind) =>
    PHASES.flatMap((phase) =>
      WITHOUT_ROLE.has(kind)
        ? [`${kind} in ${phase}`]
        : ROLES_IN[phase].map((role) => `${kind} of ${role} in ${phase}`),
    ),
  );
}

/** All counters, in the order of reports. */
export const SOMETIMES: readonly string[] = [...strikes(), ...STATES];

const POSITIONS: ReadonlyMap<string, number> = new Map(SOMETIMES.map((name, i) => [name, i]));

export class Sometimes {
  readonly counts: number[] = new Array<number>(SOMETIMES.length).fill(0);

  /** A state was reached. */
  reached(state: State): void {
    this.count(state);
  }

  /** A fault strikes. @param role null for kinds that strike many */
  struck(kind: FaultKind, role: StruckRole | null, phase: Phase): void {
    this.count(WITHOUT_ROLE.has(kind) ? `${kind} in ${phase}` : `${kind} of ${role ?? "follower"} in ${phase}`);
  }

  private count(name: string): void {
    // other combinations are possible, too
    const position = POSITIONS.get(name);
    if (position !== undefined) this.counts[position]!++;
  }
}
