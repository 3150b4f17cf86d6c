// Nodes that run pods without a kubelet: a bound pod starts after a while, runs for its lifetime if it has one, and stops
// when it is deleted. One process plays all nodes, with one watch. No images, probes, restarts, heartbeats or pressure.
import { ApiError, type Client } from "../apiserver/client.ts";
import { Informer } from "../apiserver/informer.ts";
import { type Distribution, sample } from "../engine/distributions.ts";
import type { Engine, EventHandle } from "../engine/engine.ts";
import { createStream } from "../engine/random.ts";
import { SECOND } from "../engine/tick.ts";
import type { Recorder } from "../metrics/recorder.ts";
import { RUN_MICROS_ANNOTATION } from "../model/annotations.ts";
import type { Pod, PodCondition, PodStatus } from "../model/objects.ts";
import { withCondition } from "../model/pod-conditions.ts";
import { Timestamps } from "../model/timestamp.ts";

export interface HollowNodesOptions {
  readonly engine: Engine;
  readonly client: Client;
  readonly recorder: Recorder;
  readonly seed: string | number;
  /** From the binding's arrival at the node to the pod's containers running and ready, in microseconds. */
  readonly startMicros: Distribution;
  /** From the word to stop to the containers' end, in microseconds; the grace period cuts it short. */
  readonly stopMicros: Distribution;
}

type Phase = "starting" | "running" | "finished" | "stopping";

interface LocalPod {
  pod: Pod;
  phase: Phase;
  timer: EventHandle | null;
  /** What the node has to say about the pod, once there is something. */
  report: Report | null;
  /** Set while the API server has to be told again. */
  sync: EventHandle | null;
  /** The report is on its way. */
  isReporting: boolean;
}

interface Report {
  readonly phase: "Running" | "Succeeded";
  readonly startTime: string | undefined;
  readonly ready: PodCondition;
}

const DEFAULT_GRACE_SECONDS = 30;
/** Period at which a kubelet's status manager tries again what has failed. */
const SYNC_MICROS = 10 * SECOND;

export class HollowNodes {
  private readonly options: HollowNodesOptions;
  private readonly pods: (LocalPod | undefined)[] = [];
  private readonly slots = new Map<string, number>();
  private readonly free: number[] = [];
  private readonly timestamps = new Timestamps();
  private readonly startKind: number;
  private readonly finishKind: number;
  private readonly stopKind: number;
  private readonly syncKind: number;

  constructor(options: HollowNodesOptions) {
    this.options = options;
    const { engine } = options;
    this.startKind = engine.register("node/pod-started", (slot) => this.started(slot));
    this.finishKind = engine.register("node/pod-finished", (slot) => this.finished(slot));
    this.stopKind = engine.register("node/pod-stopped", (slot) => this.stopped(slot));
    this.syncKind = engine.register("node/status-sync", (slot) => this.syncAgain(slot));
  }

  start(): void {
    const handlers = {
      added: (pod: Pod) => this.arrived(pod),
      updated: (_before: Pod, pod: Pod) => this.updated(pod),
      deleted: (pod: Pod) => this.gone(pod),
    };
    new Informer(this.options.client, "pods", handlers, { assigned: true });
  }

  private arrived(pod: Pod): void {
    const phase = pod.status?.phase;
    if (phase === "Succeeded" || phase === "Failed") return;
    const slot = this.free.pop() ?? this.pods.length;
    const local: LocalPod = { pod, phase: "starting", timer: null, report: null, sync: null, isReporting: false };
    this.pods[slot] = local;
    this.slots.set(uidOf(pod), slot);
    if (phase === "Running") this.run(local, slot);
    else
      local.timer = this.options.engine.after(this.draw(this.options.startMicros, pod, "start"), this.startKind, slot);
    if (pod.metadata.deletionTimestamp != null) this.stop(local, slot);
  }

  private updated(pod: Pod): void {
    const slot = this.slots.get(uidOf(pod));
    if (slot === undefined) return;
    const local = this.pods[slot] as LocalPod;
    local.pod = pod;
    if (pod.metadata.deletionTimestamp != null && local.phase !== "stopping") this.stop(local, slot);
    else if (this.isForgotten(local)) this.reportStatus(local, slot);
  }

  /** Does the API server say something else than it was told? As after a restored backup: it is told again. */
  private isForgotten({ phase, report, pod, isReporting, sync }: LocalPod): boolean {
    return (
      phase !== "stopping" && report !== null && report.phase !== pod.status?.phase && !isReporting && sync === null
    );
  }

  private gone(pod: Pod): void {
    const slot = this.slots.get(uidOf(pod));
    if (slot === undefined) return;
    const local = this.pods[slot] as LocalPod;
    this.cancel(local);
    if (local.sync !== null) this.options.engine.cancel(local.sync);
    this.slots.delete(uidOf(pod));
    this.pods[slot] = undefined;
    this.free.push(slot);
  }

