// Watches at one member: each is told every change of its keys from its revision on, once and in order. Watchers that are up to date
// are told when an entry is applied; those that are behind are served from the history every 100 ms; those whose stream is full wait.
// Source: etcd's watchableStore (synced, unsynced and victim watchers) and v3rpc/watch.go, as documented; reference rules 11 and 15.
import { ERRORS, type EtcdError } from "../error.ts";
import type { ApplyResult } from "../mvcc/command.ts";
import type { MemberView } from "../mvcc/member-view.ts";
import { type Version, visibleAt } from "../mvcc/version.ts";
import type { WatchEvent } from "../request.ts";
import { nextOf, Timer, type TimerHost } from "./timer.ts";
import { type StreamHub, WatchStream } from "./watch-stream.ts";
import { type WatchCreate, Watcher, WatcherGroups, type WatcherSink, type WatchMessage } from "./watcher.ts";

const SYNC_MICROS = 100_000;
const SYNC_WATCHERS = 512;
/** Pause between two rounds while watchers catch up: etcd waits as long as the last round took. */
const YIELD_MICROS = 1_000;
const BATCH_REVISIONS = 1_000;
const VICTIM_MICROS = 10_000;
export const PROGRESS_MICROS = 600_000_000;
const NO_LEADER_CHECKS = 3;
const NONE: readonly WatchEvent[] = [];

export interface WatchHubHost extends TimerHost {
  readonly view: MemberView;
  leader(): number;
  localMicros(micros: number): number;
  /** Uniform in [0, 1): the jitter of a stream's progress messages. */
  random(): number;
  /** Events were sent to a watcher, this long after they took effect here. */
  delivered(events: number, delayMicros: number): void;
}

// what an unsynced watcher is sent at once: at most 1000 revisions
interface Batch {
  readonly events: WatchEvent[];
  revisions: number;
  /** Where the next batch begins, or 0. */
  moreRevision: number;
}

export class WatchHub implements StreamHub {
  private readonly host: WatchHubHost;
  private readonly electionMicros: number;
  private readonly startedAt: number;
  private readonly synced = new WatcherGroups();
  private unsynced = new Set<Watcher>();
  // with the message that found no room
  private victims = new Map<Watcher, WatchMessage>();
  private readonly streams = new Set<WatchStream>();
  // the newest revision that synced watchers know
  private toldRevision: number;
  private noLeaderChecks = 0;
  private readonly found: Watcher[] = [];
  private readonly syncTimer: Timer;
  private readonly victimTimer: Timer;
  private readonly progressTimer: Timer;
  private readonly leaderTimer: Timer;

  /** @param electionMicros the interval at which streams that require a leader look for one */
  constructor(host: WatchHubHost, electionMicros: number) {
    this.host = host;
    this.electionMicros = electionMicros;
    this.startedAt = host.engine.now;
    this.toldRevision = host.view.revision;
    this.syncTimer = new Timer(host, () => this.sync());
    this.victimTimer = new Timer(host, () => this.retryVictims());
    this.progressTimer = new Timer(host, () => this.sendProgress());
    this.leaderTimer = new Timer(host, () => this.checkLeader());
  }

  /** Watches that are not ended. */
  get size(): number {
    return this.synced.size + this.unsynced.size + this.victims.size;
  }

  /**
   * Opens a stream of watches for a client.
   *
   * @param isWritable false while the connection takes no more messages; {@link WatchStream.resume} tells that it does again
   * @returns the stream, or why it is refused
   */
  open(requireLeader: boolean, isWritable: () => boolean = () => true): WatchStream | EtcdError {
    if (requireLeader && this.host.leader() === 0) return ERRORS.noLeader;
    const { engine } = this.host;
    const progressMicros = this.host.localMicros(Math.floor(PROGRESS_MICROS * (1 + this.host.random() / 10)));
    const stream = new WatchStream(this, requireLeader, isWritable, engine.now, progressMicros);
    this.streams.add(stream);
    return stream;
  }

