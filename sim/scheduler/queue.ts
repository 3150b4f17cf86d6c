// The scheduling queue: pods to try (active), pods that wait out a back-off, pods that wait for an event that could help
// (unschedulable), and pods held by a gate. A pure data structure: time is passed in, and who wakes whom is not its business.
// Source: the scheduler's PriorityQueue of Kubernetes 1.36, with queueing hints and SchedulerPopFromBackoffQ on.
import { assert } from "../engine/assert.ts";
import { SECOND } from "../engine/tick.ts";
import { type ClusterEvent, EVENT_UNSCHEDULABLE_TIMEOUT, type HintTable, interested } from "./cluster-event.ts";
import type { Status } from "./framework.ts";
import { Heap } from "./heap.ts";
import { NO_PLUGINS, QueuedPod } from "./queued-pod.ts";
import type { PodInfo } from "./shape.ts";
import type { Snapshot } from "./snapshot.ts";

export interface SchedulingQueueOptions {
  readonly snapshot: Snapshot;
  /** The queue sort plugin's order: true when `a` is to be tried before `b`. */
  readonly less: (a: PodInfo, b: PodInfo) => boolean;
  /** null = may be tried; a status = held by that plugin. */
  readonly preEnqueue: (pod: PodInfo) => Status | null;
  /** What the plugins of the pod's profile want to hear of; the same object for all pods of a profile. */
  readonly hintsFor: (pod: PodInfo) => HintTable;
  readonly initialBackoffMicros?: number;
  readonly maxBackoffMicros?: number;
  readonly maxUnschedulableMicros?: number;
  readonly popFromBackoff?: boolean;
}

interface InFlightEvent {
  readonly event: ClusterEvent;
  readonly before: unknown;
  readonly after: unknown;
}

const BACKOFF_WINDOW_MICROS = SECOND;

export class SchedulingQueue {
  private readonly options: SchedulingQueueOptions;
  private readonly initialBackoffMicros: number;
  private readonly maxBackoffMicros: number;
  private readonly maxUnschedulableMicros: number;
  private readonly popFromBackoff: boolean;
  private readonly byKey = new Map<string, QueuedPod>();
  private readonly active: Heap<QueuedPod>;
  private readonly backoff: Heap<QueuedPod>;
  private readonly errorBackoff: Heap<QueuedPod>;
  // in order of their timestamps, because a pod enters at the moment that its timestamp is set
  private readonly unschedulable = new Set<QueuedPod>();
  private readonly gated = new Set<QueuedPod>();
  // the unschedulable pods again, by profile and each plugin that rejected them: an event looks only at those whom it may concern
  private readonly byRejector = new Map<HintTable, Map<string, Set<QueuedPod>>>();
  // popped pods → index into the events that have happened since the first of them was popped
  private readonly inFlight = new Map<string, number>();
  private inFlightEvents: InFlightEvent[] = [];
  private sequence = 0;
  private visit = 0;

  constructor(options: SchedulingQueueOptions) {
    this.options = options;
    this.initialBackoffMicros = options.initialBackoffMicros ?? SECOND;
    this.maxBackoffMicros = options.maxBackoffMicros ?? 10 * SECOND;
    this.maxUnschedulableMicros = options.maxUnschedulableMicros ?? 300 * SECOND;
    this.popFromBackoff = options.popFromBackoff ?? true;
    const before = (a: QueuedPod, b: QueuedPod) => this.before(a, b);
    this.active = new Heap(before);
    // whole windows leave at once, and inside of a window pods stand as in the active queue
    const expiresBefore = (a: QueuedPod, b: QueuedPod) => {
      const difference = this.backoffExpiry(a) - this.backoffExpiry(b);
      return difference === 0 ? this.before(a, b) : difference < 0;
    };
    this.backoff = new Heap(expiresBefore);
    this.errorBackoff = new Heap(expiresBefore);
  }

  get activeCount(): number {
    return this.active.size;
  }

  get backoffCount(): number {
    return this.backoff.size + this.errorBackoff.size;
  }

