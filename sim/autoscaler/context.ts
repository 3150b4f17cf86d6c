// What the parts of the cluster autoscaler live on in one life of the process. Ends with `life`.
import type { Client } from "../apiserver/client.ts";
import type { EventSink, Involved } from "../apiserver/event-recorder.ts";
import type { Engine } from "../engine/engine.ts";
import type { Lifetime } from "../engine/lifetime.ts";
import { MINUTE } from "../engine/tick.ts";
import type { Recorder } from "../metrics/recorder.ts";
import type { AutoscalerFlags } from "../model/autoscaler-plan.ts";
import type { CloudProvider } from "./cloud-provider.ts";

export interface AutoscalerContext {
  readonly engine: Engine;
  readonly life: Lifetime;
  readonly client: Client;
  readonly events: DedupedEvents;
  readonly provider: CloudProvider;
  readonly flags: AutoscalerFlags;
  readonly recorder: Recorder;
}

const WINDOW_MICROS = 5 * MINUTE;
export const STATUS_NAMESPACE = "kube-system";
export const STATUS_NAME = "cluster-autoscaler-status";
const STATUS: Involved = {
  apiVersion: "v1",
  kind: "ConfigMap",
  metadata: { name: STATUS_NAME, namespace: STATUS_NAMESPACE },
};

/** Events of which the same is not said again within five minutes (without --record-duplicated-events). */
export class DedupedEvents {
  private readonly sink: EventSink;
  private readonly engine: Engine;
  private readonly said = new Map<string, number>();
  private prunedMicros = 0;

  constructor(engine: Engine, sink: EventSink) {
    this.engine = engine;
    this.sink = sink;
  }

  of(object: Involved, type: "Normal" | "Warning", reason: string, message: string): void {
    const { now } = this.engine;
    const { name, namespace = "" } = object.metadata;
    const key = `${object.kind}/${namespace}/${name} ${reason} ${message}`;
    const last = this.said.get(key);
    if (last !== undefined && last + WINDOW_MICROS > now) return;
    this.prune(now);
    this.said.set(key, now);
    this.sink.event(object, type, reason, message);
  }

  /** On the ConfigMap with the autoscaler's status. */
  log(type: "Normal" | "Warning", reason: string, message: string): void {
    this.of(STATUS, type, reason, message);
  }

  private prune(now: number): void {
    if (this.prunedMicros + WINDOW_MICROS > now) return;
    this.prunedMicros = now;
    for (const [key, micros] of this.said) if (micros + WINDOW_MICROS <= now) this.said.delete(key);
  }
}
