// The probes of one container: startup, readiness, liveness. What the probe asks is whether the application is up and does not hang.
// Probes that would succeed as before are not executed: a prober wakes only while something can come of it.
// Source: behaviour of the kubelet's prober (pkg/kubelet/prober), 1.36.
import type { EventHandle } from "../engine/engine.ts";
import type { Lifetime } from "../engine/lifetime.ts";
import { SECOND } from "../engine/tick.ts";
import type { Probe } from "../model/objects.ts";
import type { ContainerInstance } from "./container.ts";

export type ProbeKind = "startup" | "readiness" | "liveness";

export interface ProberOptions {
  readonly life: Lifetime;
  readonly kind: ProbeKind;
  readonly probe: Probe;
  readonly container: ContainerInstance;
  /** When the kubelet began to look after the pod: periods are counted from there. */
  readonly sinceMicros: number;
  /** Would the application answer now? */
  readonly answers: () => boolean;
  /** Startup probes come first: the others wait for them. */
  readonly mayRun: () => boolean;
  readonly changed: (isSuccess: boolean) => void;
  readonly failed: (kind: ProbeKind, probe: Probe) => void;
}

export class Prober {
  readonly kind: ProbeKind;
  /** As of the thresholds; null before the first. */
  result: boolean | null = null;
  private readonly options: ProberOptions;
  private readonly periodMicros: number;
  private successes = 0;
  private failures = 0;
  private timer: EventHandle | null = null;
  private isHalted = false;

  constructor(options: ProberOptions) {
    this.options = options;
    this.kind = options.kind;
    this.periodMicros = Math.max(1, options.probe.periodSeconds ?? 10) * SECOND;
  }

  /** The container was seen running: begins anew. */
  restarted(): void {
    this.successes = 0;
    this.failures = 0;
    this.isHalted = false;
    // until the first success a container is not ready, and until the first failure alive
    this.result = this.kind === "liveness" ? true : this.kind === "readiness" ? false : null;
    this.rescheduled();
    const delayMicros = (this.options.probe.initialDelaySeconds ?? 0) * SECOND;
    const { now } = this.options.life.engine;
    const earliest = this.options.container.seen.startedAtMicros + delayMicros;
    // the first one is not left to the period
    if (earliest <= now) this.at(now);
    else this.at(this.nextTick(earliest));
  }

  /** A container that the kubelet takes over as it is. */
  adopt(result: boolean): void {
    this.result = result;
    this.healthChanged();
  }

  /** The application came up or hangs: is there something to find out? */
  healthChanged(): void {
    const { container, life } = this.options;
    if (this.isHalted || this.timer !== null || container.seen.state !== "running" || this.result === null) return;
    this.at(this.nextTick(life.engine.now + 1));
  }

  stop(): void {
    this.rescheduled();
    this.isHalted = true;
  }

  /** Probes once. */
  private tick(): void {
    const { answers, changed, container, failed, mayRun, probe } = this.options;
    this.timer = null;
    if (this.isHalted || container.seen.state !== "running") return;
    if (!mayRun()) {
      this.at(this.nextTick(this.options.life.engine.now + 1));
      return;
    }
    const isSuccess = answers();
    if (isSuccess) {
      this.successes++;
      this.failures = 0;
    } else {
      this.failures++;
      this.successes = 0;
      failed(this.kind, probe);
    }
    const isDecided = isSuccess
      ? this.successes >= (probe.successThreshold ?? 1)
      : this.failures >= (probe.failureThreshold ?? 3);
    if (isDecided && this.result !== isSuccess) {
      this.result = isSuccess;
      changed(isSuccess);
    }
    if (this.isHalted) return;
    if (this.kind === "startup" && this.result === true) return this.stop();
    // it waits for the container to be started again
    if (this.kind !== "readiness" && this.result === false) return this.stop();
    // the same again and again: nothing can come of it until the application's health changes
    if (isSuccess && this.result === true) return;
    this.at(this.nextTick(this.options.life.engine.now + 1));
  }

  private nextTick(fromMicros: number): number {
    const { sinceMicros } = this.options;
    const periods = Math.max(0, Math.ceil((fromMicros - sinceMicros) / this.periodMicros));
    return sinceMicros + periods * this.periodMicros;
  }

  private at(whenMicros: number): void {
    const { life } = this.options;
    this.rescheduled();
    this.timer = life.after(Math.max(0, whenMicros - life.engine.now), () => this.tick());
  }

  private rescheduled(): void {
    if (this.timer !== null) this.options.life.cancel(this.timer);
    this.timer = null;
  }
}
