// The ReplicaSet controller, and the ReplicationController's, which is the same over another kind: keeps as many active pods of a
// template as are wanted. Source: behaviour of kube-controller-manager 1.36.
import { ApiError, keyOf } from "../apiserver/client.ts";
import type { SharedInformer } from "../apiserver/shared-informer.ts";
import { ask, askAll, type Steps } from "../engine/steps.ts";
import { SECOND } from "../engine/tick.ts";
import type { KubernetesObject, OwnerReference, Pod, ReplicaSet } from "../model/objects.ts";
import type { LabelMatcher } from "../model/selectors.ts";
import { ConsistencyStore } from "./framework/consistency.ts";
import { type Controller, type ControllerContext, type SyncResult, syncQueue } from "./framework/controller.ts";
import { type ControllerKind, controllerOf, controllerReference, OwnedObjects } from "./framework/controller-ref.ts";
import { Expectations } from "./framework/expectations.ts";
import { Matchers } from "./framework/matchers.ts";
import { isNamespaceTerminating, PodControl } from "./framework/pod-control.ts";
import { isPodActive, isPodReady, isPodTerminating, nextAvailabilityMicros } from "./framework/pod-state.ts";
import { claim } from "./framework/ref-claim.ts";
import { slowStart } from "./framework/slow-start.ts";
import type { WorkQueue } from "./framework/work-queue.ts";
import { PodTally } from "./replica-set/pod-tally.ts";
import { podsToDelete } from "./replica-set/pods-to-delete.ts";
import { type ReplicaSource, replicaSets, replicationControllers } from "./replica-set/source.ts";
import {
  countPods,
  countTallies,
  type PodCounts,
  replicaSetStatus,
  sameReplicaSetStatus,
} from "./replica-set/status.ts";

/** Pods created or deleted in one sync at most. */
const BURST_REPLICAS = 500;
/** A status that could not be written is tried once more, on the newest version. */
const STATUS_RETRIES = 1;

export const replicaSetController: Controller = {
  name: "replicaset-controller",
  watches: ["replicaSets", "pods"],
  start: (context) => new ReplicaSetController(context, replicaSets).start(),
};

export const replicationControllerController: Controller = {
  name: "replicationcontroller-controller",
  eventSource: "replication-controller",
  watches: ["replicationControllers", "pods"],
  start: (context) => new ReplicaSetController(context, replicationControllers).start(),
};

class ReplicaSetController {
  private readonly context: ControllerContext;
  private readonly source: ReplicaSource;
  private readonly controllerKind: ControllerKind;
  private readonly queue: WorkQueue;
  private readonly sets: SharedInformer<"replicaSets">;
  private readonly podsOf: OwnedObjects<"pods">;
  private readonly setsOf: OwnedObjects<"replicaSets">;
  private readonly byNamespace;
  private readonly tally = new PodTally();
  private readonly expectations: Expectations;
  private readonly consistency: ConsistencyStore;
  private readonly podControl: PodControl;
  private readonly references = new Map<string, OwnerReference>();
  private readonly matchers = new Matchers();

  constructor(context: ControllerContext, source: ReplicaSource) {
    this.context = context;
    this.source = source;
    this.controllerKind = source.controllerKind;
    const workers = context.flags.concurrentReplicaSetSyncs;
    this.queue = syncQueue(context, workers, (key) => this.sync(key));
    // both kinds have the same shape, once their selectors are alike
    this.sets = context.informers.of(source.kind as "replicaSets");
    this.podsOf = new OwnedObjects(context.informers.of("pods"));
    this.setsOf = new OwnedObjects(this.sets);
    this.byNamespace = this.sets.index("namespace", (set) => [set.metadata.namespace ?? "default"]);
    this.expectations = new Expectations(context.engine);
    this.consistency = new ConsistencyStore(context.engine);
    this.podControl = new PodControl(context);
  }

  start(): void {
    this.consistency.follow("pods", this.context.informers.of("pods"));
    this.consistency.follow(this.source.kind as "replicaSets", this.sets);
    this.sets.listen({
      added: (_set, key) => this.queue.add(key),
      updated: (_before, _after, key) => this.queue.add(key),
      deleted: (last, key) => {
        this.expectations.forget(key);
        this.references.delete(last.metadata.uid ?? "");
        this.queue.add(key);
      },
    });
    this.context.informers.of("pods").listen({
      added: (pod, key) => this.podAdded(pod, key),
      updated: (before, pod, key) => this.podUpdated(before, pod, key),
      deleted: (pod, key) => this.podDeleted(pod, key),
    });
    this.context.informers.of("pods").listen(this.tally.handlers);
    this.queue.start();
  }

  private podAdded(pod: Pod, key: string): void {
    // on a restart a pod can appear that is being deleted already
    if (pod.metadata.deletionTimestamp != null) return this.podDeleted(pod, key);
    const reference = controllerOf(pod);
    if (reference === undefined) return this.orphanChanged(pod);
    const set = this.resolve(pod, reference);
    if (set === undefined) return;
    this.expectations.creationObserved(set);
    this.queue.add(set);
  }

