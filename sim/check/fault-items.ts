// The faults of one seed, as data: what, whom, when and for how long. Drawn before the run; each one stands for itself.
import type { RandomStream } from "../engine/random.ts";
import type { Style } from "./style.ts";

export const FAULT_KINDS = [
  "crash",
  "crashMajority",
  "crashAll",
  "terminate",
  "pause",
  "slowDisk",
  "stalledDisk",
  "isolate",
  "cutOutgoing",
  "cutIncoming",
  "cutPair",
  "partition",
  "flap",
  "delay",
  "loss",
  "echo",
  "clock",
] as const;
export type FaultKind = (typeof FAULT_KINDS)[number];

/** Changes of state that faults are aimed at; rare ones stand here twice. */
export const AIMS = [
  "precandidate",
  "candidate",
  "leader",
  "vote",
  "term",
  "commit",
  "append",
  "confChange",
  "confChange",
  "snapshot",
  "snapshot",
  "transfer",
  "transfer",
  "restart",
  "compaction",
  "lease",
] as const;
export type Aim = (typeof AIMS)[number];

/** Whom a fault hits: by role at that time, the member whose state changed, or another one. */
export const TARGETS = ["any", "leader", "follower", "candidate", "learner", "subject", "other"] as const;
export type FaultTarget = (typeof TARGETS)[number];

/** For faults at a time: leaders matter most. */
const TIMED_TARGETS: readonly FaultTarget[] = [
  "any",
  "any",
  "leader",
  "leader",
  "leader",
  "leader",
  "follower",
  "follower",
  "candidate",
  "learner",
];

export interface FaultItem {
  /** Position in the drawn schedule: its name. */
  readonly position: number;
  readonly kind: FaultKind;
  /** A time, or `delayMicros` after the nth change of a sort. */
  readonly when:
    | { readonly atMicros: number }
    | { readonly aim: Aim; readonly nth: number; readonly delayMicros: number };
  readonly target: FaultTarget;
  /** Chooses among those that the target means. */
  readonly choice: number;
  readonly forMicros: number;
  /** How bad, 0 … 1; every kind reads it in its own way. */
  readonly amount: number;
}

const SECOND = 1_000_000;

/** Draws a schedule. Each fault has draws of its own count, so that the list reads the same from its start. */
export function drawFaults(
  random: RandomStream,
  { style, faultMicros, members }: { readonly style: Style; readonly faultMicros: number; readonly members: number },
): FaultItem[] {
  const kinds = FAULT_KINDS.filter((kind) => (members > 1 || !NEEDS_PEERS.has(kind)) && weightOf(kind) > 0);
  const allowed = style === "swarm" ? subset(random, kinds) : kinds;
  const aims = style === "aimed" ? subset(random, AIMS) : [];
  const count = 3 + random.int(10);
  const items: FaultItem[] = [];
  for (let position = 0; position < count; position++) {
    const isAimed = aims.length > 0 && random.int(8) > 0;
    const when = isAimed ? drawAim(random, aims) : { atMicros: random.int(faultMicros) };
    items.push({
      position,
      kind: weighted(random, allowed),
      when,
      target: isAimed ? TARGETS[random.int(TARGETS.length)]! : TIMED_TARGETS[random.int(TIMED_TARGETS.length)]!,
      choice: random.int(1 << 20),
      forMicros: drawDuration(random),
      amount: random.int(1001) / 1000,
    });
  }
  return items;
}

const NEEDS_PEERS: ReadonlySet<FaultKind> = new Set([
  "crashMajority",
  "isolate",
  "cutOutgoing",
  "cutIncoming",
  "cutPair",
  "partition",
  "flap",
  "delay",
  "loss",
  "echo",
]);

function weightOf(kind: FaultKind): number {
  if (kind === "crash") return 5;
  if (kind === "isolate" || kind === "partition" || kind === "pause") return 3;
  return kind === "crashAll" || kind === "crashMajority" ? 1 : 2;
}

function weighted(random: RandomStream, kinds: readonly FaultKind[]): FaultKind {
  let rest = random.int(kinds.reduce((sum, kind) => sum + weightOf(kind), 0));
  for (const kind of kinds) {
    rest -= weightOf(kind);
    if (rest < 0) return kind;
  }
  return kinds[0]!;
}

function drawAim(random: RandomStream, aims: readonly Aim[]): FaultItem["when"] {
  const aim = aims[random.int(aims.length)]!;
  const nth = 1 + random.int(FREQUENT.has(aim) ? 200 : 6);
  // at once, within a fsync or a round trip, or within an election timeout
  const delayMicros = [0, random.int(500), random.int(5_000), random.int(SECOND)][random.int(4)]!;
  return { aim, nth, delayMicros };
}

const FREQUENT: ReadonlySet<Aim> = new Set(["commit", "append"]);

function drawDuration(random: RandomStream): number {
  switch (random.int(4)) {
    case 0:
      return 1_000 + random.int(200_000);
    case 1:
      return 200_000 + random.int(SECOND);
    case 2:
      return SECOND + random.int(3 * SECOND);
    default:
      return 2 * SECOND + random.int(10 * SECOND);
  }
}

/** About half of a list, and never none of it. */
function subset<T>(random: RandomStream, list: readonly T[]): readonly T[] {
  const kept = list.filter(() => random.int(2) === 0);
  return kept.length > 0 ? kept : [list[random.int(list.length)]!];
}
