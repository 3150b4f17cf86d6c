// The DaemonSet controller: a pod on each node that wants one. What it has where is kept in daemon-set/table.ts, and a sync looks at what
// has changed. The deprecated label pod-template-generation is not written. Source: behaviour of kube-controller-manager 1.36.
import { ApiError, keyOf } from "../apiserver/client.ts";
import type { SharedInformer } from "../apiserver/shared-informer.ts";
import { ask, askAll, type Steps } from "../engine/steps.ts";
import { SECOND } from "../engine/tick.ts";
import { daemonSpec } from "../model/daemon.ts";
import type { ControllerRevision, DaemonSet, Labels, Node, OwnerReference, Pod } from "../model/objects.ts";
import { compileLabelSelector, type LabelMatcher } from "../model/selectors.ts";
import { FailedPodsBackOff } from "./daemon-set/failed-pods.ts";
import { type DaemonWork, manage } from "./daemon-set/manage.ts";
import { DAEMON_SET_HISTORY, DAEMON_SET_KIND, HASH_LABEL, targetNodeOf } from "./daemon-set/pods.ts";
import { hasSurge, isRolling, rollingUpdate } from "./daemon-set/rolling-update.ts";
import { type DaemonSetStatus, daemonSetStatus, sameDaemonSetStatus } from "./daemon-set/status.ts";
import { DaemonTable, type DaemonTarget } from "./daemon-set/table.ts";
import { ConsistencyStore } from "./framework/consistency.ts";
import { type Controller, type ControllerContext, type SyncResult, syncQueue } from "./framework/controller.ts";
import { controllerOf, controllerReference, OwnedObjects } from "./framework/controller-ref.ts";
import { Expectations } from "./framework/expectations.ts";
import { History, templateOf } from "./framework/history.ts";
import { isNamespaceTerminating, PodControl } from "./framework/pod-control.ts";
import { isPodReady } from "./framework/pod-state.ts";
import { claim } from "./framework/ref-claim.ts";
import { slowStart } from "./framework/slow-start.ts";
import type { WorkQueue } from "./framework/work-queue.ts";

/** Pods created, and deleted, in one sync at most. */
const BURST_REPLICAS = 250;
const STATUS_RETRIES = 1;
const DEFAULT_HISTORY_LIMIT = 10;
const TIDY_UP_MICROS = 60 * SECOND;

export const daemonSetController: Controller = {
  name: "daemonset-controller",
  watches: ["daemonSets", "pods", "nodes", "controllerRevisions"],
  start: (context) => new DaemonSetController(context).start(),
};

/** What is remembered of one DaemonSet. */
interface Memory {
  readonly uid: string;
  readonly table: DaemonTable;
  readonly reference: OwnerReference;
  readonly matcher: LabelMatcher;
  /** Own pods that the selector does not match any more. */
  readonly strangers: Map<string, Pod>;
  labels: { readonly hash: string; readonly labels: Labels } | null;
}

class DaemonSetController {
  private readonly context: ControllerContext;
  private readonly queue: WorkQueue;
  private readonly sets: SharedInformer<"daemonSets">;
  private readonly nodes: SharedInformer<"nodes">;
  private readonly podsOf: OwnedObjects<"pods">;
  private readonly byNamespace;
  private readonly history: History;
  private readonly expectations: Expectations;
  private readonly consistency: ConsistencyStore;
  private readonly podControl: PodControl;
  private readonly backOff = new FailedPodsBackOff();
  private readonly memories = new Map<string, Memory>();
  private tidiedAtMicros = 0;

  constructor(context: ControllerContext) {
    this.context = context;
    this.queue = syncQueue(context, context.flags.concurrentDaemonSetSyncs, (key) => this.sync(key));
    this.sets = context.informers.of("daemonSets");
    this.nodes = context.informers.of("nodes");
    this.podsOf = new OwnedObjects(context.informers.of("pods"));
    this.byNamespace = this.sets.index("namespace", ({ metadata }) => [metadata.namespace ?? "default"]);
    this.history = new History(context, DAEMON_SET_HISTORY);
    this.expectations = new Expectations(context.engine);
    this.consistency = new ConsistencyStore(context.engine);
    this.podControl = new PodControl(context);
  }

  start(): void {
    this.consistency.follow("pods", this.context.informers.of("pods"));
    this.consistency.follow("daemonSets", this.sets);
    this.sets.listen({
      added: (_set, key) => this.queue.add(key),
      updated: (_before, _after, key) => this.queue.add(key),
      deleted: (_last, key) => {
        this.memories.delete(key);
        this.expectations.forget(key);
        this.queue.add(key);
      },
    });
    this.nodes.listen({
      added: (_node, name) => this.nodeChanged(name),
      updated: (before, node, name) => {
        if (isOtherwise(before, node)) this.nodeChanged(name);
      },
      deleted: (_node, name) => this.nodeChanged(name),
    });
    this.context.informers.of("pods").listen({
      added: (pod, key) => this.podAdded(pod, key),
      updated: (before, pod, key) => this.podUpdated(before, pod, key),
      deleted: (pod, key) => this.podDeleted(pod, key),
    });
    this.queue.start();
  }

