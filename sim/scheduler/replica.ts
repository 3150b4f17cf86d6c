// One replica of kube-scheduler: a process that follows the cluster from its start and decides while it leads. Its queue, its cache and
// what it has assumed die with it, and the next life builds them anew from lists. Source: behaviour of kube-scheduler 1.36.
import { Component, type ComponentOptions, type ComponentRole } from "../apiserver/component.ts";
import { EventRecorder } from "../apiserver/event-recorder.ts";
import { MILLISECOND } from "../engine/tick.ts";
import { SchedulerProcess, type SchedulerProcessOptions } from "./process.ts";

/** What a life is made with beside its clients: a new core with an empty snapshot each time. */
export type SchedulerParts = Omit<SchedulerProcessOptions, "client" | "events" | "life" | "isStandby">;

export interface SchedulerReplicaOptions
  extends Pick<
    ComponentOptions,
    "engine" | "name" | "zone" | "client" | "election" | "changed" | "firstLife" | "promises"
  > {
  readonly parts: () => SchedulerParts;
  /** Events are written to the API, and volumes bound through it: there are controllers. */
  readonly writesEvents: boolean;
}

const WARM_UP_MICROS = 30 * MILLISECOND;

export class SchedulerReplica {
  readonly component: Component;
  /** The process of the present life, or of the last one. */
  last: SchedulerProcess | null = null;
  private isAlive = false;

  constructor(options: SchedulerReplicaOptions) {
    const { changed } = options;
    this.component = new Component({
      ...options,
      lockName: "kube-scheduler",
      source: "default-scheduler",
      releases: true,
      needsApi: false,
      warmUpMicros: WARM_UP_MICROS,
      prepare: ({ client, life }, ready) => {
        const recorder = new EventRecorder(
          life,
          client(`${options.name}/events`),
          "default-scheduler",
          "",
          "events.k8s.io/v1",
        );
        this.last = new SchedulerProcess({
          ...options.parts(),
          client: client(options.name),
          events: options.writesEvents ? recorder : null,
          bindsVolumes: options.writesEvents,
          life,
          isStandby: true,
        });
        this.isAlive = true;
        this.last.start(ready);
      },
      work: () => this.last?.lead(),
      changed: (what, reason) => {
        if (what === "exited") {
          this.isAlive = false;
          this.last?.end();
        }
        changed?.(what, reason);
      },
    });
  }

  get role(): ComponentRole {
    return this.component.role;
  }

  /** The process that runs now. */
  get running(): SchedulerProcess | null {
    return this.isAlive ? this.last : null;
  }
}

/** All replicas of a run, as one. */
export class Schedulers {
  readonly replicas: readonly SchedulerReplica[];
  private latest: SchedulerProcess | null = null;

  constructor(replicas: readonly SchedulerReplica[]) {
    this.replicas = replicas;
  }

  start(): void {
    for (const { component } of this.replicas) component.start();
  }

  /** The one that decides, or the one that did last; before the first it is any. */
  get leader(): SchedulerProcess {
    const leading = this.replicas.find(({ role }) => role === "leader")?.running ?? null;
    if (leading !== null) this.latest = leading;
    return this.latest ?? this.replicas[0]!.last!;
  }

  /** Pending events of the engine that are only clockwork. */
  get ownTimers(): number {
    let timers = 0;
    for (const { component, running } of this.replicas) timers += component.ownTimers + (running?.ownTimers ?? 0);
    return timers;
  }

  /** Nothing is being tried and no retry is due but the one that comes without any reason: only an event can help. */
  get waitsForEvents(): boolean {
    return this.replicas.every(({ running, role }) => role === "leader" && (running?.waitsForEvents ?? false));
  }

  finish(): void {
    for (const { running } of this.replicas) running?.finish();
  }
}
