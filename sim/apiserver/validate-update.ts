// Fields that an update may not change, of the kinds where people and controllers meet it.
// Source: validation of the API types, 1.36. Everything else is taken as valid.
import type { Deployment, Job, Pod, PodSpec, StatefulSet } from "../model/objects.ts";
import { sameValue } from "../model/same-value.ts";
import type { ApiError, ApiKind, ApiObject } from "./client.ts";
import { invalid } from "./refusals.ts";

const POD_TEXT =
  "spec: Forbidden: pod updates may not change fields other than `spec.containers[*].image`,`spec.initContainers[*].image`,`spec.activeDeadlineSeconds`,`spec.tolerations` (only additions to existing tolerations),`spec.terminationGracePeriodSeconds` (allow it to be set to 1 if it was previously negative)";
const STATEFUL_SET_TEXT =
  "spec: Forbidden: updates to statefulset spec for fields other than 'replicas', 'ordinals', 'template', 'updateStrategy', 'revisionHistoryLimit', 'persistentVolumeClaimRetentionPolicy' and 'minReadySeconds' are forbidden";

const STATEFUL_SET_MUTABLE: ReadonlySet<string> = new Set([
  "replicas",
  "ordinals",
  "template",
  "updateStrategy",
  "revisionHistoryLimit",
  "persistentVolumeClaimRetentionPolicy",
  "minReadySeconds",
]);
const JOB_IMMUTABLE = [
  "completions",
  "selector",
  "completionMode",
  "podFailurePolicy",
  "backoffLimitPerIndex",
] as const;
const POD_MUTABLE: ReadonlySet<string> = new Set([
  "containers",
  "initContainers",
  "activeDeadlineSeconds",
  "tolerations",
  "terminationGracePeriodSeconds",
  "schedulingGates",
]);

/** Why an update is refused, or null. */
export function updateRefusal<K extends ApiKind>(kind: K, before: ApiObject<K>, after: ApiObject<K>): ApiError | null {
  const { name } = after.metadata;
  switch (kind) {
    case "pods":
      return isAllowedPodUpdate((before as Pod).spec, (after as Pod).spec) ? null : invalid(kind, name, POD_TEXT);
    case "deployments":
    case "replicaSets":
    case "daemonSets": {
      const ours = (before as Deployment).spec?.selector;
      const theirs = (after as Deployment).spec?.selector;
      if (sameValue(ours, theirs)) return null;
      return invalid(kind, name, `spec.selector: Invalid value: ${JSON.stringify(theirs)}: field is immutable`);
    }
    case "statefulSets":
      return isSameBut(STATEFUL_SET_MUTABLE, (before as StatefulSet).spec, (after as StatefulSet).spec)
        ? null
        : invalid(kind, name, STATEFUL_SET_TEXT);
    case "jobs":
      return jobRefusal(name, before as Job, after as Job);
    default:
      return null;
  }
}

/** Why an update of the status is refused, or null. A Job with more ready than active pods is one; its controller's back-off makes such. */
export function statusRefusal<K extends ApiKind>(kind: K, before: ApiObject<K>, after: ApiObject<K>): ApiError | null {
  if (kind !== "jobs") return null;
  const { active: oldActive = 0, ready: oldReady } = (before as Job).status ?? {};
  const { active = 0, ready } = (after as Job).status ?? {};
  if (ready == null || ready <= active || (ready === oldReady && active === oldActive)) return null;
  const text = `status.ready: Invalid value: ${ready}: cannot set more ready pods than active`;
  return invalid(kind, after.metadata.name, text);
}

function jobRefusal(name: string, before: Job, after: Job): ApiError | null {
  const isElastic = before.spec?.completionMode === "Indexed" && after.spec?.completions === after.spec?.parallelism;
  for (const field of JOB_IMMUTABLE) {
    if (field === "completions" && isElastic) continue;
    const value = after.spec?.[field];
    if (sameValue(before.spec?.[field], value)) continue;
    return invalid("jobs", name, `spec.${field}: Invalid value: ${JSON.stringify(value)}: field is immutable`);
  }
  const isOpen = before.spec?.suspend === true && before.status?.startTime == null;
  if (isOpen || sameValue(before.spec?.template, after.spec?.template)) return null;
  return invalid("jobs", name, "spec.template: Invalid value: field is immutable");
}

function isAllowedPodUpdate(before: PodSpec, after: PodSpec): boolean {
  if (before === after) return true;
  if (!isSameBut(POD_MUTABLE, before, after)) return false;
  const images = (list: PodSpec["initContainers"]) => (list ?? []).map(({ image: _image, ...rest }) => rest);
  if (before.containers !== after.containers && !sameValue(images(before.containers), images(after.containers)))
    return false;
  if (!sameValue(images(before.initContainers), images(after.initContainers))) return false;
  // gates only go, tolerations only come
  const gates = before.schedulingGates ?? [];
  if (!(after.schedulingGates ?? []).every(({ name }) => gates.some((gate) => gate.name === name))) return false;
  return (before.tolerations ?? []).every((old) => (after.tolerations ?? []).some((t) => sameValue(old, t)));
}

function isSameBut(mutable: ReadonlySet<string>, before: object | undefined, after: object | undefined): boolean {
  const ours = (before ?? {}) as Readonly<Record<string, unknown>>;
  const theirs = (after ?? {}) as Readonly<Record<string, unknown>>;
  for (const name of Object.keys(ours)) if (!mutable.has(name) && !sameValue(ours[name], theirs[name])) return false;
  for (const name of Object.keys(theirs)) {
    if (!mutable.has(name) && theirs[name] !== undefined && ours[name] === undefined) return false;
  }
  return true;
}
