// kube-controller-manager: one process that runs all controllers on shared informers, each with a client of its own. Several replicas
// stand for election and one works; when it dies, or cannot renew its lease in time, all that it knew is gone, and the next one
// begins with fresh clocks. Source: behaviour of kube-controller-manager 1.36.
import type { Client } from "../apiserver/client.ts";
import { Component, type ComponentLife, type ComponentOptions, type ComponentRole } from "../apiserver/component.ts";
import { EventRecorder } from "../apiserver/event-recorder.ts";
import { SharedInformers } from "../apiserver/shared-informer.ts";
import type { Engine } from "../engine/engine.ts";
import { MILLISECOND } from "../engine/tick.ts";
import type { Recorder } from "../metrics/recorder.ts";
import type { ControllerFlags } from "../model/controller-flags.ts";
import type { PromisedHeartbeats } from "../model/heartbeats.ts";
import { Timestamps } from "../model/timestamp.ts";
import type { Controller } from "./framework/controller.ts";
import { CONTROLLERS } from "./registry.ts";

export interface ControllerManagerOptions {
  readonly engine: Engine;
  /** Such as "kube-controller-manager-0". */
  readonly name: string;
  readonly zone?: string;
  /** A connection of its own for each controller, and for the process itself. */
  readonly client: (name: string) => Client;
  readonly recorder: Recorder;
  readonly flags: ControllerFlags;
  readonly heartbeats?: PromisedHeartbeats;
  readonly firstLife?: ComponentOptions["firstLife"];
  /** Default: all. */
  readonly controllers?: readonly Controller[];
  readonly changed?: ComponentOptions["changed"];
  readonly promises?: ComponentOptions["promises"];
}

/** From the lease to the first action, without the lists of the informers. */
const WARM_UP_MICROS = 1350 * MILLISECOND;

export class ControllerManager {
  readonly component: Component;
  private readonly options: ControllerManagerOptions;
  private readonly timestamps = new Timestamps();

  constructor(options: ControllerManagerOptions) {
    const { changed, client, engine, firstLife, flags, name, promises, zone = "" } = options;
    this.options = options;
    this.component = new Component({
      engine,
      name,
      zone,
      lockName: "kube-controller-manager",
      client,
      election: flags.leaderElect ? flags : null,
      releases: false,
      needsApi: true,
      warmUpMicros: WARM_UP_MICROS,
      work: (self) => this.work(self),
      changed,
      firstLife,
      promises,
    });
  }

  get role(): ComponentRole {
    return this.component.role;
  }

  private work({ client, life }: ComponentLife): void {
    const { controllers = CONTROLLERS, engine, flags, heartbeats, name, recorder } = this.options;
    const informers = new SharedInformers(client(`${name}/informers`), life);
    for (const controller of controllers) {
      const own = client(`${name}/${controller.name}`);
      const context = {
        name: controller.name,
        engine,
        life,
        client: own,
        informers,
        events: new EventRecorder(life, own, controller.eventSource ?? controller.name),
        recorder,
        timestamps: this.timestamps,
        flags,
        heartbeats,
        isSettled: this.component.begins === "working",
        stream: (purpose: string) => engine.stream(`controllers/${controller.name}/${purpose}`),
      };
      informers.afterSync(controller.watches, () => controller.start(context));
    }
  }
}

/** All replicas of a run, as one. */
export class ControllerManagers {
  readonly replicas: readonly ControllerManager[];

  constructor(replicas: readonly ControllerManager[]) {
    this.replicas = replicas;
  }

  start(): void {
    for (const { component } of this.replicas) component.start();
  }

  /** Pending events of the engine that are their own. */
  get ownTimers(): number {
    let timers = 0;
    for (const { component } of this.replicas) timers += component.ownTimers;
    return timers;
  }
}
