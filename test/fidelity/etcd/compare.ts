// Holds simulated trials against recorded ones. A recorded p50 must lie within the simulated p35 to p65 or 5 % of the simulated
// p50, a recorded p90 within p80 to p97; an error text with more than 2 % of the recorded failures must occur, and none that etcd
// cannot produce. What is out is either on the list of exceptions, or within what so few recorded trials differ by chance, or a fault.
import type { Exception } from "./exceptions.ts";
import { numberOf, type RecordedSetting } from "./recordings.ts";
import { chanceBand, Sample } from "./sample.ts";
import { canBeProduced } from "./texts.ts";

/** What trials of one setting came to. */
export interface SimulatedSetting {
  readonly trials: number;
  /** Values by column; trials in which something did not happen have none. */
  readonly columns: ReadonlyMap<string, readonly number[]>;
  readonly errors: ReadonlyMap<string, { readonly count: number; readonly durationP50Ms: number }>;
  /** What must be equal, by what it is. */
  readonly facts: readonly Fact[];
}

export interface Fact {
  readonly name: string;
  readonly recorded: string;
  readonly simulated: string;
}

/**
 * `in`: meets the rule. `chance`: does not, but as few recorded trials as these differ so much by chance (99 %). `excepted`: is on
 * the list. `out`: none of these.
 */
export type Verdict = "in" | "chance" | "excepted" | "out";

export interface QuantileRow {
  readonly kind: "quantile";
  readonly setting: string;
  readonly column: string;
  readonly quantile: "p50" | "p90";
  /** Recorded trials in which it happened. */
  readonly recordedTrials: number;
  readonly recorded: number;
  /** Simulated quantiles between which it must lie, and the simulated quantile itself. */
  readonly low: number;
  readonly simulated: number;
  readonly high: number;
  /** Where the recorded value lies in the simulated distribution, in 0 … 1. */
  readonly rank: number;
  /** Where it would lie by chance, 99 %. */
  readonly chance: { readonly low: number; readonly high: number };
  readonly verdict: Verdict;
  readonly reason: string;
}

export interface TextRow {
  readonly kind: "text";
  readonly setting: string;
  readonly text: string;
  /** Shares of all failures, in 0 … 1. */
  readonly recorded: number;
  readonly simulated: number;
  readonly recordedDurationMs: number;
  readonly simulatedDurationMs: number;
  readonly verdict: Verdict;
  readonly reason: string;
}

export interface FactRow extends Fact {
  readonly kind: "fact";
  readonly setting: string;
  readonly verdict: Verdict;
  readonly reason: string;
}

export type Row = QuantileRow | TextRow | FactRow;

/** Columns that say what was tried, or that are compared otherwise. */
const NOT_MEASURED = new Set(
  (
    "trial,variant,members,heartbeat_ms,election_ms,delay_ms,one_way_delay_ms,ttl_requested_s,ttl_granted_s,tail_s,t_heal_ms,errors," +
    "data,flags,entries_missed,value_bytes,entries_before,fault_at_ms_after_grant,snapshot_sent,snapshot_received,db_size_mb"
  ).split(","),
);
const TEXT_SHARE = 0.02;
/** So many simulated trials are taken as the distribution itself. */
const ENOUGH_TRIALS = 2000;

/** All rows of a setting: measured columns, then error texts, then facts. */
export function compareSetting(
  recorded: RecordedSetting,
  simulated: SimulatedSetting,
  exceptions: readonly Exception[],
): Row[] {
  return [
    ...recordedColumns(recorded).flatMap(([column, values]) =>
      compareColumn(recorded, column, values, simulated, exceptions),
    ),
    ...compareTexts(recorded, simulated, exceptions),
    ...simulated.facts.map((fact) => compareFact(recorded.name, fact.name, fact.recorded, fact.simulated, exceptions)),
  ];
}

/** What must be equal. */
export function compareFact(
  setting: string,
  name: string,
  recorded: string,
  simulated: string,
  exceptions: readonly Exception[],
): FactRow {
  const judged = judge(recorded === simulated, false, setting, "", name, "fact", exceptions);
  return { kind: "fact", setting, name, recorded, simulated, ...judged };
}

/** Values by column, of all columns that hold numbers; and what the recorder's summary derives from them. */
function recordedColumns(recorded: RecordedSetting): [string, number[]][] {
  const columns: [string, number[]][] = [];
  for (const column of Object.keys(recorded.rows[0] ?? {})) {
    if (NOT_MEASURED.has(column)) continue;
    const values = recorded.rows.map((row) => numberOf(row, column)).filter((value) => value !== null);
    if (values.length > 0) columns.push([column, values]);
  }
  const derived = recorded.rows.flatMap((row) => {
    const value = sinceElection(numberOf(row, "t_first_write_ms"), numberOf(row, "t_leader_elected_ms"));
    return value === null ? [] : [value];
  });
  if (derived.length > 0) columns.push([SINCE_ELECTION, derived]);
  return columns;
}

export const SINCE_ELECTION = "first_write_minus_leader_elected_ms";

/** The time from election to first write; null where there was none, or the write came first. */
export function sinceElection(firstWriteMs: number | null, electedMs: number | null): number | null {
  return firstWriteMs === null || electedMs === null || firstWriteMs < electedMs ? null : firstWriteMs - electedMs;
}

