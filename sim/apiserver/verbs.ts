// The rules of the API's verbs as pure functions of (what is stored, what is asked): they decide, and store nothing. They run
// inside a guaranteed update, again and again until the store agrees, so they may be called with the past.
// Source: Kubernetes API conventions; the generic registry and the kinds' strategies of kube-apiserver 1.36.
import type { Namespace, ObjectMeta, Pod, PodCondition, PodSpec } from "../model/objects.ts";
import { withCondition } from "../model/pod-conditions.ts";
import { type QosClass, qosClassOf } from "../model/qos.ts";
import { sameValue } from "../model/same-value.ts";
import { parseTimestampMicros, type Timestamps, timestampAt } from "../model/timestamp.ts";
import type { ApiError, ApiKind, ApiObject, Binding, DeleteOptions } from "./client.ts";
import { hasGeneration, hasStatus } from "./kind-rules.ts";
import { conflict, modified, preconditionFailed } from "./refusals.ts";
import { statusRefusal, updateRefusal } from "./validate-update.ts";

/** When a verb is carried out. */
export interface Moment {
  readonly nowMicros: number;
  readonly timestamps: Timestamps;
  /** Remembers the class of a spec that many pods share; default: worked out each time. */
  readonly qosOf?: (spec: PodSpec) => QosClass;
}

/** What is to be stored in place of the object; `remove` = nothing, and the object is its last state. */
export interface Change<K extends ApiKind = ApiKind> {
  readonly remove: boolean;
  readonly object: ApiObject<K>;
}

export type Verdict<K extends ApiKind = ApiKind> = Change<K> | ApiError;

/** Fields that most kinds have. */
interface Common {
  readonly metadata: ObjectMeta;
  readonly spec?: unknown;
  readonly status?: unknown;
}

const DEFAULT_GRACE_SECONDS = 30;
const SECOND_MICROS = 1_000_000;
const FOREGROUND = "foregroundDeletion";
const ORPHAN = "orphan";

const put = <K extends ApiKind>(object: ApiObject<K>): Change<K> => ({ remove: false, object });
const remove = <K extends ApiKind>(object: ApiObject<K>): Change<K> => ({ remove: true, object });

/** The object as it is to be stored: with its uid, its time of creation, generation 1, and the status that its kind begins with. */
export function created<K extends ApiKind>(kind: K, object: ApiObject<K>, uid: string, moment: Moment): ApiObject<K> {
  return withIdentity(kind, object, statusAtBirth(kind, object, moment), uid, moment);
}

/** As {@link created}, but what it says of its status and its past stays: an object that a run begins with. */
export function asFound<K extends ApiKind>(kind: K, object: ApiObject<K>, uid: string, moment: Moment): ApiObject<K> {
  return withIdentity(kind, object, AS_SAID, uid, moment);
}

/** The status is what the object says. */
const AS_SAID = Symbol("as said");

function withIdentity<K extends ApiKind>(
  kind: K,
  object: ApiObject<K>,
  status: unknown,
  uid: string,
  moment: Moment,
): ApiObject<K> {
  const { metadata } = object;
  const { creationTimestamp = null, generation = hasGeneration(kind) ? 1 : undefined } = metadata;
  const own = {
    ...metadata,
    uid: metadata.uid ?? uid,
    creationTimestamp: creationTimestamp ?? moment.timestamps.at(moment.nowMicros),
  };
  if (generation !== undefined) (own as { generation?: number }).generation = generation;
  if (status === AS_SAID) return { ...object, metadata: own };
  if (kind !== "namespaces") return { ...object, metadata: own, status } as ApiObject<K>;
  return { ...object, metadata: own, spec: { finalizers: ["kubernetes"] }, status } as ApiObject<K>;
}

// nobody but a kubelet knows a node's status when it comes to be
function statusAtBirth(kind: ApiKind, object: ApiObject, moment: Moment): unknown {
  switch (kind) {
    case "nodes":
      return AS_SAID;
    case "pods": {
      const { qosOf = qosClassOf } = moment;
      return { phase: "Pending", qosClass: qosOf((object as Pod).spec) };
    }
    case "namespaces":
      return { phase: "Active" };
    case "persistentVolumes":
    case "persistentVolumeClaims":
      return { phase: "Pending" };
    default:
      return hasStatus(kind) && (object as Common).status !== undefined ? undefined : AS_SAID;
  }
}

/** Replaces all but status. For namespaces it is the finalize subresource too. */
export function updated<K extends ApiKind>(kind: K, before: ApiObject<K>, object: ApiObject<K>): Verdict<K> {
  const refusal = staleness(kind, before, object) ?? updateRefusal(kind, before, object);
  if (refusal !== null) return refusal;
  const metadata = keptMetadata(before.metadata, object.metadata);
  const old = before as Common;
  const asked = object as Common;
  const isSplit = hasStatus(kind) && (old.status !== undefined || asked.status !== undefined);
  let after = (isSplit ? { ...object, metadata, status: old.status } : { ...object, metadata }) as ApiObject<K>;
  if (hasGeneration(kind) && isSpecChanged(kind, old, asked)) {
    after = { ...after, metadata: { ...metadata, generation: (before.metadata.generation ?? 0) + 1 } };
  }
  return settled(kind, after);
}

