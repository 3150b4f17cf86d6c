// Which values a bootstrap draws again: rows of indexes, the same for all samples of one size, so that they are drawn once and serve
// every metric and variant. Deterministic: they depend on the size alone.
import { createStream } from "../../engine/random.ts";

/** The resamples of one sample size. */
export interface Resamples {
  readonly size: number;
  readonly count: number;
  /** `count` rows of `size` indexes. */
  readonly indexes: Uint32Array;
}

/** Enough that the ends of the interval are steady to a few percent of its width; fewer where each costs much and the means are nearly normal. */
export function resampleCountOf(size: number): number {
  if (size <= 100) return 4000;
  return size <= 2000 ? 2000 : 1000;
}

/** The resamples of a sample size, drawn once while the last sizes are remembered. */
export class ResampleSource {
  private last: Resamples | undefined;

  of(size: number): Resamples {
    if (this.last?.size === size) return this.last;
    const stream = createStream("bootstrap", `resamples/${size}`);
    const count = resampleCountOf(size);
    const indexes = new Uint32Array(count * size);
    for (let i = 0; i < indexes.length; i++) indexes[i] = stream.int(size);
    this.last = { size, count, indexes };
    return this.last;
  }
}

/** The mean of each resample, in ascending order. */
export function resampledMeans(values: Float64Array, { size, count, indexes }: Resamples): Float64Array {
  const means = new Float64Array(count);
  for (let row = 0, at = 0; row < count; row++) {
    let sum = 0;
    for (let i = 0; i < size; i++, at++) sum += values[indexes[at]!]!;
    means[row] = sum / size;
  }
  return means.sort();
}
