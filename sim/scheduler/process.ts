// kube-scheduler as a process in virtual time: it learns of the cluster through informers, tries one pod at a time, and binds
// asynchronously, several at once. Decisions are taken on what it knew when the cycle began; what they cost in time is drawn.
// It talks to the API server only. One process is one life: a crash takes all of it, and what comes after it lists everything anew. Source: schedule_one.go and eventhandlers.go of Kubernetes 1.36, as behaviour.

import { ApiError, type ApiKind, type Client } from "../apiserver/client.ts";
import type { EventSink } from "../apiserver/event-recorder.ts";
import { Informer } from "../apiserver/informer.ts";
import { type Distribution, sample } from "../engine/distributions.ts";
import type { Engine, EventHandle } from "../engine/engine.ts";
import { Lifetime } from "../engine/lifetime.ts";
import type { RandomStream } from "../engine/random.ts";
import { runSteps } from "../engine/steps.ts";
import { MINUTE, SECOND, type Tick } from "../engine/tick.ts";
import { NODE_NAME, POD_NAME, type Recorder } from "../metrics/recorder.ts";
import type { Node, Pod } from "../model/objects.ts";
import { ADD, type ClusterEvent, DELETE, type HintTable } from "./cluster-event.ts";
import { type SchedulerLife, SchedulerLives } from "./lives.ts";
import { eventMessage } from "./message.ts";
import { nodeEvents, nodeMattersToScheduler, podEvents } from "./object-changes.ts";
import { ObjectFeed } from "./object-feed.ts";
import { PodCache } from "./pod-cache.ts";
import { PodStatusWriter } from "./pod-status-writer.ts";
import { PreemptionDriver } from "./preemption-driver.ts";
import { SchedulingQueue } from "./queue.ts";
import { NO_PLUGINS, type QueuedPod } from "./queued-pod.ts";
import type { Attempt, Scheduler } from "./scheduler.ts";
import type { PodInfo } from "./shape.ts";
import { bindVolumes } from "./volume-binds.ts";

export interface SchedulerProcessOptions {
  readonly engine: Engine;
  readonly client: Client;
  readonly scheduler: Scheduler;
  readonly recorder: Recorder;
  /** Hints by scheduler name: the profiles that this process runs. */
  readonly profiles: ReadonlyMap<string, HintTable>;
  /** The queue sort plugin's order. */
  readonly less: (a: PodInfo, b: PodInfo) => boolean;
  /** Length of one scheduling cycle, in microseconds. */
  readonly cycleMicros: Distribution;
  /** From the end of the cycle to the binding request, in microseconds. */
  readonly bindMicros: Distribution;
  readonly initialBackoffMicros?: number;
  readonly maxBackoffMicros?: number;
  /** Where Events are written to as objects; null: they are only recorded. */
  readonly events?: EventSink | null;
  /** Volumes that pods wait for are bound before the pod is; false: a binding takes care of them by itself. Default false. */
  readonly bindsVolumes?: boolean;
  /** Ends with the process; default: one that does not end. */
  readonly life?: Lifetime;
  /** The events of the engine that all schedulers of the run share; default: of its own. */
  readonly lives?: SchedulerLives;
  /** It follows the cluster and its queue fills, but nothing is tried before {@link SchedulerProcess.lead}; default false. */
  readonly isStandby?: boolean;
}

interface Cycle {
  readonly pod: QueuedPod;
  readonly attempt: Attempt;
  readonly startedMicros: number;
}

const FLUSH_UNSCHEDULABLE_MICROS = 30 * SECOND;
const MAX_UNSCHEDULABLE_MICROS = 5 * MINUTE;

export class SchedulerProcess implements SchedulerLife {
  readonly queue: SchedulingQueue;
  /** Scheduler names that pods asked for and that no profile has → number of pods. */
  readonly unknownSchedulers = new Map<string, number>();
  readonly scheduler: Scheduler;
  private readonly options: SchedulerProcessOptions;
  private readonly engine: Engine;
  private readonly cache: PodCache;
  private readonly feed: ObjectFeed;
  private readonly statuses: PodStatusWriter;
  private readonly preemption: PreemptionDriver;
  private readonly cycleStream: RandomStream;
  private readonly bindStream: RandomStream;
  // the latest state of pods that wait or are being tried, by key
  private readonly waiting = new Map<string, Pod>();
  private pods: Informer<"pods"> | null = null;
  private cycle: Cycle | null = null;
  private wakeScheduled = false;
  private readonly binding: (QueuedPod | undefined)[] = [];
  private readonly freeBindings: number[] = [];
  private backoffTimer: EventHandle | null = null;
  private backoffTimerMicros = Number.POSITIVE_INFINITY;
  private unschedulableTimer: EventHandle | null = null;
  private unschedulableTimerMicros = Number.POSITIVE_INFINITY;
  readonly life: Lifetime;
  private readonly kinds: SchedulerLives;
  private readonly number: number;
  private isLeading: boolean;

