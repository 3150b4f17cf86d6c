// Named random streams: one per component, identity and purpose, so that adding a node or a fault never moves
// anybody else's draws. Generator: Tyche-i (Neves and Araujo 2011), period about 2^127, as seedrandom implements it.
import seedrandom from "seedrandom";
import { fail } from "./assert.ts";

/** A reproducible sequence of random numbers. */
export interface RandomStream {
  /** Uniform in [0, 1) with 32 random bits: one draw. */
  next(): number;
  /** Uniform in (0, 1) with 53 random bits, never 0: two draws. */
  nextDouble(): number;
  /**
   * Uniform integer in 0 … n - 1, without bias.
   *
   * @throws AssertionError unless n is an integer in 1 … 2^32
   */
  int(n: number): number;
}

const TWO_32 = 4294967296;

class TycheStream implements RandomStream {
  readonly next: () => number;
  readonly nextDouble: () => number;
  private readonly int32: () => number;

  constructor(key: string) {
    const generator = seedrandom.tychei(key);
    this.next = generator;
    this.nextDouble = generator.double;
    this.int32 = generator.int32;
  }

  int(n: number): number {
    if (!(n >= 1 && n <= TWO_32 && Math.floor(n) === n)) fail(`not a number of choices: ${n}`);
    // draws at or above the largest multiple of n would favour the low results
    const limit = TWO_32 - (TWO_32 % n);
    let draw: number;
    do {
      draw = this.int32() >>> 0;
    } while (draw >= limit);
    return draw % n;
  }
}

/**
 * Opens the stream of one purpose, for example `createStream(42, "node/worker-17/pull")`. The same seed and path
 * give the same numbers; seed 42 and seed "42" are the same seed.
 *
 * @param seed the run's seed
 * @param path component, identity and purpose, joined with slashes
 */
export function createStream(seed: string | number, path: string): RandomStream {
  // always a string: seedrandom treats integer seeds differently; the line feed keeps ("1", "2/x") and ("1/2", "x") apart
  return new TycheStream(`${String(seed)}\n${path}`);
}