  get unschedulableCount(): number {
    return this.unschedulable.size;
  }

  get gatedCount(): number {
    return this.gated.size;
  }

  /** Would {@link pop} give a pod? */
  get hasNext(): boolean {
    return this.active.size > 0 || (this.popFromBackoff && this.backoff.size > 0);
  }

  /** The queued pod of this key, wherever it stands. A popped pod is not in the queue. */
  get(key: string): QueuedPod | undefined {
    return this.byKey.get(key);
  }

  /** All pods in the queue, in order of first arrival. */
  pods(): IterableIterator<QueuedPod> {
    return this.byKey.values();
  }

  /** A pod without a node has come to the scheduler's knowledge. */
  add(info: PodInfo, nowMicros: number): QueuedPod {
    assert(!this.byKey.has(info.key), `pod ${info.key} is not in the queue yet`);
    const pod = new QueuedPod(info, nowMicros, this.sequence++);
    this.byKey.set(info.key, pod);
    this.moveToActive(pod, nowMicros);
    return pod;
  }

  /**
   * A waiting pod's object has changed.
   *
   * @param events what the change could mean, from comparing the two states
   */
  update(before: PodInfo, after: PodInfo, events: readonly ClusterEvent[], nowMicros: number): void {
    const pod = this.byKey.get(after.key);
    if (pod === undefined) {
      // it is being tried just now: what the change means is asked when it comes back
      if (this.inFlight.has(after.key)) for (const event of events) this.noteInFlight(event, before, after);
      return;
    }
    pod.info = after;
    if (pod.place === "active") this.active.fix(pod);
    else if (pod.place === "backoff") this.backoff.fix(pod);
    else if (pod.place === "errorBackoff") this.errorBackoff.fix(pod);
    else if (pod.place === "gated") {
      this.take(pod, nowMicros);
      this.moveToActive(pod, nowMicros);
    } else {
      for (const event of events) {
        if (!this.worthRequeuing(pod, event, before, after)) continue;
        this.take(pod, nowMicros);
        this.requeue(pod, nowMicros);
        return;
      }
    }
  }

  /** The pod is gone, or somebody else has bound it. */
  remove(key: string, nowMicros: number): void {
    const pod = this.byKey.get(key);
    if (pod === undefined) return;
    this.take(pod, nowMicros);
    this.byKey.delete(key);
  }

  /** The next pod to try, or undefined. It counts as in flight until {@link done} or {@link giveBack}. */
  pop(nowMicros: number): QueuedPod | undefined {
    let pod = this.active.pop();
    if (pod === undefined && this.popFromBackoff) pod = this.backoff.pop();
    if (pod === undefined) return undefined;
    pod.moveTo("out", nowMicros);
    pod.attempts++;
    pod.backoffExpiryMicros = Number.NaN;
    pod.rejectors = NO_PLUGINS;
    this.byKey.delete(pod.info.key);
    this.inFlight.set(pod.info.key, this.inFlightEvents.length);
    return pod;
  }

  /** The popped pod will not come back by itself: it is placed, or gone. */
  done(key: string): void {
    this.inFlight.delete(key);
    if (this.inFlight.size === 0 && this.inFlightEvents.length > 0) this.inFlightEvents = [];
  }

  /**
   * A popped pod could not be placed.
   *
   * @param rejectors plugins that turned it down; none = the attempt failed for another reason
   */
  giveBack(pod: QueuedPod, rejectors: ReadonlySet<string>, nowMicros: number): void {
    assert(!this.byKey.has(pod.info.key), `pod ${pod.info.key} is not in the queue`);
    this.byKey.set(pod.info.key, pod);
    pod.rejectors = rejectors;
    if (rejectors.size === 0) pod.errorCount++;
    else {
      pod.unschedulableCount++;
      pod.errorCount = 0;
    }
    pod.timestampMicros = nowMicros;
    pod.sequence = this.sequence++;
    const requeue = rejectors.size === 0 || this.happenedInFlight(pod);
    this.done(pod.info.key);
    if (requeue) this.requeue(pod, nowMicros);
    else this.addUnschedulable(pod, nowMicros);
  }

