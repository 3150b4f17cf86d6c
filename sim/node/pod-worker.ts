// The kubelet's worker of one pod: starts what has to run, restarts what has ended, and stops everything when the pod is to go. One
// thing after the other, as the kubelet's pod workers do: what happens meanwhile is looked at afterwards, only an end interrupts.
// Source: behaviour of the kubelet's pod workers and kuberuntime manager, 1.36.
import type { EventHandle } from "../engine/engine.ts";
import { ask, askAll, runSteps, type Steps } from "../engine/steps.ts";
import { SECOND } from "../engine/tick.ts";
import type { ContainerStatus, Pod, PodStatus, Probe } from "../model/objects.ts";
import { isStatic } from "../model/static-pods.ts";
import {
  type ContainerExit,
  type ContainerInstance,
  INITIAL_BACK_OFF_MICROS,
  KubeletBackOff,
  type Waiting,
} from "./container.ts";
import type { LocalPod } from "./local-pod.ts";
import type { NodeContext } from "./node-context.ts";
import { haveInitialized, type PodFacts, podStatus, saysSame } from "./pod-status.ts";
import { probeFailure } from "./probe-messages.ts";
import { type ProbeKind, Prober } from "./prober.ts";
import type { Reported } from "./status-manager.ts";
import { seconds } from "./text.ts";

/** Why the node ends a pod that nobody has deleted. */
export interface Ending {
  readonly reason: string;
  readonly message: string;
  /** Seconds; undefined = the pod's own. */
  readonly graceSeconds?: number;
  /** The pod counts as disrupted, for this reason. */
  readonly disruption?: string;
}

type Stage = "syncing" | "terminating" | "terminated" | "finished";

const NO_PROBERS: readonly Prober[] = [];
const DEFAULT_GRACE_SECONDS = 30;
/** The least that containers get after their preStop hooks. */
const MINIMUM_GRACE_MICROS = 2 * SECOND;
const CATCH_UP_MICROS = 20_000;
const SYNC_BACK_OFF_MICROS = 10 * SECOND;

export class PodWorker implements Reported {
  readonly local: LocalPod;
  status: PodStatus | undefined;
  accepted: PodStatus | undefined;
  /** Its kubelet has ended, and no other has taken it up. */
  isAway = false;
  isFinished = false;
  isQueued = false;
  isGone = false;
  readonly startedAtMicros: number;
  /** It ran already when this kubelet began. */
  isAdopted = false;
  private readonly node: NodeContext;
  /** Of a static pod: its mirror. */
  private apiPod: Pod | null = null;
  private stage: Stage = "syncing";
  // most pods have none
  private probers: Map<ContainerInstance, readonly Prober[]> | null = null;
  private isBusy = false;
  private isDirty = false;
  /** A sync has gone on to the runtime: sandbox, pulls, starts and restarts. */
  private isInRuntime = false;
  /** The pod is to go as soon as that is through. */
  private isEndWanted = false;
  // raised whenever what is going on is broken off
  private turn = 0;
  private hasVolumes = false;
  private requeue: EventHandle | null = null;
  private deadline: EventHandle | null = null;
  private graceTimer: EventHandle | null = null;
  private graceEndsMicros = Number.POSITIVE_INFINITY;
  private ending: Ending | null = null;
  /** The pod's object is gone: nobody is told any more. */
  private isOrphan = false;

  constructor(node: NodeContext, local: LocalPod, startedAtMicros: number) {
    this.node = node;
    this.local = local;
    this.startedAtMicros = startedAtMicros;
    this.accepted = local.pod.status;
    local.changed = () => node.runtimeChanged(this);
    local.healthChanged = (container) => this.healthChanged(container);
  }

  get uid(): string {
    return this.local.uid;
  }

  get apiUid(): string {
    return this.local.apiUid;
  }

  get key(): string {
    return this.local.key;
  }

  get pod(): Pod {
    return this.local.pod;
  }

  /** It is to go, for whatever reason. */
  get isTerminal(): boolean {
    return this.stage !== "syncing" || this.isEndWanted;
  }

  private get isStopping(): boolean {
    return this.stage !== "syncing";
  }

  /** Is anything of it to be counted on the node? */
  get isActive(): boolean {
    return !this.isFinished && !this.isGone;
  }

  /** Does it count when another pod asks for room? What was said to be over does not, though it may not be cleared away yet. */
  get holdsRoom(): boolean {
    const phase = this.status?.phase;
    return this.isActive && phase !== "Succeeded" && phase !== "Failed";
  }

