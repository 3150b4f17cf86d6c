// Append-only columns of numbers and texts, in typed arrays that can be moved between threads.
// NaN in a number column and code 0 in a text column mean: not measured.
import { assert } from "../engine/assert.ts";

const FIRST_CAPACITY = 64;

/** Numbers, growing by doubling. */
export class NumberColumn {
  private data = new Float64Array(FIRST_CAPACITY);
  private count = 0;

  get length(): number {
    return this.count;
  }

  push(value: number): void {
    if (this.count === this.data.length) {
      const larger = new Float64Array(this.data.length * 2);
      larger.set(this.data);
      this.data = larger;
    }
    this.data[this.count++] = value;
  }

  get(row: number): number {
    assert(row >= 0 && row < this.count, "row is in the column");
    return this.data[row] as number;
  }

  set(row: number, value: number): void {
    assert(row >= 0 && row < this.count, "row is in the column");
    this.data[row] = value;
  }

  /** A copy of exactly the rows that are there. */
  freeze(): Float64Array {
    return this.data.slice(0, this.count);
  }
}

/** Texts of a table, each distinct one stored once. Code 0 is "no text". */
export interface TextData {
  /** One code per row: index into the texts. */
  readonly codes: Uint32Array;
  /** All distinct texts as UTF-8, one after the other. */
  readonly bytes: Uint8Array;
  /** Where each text begins in `bytes`, and the end of the last. */
  readonly offsets: Uint32Array;
}

export class TextColumn {
  private readonly codes = new NumberColumn();
  private readonly byText = new Map<string, number>([["", 0]]);
  private readonly texts: string[] = [""];

  get length(): number {
    return this.codes.length;
  }

  push(text: string): void {
    this.codes.push(this.code(text));
  }

  get(row: number): string {
    return this.texts[this.codes.get(row)] as string;
  }

  set(row: number, text: string): void {
    this.codes.set(row, this.code(text));
  }

  freeze(): TextData {
    const encoder = new TextEncoder();
    const parts = this.texts.map((text) => encoder.encode(text));
    const offsets = new Uint32Array(parts.length + 1);
    for (const [i, part] of parts.entries()) offsets[i + 1] = (offsets[i] as number) + part.length;
    const bytes = new Uint8Array(offsets[parts.length] as number);
    for (const [i, part] of parts.entries()) bytes.set(part, offsets[i]);
    return { codes: Uint32Array.from(this.codes.freeze()), bytes, offsets };
  }

  private code(text: string): number {
    let code = this.byText.get(text);
    if (code === undefined) {
      code = this.texts.length;
      this.texts.push(text);
      this.byText.set(text, code);
    }
    return code;
  }
}

/** The distinct texts of a column, by code. */
export function textsOf(data: TextData): string[] {
  const decoder = new TextDecoder();
  const texts: string[] = [];
  for (let i = 0; i + 1 < data.offsets.length; i++) {
    texts.push(decoder.decode(data.bytes.subarray(data.offsets[i], data.offsets[i + 1])));
  }
  return texts;
}
