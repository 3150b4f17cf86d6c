// What a controller is: a name and a function that starts it in one life of the controller manager. It lives on informers and a work
// queue, writes through its own client, and keeps nothing that outlives the process.
import type { Client } from "../../apiserver/client.ts";
import type { EventSink } from "../../apiserver/event-recorder.ts";
import type { SharedInformers } from "../../apiserver/shared-informer.ts";
import type { Engine } from "../../engine/engine.ts";
import type { Lifetime } from "../../engine/lifetime.ts";
import type { RandomStream } from "../../engine/random.ts";
import { runSteps, type Steps } from "../../engine/steps.ts";
import type { Recorder } from "../../metrics/recorder.ts";
import type { ControllerFlags } from "../../model/controller-flags.ts";
import type { PromisedHeartbeats } from "../../model/heartbeats.ts";
import type { ClusterObjects } from "../../model/objects.ts";
import type { Timestamps } from "../../model/timestamp.ts";

import { WorkQueue, type WorkQueueOptions } from "./work-queue.ts";

/** What a controller gets to live on. Ends with `life`. */
export interface ControllerContext {
  /** Of the controller. */
  readonly name: string;
  readonly engine: Engine;
  readonly life: Lifetime;
  /** The controller's own connection, with its own rate limit and user. */
  readonly client: Client;
  /** Shared by all controllers of the process. */
  readonly informers: SharedInformers;
  readonly events: EventSink;
  readonly recorder: Recorder;
  readonly timestamps: Timestamps;
  readonly flags: ControllerFlags;
  /** Heartbeats of nodes that are accounted for without being executed, where there are such. */
  readonly heartbeats?: PromisedHeartbeats;
  /** The run begins with a cluster that has been running for long, and so has this process: what exists is no news to it. */
  readonly isSettled?: boolean;
  /** A stream of the controller's own, the same in every life. */
  stream(purpose: string): RandomStream;
}

export interface Controller {
  /** As kube-controller-manager's `--controllers` calls it, for example "replicaset-controller". */
  readonly name: string;
  /** Source of its Events, where that is not its name. */
  readonly eventSource?: string;
  /** What its client may ask more than others: factors on qps and burst. */
  readonly clientRates?: { readonly qps: number; readonly burst: number };
  /** The kinds it watches: it starts when they are listed. */
  readonly watches: readonly (keyof ClusterObjects)[];
  start(context: ControllerContext): void;
}

/** What a sync ends with: done, or it failed and is tried again after a back-off, or it is to be looked at again at some time. */
export type SyncResult = undefined | { readonly error: string } | { readonly againMicros: number };

/**
 * A work queue whose keys are worked on by steps; the usual reactions to their results.
 *
 * @param backOff pauses of failed keys, where they are not the usual ones
 */
export function syncQueue(
  context: ControllerContext,
  workers: number,
  sync: (key: string) => Steps<SyncResult>,
  backOff: Pick<WorkQueueOptions, "baseMicros" | "maxMicros" | "isBucketed"> = {},
): WorkQueue {
  const queue: WorkQueue = new WorkQueue({
    life: context.life,
    workers,
    ...backOff,
    work: (key, done) =>
      runSteps(sync(key), (result) => {
        if (context.life.isOver) return;
        if (result !== undefined && "error" in result) queue.addRateLimited(key);
        else {
          queue.forget(key);
          if (result !== undefined) queue.addAfter(key, result.againMicros);
        }
        done();
      }),
  });
  return queue;
}
