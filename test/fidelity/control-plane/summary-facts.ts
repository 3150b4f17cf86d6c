// The numbers of a summary as facts: which are durations, which are counts, and which are no outcome at all.
import type { FactKind, Facts } from "./fact.ts";
import { flatten } from "./flatten.ts";
import { minutesFromFirst } from "./names.ts";
import type { Summary } from "./recordings.ts";
import { short } from "./statistics.ts";

/** Inputs; names of nodes and members, which are drawn; lists from the cache, which simulated clients only have with a watch. */
const NO_OUTCOME =
  /^(kills|loadSteps|forcedDeletes)\.|\.at$|(^|\.)(node|nominatedNode|leaderWas)$|\.errors(\.|$)|\.listcache\./;
const SECONDS =
  /(After|Before|AfterKill|AfterRestore|AfterRestart|Duration|duration|Gap|Gaps|Times|ByZone|Interval|ToScheduled|ToRunning|ToReady|NextCreate|PerSecond|createdAt|SecondOfMinute|startedAt|Since|Seconds|InActions|Creates|Added|Deleted|At|AfterStart|AfterTaint|AfterNotReady|LastRenew|podScheduledAfter|waitedSincePodCreation|PodCreation|ScaleDown)(\.|$)/;
const LATENCY = /\.latency\./;
const COUNT = /\.(n|length)$/;
/** Changes over time: `[time, …]`. */
const CHANGES = /^(desiredReplicaChangesAfterHpaCreate|hpaStatusChanges)\.\d+\.(\d+)$/;
/** Steps of StatefulSets: `[pod, time]`. */
const STEPS = /\.(created|ready|deleted|gone)\.\d+\.1$/;
const PODS_PER_NODE = /^(podsPerNode|failedSchedulingEventsPerPod)\./;
const HISTOGRAM = /PerSecond$/;
/** How many points of a histogram's curve are compared. */
const POINTS = 20;

export function addSummaryFacts(facts: Facts, summary: Summary): void {
  const plain: Record<string, unknown> = {};
  for (const [key, value] of Object.entries(summary)) {
    if (HISTOGRAM.test(key) && Array.isArray(value)) addCurve(facts, key, value as number[]);
    else plain[key] = value;
  }
  const leaves = flatten(plain);
  const rename = minutesFromFirst([...leaves.keys()]);
  for (const [path, value] of leaves) {
    if (NO_OUTCOME.test(path)) continue;
    facts.set(`summary ${rename(path)}`, { kind: kindOf(path, value), value });
  }
}

function kindOf(path: string, value: unknown): FactKind {
  if (value !== null && typeof value !== "number") return "exact";
  if (COUNT.test(path) || PODS_PER_NODE.test(path)) return "exact";
  if (LATENCY.test(path)) return "magnitude";
  const change = CHANGES.exec(path);
  if (change !== null) return change[2] === "0" ? "seconds" : "exact";
  return STEPS.test(path) || SECONDS.test(path) ? "seconds" : "exact";
}

/** When a share of all has been reached, within the second in which it was. */
function addCurve(facts: Facts, key: string, counts: readonly number[]): void {
  const total = counts.reduce((sum, count) => sum + count, 0);
  facts.set(`summary ${key} total`, { kind: "exact", value: total });
  let second = 0;
  let reached = 0;
  for (let point = 1; point <= POINTS && total > 0; point++) {
    const wanted = (total * point) / POINTS;
    while (reached + (counts[second] ?? 0) < wanted && second < counts.length) reached += counts[second++]!;
    const within = (wanted - reached) / (counts[second] ?? 1);
    facts.set(`summary ${key} ${point * (100 / POINTS)} %`, { kind: "seconds", value: short(second + within) });
  }
}
