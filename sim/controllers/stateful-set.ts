// The StatefulSet controller: reacts to sets and their pods, keeps their revisions and writes the status; what becomes of the pods is in
// stateful-set/sync.ts. Source: behaviour of kube-controller-manager 1.36.
import { ApiError, keyOf } from "../apiserver/client.ts";
import type { SharedInformer } from "../apiserver/shared-informer.ts";
import { ask, type Steps } from "../engine/steps.ts";
import { SECOND } from "../engine/tick.ts";
import type { ControllerRevision, OwnerReference, Pod, StatefulSet } from "../model/objects.ts";
import { ConsistencyStore } from "./framework/consistency.ts";
import { type Controller, type ControllerContext, type SyncResult, syncQueue } from "./framework/controller.ts";
import { controllerOf, controllerReference, OwnedObjects } from "./framework/controller-ref.ts";
import { History, templateOf } from "./framework/history.ts";
import { Matchers } from "./framework/matchers.ts";
import { isPodReady, nextAvailabilityMicros } from "./framework/pod-state.ts";
import { claim } from "./framework/ref-claim.ts";
import type { WorkQueue } from "./framework/work-queue.ts";
import { ordinalOf, revisionOf } from "./stateful-set/identity.ts";
import { STATEFUL_SET_HISTORY, STATEFUL_SET_KIND, StatefulPodControl } from "./stateful-set/pod-control.ts";
import { completed, isInconsistent, type Revisions, type StatefulSetStatus } from "./stateful-set/status.ts";
import { syncPods } from "./stateful-set/sync.ts";

const DEFAULT_HISTORY_LIMIT = 10;
/** A status that meets a Conflict is tried again so often: client-go's DefaultRetry. */
const STATUS_TRIES = 5;

export const statefulSetController: Controller = {
  name: "statefulset-controller",
  watches: ["statefulSets", "pods", "persistentVolumeClaims", "controllerRevisions"],
  start: (context) => new StatefulSetController(context).start(),
};

class StatefulSetController {
  private readonly context: ControllerContext;
  private readonly queue: WorkQueue;
  private readonly sets: SharedInformer<"statefulSets">;
  private readonly podsOf: OwnedObjects<"pods">;
  private readonly byNamespace;
  private readonly history: History;
  private readonly consistency: ConsistencyStore;
  private readonly control: StatefulPodControl;
  private readonly matchers = new Matchers();
  private readonly references = new Map<string, OwnerReference>();

  constructor(context: ControllerContext) {
    this.context = context;
    this.queue = syncQueue(context, context.flags.concurrentStatefulSetSyncs, (key) => this.sync(key));
    this.sets = context.informers.of("statefulSets");
    this.podsOf = new OwnedObjects(context.informers.of("pods"));
    this.byNamespace = this.sets.index("namespace", ({ metadata }) => [metadata.namespace ?? "default"]);
    this.history = new History(context, STATEFUL_SET_HISTORY);
    this.consistency = new ConsistencyStore(context.engine);
    this.control = new StatefulPodControl(context, this.consistency);
  }

  start(): void {
    const { informers } = this.context;
    this.consistency.follow("pods", informers.of("pods"));
    this.consistency.follow("statefulSets", this.sets);
    this.sets.listen({
      added: (_set, key) => this.queue.add(key),
      updated: (_before, _after, key) => this.queue.add(key),
      deleted: (last, key) => {
        this.references.delete(last.metadata.uid ?? "");
        this.queue.add(key);
      },
    });
    informers.of("pods").listen({
      added: (pod) => this.podAdded(pod),
      updated: (before, pod) => this.podUpdated(before, pod),
      deleted: (pod) => this.ownerChanged(pod),
    });
    this.queue.start();
  }

  private podAdded(pod: Pod): void {
    if (controllerOf(pod) !== undefined) this.ownerChanged(pod);
    else if (pod.metadata.deletionTimestamp == null) this.orphanChanged(pod);
  }

  private podUpdated(before: Pod, pod: Pod): void {
    const former = controllerOf(before);
    const current = controllerOf(pod);
    if (former !== undefined && former.uid !== current?.uid) this.ownerChanged(before);
    if (current === undefined) {
      if (former !== undefined || before.metadata.labels !== pod.metadata.labels) this.orphanChanged(pod);
      return;
    }
    const key = this.ownerChanged(pod);
    const minReadySeconds = key === undefined ? 0 : (this.sets.cache.get(key)?.spec?.minReadySeconds ?? 0);
    if (key !== undefined && minReadySeconds > 0 && isPodReady(pod) && !isPodReady(before)) {
      // a second more than needed: the time of readiness has whole seconds
      this.queue.addAfter(key, (minReadySeconds + 1) * SECOND);
    }
  }

  private ownerChanged(pod: Pod): string | undefined {
    const reference = controllerOf(pod);
    if (reference?.kind !== "StatefulSet") return undefined;
    const key = `${pod.metadata.namespace ?? "default"}/${reference.name}`;
    if (this.sets.cache.get(key)?.metadata.uid !== reference.uid) return undefined;
    this.queue.add(key);
    return key;
  }

  private orphanChanged(pod: Pod): void {
    for (const set of this.byNamespace.get(pod.metadata.namespace ?? "default")) {
      const matcher = this.matchers.of(set.spec?.selector);
      if (!matcher.isEmpty && matcher.matches(pod.metadata.labels ?? {})) this.queue.add(keyOf("statefulSets", set));
    }
  }

