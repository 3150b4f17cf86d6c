// The garbage collector: what has lost all its owners is deleted; owners that are deleted in the foreground wait for what blocks them;
// owners that are deleted as orphaners let their dependents go first. Source: behaviour of kube-controller-manager's garbage collector (1.36).
import { ApiError, type ApiKind, type ApiObject, type DeleteOptions } from "../apiserver/client.ts";
import { ask, askAll, type Steps } from "../engine/steps.ts";
import { AGGREGATED, KNOWN_KINDS, knownKind } from "../model/kinds.ts";
import type { ObjectMeta, OwnerReference } from "../model/objects.ts";
import { type Controller, type ControllerContext, type SyncResult, syncQueue } from "./framework/controller.ts";
import type { WorkQueue } from "./framework/work-queue.ts";
import { blockingDependents, FOREGROUND, type GraphNode, ORPHAN, OwnerGraph } from "./garbage-collector/graph.ts";

/** Events are ignored as upstream ignores them; metrics are no stored objects. */
const IGNORED: ReadonlySet<ApiKind> = new Set<ApiKind>(["events", ...AGGREGATED]);
// owners before what they own, so that few owners are unknown at first
const OWNERS_FIRST: readonly ApiKind[] = ["nodes", "cronJobs", "jobs", "deployments", "replicaSets", "services"];
const KINDS: readonly ApiKind[] = [
  ...OWNERS_FIRST,
  ...KNOWN_KINDS.map(({ list }) => list).filter((list) => !OWNERS_FIRST.includes(list) && !IGNORED.has(list)),
];
const ABSENT_OWNERS = 500;

export const garbageCollectorController: Controller = {
  name: "garbage-collector-controller",
  watches: KINDS,
  // an object costs two requests
  clientRates: { qps: 2, burst: 1 },
  start: (context) => new GarbageCollector(context).start(),
};

class GarbageCollector {
  private readonly context: ControllerContext;
  private readonly graph: OwnerGraph;
  private readonly deletions: WorkQueue;
  private readonly orphanings: WorkQueue;
  // uids of owners that are known to be gone, the oldest first
  private readonly absent = new Set<string>();

  constructor(context: ControllerContext) {
    this.context = context;
    const { concurrentGcSyncs } = context.flags;
    this.deletions = syncQueue(context, concurrentGcSyncs, (uid) => this.attemptToDelete(uid));
    this.orphanings = syncQueue(context, concurrentGcSyncs, (uid) => this.attemptToOrphan(uid));
    this.graph = new OwnerGraph({
      attemptToDelete: ({ uid }) => this.deletions.add(uid),
      attemptToOrphan: ({ uid }) => this.orphanings.add(uid),
      ownerGone: (uid) => this.noteAbsent(uid),
    });
  }

  start(): void {
    for (const kind of KINDS) {
      this.context.informers.of(kind).listen({
        added: (object, key) => this.graph.observe(kind, key, object, undefined),
        updated: (before, after, key) => {
          if (concernsOwnership(before, after)) this.graph.observe(kind, key, after, before);
        },
        deleted: (last) => this.graph.remove(last.metadata.uid ?? ""),
      });
    }
    this.deletions.start();
    this.orphanings.start();
  }

  private *attemptToDelete(uid: string): Steps<SyncResult> {
    const node = this.graph.nodes.get(uid);
    if (node === undefined || (node.isBeingDeleted && !node.isDeletingDependents)) return undefined;
    const { client } = this.context;
    const latest = yield* ask<ApiObject | ApiError>((done) => client.get(node.kind, node.key, done));
    if (latest instanceof ApiError && latest.reason !== "NotFound") return { error: latest.message };
    if (latest instanceof ApiError || latest.metadata.uid !== uid) {
      // gone without having been seen to go
      if (node.isVirtual || latest instanceof ApiError) this.graph.remove(uid);
      return undefined;
    }
    if (node.isDeletingDependents) return yield* this.goOnWhenFree(node);
    const result = yield* this.judge(node, latest);
    // a virtual node is looked at until a watch has shown it
    return result ?? (node.isVirtual && this.graph.nodes.has(uid) ? { error: "not observed yet" } : undefined);
  }

  /** An owner that is deleted in the foreground: it goes when nothing blocks it any more. */
  private *goOnWhenFree(node: GraphNode): Steps<SyncResult> {
    const blocking = blockingDependents(node);
    if (blocking.length === 0) return yield* this.removeFinalizer(node, FOREGROUND);
    for (const dependent of blocking) if (!dependent.isDeletingDependents) this.deletions.add(dependent.uid);
    return undefined;
  }

  private *judge(node: GraphNode, latest: ApiObject): Steps<SyncResult> {
    const references = latest.metadata.ownerReferences ?? [];
    if (references.length === 0) return undefined;
    const solid: OwnerReference[] = [];
    const dangling: OwnerReference[] = [];
    const waiting: OwnerReference[] = [];
    for (const reference of references) {
      const found = yield* this.stateOf(reference, latest);
      if (found instanceof ApiError) return { error: found.message };
      (found === "solid" ? solid : found === "dangling" ? dangling : waiting).push(reference);
    }
    if (solid.length > 0) {
      if (dangling.length + waiting.length === 0) return undefined;
      const gone = new Set([...dangling, ...waiting].map(({ uid }) => uid));
      return yield* this.changeOwners(node, (all) => all.filter((reference) => !gone.has(reference.uid)));
    }
    if (waiting.length > 0 && (node.dependents?.size ?? 0) > 0) {
      // a circle of owners that wait for each other would never end
      const hasWaiting = [...(node.dependents ?? [])].some((dependent) => dependent.isDeletingDependents);
      if (hasWaiting) {
        const unblock = (all: readonly OwnerReference[]) => all.map((one) => ({ ...one, blockOwnerDeletion: false }));
        const result = yield* this.changeOwners(node, unblock);
        if (result !== undefined) return result;
      }
      return yield* this.remove(node, latest, "Foreground");
    }
    const finalizers = latest.metadata.finalizers ?? [];
    const policy = finalizers.includes(ORPHAN)
      ? "Orphan"
      : finalizers.includes(FOREGROUND)
        ? "Foreground"
        : "Background";
    return yield* this.remove(node, latest, policy);
  }