  private podUpdated(before: Pod, pod: Pod, key: string): void {
    if (before === pod) return;
    // the node gets its time to stop it: for the controller it is gone as soon as it is marked
    if (pod.metadata.deletionTimestamp != null) return this.podDeleted(pod, key);
    const reference = controllerOf(pod);
    const former = controllerOf(before);
    if (former !== undefined && former.uid !== reference?.uid) {
      const set = this.resolve(before, former);
      if (set !== undefined) this.queue.add(set);
    }
    if (reference === undefined) {
      if (former !== undefined || before.metadata.labels !== pod.metadata.labels) this.orphanChanged(pod);
      return;
    }
    const setKey = this.resolve(pod, reference);
    if (setKey === undefined) return;
    this.queue.add(setKey);
    const minReadySeconds = this.sets.cache.get(setKey)?.spec?.minReadySeconds ?? 0;
    if (minReadySeconds > 0 && isPodReady(pod) && !isPodReady(before)) {
      // a second more than needed: the time of readiness has whole seconds
      this.queue.addAfter(setKey, (minReadySeconds + 1) * SECOND);
    }
  }

  private podDeleted(pod: Pod, key: string): void {
    const reference = controllerOf(pod);
    if (reference === undefined) return;
    const set = this.resolve(pod, reference);
    if (set === undefined) return;
    this.expectations.deletionObserved(set, key);
    this.queue.add(set);
  }

  private orphanChanged(pod: Pod): void {
    for (const set of this.byNamespace.get(pod.metadata.namespace ?? "default")) {
      if (controllerMatches(this.matcherOf(set), pod)) this.queue.add(keyOf(this.source.kind, set));
    }
  }

  /** The key of the set that a reference names, if it is still that one. */
  private resolve(pod: Pod, reference: OwnerReference): string | undefined {
    if (reference.kind !== this.controllerKind.kind) return undefined;
    const key = `${pod.metadata.namespace ?? "default"}/${reference.name}`;
    return this.sets.cache.get(key)?.metadata.uid === reference.uid ? key : undefined;
  }

  private *sync(key: string): Steps<SyncResult> {
    const { engine, timestamps } = this.context;
    if (!this.consistency.isReady(key)) return { error: "the informers have not seen the last writes yet" };
    const set = this.sets.cache.get(key);
    if (set === undefined) {
      this.expectations.forget(key);
      this.consistency.forget(key);
      return undefined;
    }
    const needsSync = this.expectations.isSatisfied(key);
    const minReadySeconds = set.spec?.minReadySeconds ?? 0;
    const templateLabels = set.spec?.template?.metadata?.labels;
    let pods: PodCounts;
    let terminating: number;
    let claimed: readonly Pod[] | null = null;
    if (minReadySeconds === 0 && this.ownsAllThatMatch(set)) {
      const tallies = this.tally.of(set.metadata.uid ?? "");
      pods = countTallies(tallies, templateLabels);
      terminating = 0;
      for (const tally of tallies) terminating += tally.terminating;
    } else {
      const owned = this.podsOf.of(set);
      const answer = yield* this.claimPods(set, owned);
      if (answer instanceof ApiError) return { error: answer.message };
      claimed = answer;
      pods = countPods(claimed, templateLabels, minReadySeconds, engine.now);
      terminating = owned.filter(isPodTerminating).length;
    }
    const surplus = pods.active - (set.spec?.replicas ?? 1);
    let failure: ApiError | null = null;
    if (needsSync && surplus !== 0 && set.metadata.deletionTimestamp == null) {
      failure = yield* this.manage(key, set, claimed, surplus);
    }
    const status = replicaSetStatus(set.status, {
      pods,
      terminating: this.source.countsTerminating ? terminating : null,
      observedGeneration: set.metadata.generation ?? 0,
      failure:
        failure === null ? null : { reason: surplus < 0 ? "FailedCreate" : "FailedDelete", message: failure.message },
      timestamp: timestamps.at(engine.now),
    });
    if (!sameReplicaSetStatus(set.status, status)) {
      const written = yield* this.writeStatus(key, set, status);
      if (written instanceof ApiError) return { error: written.message };
    }
    if (failure !== null) return { error: failure.message };
    if (minReadySeconds === 0 || status.readyReplicas === status.availableReplicas) return undefined;
    const againMicros = nextAvailabilityMicros(claimed ?? [], minReadySeconds, engine.now);
    return againMicros === undefined ? undefined : { againMicros };
  }

  /** Nothing is to be adopted and nothing to be released: nearly always. */
  private ownsAllThatMatch(set: ReplicaSet): boolean {
    if (this.podsOf.hasOrphans(set.metadata.namespace ?? "default")) return false;
    const matcher = this.matcherOf(set);
    for (const { active, labels } of this.tally.of(set.metadata.uid ?? "")) {
      if (active > 0 && !matcher.matches(labels)) return false;
    }
    return true;
  }

