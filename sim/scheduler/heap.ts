// A binary heap of elements that know their own position, so that any of them can be taken out in O(log n).
// Equal elements come out in the order that `before` gives them: it must be a total order.

export interface Heaped {
  /** Kept by the heap; -1 when in none. An element is in at most one heap. */
  heapIndex: number;
}

export class Heap<T extends Heaped> {
  private readonly items: T[] = [];
  private readonly before: (a: T, b: T) => boolean;

  constructor(before: (a: T, b: T) => boolean) {
    this.before = before;
  }

  get size(): number {
    return this.items.length;
  }

  peek(): T | undefined {
    return this.items[0];
  }

  push(item: T): void {
    this.items.push(item);
    this.up(item, this.items.length - 1);
  }

  pop(): T | undefined {
    const top = this.items[0];
    if (top !== undefined) this.remove(top);
    return top;
  }

  remove(item: T): void {
    const at = item.heapIndex;
    const last = this.items.pop() as T;
    if (last !== item) {
      this.items[at] = last;
      last.heapIndex = at;
      this.fix(last);
    }
    item.heapIndex = -1;
  }

  /** Restores order after the element's rank has changed. */
  fix(item: T): void {
    this.up(item, item.heapIndex);
    this.down(item, item.heapIndex);
  }

  /** In no particular order. */
  values(): readonly T[] {
    return this.items;
  }

  private up(item: T, from: number): void {
    let at = from;
    while (at > 0) {
      const parentAt = (at - 1) >> 1;
      const parent = this.items[parentAt] as T;
      if (!this.before(item, parent)) break;
      this.items[at] = parent;
      parent.heapIndex = at;
      at = parentAt;
    }
    this.items[at] = item;
    item.heapIndex = at;
  }

  private down(item: T, from: number): void {
    const count = this.items.length;
    let at = from;
    for (;;) {
      let childAt = 2 * at + 1;
      if (childAt >= count) break;
      let child = this.items[childAt] as T;
      const right = this.items[childAt + 1];
      if (right !== undefined && this.before(right, child)) {
        child = right;
        childAt++;
      }
      if (!this.before(child, item)) break;
      this.items[at] = child;
      child.heapIndex = at;
      at = childAt;
    }
    this.items[at] = item;
    item.heapIndex = at;
  }
}
