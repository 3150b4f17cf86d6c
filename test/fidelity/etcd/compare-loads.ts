// Holds the latencies of simulated loads against recorded ones, row by row: each recorded row is one run with its own quantiles.
// The recorded p50 must lie within the simulated p35 to p65 or 5 %, the recorded p90 within p80 to p97; by chance a run may lie
// where 99 % of the simulated runs lie. What the logs and clients counted must be equal.
import { compareFact, compareQuantile, type FactRow, judge, type QuantileRow, type Row } from "./compare.ts";
import type { Exception } from "./exceptions.ts";
import type { LoadRun } from "./load-trial.ts";
import { numberOf, type RecordedRow, type RecordedSetting } from "./recordings.ts";
import { Sample } from "./sample.ts";
import { isKnownMessage as isKnown } from "./texts.ts";

/** Name of a recorded load, for people and exceptions: `slow_disk 3 members 100/1000 200 ms at leader, put at leader by 8`. */
export function loadName(setting: RecordedSetting, row: RecordedRow): string {
  const slow = row.who === undefined ? "" : ` ${row.fsync_delay_ms} ms at ${row.who},`;
  const clients = row.clients ?? row.inflight_clients ?? "1";
  return `${setting.name}${slow} ${row.op ?? "put"} at ${row.target ?? "all"} by ${clients}`;
}

/** Both quantiles of the latency, and the facts. */
export function compareLoad(
  setting: RecordedSetting,
  row: RecordedRow,
  runs: readonly LoadRun[],
  exceptions: readonly Exception[],
): Row[] {
  const name = loadName(setting, row);
  const latencies = new Sample(
    runs.flatMap((run) => run.latenciesMs),
    false,
  );
  const quantiles = (["p50", "p90"] as const).flatMap((quantile): QuantileRow[] => {
    const recorded = numberOf(row, `lat_${quantile}_ms`);
    if (recorded === null) return [];
    const share = quantile === "p50" ? 0.5 : 0.9;
    const ofRuns = new Sample(
      // a run in which nothing succeeded has none
      runs.filter((run) => run.latenciesMs.length > 0).map((run) => new Sample(run.latenciesMs, false).quantile(share)),
      false,
    );
    const lowest = latencies.rank(ofRuns.quantile(0.005)).below;
    const highest = latencies.rank(ofRuns.quantile(0.995)).upTo;
    const chance = { low: lowest, high: highest };
    const compared = compareQuantile(recorded, quantile, latencies, chance);
    const judged = judge(compared.isIn, compared.isChance, name, "one run", "latency_ms", quantile, exceptions);
    const trials = Number(row.ops ?? row.ok ?? "0");
    return [
      {
        kind: "quantile",
        setting: name,
        column: "latency_ms",
        quantile,
        recordedTrials: trials,
        ...compared.row,
        ...judged,
      },
    ];
  });
  return [...quantiles, ...compareFacts(row, name, runs, exceptions)];
}

/** Facts: by recorded column, what each simulated run counted. */
const FACTS: readonly (readonly [string, (run: LoadRun) => number])[] = [
  ["leader_was_slow_at_start", (run) => Number(run.wasSlowAtStart)],
  ["leader_slow_at_end", (run) => Number(run.isSlowAtEnd)],
  ["leaders_elected", (run) => run.leadersElected],
  ["leader_changes", (run) => run.leadersElected],
  ["terms_used", (run) => run.termsUsed],
  ["prevote_rounds", (run) => run.prevoteRounds],
  ["vote_rounds", (run) => run.voteRounds],
];

function compareFacts(
  row: RecordedRow,
  name: string,
  runs: readonly LoadRun[],
  exceptions: readonly Exception[],
): FactRow[] {
  const facts: FactRow[] = [];
  for (const [column, of] of FACTS) {
    const recorded = numberOf(row, column);
    if (recorded === null) continue;
    // what most runs come to
    const simulated = new Sample(runs.map(of), true).quantile(0.5);
    facts.push(compareFact(name, column, String(recorded), String(simulated), exceptions));
  }
  if (row.errors !== undefined) {
    // what was recorded must occur; what occurs besides in some of the runs must be something that etcd says
    const recorded = new Set(recordedTexts(row.errors));
    const simulated = new Set(runs.flatMap((run) => [...run.errors.keys()]));
    const listed = [...simulated].filter((text) => recorded.has(text) || !isKnown(text));
    const join = (texts: Iterable<string>) => [...texts].sort().join("; ");
    facts.push(compareFact(name, "errors", join(recorded), join(listed), exceptions));
  }
  return facts;
}

/** The texts of Go's printed map: `map[etcdserver: too many requests:3448]`. */
function recordedTexts(printed: string): string[] {
  const inner = /^map\[(.*)\]$/s.exec(printed)?.[1] ?? "";
  return [...inner.matchAll(/(.+?):\d+(?: |$)/g)].map((match) => match[1]!);
}
