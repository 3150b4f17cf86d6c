// Takes the tables of a folder, record by record, and keeps what a report shows of them: heads of all runs, everything about a few of them,
// bands over the runs of a variant, and tables up to a number of rows. Files are given in the order of INPUTS; those that are missing are left out.
import { IDENTITY_COLUMNS } from "../columns/identity.ts";
import { REPORTS } from "../columns/registry.ts";
import { chooseDetails } from "./choose-details.ts";
import { EnvelopeBuilder } from "./envelope.ts";
import { NumberColumns } from "./number-columns.ts";
import {
  type Envelope,
  type Expectation,
  numberOf,
  type ReportData,
  Rows,
  type RunDetail,
  type RunHead,
  type ShownTable,
  type Variant,
} from "./report-data.ts";
import { RowKeeper } from "./row-keeper.ts";

export interface ReportLimits {
  /** Runs that are shown in all detail. */
  readonly details: number;
  /** Rows of a table. */
  readonly rows: number;
}

export const LIMITS: ReportLimits = { details: 6, rows: 2000 };

const FIRST = ["summary", "expectations"];
const TOGETHER = ["statistics", "differences", "compare", "failures"];

/** Names of the tables in the order in which they are taken. */
export const INPUTS: readonly string[] = [
  ...FIRST,
  ...REPORTS.map(({ name }) => name).filter((name) => !FIRST.includes(name)),
  ...TOGETHER,
];

const OF_RUN = ["faults", "actions", "leaders", "nodes", "services", "service_timeseries", "slo", "etcd"];
const SERIES = [
  "pods_pending",
  "pods_running",
  "pods_starting",
  "nodes",
  "nodes_ready",
  "queue_active",
  "queue_backoff",
];
const TIMESERIES = [
  ...["time_s", ...SERIES, "pods_failed", "queue_unschedulable", "queue_gated"],
  ...["alloc_cpu_pct", "alloc_mem_pct", "alloc_gpu_pct"],
];
/** Drawn as bands over runs. */
const BANDS = ["pods_pending", "pods_running", "nodes_ready", "alloc_cpu_pct"];
const BAND_BUCKETS = 90;
const IDENTITY_WIDTH = IDENTITY_COLUMNS.length;
const [SCENARIO, SEED, RUN_ID] = ["scenario", "seed", "run_id"].map((wanted) =>
  IDENTITY_COLUMNS.findIndex(({ name }) => name === wanted),
) as [number, number, number];

const QUIET_STATES = new Set(["running", "succeeded", "deleted"]);

/** Rows that somebody would look for, where not all are kept. */
const IMPORTANT: Readonly<Record<string, (cell: (name: string) => string) => boolean>> = {
  events: (cell) => cell("type") === "Warning" || cell("component") === "",
  pods: (cell) =>
    !QUIET_STATES.has(cell("state")) || (cell("restarts") !== "" && cell("restarts") !== "0") || cell("cause") !== "",
  nodes: (cell) => cell("ready_end") === "false" || cell("not_ready_periods") !== "0",
  expectations: (cell) => cell("holds") === "false",
  summary: (cell) => cell("expectations_failed") !== "" && cell("expectations_failed") !== "0",
};

/** Takes records of one table; false: it needs no more of them. */
export type TakeRecord = (record: readonly string[]) => boolean;

interface Draft {
  readonly head: RunHead;
  timeseries: NumberColumns | undefined;
  latencies: NumberColumns | undefined;
  readonly tables: Map<string, { readonly header: readonly string[]; readonly records: (readonly string[])[] }>;
}

export class ReportCollector {
  private readonly limits: ReportLimits;
  private readonly heads: RunHead[] = [];
  private readonly byId = new Map<string, RunHead>();
  private drafts: Map<string, Draft> | undefined;
  private lastDetail = -1;
  private readonly envelopes = new Map<string, Map<string, EnvelopeBuilder>>();
  private readonly together = new Map<string, Rows>();
  private readonly shown: { readonly name: string; readonly header: readonly string[]; readonly keeper: RowKeeper }[] =
    [];

  constructor(limits: ReportLimits = LIMITS) {
    this.limits = limits;
  }

  /** Begins a table. */
  open(name: string, header: readonly string[]): TakeRecord {
    if (TOGETHER.includes(name)) return this.openTogether(name, header);
    const keeper = this.keeperOf(name, header);
    if (name === "summary") return this.openSummary(header, keeper);
    if (name === "expectations") return this.openExpectations(header, keeper);
    return this.openDetailed(name, header, keeper);
  }