  /**
   * Something has happened in the cluster: pods that it may help leave the unschedulable pool, and gates are asked again.
   *
   * @returns how many pods moved
   */
  move(event: ClusterEvent, before: unknown, after: unknown, nowMicros: number): number {
    let moved = 0;
    const visit = ++this.visit;
    for (const [table, byPlugin] of this.byRejector) {
      for (const [plugin, pods] of byPlugin) {
        if (pods.size === 0 || !cares(table, plugin, event)) continue;
        for (const pod of pods) {
          // a pod is asked once per event, when the first of its rejectors that cares comes by
          if (pod.visit === visit) continue;
          pod.visit = visit;
          if (!this.worthRequeuing(pod, event, before, after)) continue;
          this.take(pod, nowMicros);
          this.requeue(pod, nowMicros);
          moved++;
        }
      }
    }
    if (this.inFlight.size > 0) this.noteInFlight(event, before, after);
    return moved;
  }

  /** Puts waiting pods in front of the scheduler at once, whatever held them, unless a gate does. */
  activate(key: string, nowMicros: number): boolean {
    const pod = this.byKey.get(key);
    if (pod === undefined || pod.place === "active") return false;
    this.take(pod, nowMicros);
    return this.moveToActive(pod, nowMicros);
  }

  /** Moves pods whose back-off is over; to be called at whole seconds. */
  flushBackoff(nowMicros: number): number {
    let moved = 0;
    for (const queue of [this.backoff, this.errorBackoff]) {
      for (let pod = queue.peek(); pod !== undefined && !this.backingOff(pod, nowMicros); pod = queue.peek()) {
        queue.pop();
        if (this.moveToActive(pod, nowMicros)) moved++;
      }
    }
    return moved;
  }

  /** Moves pods that have been unschedulable for too long; to be called every 30 seconds. */
  flushUnschedulable(nowMicros: number): number {
    let moved = 0;
    for (const pod of this.unschedulable) {
      if (!(nowMicros - pod.timestampMicros > this.maxUnschedulableMicros)) break;
      this.take(pod, nowMicros);
      this.requeue(pod, nowMicros);
      moved++;
    }
    if (this.inFlight.size > 0 && moved > 0) this.noteInFlight(EVENT_UNSCHEDULABLE_TIMEOUT, undefined, undefined);
    return moved;
  }

  /** The whole second at which {@link flushBackoff} will next find work, or Infinity. */
  nextBackoffFlushMicros(): number {
    let next = Number.POSITIVE_INFINITY;
    for (const queue of [this.backoff, this.errorBackoff]) {
      const pod = queue.peek();
      if (pod !== undefined) next = Math.min(next, this.backoffExpiry(pod) + BACKOFF_WINDOW_MICROS);
    }
    return next;
  }

  /** When the pod that has been unschedulable for longest was put there; Infinity when there is none. */
  oldestUnschedulableMicros(): number {
    for (const pod of this.unschedulable) return pod.timestampMicros;
    return Number.POSITIVE_INFINITY;
  }

  private before(a: QueuedPod, b: QueuedPod): boolean {
    if (this.options.less(a.info, b.info)) return true;
    if (this.options.less(b.info, a.info)) return false;
    if (a.timestampMicros !== b.timestampMicros) return a.timestampMicros < b.timestampMicros;
    return a.sequence < b.sequence;
  }

  private requeue(pod: QueuedPod, nowMicros: number): void {
    if (!this.backingOff(pod, nowMicros)) {
      this.moveToActive(pod, nowMicros);
      return;
    }
    if (this.held(pod, nowMicros)) return;
    const error = pod.errorCount > 0;
    pod.moveTo(error ? "errorBackoff" : "backoff", nowMicros);
    (error ? this.errorBackoff : this.backoff).push(pod);
  }

  private moveToActive(pod: QueuedPod, nowMicros: number): boolean {
    if (this.held(pod, nowMicros)) return false;
    pod.moveTo("active", nowMicros);
    this.active.push(pod);
    return true;
  }

