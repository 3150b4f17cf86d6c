// One sync of a Deployment, from top to bottom: pause, scaling, or a step of the rollout, and the status. It works on a copy of the
// Deployment as the informer had it: whatever it writes twice meets a Conflict the second time and is tried again, as upstream.
// Source: behaviour of kube-controller-manager 1.36.
import { ApiError } from "../../apiserver/client.ts";
import { ask, type Steps } from "../../engine/steps.ts";
import { SECOND } from "../../engine/tick.ts";
import type { Condition, Deployment, ReplicaSet } from "../../model/objects.ts";
import { findCondition, setCondition } from "../framework/conditions.ts";
import type { SyncResult } from "../framework/controller.ts";
import { isPodFinished } from "../framework/pod-state.ts";
import { claim } from "../framework/ref-claim.ts";
import { DESIRED_REPLICAS, MAX_REPLICAS, numberIn, replicaAnnotations, revisionOf } from "./annotations.ts";
import { newReplicaSet } from "./new-replica-set.ts";
import { DEPLOYMENT_KIND, type DeploymentParts } from "./parts.ts";
import {
  activeOrLatest,
  activeSets,
  actualReplicas,
  availableReplicas,
  findNewSet,
  isRollingUpdate,
  isSaturated,
  maxSurge,
  maxUnavailable,
  newSetReplicas,
  olderFirst,
  progressDeadlineSeconds,
  proportionalSizes,
  replicasOf,
  revisionHistoryLimit,
  wantedReplicas,
} from "./rules.ts";
import {
  condition,
  countedStatus,
  type DeploymentStatus,
  isComplete,
  type Now,
  rolloutStatus,
  sameDeploymentStatus,
  untilDeadlineMicros,
} from "./status.ts";

/** A write that was refused: the sync ends there, and is tried again. Thrown within a sync only, so that every step need not pass it on. */
class Refused {
  readonly error: ApiError;

  constructor(error: ApiError) {
    this.error = error;
  }
}

/** The new set and the old ones. */
interface Sets {
  readonly newSet: ReplicaSet | undefined;
  readonly oldSets: readonly ReplicaSet[];
}

const allOf = ({ newSet, oldSets }: Sets): readonly ReplicaSet[] =>
  newSet === undefined ? oldSets : [...oldSets, newSet];

export class DeploymentSync {
  private readonly parts: DeploymentParts;
  /** As the sync goes on: annotations and conditions that it has written, with the resourceVersion of the beginning. */
  private deployment: Deployment;
  private sets: readonly ReplicaSet[] = [];

  constructor(parts: DeploymentParts, deployment: Deployment) {
    this.parts = parts;
    this.deployment = deployment;
  }

  *run(): Steps<SyncResult> {
    try {
      return yield* this.sync();
    } catch (refused) {
      if (refused instanceof Refused) return { error: refused.error.message };
      throw refused;
    }
  }

  private *sync(): Steps<SyncResult> {
    const { context } = this.parts;
    const matcher = this.parts.matcherOf(this.deployment);
    if (matcher.isEmpty) return yield* this.refuseEmptySelector();
    const claimed = yield* claim(
      {
        context,
        kind: "replicaSets",
        ownerKind: "deployments",
        owner: this.deployment,
        controller: DEPLOYMENT_KIND,
        matcher,
      },
      this.parts.setsOf(this.deployment),
      this.parts.orphanSets(this.deployment.metadata.namespace ?? "default"),
    );
    if (claimed instanceof ApiError) return { error: claimed.message };
    this.sets = claimed;
    if (this.deployment.metadata.deletionTimestamp != null) {
      return yield* this.writeCountedStatus(yield* this.split(false));
    }
    yield* this.notePause();
    if (this.deployment.spec?.paused === true) return yield* this.scaleOnly();
    if (yield* this.wasScaled()) return yield* this.scaleOnly();
    return isRollingUpdate(this.deployment) ? yield* this.roll() : yield* this.recreate();
  }

