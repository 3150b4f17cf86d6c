// How many pods each owner has, in the states that a ReplicaSet's status counts. Kept current pod by pod, so that a sync of a set whose
// pods change one after the other does not look at all of them each time.
import type { InformerHandlers } from "../../apiserver/shared-informer.ts";
import type { Labels, Pod } from "../../model/objects.ts";
import { controllerOf } from "../framework/controller-ref.ts";
import { isPodActive, isPodReady, isPodTerminating } from "../framework/pod-state.ts";

/** Pods of one owner with the same labels: those of one template share them as one object. */
export interface Tally {
  readonly labels: Labels;
  /** All, in whatever state. */
  pods: number;
  active: number;
  /** Active, and ready. */
  ready: number;
  /** Being deleted, and not finished. */
  terminating: number;
}

const NO_LABELS: Labels = {};
const NONE: readonly Tally[] = [];

export class PodTally {
  private readonly owners = new Map<string, Tally[]>();
  readonly handlers: InformerHandlers<Pod> = {
    added: (pod) => this.count(pod, 1),
    updated: (before, after) => {
      if (!countsAlike(before, after)) {
        this.count(before, -1);
        this.count(after, 1);
      }
    },
    deleted: (_last, _key, before) => this.count(before, -1),
  };

  /** By the labels that there are; nearly always one. */
  of(ownerUid: string): readonly Tally[] {
    return this.owners.get(ownerUid) ?? NONE;
  }

  private count(pod: Pod, by: 1 | -1): void {
    const uid = controllerOf(pod)?.uid;
    if (uid === undefined) return;
    const tally = this.tallyOf(uid, pod.metadata.labels ?? NO_LABELS);
    tally.pods += by;
    if (isPodActive(pod)) {
      tally.active += by;
      if (isPodReady(pod)) tally.ready += by;
    } else if (isPodTerminating(pod)) tally.terminating += by;
    if (tally.pods === 0) this.forget(uid, tally);
  }

  private tallyOf(uid: string, labels: Labels): Tally {
    let tallies = this.owners.get(uid);
    if (tallies === undefined) {
      tallies = [];
      this.owners.set(uid, tallies);
    }
    for (const tally of tallies) if (tally.labels === labels) return tally;
    const tally: Tally = { labels, pods: 0, active: 0, ready: 0, terminating: 0 };
    tallies.push(tally);
    return tally;
  }

  private forget(uid: string, tally: Tally): void {
    const tallies = this.owners.get(uid) as Tally[];
    if (tallies.length === 1) this.owners.delete(uid);
    else tallies.splice(tallies.indexOf(tally), 1);
  }
}

// a status that says the same of what is counted: most changes of most pods
function countsAlike(before: Pod, after: Pod): boolean {
  return (
    before.metadata.labels === after.metadata.labels &&
    before.metadata.ownerReferences === after.metadata.ownerReferences &&
    before.metadata.deletionTimestamp === after.metadata.deletionTimestamp &&
    before.status?.phase === after.status?.phase &&
    isPodReady(before) === isPodReady(after)
  );
}