  get failure(): Ending | null {
    return this.ending;
  }

  isBeingDeleted(): boolean {
    return this.pod.metadata.deletionTimestamp != null;
  }

  /** The API's object is gone. A static pod goes on without it. */
  lost(): void {
    if (isStatic(this.pod)) this.mirrored(null);
    else this.isGone = true;
  }

  /** Of a static pod: its mirror is this object from now on. It is told with the next batch how the pod is. */
  mirrored(mirror: Pod | null): void {
    this.apiPod = mirror;
    this.accepted = undefined;
    this.node.runtime.setApiUid(this.local, mirror?.metadata.uid ?? "");
    if (mirror !== null) this.node.statuses().differs(this);
  }

  mirrorChanged(mirror: Pod): void {
    this.apiPod = mirror;
    this.reconcile(mirror);
  }

  isContradicted(): boolean {
    const { status } = this.apiPod ?? this.pod;
    if (this.status === undefined || this.accepted === undefined) return false;
    if (status?.phase !== this.status.phase || status?.startTime !== this.status.startTime) return true;
    if (this.node.configuration.profile === "hollow") return false;
    return !saysSame(status, this.status);
  }

  /** Begins, or goes on after the kubelet was away. */
  start(): void {
    this.armDeadline();
    if (this.isBeingDeleted()) this.terminate();
    else this.wake();
  }

  /** Takes over a pod that runs already and of which the API knows as much: nothing is written. */
  adopt(): void {
    this.isAdopted = true;
    this.hasVolumes = true;
    this.local.hasSandbox = true;
    this.status = this.pod.status;
    this.armDeadline();
    for (const c of this.local.containers) {
      c.seen = c.truth;
      if (c.isRunning && c.role !== "init") this.beginProbes(c, true);
    }
  }

  /** Had ended before this kubelet knew it: there is nothing to do but to let its object go. */
  finishedBefore(): void {
    this.status = this.pod.status;
    this.stage = "finished";
    this.isFinished = true;
    if (this.isBeingDeleted()) this.node.statuses().send(this);
  }

  /** The kubelet's process begins anew; the containers have gone on without it. */
  resume(pod: Pod): void {
    this.isAway = false;
    this.local.pod = pod;
    this.isQueued = false;
    if (this.stage === "finished") {
      this.node.statuses().send(this);
      return;
    }
    this.isAdopted = true;
    this.probers = null;
    // a kubelet begins with a relist
    for (const c of this.local.containers) {
      if (c.seen === c.truth) continue;
      c.seen = c.truth;
      if (c.truth.state === "exited") this.sawExit(c);
    }
    this.hasVolumes = false;
    this.stage = "syncing";
    for (const c of this.local.containers) {
      if (c.isRunning && c.role !== "init") this.beginProbes(c, true);
    }
    this.node.runtimeChanged(this);
    this.start();
  }

  /** The object has changed. */
  updated(pod: Pod): void {
    const before = this.pod;
    this.local.pod = pod;
    const deletion = pod.metadata.deletionTimestamp != null;
    if (deletion && before.metadata.deletionTimestamp == null) {
      if (this.stage === "syncing") this.terminate();
      else if (this.isFinished) this.node.statuses().send(this);
      return;
    }
    if (deletion && pod.metadata.deletionGracePeriodSeconds !== before.metadata.deletionGracePeriodSeconds) {
      this.shortenGrace((pod.metadata.deletionGracePeriodSeconds ?? DEFAULT_GRACE_SECONDS) * SECOND);
    }
    if (pod.spec !== before.spec || pod.metadata.annotations !== before.metadata.annotations) {
      if (this.stage === "syncing") this.wake();
    } else this.reconcile(pod);
  }

  /** The object is gone: what runs is stopped, and nobody is told. */
  removed(): void {
    this.isAway = false;
    this.isOrphan = true;
    this.isGone = true;
    if (this.stage === "finished") this.node.forget(this);
    else if (this.stage === "syncing") this.terminate();
  }

  /** The node ends the pod: phase Failed. */
  end(ending: Ending): void {
    if (this.stage !== "syncing" || this.ending !== null) return;
    this.ending = ending;
    this.terminate();
  }

  /** Refused by the node before anything was started. */
  reject(ending: Ending): void {
    this.ending = ending;
    this.breakOff();
    this.stage = "finished";
    this.isFinished = true;
    const { reason, message } = ending;
    const startTime = this.node.timestamp(this.startedAtMicros);
    const told = `Pod was rejected: ${message}`;
    this.node.statuses().set(this, { ...this.pod.status, phase: "Failed", reason, message: told, startTime });
  }