  createWatcher(stream: WatchStream, create: WatchCreate, sink: WatcherSink): Watcher {
    const { view } = this.host;
    const { startRevision } = create;
    const isNew = startRevision === 0 || startRevision > view.revision;
    const next = startRevision === 0 ? view.revision + 1 : startRevision;
    const watcher = new Watcher(stream, create, sink, next);
    stream.watchers.add(watcher);
    if (isNew) this.synced.add(watcher);
    else this.addUnsynced(watcher);
    if (watcher.progressNotify) {
      const { now } = this.host.engine;
      if (stream.progressDueAt < now) stream.progressDueAt = nextOf(stream.progressDueAt, stream.progressMicros, now);
      this.progressTimer.setBy(stream.progressDueAt);
    }
    if (startRevision === 0) sink.told(NONE, view.revision);
    return watcher;
  }

  cancelWatcher(watcher: Watcher): void {
    if (watcher.state === "gone") return;
    if (watcher.state === "synced") this.synced.delete(watcher);
    else if (watcher.state === "unsynced") this.unsynced.delete(watcher);
    else if (watcher.state === "victim") this.victims.delete(watcher);
    watcher.state = "gone";
    watcher.stream.watchers.delete(watcher);
  }

  closeStream(stream: WatchStream): void {
    for (const watcher of stream.watchers) this.cancelWatcher(watcher);
    this.streams.delete(stream);
  }

  /** Tells watchers what an entry changed. */
  applied(result: ApplyResult): void {
    const { changesBegin, changesEnd, revision } = result;
    if (changesEnd === changesBegin) return;
    this.toldRevision = revision;
    if (this.synced.size === 0) return;
    const { history } = this.host.view.state.store;
    if (changesEnd === changesBegin + 1) return this.tellOne(history.at(changesBegin));
    const batches = new Map<Watcher, Batch>();
    this.collect(this.synced, changesBegin, changesEnd, batches);
    for (const [watcher, { events }] of batches) this.tellSynced(watcher, events, revision);
  }

  /** The member's state was replaced by a newer one: nobody was told of what lies between. */
  snapshotApplied(): void {
    const synced: Watcher[] = [];
    this.synced.forEach((watcher) => void synced.push(watcher));
    for (const watcher of synced) {
      this.synced.delete(watcher);
      watcher.nextRevision = Math.max(watcher.nextRevision, this.toldRevision + 1);
      this.addUnsynced(watcher);
    }
    this.toldRevision = this.host.view.revision;
  }

  leaderChanged(leader: number): void {
    if (leader === 0) this.leaderTimer.setBy(this.nextCheck());
    else if (this.noLeaderChecks === NO_LEADER_CHECKS) this.noLeaderChecks = 0;
  }

  requestProgress(stream: WatchStream): void {
    for (const watcher of stream.watchers) if (watcher.state !== "synced") return;
    for (const watcher of [...stream.watchers]) this.offerProgress(watcher);
  }

  delivered(message: WatchMessage): void {
    const { watcher, events, revision, compactRevision, sinceMicros } = message;
    if (compactRevision > 0) {
      this.cancelWatcher(watcher);
      watcher.sink.ended(ERRORS.compacted, compactRevision);
      return;
    }
    if (events.length > 0) this.host.delivered(events.length, this.host.engine.now - sinceMicros);
    watcher.sink.told(events, revision);
  }

  drained(): void {
    if (this.victims.size > 0) this.victimTimer.setBy(this.host.engine.now + this.host.localMicros(VICTIM_MICROS));
  }

  /** The process is gone; nobody is told. */
  stop(): void {
    for (const stream of [...this.streams]) stream.close();
    for (const timer of [this.syncTimer, this.victimTimer, this.progressTimer, this.leaderTimer]) timer.clear();
  }

  // ---- synced watchers

  private tellOne(version: Version): void {
    const { found } = this;
    found.length = 0;
    this.synced.findInto(version.key, found);
    let plain: readonly WatchEvent[] | null = null;
    let withPrevious: readonly WatchEvent[] | null = null;
    // those who are told may end watches or begin others
    const watchers = found.length > 1 ? [...found] : found;
    for (let i = 0; i < watchers.length; i++) {
      const watcher = watchers[i]!;
      if (watcher.state !== "synced" || version.modRevision < watcher.nextRevision) continue;
      let events: readonly WatchEvent[];
      if (watcher.prevKv) events = withPrevious ??= [this.eventOf(version, true)];
      else events = plain ??= [this.eventOf(version, false)];
      this.tellSynced(watcher, events, version.modRevision);
    }
  }