  constructor(options: SchedulerProcessOptions) {
    this.options = options;
    const { engine, client, scheduler } = options;
    this.scheduler = scheduler;
    this.engine = engine;
    this.cycleStream = engine.stream("scheduler/cycle");
    this.bindStream = engine.stream("scheduler/bind");
    this.cache = new PodCache(scheduler.snapshot);
    this.statuses = new PodStatusWriter(client, () => engine.now);
    this.preemption = new PreemptionDriver({
      client,
      recorder: options.recorder,
      events: options.events ?? null,
      statuses: this.statuses,
      latest: (key) => this.pods?.cache.get(key),
      finished: (key) => this.afterPreemption(key),
      failed: (key) => this.activate(key),
    });
    this.queue = new SchedulingQueue({
      snapshot: scheduler.snapshot,
      less: options.less,
      preEnqueue: (pod) => this.preemption.preEnqueue(pod) ?? scheduler.preEnqueue(pod),
      hintsFor: (pod) => options.profiles.get(pod.shape.schedulerName) ?? NO_HINTS,
      initialBackoffMicros: options.initialBackoffMicros,
      maxBackoffMicros: options.maxBackoffMicros,
      maxUnschedulableMicros: MAX_UNSCHEDULABLE_MICROS,
    });
    this.life = options.life ?? new Lifetime(engine);
    this.kinds = options.lives ?? new SchedulerLives(engine);
    this.number = this.kinds.add(this);
    this.isLeading = options.isStandby !== true;
    this.feed = new ObjectFeed(client, scheduler.snapshot, (event, before, after) => this.moved(event, before, after));
  }

  /**
   * Opens the watches. Nodes come first, so that pods that are bound already find theirs.
   *
   * @param synced called once every kind has been listed
   */
  start(synced: () => void = () => undefined): void {
    const { client } = this.options;
    const missing = new Set<ApiKind>(["nodes", "pods", ...this.feed.kinds]);
    const listed = (kind: ApiKind) => {
      if (missing.delete(kind) && missing.size === 0) synced();
    };
    this.feed.start(listed);
    new Informer(
      client,
      "nodes",
      {
        added: (node) => this.nodeAdded(node),
        updated: (before, after) => this.nodeUpdated(before, after),
        deleted: (node) => this.nodeDeleted(node),
      },
      {},
      () => listed("nodes"),
    );
    this.pods = new Informer(
      client,
      "pods",
      {
        added: (pod, key) => this.podAdded(pod, key),
        updated: (before, after, key) => this.podUpdated(before, after, key),
        deleted: (pod, key) => this.podDeleted(pod, key),
      },
      {},
      () => listed("pods"),
    );
  }

  /** From now on it is the one that decides. */
  lead(): void {
    this.isLeading = true;
    for (const queued of this.queue.pods()) this.options.recorder.gated(queued.info.uid, queued.gatedBy);
    this.settle();
  }

  /** The process has died: nothing of it goes on. Its watches end with its client. */
  end(): void {
    this.finish();
    this.isLeading = false;
    this.kinds.remove(this.number);
    for (const timer of [this.backoffTimer, this.unschedulableTimer]) if (timer !== null) this.engine.cancel(timer);
    this.backoffTimer = null;
    this.unschedulableTimer = null;
  }

  // ---- what the informers tell -------------------------------------------------------------------------------------

  private nodeAdded(node: Node): void {
    this.cache.nodeAdded(node);
    this.moved({ resource: "Node", action: ADD }, undefined, node);
  }

  private nodeUpdated(before: Node, after: Node): void {
    if (nodeMattersToScheduler(before, after)) this.options.scheduler.snapshot.updateNode(after);
    for (const event of nodeEvents(before, after)) this.moved(event, before, after);
  }

  private nodeDeleted(node: Node): void {
    this.cache.nodeRemoved(node);
    this.moved({ resource: "Node", action: DELETE }, node, undefined);
  }

  private podAdded(pod: Pod, key: string): void {
    if (pod.spec.nodeName) {
      if (!isFinished(pod)) this.assigned(pod, key);
    } else if (this.responsible(pod)) this.enqueue(pod);
    else {
      const name = pod.spec.schedulerName ?? "";
      this.unknownSchedulers.set(name, (this.unknownSchedulers.get(name) ?? 0) + 1);
    }
  }