  /** What the relist found: takes over what is true, and acts on it. */
  observe(): void {
    for (const c of this.local.containers) {
      if (c.seen === c.truth) continue;
      const before = c.seen;
      c.seen = c.truth;
      if (c.truth.state === "running") this.sawRunning(c, before.exit);
      else if (c.truth.state === "exited") this.sawExit(c);
    }
    if (this.stage === "syncing") this.wake();
  }

  /** The kubelet's process ends; the containers go on. */
  stopped(): void {
    this.isAway = true;
    this.breakOff();
    for (const c of this.local.containers) this.endProbes(c);
  }

  facts(): PodFacts {
    const { configuration, hostIp } = this.node;
    const { local } = this;
    // a pod is not failed before its containers have stopped
    const ending = this.stage === "terminating" || this.isEndWanted ? null : this.ending;
    return {
      pod: local.pod,
      containers: local.containers,
      hostIp,
      podIp: local.ip,
      startedAtMicros: this.startedAtMicros,
      hasSandbox: local.hasSandbox && !(this.isStopping && !local.isRunning),
      isTerminal: this.isStopping && !local.containers.some((c) => c.seen.state === "running"),
      failure: ending === null ? null : { reason: ending.reason, message: ending.message },
      disruption: ending?.disruption === undefined ? null : { reason: ending.disruption, message: ending.message },
      before: this.status ?? local.pod.status,
      isHollow: configuration.profile === "hollow",
    };
  }

  /** Says what is, if that is something new. */
  publish(): void {
    if (this.isOrphan) return;
    this.node.statuses().set(this, podStatus(this.facts(), this.node.now, this.node.timestamp));
  }

  private wake(): void {
    if (this.stage === "finished") return;
    if (this.isBusy) {
      this.isDirty = true;
      return;
    }
    if (this.requeue !== null) this.node.life.cancel(this.requeue);
    this.requeue = null;
    this.isBusy = true;
    this.isDirty = false;
    const turn = ++this.turn;
    runSteps(this.course(turn), (againMicros) => {
      if (turn !== this.turn || this.node.life.isOver) return;
      this.isBusy = false;
      this.isInRuntime = false;
      if (this.isEndWanted) return this.terminate();
      if (this.isDirty || (this.stage !== "finished" && this.isStopping && againMicros === 0)) this.wake();
      else if (againMicros !== null) this.requeue = this.node.life.after(againMicros, () => this.wake());
    });
  }

  /** @returns when to look again, in microseconds; null = when something happens */
  private *course(turn: number): Steps<number | null> {
    switch (this.stage) {
      case "syncing":
        return yield* this.sync(turn);
      case "terminating":
        return yield* this.syncTerminating(turn);
      case "terminated":
        return yield* this.syncTerminated(turn);
      default:
        return null;
    }
  }

  private *sync(turn: number): Steps<number | null> {
    const { node, local } = this;
    node.synced(this);
    if (this.hasEnded()) {
      this.publish();
      this.terminate();
      return null;
    }
    if (node.configuration.profile === "hollow") this.noteBackOff();
    this.publish();
    if (node.isHanging) {
      yield* ask<void>((done) => node.whenAnswering(() => done()));
      if (turn !== this.turn) return null;
    }
    if (!this.hasVolumes) {
      const again = yield* this.mount(turn);
      if (turn !== this.turn || again !== null) return again;
    }
    this.isInRuntime = true;
    if (!local.hasSandbox) {
      yield* node.pause(
        node.behaviour.micros(local.pod, "sandbox", undefined, node.configuration.runtime.sandboxMicros),
      );
      if (turn !== this.turn) return null;
      local.hasSandbox = true;
      local.ip = node.addressFor(local);
      if (node.configuration.profile === "kubelet") {
        this.publish();
        // the relist sees the sandbox, which makes the pod be looked at once more when this is done
        node.runtimeChanged(this);
      }
    }
    let againMicros: number | null = null;
    for (const c of this.dueContainers()) {
      const again = yield* this.run(c, turn);
      if (turn !== this.turn) return null;
      if (again !== null) againMicros = Math.min(again, againMicros ?? Number.POSITIVE_INFINITY);
    }
    if (againMicros !== null) this.publish();
    return againMicros;
  }

  // the recorded hollow nodes say at once that a container waits for its next start, and wait from when they saw its end
  private noteBackOff(): void {
    for (const c of this.local.containers) {
      if (c.seen.exit === null || !this.shouldStart(c) || c.crashBackOff === null) continue;
      if (c.crashBackOff.endsAtMicros(c.sawExitMicros) > this.node.now) c.waiting = this.crashLoop(c.crashBackOff, c);
    }
  }