  private *stateOf(
    { apiVersion, kind, name, uid = "" }: OwnerReference,
    dependent: ApiObject,
  ): Steps<"solid" | "dangling" | "waiting" | ApiError> {
    const known = knownKind(apiVersion ?? "", kind);
    if (uid === "" || known === undefined) return "solid";
    if (this.absent.has(uid)) return "dangling";
    const key = known.namespaced ? `${dependent.metadata.namespace ?? "default"}/${name}` : name;
    const owner = yield* ask<ApiObject | ApiError>((done) => this.context.client.get(known.list, key, done));
    if (owner instanceof ApiError && owner.reason !== "NotFound") return owner;
    if (owner instanceof ApiError || owner.metadata.uid !== uid) {
      this.noteAbsent(uid);
      return "dangling";
    }
    const { deletionTimestamp, finalizers } = owner.metadata;
    return deletionTimestamp != null && finalizers?.includes(FOREGROUND) === true ? "waiting" : "solid";
  }

  private *remove(
    node: GraphNode,
    { metadata }: ApiObject,
    propagationPolicy: NonNullable<DeleteOptions["propagationPolicy"]>,
  ): Steps<SyncResult> {
    const { resourceVersion, uid = "" } = metadata;
    const options: DeleteOptions = {
      propagationPolicy,
      uid,
      ...(resourceVersion === undefined ? {} : { resourceVersion }),
    };
    const { client } = this.context;
    let answer = yield* ask<unknown>((done) => client.delete(node.kind, node.key, options, done));
    if (answer instanceof ApiError && answer.reason === "Conflict") {
      // it has changed, which matters only if its owners have
      const live = yield* ask<ApiObject | ApiError>((done) => client.get(node.kind, node.key, done));
      const isSame = !(live instanceof ApiError) && live.metadata.uid === uid && sameOwners(live.metadata, metadata);
      if (isSame) {
        const byUid: DeleteOptions = { propagationPolicy, uid };
        answer = yield* ask<unknown>((done) => client.delete(node.kind, node.key, byUid, done));
      }
    }
    return answer instanceof ApiError && answer.reason !== "NotFound" ? { error: answer.message } : undefined;
  }

  private *attemptToOrphan(uid: string): Steps<SyncResult> {
    const node = this.graph.nodes.get(uid);
    if (node === undefined) return undefined;
    const answers = yield* askAll<unknown>(
      [...(node.dependents ?? [])].map(
        (dependent) => (done: (answer: unknown) => void) =>
          this.context.client.patch(
            dependent.kind,
            dependent.key,
            (before) => withOwners(before, (all) => all.filter((reference) => reference.uid !== uid)),
            done,
          ),
      ),
    );
    for (const answer of answers)
      if (answer instanceof ApiError && answer.reason !== "NotFound") return { error: answer.message };
    return yield* this.removeFinalizer(node, ORPHAN);
  }

  private *removeFinalizer({ key, kind, uid }: GraphNode, finalizer: string): Steps<SyncResult> {
    const answer = yield* ask<unknown>((done) =>
      this.context.client.patch(
        kind,
        key,
        (before) => {
          const { finalizers = [] } = before.metadata;
          if (before.metadata.uid !== uid || !finalizers.includes(finalizer)) return before;
          const left = finalizers.filter((name) => name !== finalizer);
          return { ...before, metadata: { ...before.metadata, finalizers: left } } as typeof before;
        },
        done,
      ),
    );
    return answer instanceof ApiError && answer.reason !== "NotFound" ? { error: answer.message } : undefined;
  }

  private *changeOwners(
    { key, kind }: GraphNode,
    change: (all: readonly OwnerReference[]) => readonly OwnerReference[],
  ): Steps<SyncResult> {
    const answer = yield* ask<unknown>((done) =>
      this.context.client.patch(kind, key, (before) => withOwners(before, change), done),
    );
    return answer instanceof ApiError && answer.reason !== "NotFound" ? { error: answer.message } : undefined;
  }

  private noteAbsent(uid: string): void {
    this.absent.add(uid);
    if (this.absent.size <= ABSENT_OWNERS) return;
    for (const oldest of this.absent) {
      this.absent.delete(oldest);
      return;
    }
  }
}

function withOwners<T extends ApiObject>(
  object: T,
  change: (all: readonly OwnerReference[]) => readonly OwnerReference[],
): T {
  const ownerReferences = change(object.metadata.ownerReferences ?? []);
  return { ...object, metadata: { ...object.metadata, ownerReferences } };
}

function sameOwners({ ownerReferences: a = [] }: ObjectMeta, { ownerReferences: b = [] }: ObjectMeta): boolean {
  return a.length === b.length && a.every(({ uid }, i) => uid === b[i]?.uid);
}

/** Most changes are of a status, and say nothing to it. */
function concernsOwnership({ metadata: a }: ApiObject, { metadata: b }: ApiObject): boolean {
  return (
    a.ownerReferences !== b.ownerReferences ||
    a.deletionTimestamp !== b.deletionTimestamp ||
    a.finalizers !== b.finalizers
  );
}