  private *claimPods(set: ReplicaSet, owned: readonly Pod[]): Steps<readonly Pod[] | ApiError> {
    const orphans = this.podsOf.orphans(set.metadata.namespace ?? "default").filter(isPodActive);
    return yield* claim(
      {
        context: this.context,
        kind: "pods",
        ownerKind: this.source.kind as "replicaSets",
        owner: set,
        controller: this.controllerKind,
        matcher: this.matcherOf(set),
      },
      owned.filter(isPodActive),
      orphans,
    );
  }

  private *writeStatus(
    key: string,
    set: ReplicaSet,
    status: NonNullable<ReplicaSet["status"]>,
  ): Steps<ReplicaSet | ApiError> {
    const { client } = this.context;
    const kind = this.source.kind as "replicaSets";
    let target = set;
    for (let tries = 0; ; tries++) {
      const written = yield* ask<ReplicaSet | ApiError>((done) =>
        client.updateStatus(kind, { ...target, status }, done),
      );
      if (!(written instanceof ApiError)) {
        this.consistency.wrote(key, kind, written);
        return written;
      }
      if (tries >= STATUS_RETRIES) return written;
      const fresh = yield* ask<ReplicaSet | ApiError>((done) => client.get(kind, key, done));
      if (fresh instanceof ApiError) return fresh;
      target = fresh;
    }
  }

  /**
   * Creates what is missing or deletes what is too much; the first refusal.
   *
   * @param claimed the set's active pods; null = all that it owns
   */
  private *manage(
    key: string,
    set: ReplicaSet,
    claimed: readonly Pod[] | null,
    surplus: number,
  ): Steps<ApiError | null> {
    if (surplus < 0) return yield* this.createPods(key, set, Math.min(-surplus, BURST_REPLICAS));
    const active = claimed ?? this.podsOf.of(set).filter(isPodActive);
    return yield* this.deletePods(key, set, active, Math.min(surplus, BURST_REPLICAS));
  }

  private *createPods(key: string, set: ReplicaSet, count: number): Steps<ApiError | null> {
    const template = set.spec?.template;
    if (template === undefined) return null;
    const owner = this.involved(set);
    const blueprint = { owner, reference: this.referenceTo(set), template };
    this.expectations.expectCreations(key, count);
    const { error, successes } = yield* slowStart(count, (_i, done) =>
      this.podControl.create(blueprint, (answer) => {
        if (!(answer instanceof ApiError)) this.consistency.wrote(key, "pods", answer);
        // nothing can be created there any more, and nothing needs to
        done(answer instanceof ApiError && isNamespaceTerminating(answer) ? null : answer);
      }),
    );
    for (let i = successes; i < count; i++) this.expectations.creationObserved(key);
    return error;
  }

  private *deletePods(key: string, set: ReplicaSet, active: readonly Pod[], count: number): Steps<ApiError | null> {
    const chosen = podsToDelete(active, this.relatedPods(set), count, this.context.engine.now);
    const owner = this.involved(set);
    this.expectations.expectDeletions(
      key,
      chosen.map((pod) => keyOf("pods", pod)),
    );
    const answers = yield* askAll(
      chosen.map((pod) => (done: (answer: null | ApiError) => void) => {
        this.podControl.delete(owner, pod, (answer) => {
          if (answer instanceof ApiError) this.expectations.deletionObserved(key, keyOf("pods", pod));
          done(answer instanceof ApiError && answer.reason === "NotFound" ? null : answer);
        });
      }),
    );
    return answers.find((answer) => answer instanceof ApiError) ?? null;
  }

  /** Pods of all sets of the same owner. */
  private relatedPods(set: ReplicaSet): readonly Pod[] {
    const reference = controllerOf(set);
    if (reference === undefined) return [];
    const siblings = this.setsOf.of({ metadata: { name: reference.name, uid: reference.uid ?? "" } });
    return siblings.flatMap((sibling) => this.podsOf.of(sibling));
  }

  private involved(set: ReplicaSet) {
    const { apiVersion, kind } = this.controllerKind;
    return { apiVersion, kind, metadata: set.metadata };
  }

  // one object for all pods of the set
  private referenceTo(set: KubernetesObject): OwnerReference {
    const uid = set.metadata.uid ?? "";
    let reference = this.references.get(uid);
    if (reference === undefined) {
      reference = controllerReference(set, this.controllerKind);
      this.references.set(uid, reference);
    }
    return reference;
  }

  private matcherOf(set: ReplicaSet): LabelMatcher {
    const selector = this.source.selectorOf(set);
    return this.matchers.of(selector?.selector, selector?.identity);
  }
}

function controllerMatches(matcher: LabelMatcher, pod: Pod): boolean {
  return !matcher.isEmpty && matcher.matches(pod.metadata.labels ?? {});
}