  private *sync(key: string): Steps<SyncResult> {
    if (!this.consistency.isReady(key)) return { error: "the informers have not seen the last writes yet" };
    const set = this.sets.cache.get(key);
    if (set === undefined) {
      this.consistency.forget(key);
      return undefined;
    }
    const { context } = this;
    const owned = this.podsOf.of(set);
    // only pods that are named after the set can be members
    const orphans = this.podsOf.orphans(set.metadata.namespace ?? "default").filter((pod) => ordinalOf(set, pod) >= 0);
    const claimed = yield* claim(
      {
        context,
        kind: "pods",
        ownerKind: "statefulSets",
        owner: set,
        controller: STATEFUL_SET_KIND,
        matcher: this.matchers.of(set.spec?.selector),
      },
      owned,
      orphans,
    );
    if (claimed instanceof ApiError) return { error: claimed.message };
    const adopted = yield* this.adoptRevisions(set);
    if (adopted !== null) return { error: adopted.message };
    const known = this.history.of(set);
    const revisions = yield* this.revisionsOf(set, known);
    if (revisions instanceof ApiError) return { error: revisions.message };
    const nowMicros = context.engine.now;
    const reference = this.referenceTo(set);
    const { control } = this;
    const race = context.stream(`parallel/${key}`);
    const sync = { key, set, pods: claimed, revisions, control, reference, nowMicros, race };
    const { error, status } = yield* syncPods(sync);
    const refusal = yield* this.writeStatus(key, set, completed(set, status));
    if (refusal !== null || error !== null) return { error: (error ?? refusal)?.message ?? "" };
    const failure = yield* this.truncate(set, known, claimed, revisions);
    if (failure !== null) return { error: failure.message };
    const againMicros = nextAvailabilityMicros(claimed, set.spec?.minReadySeconds ?? 0, nowMicros);
    return againMicros === undefined ? undefined : { againMicros };
  }

  /** Revisions that a former set of this name has left behind. */
  private *adoptRevisions(set: StatefulSet): Steps<ApiError | null> {
    const orphans = this.history.orphans(set.metadata.namespace ?? "default");
    if (orphans.length === 0) return null;
    const answer = yield* claim(
      {
        context: this.context,
        kind: "controllerRevisions",
        ownerKind: "statefulSets",
        owner: set,
        controller: STATEFUL_SET_KIND,
        matcher: this.matchers.of(set.spec?.selector),
      },
      [],
      orphans,
    );
    return answer instanceof ApiError ? answer : null;
  }

  /** The revision of the present template, made if there is none, and the one that the pods were of before it. */
  private *revisionsOf(set: StatefulSet, known: readonly ControllerRevision[]): Steps<Revisions | ApiError> {
    const template = set.spec?.template ?? { spec: { containers: [] } };
    const next = (known.at(-1)?.revision ?? 0) + 1;
    const equal = known.filter((revision) => {
      const other = templateOf(revision);
      return other !== undefined && this.history.hashes.areEqual(other, template);
    });
    let collisionCount = set.status?.collisionCount ?? 0;
    let update = equal.at(-1);
    if (update === undefined) {
      const made = yield* this.history.create(set, template, next, collisionCount);
      if (made instanceof ApiError) return made;
      update = made.revision;
      collisionCount = made.collisionCount;
    } else if (update !== known.at(-1)) {
      // an older template is back: it becomes the newest revision
      const renumbered = yield* this.history.renumber(update, next);
      if (renumbered instanceof ApiError) return renumbered;
      update = renumbered;
    }
    const current = known.find((revision) => revision.metadata.name === set.status?.currentRevision) ?? update;
    return { current, update, collisionCount };
  }

  private *writeStatus(key: string, set: StatefulSet, status: StatefulSetStatus): Steps<ApiError | null> {
    if (!isInconsistent(set.status, status)) return null;
    let target = set;
    for (let tries = 1; ; tries++) {
      const written = yield* ask<StatefulSet | ApiError>((done) =>
        this.context.client.updateStatus("statefulSets", { ...target, status }, done),
      );
      if (!(written instanceof ApiError)) {
        this.consistency.wrote(key, "statefulSets", written);
        return null;
      }
      if (written.reason !== "Conflict" || tries >= STATUS_TRIES) return written;
      // what the informer has by now
      target = this.sets.cache.get(key) ?? target;
    }
  }

  /** Deletes the oldest revisions that nothing refers to, beyond the limit. */
  private *truncate(
    set: StatefulSet,
    known: readonly ControllerRevision[],
    pods: readonly Pod[],
    { current, update }: Revisions,
  ): Steps<ApiError | null> {
    const limit = set.spec?.revisionHistoryLimit ?? DEFAULT_HISTORY_LIMIT;
    if (known.length <= limit) return null;
    const live = new Set([current.metadata.name, update.metadata.name, ...pods.map(revisionOf)]);
    const spare = known.filter((revision) => !live.has(revision.metadata.name));
    for (const revision of spare.slice(0, Math.max(0, spare.length - limit))) {
      const answer = yield* this.history.remove(revision);
      if (answer instanceof ApiError) return answer;
    }
    return null;
  }

  private referenceTo(set: StatefulSet): OwnerReference {
    const uid = set.metadata.uid ?? "";
    let reference = this.references.get(uid);
    if (reference === undefined) {
      reference = controllerReference(set, STATEFUL_SET_KIND);
      this.references.set(uid, reference);
    }
    return reference;
  }
}