  private now(): Now {
    const { engine, timestamps } = this.parts.context;
    return { micros: engine.now, timestamp: timestamps.at(engine.now) };
  }

  private event(type: "Normal" | "Warning", reason: string, message: string): void {
    this.parts.context.events.event({ ...DEPLOYMENT_KIND, metadata: this.deployment.metadata }, type, reason, message);
  }

  private *refuseEmptySelector(): Steps<SyncResult> {
    this.event("Warning", "SelectingAll", "This deployment is selecting all pods. A non-empty selector is required.");
    const generation = this.deployment.metadata.generation ?? 0;
    if ((this.deployment.status?.observedGeneration ?? 0) < generation) {
      yield* this.writeStatus({ ...this.deployment.status, observedGeneration: generation });
    }
    return undefined;
  }

  // ---- which sets there are

  /** Finds the new set, brings its annotations and the Deployment's revision up to date, and makes it if it is wanted. */
  private *split(create: boolean): Steps<Sets> {
    const known = findNewSet(this.deployment, this.sets, this.parts.hashes);
    const oldSets = known === undefined ? this.sets : this.sets.filter((set) => set !== known);
    const answer = yield* newReplicaSet(
      {
        parts: this.parts,
        deployment: this.deployment,
        writeStatus: (deployment) => this.tryStatus(deployment),
        event: (type, reason, message) => this.event(type, reason, message),
        now: this.now(),
      },
      known,
      oldSets,
      create,
    );
    if (answer instanceof ApiError) throw new Refused(answer);
    this.deployment = answer.deployment;
    // what was written is seen by the rest of the sync
    this.sets = answer.newSet === undefined ? oldSets : [...oldSets, answer.newSet];
    return { newSet: answer.newSet, oldSets };
  }

  // ---- pause and scaling

  private *notePause(): Steps {
    if (progressDeadlineSeconds(this.deployment) === null) return;
    const current = findCondition(this.deployment.status?.conditions, "Progressing");
    if (current?.reason === "ProgressDeadlineExceeded") return;
    const isNoted = current?.reason === "DeploymentPaused";
    const isPaused = this.deployment.spec?.paused === true;
    if (isNoted === isPaused) return;
    const next = isPaused
      ? condition("Progressing", "Unknown", "DeploymentPaused", "Deployment is paused", this.now())
      : condition("Progressing", "Unknown", "DeploymentResumed", "Deployment is resumed", this.now());
    yield* this.writeCondition(next);
  }

  private *wasScaled(): Steps<boolean> {
    const sets = yield* this.split(false);
    for (const set of activeSets(allOf(sets))) {
      const desired = numberIn(set, DESIRED_REPLICAS);
      if (desired !== undefined && desired !== replicasOf(this.deployment)) return true;
    }
    return false;
  }

  private *scaleOnly(): Steps<SyncResult> {
    let sets = yield* this.split(false);
    sets = yield* this.scale(sets);
    if (this.deployment.spec?.paused === true) yield* this.cleanUp(sets.oldSets);
    return yield* this.writeCountedStatus(sets);
  }

  private *scale(sets: Sets): Steps<Sets> {
    const { newSet, oldSets } = sets;
    const only = activeOrLatest(newSet, oldSets);
    if (only !== undefined) {
      const wanted = replicasOf(this.deployment);
      return replicasOf(only) === wanted ? sets : replaced(sets, only, yield* this.scaleSet(only, wanted));
    }
    let result = sets;
    if (isSaturated(this.deployment, newSet)) {
      for (const set of activeSets(oldSets)) result = replaced(result, set, yield* this.scaleSet(set, 0));
      return result;
    }
    if (!isRollingUpdate(this.deployment)) return sets;
    for (const [set, size] of proportionalSizes(this.deployment, activeSets(allOf(sets)))) {
      result = replaced(result, set, yield* this.scaleSet(set, size));
    }
    return result;
  }

