// What the parts of the Job controller share in one life of the process.
import type { Job } from "../../model/objects.ts";
import type { ControllerContext } from "../framework/controller.ts";
import type { ControllerKind } from "../framework/controller-ref.ts";
import type { Expectations } from "../framework/expectations.ts";
import type { PodControl } from "../framework/pod-control.ts";
import type { BackOffRecord } from "./back-off.ts";

export const JOB_KIND: ControllerKind = { apiVersion: "batch/v1", kind: "Job" };

/** Most pods that one sync creates, deletes, or counts. */
export const MAX_PODS_PER_SYNC = 500;

export interface JobParts {
  readonly context: ControllerContext;
  readonly pods: PodControl;
  readonly expectations: Expectations;
  /** Uids by Job key: finalizers removed by this process, and not seen to be gone yet. */
  readonly released: Map<string, Set<string>>;
  readonly backOffs: Map<string, BackOffRecord>;
  /** Looks at the Job again so long from now, a second at least. */
  again(key: string, delayMicros: number): void;
  /** Looks at the Job again at its deadline. */
  atDeadline(key: string, delayMicros: number): void;
}

export function involved(job: Job) {
  return { ...JOB_KIND, metadata: job.metadata };
}

export function nowTimestamp({ context }: JobParts): string {
  return context.timestamps.at(context.engine.now);
}