  private podUpdated(before: Pod, after: Pod, key: string): void {
    if (!after.spec.nodeName) {
      if (this.responsible(after)) this.waitingUpdated(before, after, key);
      return;
    }
    if (!before.spec.nodeName) this.dequeue(key);
    const known = this.cache.get(key);
    if (isFinished(after)) {
      if (known !== undefined) this.unassigned(known);
    } else if (!before.spec.nodeName || known === undefined) this.assigned(after, key);
    else {
      const now = this.cache.assigned(after, key);
      if (now !== known) for (const event of podEvents(known, now, true)) this.moved(event, known, now);
    }
  }

  private podDeleted(pod: Pod, key: string): void {
    this.dequeue(key);
    const known = this.cache.get(key);
    // an assumed pod leaves when its binding is refused
    if (known !== undefined && pod.spec.nodeName) this.unassigned(known);
  }

  private assigned(pod: Pod, key: string): void {
    const info = this.cache.assigned(pod, key);
    this.moved({ resource: "AssignedPod", action: ADD }, undefined, info);
  }

  private unassigned(info: PodInfo): void {
    this.cache.removed(info);
    this.moved({ resource: "AssignedPod", action: DELETE }, info, undefined);
  }

  private responsible(pod: Pod): boolean {
    return this.options.profiles.has(pod.spec.schedulerName ?? "default-scheduler");
  }

  private enqueue(pod: Pod): void {
    if (pod.metadata.deletionTimestamp != null || isFinished(pod)) return;
    const { snapshot } = this.options.scheduler;
    const info = snapshot.info(pod);
    this.waiting.set(info.key, pod);
    const nominated = info.nominatedNodeName;
    if (nominated !== "") {
      info.nominatedNodeName = "";
      snapshot.nominate(info, nominated);
    }
    const queued = this.queue.add(info, this.engine.now);
    if (this.isLeading) this.options.recorder.gated(info.uid, queued.gatedBy);
    this.settle();
  }

  private waitingUpdated(before: Pod, after: Pod, key: string): void {
    if (after.metadata.deletionTimestamp != null) {
      this.dequeue(key);
      return;
    }
    if (!this.waiting.has(key)) {
      this.enqueue(after);
      return;
    }
    this.waiting.set(key, after);
    if (this.cache.isAssumed(key)) return;
    if (before.spec === after.spec && before.metadata.labels === after.metadata.labels) return;
    const queued = this.queue.get(key) ?? (this.cycle?.pod.info.key === key ? this.cycle.pod : undefined);
    if (queued === undefined) return;
    const { snapshot } = this.options.scheduler;
    const [old, info] = [queued.info, snapshot.info(after)];
    const nominated = old.nominatedNodeName;
    snapshot.clearNomination(old);
    info.nominatedNodeName = "";
    if (nominated !== "") snapshot.nominate(info, nominated);
    queued.info = info;
    this.queue.update(old, info, podEvents(old, info, false), this.engine.now);
    if (queued.place !== "out" && this.isLeading) this.options.recorder.gated(info.uid, queued.gatedBy);
    this.settle();
  }

  private dequeue(key: string): void {
    if (!this.waiting.delete(key)) return;
    const queued = this.queue.get(key);
    if (queued !== undefined) {
      this.reportWaits(queued);
      this.options.scheduler.snapshot.clearNomination(queued.info);
      this.queue.remove(key, this.engine.now);
      this.settle();
    }
  }

  private moved(event: ClusterEvent, before: unknown, after: unknown): void {
    this.queue.move(event, before, after, this.engine.now);
    this.settle();
  }

  // ---- the scheduling cycle ----------------------------------------------------------------------------------------

  /** @internal called by an event of the engine */
  startCycle(): void {
    this.wakeScheduled = false;
    if (this.cycle !== null) return;
    const pod = this.queue.pop(this.engine.now);
    if (pod === undefined) return;
    this.feed.flush();
    const attempt = this.options.scheduler.attempt(pod.info);
    if (attempt.outcome === "scheduled") this.cache.assume(pod.info);
    this.cycle = { pod, attempt, startedMicros: this.engine.now };
    this.engine.after(draw(this.options.cycleMicros, this.cycleStream), this.kinds.endKind, 0, this.number);
    this.settle();
  }