  private *mount(turn: number): Steps<number | null> {
    const { node } = this;
    const { runtime } = node.configuration;
    const hasVolumes = (this.pod.spec.volumes ?? []).length > 0 || node.configuration.profile === "kubelet";
    if (hasVolumes && runtime.mountMicros > 0) yield* node.pause(runtime.mountMicros);
    if (turn !== this.turn) return null;
    if (node.configuration.profile === "kubelet") {
      const problem = yield* node.attach(this.pod, () => turn !== this.turn);
      if (turn !== this.turn) return null;
      if (problem !== null) {
        node.event(this.pod, "Warning", "FailedMount", problem);
        return this.syncBackOff();
      }
    }
    this.hasVolumes = true;
    return null;
  }

  /** The containers to look at now, in order: init containers and sidecars one after the other, then all others. */
  private dueContainers(): readonly ContainerInstance[] {
    const { containers } = this.local;
    const hasInitialized = haveInitialized(this.local);
    const due: ContainerInstance[] = [];
    for (const c of containers) {
      if (c.role === "main") {
        if (hasInitialized) due.push(c);
        continue;
      }
      if (c.role === "sidecar") {
        due.push(c);
        // the next one waits until it has started
        if (!hasInitialized && !(c.seen.state === "running" && c.isStarted)) return due;
        continue;
      }
      if (hasInitialized || (c.seen.state === "exited" && c.seen.exit!.exitCode === 0)) continue;
      due.push(c);
      return due;
    }
    return due;
  }

  /** Brings one container to run, if it should. @returns when to look again */
  private *run(c: ContainerInstance, turn: number): Steps<number | null> {
    const { node, local } = this;
    if (c.killReason !== null) {
      yield* this.kill(c, c.killReason, this.killGraceMicros(c), turn);
      if (turn !== this.turn) return null;
      c.killReason = null;
      c.seen = c.truth;
      this.sawExit(c);
      this.publish();
    }
    if (c.isRunning || !this.shouldStart(c)) return null;
    const exit = c.seen.exit;
    if (exit !== null) {
      c.crashBackOff ??= new KubeletBackOff(INITIAL_BACK_OFF_MICROS, node.configuration.crashLoopBackOffMaxMicros);
      const sinceMicros = this.exitMicros(c, exit);
      const readyAt = c.crashBackOff.endsAtMicros(sinceMicros);
      if (readyAt > node.now) {
        c.waiting = this.crashLoop(c.crashBackOff, c);
        node.event(
          this.pod,
          "Warning",
          "BackOff",
          `Back-off restarting failed container ${c.name} in pod ${this.pod.metadata.name}_${this.pod.metadata.namespace ?? "default"}(${this.uid})`,
        );
        return this.againMicros(readyAt);
      }
    }
    const pullAgain = yield* this.ensureImage(c, turn);
    if (turn !== this.turn || pullAgain !== null) return pullAgain;
    if (exit !== null) c.crashBackOff!.next(this.exitMicros(c, exit));
    node.event(this.pod, "Normal", "Created", "Container created", c.name);
    yield* node.pause(node.behaviour.micros(local.pod, "start", c.name, node.configuration.runtime.startMicros));
    if (turn !== this.turn) return null;
    node.runtime.start(local, c);
    node.event(this.pod, "Normal", "Started", "Container started", c.name);
    yield* this.postStart(c, turn);
    return null;
  }

  private crashLoop({ pauseMicros }: KubeletBackOff, c: ContainerInstance): Waiting {
    const { name, namespace = "default" } = this.pod.metadata;
    const message = `back-off ${seconds(pauseMicros)} restarting failed container=${c.name} pod=${name}_${namespace}(${this.uid})`;
    return { reason: "CrashLoopBackOff", message };
  }

  private exitMicros(c: ContainerInstance, exit: ContainerExit): number {
    return this.node.configuration.profile === "hollow" ? c.sawExitMicros : exit.finishedAtMicros;
  }

  private *postStart(c: ContainerInstance, turn: number): Steps<null> {
    if (c.spec.lifecycle?.postStart == null) return null;
    const { node } = this;
    const { sleep } = c.spec.lifecycle.postStart;
    const micros = node.behaviour.micros(this.pod, "post-start", c.name, sleep == null ? 0 : sleep.seconds * SECOND);
    if (micros > 0) yield* node.pause(micros);
    if (turn !== this.turn) return null;
    return null;
  }

