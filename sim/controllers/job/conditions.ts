// Conditions of a Job. The deciding one comes in two steps: SuccessCriteriaMet or FailureTarget while pods still end, Complete or Failed
// when none is left. Source: KEP-3939 and KEP-4368; reasons and messages of 1.36.
import type { Condition, Job } from "../../model/objects.ts";

/** How a Job ends: first as the condition that says so early, then as the final one. */
export interface Ending {
  readonly early: "SuccessCriteriaMet" | "FailureTarget";
  readonly reason: string;
  readonly message: string;
  /** The early condition stands in the status already. */
  readonly isAnnounced: boolean;
}

export const REACHED_COMPLETIONS: Ending = success("CompletionsReached", "Reached expected number of succeeded pods");

export function success(reason: string, message: string): Ending {
  return { early: "SuccessCriteriaMet", reason, message, isAnnounced: false };
}

export function failure(reason: string, message: string): Ending {
  return { early: "FailureTarget", reason, message, isAnnounced: false };
}

/** What an earlier sync has decided. */
export function announcedEnding(job: Job): Ending | null {
  const conditions = job.status?.conditions ?? [];
  for (const early of ["SuccessCriteriaMet", "FailureTarget"] as const) {
    const found = conditions.find(({ type, status }) => type === early && status === "True");
    if (found !== undefined)
      return { early, reason: found.reason ?? "", message: found.message ?? "", isAnnounced: true };
  }
  return null;
}

/** Is it over, in whatever way? */
export function isJobFinished(job: Job): boolean {
  return finishedCondition(job) !== undefined;
}

export function finishedCondition(job: Job): Condition | undefined {
  return job.status?.conditions?.find(
    ({ type, status }) => (type === "Complete" || type === "Failed") && status === "True",
  );
}

/** The list with the condition set; the same list when it says so already, or when nothing would become "False". */
export function withJobCondition(
  conditions: readonly Condition[],
  type: string,
  status: "True" | "False",
  reason: string,
  message: string,
  timestamp: string,
): readonly Condition[] {
  const made: Condition = { type, status, lastProbeTime: timestamp, lastTransitionTime: timestamp, reason, message };
  const at = conditions.findIndex((condition) => condition.type === type);
  if (at < 0) return status === "False" ? conditions : [...conditions, made];
  const known = conditions[at]!;
  if (known.status === status && known.reason === reason && known.message === message) return conditions;
  return conditions.map((condition, i) => (i === at ? made : condition));
}