/** Replaces status, and annotations, which upstream's strategies leave open to the subresource. */
export function statusUpdated<K extends ApiKind>(kind: K, before: ApiObject<K>, object: ApiObject<K>): Verdict<K> {
  const refusal = staleness(kind, before, object) ?? statusRefusal(kind, before, object);
  if (refusal !== null) return refusal;
  const { status } = object as Common;
  const { annotations } = object.metadata;
  const metadata = annotations === before.metadata.annotations ? before.metadata : { ...before.metadata, annotations };
  return settled(kind, { ...before, metadata, status } as ApiObject<K>);
}

/** Marks or removes: a bound, unfinished pod stays for its grace period, anything with finalizers until they are gone. */
export function deleted<K extends ApiKind>(
  kind: K,
  before: ApiObject<K>,
  options: DeleteOptions,
  moment: Moment,
): Verdict<K> {
  const { metadata } = before;
  const { uid, resourceVersion } = options;
  if (uid !== undefined && uid !== metadata.uid)
    return preconditionFailed(kind, metadata.name, "UID", uid, metadata.uid ?? "");
  if (resourceVersion !== undefined && resourceVersion !== metadata.resourceVersion) {
    const found = metadata.resourceVersion ?? "";
    return preconditionFailed(kind, metadata.name, "ResourceVersion", resourceVersion, found);
  }
  const finalizers = finalizersFor(metadata.finalizers ?? [], options);
  const { graceSeconds, deletionTimestamp } = endOf(kind, before, options, moment);
  const held = kind === "namespaces" ? (before as Namespace).spec?.finalizers : undefined;
  if (graceSeconds === 0 && finalizers.length === 0 && (held ?? []).length === 0) return remove(before);
  const isMarked = metadata.deletionTimestamp != null;
  const isSame = isMarked && metadata.deletionGracePeriodSeconds === graceSeconds;
  if (isSame && finalizers === (metadata.finalizers ?? finalizers)) return put(before);
  const { generation } = metadata;
  const marked: ObjectMeta = {
    ...metadata,
    ...(finalizers.length > 0 || metadata.finalizers !== undefined ? { finalizers } : {}),
    deletionTimestamp,
    deletionGracePeriodSeconds: graceSeconds,
    ...(generation === undefined || isMarked ? {} : { generation: generation + 1 }),
  };
  if (kind !== "namespaces") return put({ ...before, metadata: marked });
  const namespace = before as Namespace;
  const terminating: Namespace = {
    ...namespace,
    metadata: marked,
    status: { ...namespace.status, phase: "Terminating" },
  };
  return put(terminating as ApiObject<K>);
}

/**
 * What the store shows of a pod that goes at once, before it goes: marked, with no grace left. Pods are deleted in two writes, whatever
 * their grace period; watchers see both.
 */
export function goneAtOnce(before: Pod, options: DeleteOptions, moment: Moment): Pod {
  const { metadata } = before;
  const { deletionTimestamp } = endOf("pods", before, { ...options, gracePeriodSeconds: 0 }, moment);
  const isMarked = metadata.deletionTimestamp != null;
  const generation = metadata.generation === undefined || isMarked ? metadata.generation : metadata.generation + 1;
  return {
    ...before,
    metadata: {
      ...metadata,
      deletionTimestamp,
      deletionGracePeriodSeconds: 0,
      ...(generation === undefined ? {} : { generation }),
    },
  };
}

/** Nothing keeps it any more: the second write of its deletion is due. */
export function isGone({ metadata }: Pod): boolean {
  return (
    metadata.deletionTimestamp != null &&
    (metadata.deletionGracePeriodSeconds ?? 0) === 0 &&
    (metadata.finalizers ?? []).length === 0
  );
}

/** The pods/binding subresource: sets the node of a pod that has none. */
export function bound(before: Pod, binding: Binding, moment: Moment): Verdict<"pods"> {
  const refuse = (why: string) => conflict("pods", binding.name, why, "pods/binding");
  const { uid, deletionTimestamp } = before.metadata;
  if (uid !== binding.uid) return preconditionFailed("pods", binding.name, "UID", binding.uid, uid ?? "");
  if (deletionTimestamp != null) return refuse(`pod ${binding.name} is being deleted, cannot be assigned to a host`);
  if (before.spec.nodeName) return refuse(`pod ${binding.name} is already assigned to node "${before.spec.nodeName}"`);
  if ((before.spec.schedulingGates ?? []).length > 0)
    return refuse(`pod ${binding.name} has non-empty .spec.schedulingGates`);
  const condition: PodCondition = {
    type: "PodScheduled",
    status: "True",
    lastTransitionTime: moment.timestamps.at(moment.nowMicros),
  };
  const { annotations } = binding;
  return put({
    ...before,
    ...(annotations === undefined
      ? {}
      : { metadata: { ...before.metadata, annotations: { ...before.metadata.annotations, ...annotations } } }),
    spec: { ...before.spec, nodeName: binding.nodeName },
    status: { ...before.status, conditions: withCondition(before.status?.conditions, condition) },
  });
}