  private *ensureImage(c: ContainerInstance, turn: number): Steps<number | null> {
    const { node } = this;
    const image = c.spec.image ?? "";
    const policy = c.spec.imagePullPolicy ?? "IfNotPresent";
    const isHollow = node.configuration.profile === "hollow";
    const isPresent = node.images.has(image);
    if (isPresent && (policy !== "Always" || isHollow)) {
      node.images.used(image, node.now);
      node.event(this.pod, "Normal", "Pulled", `Container image "${image}" already present on machine`, c.name);
      return null;
    }
    if (policy === "Never" && !isHollow) {
      const message = `Container image "${image}" is not present with pull policy of Never`;
      c.waiting = { reason: "ErrImageNeverPull", message };
      node.event(this.pod, "Warning", "ErrImageNeverPull", message, c.name);
      return this.syncBackOff();
    }
    c.pullBackOff ??= new KubeletBackOff(INITIAL_BACK_OFF_MICROS, 300 * SECOND);
    const readyAt = c.pullBackOff.endsAtMicros(c.pullFailedAtMicros);
    if (readyAt > node.now) {
      const message = `Back-off pulling image "${image}": ErrImagePull: ${c.pullError}`;
      c.waiting = { reason: "ImagePullBackOff", message };
      node.event(this.pod, "Normal", "BackOff", `Back-off pulling image "${image}"`, c.name);
      return this.againMicros(readyAt);
    }
    node.event(this.pod, "Normal", "Pulling", `Pulling image "${image}"`, c.name);
    const begun = node.now;
    const outcome = yield* node.pull(this.pod, c, isPresent);
    if (turn !== this.turn) return null;
    if (outcome.error === null) {
      c.waiting = null;
      const took = seconds(node.now - begun);
      node.event(
        this.pod,
        "Normal",
        "Pulled",
        `Successfully pulled image "${image}" in ${took} (${took} including waiting). Image size: ${node.images.sizeOf(image) ?? 0} bytes.`,
        c.name,
      );
      return null;
    }
    c.pullError = outcome.error;
    c.pullFailedAtMicros = node.now;
    c.pullBackOff.next(node.now);
    c.waiting = { reason: "ErrImagePull", message: outcome.error };
    node.event(this.pod, "Warning", "Failed", `Failed to pull image "${image}": ${outcome.error}`, c.name);
    node.event(this.pod, "Warning", "Failed", "Error: ErrImagePull", c.name);
    // the next sync finds the back-off and says so
    return this.syncBackOff();
  }

  private shouldStart(c: ContainerInstance): boolean {
    if (c.seen.state === "running") return false;
    if (c.seen.state === "none") return c.truth.state === "none";
    if (c.role === "sidecar") return true;
    const policy = c.spec.restartPolicy ?? this.pod.spec.restartPolicy ?? "Always";
    const failed = c.seen.exit!.exitCode !== 0;
    if (c.role === "init") return failed && policy !== "Never";
    return policy === "Always" || (policy === "OnFailure" && failed);
  }

  /** Have all containers ended, none of which is to be started again? */
  private hasEnded(): boolean {
    const policy = this.pod.spec.restartPolicy ?? "Always";
    let mains = 0;
    for (const c of this.local.containers) {
      if (c.role === "init" && c.seen.state === "exited" && c.seen.exit!.exitCode !== 0 && policy === "Never")
        return true;
      if (c.role !== "main") continue;
      mains++;
      if (c.seen.state !== "exited" || this.shouldStart(c)) return false;
    }
    return mains > 0;
  }

  // --- its end ---

  private terminate(): void {
    if (this.stage !== "syncing") return;
    // what the runtime was asked for, a pull for instance, is waited for: the kubelet does not cancel it
    if (this.isInRuntime && this.node.configuration.profile === "kubelet") {
      this.isEndWanted = true;
      return;
    }
    this.breakOff();
    this.stage = "terminating";
    const graceSeconds =
      this.ending?.graceSeconds ??
      (this.isBeingDeleted() ? this.pod.metadata.deletionGracePeriodSeconds : undefined) ??
      this.pod.spec.terminationGracePeriodSeconds ??
      DEFAULT_GRACE_SECONDS;
    this.graceEndsMicros = this.node.now + Math.max(1, graceSeconds) * SECOND;
    if (this.ending !== null && graceSeconds === 0) this.graceEndsMicros = this.node.now;
    for (const c of this.local.containers) {
      // a pod that goes is asked for its readiness to the last, but not killed for its liveness
      for (const prober of this.probers?.get(c) ?? []) if (prober.kind !== "readiness") prober.stop();
    }
    this.wake();
  }

