// One container of a pod on its node: what is true of its process, what the kubelet has seen of it at its last relist, and what the
// kubelet remembers about it (waiting reasons, back-off, probe results).
import type { EventHandle } from "../engine/engine.ts";
import { SECOND } from "../engine/tick.ts";
import type { Container } from "../model/objects.ts";

export interface ContainerExit {
  readonly exitCode: number;
  readonly reason: string;
  readonly message?: string;
  readonly startedAtMicros: number;
  readonly finishedAtMicros: number;
}

/** A process as it is, or as it was seen. */
export interface ProcessState {
  readonly state: "none" | "running" | "exited";
  readonly startedAtMicros: number;
  /** Set when it has exited. */
  readonly exit: ContainerExit | null;
  /** How often the container had been started by then. */
  readonly starts: number;
}

export const NO_PROCESS: ProcessState = { state: "none", startedAtMicros: 0, exit: null, starts: 0 };

export type ContainerRole = "init" | "sidecar" | "main";

export interface Waiting {
  readonly reason: string;
  readonly message?: string;
}

/** The pauses before a container is started again, or an image pulled again. Source: behaviour of client-go's flowcontrol.Backoff. */
export class KubeletBackOff {
  pauseMicros = 0;
  private lastMicros = 0;
  private readonly initialMicros: number;
  private readonly maxMicros: number;

  constructor(initialMicros: number, maxMicros: number) {
    this.initialMicros = initialMicros;
    this.maxMicros = maxMicros;
  }

  /** When the pause that began at `sinceMicros` is over; a time in the past if there is none. */
  endsAtMicros(sinceMicros: number): number {
    if (this.pauseMicros === 0 || this.isForgotten(sinceMicros)) return 0;
    return sinceMicros + this.pauseMicros;
  }

  /** Another attempt is made because of what happened at `sinceMicros`: the next pause is longer. */
  next(sinceMicros: number): void {
    this.pauseMicros =
      this.pauseMicros === 0 || this.isForgotten(sinceMicros)
        ? this.initialMicros
        : Math.min(this.maxMicros, this.pauseMicros * 2);
    this.lastMicros = sinceMicros;
  }

  // after twice the longest pause without an attempt they begin anew
  private isForgotten(atMicros: number): boolean {
    return atMicros - this.lastMicros > 2 * this.maxMicros;
  }
}

export const INITIAL_BACK_OFF_MICROS = 10 * SECOND;

export class ContainerInstance {
  readonly spec: Container;
  readonly role: ContainerRole;
  /** Of its process; changes at once. */
  truth: ProcessState = NO_PROCESS;
  /** As of the last relist. */
  seen: ProcessState = NO_PROCESS;
  /** How the process before this one ended, as the kubelet has seen it. */
  last: ContainerExit | null = null;
  /** How often it was started. */
  starts = 0;
  /** When the kubelet saw its last exit. */
  sawExitMicros = 0;
  waiting: Waiting | null = null;
  /** As the kubelet believes. */
  isReady = false;
  /** The startup probe has succeeded, or there is none; false while it does not run. */
  isStarted = false;
  /** The application has come up: it answers what it is asked. */
  isUp = false;
  /** The application hangs: it answers nothing and ignores SIGTERM. */
  isHung = false;
  /** SIGTERM was sent. */
  isStopping = false;
  /** Why the kubelet is about to kill it, to start it again. */
  killReason: string | null = null;
  /** The process' own timers: exit, coming up, hanging. */
  timers: EventHandle[] = [];
  crashBackOff: KubeletBackOff | null = null;
  pullBackOff: KubeletBackOff | null = null;
  pullFailedAtMicros = 0;
  pullError = "";
  // use of resources; see usage.ts
  cpuMilli = 0;
  memoryBytes = 0;

  constructor(spec: Container, role: ContainerRole) {
    this.spec = spec;
    this.role = role;
  }

  get name(): string {
    return this.spec.name;
  }

  get isRunning(): boolean {
    return this.truth.state === "running";
  }

  /** As of the last relist. */
  get restartCount(): number {
    return Math.max(0, this.seen.starts - 1);
  }
}