  finish(): ReportData {
    const rowsOf = (name: string) => this.together.get(name) ?? new Rows([], []);
    const notModelled = this.shown.find(({ name }) => name === "not_modelled");
    return {
      runs: this.heads,
      variants: this.variants(),
      details: [...this.details().values()].map(
        ({ head, timeseries, latencies, tables }): RunDetail => ({
          head,
          timeseries: timeseries?.finish() ?? {},
          latencies: latencies?.finish() ?? {},
          tables: new Map([...tables].map(([name, { header, records }]) => [name, new Rows(header, records)])),
        }),
      ),
      statistics: rowsOf("statistics"),
      differences: rowsOf("differences"),
      compare: rowsOf("compare"),
      failures: rowsOf("failures"),
      notModelled: new Rows(notModelled?.header ?? [], notModelled?.keeper.kept() ?? []),
      tables: this.tables(),
    };
  }

  private openTogether(name: string, header: readonly string[]): TakeRecord {
    const records: (readonly string[])[] = [];
    this.together.set(name, new Rows(header, records));
    const keeper = new RowKeeper(this.limits.rows);
    this.shown.push({ name, header, keeper });
    const isOurs = this.ownership(header);
    return (record) => {
      if (!isOurs(record)) return true;
      records.push(record);
      keeper.add(record);
      return true;
    };
  }

  /**
   * A folder may hold what an earlier command left there: rows about scenarios of which it has no runs, or not several, are none of ours.
   * Where there are no runs at all, as after a comparison of two finished batches, everything is.
   */
  private ownership(header: readonly string[]): (record: readonly string[]) => boolean {
    if (this.heads.length === 0) return () => true;
    const counts = new Map<string, number>();
    for (const { scenarioSha256 } of this.heads) counts.set(scenarioSha256, (counts.get(scenarioSha256) ?? 0) + 1);
    const place =
      ["scenario_sha256", "candidate_sha256"].map((name) => header.indexOf(name)).find((at) => at >= 0) ?? -1;
    const n = header.indexOf("n");
    return (record) => {
      const runs = counts.get(record[place] ?? "") ?? 0;
      return (
        header.includes("message") || (runs > 0 && (n < 0 || (this.heads.length > 1 && Number(record[n]) <= runs)))
      );
    };
  }

  private keeperOf(name: string, header: readonly string[]): RowKeeper {
    const own = header.slice(IDENTITY_WIDTH);
    const important = IMPORTANT[name];
    const places = new Map(own.map((column, i) => [column, i + RUN_COLUMNS.length]));
    const keeper = new RowKeeper(
      this.limits.rows,
      important && ((record) => important((column) => record[places.get(column) ?? -1] ?? "")),
    );
    this.shown.push({ name, header: [...RUN_COLUMNS, ...own], keeper });
    return keeper;
  }

  private openSummary(header: readonly string[], keeper: RowKeeper): TakeRecord {
    const place = (name: string) => header.indexOf(name);
    return (record) => {
      const cell = (name: string) => record[place(name)] ?? "";
      const head: RunHead = {
        index: this.heads.length,
        scenario: cell("scenario"),
        scenarioSha256: cell("scenario_sha256"),
        configSha256: cell("config_sha256"),
        seed: cell("seed"),
        runId: cell("run_id"),
        digest: cell("digest"),
        toolVersion: cell("tool_version"),
        schemaVersion: cell("schema_version"),
        durationSeconds: Number(cell("sim_duration_s")),
        events: Number(cell("events_processed")),
        isValid: cell("result_valid") !== "false",
        warnings: cell("warnings"),
        summary: new Map(header.slice(IDENTITY_WIDTH).map((name, i) => [name, record[IDENTITY_WIDTH + i]!])),
        expectations: [],
      };
      this.heads.push(head);
      // the same scenario and seed twice is the same run twice
      this.byId.set(keyOf(record), head);
      keeper.add(ownCells(record));
      return true;
    };
  }

  private openExpectations(header: readonly string[], keeper: RowKeeper): TakeRecord {
    const place = (name: string) => header.indexOf(name);
    return (record) => {
      const cell = (name: string) => record[place(name)] ?? "";
      const head = this.byId.get(keyOf(record));
      (head?.expectations as Expectation[] | undefined)?.push({
        text: cell("expectation"),
        holds: cell("holds") === "true",
        actual: cell("actual"),
        unit: cell("unit"),
        violatedSeconds: numberOf(cell("violated_s")),
        note: cell("note"),
      });
      keeper.add(ownCells(record));
      return true;
    };
  }