  private *syncTerminating(turn: number): Steps<number | null> {
    const { local, node } = this;
    const isHollow = node.configuration.profile === "hollow";
    // the recordings' nodes say nothing before the end
    if (!isHollow) this.publish();
    if (node.isHanging) {
      yield* ask<void>((done) => node.whenAnswering(() => done()));
      if (turn !== this.turn) return null;
    }
    const running = local.containers.filter((c) => c.isRunning);
    const isLost = running.length === 0 && local.containers.some((c) => c.starts > 0);
    const first = running.filter((c) => c.role !== "sidecar");
    // sidecars leave after what they serve, the last one first
    const sidecars = running.filter((c) => c.role === "sidecar").reverse();
    if (first.length > 0) yield* this.killAll(first, turn);
    if (turn !== this.turn) return null;
    for (const c of sidecars) {
      yield* this.killAll([c], turn);
      if (turn !== this.turn) return null;
    }
    for (const c of local.containers) {
      if (c.seen === c.truth) continue;
      c.seen = c.truth;
      if (c.truth.state === "exited") this.sawExit(c);
      this.endProbes(c);
    }
    this.stage = "terminated";
    // and nothing of what a crash has ended
    if (isHollow && isLost) this.accepted = this.status;
    else this.publish();
    return 0;
  }

  private *killAll(containers: readonly ContainerInstance[], turn: number): Steps<void> {
    yield* askAll<void>(
      containers.map(
        (c) => (done: (value: undefined) => void) =>
          runSteps(this.kill(c, "", this.graceEndsMicros - this.node.now, turn), () => done(undefined)),
      ),
    );
  }

  private *syncTerminated(turn: number): Steps<number | null> {
    const { local, node } = this;
    yield* node.pause(node.behaviour.micros(local.pod, "cleanup", undefined, node.configuration.runtime.cleanupMicros));
    if (turn !== this.turn) return null;
    local.hasSandbox = false;
    node.release(local);
    this.stage = "finished";
    this.isFinished = true;
    if (this.isOrphan) node.forget(this);
    else node.statuses().send(this);
    return null;
  }

  /** Stops a container: preStop hook, SIGTERM, and SIGKILL when its time is over. */
  private *kill(c: ContainerInstance, why: string, graceMicros: number, turn: number): Steps<void> {
    const { local, node } = this;
    if (!c.isRunning) return;
    node.event(this.pod, "Normal", "Killing", why === "" ? `Stopping container ${c.name}` : why, c.name);
    const isForAll = turn === this.turn && this.isStopping;
    let leftMicros = graceMicros;
    const hook = c.spec.lifecycle?.preStop;
    if (hook != null && leftMicros > 0) {
      const hookMicros = Math.min(
        leftMicros,
        node.behaviour.micros(this.pod, "pre-stop", c.name, hook.sleep == null ? 0 : hook.sleep.seconds * SECOND),
      );
      if (hookMicros > 0) yield* node.pause(hookMicros, 1);
      if (turn !== this.turn) return;
      leftMicros = isForAll ? this.graceEndsMicros - node.now : leftMicros - hookMicros;
      if (!c.isRunning) return;
    }
    leftMicros = Math.max(leftMicros, graceMicros <= 0 ? 0 : MINIMUM_GRACE_MICROS);
    if (leftMicros <= 0) {
      node.runtime.kill(local, c);
      return;
    }
    node.runtime.terminate(local, c);
    yield* ask<void>((done) => {
      const killAt = node.now + leftMicros;
      this.waitForExit(c, killAt, done);
    });
  }

  // the kill's time can be brought forward while it waits
  private readonly exitWaits = new Map<
    ContainerInstance,
    { killAtMicros: number; timer: EventHandle; done: () => void }
  >();

  private waitForExit(c: ContainerInstance, killAtMicros: number, done: (value: undefined) => void): void {
    const { node } = this;
    if (!c.isRunning) {
      done(undefined);
      return;
    }
    const finish = (): void => {
      const wait = this.exitWaits.get(c);
      if (wait === undefined) return;
      this.exitWaits.delete(c);
      node.life.cancel(wait.timer);
      done(undefined);
    };
    const timer = node.life.after(Math.max(0, killAtMicros - node.now), () => this.killNow(c));
    this.exitWaits.set(c, { killAtMicros, timer, done: finish });
  }

  private killNow(c: ContainerInstance): void {
    this.node.runtime.kill(this.local, c);
  }

