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
const TWO_21 = 2097152;

interface TycheState {
  readonly a: number;
  readonly b: number;
  readonly c: number;
  readonly d: number;
}

class TycheStream implements RandomStream {
  private a: number;
  private b: number;
  private c: number;
  private d: number;

  constructor(key: string) {
    // seeded as seedrandom does it
    const { a, b, c, d } = seedrandom.tychei(key, { state: true }).state() as unknown as TycheState;
    this.a = a;
    this.b = b;
    this.c = c;
    this.d = d;
  }

  next(): number {
    return (this.int32() >>> 0) / TWO_32;
  }

  nextDouble(): number {
    let double: number;
    do {
      const top = this.int32() >>> 11;
      double = (top + (this.int32() >>> 0) / TWO_32) / TWO_21;
    } while (double === 0);
    return double;
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

  skipDoubles(count: number): void {
    for (let i = 0; i < count; i++) {
      const top = this.int32() >>> 11;
      // a zero is drawn again
      if (this.int32() === 0 && top === 0) i--;
    }
  }

  // one round of Tyche-i; the shift by 16 is seedrandom's, which takes half of another word than the paper
  private int32(): number {
    const { a, c, d } = this;
    const b1 = ((this.b << 25) | (this.b >>> 7)) ^ c;
    const c1 = (c - d) | 0;
    const d1 = ((d << 24) | (d >>> 8)) ^ a;
    const a1 = (a - b1) | 0;
    const b2 = ((b1 << 20) | (b1 >>> 12)) ^ c1;
    const c2 = (c1 - d1) | 0;
    this.b = b2;
    this.c = c2;
    this.d = (d1 << 16) ^ (c2 >>> 16) ^ a1;
    this.a = (a1 - b2) | 0;
    return this.a;
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

/** As if `nextDouble` had been called so often: for draws whose results nobody looks at. */
export function skipDoubles(stream: RandomStream, count: number): void {
  if (stream instanceof TycheStream) stream.skipDoubles(count);
  else for (let i = 0; i < count; i++) stream.nextDouble();
}