/** Marked for deletion, its grace over and held by nobody: such an object goes with its last update. */
function settled<K extends ApiKind>(kind: K, after: ApiObject<K>): Change<K> {
  const { deletionTimestamp, deletionGracePeriodSeconds = 0, finalizers } = after.metadata;
  if (deletionTimestamp == null || deletionGracePeriodSeconds > 0 || (finalizers ?? []).length > 0) return put(after);
  if (kind === "namespaces" && ((after as Namespace).spec?.finalizers ?? []).length > 0) return put(after);
  return remove(after);
}

function staleness<K extends ApiKind>(kind: K, before: ApiObject<K>, object: ApiObject<K>): ApiError | null {
  const { name, resourceVersion, uid } = object.metadata;
  if (resourceVersion !== undefined && resourceVersion !== before.metadata.resourceVersion) return modified(kind, name);
  if (uid !== undefined && uid !== before.metadata.uid)
    return preconditionFailed(kind, name, "UID", uid, before.metadata.uid ?? "");
  return null;
}

// what no update can change
function keptMetadata(before: ObjectMeta, asked: ObjectMeta): ObjectMeta {
  return {
    ...asked,
    uid: before.uid,
    ...(before.generation === undefined ? {} : { generation: before.generation }),
    creationTimestamp: before.creationTimestamp,
    deletionTimestamp: before.deletionTimestamp,
    deletionGracePeriodSeconds: before.deletionGracePeriodSeconds,
  };
}

function isSpecChanged(kind: ApiKind, before: Common, after: Common): boolean {
  if (kind === "endpointSlices") {
    const { metadata: ours, ...old } = before as Common & Readonly<Record<string, unknown>>;
    const { metadata: theirs, ...asked } = after as Common & Readonly<Record<string, unknown>>;
    return !sameValue(old, asked) || !sameValue(ours.labels, theirs.labels);
  }
  if (kind.endsWith("WebhookConfigurations")) {
    const hooks = (object: Common) => (object as { readonly webhooks?: unknown }).webhooks;
    return !sameValue(hooks(before), hooks(after));
  }
  if (!sameValue(before.spec, after.spec)) return true;
  return kind === "deployments" && !sameValue(before.metadata.annotations ?? {}, after.metadata.annotations ?? {});
}

/** When the object is to be gone, and how long that is from the (first) delete. */
function endOf(
  kind: ApiKind,
  { metadata, ...rest }: ApiObject,
  options: DeleteOptions,
  moment: Moment,
): { readonly graceSeconds: number; readonly deletionTimestamp: string } {
  const { deletionTimestamp: marked, deletionGracePeriodSeconds: pending = 0 } = metadata;
  const at = (micros: number) => moment.timestamps.at(Math.max(0, micros));
  if (marked == null) {
    const graceSeconds = kind === "pods" ? podGraceSeconds({ metadata, ...rest } as Pod, options) : 0;
    return { graceSeconds, deletionTimestamp: at(moment.nowMicros + graceSeconds * SECOND_MICROS) };
  }
  const asked = kind === "pods" ? options.gracePeriodSeconds : undefined;
  // a second delete can shorten the grace period, never prolong it
  if (asked === undefined || asked >= pending) return { graceSeconds: pending, deletionTimestamp: marked };
  const beginMicros = (parseTimestampMicros(marked) ?? moment.nowMicros) - pending * SECOND_MICROS;
  return { graceSeconds: asked, deletionTimestamp: timestampAt(Math.max(0, beginMicros + asked * SECOND_MICROS)) };
}

function podGraceSeconds(pod: Pod, options: DeleteOptions): number {
  const phase = pod.status?.phase;
  // no kubelet has to stop anything
  if (!pod.spec.nodeName || phase === "Succeeded" || phase === "Failed") return 0;
  const seconds = options.gracePeriodSeconds ?? pod.spec.terminationGracePeriodSeconds ?? DEFAULT_GRACE_SECONDS;
  return seconds < 0 ? 1 : seconds;
}

// the garbage collector acts on these two; the same array when nothing changes
function finalizersFor(before: readonly string[], { propagationPolicy }: DeleteOptions): readonly string[] {
  if (propagationPolicy === undefined) return before;
  const wanted = propagationPolicy === "Foreground" ? FOREGROUND : propagationPolicy === "Orphan" ? ORPHAN : null;
  const kept = before.filter((name) => name === wanted || (name !== FOREGROUND && name !== ORPHAN));
  if (wanted !== null && !kept.includes(wanted)) kept.push(wanted);
  return kept.length === before.length && kept.every((name, i) => name === before[i]) ? before : kept;
}