  private nodeChanged(name: string): void {
    for (const [key, { table }] of this.memories) if (table.nodeChanged(name)) this.queue.add(key);
  }

  private podAdded(pod: Pod, key: string): void {
    const reference = controllerOf(pod);
    if (reference === undefined) return this.orphanChanged(pod);
    const set = this.resolve(pod, reference);
    if (set === undefined) return;
    this.put(set, pod, key);
    if (pod.metadata.deletionTimestamp != null) this.expectations.deletionObserved(set, key);
    else this.expectations.creationObserved(set);
    this.queue.add(set);
  }

  private podUpdated(before: Pod, pod: Pod, key: string): void {
    const reference = controllerOf(pod);
    const former = controllerOf(before);
    if (former !== undefined && former.uid !== reference?.uid) {
      const set = this.resolve(before, former);
      if (set !== undefined) {
        this.drop(set, before, key);
        this.queue.add(set);
      }
    }
    if (reference === undefined) {
      if (former !== undefined || before.metadata.labels !== pod.metadata.labels) this.orphanChanged(pod);
      return;
    }
    const set = this.resolve(pod, reference);
    if (set === undefined) return;
    if (targetNodeOf(before) !== targetNodeOf(pod)) this.drop(set, before, key);
    this.put(set, pod, key);
    // the node gets its time to stop it: a new one may come meanwhile
    if (pod.metadata.deletionTimestamp != null) this.expectations.deletionObserved(set, key);
    this.queue.add(set);
    const minReadySeconds = this.sets.cache.get(set)?.spec?.minReadySeconds ?? 0;
    if (minReadySeconds > 0 && isPodReady(pod) && !isPodReady(before)) {
      // a second more than needed: the time of readiness has whole seconds
      this.queue.addAfter(set, (minReadySeconds + 1) * SECOND);
    }
  }

  private podDeleted(pod: Pod, key: string): void {
    const reference = controllerOf(pod);
    const set = reference === undefined ? undefined : this.resolve(pod, reference);
    if (set === undefined) return;
    this.drop(set, pod, key);
    this.expectations.deletionObserved(set, key);
    this.queue.add(set);
  }

  private orphanChanged(pod: Pod): void {
    for (const set of this.byNamespace.get(pod.metadata.namespace ?? "default")) {
      const matcher = compileLabelSelector(set.spec?.selector);
      if (!matcher.isEmpty && matcher.matches(pod.metadata.labels ?? {})) this.queue.add(keyOf("daemonSets", set));
    }
  }

  private resolve(pod: Pod, reference: OwnerReference): string | undefined {
    if (reference.kind !== "DaemonSet") return undefined;
    const key = `${pod.metadata.namespace ?? "default"}/${reference.name}`;
    return this.sets.cache.get(key)?.metadata.uid === reference.uid ? key : undefined;
  }

  private put(set: string, pod: Pod, key: string): void {
    const memory = this.memories.get(set);
    if (memory === undefined) return;
    memory.table.putPod(targetNodeOf(pod), key, pod);
    if (memory.matcher.matches(pod.metadata.labels ?? {})) memory.strangers.delete(key);
    else memory.strangers.set(key, pod);
  }

  private drop(set: string, pod: Pod, key: string): void {
    const memory = this.memories.get(set);
    memory?.table.removePod(targetNodeOf(pod), key);
    memory?.strangers.delete(key);
  }

  /** What is known of a set; built from the informers at its first sync. */
  private memoryOf(key: string, set: DaemonSet): Memory {
    const uid = set.metadata.uid ?? "";
    let memory = this.memories.get(key);
    if (memory === undefined || memory.uid !== uid) {
      memory = {
        uid,
        table: new DaemonTable(this.nodes.cache),
        reference: controllerReference(set, DAEMON_SET_KIND),
        matcher: compileLabelSelector(set.spec?.selector),
        strangers: new Map(),
        labels: null,
      };
      this.memories.set(key, memory);
      for (const pod of this.podsOf.of(set)) this.put(key, pod, keyOf("pods", pod));
    }
    return memory;
  }

