// Where the pod template of a workload object is, and a copy of the object with another one.
import type { ClusterObjects, KubernetesObject, PodTemplateSpec } from "../model/objects.ts";

/** Kinds whose containers kubectl can change. */
export const TEMPLATED: readonly (keyof ClusterObjects)[] = [
  "deployments",
  "statefulSets",
  "daemonSets",
  "replicaSets",
  "replicationControllers",
  "jobs",
  "cronJobs",
];

/** Kinds with a history of revisions. */
export const REVISED: readonly (keyof ClusterObjects)[] = ["deployments", "statefulSets", "daemonSets"];

interface Templated extends KubernetesObject {
  readonly spec?: {
    readonly template?: PodTemplateSpec;
    readonly jobTemplate?: { readonly spec?: { readonly template?: PodTemplateSpec } };
  };
}

export function templateOf(object: KubernetesObject): PodTemplateSpec | undefined {
  const { spec } = object as Templated;
  return spec?.jobTemplate?.spec?.template ?? spec?.template;
}

export function withTemplate<T extends KubernetesObject>(object: T, template: PodTemplateSpec): T {
  const { spec } = object as Templated;
  if (spec?.jobTemplate === undefined) return { ...object, spec: { ...spec, template } };
  const { jobTemplate } = spec;
  return { ...object, spec: { ...spec, jobTemplate: { ...jobTemplate, spec: { ...jobTemplate.spec, template } } } };
}
