// Keeps so many rows of a table of any length: first those that somebody would look for (warnings, pods that failed), then the others from the
// beginning. The order of the file stays.

export class RowKeeper {
  total = 0;
  private readonly most: number;
  private readonly important: (readonly [number, readonly string[]])[] = [];
  private readonly others: (readonly [number, readonly string[]])[] = [];
  private readonly isImportant: (record: readonly string[]) => boolean;

  constructor(most: number, isImportant: (record: readonly string[]) => boolean = () => false) {
    this.most = most;
    this.isImportant = isImportant;
  }

  add(record: readonly string[]): void {
    const place = this.total++;
    const list = this.isImportant(record) ? this.important : this.others;
    if (list.length < this.most) list.push([place, record]);
  }

  kept(): (readonly string[])[] {
    const filled = [...this.important, ...this.others.slice(0, Math.max(0, this.most - this.important.length))];
    return filled.sort(([a], [b]) => a - b).map(([, record]) => record);
  }
}
