// Keeps the API's pod statuses at what the kubelet says: a changed status is sent at once, one that could not be sent again at the
// next 10 s batch, and a pod that has ended is deleted for good after its last status was taken. Source: the kubelet's status manager.
import { ApiError, type Client } from "../apiserver/client.ts";
import type { Lifetime } from "../engine/lifetime.ts";
import { ask, runSteps, type Steps } from "../engine/steps.ts";
import { SECOND } from "../engine/tick.ts";
import type { Pod, PodStatus } from "../model/objects.ts";
import { sameValue } from "../model/same-value.ts";

/** What the manager keeps of a pod. */
export interface Reported {
  readonly uid: string;
  readonly key: string;
  /** Of its object in the API: a static pod has the one of its mirror. "" = it has none now. */
  readonly apiUid: string;
  /** What is to be said; undefined = nothing yet. */
  status: PodStatus | undefined;
  /** What the API has taken. */
  accepted: PodStatus | undefined;
  /** Nothing is left of the pod on the node: when it is being deleted, its object can go. */
  isFinished: boolean;
  isBeingDeleted(): boolean;
  /** Does the API say something else than it was told? */
  isContradicted(): boolean;
  /** Its object is gone, or another has its name. */
  lost(): void;
  /** It waits to be sent, or is on its way. */
  isQueued: boolean;
  readonly isGone: boolean;
}

export interface StatusManagerOptions {
  readonly life: Lifetime;
  readonly client: Client;
  /** One after the other, each after a look at the pod's object, as the kubelet does; or all at once and blindly. */
  readonly isSerial: boolean;
  /** Until the next batch of what has failed, from now. */
  readonly batchMicros: () => number;
}

export const STATUS_BATCH_MICROS = 10 * SECOND;

export class StatusManager {
  private readonly options: StatusManagerOptions;
  private readonly queue: Reported[] = [];
  private readonly failed = new Set<Reported>();
  private isSending = false;

  constructor(options: StatusManagerOptions) {
    this.options = options;
  }

  /** Says this of the pod from now on. @returns whether that is something new */
  set(pod: Reported, status: PodStatus): boolean {
    if (pod.status !== undefined && sameValue(pod.status, status)) return false;
    pod.status = status;
    this.send(pod);
    return true;
  }

  /** Sends what is to be said, even if it was said before: the API's memory may have been lost. */
  send(pod: Reported): void {
    if (pod.isQueued || pod.isGone || pod.apiUid === "") return;
    pod.isQueued = true;
    if (!this.options.isSerial) {
      this.work(pod);
      return;
    }
    this.queue.push(pod);
    this.next();
  }

  /** The API says something else about the pod than it was told, as after a restored backup: told again at the next batch, if so still. */
  differs(pod: Reported): void {
    this.again(pod);
  }

  private next(): void {
    if (this.isSending) return;
    const pod = this.queue.shift();
    if (pod === undefined) return;
    this.isSending = true;
    this.work(pod);
  }

  private work(pod: Reported): void {
    runSteps(this.sync(pod), (isDone) => {
      if (this.options.life.isOver) return;
      this.isSending = false;
      pod.isQueued = false;
      if (!isDone) this.again(pod);
      // what changed meanwhile
      else if (!pod.isGone && pod.accepted !== pod.status) this.send(pod);
      else if (!pod.isGone && pod.isFinished && pod.isBeingDeleted()) this.send(pod);
      this.next();
    });
  }

  private again(pod: Reported): void {
    const { batchMicros, life } = this.options;
    if (this.failed.has(pod) || pod.isGone) return;
    this.failed.add(pod);
    life.after(batchMicros(), () => {
      this.failed.delete(pod);
      if (pod.isQueued) return;
      if (pod.isContradicted()) pod.accepted = undefined;
      // what seemed to differ was only late
      if (pod.accepted !== pod.status || (pod.isFinished && pod.isBeingDeleted())) this.send(pod);
    });
  }

  private *sync(pod: Reported): Steps<boolean> {
    const { client, isSerial, life } = this.options;
    const { apiUid: uid, status } = pod;
    if (isSerial) {
      const found = yield* ask<Pod | ApiError>((done) => client.get("pods", pod.key, life.guard(done)));
      if (found instanceof ApiError) return found.reason === "NotFound" ? this.gone(pod) : false;
      if (found.metadata.uid !== uid) return this.gone(pod);
    }
    if (status !== undefined && pod.accepted !== status) {
      const answer = yield* ask<Pod | ApiError>((done) =>
        client.patchStatus("pods", pod.key, (before) => patched(before, uid, status), life.guard(done)),
      );
      if (answer instanceof ApiError) {
        if (answer.reason === "NotFound" || answer.reason === "Conflict") return this.gone(pod);
        return false;
      }
      pod.accepted = status;
    }
    if (!pod.isFinished || !pod.isBeingDeleted() || pod.status !== pod.accepted) return true;
    const removed = yield* ask<null | ApiError>((done) =>
      client.delete("pods", pod.key, { gracePeriodSeconds: 0, uid }, life.guard(done)),
    );
    if (removed instanceof ApiError && removed.reason !== "NotFound" && removed.reason !== "Conflict") return false;
    return this.gone(pod);
  }

  private gone(pod: Reported): boolean {
    pod.lost();
    return true;
  }
}

/** The object with this status; conditions of others that came meanwhile stay. */
function patched(before: Pod, uid: string, status: PodStatus): Pod {
  const own = new Set((status.conditions ?? []).map((c) => c.type));
  const others = (before.status?.conditions ?? []).filter((c) => !own.has(c.type));
  const conditions = others.length === 0 ? status.conditions : [...(status.conditions ?? []), ...others];
  return { ...before, metadata: { ...before.metadata, uid }, status: { ...before.status, ...status, conditions } };
}