  private held(pod: QueuedPod, nowMicros: number): boolean {
    const status = this.options.preEnqueue(pod.info);
    pod.gatedBy = status === null ? "" : status.plugin;
    if (status === null) return false;
    pod.moveTo("gated", nowMicros);
    this.gated.add(pod);
    return true;
  }

  private addUnschedulable(pod: QueuedPod, nowMicros: number): void {
    pod.moveTo("unschedulable", nowMicros);
    this.unschedulable.add(pod);
    const table = this.options.hintsFor(pod.info);
    let byPlugin = this.byRejector.get(table);
    if (byPlugin === undefined) {
      byPlugin = new Map();
      this.byRejector.set(table, byPlugin);
    }
    for (const plugin of pod.rejectors) {
      const pods = byPlugin.get(plugin);
      if (pods === undefined) byPlugin.set(plugin, new Set([pod]));
      else pods.add(pod);
    }
  }

  private take(pod: QueuedPod, nowMicros: number): void {
    if (pod.place === "active") this.active.remove(pod);
    else if (pod.place === "backoff") this.backoff.remove(pod);
    else if (pod.place === "errorBackoff") this.errorBackoff.remove(pod);
    else if (pod.place === "gated") this.gated.delete(pod);
    else if (pod.place === "unschedulable") {
      this.unschedulable.delete(pod);
      const byPlugin = this.byRejector.get(this.options.hintsFor(pod.info));
      for (const plugin of pod.rejectors) byPlugin?.get(plugin)?.delete(pod);
    }
    pod.moveTo("out", nowMicros);
  }

  private worthRequeuing(pod: QueuedPod, event: ClusterEvent, before: unknown, after: unknown): boolean {
    if (pod.rejectors.size === 0 || event.resource === "*") return true;
    const table = this.options.hintsFor(pod.info);
    for (const plugin of pod.rejectors) {
      const registrations = table.get(plugin);
      if (registrations === undefined) return true;
      for (const registration of registrations) {
        if (!interested(registration, event)) continue;
        if (registration.hint === undefined || registration.hint(pod.info, before, after, this.options.snapshot))
          return true;
      }
    }
    return false;
  }

  private happenedInFlight(pod: QueuedPod): boolean {
    const from = this.inFlight.get(pod.info.key);
    assert(from !== undefined, `pod ${pod.info.key} is in flight`);
    for (let i = from; i < this.inFlightEvents.length; i++) {
      const { event, before, after } = this.inFlightEvents[i] as InFlightEvent;
      if (this.worthRequeuing(pod, event, before, after)) return true;
    }
    return false;
  }

  private noteInFlight(event: ClusterEvent, before: unknown, after: unknown): void {
    this.inFlightEvents.push({ event, before, after });
  }

  private backingOff(pod: QueuedPod, nowMicros: number): boolean {
    const expiry = this.backoffExpiry(pod);
    return expiry >= windowOf(nowMicros);
  }

  /** Start of the second in which the back-off ends; -1 when the pod has none. It leaves when that second is over. */
  private backoffExpiry(pod: QueuedPod): number {
    const count = pod.errorCount > 0 ? pod.errorCount : pod.unschedulableCount;
    if (count === 0) return -1;
    if (Number.isNaN(pod.backoffExpiryMicros)) {
      let durationMicros = this.initialBackoffMicros;
      for (let i = 1; i < count && durationMicros < this.maxBackoffMicros; i++) durationMicros *= 2;
      durationMicros = Math.min(durationMicros, this.maxBackoffMicros);
      pod.backoffExpiryMicros = windowOf(pod.timestampMicros + durationMicros);
    }
    return pod.backoffExpiryMicros;
  }
}

function cares(table: HintTable, plugin: string, event: ClusterEvent): boolean {
  const registrations = table.get(plugin);
  return event.resource === "*" || registrations === undefined || registrations.some((r) => interested(r, event));
}

function windowOf(micros: number): number {
  return Math.floor(micros / BACKOFF_WINDOW_MICROS) * BACKOFF_WINDOW_MICROS;
}
