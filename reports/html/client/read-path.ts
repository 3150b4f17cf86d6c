// Reads the points of a line back from its path, which is in the units of the data (time-chart.ts), and what held at a time.

export interface Line {
  readonly times: readonly number[];
  readonly values: readonly number[];
  /** Ends of stretches: at these places a new one begins. */
  readonly starts: ReadonlySet<number>;
  readonly isStep: boolean;
}

export function readPath(path: string): Line {
  const times: number[] = [];
  const values: number[] = [];
  const starts = new Set<number>();
  let isStep = false;
  let [time, value] = [0, 0];
  for (const [, command, first, second] of path.matchAll(/([MLHV])([-\d.]+)(?: ([-\d.]+))?/g)) {
    if (command === "V") value = Number(first);
    else time = Number(first);
    if (command === "M" || command === "L") value = Number(second);
    if (command === "M") starts.add(times.length);
    // the horizontal half of a step has no value of its own
    if (command === "H") {
      isStep = true;
      times.push(time);
      values.push(value);
    } else if (command === "V") values[values.length - 1] = value;
    else {
      times.push(time);
      values.push(value);
    }
  }
  return { times, values, starts, isStep };
}

/** NaN before the first and within a gap. */
export function valueAt({ times, values, starts, isStep }: Line, time: number): number {
  let [low, high] = [0, times.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if (times[middle]! <= time) low = middle + 1;
    else high = middle;
  }
  const [before, after] = [low - 1, low];
  if (before < 0) return Number.NaN;
  if (after >= times.length) return times[before] === time || isStep ? values[before]! : Number.NaN;
  if (starts.has(after)) return times[before] === time ? values[before]! : Number.NaN;
  if (isStep || times[after] === times[before]) return values[before]!;
  const share = (time - times[before]!) / (times[after]! - times[before]!);
  return values[before]! + share * (values[after]! - values[before]!);
}

/** The smallest and largest value from one time to the next. */
export function rangeWithin(line: Line, from: number, to: number): readonly [number, number] {
  const at = [valueAt(line, from), ...line.values.filter((_, i) => line.times[i]! >= from && line.times[i]! < to)];
  const measured = at.filter((value) => !Number.isNaN(value));
  return [Math.min(...measured), Math.max(...measured)];
}
