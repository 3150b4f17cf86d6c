// The selector and labels by which a Job knows its pods, made from its uid when it is created, unless its owner chose them.
// Source: behaviour of the batch/v1 Job strategy, 1.36.
import type { Job } from "../model/objects.ts";

export function withJobIdentity(job: Job): Job {
  const { spec = {}, metadata } = job;
  if (spec.manualSelector === true || spec.selector != null || metadata.uid === undefined) return job;
  const labels = {
    ...spec.template?.metadata?.labels,
    "batch.kubernetes.io/controller-uid": metadata.uid,
    "batch.kubernetes.io/job-name": metadata.name,
    "controller-uid": metadata.uid,
    "job-name": metadata.name,
  };
  const template = spec.template && { ...spec.template, metadata: { ...spec.template.metadata, labels } };
  const selector = { matchLabels: { "batch.kubernetes.io/controller-uid": metadata.uid } };
  return { ...job, spec: { ...spec, selector, ...(template === undefined ? {} : { template }) } };
}
