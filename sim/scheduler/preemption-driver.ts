// Carries out what preemption has decided: victims are told, then deleted through the API, the last one only after the others.
// The pod that they make room for is held at the gate until then, so that it is not tried in vain.
// Source: asynchronous preemption of Kubernetes 1.36 (KEP-4832).
import { ApiError, type Client } from "../apiserver/client.ts";
import type { EventSink } from "../apiserver/event-recorder.ts";
import type { Recorder } from "../metrics/recorder.ts";
import type { Pod } from "../model/objects.ts";
import { type Status, status } from "./framework.ts";
import type { PodStatusWriter } from "./pod-status-writer.ts";
import type { Attempt } from "./scheduler.ts";
import type { PodInfo } from "./shape.ts";

const WAITING = status(
  "UnschedulableAndUnresolvable",
  "DefaultPreemption",
  "waiting for the preemption for this pod to be finished",
);

export interface PreemptionDriverOptions {
  readonly client: Client;
  readonly recorder: Recorder;
  readonly events: EventSink | null;
  readonly statuses: PodStatusWriter;
  /** The newest known object of a pod. */
  readonly latest: (key: string) => Pod | undefined;
  /** Told of a pod when it need not be held any longer. */
  readonly finished: (key: string) => void;
  /** Told of a pod whose victims could not all be deleted: it has to be tried again. */
  readonly failed: (key: string) => void;
}

export class PreemptionDriver {
  private readonly options: PreemptionDriverOptions;
  private readonly preempting = new Set<string>();

  constructor(options: PreemptionDriverOptions) {
    this.options = options;
  }

  /** Holds pods whose victims are being deleted. */
  preEnqueue(pod: PodInfo): Status | null {
    return this.preempting.has(pod.key) ? WAITING : null;
  }

  /** @param attempt a failed attempt with victims */
  begin(preemptor: PodInfo, attempt: Attempt): void {
    const { recorder, statuses, latest, finished, failed } = this.options;
    recorder.preempts(preemptor.shape.schedulerName);
    for (const loser of attempt.clearedNominations) {
      const pod = latest(loser.key);
      if (pod !== undefined) statuses.nominationLost(pod);
    }
    const others = attempt.victims.slice(0, -1);
    const last = attempt.victims[attempt.victims.length - 1] as PodInfo;
    this.preempting.add(preemptor.key);
    let open = others.length;
    let allGone = true;
    const deleteLast = () => {
      // released before the last victim goes: its deletion is the event that brings the pod back
      this.preempting.delete(preemptor.key);
      finished(preemptor.key);
      if (!allGone) return failed(preemptor.key);
      this.evict(last, preemptor, (isGone) => {
        if (!isGone) failed(preemptor.key);
      });
    };
    if (open === 0) deleteLast();
    for (const victim of others) {
      this.evict(victim, preemptor, (isGone) => {
        allGone &&= isGone;
        open--;
        if (open === 0) deleteLast();
      });
    }
  }

  private evict(victim: PodInfo, preemptor: PodInfo, done: (isGone: boolean) => void): void {
    const { client, recorder, statuses, latest } = this.options;
    const text = `Preempted by pod ${preemptor.uid} on node ${victim.nodeName}`;
    recorder.victim(victim.uid, preemptor.shape.schedulerName);
    const pod = latest(victim.key);
    if (pod !== undefined)
      statuses.disrupted(pod, `${preemptor.shape.schedulerName}: preempting to accommodate a higher priority pod`);
    client.delete("pods", victim.key, { uid: victim.uid }, (answer) => {
      // gone already is as good as deleted
      if (!(answer instanceof ApiError)) {
        recorder.podEvent("Normal", "Preempted", victim.uid, victim.nodeName, text);
        const { metadata } = victim.pod;
        this.options.events?.event({ apiVersion: "v1", kind: "Pod", metadata }, "Normal", "Preempted", text);
      }
      done(!(answer instanceof ApiError) || !answer.isTransient);
    });
  }
}