  /** @internal called by an event of the engine */
  endCycle(): void {
    const { pod, attempt, startedMicros } = this.cycle as Cycle;
    this.cycle = null;
    const { recorder } = this.options;
    const { digest } = this.engine;
    digest.noteString(pod.info.key);
    digest.noteString(attempt.nodeName ?? attempt.message ?? "");
    recorder.attempt(pod.info.uid, pod.info.shape.schedulerName, attempt, pod.attempts, attempt.message ?? "");
    recorder.cycle(pod.info.uid, startedMicros, attempt);
    if (attempt.outcome === "scheduled") {
      this.queue.done(pod.info.key);
      this.reportWaits(pod);
      const slot = this.freeBindings.pop() ?? this.binding.length;
      this.binding[slot] = pod;
      this.engine.after(draw(this.options.bindMicros, this.bindStream), this.kinds.bindKind, slot, this.number);
    } else this.failed(pod, attempt);
    this.settle();
  }

  private failed(pod: QueuedPod, attempt: Attempt): void {
    const key = pod.info.key;
    const { recorder, scheduler } = this.options;
    const latest = this.waiting.get(key);
    if (latest === undefined) {
      // deleted, or bound by somebody else, while it was being tried
      scheduler.snapshot.clearNomination(pod.info);
      this.queue.done(key);
      return;
    }
    const message = attempt.message ?? "";
    recorder.unplaced(latest);
    recorder.podEvent("Warning", "FailedScheduling", pod.info.uid, "", eventMessage(message));
    this.event(latest, "Warning", "FailedScheduling", eventMessage(message));
    // held back before it is requeued, so that it is not tried again while its victims are being deleted
    if (attempt.victims.length > 0) this.preemption.begin(pod.info, attempt);
    this.queue.giveBack(pod, attempt.outcome === "error" ? NO_PLUGINS : attempt.rejectors, this.engine.now);
    this.statuses.unschedulable(
      latest,
      attempt.outcome === "error" ? "SchedulerError" : "Unschedulable",
      message,
      pod.info.nominatedNodeName,
    );
  }

  private afterPreemption(key: string): void {
    const queued = this.queue.get(key);
    if (queued?.place === "gated") this.queue.activate(key, this.engine.now);
    this.settle();
  }

  private activate(key: string): void {
    if (this.queue.get(key) !== undefined) this.queue.activate(key, this.engine.now);
    this.settle();
  }

  // ---- the binding cycle -------------------------------------------------------------------------------------------

  /** @internal called by an event of the engine */
  bind(slot: number): void {
    const pod = this.binding[slot] as QueuedPod;
    this.binding[slot] = undefined;
    this.freeBindings.push(slot);
    const { info } = pod;
    const volumes = this.options.bindsVolumes === true ? this.scheduler.volumesToBind(info) : null;
    if (volumes === null) {
      this.bindToNode(pod);
      return;
    }
    const { client } = this.options;
    const claim = (key: string) => {
      this.feed.flush();
      return this.scheduler.snapshot.storage.claim(key);
    };
    runSteps(bindVolumes({ client, life: this.life, claim }, volumes, info.nodeName), (problem) => {
      if (problem === null) this.bindToNode(pod);
      else this.bindFailed(pod, new ApiError("Timeout", `binding volumes: ${problem}`));
    });
  }

  private bindToNode(pod: QueuedPod): void {
    const { info } = pod;
    const { namespace } = info.shape;
    const annotations = info.shape.gpu === null ? null : this.scheduler.bindingAnnotations(info);
    const binding = {
      namespace,
      name: info.pod.metadata.name,
      uid: info.uid,
      nodeName: info.nodeName,
      ...(annotations === null ? {} : { annotations }),
    };
    this.options.client.bind(binding, (answer) => {
      if (answer instanceof ApiError) this.bindFailed(pod, answer);
      else {
        this.options.recorder.podEvent("Normal", "Scheduled", info.uid, info.nodeName, ASSIGNED);
        this.event(info.pod, "Normal", "Scheduled", `Successfully assigned ${info.key} to ${info.nodeName}`);
      }
    });
  }

  private bindFailed(pod: QueuedPod, error: ApiError): void {
    const { info } = pod;
    const { recorder, scheduler } = this.options;
    recorder.bindFailed(info.shape.schedulerName);
    const nodeName = info.nodeName;
    if (this.cache.isAssumed(info.key)) {
      this.cache.forget(info);
      scheduler.forget(info);
      // its room is free again
      this.queue.move({ resource: "AssignedPod", action: DELETE }, info, undefined, this.engine.now);
    }
    const latest = this.waiting.get(info.key);
    if (latest !== undefined && latest.metadata.uid === info.uid) {
      const message = `binding rejected: ${error.message}`;
      recorder.podEvent("Warning", "FailedScheduling", info.uid, nodeName, eventMessage(message));
      this.event(latest, "Warning", "FailedScheduling", eventMessage(message));
      const fresh = this.options.scheduler.snapshot.info(latest);
      pod.info = fresh;
      this.queue.giveBack(pod, NO_PLUGINS, this.engine.now);
      this.statuses.unschedulable(latest, "SchedulerError", message, "");
    }
    this.settle();
  }

