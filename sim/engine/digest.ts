// Running 64-bit hash of everything that happened in a run: equal digests mean equal event logs. Two 32-bit lanes of
// rotate, xor and multiply, because JavaScript has no fast 64-bit integers. Refuses nothing and is no cryptographic hash.

const K1 = 0x9e3779b1 | 0;
const K2 = 0x85ebca77 | 0;
const K3 = 0xc2b2ae3d | 0;

/** Order-sensitive hash of events, numbers and strings. */
export class Digest {
  private x = 0x243f6a88 | 0;
  private y = 0x85a308d3 | 0;

  /** Absorbs one dispatched event: its time as high and low word, its kind, and its two arguments (all int32). */
  event(timeHigh: number, timeLow: number, kind: number, a: number, b: number): void {
    const x = Math.imul(this.x ^ timeLow, K1);
    const y = Math.imul(this.y ^ a, K2);
    // time's high word has 21 bits and a kind has 11, so together they fill one word without overlap
    const word = kind ^ (timeHigh << 11);
    // a bijection of the two lanes, so that no state is lost; each lane feeds the other, so that no two fields cancel out
    const sum = (Math.imul(x ^ (x >>> 15) ^ word, K3) + y) | 0;
    this.x = sum;
    this.y = Math.imul(y ^ (y >>> 15) ^ b, K1) ^ rotate(sum, 13);
  }

  /** Absorbs one number: all 64 bits of it, so that 0.1 + 0.2 and 0.3 differ. */
  note(value: number): void {
    if ((value | 0) === value) {
      this.mix(value, 1);
    } else {
      scratch[0] = value;
      this.mix(scratchWords[LOW]!, 2);
      this.mix(scratchWords[1 - LOW]!, 3);
    }
  }

  /** Absorbs a string: its length, then its UTF-16 units. */
  noteString(text: string): void {
    this.mix(text.length, 4);
    for (let i = 0; i < text.length; i++) this.mix(text.charCodeAt(i), 5);
  }

  /** The digest so far as 16 hexadecimal digits; absorbing may continue. */
  hex(): string {
    const x = avalanche(this.x ^ Math.imul(this.y, K2));
    const y = avalanche(this.y ^ Math.imul(x, K3));
    return hex32(x) + hex32(y);
  }

  private mix(word: number, tag: number): void {
    this.event(0, word, tag, 0, 0);
  }
}

// scratch to take a double apart; written before every read
const scratch = new Float64Array(1);
const scratchWords = new Int32Array(scratch.buffer);
scratch[0] = 1;
const LOW = scratchWords[0] === 0 ? 0 : 1;

function rotate(word: number, bits: number): number {
  return (word << bits) | (word >>> (32 - bits));
}

// Murmur3's finalizer: every input bit reaches every output bit
function avalanche(word: number): number {
  let h = word;
  h = Math.imul(h ^ (h >>> 16), 0x85ebca6b | 0);
  h = Math.imul(h ^ (h >>> 13), 0xc2b2ae35 | 0);
  return h ^ (h >>> 16);
}

function hex32(word: number): string {
  return (word >>> 0).toString(16).padStart(8, "0");
}
