// The only door to the API server: what schedulers, nodes, workload sources and controllers may ask of it, and the answers.
// Requests complete by callback at a later tick, never within the call: whoever calls must live with time passing in between.
// Source: the Kubernetes API conventions (verbs, status reasons, optimistic concurrency by resourceVersion).
import { KNOWN_KINDS } from "../model/kinds.ts";
import type { ClusterObjects } from "../model/objects.ts";

/** What the API serves, by the name of its list. */
export type ApiKind = keyof ClusterObjects;
export type ApiObject<K extends ApiKind = ApiKind> = ClusterObjects[K][number];

/**
 * Status reasons of the API conventions that a client can meet. Unknown is the empty reason: what the API server makes of an
 * error of etcd, whose text it passes on. NoAnswer (code 0) is no answer at all: the connection was refused, reset or cut, or the
 * client's own timeout ran out.
 */
export type ErrorReason =
  | "NoAnswer"
  | "BadRequest"
  | "Unauthorized"
  | "Forbidden"
  | "NotFound"
  | "AlreadyExists"
  | "Conflict"
  | "Expired"
  | "Invalid"
  | "TooManyRequests"
  | "InternalError"
  | "Unknown"
  | "ServiceUnavailable"
  | "Timeout";

const CODES: Readonly<Record<ErrorReason, number>> = {
  NoAnswer: 0,
  BadRequest: 400,
  Unauthorized: 401,
  Forbidden: 403,
  NotFound: 404,
  AlreadyExists: 409,
  Conflict: 409,
  Expired: 410,
  Invalid: 422,
  TooManyRequests: 429,
  InternalError: 500,
  Unknown: 500,
  ServiceUnavailable: 503,
  Timeout: 504,
};

/** An answer that is a refusal. It is data, not thrown: every caller must decide what a refusal means to it. */
export class ApiError {
  readonly code: number;
  readonly reason: ErrorReason;
  readonly message: string;
  /** Retry-After of a 429 or 503, in seconds; 0 = none was sent. Clients honour it by themselves before they give the error on. */
  readonly retryAfterSeconds: number;

  constructor(reason: ErrorReason, message: string, retryAfterSeconds = 0) {
    this.code = CODES[reason];
    this.reason = reason;
    this.message = message;
    this.retryAfterSeconds = retryAfterSeconds;
  }

  /** Nothing was decided: the request may be made again. It may also have been carried out, unless it was a 429. */
  get isTransient(): boolean {
    return this.code >= 500 || this.code === 429 || this.code === 0;
  }
}

/** Receives the answer: the object as stored, or why not. */
export type Done<T> = (answer: T | ApiError) => void;

export interface DeleteOptions {
  /** Seconds a pod may take to stop; default: its own terminationGracePeriodSeconds. 0 removes the object at once. */
  readonly gracePeriodSeconds?: number;
  /** Refuse with Conflict when the object of this name is another one by now. */
  readonly uid?: string;
  /** Refuse with Conflict when the object has changed since. */
  readonly resourceVersion?: string;
  /** What becomes of dependents; default: Background. */
  readonly propagationPolicy?: "Background" | "Foreground" | "Orphan";
}

/**
 * A patch: what the server does to the stored object. It is asked again after a conflict in the store, so it must be a function of its
 * argument alone. Returning the argument itself is a patch that changes nothing. The server still applies the rules of the verb
 * (a patch of a status changes nothing but the status) and refuses what an update would refuse.
 */
export type Patch<K extends ApiKind = ApiKind> = (before: ApiObject<K>) => ApiObject<K>;

/** What the bind subresource of a pod takes. */
export interface Binding {
  readonly namespace: string;
  readonly name: string;
  readonly uid: string;
  readonly nodeName: string;
  /** Put on the pod as well, over those of the same names. */
  readonly annotations?: Readonly<Record<string, string>>;
}

/** Restricts a list and watch on the server. */
export interface Selector {
  /** Pods only: those bound to this node (`spec.nodeName=…`). */
  readonly nodeName?: string;
  /** Pods only: those bound to any node (`spec.nodeName!=`). */
  readonly assigned?: boolean;
  /** Objects of this namespace. */
  readonly namespace?: string;
  /** The one object of this name (`metadata.name=…`). */
  readonly name?: string;
}

export type WatchEventType = "ADDED" | "MODIFIED" | "DELETED";

/** Receives a list, then every later change in order, without gap or duplicate. */
export interface WatchSink<T> {
  /** The whole state, once at the start and again whenever the watch had to begin anew. */
  listed(items: readonly T[]): void;
  /** @param key as {@link keyOf} makes it, so that nobody has to make it again */
  event(type: WatchEventType, object: T, key: string): void;
  /** Changes come from now on: after the first list, and again whenever they had not come for a while. */
  live?(): void;
}

export interface Watch {
  /** Would a change of now come to be known? Not while the watch is broken or the way is cut. */
  readonly isLive: boolean;
  stop(): void;
}

/** One component's connection to the API server. */
export interface Client {
  create<K extends ApiKind>(kind: K, object: ApiObject<K>, done?: Done<ApiObject<K>>): void;
  get<K extends ApiKind>(kind: K, key: string, done: Done<ApiObject<K>>): void;
  list<K extends ApiKind>(kind: K, selector: Selector, done: Done<readonly ApiObject<K>[]>): void;
  /** Replaces all but status. With a resourceVersion that is not the stored one: Conflict. */
  update<K extends ApiKind>(kind: K, object: ApiObject<K>, done?: Done<ApiObject<K>>): void;
  /** Replaces status only. With a resourceVersion that is not the stored one: Conflict. */
  updateStatus<K extends ApiKind>(kind: K, object: ApiObject<K>, done?: Done<ApiObject<K>>): void;
  /** As a PATCH request: read, changed and written on the server, so it meets no Conflict but by a uid that it sets itself. */
  patch<K extends ApiKind>(kind: K, key: string, patch: Patch<K>, done?: Done<ApiObject<K>>): void;
  /** A PATCH of the status subresource. */
  patchStatus<K extends ApiKind>(kind: K, key: string, patch: Patch<K>, done?: Done<ApiObject<K>>): void;
  delete(kind: ApiKind, key: string, options: DeleteOptions, done?: Done<null>): void;
  /** Deletes what is in a namespace, one object after the other on the server, as one request. */
  deleteCollection(kind: ApiKind, namespace: string, options: DeleteOptions, done?: Done<null>): void;
  /** The eviction subresource: 429 (reason TooManyRequests) while a disruption budget forbids it. */
  evict(key: string, options: DeleteOptions, done?: Done<null>): void;
  bind(binding: Binding, done?: Done<null>): void;
  listAndWatch<K extends ApiKind>(kind: K, selector: Selector, sink: WatchSink<ApiObject<K>>): Watch;
  /** The process behind it is gone: its connections end, nothing is sent or received any more. */
  close?(): void;
}

/** `namespace/name` of a namespaced object, `name` of others: the key of every lookup. */
export function keyOf(kind: ApiKind, object: ApiObject): string {
  const { namespace, name } = object.metadata;
  return CLUSTER_SCOPED.has(kind) ? name : `${namespace ?? "default"}/${name}`;
}

export function isNamespaced(kind: ApiKind): boolean {
  return !CLUSTER_SCOPED.has(kind);
}

const CLUSTER_SCOPED: ReadonlySet<ApiKind> = new Set<ApiKind>(
  KNOWN_KINDS.filter((known) => !known.namespaced).map((known) => known.list),
);
