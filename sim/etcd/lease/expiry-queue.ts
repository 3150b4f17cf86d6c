// When leases are to be looked at next: a binary heap of (time, lease id) in which an entry can be moved. Ties go by id.
export class ExpiryQueue {
  private readonly ids: number[] = [];
  private readonly times: number[] = [];
  private readonly places = new Map<number, number>();

  get size(): number {
    return this.ids.length;
  }

  /** Time of the next one; Infinity when there is none. */
  get nextTime(): number {
    return this.times[0] ?? Infinity;
  }

  get nextId(): number {
    return this.ids[0] ?? 0;
  }

  /** Adds a lease or moves it to another time. */
  set(id: number, time: number): void {
    let place = this.places.get(id);
    if (place === undefined) {
      place = this.ids.length;
      this.ids.push(id);
      this.times.push(time);
      this.places.set(id, place);
    } else this.times[place] = time;
    this.siftDown(this.siftUp(place));
  }

  delete(id: number): void {
    const place = this.places.get(id);
    if (place === undefined) return;
    const last = this.ids.length - 1;
    this.swap(place, last);
    this.ids.pop();
    this.times.pop();
    this.places.delete(id);
    if (place < last) this.siftDown(this.siftUp(place));
  }

  clear(): void {
    this.ids.length = 0;
    this.times.length = 0;
    this.places.clear();
  }

  private siftUp(from: number): number {
    let place = from;
    while (place > 0) {
      const parent = (place - 1) >>> 1;
      if (!this.precedes(place, parent)) break;
      this.swap(place, parent);
      place = parent;
    }
    return place;
  }

  private siftDown(from: number): void {
    let place = from;
    for (;;) {
      let least = place;
      for (const child of [2 * place + 1, 2 * place + 2]) {
        if (child < this.ids.length && this.precedes(child, least)) least = child;
      }
      if (least === place) return;
      this.swap(place, least);
      place = least;
    }
  }

  private precedes(a: number, b: number): boolean {
    const { times, ids } = this;
    return times[a]! < times[b]! || (times[a] === times[b] && ids[a]! < ids[b]!);
  }

  private swap(a: number, b: number): void {
    const { ids, times, places } = this;
    const id = ids[a]!;
    const time = times[a]!;
    ids[a] = ids[b]!;
    times[a] = times[b]!;
    ids[b] = id;
    times[b] = time;
    places.set(ids[a]!, a);
    places.set(id, b);
  }
}
