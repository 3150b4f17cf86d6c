// What runs on one machine: sandboxes, and containers as processes that come up, hang, exit, or are killed. Ends with the machine's power,
// not with the kubelet. Refuses to decide anything: the kubelet asks for starts and stops, and looks at what is by relisting.

import type { Lifetime } from "../engine/lifetime.ts";
import type { PodNetwork } from "../network/pod-network.ts";
import type { Behaviour } from "./behaviour.ts";
import type { ContainerExit, ContainerInstance } from "./container.ts";
import type { LocalPod } from "./local-pod.ts";

export interface ContainerRuntimeOptions {
  readonly nodeName: string;
  readonly life: () => Lifetime;
  readonly behaviour: Behaviour;
  readonly stopMicros: number;
  readonly initMicros: number;
  /** null: nobody sends requests in this run. */
  readonly podNetwork: PodNetwork | null;
  /** Requests per second that the pod can answer; Infinity = no limit. */
  readonly capacityOf: (pod: LocalPod) => number;
  /** A process has started or ended: what it uses changes. */
  readonly usageChanged: (pod: LocalPod, container: ContainerInstance) => void;
  /** A fault that befalls each start of this pod's containers; null = none. */
  readonly faultOf: (pod: LocalPod, container: ContainerInstance) => StartFault | null;
}

/** What becomes of a container after its start, by a fault. */
export interface StartFault {
  readonly exitAfterMicros?: number;
  readonly exitCode?: number;
  readonly neverUp?: boolean;
}

const KILLED = 137;
const LOST = 255;
const NEVER = Number.POSITIVE_INFINITY;

export class ContainerRuntime {
  private readonly options: ContainerRuntimeOptions;
  private factor = 1;
  private hangs = 0;
  private readonly waitingForAnswer: (() => void)[] = [];

  constructor(options: ContainerRuntimeOptions) {
    this.options = options;
  }

  /** How many times as long everything takes. */
  get slowness(): number {
    return this.factor;
  }

  set slowness(factor: number) {
    this.factor = factor;
  }

  /** The runtime answers no calls; what runs, runs. */
  get isHanging(): boolean {
    return this.hangs > 0;
  }

  hang(): void {
    this.hangs++;
  }

  unhang(): void {
    if (--this.hangs > 0) return;
    for (const then of this.waitingForAnswer.splice(0)) then();
  }

  /** Calls when the runtime answers: now, or when it does again. */
  whenAnswering(then: () => void): void {
    if (this.isHanging) this.waitingForAnswer.push(then);
    else then();
  }

  /** Starts the process of a container that does not run; it counts as started at once. */
  start(pod: LocalPod, c: ContainerInstance): void {
    const turn = c.starts++;
    c.truth = { state: "running", startedAtMicros: this.options.life().engine.now, exit: null, starts: c.starts };
    c.isUp = false;
    c.isHung = false;
    c.isStopping = false;
    this.schedule(pod, c, turn);
    this.options.usageChanged(pod, c);
    pod.changed?.();
  }

  /** A container that has been running since before the run began, or before its kubelet knew it. */
  adopt(pod: LocalPod, c: ContainerInstance, startedAtMicros: number, restartCount: number, isUp: boolean): void {
    c.starts = restartCount + 1;
    c.truth = { state: "running", startedAtMicros, exit: null, starts: c.starts };
    c.isUp = isUp;
    this.schedule(pod, c, restartCount, isUp);
    this.options.usageChanged(pod, c);
  }

  /** SIGTERM: it exits when it is through with what it does. */
  terminate(pod: LocalPod, c: ContainerInstance): void {
    if (!c.isRunning || c.isStopping) return;
    const { behaviour, stopMicros } = this.options;
    c.isStopping = true;
    const wait = behaviour.micros(pod.pod, "stop", c.name, stopMicros);
    const code = Number(behaviour.text(pod.pod, "stop-exit", c.name) ?? 0);
    this.serve(pod);
    if (c.isHung || wait === NEVER) return;
    this.later(c, wait * this.factor, () => this.exit(pod, c, code, code === 0 ? "Completed" : "Error"));
  }

  /** SIGKILL. */
  kill(pod: LocalPod, c: ContainerInstance, reason = "Error"): void {
    if (c.isRunning) this.exit(pod, c, KILLED, reason);
  }

  /** The process ends by itself, or something else ends it. */
  exit(pod: LocalPod, c: ContainerInstance, exitCode: number, reason: string, message?: string): void {
    if (!c.isRunning) return;
    const { now } = this.options.life().engine;
    this.cancelTimers(c);
    const { startedAtMicros } = c.truth;
    const exit: ContainerExit = {
      exitCode,
      reason,
      startedAtMicros,
      finishedAtMicros: now,
      ...(message === undefined ? {} : { message }),
    };
    c.truth = { state: "exited", startedAtMicros, exit, starts: c.starts };
    c.isUp = false;
    c.isHung = false;
    this.serve(pod);
    this.options.usageChanged(pod, c);
    pod.changed?.();
  }