  private *sync(key: string): Steps<SyncResult> {
    if (!this.consistency.isReady(key)) return { error: "the informers have not seen the last writes yet" };
    const set = this.sets.cache.get(key);
    if (set === undefined) {
      this.expectations.forget(key);
      this.consistency.forget(key);
      return undefined;
    }
    const memory = this.memoryOf(key, set);
    if (memory.matcher.isEmpty) {
      const text = "This daemon set is selecting all pods. A non-empty selector is required.";
      this.event(set, "Warning", "SelectingAll", text);
      return undefined;
    }
    if (set.metadata.deletionTimestamp != null) return undefined;
    const revision = yield* this.currentRevision(set);
    if (revision instanceof ApiError) return { error: revision.message };
    const { hash } = revision;
    const target: DaemonTarget = {
      hash,
      spec: set.spec?.template?.spec ?? { containers: [] },
      minReadySeconds: set.spec?.minReadySeconds ?? 0,
      hasSurge: hasSurge(set),
    };
    const error = yield* this.claimPods(set, memory);
    if (error !== null) return { error: error.message };
    const { collisionCount } = revision;
    memory.table.refresh(target, this.context.engine.now);
    if (!this.expectations.isSatisfied(key)) {
      return yield* this.writeStatus(key, set, daemonSetStatus(set, memory.table.counts, collisionCount, false));
    }
    const failure = yield* this.update(key, set, memory, target, revision.old);
    memory.table.refresh(target, this.context.engine.now);
    const status = daemonSetStatus(set, memory.table.counts, collisionCount, true);
    const result = yield* this.writeStatus(key, set, status);
    return failure === null ? result : { error: failure.message };
  }

  private *update(
    key: string,
    set: DaemonSet,
    memory: Memory,
    target: DaemonTarget,
    old: readonly ControllerRevision[],
  ): Steps<ApiError | null> {
    const { table } = memory;
    const work = manage(table, target, this.context.engine.now, {
      mayReplaceFailed: (pod, node) => this.mayReplaceFailed(key, set, pod, node),
      succeeded: (pod, node) => {
        const text = `Found succeeded daemon pod ${keyOf("pods", pod)} on node ${node}, will try to delete it`;
        this.event(set, "Normal", "SucceededDaemonPod", text);
      },
    });
    const failure = yield* this.carryOut(key, set, memory, target, work);
    if (failure !== null) return failure;
    if (isRolling(set) && this.expectations.isSatisfied(key)) {
      table.refresh(target, this.context.engine.now);
      const error = yield* this.carryOut(key, set, memory, target, rollingUpdate(set, table, target));
      if (error !== null) return error;
    }
    return yield* this.cleanUpHistory(set, table, old);
  }

  private mayReplaceFailed(key: string, set: DaemonSet, pod: Pod, node: string): boolean {
    const { now } = this.context.engine;
    if (now - this.tidiedAtMicros > TIDY_UP_MICROS) {
      this.backOff.tidyUp(now);
      this.tidiedAtMicros = now;
    }
    const waitMicros = this.backOff.next(`${set.metadata.uid}/${set.status?.observedGeneration ?? 0}/${node}`, now);
    if (waitMicros > 0) {
      this.queue.addAfter(key, waitMicros);
      return false;
    }
    const text = `Found failed daemon pod ${keyOf("pods", pod)} on node ${node}, will try to kill it`;
    this.event(set, "Warning", "FailedDaemonPod", text);
    return true;
  }

  /** Creates in growing batches, then deletes, up to the burst; the first refusal. */
  private *carryOut(
    key: string,
    set: DaemonSet,
    memory: Memory,
    target: DaemonTarget,
    work: DaemonWork,
  ): Steps<ApiError | null> {
    const create = work.create.slice(0, BURST_REPLICAS);
    const remove = work.remove.slice(0, BURST_REPLICAS);
    if (create.length === 0 && remove.length === 0) return null;
    const template = set.spec?.template;
    if (template === undefined) return null;
    const owner = { ...DAEMON_SET_KIND, metadata: set.metadata };
    this.expectations.expect(
      key,
      create.length,
      remove.map((pod) => keyOf("pods", pod)),
    );
    const { reference } = memory;
    const labels = labelsOf(memory, target.hash, template.metadata?.labels);
    const { error, successes } = yield* slowStart(create.length, (i, done) => {
      const spec = daemonSpec(template.spec, create[i] as string);
      this.podControl.create({ owner, reference, template, spec, labels }, (answer) => {
        if (!(answer instanceof ApiError)) this.consistency.wrote(key, "pods", answer);
        done(answer instanceof ApiError && isNamespaceTerminating(answer) ? null : answer);
      });
    });
    for (let i = successes; i < create.length; i++) this.expectations.creationObserved(key);
    const answers = yield* askAll(
      remove.map((pod) => (done: (answer: null | ApiError) => void) => {
        this.podControl.delete(owner, pod, (answer) => {
          if (answer instanceof ApiError) this.expectations.deletionObserved(key, keyOf("pods", pod));
          done(answer instanceof ApiError && answer.reason === "NotFound" ? null : answer);
        });
      }),
    );
    return error ?? answers.find((answer) => answer instanceof ApiError) ?? null;
  }