function compareColumn(
  setting: RecordedSetting,
  column: string,
  values: readonly number[],
  simulated: SimulatedSetting,
  exceptions: readonly Exception[],
): Row[] {
  const isDiscrete = values.every((value) => Number.isInteger(value)) && !column.endsWith("_ms");
  const recorded = new Sample(values, isDiscrete);
  const drawn = new Sample(simulated.columns.get(column) ?? [], isDiscrete);
  return (["p50", "p90"] as const).map((quantile): Row => {
    const { share } = RULES[quantile];
    const compared = compareQuantile(recorded.quantile(share), quantile, drawn, chanceBand(share, recorded.size));
    const judged = judge(
      compared.isIn,
      compared.isChance,
      setting.name,
      trialsOf(setting),
      column,
      quantile,
      exceptions,
    );
    return {
      kind: "quantile",
      setting: setting.name,
      column,
      quantile,
      recordedTrials: recorded.size,
      ...compared.row,
      ...judged,
    };
  });
}

/** One recorded quantile against a simulated distribution, whatever the exceptions are. */
export function compareQuantile(
  recorded: number,
  quantile: "p50" | "p90",
  drawn: Sample,
  chance: { readonly low: number; readonly high: number },
) {
  const rule = RULES[quantile];
  // few simulated trials: their quantiles are uncertain themselves
  const slack = Math.max(0, samplingError(rule.share, drawn.size) - samplingError(rule.share, ENOUGH_TRIALS));
  const low = drawn.quantile(Math.max(0, rule.low - slack));
  const high = drawn.quantile(Math.min(1, rule.high + slack));
  const simulated = drawn.quantile(rule.share);
  const ranks = drawn.rank(recorded);
  // recorded values are rounded to 0.1 ms
  const rounding = drawn.isDiscrete ? 0 : 0.05;
  return {
    isIn:
      (recorded >= low - rounding && recorded <= high + rounding) ||
      Math.abs(recorded - simulated) <= rule.tolerance * Math.abs(simulated),
    isChance: ranks.upTo + slack >= chance.low && ranks.below - slack <= chance.high,
    row: { recorded, low, simulated, high, rank: (ranks.below + ranks.upTo) / 2, chance },
  };
}

function trialsOf(setting: RecordedSetting): string {
  return `${setting.rows.length} trials`;
}

const RULES = {
  p50: { share: 0.5, low: 0.35, high: 0.65, tolerance: 0.05 },
  p90: { share: 0.9, low: 0.8, high: 0.97, tolerance: 0 },
} as const;

/** 2.6 standard deviations of the share of `trials` values below the true quantile. */
function samplingError(share: number, trials: number): number {
  return 2.6 * Math.sqrt((share * (1 - share)) / Math.max(1, trials));
}

function compareTexts(
  setting: RecordedSetting,
  simulated: SimulatedSetting,
  exceptions: readonly Exception[],
): TextRow[] {
  const recorded = new Map<string, { count: number; durations: number[] }>();
  let recordedTotal = 0;
  for (const error of setting.errors) {
    const entry = recorded.get(error.text) ?? { count: 0, durations: [] };
    recorded.set(error.text, entry);
    entry.count += error.count;
    entry.durations.push(error.durationP50Ms);
    recordedTotal += error.count;
  }
  let simulatedTotal = 0;
  for (const { count } of simulated.errors.values()) simulatedTotal += count;
  const texts = [...new Set([...recorded.keys(), ...simulated.errors.keys()])];
  return texts
    .map((text) => {
      const ofRecorded = recorded.get(text);
      const ofSimulated = simulated.errors.get(text);
      const share = (ofRecorded?.count ?? 0) / Math.max(1, recordedTotal);
      const isMissing = share > TEXT_SHARE && ofSimulated === undefined;
      const isIn = !isMissing && (ofSimulated === undefined || canBeProduced(text));
      return {
        kind: "text" as const,
        setting: setting.name,
        text,
        recorded: share,
        simulated: (ofSimulated?.count ?? 0) / Math.max(1, simulatedTotal),
        recordedDurationMs: new Sample(ofRecorded?.durations ?? [], false).quantile(0.5),
        simulatedDurationMs: ofSimulated?.durationP50Ms ?? Number.NaN,
        ...judge(isIn, false, setting.name, "", text, "text", exceptions),
      };
    })
    .sort((a, b) => b.recorded - a.recorded || b.simulated - a.simulated || (a.text < b.text ? -1 : 1));
}

/** Is a row in, on the list, within chance of so few `trials`, or out? */
export function judge(
  isIn: boolean,
  isChance: boolean,
  setting: string,
  trials: string,
  column: string,
  what: Exception["what"],
  exceptions: readonly Exception[],
): { verdict: Verdict; reason: string } {
  if (isIn) return { verdict: "in", reason: "" };
  const exception = exceptions.find((entry) => matches(entry, setting, column, what));
  if (exception !== undefined) return { verdict: "excepted", reason: exception.reason };
  if (isChance) return { verdict: "chance", reason: `within what ${trials} differ by` };
  return { verdict: "out", reason: "" };
}

/** Exceptions that some compared row matches and none of these rows needs. */
export function unneededExceptions(rows: readonly Row[], exceptions: readonly Exception[]): Exception[] {
  return exceptions.filter((entry) => {
    const matching = rows.filter((row) => matches(entry, row.setting, columnOf(row), whatOf(row)));
    return matching.length > 0 && matching.every((row) => row.verdict !== "excepted");
  });
}

function matches(entry: Exception, setting: string, column: string, what: Exception["what"]): boolean {
  return (
    (setting === entry.setting || setting.startsWith(`${entry.setting} `)) &&
    entry.column === column &&
    entry.what === what
  );
}

/** The column, text or fact that a row is about. */
export function columnOf(row: Row): string {
  if (row.kind === "quantile") return row.column;
  return row.kind === "text" ? row.text : row.name;
}

function whatOf(row: Row): Exception["what"] {
  return row.kind === "quantile" ? row.quantile : row.kind;
}