  private openDetailed(name: string, header: readonly string[], keeper: RowKeeper): TakeRecord {
    const details = this.details();
    const isSeries = name === "timeseries";
    const isKept = OF_RUN.includes(name);
    const bands = isSeries && this.heads.length > 1 ? new BandReader(header, this.envelopes, this.heads) : undefined;
    for (const draft of details.values()) {
      if (isSeries) draft.timeseries = new NumberColumns(header, TIMESERIES);
      if (name === "latencies") draft.latencies = new NumberColumns(header, header.slice(IDENTITY_WIDTH));
      if (isKept) draft.tables.set(name, { header, records: [] });
    }
    return (record) => {
      const key = keyOf(record);
      const head = this.byId.get(key);
      bands?.take(record, head);
      const draft = details.get(key);
      if (draft === undefined) return bands !== undefined || head === undefined || head.index <= this.lastDetail;
      if (isSeries) draft.timeseries!.add(record);
      if (name === "latencies") draft.latencies!.add(record);
      if (isKept) (draft.tables.get(name)!.records as (readonly string[])[]).push(record);
      keeper.add(ownCells(record));
      return true;
    };
  }

  /** Chosen once the heads of all runs and their expectations are known. */
  private details(): Map<string, Draft> {
    if (this.drafts !== undefined) return this.drafts;
    const chosen = chooseDetails(this.heads, this.limits.details);
    this.lastDetail = Math.max(-1, ...chosen.map(({ index }) => index));
    const keys = new Map([...this.byId].map(([key, head]) => [head, key]));
    this.drafts = new Map(
      chosen
        .filter((head) => keys.has(head))
        .map((head) => [keys.get(head)!, { head, timeseries: undefined, latencies: undefined, tables: new Map() }]),
    );
    return this.drafts;
  }

  private variants(): Variant[] {
    const names = new Map<string, RunHead[]>();
    for (const head of this.heads) {
      const runs = names.get(head.scenario) ?? [];
      names.set(head.scenario, runs);
      runs.push(head);
    }
    return [...names].map(([scenario, runs]) => {
      const built = [...(this.envelopes.get(scenario) ?? [])].map(
        ([name, builder]) => [name, builder.finish()] as const,
      );
      const envelopes = new Map(built.filter((entry): entry is [string, Envelope] => entry[1] !== undefined));
      return { scenario, runs, envelopes };
    });
  }

  private tables(): ShownTable[] {
    const details = this.details().size;
    return this.shown
      .filter(({ name, keeper }) => name !== "not_modelled" && keeper.total > 0)
      .map(({ name, header, keeper }) => {
        const records = keeper.kept();
        const parts: string[] = [];
        const isOfAll = FIRST.includes(name) || TOGETHER.includes(name);
        if (!isOfAll && this.heads.length > details) parts.push(`of the ${details} runs that are shown in detail`);
        if (records.length < keeper.total) {
          parts.push(IMPORTANT[name] === undefined ? "the first ones" : "those that stand out, then the first ones");
        }
        return { name, rows: new Rows(header, records), total: keeper.total, note: parts.join("; ") };
      });
  }
}

/** Of a run, in front of a table's own columns. */
const RUN_COLUMNS = ["scenario", "seed"] as const;

function ownCells(record: readonly string[]): readonly string[] {
  return [record[SCENARIO]!, record[SEED]!, ...record.slice(IDENTITY_WIDTH)];
}

function keyOf(record: readonly string[]): string {
  return `${record[RUN_ID]} ${record[SCENARIO]}`;
}

/** Adds the time series of all runs to the bands of their variants. */
class BandReader {
  private readonly envelopes: Map<string, Map<string, EnvelopeBuilder>>;
  private readonly time: number;
  private readonly places: readonly (readonly [string, number])[];
  private readonly ends = new Map<string, number>();
  private current: RunHead | undefined;
  private builders: readonly (readonly [EnvelopeBuilder, number])[] = [];

  constructor(
    header: readonly string[],
    envelopes: Map<string, Map<string, EnvelopeBuilder>>,
    heads: readonly RunHead[],
  ) {
    this.envelopes = envelopes;
    this.time = header.indexOf("time_s");
    this.places = BANDS.map((name) => [name, header.indexOf(name)] as const).filter(([, place]) => place >= 0);
    for (const { scenario, durationSeconds } of heads)
      this.ends.set(scenario, Math.max(durationSeconds, this.ends.get(scenario) ?? 0));
  }

  take(record: readonly string[], head: RunHead | undefined): void {
    if (head === undefined) return;
    if (head !== this.current) {
      for (const [builder] of this.builders) builder.endRun();
      this.current = head;
      this.builders = this.buildersOf(head.scenario);
    }
    const seconds = Number(record[this.time]);
    for (const [builder, place] of this.builders) builder.add(seconds, numberOf(record[place]!));
  }

  private buildersOf(scenario: string): readonly (readonly [EnvelopeBuilder, number])[] {
    let series = this.envelopes.get(scenario);
    if (series === undefined) {
      const end = this.ends.get(scenario) ?? 0;
      series = new Map(this.places.map(([name]) => [name, new EnvelopeBuilder(end, BAND_BUCKETS)]));
      this.envelopes.set(scenario, series);
    }
    const known = series;
    return this.places.map(([name, place]) => [known.get(name)!, place] as const);
  }
}
