// The API server's state held in memory: objects by kind and key, one growing resourceVersion, and the rules of each verb.
// A pure state machine: it knows the time only as a function it is given, sends nothing, and never changes an object that
// it has handed out. Source: Kubernetes API conventions; graceful deletion and binding of pods as the registry does them.
import { assert } from "../engine/assert.ts";
import type { Pod, PodCondition } from "../model/objects.ts";
import { withCondition } from "../model/pod-conditions.ts";
import { Timestamps } from "../model/timestamp.ts";
import {
  ApiError,
  type ApiKind,
  type ApiObject,
  type Binding,
  type DeleteOptions,
  keyOf,
  type WatchEventType,
} from "./client.ts";

/** Told of every change at the moment it is made, in the order of resourceVersions. */
export type CommitListener = (
  kind: ApiKind,
  type: WatchEventType,
  object: ApiObject,
  before: ApiObject | undefined,
  key: string,
) => void;

const DEFAULT_GRACE_SECONDS = 30;

export class Store {
  private readonly objects = new Map<ApiKind, Map<string, ApiObject>>();
  private readonly listeners: CommitListener[] = [];
  private readonly births = new Map<string, number>();
  private readonly nowMicros: () => number;
  private readonly timestamps = new Timestamps();
  private revision = 0;

  constructor(nowMicros: () => number) {
    this.nowMicros = nowMicros;
  }

  get resourceVersion(): number {
    return this.revision;
  }

  onCommit(listener: CommitListener): void {
    this.listeners.push(listener);
  }

  get<K extends ApiKind>(kind: K, key: string): ApiObject<K> | ApiError {
    return (this.bucket(kind).get(key) as ApiObject<K> | undefined) ?? notFound(kind, key);
  }

  /** All objects of a kind in order of creation. */
  list<K extends ApiKind>(kind: K): ApiObject<K>[] {
    return [...this.bucket(kind).values()] as ApiObject<K>[];
  }

  create<K extends ApiKind>(kind: K, object: ApiObject<K>): ApiObject<K> | ApiError {
    const key = keyOf(kind, object);
    if (this.bucket(kind).has(key))
      return new ApiError("AlreadyExists", `${kind} "${object.metadata.name}" already exists`);
    const metadata = {
      ...object.metadata,
      uid: object.metadata.uid ?? this.newUid(kind, key),
      creationTimestamp: object.metadata.creationTimestamp ?? this.timestamps.at(this.nowMicros()),
    };
    return this.commit(kind, key, "ADDED", { ...object, metadata }, undefined);
  }

