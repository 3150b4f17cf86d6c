// Makes something that fails small: of the simpler alternatives to it, in order, the first that fails still takes its place, until none
// does. What did not help is tried again last, when the rest has become smaller. After: Zeller and Hildebrandt, "Simplifying and Isolating
// Failure-Inducing Input", 2002. A generator: whoever drives it tries the alternatives, several at a time if it likes.

export interface Alternative<T> {
  /** What is done, of the same name for the same thing later on. */
  readonly label: string;
  readonly value: T;
}

export interface ShrinkOptions<T> {
  /** Strictly simpler ones, the most promising first. */
  readonly alternatives: (value: T) => readonly Alternative<T>[];
  /** Equal for what need not be tried twice. */
  readonly keyOf: (value: T) => string;
  /** At most so many are tried. */
  readonly maxRuns: number;
  /** Has it to be content with what it has? */
  readonly isOver?: () => boolean;
}

export interface Shrunk<T> {
  readonly value: T;
  /** How many were tried. */
  readonly runs: number;
  /** No alternative fails any more; otherwise the runs were used up. */
  readonly isMinimal: boolean;
}

/** Yields alternatives in order; wants the position of the first that fails, or -1. */
export function* shrink<T>(start: T, options: ShrinkOptions<T>): Generator<readonly T[], Shrunk<T>, number> {
  const { alternatives, isOver, keyOf, maxRuns } = options;
  const tried = new Set<string>([keyOf(start)]);
  let vain = new Set<string>();
  let value = start;
  let runs = 0;
  for (;;) {
    const byKey = new Map<string, Alternative<T>>();
    for (const alternative of alternatives(value)) {
      const key = keyOf(alternative.value);
      if (!tried.has(key) && !byKey.has(key)) byKey.set(key, alternative);
    }
    const all = [...byKey.values()];
    const fresh = all.filter(({ label }) => !vain.has(label));
    // those that did not help have another chance once nothing else does
    const now = fresh.length > 0 ? fresh : all;
    if (now.length === 0) return { value, runs, isMinimal: true };
    const affordable = now.slice(0, maxRuns - runs);
    if (affordable.length === 0 || isOver?.() === true) return { value, runs, isMinimal: false };
    const index = yield affordable.map((alternative) => alternative.value);
    const failed = affordable.slice(0, index < 0 ? affordable.length : index);
    for (const { label, value: other } of failed) {
      tried.add(keyOf(other));
      vain.add(label);
    }
    runs += failed.length;
    if (index < 0) continue;
    runs++;
    const taken = affordable[index]!;
    tried.add(keyOf(taken.value));
    value = taken.value;
    // labels count positions
    if (taken.label.startsWith("drop")) vain = new Set();
  }
}