  /** From now on the application answers nothing, until it is started again. */
  hangContainer(pod: LocalPod, c: ContainerInstance): void {
    if (!c.isRunning || c.isHung) return;
    c.isHung = true;
    this.serve(pod);
    pod.healthChanged?.(c);
  }

  /** The machine has lost power: nothing runs any more, and nobody is told. */
  lost(pod: LocalPod): void {
    const { now } = this.options.life().engine;
    for (const c of pod.containers) {
      c.timers = [];
      if (c.isRunning) {
        const { startedAtMicros } = c.truth;
        // what the runtime finds of it when it is there again
        const exit = { exitCode: LOST, reason: "Unknown", startedAtMicros, finishedAtMicros: now };
        c.truth = { state: "exited", startedAtMicros, exit, starts: c.starts };
      }
      c.isUp = false;
      c.isHung = false;
      c.isStopping = false;
    }
    pod.hasSandbox = false;
    this.serve(pod);
  }

  /** Says whether the pod answers at its address. */
  serve(pod: LocalPod): void {
    const { behaviour, life, nodeName, podNetwork } = this.options;
    const alive = life();
    let isServing = !alive.isPaused && !alive.isOver;
    for (const c of pod.containers) {
      if (!isServing) break;
      if (c.role === "init") continue;
      isServing = c.isRunning && c.isUp && !c.isHung;
      // a well-behaved server closes its listener at SIGTERM
      if (c.isStopping && behaviour.text(pod.pod, "on-sigterm", c.name) !== "serve") isServing = false;
    }
    pod.isServing = isServing;
    if (podNetwork === null || pod.apiUid === "") return;
    if (isServing) podNetwork.open(pod.apiUid, nodeName, this.options.capacityOf(pod));
    else podNetwork.close(pod.apiUid);
  }

  forget(pod: LocalPod): void {
    for (const c of pod.containers) this.cancelTimers(c);
    this.options.podNetwork?.forget(pod.apiUid);
  }

  /** The pod has another object in the API: whoever knows it by that sends its requests. @param uid "" = none */
  setApiUid(pod: LocalPod, uid: string): void {
    this.options.podNetwork?.forget(pod.apiUid);
    pod.apiUid = uid;
    this.serve(pod);
  }

  private schedule(pod: LocalPod, c: ContainerInstance, turn: number, isUpAlready = false): void {
    const { behaviour, faultOf, initMicros, life } = this.options;
    const { now } = life().engine;
    const since = now - c.truth.startedAtMicros;
    const fault = faultOf(pod, c);
    const isInit = c.role === "init";
    const own = isInit ? behaviour.initMicros(pod.pod, c.name, initMicros) : behaviour.runMicros(pod.pod, c.name, turn);
    const run = fault?.exitAfterMicros ?? own;
    if (run !== NEVER) {
      const code =
        fault?.exitCode ??
        (isInit ? behaviour.initExitCode(pod.pod, c.name, turn) : behaviour.exitCode(pod.pod, c.name, turn));
      this.later(c, Math.max(0, run - since), () => this.exit(pod, c, code, code === 0 ? "Completed" : "Error"));
    }
    if (c.role === "init") return;
    const ready = fault?.neverUp === true ? NEVER : this.comingUpMicros(pod, c, turn);
    if (!isUpAlready && ready !== NEVER) {
      if (ready === 0) this.cameUp(pod, c);
      else this.later(c, ready, () => this.cameUp(pod, c));
    } else if (isUpAlready) this.serve(pod);
    const hang = behaviour.micros(pod.pod, "hang-after", c.name, NEVER, turn);
    if (hang !== NEVER) this.later(c, Math.max(0, hang - since), () => this.hangContainer(pod, c));
  }

  private comingUpMicros(pod: LocalPod, c: ContainerInstance, turn: number): number {
    const { behaviour } = this.options;
    // what is said of the pod as a whole is not said of its sidecars
    if (c.role === "sidecar" && !behaviour.hasOwn(pod.pod, "ready", c.name)) return 0;
    return behaviour.micros(pod.pod, "ready", c.name, 0, turn) * this.factor;
  }

  private cameUp(pod: LocalPod, c: ContainerInstance): void {
    c.isUp = true;
    this.serve(pod);
    pod.healthChanged?.(c);
  }

  private later(c: ContainerInstance, delayMicros: number, then: () => void): void {
    c.timers.push(this.options.life().after(Math.max(0, Math.ceil(delayMicros)), then));
  }

  private cancelTimers(c: ContainerInstance): void {
    const life = this.options.life();
    for (const timer of c.timers) life.cancel(timer);
    c.timers = [];
  }
}
