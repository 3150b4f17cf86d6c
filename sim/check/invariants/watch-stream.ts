// One watcher's promise: all events of its range from its start revision on, each once, in order, and as they happened. Compared
// with the changes of the reference store. A client that watches again where it left off goes on with the same check.
import type { KeyRange, WatchEvent } from "../../etcd/request.ts";
import { isInRange, type ReferenceStore, type Version } from "../reference-store.ts";
import type { Report } from "./member-view.ts";

export class WatchStream {
  /** The next event has this revision or a later one. */
  nextRevision: number;
  delivered = 0;
  private readonly name: string;
  private readonly range: KeyRange;
  private readonly store: ReferenceStore;
  private readonly report: Report;
  /** Position of the next change to look at. */
  private at: number;

  constructor(options: {
    readonly name: string;
    readonly range: KeyRange;
    readonly startRevision: number;
    readonly store: ReferenceStore;
    readonly report: Report;
  }) {
    this.name = options.name;
    this.range = options.range;
    this.nextRevision = options.startRevision;
    this.store = options.store;
    this.report = options.report;
    this.at = this.store.firstAfter(options.startRevision - 1);
  }

  /** Events came. */
  deliver(events: readonly WatchEvent[]): void {
    for (const event of events) this.take(event);
    const last = events.at(-1)?.kv.modRevision;
    if (last === undefined) return;
    if (this.next()?.revision === last)
      this.report("watch gap", `${this.name}: only a part of revision ${last} was told`);
    this.nextRevision = last + 1;
  }

  /** The member says that there is nothing up to a revision that was not told. */
  progress(revision: number): void {
    const missing = this.next();
    if (missing !== undefined && missing.revision <= revision) {
      this.report(
        "watch gap",
        `${this.name}: progress to ${revision}, but ${tell(missing.key, missing.revision)} was not told`,
      );
    }
    if (revision >= this.nextRevision) this.nextRevision = revision + 1;
  }

  /** The member cancelled the watch because of a compaction. */
  compacted(compactRevision: number): void {
    if (compactRevision > this.store.compactedRevision) {
      const detail = `${this.name}: cancelled for ${compactRevision}, compacted is ${this.store.compactedRevision}`;
      this.report("watch cancelled without reason", detail);
    } else if (this.nextRevision >= compactRevision) {
      const detail = `${this.name}: cancelled for ${compactRevision}, the next event would be ${this.nextRevision} or later`;
      this.report("watch cancelled without reason", detail);
    }
    // what is before is gone: a client goes on from there
    this.nextRevision = Math.max(this.nextRevision, compactRevision);
    this.at = Math.max(this.at, this.store.firstAfter(compactRevision - 1));
  }

  /** Was everything told? */
  isCaughtUp(): boolean {
    return this.next() === undefined;
  }

  private take(event: WatchEvent): void {
    const { key, modRevision } = event.kv;
    const expected = this.next();
    if (expected === undefined || modRevision < expected.revision) {
      const isKnown = this.store.changes.some((change) => change.revision === modRevision && change.key === key);
      const what = !isKnown
        ? "never happened"
        : modRevision < this.nextRevision
          ? "was told before"
          : "is not in its range";
      this.report(isKnown ? "watch duplicate" : "watch invents", `${this.name}: ${tell(key, modRevision)} ${what}`);
      return;
    }
    if (expected.key !== key || expected.revision !== modRevision) {
      const detail = `${this.name}: ${tell(key, modRevision)} came, ${tell(expected.key, expected.revision)} was next`;
      this.report("watch gap", detail);
    } else if ((event.type === "delete") !== (expected.now === null) || !isSame(event, expected.now)) {
      this.report("watch wrong event", `${this.name}: ${tell(key, modRevision)} is not as it happened`);
    } else if (event.prevKv !== null && event.prevKv.modRevision !== expected.before?.modRevision) {
      this.report("watch wrong event", `${this.name}: ${tell(key, modRevision)} names another value before`);
    }
    this.at++;
    this.delivered++;
  }

  /** The next change in the range, undefined when none has happened. */
  private next() {
    const { changes } = this.store;
    while (this.at < changes.length && !isInRange(this.range, changes[this.at]!.key)) this.at++;
    return changes[this.at];
  }
}

function isSame({ kv }: WatchEvent, now: Version | null): boolean {
  if (now === null) return true;
  return (
    kv.value === now.value &&
    kv.createRevision === now.createRevision &&
    kv.version === now.version &&
    kv.lease === now.lease
  );
}

function tell(key: string, revision: number): string {
  return `${key} at ${revision}`;
}
