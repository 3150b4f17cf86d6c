// Collects what trials measured: values by column, and errors by text with a sketch of their durations. Tallies of parts of
// the trials add up in any grouping to the same, as long as they are added in order of the trials.

import type { Fact } from "./compare.ts";

/** Durations fall into bins 0.2 % wide: enough for a median in a table. */
const BIN = Math.log(1.002);

interface ErrorTally {
  count: number;
  readonly bins: Map<number, number>;
}

export class Tally {
  trials = 0;
  events = 0;
  readonly columns = new Map<string, number[]>();
  readonly errors = new Map<string, ErrorTally>();
  /** What must be equal to a recorded text, by what it is; the first that is not equal stays. */
  readonly facts = new Map<string, Fact>();

  /** Notes a value of a trial; null is not measured. */
  value(column: string, value: number | null): void {
    if (value === null) return;
    const values = this.columns.get(column);
    if (values === undefined) this.columns.set(column, [value]);
    else values.push(value);
  }

  fact(name: string, recorded: string, simulated: string): void {
    const known = this.facts.get(name);
    if (known === undefined || known.recorded === known.simulated) this.facts.set(name, { name, recorded, simulated });
  }

  error(text: string, durationMs: number): void {
    this.addErrors(text, Math.ceil(Math.log(Math.max(0.01, durationMs)) / BIN), 1);
  }

  add(other: Tally): void {
    this.trials += other.trials;
    this.events += other.events;
    for (const [column, values] of other.columns) {
      const own = this.columns.get(column);
      if (own === undefined) this.columns.set(column, [...values]);
      else for (const value of values) own.push(value);
    }
    for (const { name, recorded, simulated } of other.facts.values()) this.fact(name, recorded, simulated);
    for (const [text, { bins }] of other.errors) for (const [bin, count] of bins) this.addErrors(text, bin, count);
  }

  /** The median duration of an error in milliseconds, to 0.2 %. */
  durationP50Ms(text: string): number {
    const entry = this.errors.get(text);
    if (entry === undefined) return Number.NaN;
    let sum = 0;
    for (const [bin, count] of [...entry.bins].sort((a, b) => a[0] - b[0])) {
      sum += count;
      if (sum * 2 >= entry.count) return Math.exp(bin * BIN);
    }
    return Number.NaN;
  }

  private addErrors(text: string, bin: number, count: number): void {
    let entry = this.errors.get(text);
    if (entry === undefined) {
      entry = { count: 0, bins: new Map() };
      this.errors.set(text, entry);
    }
    entry.count += count;
    entry.bins.set(bin, (entry.bins.get(bin) ?? 0) + count);
  }
}

/** A tally as plain data, for the way between threads. */
export interface PlainTally {
  readonly trials: number;
  readonly events: number;
  readonly columns: [string, Float64Array][];
  readonly errors: [string, [number, number][]][];
  readonly facts: Fact[];
}

export function toPlain(tally: Tally): PlainTally {
  return {
    trials: tally.trials,
    events: tally.events,
    columns: [...tally.columns].map(([column, values]) => [column, Float64Array.from(values)]),
    errors: [...tally.errors].map(([text, { bins }]) => [text, [...bins]]),
    facts: [...tally.facts.values()],
  };
}

export function fromPlain(plain: PlainTally): Tally {
  const tally = new Tally();
  tally.trials = plain.trials;
  tally.events = plain.events;
  for (const [column, values] of plain.columns) tally.columns.set(column, [...values]);
  for (const [text, bins] of plain.errors) {
    const total = bins.reduce((sum, [, count]) => sum + count, 0);
    tally.errors.set(text, { count: total, bins: new Map(bins) });
  }
  for (const { name, recorded, simulated } of plain.facts) tally.fact(name, recorded, simulated);
  return tally;
}
