// The Job controller: runs pods to completion. What pods do is looked at in batches of a second; each pod carries a finalizer until it is
// counted. Not modelled: spec.managedBy. Source: behaviour of kube-controller-manager's job controller (1.36).
import { ApiError, keyOf } from "../apiserver/client.ts";
import { ask, type Steps } from "../engine/steps.ts";
import { SECOND } from "../engine/tick.ts";
import type { Job, Pod } from "../model/objects.ts";
import { compileLabelSelector } from "../model/selectors.ts";
import { type Controller, type ControllerContext, type SyncResult, syncQueue } from "./framework/controller.ts";
import { controllerOf, OwnedObjects } from "./framework/controller-ref.ts";
import { Expectations } from "./framework/expectations.ts";
import { PodControl } from "./framework/pod-control.ts";
import { claim } from "./framework/ref-claim.ts";
import type { WorkQueue } from "./framework/work-queue.ts";
import { isJobFinished } from "./job/conditions.ts";
import { JOB_KIND, type JobParts } from "./job/controller-parts.ts";
import { isTracked, withoutTracking } from "./job/pods.ts";
import { jobSelector } from "./job/spec.ts";
import { syncJob } from "./job/sync.ts";

const BATCH_MICROS = SECOND;
const BACK_OFF = { baseMicros: SECOND, maxMicros: 60 * SECOND, isBucketed: false };

export const jobController: Controller = {
  name: "job-controller",
  watches: ["jobs", "pods"],
  start: (context) => new JobController(context).start(),
};

class JobController {
  private readonly context: ControllerContext;
  private readonly parts: JobParts;
  private readonly queue: WorkQueue;
  private readonly orphans: WorkQueue;
  private readonly owned: OwnedObjects<"pods">;

  constructor(context: ControllerContext) {
    this.context = context;
    this.owned = new OwnedObjects(context.informers.of("pods"));
    this.queue = syncQueue(context, context.flags.concurrentJobSyncs, (key) => this.sync(key), BACK_OFF);
    this.orphans = syncQueue(context, 1, (key) => this.releaseOrphan(key));
    this.parts = {
      context,
      pods: new PodControl(context),
      expectations: new Expectations(context.engine),
      released: new Map(),
      backOffs: new Map(),
      again: (key, delayMicros) => this.queue.addAfter(key, Math.max(BATCH_MICROS, delayMicros)),
      atDeadline: (key, delayMicros) => this.queue.addAfter(key, delayMicros),
    };
  }

  start(): void {
    const { informers } = this.context;
    informers.of("jobs").listen({
      added: (_job, key) => this.queue.add(key),
      updated: (before, after, key) => this.jobChanged(before, after, key),
      deleted: (job, key) => {
        this.queue.add(key);
        this.releaseAll(job);
      },
    });
    informers.of("pods").listen({
      added: (pod) => this.podAdded(pod),
      updated: (before, after) => this.podChanged(before, after),
      deleted: (pod) => this.podGoing(pod, true),
    });
    this.queue.start();
    this.orphans.start();
  }

  private jobChanged(before: Job, after: Job, key: string): void {
    // its own writes and those of pods are batched, the user's are not
    if (
      before.spec === after.spec ||
      (before.metadata.generation === after.metadata.generation && after.metadata.generation !== undefined)
    )
      this.queue.addAfter(key, BATCH_MICROS);
    else this.queue.add(key);
    if (isJobFinished(after)) this.releaseAll(after);
  }

  private podAdded(pod: Pod): void {
    if (pod.metadata.deletionTimestamp != null) return this.podGoing(pod, false);
    const owner = controllerOf(pod);
    if (owner === undefined) {
      if (isTracked(pod)) this.orphans.add(keyOf("pods", pod));
      return;
    }
    const job = this.jobOf(pod);
    if (job === undefined) return;
    const key = keyOf("jobs", job);
    this.parts.expectations.creationObserved(key);
    this.queue.addAfter(key, BATCH_MICROS);
  }

  private podChanged(before: Pod, pod: Pod): void {
    if (pod.metadata.deletionTimestamp != null) return this.podGoing(pod, false);
    if (before.metadata.ownerReferences !== pod.metadata.ownerReferences) {
      const former = this.jobOf(before);
      if (former !== undefined) this.podSeen(pod, keyOf("jobs", former));
    }
    if (controllerOf(pod) === undefined) {
      if (isTracked(pod)) this.orphans.add(keyOf("pods", pod));
      return;
    }
    const job = this.jobOf(pod);
    if (job !== undefined) this.podSeen(pod, keyOf("jobs", job));
  }

  private podSeen(pod: Pod, key: string): void {
    if (!isTracked(pod)) this.parts.released.get(key)?.delete(pod.metadata.uid ?? "");
    this.queue.addAfter(key, BATCH_MICROS);
  }

  /** It is being deleted, or (`isGone`) it was. */
  private podGoing(pod: Pod, isGone: boolean): void {
    const owner = controllerOf(pod);
    const job = owner === undefined ? undefined : this.jobOf(pod);
    if (job === undefined || isJobFinished(job)) {
      if (isTracked(pod)) this.orphans.add(keyOf("pods", pod));
      return;
    }
    const key = keyOf("jobs", job);
    this.parts.expectations.deletionObserved(key, keyOf("pods", pod));
    if (isGone || !isTracked(pod)) this.parts.released.get(key)?.delete(pod.metadata.uid ?? "");
    this.queue.addAfter(key, BATCH_MICROS);
  }

  private jobOf(pod: Pod): Job | undefined {
    const owner = controllerOf(pod);
    if (owner?.kind !== "Job") return undefined;
    const job = this.context.informers.of("jobs").cache.get(`${pod.metadata.namespace ?? "default"}/${owner.name}`);
    return job?.metadata.uid === owner.uid ? job : undefined;
  }

  // nobody counts its pods any more
  private releaseAll(job: Job): void {
    for (const pod of this.owned.of(job)) if (isTracked(pod)) this.orphans.add(keyOf("pods", pod));
  }

  private *sync(key: string): Steps<SyncResult> {
    const job = this.context.informers.of("jobs").cache.get(key);
    if (job === undefined) {
      this.parts.expectations.forget(key);
      this.parts.released.delete(key);
      this.parts.backOffs.delete(key);
      return undefined;
    }
    if (isJobFinished(job)) return yield* syncJob(this.parts, key, job, []);
    const pods = yield* claim(
      {
        context: this.context,
        kind: "pods",
        ownerKind: "jobs",
        owner: job,
        controller: JOB_KIND,
        matcher: compileLabelSelector(jobSelector(job)),
      },
      this.owned.of(job),
      job.spec?.manualSelector === true ? this.owned.orphans(job.metadata.namespace ?? "default") : [],
    );
    if (pods instanceof ApiError) return { error: pods.message };
    return yield* syncJob(this.parts, key, job, pods);
  }

  private *releaseOrphan(key: string): Steps<SyncResult> {
    const { client, informers } = this.context;
    const pod = informers.of("pods").cache.get(key);
    if (pod === undefined || !isTracked(pod)) return undefined;
    const owner = controllerOf(pod);
    if (owner !== undefined && owner.kind !== "Job") return undefined;
    const job = this.jobOf(pod);
    if (job !== undefined && !isJobFinished(job)) return undefined;
    const answer = yield* ask<unknown>((done) => client.patch("pods", key, withoutTracking, done));
    if (answer instanceof ApiError && answer.reason !== "NotFound") return { error: answer.message };
    return undefined;
  }
}