  private started(slot: number): void {
    const local = this.pods[slot] as LocalPod;
    const { engine } = this.options;
    const now = this.timestamps.at(engine.now);
    const ready: PodCondition = { type: "Ready", status: "True", lastTransitionTime: now };
    local.report = { phase: "Running", startTime: now, ready };
    this.reportStatus(local, slot);
    this.tell("Started", local.pod, "Started containers");
    this.run(local, slot);
  }

  private run(local: LocalPod, slot: number): void {
    local.phase = "running";
    const runMicros = local.pod.metadata.annotations?.[RUN_MICROS_ANNOTATION];
    local.timer = runMicros === undefined ? null : this.options.engine.after(Number(runMicros), this.finishKind, slot);
  }

  private finished(slot: number): void {
    const local = this.pods[slot] as LocalPod;
    local.phase = "finished";
    local.timer = null;
    this.options.recorder.cause(uidOf(local.pod), "Completed");
    this.tell("Completed", local.pod, "Containers have run to their end");
    const ready: PodCondition = {
      type: "Ready",
      status: "False",
      reason: "PodCompleted",
      lastTransitionTime: this.timestamps.at(this.options.engine.now),
    };
    local.report = { phase: "Succeeded", startTime: local.report?.startTime, ready };
    this.reportStatus(local, slot);
  }

  private stop(local: LocalPod, slot: number): void {
    this.cancel(local);
    const graceMicros = (local.pod.metadata.deletionGracePeriodSeconds ?? DEFAULT_GRACE_SECONDS) * SECOND;
    const stopMicros = local.phase === "running" ? this.draw(this.options.stopMicros, local.pod, "stop") : 0;
    local.phase = "stopping";
    this.tell("Killing", local.pod, "Stopping containers");
    local.timer = this.options.engine.after(Math.min(graceMicros, stopMicros), this.stopKind, slot);
  }

  private stopped(slot: number): void {
    const local = this.pods[slot] as LocalPod;
    local.timer = null;
    this.reportEnd(local, slot);
  }

  private reportStatus(local: LocalPod, slot: number): void {
    const { report, pod } = local;
    if (report === null) return;
    local.isReporting = true;
    const status: PodStatus = {
      ...pod.status,
      phase: report.phase,
      startTime: report.startTime ?? pod.status?.startTime,
      conditions: withCondition(pod.status?.conditions, report.ready),
    };
    local.pod = { ...pod, status };
    // a patch; when the pod is gone by now there is nothing to report on
    const metadata = { ...pod.metadata, resourceVersion: undefined };
    this.options.client.updateStatus("pods", { ...local.pod, metadata }, (answer) => this.heard(local, slot, answer));
  }

  private reportEnd(local: LocalPod, slot: number): void {
    const options = { gracePeriodSeconds: 0, uid: uidOf(local.pod) };
    this.options.client.delete("pods", keyOf(local.pod), options, (answer) => this.heard(local, slot, answer));
  }

  // the kubelet's status manager tries again after a while, with what is to be said by then
  private heard(local: LocalPod, slot: number, answer: Pod | null | ApiError): void {
    local.isReporting = false;
    if (!(answer instanceof ApiError) || !answer.isTransient) return;
    if (this.pods[slot] !== local || local.sync !== null) return;
    local.sync = this.options.engine.after(SYNC_MICROS, this.syncKind, slot);
  }

  private syncAgain(slot: number): void {
    const local = this.pods[slot] as LocalPod;
    local.sync = null;
    if (local.phase === "stopping" && local.timer === null) this.reportEnd(local, slot);
    else this.reportStatus(local, slot);
  }

  private tell(reason: string, pod: Pod, message: string): void {
    this.options.recorder.podEvent("Normal", reason, uidOf(pod), pod.spec.nodeName ?? "", message);
  }

  private cancel(local: LocalPod): void {
    if (local.timer !== null) this.options.engine.cancel(local.timer);
    local.timer = null;
  }

  // from the pod's own stream, so that it takes as long wherever and whenever it runs
  private draw(distribution: Distribution, pod: Pod, purpose: string): number {
    if (distribution.kind === "constant") return distribution.value;
    return Math.max(
      0,
      Math.round(sample(distribution, createStream(this.options.seed, `pod/${uidOf(pod)}/${purpose}`))),
    );
  }
}

function uidOf(pod: Pod): string {
  return pod.metadata.uid ?? "";
}

function keyOf(pod: Pod): string {
  return `${pod.metadata.namespace ?? "default"}/${pod.metadata.name}`;
}