  update<K extends ApiKind>(kind: K, object: ApiObject<K>): ApiObject<K> | ApiError {
    const key = keyOf(kind, object);
    const before = this.mayReplace(kind, key, object);
    if (before instanceof ApiError) return before;
    if (kind === "pods" && (before as Pod).spec.nodeName !== (object as Pod).spec.nodeName) {
      return new ApiError(
        "Invalid",
        `Pod "${object.metadata.name}" is invalid: spec.nodeName may only be set by a binding`,
      );
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
    if (after.metadata.deletionTimestamp != null && !holdsFinalizers(after) && kind !== "pods") {
      return this.remove(kind, key, after);
    }
    return this.commit(kind, key, "MODIFIED", after, before);
  }

  updateStatus<K extends ApiKind>(kind: K, object: ApiObject<K>): ApiObject<K> | ApiError {
    const key = keyOf(kind, object);
    const before = this.mayReplace(kind, key, object);
    if (before instanceof ApiError) return before;
    return this.commit(kind, key, "MODIFIED", { ...before, status: (object as Pod).status } as ApiObject<K>, before);
  }

  /** Marks or removes: a bound, unfinished pod stays for its grace period, anything with finalizers until they are gone. */
  delete(kind: ApiKind, key: string, options: DeleteOptions): null | ApiError {
    const before = this.get(kind, key);
    if (before instanceof ApiError) return before;
    if (options.uid !== undefined && options.uid !== before.metadata.uid) {
      return new ApiError("Conflict", `${kind} "${key}": the UID in the precondition does not match the UID in record`);
    }
    const graceSeconds = kind === "pods" ? this.podGraceSeconds(before as Pod, options) : 0;
    const pending = before.metadata.deletionGracePeriodSeconds;
    if (graceSeconds === 0 && !holdsFinalizers(before)) {
      this.remove(kind, key, before);
      return null;
    }
    // a second delete can shorten the grace period, never prolong it
    if (before.metadata.deletionTimestamp != null && pending !== undefined && graceSeconds >= pending) return null;
    const metadata = {
      ...before.metadata,
      deletionTimestamp: this.timestamps.at(this.nowMicros() + graceSeconds * 1_000_000),
      deletionGracePeriodSeconds: graceSeconds,
    };
    this.commit(kind, key, "MODIFIED", { ...before, metadata }, before);
    return null;
  }

  /** The pods/binding subresource: sets the node of a pod that has none. */
  bind(binding: Binding): null | ApiError {
    const key = `${binding.namespace}/${binding.name}`;
    const before = this.get("pods", key);
    if (before instanceof ApiError) return before;
    const refuse = (why: string) =>
      new ApiError("Conflict", `Operation cannot be fulfilled on pods/binding "${binding.name}": ${why}`);
    if (before.metadata.uid !== binding.uid)
      return refuse("the UID in the precondition does not match the UID in record");
    if (before.metadata.deletionTimestamp != null)
      return refuse(`pod ${binding.name} is being deleted, cannot be assigned to a host`);
    if (before.spec.nodeName)
      return refuse(`pod ${binding.name} is already assigned to node "${before.spec.nodeName}"`);
    if ((before.spec.schedulingGates ?? []).length > 0)
      return refuse(`pod ${binding.name} has non-empty .spec.schedulingGates`);
    const condition: PodCondition = {
      type: "PodScheduled",
      status: "True",
      lastTransitionTime: this.timestamps.at(this.nowMicros()),
    };
    const after: Pod = {
      ...before,
      spec: { ...before.spec, nodeName: binding.nodeName },
      status: { ...before.status, conditions: withCondition(before.status?.conditions, condition) },
    };
    this.commit("pods", key, "MODIFIED", after, before);
    return null;
  }

  private podGraceSeconds(pod: Pod, options: DeleteOptions): number {
    const phase = pod.status?.phase;
    // no kubelet has to stop anything
    if (!pod.spec.nodeName || phase === "Succeeded" || phase === "Failed") return 0;
    return options.gracePeriodSeconds ?? pod.spec.terminationGracePeriodSeconds ?? DEFAULT_GRACE_SECONDS;
  }

  private mayReplace<K extends ApiKind>(kind: K, key: string, object: ApiObject<K>): ApiObject<K> | ApiError {
    const before = this.get(kind, key);
    if (before instanceof ApiError) return before;
    const { uid, resourceVersion } = object.metadata;
    const stale = resourceVersion !== undefined && resourceVersion !== before.metadata.resourceVersion;
    if (stale || (uid !== undefined && uid !== before.metadata.uid)) {
      return new ApiError(
        "Conflict",
        `Operation cannot be fulfilled on ${kind} "${object.metadata.name}": the object has been modified; please apply your changes to the latest version and try again`,
      );
    }
    return before;
  }

  private remove<K extends ApiKind>(kind: K, key: string, last: ApiObject<K>): ApiObject<K> {
    const bucket = this.bucket(kind);
    assert(bucket.has(key), `${kind} ${key} is stored`);
    bucket.delete(key);
    const object = this.stamp(last);
    for (const listener of this.listeners) listener(kind, "DELETED", object, last, key);
    return object;
  }

  private commit<K extends ApiKind>(
    kind: K,
    key: string,
    type: WatchEventType,
    object: ApiObject<K>,
    before: ApiObject | undefined,
  ): ApiObject<K> {
    const stored = this.stamp(object);
    this.bucket(kind).set(key, stored);
    for (const listener of this.listeners) listener(kind, type, stored, before, key);
    return stored;
  }

  private stamp<T extends ApiObject>(object: T): T {
    this.revision++;
    return { ...object, metadata: { ...object.metadata, resourceVersion: String(this.revision) } };
  }

  private bucket(kind: ApiKind): Map<string, ApiObject> {
    let bucket = this.objects.get(kind);
    if (bucket === undefined) {
      bucket = new Map();
      this.objects.set(kind, bucket);
    }
    return bucket;
  }

  // from the object's own name, so that a further object elsewhere never changes anybody's uid, and with it his luck
  private newUid(kind: ApiKind, key: string): string {
    const path = `${kind}/${key}`;
    const births = (this.births.get(path) ?? 0) + 1;
    this.births.set(path, births);
    return births === 1 ? path : `${path}#${births}`;
  }
}

function holdsFinalizers(object: ApiObject): boolean {
  return (object.metadata.finalizers ?? []).length > 0;
}

function notFound(kind: ApiKind, key: string): ApiError {
  return new ApiError("NotFound", `${kind} "${key}" not found`);
}
