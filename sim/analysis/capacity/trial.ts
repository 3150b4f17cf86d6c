// One try of placing pods on a ground: the scheduler's decisions in queue order, without time. Pods that preemption takes away are created again
// by their controllers and wait for another place. Ends early when more stay pending than the question allows.
import { createStream } from "../../engine/random.ts";
import type { ClusterObjects, Pod } from "../../model/objects.ts";
import { Scheduler } from "../../scheduler/scheduler.ts";
import type { PodInfo } from "../../scheduler/shape.ts";
import { Snapshot } from "../../scheduler/snapshot.ts";
import { noProfileFor } from "../decision.ts";
import { pendingPods } from "../fit.ts";
import { type Ground, unbound } from "./ground.ts";

/** A pod without a place, and why. */
export interface Unplaced {
  readonly pod: PodInfo;
  readonly message: string;
}

export interface Placement {
  readonly placed: number;
  readonly unplaced: readonly Unplaced[];
  /** Pods that had to give way, wherever they are now. */
  readonly victims: readonly Victim[];
  /** false when it ended because too many stayed pending. */
  readonly complete: boolean;
}

export interface Victim {
  /** namespace/name */
  readonly pod: string;
  readonly from: string;
  readonly by: string;
}

/** A pod is not tried more often than this, however often it preempts or has to go. */
const MOST_ATTEMPTS = 4;

export class Trial {
  readonly snapshot: Snapshot;
  readonly scheduler: Scheduler;
  /** Pods without a node when the trial began, in queue order. */
  readonly waiting: readonly Pod[];

  constructor(ground: Ground) {
    const { objects, configuration, tieBreak, seed, customPlugins } = ground;
    this.snapshot = Snapshot.of(objects);
    this.scheduler = new Scheduler({
      configuration,
      snapshot: this.snapshot,
      tieBreak,
      stream: createStream(seed, "scheduler/tie-break"),
      streamFor: (purpose) => createStream(seed, `scheduler/${purpose}`),
      customPlugins,
    });
    this.waiting = waitingPods(objects);
  }

  /** Takes the waiting pods through the scheduler. */
  settle(mostUnplaced = Infinity): Placement {
    return this.place(this.waiting, mostUnplaced);
  }

  /** @param pods in the order in which they are tried; what gave way comes again by its priority */
  place(pods: readonly Pod[], mostUnplaced = Infinity): Placement {
    const queue: { pod: PodInfo; attempts: number }[] = pods.map((pod) => ({
      pod: this.snapshot.info(pod),
      attempts: 0,
    }));
    queue.reverse();
    const unplaced: Unplaced[] = [];
    const victims: Victim[] = [];
    const attemptsOf = new Map<string, number>();
    let placed = 0;
    for (let next = queue.pop(); next !== undefined; next = queue.pop()) {
      const { pod } = next;
      const refusal = this.refusalOf(pod, next.attempts);
      if (refusal !== null) {
        unplaced.push({ pod, message: refusal });
        if (unplaced.length > mostUnplaced) return { placed, unplaced, victims, complete: false };
        continue;
      }
      const attempt = this.scheduler.attempt(pod);
      next.attempts++;
      for (const victim of attempt.victims) {
        victims.push({ pod: victim.key, from: victim.nodeName, by: pod.key });
        this.snapshot.removePod(victim);
        const attempts = (attemptsOf.get(victim.key) ?? 0) + 1;
        attemptsOf.set(victim.key, attempts);
        const again = this.snapshot.info(unbound(victim.pod));
        insert(queue, { pod: again, attempts });
      }
      if (attempt.outcome === "scheduled") placed++;
      else if (attempt.nominatedNodeName !== null && next.attempts < MOST_ATTEMPTS) queue.push(next);
      else {
        this.snapshot.clearNomination(pod);
        unplaced.push({ pod, message: attempt.message ?? attempt.outcome });
        if (unplaced.length > mostUnplaced) return { placed, unplaced, victims, complete: false };
      }
    }
    return { placed, unplaced, victims, complete: true };
  }

  private refusalOf(pod: PodInfo, attempts: number): string | null {
    const stranger = noProfileFor(this.scheduler, pod);
    if (stranger !== null) return stranger;
    if (attempts >= MOST_ATTEMPTS) return "it had to give way again and again";
    const gate = attempts === 0 ? this.scheduler.preEnqueue(pod) : null;
    return gate === null ? null : gate.reasons.join(", ");
  }
}

/** Pods without a node, in queue order. */
export function waitingPods(objects: ClusterObjects): readonly Pod[] {
  return pendingPods(objects);
}

// the end of the queue comes first: behind everything of its own priority
function insert(queue: { pod: PodInfo; attempts: number }[], entry: { pod: PodInfo; attempts: number }): void {
  let at = queue.length;
  while (at > 0 && (queue[at - 1] as { pod: PodInfo }).pod.shape.priority >= entry.pod.shape.priority) at--;
  queue.splice(at, 0, entry);
}
