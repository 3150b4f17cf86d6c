// What the controllers of the cloud controller manager and the CSI driver's sidecars live on. Ends with `life`.
import type { Client } from "../apiserver/client.ts";
import type { EventSink } from "../apiserver/event-recorder.ts";
import type { SharedInformers } from "../apiserver/shared-informer.ts";
import type { Engine } from "../engine/engine.ts";
import type { Lifetime } from "../engine/lifetime.ts";
import type { RandomStream } from "../engine/random.ts";
import type { CloudPlan } from "../model/cloud-plan.ts";
import type { CloudApi } from "./cloud-api.ts";
import type { Machines } from "./machines.ts";

export interface CloudContext {
  readonly engine: Engine;
  readonly life: Lifetime;
  readonly client: Client;
  readonly informers: SharedInformers;
  readonly events: EventSink;
  readonly api: CloudApi;
  readonly machines: Machines;
  readonly plan: CloudPlan;
  /** The present time as the API writes it. */
  now(): string;
  stream(purpose: string): RandomStream;
}
