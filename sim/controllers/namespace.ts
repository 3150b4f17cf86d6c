// Empties namespaces that are being deleted, pods first, and lets them go when nothing is left. Each look at one begins 5 s after its last
// change. Source: behaviour of kube-controller-manager's namespace controller (1.36).
import { ApiError, type ApiKind, type ApiObject, isNamespaced } from "../apiserver/client.ts";
import { ask, type Steps } from "../engine/steps.ts";
import { SECOND } from "../engine/tick.ts";
import { AGGREGATED, KNOWN_KINDS } from "../model/kinds.ts";
import type { Namespace, Pod } from "../model/objects.ts";
import { type Controller, type ControllerContext, type SyncResult, syncQueue } from "./framework/controller.ts";
import { isPodFinished } from "./framework/pod-state.ts";
import { type Contents, deletionConditions, NOTHING_LEFT } from "./namespace/conditions.ts";

const GRACE_MICROS = 5 * SECOND;
const BACK_OFF = { maxMicros: 60 * SECOND };
const FINALIZER = "kubernetes";
const FINALIZERS_REMAIN_SECONDS = 15;
/** Metrics are no stored objects. */
const KINDS: readonly ApiKind[] = KNOWN_KINDS.map(({ list }) => list).filter(
  (list) => isNamespaced(list) && !AGGREGATED.has(list),
);

export const namespaceController: Controller = {
  name: "namespace-controller",
  watches: ["namespaces"],
  clientRates: { qps: 20, burst: 100 },
  start(context) {
    const namespaces = context.informers.of("namespaces");
    const queue = syncQueue(
      context,
      context.flags.concurrentNamespaceSyncs,
      (name) => syncNamespace(context, name),
      BACK_OFF,
    );
    const seen = (namespace: Namespace, name: string) => {
      if (namespace.metadata.deletionTimestamp != null) queue.addAfter(name, GRACE_MICROS);
    };
    namespaces.listen({ added: seen, updated: (_before, after, name) => seen(after, name) });
    queue.start();
  },
};

function* syncNamespace(context: ControllerContext, name: string): Steps<SyncResult> {
  const { client, informers } = context;
  if (informers.of("namespaces").cache.get(name) === undefined) return undefined;
  const fresh = yield* ask<Namespace | ApiError>((done) => client.get("namespaces", name, done));
  if (fresh instanceof ApiError) return fresh.reason === "NotFound" ? undefined : { error: fresh.message };
  if (fresh.metadata.deletionTimestamp == null) return undefined;
  let namespace = fresh;
  if (namespace.status?.phase !== "Terminating") {
    const terminating: Namespace = { ...namespace, status: { ...namespace.status, phase: "Terminating" } };
    const marked = yield* ask<Namespace | ApiError>((done) => client.updateStatus("namespaces", terminating, done));
    if (marked instanceof ApiError) return { error: marked.message };
    namespace = marked;
  }
  if (!(namespace.spec?.finalizers ?? []).includes(FINALIZER)) return undefined;
  const emptied = yield* empty(context, namespace);
  if (emptied instanceof ApiError) return { error: emptied.message };
  if (emptied.estimateSeconds > 0) return { againMicros: (Math.floor(emptied.estimateSeconds / 2) + 1) * SECOND };
  const finalizers = (emptied.namespace.spec?.finalizers ?? []).filter((other) => other !== FINALIZER);
  const released: Namespace = { ...emptied.namespace, spec: { ...emptied.namespace.spec, finalizers } };
  const answer = yield* ask<unknown>((done) => client.update("namespaces", released, done));
  return answer instanceof ApiError && answer.reason !== "NotFound" ? { error: answer.message } : undefined;
}

interface Emptied {
  readonly namespace: Namespace;
  /** 0: nothing is left. */
  readonly estimateSeconds: number;
}

/** Deletes what is in it, and says so in its conditions. */
function* empty(context: ControllerContext, namespace: Namespace): Steps<Emptied | ApiError> {
  const { name } = namespace.metadata;
  const pods = yield* deleteAll(context, "pods", name);
  let contents: Contents = NOTHING_LEFT;
  let estimateSeconds = pods.estimateSeconds;
  let error = pods.error;
  // nothing else goes while pods are there: they may need it
  if (error === null && pods.remaining === 0) {
    const remaining = new Map<ApiKind, number>();
    const finalizers = new Map<string, number>();
    const errors: string[] = [];
    for (const kind of KINDS) {
      const deleted = yield* deleteAll(context, kind, name);
      if (deleted.error !== null) {
        errors.push(deleted.error.message);
        error ??= deleted.error;
      }
      if (deleted.remaining > 0) remaining.set(kind, deleted.remaining);
      for (const [finalizer, count] of deleted.finalizers)
        finalizers.set(finalizer, (finalizers.get(finalizer) ?? 0) + count);
      estimateSeconds = Math.max(estimateSeconds, deleted.estimateSeconds);
    }
    contents = { remaining, finalizers, errors };
  }
  const timestamp = context.timestamps.at(context.engine.now);
  const conditions = deletionConditions(namespace.status?.conditions ?? [], contents, timestamp);
  let written = namespace;
  if (conditions !== namespace.status?.conditions) {
    const updated: Namespace = { ...namespace, status: { ...namespace.status, conditions } };
    const answer = yield* ask<Namespace | ApiError>((done) => context.client.updateStatus("namespaces", updated, done));
    if (answer instanceof ApiError) error ??= answer;
    else written = answer;
  }
  return error ?? { namespace: written, estimateSeconds };
}

interface Deleted {
  readonly remaining: number;
  readonly finalizers: ReadonlyMap<string, number>;
  readonly estimateSeconds: number;
  readonly error: ApiError | null;
}

function* deleteAll({ client }: ControllerContext, kind: ApiKind, namespace: string): Steps<Deleted> {
  const list = () => ask<readonly ApiObject[] | ApiError>((done) => client.list(kind, { namespace }, done));
  let estimateSeconds = 0;
  if (kind === "pods") {
    const pods = yield* list();
    if (pods instanceof ApiError) return failed(pods);
    estimateSeconds = graceSecondsOf(pods as readonly Pod[]);
  }
  const deleted = yield* ask<unknown>((done) =>
    client.deleteCollection(kind, namespace, { propagationPolicy: "Background" }, done),
  );
  if (deleted instanceof ApiError) return failed(deleted);
  const left = yield* list();
  if (left instanceof ApiError) return failed(left);
  const finalizers = new Map<string, number>();
  for (const { metadata } of left)
    for (const finalizer of metadata.finalizers ?? []) finalizers.set(finalizer, (finalizers.get(finalizer) ?? 0) + 1);
  if (left.length === 0) return { remaining: 0, finalizers, estimateSeconds: 0, error: null };
  const seconds = finalizers.size > 0 ? Math.max(estimateSeconds, FINALIZERS_REMAIN_SECONDS) : estimateSeconds;
  // something is left that nobody says how long it will take
  if (seconds === 0) return failed(new ApiError("Unknown", `unexpected items still remain in namespace: ${namespace}`));
  return { remaining: left.length, finalizers, estimateSeconds: seconds, error: null };
}

function failed(error: ApiError): Deleted {
  return { remaining: 1, finalizers: new Map(), estimateSeconds: 0, error };
}

/** The longest that a running pod may take. */
function graceSecondsOf(pods: readonly Pod[]): number {
  let seconds = 0;
  for (const pod of pods)
    if (!isPodFinished(pod)) seconds = Math.max(seconds, pod.spec.terminationGracePeriodSeconds ?? 30);
  return seconds;
}
