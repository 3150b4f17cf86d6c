// Takes pending pods through the scheduler one by one, as a reference case says, and writes every attempt down. Placed pods
// stay; the victims of preemption go at once, and the pod that they made room for is tried again.
import type { RandomStream } from "../engine/random.ts";
import { SECOND } from "../engine/tick.ts";
import type { ReferenceCase } from "../scenario/reference-case.ts";
import type { PluginFactory } from "../scheduler/framework.ts";
import type { TieBreak } from "../scheduler/ranking.ts";
import { Scheduler } from "../scheduler/scheduler.ts";
import type { PodInfo } from "../scheduler/shape.ts";
import { Snapshot } from "../scheduler/snapshot.ts";
import { type Decision, decide } from "./decision.ts";

/** A pod is not tried more often than this, however often it preempts. */
const MOST_ATTEMPTS = 4;

export interface Replay {
  readonly snapshot: Snapshot;
  readonly scheduler: Scheduler;
  readonly decisions: readonly Decision[];
}

/** What a case document cannot say. */
export interface ReplayOptions {
  readonly customPlugins?: ReadonlyMap<string, PluginFactory>;
  /** Instead of the case's own. */
  readonly tieBreak?: TieBreak;
  /** For the tie-break "seeded". */
  readonly stream?: RandomStream;
}

/** A scheduler on the case's cluster, before the first attempt. */
export function schedulerOf(
  referenceCase: ReferenceCase,
  options: ReplayOptions & { readonly plain: boolean },
): Scheduler {
  return new Scheduler({
    configuration: referenceCase.configuration,
    snapshot: Snapshot.of(referenceCase.objects),
    opportunisticBatching: referenceCase.opportunisticBatching,
    ...options,
    tieBreak: options.tieBreak ?? referenceCase.tieBreak,
  });
}

/** Replays a whole case with the plain evaluation. */
export function replay(referenceCase: ReferenceCase, options: ReplayOptions = {}): Replay {
  const scheduler = schedulerOf(referenceCase, { ...options, plain: true });
  const { snapshot } = scheduler;
  const form = referenceCase.nodeOrder === null ? "nodes" : "search";
  const decisions: Decision[] = [];
  const queue = new AttemptQueue(referenceCase, snapshot);
  for (let next = queue.next(); next !== undefined; next = queue.next()) {
    const { decision, attempt } = decide(scheduler, next.pod, next.attempt, form);
    decisions.push(decision);
    if (attempt !== null) queue.done(next, attempt.victims, attempt.nominatedNodeName, attempt.outcome === "scheduled");
  }
  return { snapshot, scheduler, decisions };
}

export interface QueuedAttempt {
  readonly pod: PodInfo;
  /** 1 for the first. */
  readonly attempt: number;
}

/** The order in which pods are tried, and what each attempt changes besides the pod's own place. */
export class AttemptQueue {
  private readonly waiting: QueuedAttempt[];
  private readonly retryAtEnd: boolean;
  private readonly snapshot: Snapshot;
  private placed = 0;

  constructor(referenceCase: Pick<ReferenceCase, "pending" | "preemptionRetry">, snapshot: Snapshot) {
    this.snapshot = snapshot;
    this.retryAtEnd = referenceCase.preemptionRetry === "end";
    this.waiting = referenceCase.pending.map((pod) => ({ pod: snapshot.info(pod), attempt: 1 }));
    this.waiting.reverse();
  }

  next(): QueuedAttempt | undefined {
    return this.waiting.pop();
  }

  done(tried: QueuedAttempt, victims: readonly PodInfo[], nominated: string | null, scheduled: boolean): void {
    // pods start one second apart, in the order in which they are placed
    if (scheduled) tried.pod.startTimeMicros = this.placed++ * SECOND;
    for (const victim of victims) this.snapshot.removePod(victim);
    if (nominated === null || tried.attempt >= MOST_ATTEMPTS) return;
    const again = { pod: tried.pod, attempt: tried.attempt + 1 };
    if (this.retryAtEnd) this.waiting.unshift(again);
    else this.waiting.push(again);
  }
}

/** What a trace document says of one pod: index of its node (-1: none), its total, how many nodes have that total, how many are feasible. */
export type TraceRow = readonly [node: number, total: number, ties: number, feasible: number];

/** Replays a trace document with the plain evaluation: one short row per pod instead of every node's verdict. */
export function replayTrace(referenceCase: ReferenceCase, options: ReplayOptions = {}): TraceRow[] {
  const scheduler = schedulerOf(referenceCase, { ...options, plain: true });
  const queue = new AttemptQueue(referenceCase, scheduler.snapshot);
  const rows: TraceRow[] = [];
  for (let next = queue.next(); next !== undefined; next = queue.next()) {
    const { totals, feasible, chosen } = scheduler.decidePlain(next.pod);
    const best = totals === null ? -1 : totals.reduce((max, total) => Math.max(max, total), 0);
    const ties = totals === null ? feasible.length : totals.filter((total) => total === best).length;
    rows.push(chosen === null ? [-1, 0, 0, 0] : [chosen.slot, best, ties, feasible.length]);
    const attempt = scheduler.attempt(next.pod);
    queue.done(next, attempt.victims, attempt.nominatedNodeName, attempt.outcome === "scheduled");
  }
  return rows;
}
