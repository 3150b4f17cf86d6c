// Runs a scheduling workload on the scheduler alone (no events, no API server) and measures it: attempts per second,
// latency per attempt, nodes evaluated, memory. What was measured can be verified decision by decision against the plain evaluation.
import type { SchedulerConfiguration } from "../sim/model/scheduler-configuration.ts";
import type { CycleResult } from "../sim/scheduler/cycle.ts";
import type { PluginFactory } from "../sim/scheduler/framework.ts";
import type { TieBreak } from "../sim/scheduler/ranking.ts";
import { type Attempt, Scheduler } from "../sim/scheduler/scheduler.ts";
import type { PodInfo } from "../sim/scheduler/shape.ts";
import { Snapshot } from "../sim/scheduler/snapshot.ts";
import { podsOf, type Workload } from "./workloads.ts";

export interface MeasureOptions {
  readonly configuration: SchedulerConfiguration;
  readonly tieBreak: TieBreak;
  /** Decide by the plain evaluation instead of the node table. */
  readonly plain?: boolean;
  readonly opportunisticBatching?: boolean;
  readonly customPlugins?: ReadonlyMap<string, PluginFactory>;
}

export interface Measurement {
  readonly workload: string;
  readonly nodes: number;
  /** Measured pods. */
  readonly pods: number;
  readonly scheduled: number;
  readonly unschedulable: number;
  readonly victims: number;
  /** Attempts, more than pods where preemption makes a pod try again. */
  readonly attempts: number;
  readonly seconds: number;
  /** Per attempt, ascending, in microseconds. */
  readonly latencyMicros: Float64Array;
  /** Nodes that the real scheduler would have filtered for these attempts. */
  readonly nodesEvaluated: number;
  /** Nodes that were in fact looked at again. */
  readonly nodesTouched: number;
  readonly heapBytes: number;
  /** Nodes that hold at least one pod at the end. */
  readonly nodesUsed: number;
  /** Per attempt: the node's slot, -1 for none. */
  readonly decisions: Int32Array;
}

/** A pod that preempts is tried again, at most so often in all. */
const MOST_TRIES = 4;

/** A fresh cluster with the workload's initial pods in place. */
function prepare(workload: Workload, options: MeasureOptions): Scheduler {
  const nodes = Array.from({ length: workload.nodes }, (_, i) => workload.node(i));
  const namespaces = [{ apiVersion: "v1", kind: "Namespace", metadata: { name: "default" } }];
  const snapshot = Snapshot.of({ namespaces, ...workload.objects, nodes });
  const scheduler = new Scheduler({
    configuration: options.configuration,
    snapshot,
    tieBreak: options.tieBreak,
    plain: options.plain === true,
    customPlugins: options.customPlugins,
    opportunisticBatching: options.opportunisticBatching ?? true,
  });
  for (const pod of podsOf(workload.initial, false)) {
    const attempt = scheduler.attempt(snapshot.info(pod));
    if (attempt.outcome !== "scheduled")
      throw new Error(`workload ${workload.name}: initial pod ${pod.metadata.name} does not fit: ${attempt.message}`);
  }
  return scheduler;
}

/** Does the pod enter the queue? Not when a gate holds it, or no profile has its scheduler name: such pods cost no attempt. */
function entersQueue(scheduler: Scheduler, pod: PodInfo): boolean {
  return scheduler.profileOf(pod) !== undefined && scheduler.preEnqueue(pod) === null;
}

/** One attempt for a pod and, when it preempts, the deletion of the victims and the next attempt. */
function place(
  scheduler: Scheduler,
  pod: PodInfo,
  record: (nodeName: string | null, evaluated: number, victims: number) => void,
): boolean {
  for (let tries = 0; tries < MOST_TRIES; tries++) {
    const attempt = scheduler.attempt(pod);
    for (const victim of attempt.victims) scheduler.snapshot.removePod(victim);
    record(attempt.nodeName, attempt.evaluatedCount, attempt.victims.length);
    if (attempt.outcome === "scheduled") return true;
    if (attempt.victims.length === 0) return false;
  }
  return false;
}