  private tellSynced(watcher: Watcher, events: readonly WatchEvent[], revision: number): void {
    if (watcher.state !== "synced") return;
    watcher.nextRevision = revision + 1;
    const message = this.message(watcher, events, revision);
    if (this.offer(message)) return;
    this.synced.delete(watcher);
    this.addVictim(message);
  }

  // ---- unsynced watchers

  private addUnsynced(watcher: Watcher): void {
    watcher.state = "unsynced";
    this.unsynced.add(watcher);
    const { engine } = this.host;
    this.syncTimer.setBy(nextOf(this.startedAt, this.host.localMicros(SYNC_MICROS), engine.now));
  }

  private sync(): void {
    const before = this.unsynced.size;
    if (before === 0) return;
    const { view, engine } = this.host;
    const { revision, compactedRevision } = view;
    const chosen: Watcher[] = [];
    const groups = new WatcherGroups();
    let oldest = Infinity;
    for (const watcher of [...this.unsynced].slice(0, SYNC_WATCHERS)) {
      if (watcher.nextRevision < compactedRevision) {
        this.tellCompacted(watcher, compactedRevision);
        continue;
      }
      chosen.push(watcher);
      groups.add(watcher);
      if (watcher.nextRevision < oldest) oldest = watcher.nextRevision;
    }
    const batches = new Map<Watcher, Batch>();
    if (oldest <= revision) {
      const { history } = view.state.store;
      this.collect(groups, history.firstAt(oldest), history.firstAt(revision + 1), batches);
    }
    for (const watcher of chosen) {
      // who is told may have ended it
      if (watcher.state !== "unsynced") continue;
      this.serve(watcher, batches.get(watcher), revision);
    }
    const after = this.unsynced.size;
    if (after === 0) return;
    if (after < before) this.syncTimer.set(engine.now + this.host.localMicros(YIELD_MICROS));
    else this.syncTimer.set(engine.now + this.host.localMicros(SYNC_MICROS));
  }

  private serve(watcher: Watcher, batch: Batch | undefined, revision: number): void {
    this.unsynced.delete(watcher);
    const more = batch === undefined ? 0 : batch.moreRevision;
    watcher.nextRevision = more > 0 ? more : Math.max(revision + 1, watcher.nextRevision);
    if (more > 0) {
      // behind those that were not served yet
      this.unsynced.add(watcher);
    } else {
      watcher.state = "synced";
      this.synced.add(watcher);
    }
    if (batch === undefined) return;
    const message = this.message(watcher, batch.events, revision);
    if (this.offer(message)) return;
    if (more > 0) this.unsynced.delete(watcher);
    else this.synced.delete(watcher);
    this.addVictim(message);
  }

  private tellCompacted(watcher: Watcher, compactRevision: number): void {
    const sinceMicros = this.host.engine.now;
    const message: WatchMessage = { watcher, events: NONE, revision: 0, compactRevision, sinceMicros };
    this.unsynced.delete(watcher);
    watcher.state = "ending";
    if (watcher.stream.offer(message)) return;
    // a full stream: next time
    watcher.state = "unsynced";
    this.unsynced.add(watcher);
  }

