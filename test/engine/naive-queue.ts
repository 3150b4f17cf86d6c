// The naive twin of the event queue: a sorted array. Slow, and too simple to be wrong.

export interface NaiveEvent {
  readonly time: number;
  readonly sequence: number;
}

/** Events in order of (time, sequence). */
export class NaiveQueue {
  readonly events: NaiveEvent[] = [];

  push(event: NaiveEvent): void {
    this.events.splice(this.position(event), 0, event);
  }

  pop(limit: number): NaiveEvent | undefined {
    const first = this.events[0];
    return first === undefined || first.time > limit ? undefined : this.events.shift();
  }

  remove(event: NaiveEvent): boolean {
    const at = this.position(event);
    if (this.events[at]?.sequence !== event.sequence) return false;
    this.events.splice(at, 1);
    return true;
  }

  peekTime(): number {
    return this.events[0]?.time ?? Infinity;
  }

  // how many events come before this one
  private position(event: NaiveEvent): number {
    let low = 0;
    let high = this.events.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      const other = this.events[middle]!;
      if (other.time < event.time || (other.time === event.time && other.sequence < event.sequence)) low = middle + 1;
      else high = middle;
    }
    return low;
  }
}
