// Tables of a result while they grow and when they are frozen: named columns of numbers and texts of equal length.
import { assert } from "../engine/assert.ts";
import { NumberColumn, TextColumn, type TextData, textsOf } from "./column.ts";

/** A frozen table. Its buffers can be moved to another thread. */
export interface Table {
  readonly rows: number;
  readonly numbers: Readonly<Record<string, Float64Array>>;
  readonly texts: Readonly<Record<string, TextData>>;
}

/** A table that rows are added to; columns are known from the start, rows begin as "not measured". */
export class TableBuilder<N extends string, T extends string> {
  readonly numbers: Readonly<Record<N, NumberColumn>>;
  readonly texts: Readonly<Record<T, TextColumn>>;
  private count = 0;
  private readonly numberColumns: readonly NumberColumn[];
  private readonly textColumns: readonly TextColumn[];

  constructor(numbers: readonly N[], texts: readonly T[]) {
    this.numberColumns = numbers.map(() => new NumberColumn());
    this.textColumns = texts.map(() => new TextColumn());
    this.numbers = Object.fromEntries(numbers.map((name, i) => [name, this.numberColumns[i]])) as Record<
      N,
      NumberColumn
    >;
    this.texts = Object.fromEntries(texts.map((name, i) => [name, this.textColumns[i]])) as Record<T, TextColumn>;
  }

  get rows(): number {
    return this.count;
  }

  /** Adds a row and returns its index. */
  add(): number {
    for (const column of this.numberColumns) column.push(Number.NaN);
    for (const column of this.textColumns) column.push("");
    return this.count++;
  }

  freeze(): Table {
    const numbers: Record<string, Float64Array> = {};
    const texts: Record<string, TextData> = {};
    for (const [name, column] of Object.entries<NumberColumn>(this.numbers)) numbers[name] = column.freeze();
    for (const [name, column] of Object.entries<TextColumn>(this.texts)) texts[name] = column.freeze();
    return { rows: this.count, numbers, texts };
  }
}

/** A number column of a frozen table. */
export function numbersOf(table: Table, name: string): Float64Array {
  const column = table.numbers[name];
  assert(column !== undefined, `the table has a number column ${name}`);
  return column;
}

/** A text column of a frozen table as a function of the row. */
export function textReader(table: Table, name: string): (row: number) => string {
  const data = table.texts[name];
  assert(data !== undefined, `the table has a text column ${name}`);
  const texts = textsOf(data);
  return (row) => texts[data.codes[row] as number] as string;
}

/** The buffers of a table, to be moved to another thread instead of copied. */
export function buffersOf(table: Table): ArrayBuffer[] {
  const buffers: ArrayBuffer[] = [];
  for (const column of Object.values(table.numbers)) buffers.push(column.buffer as ArrayBuffer);
  for (const data of Object.values(table.texts)) {
    buffers.push(
      data.codes.buffer as ArrayBuffer,
      data.bytes.buffer as ArrayBuffer,
      data.offsets.buffer as ArrayBuffer,
    );
  }
  return buffers;
}
