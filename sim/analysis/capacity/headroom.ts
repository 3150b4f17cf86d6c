// Headroom: do X pods that are created all at once at a time T run within S seconds? The scenario is run with the burst in it, with several
// seeds; autoscaling, image pulls, other arrivals and faults of the scenario take part. Says how often it succeeds, and with which confidence.
import { simulate, stateAt } from "../../cluster.ts";
import { sqrt } from "../../engine/math.ts";
import { formatDuration } from "../../engine/tick.ts";
import type { Result } from "../../metrics/result.ts";
import { numbersOf, textReader } from "../../metrics/table.ts";
import type { Pod } from "../../model/objects.ts";
import type { Plan } from "../../scenario/plan.ts";
import type { Answer, Cell } from "./answer.ts";
import { type Binding, bindingOf } from "./binding.ts";
import type { Ground } from "./ground.ts";

export interface HeadroomOptions {
  readonly pod: Pod;
  /** What people call it. */
  readonly name: string;
  readonly count: number;
  readonly atMicros: number;
  readonly withinMicros: number;
  readonly seeds: readonly string[];
  /** Share of runs in which the whole burst must be running in time. */
  readonly probability: number;
  readonly customPlugins?: Ground["customPlugins"];
}

export interface BurstRun {
  readonly seed: string;
  /** Pods that were running in time. */
  readonly inTime: number;
  /** From creation until the last of them ran; null = some did not run in time. */
  readonly allMicros: number | null;
  /** What the last attempt said of one that did not. */
  readonly message: string;
}

const BURST = "headroom-burst";

export function runBurst(plan: Plan, seed: string, options: HeadroomOptions): BurstRun {
  const { count, withinMicros, customPlugins } = options;
  return burstOf(simulate(withBurst(plan, options), seed, { customPlugins }), seed, withinMicros, count);
}

function withBurst(plan: Plan, { pod, count, atMicros, withinMicros }: HeadroomOptions): Plan {
  const { nodeName: _, ...spec } = pod.spec;
  const shape: Pod = { ...pod, metadata: { ...pod.metadata, name: BURST, ownerReferences: undefined }, spec };
  const burst = { kind: "pods", name: BURST, shape, atMicros, count, lifetimeMicros: null } as const;
  const end = atMicros + withinMicros;
  return {
    ...plan,
    durationMicros: end + 1,
    workload: [...plan.workload, burst],
    expectations: [],
    // what the scenario would do later needs not be said to have been left out
    faults: plan.faults.filter(({ trigger }) => trigger.on !== "at" || trigger.atMicros <= end),
    actions: plan.actions.filter(({ trigger }) => trigger.on !== "at" || trigger.atMicros <= end),
  };
}

/** What keeps a pod of the burst from a node when its time is over. */
function bindingAtEnd(plan: Plan, { seed, message }: BurstRun, options: HeadroomOptions): Binding {
  const { atMicros, withinMicros, customPlugins } = options;
  const { scheduler, pods } = stateAt(withBurst(plan, options), seed, atMicros + withinMicros, { customPlugins });
  const pending = pods.find((pod) => pod.metadata.name.startsWith(`${BURST}-`) && !pod.spec.nodeName);
  if (pending !== undefined) return bindingOf(scheduler, scheduler.snapshot.info(pending), message);
  const key = `${options.pod.metadata.namespace ?? "default"}/${BURST}`;
  return { pod: key, message, constraints: [], changes: [] };
}

function burstOf({ tables: { pods } }: Result, seed: string, withinMicros: number, count: number): BurstRun {
  const name = textReader(pods, "name");
  const message = textReader(pods, "message");
  const created = numbersOf(pods, "createdMicros");
  const running = numbersOf(pods, "runningMicros");
  let inTime = 0;
  let last = 0;
  let why = "";
  for (let row = 0; row < pods.rows; row++) {
    if (!name(row).startsWith(`${BURST}-`)) continue;
    const took = (running[row] as number) - (created[row] as number);
    // not running is not a number, which is in time for nothing
    if (took <= withinMicros) {
      inTime++;
      last = Math.max(last, took);
    } else if (why === "") why = message(row) || "it was placed, but did not run in time";
  }
  return { seed, inTime, allMicros: inTime === count ? last : null, message: why };
}

export function answerHeadroom(plan: Plan, options: HeadroomOptions & { readonly require?: boolean }): Answer {
  const runs = options.seeds.map((seed) => runBurst(plan, seed, options));
  const good = runs.filter(({ allMicros }) => allMicros !== null).length;
  const share = good / runs.length;
  const { low, high } = wilson(good, runs.length);
  const times = runs.flatMap(({ allMicros }) => (allMicros === null ? [] : [allMicros])).sort((a, b) => a - b);
  const least = Math.min(...runs.map(({ inTime }) => inTime));
  const holds = share >= options.probability;
  const p99 = times.length === runs.length ? times[Math.ceil(0.99 * times.length) - 1] : undefined;
  const failed = runs.find(({ message }) => message !== "");
  const what = `${options.count} × ${options.name} at ${formatDuration(options.atMicros)}`;
  const percent = (of: number) => `${Math.round(of * 1000) / 10} %`;
  return {
    question: "headroom",
    answer: `${what} ${holds ? "are" : "are not"} all running within ${formatDuration(options.withinMicros)} in ${percent(options.probability)} of runs: in ${good} of ${runs.length} they were.`,
    values: {
      headroom_holds: holds,
      runs: runs.length,
      runs_in_time: good,
      probability: share,
      probability_ci95_low: Math.round(low * 10_000) / 10_000,
      probability_ci95_high: Math.round(high * 10_000) / 10_000,
      burst_running_p99_s: p99 === undefined ? null : p99 / 1_000_000,
      least_in_time: least,
    },
    table: {
      columns: ["seed", "in time", "of", "all running after s", "because"],
      rows: runs.map(({ seed, inTime, allMicros, message }): Cell[] => [
        seed,
        inTime,
        options.count,
        allMicros === null ? null : allMicros / 1_000_000,
        message,
      ]),
    },
    reasoning: [
      `The scenario was run with the burst in it until ${formatDuration(options.atMicros + options.withinMicros)}, with ${runs.length} seeds; a run counts when the whole burst was running in time.`,
      `By these runs the probability is between ${percent(low)} and ${percent(high)} (95 %, Wilson)${low >= options.probability || high < options.probability ? "" : ": more seeds would tell more"}.`,
      plan.controllerManagers === null
        ? "The scenario has no controllers: pods run as soon as they are placed, without pulls or kubelets."
        : "Running is what the kubelet says: pulls, volumes and start are part of the time.",
    ],
    binding: failed === undefined ? null : bindingAtEnd(plan, failed, options),
    met: options.require === true ? holds : null,
  };
}

/** Wilson's interval of a share, 95 %. */
export function wilson(good: number, all: number): { readonly low: number; readonly high: number } {
  const z = 1.959964;
  const share = good / all;
  const middle = share + (z * z) / (2 * all);
  const spread = z * sqrt((share * (1 - share)) / all + (z * z) / (4 * all * all));
  const scale = 1 + (z * z) / all;
  return { low: Math.max(0, (middle - spread) / scale), high: Math.min(1, (middle + spread) / scale) };
}
