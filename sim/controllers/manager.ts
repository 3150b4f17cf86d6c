// kube-controller-manager: one process that runs all controllers on shared informers, each with a client of its own.
import type { Client } from "../apiserver/client.ts";
import { EventRecorder } from "../apiserver/event-recorder.ts";
import { SharedInformers } from "../apiserver/shared-informer.ts";
import type { Engine } from "../engine/engine.ts";
import { Lifetime } from "../engine/lifetime.ts";
import type { Recorder } from "../metrics/recorder.ts";
import type { ControllerFlags } from "../model/controller-flags.ts";
import { Timestamps } from "../model/timestamp.ts";
import { CONTROLLERS } from "./registry.ts";

export interface ControllerManagerOptions {
  readonly engine: Engine;
  /** Such as "kube-controller-manager-0". */
  readonly name: string;
  /** A connection of its own for each controller, and for the process itself. */
  readonly client: (name: string) => Client;
  readonly recorder: Recorder;
  readonly flags: ControllerFlags;
}

export class ControllerManager {
  private readonly options: ControllerManagerOptions;
  private readonly timestamps = new Timestamps();
  private life: Lifetime | null = null;

  constructor(options: ControllerManagerOptions) {
    this.options = options;
  }

  /** Pending events of the engine that are its own. */
  get ownTimers(): number {
    return this.life?.pending ?? 0;
  }

  start(): void {
    const { client, engine, flags, name, recorder } = this.options;
    const life = new Lifetime(engine);
    this.life = life;
    const informers = new SharedInformers(client(name), life);
    for (const controller of CONTROLLERS) {
      const own = client(`${name}/${controller.name}`);
      const context = {
        engine,
        life,
        client: own,
        informers,
        events: new EventRecorder(life, own, controller.eventSource ?? controller.name),
        recorder,
        timestamps: this.timestamps,
        flags,
        stream: (purpose: string) => engine.stream(`controllers/${controller.name}/${purpose}`),
      };
      informers.afterSync(controller.watches, () => controller.start(context));
    }
  }
}