  /** A container has exited: whoever waits for just that goes on. */
  exited(): void {
    for (const [c, wait] of [...this.exitWaits]) if (!c.isRunning) wait.done();
  }

  private shortenGrace(graceMicros: number): void {
    const endsMicros = this.node.now + graceMicros;
    if (endsMicros >= this.graceEndsMicros) return;
    this.graceEndsMicros = endsMicros;
    for (const [c, wait] of this.exitWaits) {
      if (wait.killAtMicros <= endsMicros) continue;
      this.node.life.cancel(wait.timer);
      wait.killAtMicros = endsMicros;
      wait.timer = this.node.life.after(graceMicros, () => this.killNow(c));
    }
  }

  private breakOff(): void {
    this.turn++;
    this.isBusy = false;
    this.isDirty = false;
    this.isInRuntime = false;
    this.isEndWanted = false;
    const { life } = this.node;
    for (const timer of [this.requeue, this.graceTimer]) if (timer !== null) life.cancel(timer);
    this.requeue = null;
    this.graceTimer = null;
    for (const wait of this.exitWaits.values()) life.cancel(wait.timer);
    this.exitWaits.clear();
    if (this.deadline !== null && this.stage !== "syncing") life.cancel(this.deadline);
  }

  // --- what it sees ---

  private sawRunning(c: ContainerInstance, exit: ContainerExit | null): void {
    if (exit !== null) c.last = exit;
    c.waiting = null;
    c.isReady = false;
    c.isStarted = c.spec.startupProbe == null || this.node.configuration.profile === "hollow";
    if (c.role === "init") return;
    this.beginProbes(c, false);
    this.evaluateReadiness(c);
  }

  private sawExit(c: ContainerInstance): void {
    c.isReady = false;
    c.isStarted = false;
    c.waiting = null;
    c.sawExitMicros = this.node.now;
    this.endProbes(c);
  }

  private healthChanged(c: ContainerInstance): void {
    if (this.node.life.isOver || this.node.life.isPaused) return;
    for (const prober of this.probers?.get(c) ?? []) prober.healthChanged();
    if (c.seen.state !== "running" || c.seen !== c.truth) return;
    if (this.evaluateReadiness(c)) this.publish();
  }

  /** Readiness of a container without a readiness probe. @returns whether it changed */
  private evaluateReadiness(c: ContainerInstance): boolean {
    const { behaviour, configuration } = this.node;
    const isHollow = configuration.profile === "hollow";
    const probe = c.spec.readinessProbe;
    let isReady: boolean;
    if (!isHollow && probe != null) {
      isReady = this.probers?.get(c)?.find((p) => p.kind === "readiness")?.result === true;
    } else if (isHollow || behaviour.has(this.pod, "ready", c.name) || this.node.isKeptUnready(this.local)) {
      // the pod says when it is ready, and nobody else asks it
      isReady = c.isUp;
    } else isReady = true;
    isReady &&= c.isStarted;
    if (c.isReady === isReady) return false;
    c.isReady = isReady;
    return true;
  }

  private beginProbes(c: ContainerInstance, isAdopted: boolean): void {
    if (this.node.configuration.profile === "hollow") {
      if (isAdopted) c.isReady = c.isUp;
      if (isAdopted) c.isStarted = true;
      return;
    }
    const probers = this.probers?.get(c) ?? this.newProbers(c);
    if (isAdopted) {
      // a kubelet that comes back believes what it has said before
      const isOwn = ({ name }: ContainerStatus): boolean => name === c.name;
      const { containerStatuses, initContainerStatuses } = this.pod.status ?? {};
      const status = containerStatuses?.find(isOwn) ?? initContainerStatuses?.find(isOwn);
      c.isStarted = status?.started ?? true;
      c.isReady = status?.ready ?? c.isUp;
      for (const prober of probers)
        prober.adopt(prober.kind === "startup" ? c.isStarted : prober.kind === "liveness" || c.isReady);
      return;
    }
    for (const prober of probers) prober.restarted();
  }

  private newProbers(c: ContainerInstance): readonly Prober[] {
    const { livenessProbe, readinessProbe, startupProbe } = c.spec;
    if (startupProbe == null && readinessProbe == null && livenessProbe == null) return NO_PROBERS;
    const probers: Prober[] = [];
    if (startupProbe != null) probers.push(this.prober(c, "startup", startupProbe));
    if (readinessProbe != null) probers.push(this.prober(c, "readiness", readinessProbe));
    if (livenessProbe != null) probers.push(this.prober(c, "liveness", livenessProbe));
    this.probers ??= new Map();
    this.probers.set(c, probers);
    return probers;
  }

