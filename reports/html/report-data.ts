// What a report is made from: the tables of a folder, cut down to what a page can show. Cells are texts as in the files; "" = not measured.

export interface RunHead {
  /** Place among all runs of the folder. */
  readonly index: number;
  /** With the variant. */
  readonly scenario: string;
  readonly scenarioSha256: string;
  readonly configSha256: string;
  readonly seed: string;
  readonly runId: string;
  readonly digest: string;
  readonly toolVersion: string;
  readonly schemaVersion: string;
  readonly durationSeconds: number;
  readonly events: number;
  readonly isValid: boolean;
  /** Reasons why it means nothing, and what to know about it. */
  readonly warnings: string;
  /** By column of summary.csv. */
  readonly summary: ReadonlyMap<string, string>;
  readonly expectations: readonly Expectation[];
}

export interface Expectation {
  readonly text: string;
  readonly holds: boolean;
  readonly actual: string;
  readonly unit: string;
  /** NaN: it holds, or only the end tells. */
  readonly violatedSeconds: number;
  readonly note: string;
}

/** Rows of one table, as far as they were kept. */
export class Rows {
  readonly header: readonly string[];
  readonly records: readonly (readonly string[])[];
  private readonly places: ReadonlyMap<string, number>;

  constructor(header: readonly string[], records: readonly (readonly string[])[]) {
    this.header = header;
    this.records = records;
    this.places = new Map(header.map((name, i) => [name, i]));
  }

  has(name: string): boolean {
    return this.places.has(name);
  }

  text(row: number, name: string): string {
    return this.records[row]?.[this.places.get(name) ?? -1] ?? "";
  }

  /** NaN for an empty cell. */
  number(row: number, name: string): number {
    return numberOf(this.text(row, name));
  }

  numbers(name: string): number[] {
    return this.records.map((_, row) => this.number(row, name));
  }
}

/** A run that is shown in all detail. */
export interface RunDetail {
  readonly head: RunHead;
  /** Columns of long tables, by name. */
  readonly timeseries: Readonly<Record<string, Float64Array>>;
  readonly latencies: Readonly<Record<string, Float64Array>>;
  /** faults, actions, leaders, nodes, services, service_timeseries, slo, etcd. */
  readonly tables: ReadonlyMap<string, Rows>;
}

/** What the runs of one scenario and variant have in common. */
export interface Variant {
  readonly scenario: string;
  readonly runs: readonly RunHead[];
  /** Over all its runs, by series; empty for a single run. */
  readonly envelopes: ReadonlyMap<string, Envelope>;
}

/** A series over many runs: of each stretch of time the smallest and largest value in any run, and the median of the last ones. */
export interface Envelope {
  readonly runs: number;
  readonly endSeconds: number;
  readonly low: readonly number[];
  readonly median: readonly number[];
  readonly high: readonly number[];
}

/** A table to look into, sort and filter. */
export interface ShownTable {
  readonly name: string;
  readonly rows: Rows;
  /** Rows that the file has for the runs that are shown; more than are kept where a table is cut. */
  readonly total: number;
  /** What was kept, where not everything was; "" otherwise. */
  readonly note: string;
}

export interface ReportData {
  readonly runs: readonly RunHead[];
  readonly variants: readonly Variant[];
  readonly details: readonly RunDetail[];
  readonly statistics: Rows;
  readonly differences: Rows;
  readonly compare: Rows;
  readonly failures: Rows;
  readonly notModelled: Rows;
  readonly tables: readonly ShownTable[];
}

export function numberOf(text: string): number {
  return text === "" ? Number.NaN : Number(text);
}
