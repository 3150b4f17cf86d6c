// A Job's spec with its defaults, as every part of the controller reads it. Source: batch/v1 defaulting and the Job's strategy (1.36).
import type { Job, LabelSelector, Labels, PodFailurePolicyRule, PodTemplateSpec } from "../../model/objects.ts";

export interface JobSpec {
  readonly parallelism: number;
  /** null: one success of any pod is enough. */
  readonly completions: number | null;
  readonly isIndexed: boolean;
  readonly isSuspended: boolean;
  readonly backoffLimit: number;
  readonly backoffLimitPerIndex: number | null;
  readonly maxFailedIndexes: number | null;
  readonly activeDeadlineSeconds: number | null;
  readonly failureRules: readonly PodFailurePolicyRule[] | null;
  readonly successRules: readonly {
    readonly succeededIndexes?: string | null;
    readonly succeededCount?: number | null;
  }[];
  /** A pod is replaced when it has ended, not already when it begins to. */
  readonly replacesOnlyFailed: boolean;
  readonly template: PodTemplateSpec;
}

const DEFAULT_BACKOFF_LIMIT = 6;
const NO_LIMIT = 2_147_483_647;

/** Undefined for a Job without a template: there is nothing to run. */
export function jobSpecOf(job: Job): JobSpec | undefined {
  const { spec } = job;
  if (spec?.template === undefined) return undefined;
  const perIndex = spec.backoffLimitPerIndex ?? null;
  const rules = spec.podFailurePolicy?.rules ?? null;
  return {
    parallelism: spec.parallelism ?? 1,
    completions: spec.completions ?? (spec.parallelism == null ? 1 : null),
    isIndexed: spec.completionMode === "Indexed",
    isSuspended: spec.suspend === true,
    backoffLimit: spec.backoffLimit ?? (perIndex === null ? DEFAULT_BACKOFF_LIMIT : NO_LIMIT),
    backoffLimitPerIndex: perIndex,
    maxFailedIndexes: spec.maxFailedIndexes ?? null,
    activeDeadlineSeconds: spec.activeDeadlineSeconds ?? null,
    failureRules: rules,
    successRules: spec.successPolicy?.rules ?? [],
    replacesOnlyFailed: (spec.podReplacementPolicy ?? (rules === null ? "TerminatingOrFailed" : "Failed")) === "Failed",
    template: spec.template,
  };
}

/** The labels that the API server gives to the pods of a Job without a manual selector. */
export function jobPodLabels(job: Job): Labels {
  const { name, uid = "" } = job.metadata;
  return {
    "batch.kubernetes.io/controller-uid": uid,
    "batch.kubernetes.io/job-name": name,
    "controller-uid": uid,
    "job-name": name,
  };
}

/** What selects the Job's pods, given or generated. */
export function jobSelector(job: Job): LabelSelector {
  return job.spec?.selector ?? { matchLabels: { "batch.kubernetes.io/controller-uid": job.metadata.uid ?? "" } };
}
