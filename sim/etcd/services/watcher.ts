// One watch at one member: which keys from which revision on, and how far it has been told. Its stream may be shared with others.
import type { EtcdError } from "../error.ts";
import { FROM_KEY, type KeyRange, type WatchEvent } from "../request.ts";

export interface WatchCreate extends KeyRange {
  /** The first revision to be told of; 0 = from now on. */
  readonly startRevision: number;
  /** Events carry the key's value before them, unless it has been compacted. */
  readonly prevKv?: boolean;
  /** Empty messages every ten to eleven minutes in which there was no event. */
  readonly progressNotify?: boolean;
}

/** Who is told. */
export interface WatcherSink {
  /**
   * Changes of whole revisions, in order. Without events: nothing has happened up to `revision` (progress), which a watch from now on
   * (startRevision 0) is also told when it is created.
   */
  told(events: readonly WatchEvent[], revision: number): void;
  /** It will tell no more. @param compactRevision above 0 when the next revision it was to tell has been compacted away */
  ended(error: EtcdError, compactRevision: number): void;
}

/** One message to one watcher: events, or progress without events, or that what it wants has been compacted. */
export interface WatchMessage {
  readonly watcher: Watcher;
  readonly events: readonly WatchEvent[];
  readonly revision: number;
  /** 0 unless the watch ends for it. */
  readonly compactRevision: number;
  /** When the events took effect at this member. */
  readonly sinceMicros: number;
}

/** The stream that a watcher's messages leave by, as far as the watcher's hub needs it. */
export interface WatcherStream {
  readonly watchers: Set<Watcher>;
  readonly requireLeader: boolean;
  /** @returns false when there is no room */
  offer(message: WatchMessage): boolean;
}

/** Where a watcher stands: `victim` has a message that its stream had no room for, `ending` is to be told that it ends. */
export type WatcherState = "synced" | "unsynced" | "victim" | "ending" | "gone";

export class Watcher {
  readonly key: string;
  readonly rangeEnd: string;
  readonly prevKv: boolean;
  readonly progressNotify: boolean;
  readonly stream: WatcherStream;
  readonly sink: WatcherSink;
  state: WatcherState = "synced";
  /** The next revision to tell. */
  nextRevision: number;
  /** Nothing was told since the last progress message was due. */
  isQuiet = true;

  constructor(stream: WatcherStream, create: WatchCreate, sink: WatcherSink, nextRevision: number) {
    this.stream = stream;
    this.key = create.key;
    this.rangeEnd = create.rangeEnd;
    this.prevKv = create.prevKv === true;
    this.progressNotify = create.progressNotify === true;
    this.sink = sink;
    this.nextRevision = nextRevision;
  }
}

// watchers of one range
interface Group {
  readonly start: string;
  readonly end: string;
  readonly watchers: Watcher[];
}

/** Watchers by what they watch: finds those of a key. Ranges are sorted by their start, with the farthest end up to each. */
export class WatcherGroups {
  size = 0;
  private readonly keys = new Map<string, Watcher[]>();
  private readonly ranges: Group[] = [];
  // reaches[i]: the farthest end of ranges[0 … i]; null for the end of all keys
  private reaches: (string | null)[] = [];

  add(watcher: Watcher): void {
    this.size++;
    if (watcher.rangeEnd === "") {
      const watchers = this.keys.get(watcher.key);
      if (watchers === undefined) this.keys.set(watcher.key, [watcher]);
      else watchers.push(watcher);
      return;
    }
    const at = this.place(watcher);
    const group = this.ranges[at];
    if (group !== undefined && group.start === watcher.key && group.end === watcher.rangeEnd) {
      group.watchers.push(watcher);
      return;
    }
    this.ranges.splice(at, 0, { start: watcher.key, end: watcher.rangeEnd, watchers: [watcher] });
    this.measure();
  }

  delete(watcher: Watcher): void {
    this.size--;
    if (watcher.rangeEnd === "") {
      const watchers = this.keys.get(watcher.key)!;
      watchers.splice(watchers.indexOf(watcher), 1);
      if (watchers.length === 0) this.keys.delete(watcher.key);
      return;
    }
    const at = this.place(watcher);
    const { watchers } = this.ranges[at]!;
    watchers.splice(watchers.indexOf(watcher), 1);
    if (watchers.length > 0) return;
    this.ranges.splice(at, 1);
    this.measure();
  }

  /** Appends the watchers of a key to `out`. */
  findInto(key: string, out: Watcher[]): void {
    if (this.keys.size > 0) {
      const exact = this.keys.get(key);
      if (exact !== undefined) for (let i = 0; i < exact.length; i++) out.push(exact[i]!);
    }
    const { ranges, reaches } = this;
    let low = 0;
    let high = ranges.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (ranges[middle]!.start <= key) low = middle + 1;
      else high = middle;
    }
    for (let i = low - 1; i >= 0; i--) {
      const reach = reaches[i]!;
      if (reach !== null && reach <= key) return;
      const { end, watchers } = ranges[i]!;
      if (end !== FROM_KEY && end <= key) continue;
      for (let j = 0; j < watchers.length; j++) out.push(watchers[j]!);
    }
  }

  forEach(visit: (watcher: Watcher) => void): void {
    for (const watchers of this.keys.values()) for (const watcher of watchers) visit(watcher);
    for (const { watchers } of this.ranges) for (const watcher of watchers) visit(watcher);
  }

  // of the range, or where it would be: by start, then by end
  private place(watcher: Watcher): number {
    const { ranges } = this;
    let low = 0;
    let high = ranges.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      const { start, end } = ranges[middle]!;
      if (start < watcher.key || (start === watcher.key && end < watcher.rangeEnd)) low = middle + 1;
      else high = middle;
    }
    return low;
  }

  private measure(): void {
    let reach: string | null = "";
    this.reaches = this.ranges.map(({ end }) => {
      if (reach !== null) reach = end === FROM_KEY ? null : end > reach ? end : reach;
      return reach;
    });
  }
}