/** Runs the workload once, timed. */
export function measure(workload: Workload, options: MeasureOptions): Measurement {
  const scheduler = prepare(workload, options);
  const { snapshot } = scheduler;
  const pods = [...podsOf(workload.measured, workload.interleaved === true)];
  const latency = new Float64Array(pods.length * MOST_TRIES);
  const decisions = new Int32Array(pods.length * MOST_TRIES);
  let attempts = 0;
  let victims = 0;
  let scheduled = 0;
  let evaluated = 0;
  let last = 0;
  const record = (nodeName: string | null, nodes: number, evicted: number) => {
    const now = performance.now();
    latency[attempts] = (now - last) * 1000;
    last = now;
    decisions[attempts++] = nodeName === null ? -1 : (snapshot.node(nodeName)?.slot ?? -1);
    evaluated += nodes;
    victims += evicted;
  };
  const touchedBefore = scheduler.nodesTouched;
  const started = performance.now();
  last = started;
  for (const pod of pods) {
    const info = snapshot.info(pod);
    if (entersQueue(scheduler, info) && place(scheduler, info, record)) scheduled++;
  }
  const seconds = (performance.now() - started) / 1000;
  const { heapUsed, arrayBuffers } = process.memoryUsage();
  return {
    workload: workload.name,
    nodes: workload.nodes,
    pods: pods.length,
    scheduled,
    unschedulable: pods.length - scheduled,
    victims,
    attempts,
    seconds,
    latencyMicros: latency.slice(0, attempts).sort(),
    nodesEvaluated: evaluated,
    nodesTouched: scheduler.nodesTouched - touchedBefore,
    heapBytes: heapUsed + arrayBuffers,
    nodesUsed: snapshot.nodes.filter((node) => node.pods.length > 0).length,
    decisions: decisions.slice(0, attempts),
  };
}

export interface Verification {
  /** Decisions that were compared. */
  readonly checked: number;
  /** The first difference, or null. */
  readonly difference: string | null;
}

/**
 * Takes the workload's decisions again, on one cluster, with the table and with the plain evaluation, and compares both
 * with what was measured. A node taken on the hint of an earlier cycle must be feasible to the plain evaluation, which has no hints.
 *
 * @param every compare each n-th decision; 1 = all
 */
export function verify(workload: Workload, options: MeasureOptions, measured: Int32Array, every: number): Verification {
  const scheduler = prepare(workload, { ...options, plain: false });
  const { snapshot } = scheduler;
  let checked = 0;
  let at = 0;
  let difference: string | null = null;
  for (const pod of podsOf(workload.measured, workload.interleaved === true)) {
    const info = snapshot.info(pod);
    if (!entersQueue(scheduler, info)) continue;
    for (let tries = 0; tries < MOST_TRIES; tries++) {
      const plain = at % every === 0 ? scheduler.decidePlain(info) : undefined;
      const attempt = scheduler.attempt(info);
      const slot = attempt.nodeName === null ? -1 : (snapshot.node(attempt.nodeName)?.slot ?? -1);
      if (slot !== measured[at])
        difference ??= `attempt ${at}, pod ${info.key}: slot ${slot}, measured run took ${measured[at]}`;
      if (plain !== undefined) {
        checked++;
        const said = attempt.hinted ? hintProblem(plain, slot) : disagreement(plain, attempt, slot);
        if (said !== null) difference ??= `attempt ${at}, pod ${info.key}: ${said}`;
      }
      at++;
      for (const victim of attempt.victims) snapshot.removePod(victim);
      if (attempt.outcome === "scheduled" || attempt.victims.length === 0) break;
    }
  }
  if (at !== measured.length) difference ??= `${at} attempts, the measured run took ${measured.length}`;
  return { checked, difference };
}

function disagreement(plain: CycleResult, attempt: Attempt, slot: number): string | null {
  const { chosen, totals, feasible } = plain;
  const expected = chosen === null ? -1 : chosen.slot;
  const total = totals === null || chosen === null ? -1 : (totals[feasible.indexOf(chosen)] as number);
  const sameCount = slot < 0 || attempt.feasibleCount === feasible.length;
  if (slot === expected && attempt.score === total && sameCount) return null;
  const of = (at: number, score: number, count: number) => `slot ${at} with ${score} of ${count} feasible`;
  return `table took ${of(slot, attempt.score, attempt.feasibleCount)}, plain evaluation ${of(expected, total, feasible.length)}`;
}

function hintProblem(plain: CycleResult, slot: number): string | null {
  return plain.feasible.some((node) => node.slot === slot) ? null : `slot ${slot} was proposed, and is not feasible`;
}

/** Value at a share of an ascending array; NaN when it is empty. */
export function quantile(sorted: Float64Array, share: number): number {
  if (sorted.length === 0) return Number.NaN;
  return sorted[Math.max(0, Math.min(sorted.length, Math.ceil(share * sorted.length)) - 1)] as number;
}
