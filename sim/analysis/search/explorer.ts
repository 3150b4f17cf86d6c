// Which schedules a search tries, in a fixed order: every kind once by itself, then random ones that bring kinds together which have not been
// so before, in turn with ones that are like what came near to a violation. A pure state machine: the n-th schedule follows from the seed and
// the outcomes that it was told before.
import { createStream, type RandomStream } from "../../engine/random.ts";
import { kindsOf, type Schedule, scheduleKey } from "./disturbance.ts";
import { drawDisturbance, drawSchedule, mutate, type Room } from "./draw.ts";
import type { Outcome } from "./outcome.ts";
import type { Choice } from "./space.ts";

/** A schedule that is worth varying, for one expectation. */
interface Near {
  readonly schedule: Schedule;
  readonly margin: number;
}

/** For each expectation, so many of the nearest are kept. */
const KEPT = 8;
const GUIDED = 0.6;
/** Of so many random ones the newest is taken. */
const CANDIDATES = 4;
/** Draws until a schedule is one that has not been tried. */
const TRIES = 20;

export class Explorer {
  private readonly room: Room;
  private readonly seed: string;
  private readonly order: readonly Choice[];
  private readonly tried = new Set<string>();
  private readonly nearest: Near[][];
  /** Margins as they are when nothing happens. */
  private readonly calm: readonly number[];
  /** By kind: how much nearer than usual it has brought any expectation. */
  private readonly gains = new Map<string, number>();
  /** Kinds that have happened in one run. */
  private readonly met = new Set<string>();
  private next = 0;

  constructor(room: Room, seed: string, calm: Outcome) {
    this.room = room;
    this.seed = seed;
    this.calm = calm.margins;
    this.nearest = calm.margins.map(() => []);
    const stream = createStream(seed, "search/order");
    this.order = shuffled(room.choices, stream);
  }

  /** The next schedule to be tried. */
  propose(): Schedule {
    const number = this.next++;
    const stream = createStream(this.seed, `search/${number}`);
    let schedule: Schedule = [];
    for (let i = 0; i < TRIES; i++) {
      schedule = this.draw(number, stream);
      const key = scheduleKey(schedule);
      if (this.tried.has(key)) continue;
      this.tried.add(key);
      break;
    }
    for (const pair of pairsOf(schedule)) this.met.add(pair);
    return schedule;
  }

  /** What came of a schedule. In the order of proposals. */
  learn(schedule: Schedule, outcome: Outcome): void {
    if (outcome.voidReason !== "" || schedule.length === 0) return;
    outcome.margins.forEach((margin, i) => {
      const gain = this.calm[i]! - margin;
      if (gain <= 1e-9) return;
      for (const kind of kindsOf(schedule))
        this.gains.set(kind, Math.max(this.gains.get(kind) ?? 0, gain / schedule.length));
      if (margin < 0) return;
      const kept = this.nearest[i]!;
      kept.push({ schedule, margin });
      kept.sort((a, b) => a.margin - b.margin);
      kept.length = Math.min(kept.length, KEPT);
    });
  }

  private draw(number: number, stream: RandomStream): Schedule {
    const first = this.order[number];
    if (first !== undefined) return [drawDisturbance(first, this.room, [], stream)];
    const known = this.nearest.filter((kept) => kept.length > 0);
    if (known.length === 0 || stream.next() >= GUIDED) return this.drawNew(stream);
    const kept = known[stream.int(known.length)]!;
    // the nearest most often
    const at = Math.min(stream.int(kept.length), stream.int(kept.length));
    const others = known[stream.int(known.length)]!;
    const other = others[stream.int(others.length)]!;
    return mutate(kept[at]!.schedule, this.room, this.weighted, stream, other.schedule);
  }

  /** Of several the one in which most kinds meet for the first time. */
  private drawNew(stream: RandomStream): Schedule {
    let best = drawSchedule(this.room, this.uniform, stream);
    for (let i = 1; i < CANDIDATES; i++) {
      const other = drawSchedule(this.room, this.uniform, stream);
      if (this.news(other) > this.news(best)) best = other;
    }
    return best;
  }

  private news(schedule: Schedule): number {
    return pairsOf(schedule).filter((pair) => !this.met.has(pair)).length;
  }

  private readonly uniform = (stream: RandomStream): Choice => {
    return this.room.choices[stream.int(this.room.choices.length)]!;
  };

  /** Any, or one of two at random: the one that has shown more. By itself, what makes others worse often shows nothing. */
  private readonly weighted = (stream: RandomStream): Choice => {
    if (stream.next() < 0.5) return this.uniform(stream);
    const [a, b] = [this.uniform(stream), this.uniform(stream)];
    return this.gainOf(a) >= this.gainOf(b) ? a : b;
  };

  private gainOf({ kind }: Choice): number {
    return this.gains.get(kind) ?? 0;
  }
}

function pairsOf(schedule: Schedule): readonly string[] {
  const kinds = kindsOf(schedule);
  return kinds.flatMap((a, i) => kinds.slice(i + 1).map((b) => `${a} ${b}`));
}

function shuffled<T>(list: readonly T[], stream: RandomStream): readonly T[] {
  const result = [...list];
  for (let i = result.length - 1; i > 0; i--) {
    const j = stream.int(i + 1);
    [result[i], result[j]] = [result[j]!, result[i]!];
  }
  return result;
}