  private endProbes(c: ContainerInstance): void {
    for (const prober of this.probers?.get(c) ?? []) prober.stop();
    if (c.truth.state !== "running") return;
    this.probers?.delete(c);
  }

  private prober(c: ContainerInstance, kind: ProbeKind, probe: Probe): Prober {
    const { node } = this;
    return new Prober({
      life: node.life,
      kind,
      probe,
      container: c,
      sinceMicros: node.probePhaseMicros(this, c, kind, probe),
      // a process can be alive long before it is ready
      answers: () => c.isRunning && !c.isHung && (kind === "liveness" ? this.isAlive(c) : c.isUp),
      mayRun: () => kind === "startup" || c.isStarted,
      changed: (isSuccess) => this.probed(c, kind, isSuccess),
      failed: () => {
        const address = this.local.ip;
        node.event(
          this.pod,
          "Warning",
          "Unhealthy",
          probeFailure(kind, probe, address, c.isHung || !c.isRunning),
          c.name,
        );
      },
    });
  }

  private isAlive(c: ContainerInstance): boolean {
    const { behaviour, now } = this.node;
    const text = behaviour.has(this.pod, "live", c.name);
    return !text || now - c.truth.startedAtMicros >= behaviour.micros(this.pod, "live", c.name, 0, c.starts - 1);
  }

  private probed(c: ContainerInstance, kind: ProbeKind, isSuccess: boolean): void {
    if (kind === "readiness") {
      if (this.evaluateReadiness(c)) this.publish();
      return;
    }
    if (isSuccess) {
      if (kind !== "startup") return;
      c.isStarted = true;
      for (const prober of this.probers?.get(c) ?? []) if (prober.kind !== "startup") prober.restarted();
      this.evaluateReadiness(c);
      this.publish();
      // a sidecar that has started lets the next container start
      if (c.role === "sidecar") this.wake();
      return;
    }
    c.killReason = `Container ${c.name} failed ${kind} probe, will be restarted`;
    if (this.stage === "syncing") this.wake();
  }

  private killGraceMicros(c: ContainerInstance): number {
    const probes = [c.spec.livenessProbe, c.spec.startupProbe];
    const own = probes.find((probe) => probe?.terminationGracePeriodSeconds != null)?.terminationGracePeriodSeconds;
    return (own ?? this.pod.spec.terminationGracePeriodSeconds ?? DEFAULT_GRACE_SECONDS) * SECOND;
  }

  // does the API say something else than it was told?
  private reconcile(pod: Pod): void {
    if (this.isQueued || this.status === undefined || this.accepted === undefined) return;
    const { status } = pod;
    if ((pod.spec.readinessGates ?? []).length > 0 && this.stage === "syncing") this.publish();
    // the recordings' nodes contradict at once, when they have heard all that there is to hear; others with their next batch
    if (this.node.configuration.profile === "hollow" && isReady(status) !== isReady(this.status)) {
      this.node.life.after(CATCH_UP_MICROS, () => {
        if (this.isBeingDeleted() || this.isQueued || isReady(this.pod.status) === isReady(this.status)) return;
        this.accepted = undefined;
        this.node.statuses().send(this);
      });
      return;
    }
    if (this.isContradicted()) this.node.statuses().differs(this);
  }

  private armDeadline(): void {
    const { activeDeadlineSeconds } = this.pod.spec;
    if (activeDeadlineSeconds == null || this.deadline !== null) return;
    const leftMicros = this.startedAtMicros + activeDeadlineSeconds * SECOND - this.node.now;
    this.deadline = this.node.life.after(Math.max(0, leftMicros), () => {
      const message = "Pod was active on the node longer than the specified deadline";
      this.node.event(this.pod, "Normal", "DeadlineExceeded", message);
      this.end({ reason: "DeadlineExceeded", message });
    });
  }

  // a sync that failed is tried again after 10 s to 15 s, and not later than it can succeed
  private againMicros(readyAtMicros: number): number {
    const leftMicros = readyAtMicros - this.node.now;
    return this.node.configuration.profile === "hollow" ? leftMicros : Math.min(leftMicros, this.syncBackOff());
  }

  private syncBackOff(): number {
    return this.node.jittered(SYNC_BACK_OFF_MICROS);
  }
}

function isReady(status: PodStatus | undefined): boolean {
  return status?.conditions?.some((condition) => condition.type === "Ready" && condition.status === "True") === true;
}