  /** Sorts changes of the history by who watches them. */
  private collect(groups: WatcherGroups, begin: number, end: number, batches: Map<Watcher, Batch>): void {
    const { history } = this.host.view.state.store;
    const found: Watcher[] = [];
    for (let number = begin; number < end; number++) {
      const version = history.at(number);
      const { modRevision } = version;
      found.length = 0;
      groups.findInto(version.key, found);
      let plain: WatchEvent | null = null;
      let withPrevious: WatchEvent | null = null;
      for (const watcher of found) {
        if (modRevision < watcher.nextRevision) continue;
        let batch = batches.get(watcher);
        if (batch === undefined) {
          batch = { events: [], revisions: 0, moreRevision: 0 };
          batches.set(watcher, batch);
        }
        if (batch.moreRevision > 0) continue;
        if (batch.events.at(-1)?.kv.modRevision !== modRevision && batch.revisions++ === BATCH_REVISIONS) {
          batch.moreRevision = modRevision;
          continue;
        }
        // one event for all who are told the same
        if (watcher.prevKv) withPrevious ??= this.eventOf(version, true);
        else plain ??= this.eventOf(version, false);
        batch.events.push((watcher.prevKv ? withPrevious : plain)!);
      }
    }
  }

  // ---- victims: watchers with a message that their stream had no room for

  private addVictim(message: WatchMessage): void {
    message.watcher.state = "victim";
    this.victims.set(message.watcher, message);
  }

  private retryVictims(): void {
    const { victims } = this;
    const { revision } = this.host.view;
    for (const [watcher, message] of [...victims]) {
      if (watcher.state !== "victim") continue;
      victims.delete(watcher);
      if (watcher.nextRevision <= revision) this.addUnsynced(watcher);
      else {
        watcher.state = "synced";
        this.synced.add(watcher);
      }
      if (this.offer(message)) continue;
      if (watcher.nextRevision <= revision) this.unsynced.delete(watcher);
      else this.synced.delete(watcher);
      this.addVictim(message);
    }
  }

  // ---- messages

  private message(watcher: Watcher, events: readonly WatchEvent[], revision: number): WatchMessage {
    return { watcher, events, revision, compactRevision: 0, sinceMicros: this.host.engine.now };
  }

  private offer(message: WatchMessage): boolean {
    if (message.events.length > 0) message.watcher.isQuiet = false;
    return message.watcher.stream.offer(message);
  }

  private eventOf(version: Version, withPrevious: boolean): WatchEvent {
    const isDelete = version.version === 0;
    let prevKv: Version | null = null;
    // etcd reads it at the revision before, which may have been compacted
    if (withPrevious && version.version !== 1 && version.modRevision - 1 >= this.host.view.compactedRevision) {
      prevKv = visibleAt(version.previous, version.modRevision - 1);
    }
    return { type: isDelete ? "delete" : "put", kv: version, prevKv };
  }

  // ---- progress

  private sendProgress(): void {
    const { now } = this.host.engine;
    for (const stream of [...this.streams]) {
      if (stream.progressDueAt > now) continue;
      stream.progressDueAt = nextOf(stream.progressDueAt, stream.progressMicros, now);
      for (const watcher of [...stream.watchers]) {
        if (!watcher.progressNotify) continue;
        if (watcher.isQuiet) this.offerProgress(watcher);
        watcher.isQuiet = true;
      }
    }
    for (const stream of this.streams) this.armProgress(stream);
  }

  private armProgress(stream: WatchStream): void {
    for (const { progressNotify } of stream.watchers) {
      if (progressNotify) return this.progressTimer.setBy(stream.progressDueAt);
    }
  }

  private offerProgress(watcher: Watcher): void {
    if (watcher.state === "synced") watcher.stream.offer(this.message(watcher, NONE, this.host.view.revision));
  }

  // ---- streams that require a leader

  private nextCheck(): number {
    return nextOf(this.startedAt, this.host.localMicros(this.electionMicros), this.host.engine.now);
  }

  /** Timers that only tell that nothing happens. */
  get ownTimers(): number {
    return (this.progressTimer.isArmed ? 1 : 0) + (this.leaderTimer.isArmed ? 1 : 0);
  }

  private checkLeader(): void {
    if (this.host.leader() !== 0) {
      this.noLeaderChecks = 0;
      return;
    }
    if (++this.noLeaderChecks === NO_LEADER_CHECKS) {
      for (const stream of [...this.streams]) if (stream.requireLeader) stream.fail(ERRORS.noLeader);
    }
    if (this.noLeaderChecks < NO_LEADER_CHECKS) this.leaderTimer.set(this.nextCheck());
  }
}