  /** Adopts and releases pods. Only those that the selector says something new about are looked at. */
  private *claimPods(set: DaemonSet, { matcher, strangers }: Memory): Steps<ApiError | null> {
    const orphans = this.podsOf.orphans(set.metadata.namespace ?? "default");
    if (strangers.size === 0 && orphans.length === 0) return null;
    const answer = yield* claim(
      {
        context: this.context,
        kind: "pods",
        ownerKind: "daemonSets",
        owner: set,
        controller: DAEMON_SET_KIND,
        matcher,
      },
      [...strangers.values()],
      orphans,
    );
    return answer instanceof ApiError ? answer : null;
  }

  private *currentRevision(
    set: DaemonSet,
  ): Steps<
    { readonly hash: string; readonly collisionCount: number; readonly old: readonly ControllerRevision[] } | ApiError
  > {
    const template = set.spec?.template ?? { spec: { containers: [] } };
    const orphans = this.history.orphans(set.metadata.namespace ?? "default");
    if (orphans.length > 0) {
      const matcher = compileLabelSelector(set.spec?.selector);
      const claimed = yield* claim(
        {
          context: this.context,
          kind: "controllerRevisions",
          ownerKind: "daemonSets",
          owner: set,
          controller: DAEMON_SET_KIND,
          matcher,
        },
        [],
        orphans,
      );
      if (claimed instanceof ApiError) return claimed;
    }
    const known = this.history.of(set);
    const next = (known.at(-1)?.revision ?? 0) + 1;
    let collisionCount = set.status?.collisionCount ?? 0;
    let current = known.findLast((revision) => {
      const other = templateOf(revision);
      return other !== undefined && this.history.hashes.areEqual(other, template);
    });
    const old = known.filter((revision) => revision !== current);
    if (current === undefined) {
      const made = yield* this.history.create(set, template, next, collisionCount);
      if (made instanceof ApiError) return made;
      current = made.revision;
      collisionCount = made.collisionCount;
    } else if (current !== known.at(-1)) {
      const renumbered = yield* this.history.renumber(current, next);
      if (renumbered instanceof ApiError) return renumbered;
      current = renumbered;
    }
    return { hash: current.metadata.labels?.[HASH_LABEL] ?? "", collisionCount, old };
  }

  private *cleanUpHistory(
    set: DaemonSet,
    table: DaemonTable,
    old: readonly ControllerRevision[],
  ): Steps<ApiError | null> {
    const surplus = old.length - (set.spec?.revisionHistoryLimit ?? DEFAULT_HISTORY_LIMIT);
    if (surplus <= 0) return null;
    const live = table.liveHashes(HASH_LABEL);
    const spare = old.filter((revision) => !live.has(revision.metadata.labels?.[HASH_LABEL] ?? ""));
    for (const revision of spare.slice(0, surplus)) {
      const answer = yield* this.history.remove(revision);
      if (answer instanceof ApiError) return answer;
    }
    return null;
  }

  private *writeStatus(key: string, set: DaemonSet, status: DaemonSetStatus): Steps<SyncResult> {
    const { client } = this.context;
    if (!sameDaemonSetStatus(set.status, status)) {
      let target = set;
      for (let tries = 0; ; tries++) {
        const written = yield* ask<DaemonSet | ApiError>((done) =>
          client.updateStatus("daemonSets", { ...target, status }, done),
        );
        if (!(written instanceof ApiError)) {
          this.consistency.wrote(key, "daemonSets", written);
          break;
        }
        if (tries >= STATUS_RETRIES) return { error: written.message };
        const fresh = yield* ask<DaemonSet | ApiError>((done) => client.get("daemonSets", key, done));
        if (fresh instanceof ApiError) return { error: fresh.message };
        target = fresh;
      }
    }
    const minReadySeconds = set.spec?.minReadySeconds ?? 0;
    if (minReadySeconds === 0 || status.numberReady === status.numberAvailable) return undefined;
    return { againMicros: minReadySeconds * SECOND };
  }

  private event(set: DaemonSet, type: "Normal" | "Warning", reason: string, message: string): void {
    this.context.events.event({ ...DAEMON_SET_KIND, metadata: set.metadata }, type, reason, message);
  }
}

// one object for all pods of a revision
function labelsOf(memory: Memory, hash: string, template: Labels | undefined): Labels {
  if (memory.labels?.hash !== hash) memory.labels = { hash, labels: { ...template, [HASH_LABEL]: hash } };
  return memory.labels.labels;
}

/** Does a change of a node say anything that decides about pods? */
function isOtherwise(before: Node, after: Node): boolean {
  return before.metadata.labels !== after.metadata.labels || before.spec !== after.spec;
}
