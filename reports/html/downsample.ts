// Series of any length for a picture of a given width, without losing an extreme: of each bucket of time the first, smallest, largest and last
// value stay, at their own times. Source: M4, Jugel et al., "M4: A Visualization-Oriented Time Series Data Aggregation", VLDB 2014.

export interface Points {
  /** Ascending. */
  readonly times: ArrayLike<number>;
  /** NaN where nothing was measured. */
  readonly values: ArrayLike<number>;
}

/** At most four points for each bucket and one for each gap, in order of time; a stretch of equal values keeps its two ends. */
export function downsample({ times, values }: Points, fromTime: number, toTime: number, buckets: number): Points {
  const kept = times.length <= buckets * 4 ? everyIndex(times.length) : m4(times, values, fromTime, toTime, buckets);
  const needed = kept.filter((index, i) => {
    const [before, after] = [kept[i - 1], kept[i + 1]];
    if (before === undefined || after === undefined) return true;
    const value = values[index]!;
    return !isSame(values[before]!, value) || !isSame(value, values[after]!);
  });
  return { times: needed.map((i) => times[i]!), values: needed.map((i) => values[i]!) };
}

function m4(
  times: ArrayLike<number>,
  values: ArrayLike<number>,
  fromTime: number,
  toTime: number,
  buckets: number,
): number[] {
  const kept: number[] = [];
  const width = (toTime - fromTime) / buckets || 1;
  for (let begin = 0, end = 0; begin < times.length; begin = end) {
    const bucket = Math.floor((times[begin]! - fromTime) / width);
    let [first, smallest, largest, last, gap] = [-1, -1, -1, -1, -1];
    for (end = begin; end < times.length && Math.floor((times[end]! - fromTime) / width) === bucket; end++) {
      const value = values[end]!;
      if (Number.isNaN(value)) {
        if (gap < 0) gap = end;
        continue;
      }
      if (first < 0) first = end;
      if (smallest < 0 || value < values[smallest]!) smallest = end;
      if (largest < 0 || value > values[largest]!) largest = end;
      last = end;
    }
    const found = [first, smallest, largest, last, gap].filter((index) => index >= 0).sort((a, b) => a - b);
    for (const index of found) if (index !== kept[kept.length - 1]) kept.push(index);
  }
  return kept;
}

function isSame(a: number, b: number): boolean {
  return a === b || (Number.isNaN(a) && Number.isNaN(b));
}

function everyIndex(length: number): number[] {
  return Array.from({ length }, (_, i) => i);
}
