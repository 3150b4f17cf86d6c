// The last changes of a kind, from which a watch can go on where it broke off: those of the last 75 seconds, at least 100 and at most
// 102,400 of them. Source: behaviour of kube-apiserver's watch cache.
import type { ApiObject, WatchEventType } from "./client.ts";

const WINDOW_MICROS = 75_000_000;
const MIN_EVENTS = 100;
const MAX_EVENTS = 102_400;

export interface PastEvent {
  readonly revision: number;
  readonly atMicros: number;
  readonly type: WatchEventType;
  readonly object: ApiObject;
  readonly before: ApiObject | undefined;
  readonly key: string;
}

export class EventWindow {
  private events: PastEvent[] = [];
  private head = 0;
  // everything after this revision is here
  private completeSince = 0;

  /** It begins behind a list at this revision. */
  reset(revision: number): void {
    this.events = [];
    this.head = 0;
    this.completeSince = revision;
  }

  push(event: PastEvent): void {
    this.events.push(event);
    const { events } = this;
    let length = events.length - this.head;
    while (length > MIN_EVENTS) {
      const oldest = events[this.head]!;
      if (length <= MAX_EVENTS && event.atMicros - oldest.atMicros < WINDOW_MICROS) break;
      this.completeSince = oldest.revision;
      this.head++;
      length--;
    }
    if (this.head > 1024 && this.head * 2 > events.length) {
      this.events = events.slice(this.head);
      this.head = 0;
    }
  }

  /** Can a watch go on behind this revision? */
  reaches(revision: number): boolean {
    return revision >= this.completeSince;
  }

  /** The oldest revision that a watch can go on behind. */
  get oldest(): number {
    return this.completeSince;
  }

  /** Calls back for everything behind this revision, in order. */
  replay(revision: number, tell: (event: PastEvent) => void): void {
    const { events } = this;
    let low = this.head;
    let high = events.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (events[middle]!.revision <= revision) low = middle + 1;
      else high = middle;
    }
    for (let i = low; i < events.length; i++) tell(events[i]!);
  }
}