  /** Writes size and annotations of a set where they differ; the set as it is then. */
  private *scaleSet(set: ReplicaSet, size: number): Steps<ReplicaSet> {
    const { client } = this.parts.context;
    const desired = replicasOf(this.deployment);
    const max = desired + maxSurge(this.deployment);
    const before = replicasOf(set);
    const isAnnotated = numberIn(set, DESIRED_REPLICAS) === desired && numberIn(set, MAX_REPLICAS) === max;
    if (before === size && isAnnotated) return set;
    const annotations = { ...set.metadata.annotations, ...replicaAnnotations(desired, max) };
    const spec = before === size ? set.spec : { ...set.spec, replicas: size };
    const next: ReplicaSet = { ...set, metadata: { ...set.metadata, annotations }, ...(spec && { spec }) };
    const written = yield* ask<ReplicaSet | ApiError>((done) => client.update("replicaSets", next, done));
    if (written instanceof ApiError) throw new Refused(written);
    if (before !== size) {
      const direction = before < size ? "up" : "down";
      const text = `Scaled ${direction} replica set ${set.metadata.name} from ${before} to ${size}`;
      this.event("Normal", "ScalingReplicaSet", text);
    }
    return written;
  }

  // ---- rolling update

  private *roll(): Steps<SyncResult> {
    const sets = yield* this.split(true);
    const { newSet, oldSets } = sets;
    if (newSet !== undefined) {
      const size = this.nextSize(newSet, allOf(sets));
      if (size !== replicasOf(newSet)) {
        return yield* this.writeRolloutStatus(replaced(sets, newSet, yield* this.scaleSet(newSet, size)));
      }
    }
    const shrunk = yield* this.shrinkOldSets(sets);
    if (shrunk !== sets) return yield* this.writeRolloutStatus(shrunk);
    if (isComplete(this.deployment, this.deployment.status)) yield* this.cleanUp(oldSets);
    return yield* this.writeRolloutStatus(sets);
  }

  private nextSize(newSet: ReplicaSet, all: readonly ReplicaSet[]): number {
    const wanted = replicasOf(this.deployment);
    const current = replicasOf(newSet);
    return current >= wanted ? wanted : newSetReplicas(this.deployment, all, current);
  }

  /** Scales old sets down as far as enough pods stay available, those that are not healthy first. */
  private *shrinkOldSets(sets: Sets): Steps<Sets> {
    const { newSet } = sets;
    const old = activeSets(sets.oldSets).sort(olderFirst);
    if (wantedReplicas(old) === 0) return sets;
    const minAvailable = replicasOf(this.deployment) - maxUnavailable(this.deployment);
    const notYet = newSet === undefined ? 0 : replicasOf(newSet) - (newSet.status?.availableReplicas ?? 0);
    const maxScaledDown = wantedReplicas(allOf(sets)) - minAvailable - notYet;
    if (maxScaledDown <= 0) return sets;
    let result = sets;
    // pods that are not available anyway
    let left = maxScaledDown;
    for (const [i, set] of old.entries()) {
      const unavailable = replicasOf(set) - (set.status?.availableReplicas ?? 0);
      const count = Math.min(left, unavailable);
      if (count <= 0) continue;
      const after = yield* this.scaleSet(set, replicasOf(set) - count);
      result = replaced(result, set, after);
      old[i] = after;
      left -= count;
    }
    left = availableReplicas(allOf(result)) - minAvailable;
    for (const set of old) {
      const count = Math.min(left, replicasOf(set));
      if (count <= 0) continue;
      result = replaced(result, set, yield* this.scaleSet(set, replicasOf(set) - count));
      left -= count;
    }
    return result;
  }

  // ---- recreate