  // ---- waking up ---------------------------------------------------------------------------------------------------

  /** After every change: begin a cycle when there is a pod to try, set the timers that are needed, report the lengths. */
  private settle(): void {
    const { queue } = this;
    if (this.cycle === null && !this.wakeScheduled && this.isLeading && queue.hasNext) {
      this.wakeScheduled = true;
      this.engine.after(0, this.kinds.startKind, 0, this.number);
    }
    this.armTimers();
    if (!this.isLeading) return;
    this.options.recorder.queueLengths(
      queue.activeCount,
      queue.backoffCount,
      queue.unschedulableCount,
      queue.gatedCount,
    );
  }

  // the real scheduler looks every second and every 30 seconds; here a timer runs only when it will find something
  private armTimers(): void {
    const backoffMicros = this.queue.nextBackoffFlushMicros();
    if (backoffMicros !== this.backoffTimerMicros) {
      if (this.backoffTimer !== null) this.engine.cancel(this.backoffTimer);
      this.backoffTimerMicros = backoffMicros;
      this.backoffTimer = Number.isFinite(backoffMicros)
        ? this.engine.schedule(
            Math.max(backoffMicros, this.engine.now) as Tick,
            this.kinds.flushBackoffKind,
            0,
            this.number,
          )
        : null;
    }
    const overdueMicros = this.queue.oldestUnschedulableMicros() + MAX_UNSCHEDULABLE_MICROS;
    const flushMicros = (Math.floor(overdueMicros / FLUSH_UNSCHEDULABLE_MICROS) + 1) * FLUSH_UNSCHEDULABLE_MICROS;
    if (flushMicros !== this.unschedulableTimerMicros) {
      if (this.unschedulableTimer !== null) this.engine.cancel(this.unschedulableTimer);
      this.unschedulableTimerMicros = flushMicros;
      this.unschedulableTimer = Number.isFinite(flushMicros)
        ? this.engine.schedule(flushMicros as Tick, this.kinds.flushUnschedulableKind, 0, this.number)
        : null;
    }
  }

  /** @internal called by an event of the engine */
  flushBackoff(): void {
    this.backoffTimer = null;
    this.backoffTimerMicros = Number.POSITIVE_INFINITY;
    this.queue.flushBackoff(this.engine.now);
    this.settle();
  }

  /** @internal called by an event of the engine */
  flushUnschedulable(): void {
    this.unschedulableTimer = null;
    this.unschedulableTimerMicros = Number.POSITIVE_INFINITY;
    this.queue.flushUnschedulable(this.engine.now);
    this.settle();
  }

  private event(pod: Pod, type: "Normal" | "Warning", reason: string, message: string): void {
    this.options.events?.event({ apiVersion: "v1", kind: "Pod", metadata: pod.metadata }, type, reason, message);
  }

  private reportWaits(pod: QueuedPod): void {
    if (!this.isLeading) return;
    const now = this.engine.now;
    this.options.recorder.waited(pod.info.uid, pod.waitedInBackoff(now), pod.waitedAtGate(now));
  }

  /** Pending events of the engine that are only the queue's own clockwork. */
  get ownTimers(): number {
    return (this.backoffTimer === null ? 0 : 1) + (this.unschedulableTimer === null ? 0 : 1);
  }

  /** Nothing is being tried and no retry is due but the one that comes without any reason: only an event can help. */
  get waitsForEvents(): boolean {
    return this.cycle === null && !this.queue.hasNext && this.queue.backoffCount === 0;
  }

  /** Tells the recorder how long the pods that still wait have waited in back-off and behind gates. */
  finish(): void {
    for (const pod of this.queue.pods()) this.reportWaits(pod);
  }
}

const ASSIGNED = `Successfully assigned ${POD_NAME} to ${NODE_NAME}`;

const NO_HINTS: HintTable = new Map();

function isFinished(pod: Pod): boolean {
  return pod.status?.phase === "Succeeded" || pod.status?.phase === "Failed";
}

function draw(distribution: Distribution, stream: RandomStream): number {
  return Math.max(0, Math.round(sample(distribution, stream)));
}
