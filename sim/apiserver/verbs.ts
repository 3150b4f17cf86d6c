// The rules of the API's verbs as pure functions of (what is stored, what is asked): they decide, and store nothing. They run
// inside a guaranteed update, again and again until the store agrees, so they may be called with the past.
// Source: Kubernetes API conventions; graceful deletion and binding of pods as the registry does them.
import type { Pod, PodCondition } from "../model/objects.ts";
import { withCondition } from "../model/pod-conditions.ts";
import type { Timestamps } from "../model/timestamp.ts";
import { ApiError, type ApiKind, type ApiObject, type Binding, type DeleteOptions, keyOf } from "./client.ts";

/** When a verb is carried out. */
export interface Moment {
  readonly nowMicros: number;
  readonly timestamps: Timestamps;
}

/** What is to be stored in place of the object; `remove` = nothing, and the object is its last state. */
export interface Change<K extends ApiKind = ApiKind> {
  readonly remove: boolean;
  readonly object: ApiObject<K>;
}

export type Verdict<K extends ApiKind = ApiKind> = Change<K> | ApiError;

const DEFAULT_GRACE_SECONDS = 30;
const SECOND_MICROS = 1_000_000;

const put = <K extends ApiKind>(object: ApiObject<K>): Change<K> => ({ remove: false, object });
const remove = <K extends ApiKind>(object: ApiObject<K>): Change<K> => ({ remove: true, object });

/** The object as it is to be stored: with its uid, and its time of creation where it has none. */
export function created<K extends ApiKind>(object: ApiObject<K>, uid: string, moment: Moment): ApiObject<K> {
  const metadata = {
    ...object.metadata,
    uid: object.metadata.uid ?? uid,
    creationTimestamp: object.metadata.creationTimestamp ?? moment.timestamps.at(moment.nowMicros),
  };
  return { ...object, metadata };
}

/** Replaces all but status. */
export function updated<K extends ApiKind>(kind: K, before: ApiObject<K>, object: ApiObject<K>): Verdict<K> {
  const refusal = conflict(kind, before, object);
  if (refusal !== null) return refusal;
  if (kind === "pods" && (before as Pod).spec.nodeName !== (object as Pod).spec.nodeName) {
    const text = `Pod "${object.metadata.name}" is invalid: spec.nodeName may only be set by a binding`;
    return new ApiError("Invalid", text);
  }
  const metadata = {
    ...object.metadata,
    uid: before.metadata.uid,
    creationTimestamp: before.metadata.creationTimestamp,
    deletionTimestamp: before.metadata.deletionTimestamp,
    deletionGracePeriodSeconds: before.metadata.deletionGracePeriodSeconds,
  };
  const status = (before as Pod).status;
  const after = status === undefined ? { ...object, metadata } : { ...object, metadata, status };
  const isReleased = after.metadata.deletionTimestamp != null && !holdsFinalizers(after) && kind !== "pods";
  return isReleased ? remove(after) : put(after);
}

/** Replaces status only. */
export function statusUpdated<K extends ApiKind>(kind: K, before: ApiObject<K>, object: ApiObject<K>): Verdict<K> {
  const refusal = conflict(kind, before, object);
  if (refusal !== null) return refusal;
  return put({ ...before, status: (object as Pod).status } as ApiObject<K>);
}

/** Marks or removes: a bound, unfinished pod stays for its grace period, anything with finalizers until they are gone. */
export function deleted<K extends ApiKind>(
  kind: K,
  before: ApiObject<K>,
  options: DeleteOptions,
  moment: Moment,
): Verdict<K> {
  if (options.uid !== undefined && options.uid !== before.metadata.uid) {
    const text = `${kind} "${keyOf(kind, before)}": the UID in the precondition does not match the UID in record`;
    return new ApiError("Conflict", text);
  }
  const graceSeconds = kind === "pods" ? podGraceSeconds(before as Pod, options) : 0;
  const pending = before.metadata.deletionGracePeriodSeconds;
  if (graceSeconds === 0 && !holdsFinalizers(before)) return remove(before);
  // a second delete can shorten the grace period, never prolong it
  if (before.metadata.deletionTimestamp != null && pending !== undefined && graceSeconds >= pending) return put(before);
  const metadata = {
    ...before.metadata,
    deletionTimestamp: moment.timestamps.at(moment.nowMicros + graceSeconds * SECOND_MICROS),
    deletionGracePeriodSeconds: graceSeconds,
  };
  return put({ ...before, metadata });
}

/** The pods/binding subresource: sets the node of a pod that has none. */
export function bound(before: Pod, binding: Binding, moment: Moment): Verdict<"pods"> {
  const refuse = (why: string) =>
    new ApiError("Conflict", `Operation cannot be fulfilled on pods/binding "${binding.name}": ${why}`);
  if (before.metadata.uid !== binding.uid)
    return refuse("the UID in the precondition does not match the UID in record");
  if (before.metadata.deletionTimestamp != null)
    return refuse(`pod ${binding.name} is being deleted, cannot be assigned to a host`);
  if (before.spec.nodeName) return refuse(`pod ${binding.name} is already assigned to node "${before.spec.nodeName}"`);
  if ((before.spec.schedulingGates ?? []).length > 0)
    return refuse(`pod ${binding.name} has non-empty .spec.schedulingGates`);
  const condition: PodCondition = {
    type: "PodScheduled",
    status: "True",
    lastTransitionTime: moment.timestamps.at(moment.nowMicros),
  };
  return put({
    ...before,
    spec: { ...before.spec, nodeName: binding.nodeName },
    status: { ...before.status, conditions: withCondition(before.status?.conditions, condition) },
  });
}

export function notFound(kind: ApiKind, key: string): ApiError {
  return new ApiError("NotFound", `${kind} "${key}" not found`);
}

export function alreadyExists(kind: ApiKind, object: ApiObject): ApiError {
  return new ApiError("AlreadyExists", `${kind} "${object.metadata.name}" already exists`);
}

function conflict<K extends ApiKind>(kind: K, before: ApiObject<K>, object: ApiObject<K>): ApiError | null {
  const { uid, resourceVersion } = object.metadata;
  const isStale = resourceVersion !== undefined && resourceVersion !== before.metadata.resourceVersion;
  if (!isStale && (uid === undefined || uid === before.metadata.uid)) return null;
  return new ApiError(
    "Conflict",
    `Operation cannot be fulfilled on ${kind} "${object.metadata.name}": the object has been modified; please apply your changes to the latest version and try again`,
  );
}

function podGraceSeconds(pod: Pod, options: DeleteOptions): number {
  const phase = pod.status?.phase;
  // no kubelet has to stop anything
  if (!pod.spec.nodeName || phase === "Succeeded" || phase === "Failed") return 0;
  return options.gracePeriodSeconds ?? pod.spec.terminationGracePeriodSeconds ?? DEFAULT_GRACE_SECONDS;
}

function holdsFinalizers(object: ApiObject): boolean {
  return (object.metadata.finalizers ?? []).length > 0;
}