  private *recreate(): Steps<SyncResult> {
    let sets = yield* this.split(false);
    const active = activeSets(sets.oldSets);
    if (active.length > 0) {
      for (const set of active) sets = replaced(sets, set, yield* this.scaleSet(set, 0));
      return yield* this.writeRolloutStatus(sets);
    }
    if (this.hasOldPods(sets)) return yield* this.writeRolloutStatus(sets);
    if (sets.newSet === undefined) sets = yield* this.split(true);
    const { newSet } = sets;
    if (newSet !== undefined) {
      sets = replaced(sets, newSet, yield* this.scaleSetIfNeeded(newSet, replicasOf(this.deployment)));
    }
    if (isComplete(this.deployment, this.deployment.status)) yield* this.cleanUp(sets.oldSets);
    return yield* this.writeRolloutStatus(sets);
  }

  private *scaleSetIfNeeded(set: ReplicaSet, size: number): Steps<ReplicaSet> {
    return replicasOf(set) === size ? set : yield* this.scaleSet(set, size);
  }

  private hasOldPods({ oldSets }: Sets): boolean {
    if (actualReplicas(oldSets) > 0) return true;
    return oldSets.some((set) => this.parts.podsOf(set).some((pod) => !isPodFinished(pod)));
  }

  // ---- history and status

  /** Deletes the oldest of the sets that are no longer used, beyond the limit. */
  private *cleanUp(oldSets: readonly ReplicaSet[]): Steps {
    const limit = revisionHistoryLimit(this.deployment);
    if (limit === null) return;
    const present = oldSets.filter((set) => set.metadata.deletionTimestamp == null);
    const surplus = present.length - limit;
    if (surplus <= 0) return;
    present.sort((a, b) => revisionOf(a) - revisionOf(b) || olderFirst(a, b));
    const { client } = this.parts.context;
    for (const set of present.slice(0, surplus)) {
      const isStale = (set.metadata.generation ?? 0) > (set.status?.observedGeneration ?? 0);
      if ((set.status?.replicas ?? 0) !== 0 || replicasOf(set) !== 0 || isStale) continue;
      const { name, namespace = "default" } = set.metadata;
      const answer = yield* ask<null | ApiError>((done) =>
        client.delete("replicaSets", `${namespace}/${name}`, {}, done),
      );
      if (answer instanceof ApiError && answer.reason !== "NotFound") throw new Refused(answer);
    }
  }

  private *writeCountedStatus(sets: Sets): Steps<SyncResult> {
    const status = countedStatus(this.deployment, allOf(sets), sets.newSet, this.now());
    if (!sameDeploymentStatus(this.deployment.status, status)) yield* this.writeStatus(status);
    return undefined;
  }

  private *writeRolloutStatus(sets: Sets): Steps<SyncResult> {
    const now = this.now();
    const status = rolloutStatus(this.deployment, allOf(sets), sets.newSet, now);
    if (!sameDeploymentStatus(this.deployment.status, status)) {
      yield* this.writeStatus(status);
      return undefined;
    }
    const left = untilDeadlineMicros(this.deployment, status, now);
    if (left === undefined) return undefined;
    // a second more: the time of the last progress has whole seconds
    return left < SECOND ? { error: "the progress deadline is about to pass" } : { againMicros: left + SECOND };
  }

  private *writeCondition(next: Condition): Steps {
    const status = this.deployment.status ?? {};
    yield* this.writeStatus({ ...status, conditions: setCondition(status.conditions, next) });
  }

  private *writeStatus(status: DeploymentStatus): Steps {
    const answer = yield* this.tryStatus({ ...this.deployment, status });
    if (answer !== null) throw new Refused(answer);
    this.deployment = { ...this.deployment, status };
  }

  private *tryStatus(deployment: Deployment): Steps<ApiError | null> {
    const { client } = this.parts.context;
    const answer = yield* ask<Deployment | ApiError>((done) => client.updateStatus("deployments", deployment, done));
    return answer instanceof ApiError ? answer : null;
  }
}

function replaced(sets: Sets, before: ReplicaSet, after: ReplicaSet): Sets {
  if (before === after) return sets;
  if (sets.newSet === before) return { newSet: after, oldSets: sets.oldSets };
  return { newSet: sets.newSet, oldSets: sets.oldSets.map((set) => (set === before ? after : set)) };
}
