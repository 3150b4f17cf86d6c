// Columns of numbers of a long table, growing by doubling: a million rows are eight megabytes for each.

export class NumberColumns {
  private readonly places: readonly (readonly [string, number])[];
  private columns: Float64Array[];
  private length = 0;

  /** @param wanted names of the columns that are kept, as far as the table has them */
  constructor(header: readonly string[], wanted: readonly string[]) {
    this.places = wanted.map((name) => [name, header.indexOf(name)] as const).filter(([, place]) => place >= 0);
    this.columns = this.places.map(() => new Float64Array(64));
  }

  add(record: readonly string[]): void {
    if (this.length === this.columns[0]?.length) {
      this.columns = this.columns.map((column) => {
        const larger = new Float64Array(column.length * 2);
        larger.set(column);
        return larger;
      });
    }
    for (const [i, [, place]] of this.places.entries()) {
      const text = record[place]!;
      this.columns[i]![this.length] = text === "" ? Number.NaN : Number(text);
    }
    this.length++;
  }

  finish(): Record<string, Float64Array> {
    return Object.fromEntries(this.places.map(([name], i) => [name, this.columns[i]!.subarray(0, this.length)]));
  }
}
