// Traces of pods as CSV to columns of arrivals: Alibaba's openb format of 2023, and tables with named columns.
// Reads text only; pods that are alike share a shape. Source of the openb mapping: the README of that trace; a share of a
// GPU (gpu_milli) has no equivalent in plain Kubernetes, so such a pod takes a whole device, and that is said, unless the scenario
// wants shares (`gpus: shared`): then they are annotations, as GpuShare and Alibaba's schedulers read them.
import { HOUR, MILLISECOND, MINUTE, parseDurationMicros, SECOND } from "../engine/tick.ts";
import { DEVICE_MILLI, GPU_CARD_MODEL, GPU_COUNT, GPU_MILLI } from "../model/gpu/convention.ts";
import type { Affinity, Labels, Node, Pod, Quantity } from "../model/objects.ts";
import type { FileProblem } from "../model/problem.ts";
import { quantityError } from "../model/quantity.ts";
import { CsvTable } from "./csv.ts";
import { readyNode } from "./node-pools.ts";
import type { TraceSource } from "./plan.ts";
import type { TraceSpec } from "./schema.ts";

const GPU = "nvidia.com/gpu";
const GPU_MODEL_LABEL = "nvidia.com/gpu.product";
const OPENB_PODS_PER_NODE = 256;
/** What the published experiments on this trace let a node take. */
const SHARED_PODS_PER_NODE = 1001;
const NAME = /^[a-z0-9]([-a-z0-9.]{0,251}[a-z0-9])?$/;

type GpuUse = NonNullable<TraceSpec["gpus"]>;

export interface TracePods {
  /** Shapes without defaults. */
  readonly source: TraceSource;
  readonly problems: readonly FileProblem[];
  readonly warnings: readonly string[];
}

export interface TraceNodes {
  readonly nodes: readonly Node[];
  readonly problems: readonly FileProblem[];
}

/** The nodes of an openb node list (columns sn, cpu_milli, memory_mib, gpu, model). */
export function openbNodes(
  text: string,
  file: string,
  first = Number.POSITIVE_INFINITY,
  gpus: GpuUse = "whole",
): TraceNodes {
  const isShared = gpus === "shared";
  const table = new CsvTable(text, file);
  const faults = table.problems.length;
  const [name, cpu, memory, gpu, model] = columns(table, ["sn", "cpu_milli", "memory_mib", "gpu", "model"]);
  if (table.problems.length > faults) return { nodes: [], problems: table.problems };
  const names = new Names(table, name);
  const nodes: Node[] = [];
  for (let row = 0; row < Math.min(table.rows.length, first); row++) {
    const product = table.cell(row, model);
    const devices = table.integer(row, gpu, 0, 0);
    const allocatable = {
      cpu: `${table.integer(row, cpu, 0, 0)}m`,
      memory: `${table.integer(row, memory, 0, 0)}Mi`,
      pods: isShared ? SHARED_PODS_PER_NODE : OPENB_PODS_PER_NODE,
      ...(devices > 0 ? { [isShared ? GPU_COUNT : GPU]: devices } : {}),
    };
    const label = isShared ? GPU_CARD_MODEL : GPU_MODEL_LABEL;
    nodes.push(readyNode(names.take(row), allocatable, product === "" ? {} : { [label]: product }));
  }
  return { nodes, problems: table.problems };
}

/** The pods of a trace in the order in which they arrive. */
export function tracePods(text: string, file: string, spec: TraceSpec, name: string): TracePods {
  const table = new CsvTable(text, file);
  const fixed = typeof spec.arrivals === "object" ? rateMicros(spec.arrivals.fixedRate) : null;
  const warnings: string[] = [];
  const builder = new Builder(table, spec, fixed);
  if (spec.format === "openb") openbPods(builder, name, warnings);
  else csvPods(builder);
  return { source: builder.source(name), problems: table.problems, warnings };
}

// --- openb ---

function openbPods(builder: Builder, source: string, warnings: string[]): void {
  const { spec, table } = builder;
  const timed = builder.gapMicros === null;
  const faults = table.problems.length;
  const [name, cpu, memory, gpus] = columns(table, ["name", "cpu_milli", "memory_mib", "num_gpu"]);
  const share = table.column("gpu_milli", false);
  const models = table.column("gpu_spec", false);
  const created = table.column("creation_time", timed);
  const deleted = table.column("deletion_time", timed);
  const scheduled = table.column("scheduled_time", false);
  if (table.problems.length > faults) return;
  const names = new Names(table, name);
  let shared = 0;
  for (let row = 0; row < builder.rows; row++) {
    const gpu = table.integer(row, gpus, 0, 0);
    const milli = table.number(row, share, 0, 1000);
    const takesShares = spec.gpus === "shared";
    if (gpu > 0 && milli > 0 && milli < 1000 && !takesShares) shared++;
    const mib = table.integer(row, memory, 0, 0);
    const cpuMilli = table.integer(row, cpu, 0, 0);
    const shape = builder.shape(
      {
        ...(cpuMilli > 0 ? { cpu: `${cpuMilli}m` } : {}),
        ...(mib > 0 ? { memory: `${mib}Mi` } : {}),
        ...(gpu > 0 && !takesShares ? { [GPU]: gpu } : {}),
      },
      takesShares
        ? { annotations: gpu > 0 ? gpuAnnotations(milli, gpu, table.cell(row, models)) : {} }
        : { models: gpu > 0 ? table.cell(row, models) : "" },
    );
    const arrival = table.number(row, created, 0, Number.NaN);
    if (timed && Number.isNaN(arrival)) table.wrong(row, created, "a time in seconds", 0);
    const departure = table.number(row, deleted, 0, Number.NaN);
    if (departure < arrival) table.wrong(row, deleted, "a time that is not before creation_time", 0);
    const start = table.number(row, scheduled, 0, arrival);
    builder.add(
      names.take(row),
      shape,
      arrival * SECOND,
      departure * SECOND,
      (departure - Math.max(arrival, start)) * SECOND,
    );
  }
  // reports carry it, so it must not say from which folder the file was opened
  if (shared > 0)
    warnings.push(`trace ${source}: ${shared} pods ask for a share of a GPU; each takes a whole one here`);
}

function gpuAnnotations(milli: number, count: number, models: string): Labels {
  return {
    [GPU_MILLI]: String(milli > 0 ? Math.min(milli, DEVICE_MILLI) : DEVICE_MILLI),
    [GPU_COUNT]: String(count),
    ...(models === "" ? {} : { [GPU_CARD_MODEL]: models }),
  };
}

// --- named columns ---

const UNITS = { s: SECOND, ms: MILLISECOND, us: 1 } as const;

function csvPods(builder: Builder): void {
  const { table, spec } = builder;
  const named = spec.columns ?? {};
  const timed = builder.gapMicros === null;
  const faults = table.problems.length;
  const column = (field: Exclude<keyof typeof named, "labels">, required: boolean) =>
    table.column(named[field] ?? field, required || named[field] !== undefined);
  const name = column("name", false);
  const arrival = column("arrival", timed);
  const departure = column("departure", false);
  const lifetime = column("lifetime", false);
  const cpu = column("cpu", false);
  const memory = column("memory", false);
  const gpu = column("gpu", false);
  const priority = column("priority", false);
  const namespace = column("namespace", false);
  const labels = (named.labels ?? []).map((label) => [label, table.column(label, true)] as const);
  if (cpu < 0 && memory < 0 && gpu < 0 && table.problems.length === faults) table.column("cpu", true);
  if (table.problems.length > faults) return;
  const unit = UNITS[spec.timeUnit ?? "s"];
  const names = new Names(table, name);
  for (let row = 0; row < builder.rows; row++) {
    const pairs = labels
      .map(([label, at]) => [label, labelValue(table, row, at)] as const)
      .filter(([, value]) => value !== "");
    const shape = builder.shape(
      {
        ...quantity(table, row, cpu, "cpu"),
        ...quantity(table, row, memory, "memory"),
        ...quantity(table, row, gpu, GPU),
      },
      {
        labels: Object.fromEntries(pairs),
        namespace: table.cell(row, namespace),
        ...(table.cell(row, priority) === "" ? {} : { priority: table.integer(row, priority, -2_147_483_648, 0) }),
      },
    );
    const arrivalMicros = time(table, row, arrival, unit);
    if (timed && Number.isNaN(arrivalMicros)) table.wrong(row, arrival, "a time", 0);
    const departureMicros = time(table, row, departure, unit);
    if (departureMicros < arrivalMicros) table.wrong(row, departure, "a time that is not before the arrival", 0);
    const own = time(table, row, lifetime, unit);
    const run = Number.isNaN(own) ? departureMicros - arrivalMicros : own;
    builder.add(
      names.take(row),
      shape,
      arrivalMicros,
      Number.isNaN(departureMicros) ? arrivalMicros + own : departureMicros,
      run,
    );
  }
}

function quantity(table: CsvTable, row: number, column: number, resource: string): Readonly<Record<string, Quantity>> {
  const text = table.cell(row, column);
  if (text === "" || text === "0") return {};
  if (quantityError(text) === undefined && !text.startsWith("-")) return { [resource]: text };
  return table.wrong(row, column, 'a quantity, such as 2, "500m" or "1.5Gi"', {});
}

function labelValue(table: CsvTable, row: number, column: number): string {
  const value = table.cell(row, column);
  const valid = value.length <= 63 && /^(([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9])?$/.test(value);
  return valid ? value : table.wrong(row, column, "a label value: at most 63 letters, digits, -, _ and .", "");
}

// a number in the trace's unit, or a duration with its own; NaN when empty
function time(table: CsvTable, row: number, column: number, unit: number): number {
  const text = table.cell(row, column);
  if (text === "") return Number.NaN;
  const micros = parseDurationMicros(text);
  return micros !== undefined && text !== "0" ? micros : table.number(row, column, 0, 0) * unit;
}

// --- common ---

function columns<const N extends readonly string[]>(table: CsvTable, names: N): { readonly [K in keyof N]: number } {
  return names.map((name) => table.column(name, true)) as { readonly [K in keyof N]: number };
}

/** Time between two pods at a rate such as "10/s"; may be a fraction of a microsecond. */
function rateMicros(rate: string): number {
  const [count = "1", unit = "s"] = rate.split("/");
  const micros = unit === "ms" ? MILLISECOND : unit === "m" ? MINUTE : unit === "h" ? HOUR : SECOND;
  return micros / Math.max(Number(count), 1e-9);
}

// names from a column, each valid and unique; numbered where there is no column
class Names {
  private readonly table: CsvTable;
  private readonly column: number;
  private readonly seen = new Map<string, number>();

  constructor(table: CsvTable, column: number) {
    this.table = table;
    this.column = column;
  }

  take(row: number): string {
    if (this.column < 0) return `pod-${row}`;
    const name = this.table.cell(row, this.column);
    if (!NAME.test(name))
      return this.table.wrong(row, this.column, "a name of lower-case letters, digits, - and .", name);
    const before = this.seen.get(name);
    if (before !== undefined) this.table.wrong(row, this.column, `a name that is not in line ${before} already`, name);
    else this.seen.set(name, this.table.lines[row]!);
    return name;
  }
}

interface ShapeOptions {
  /** GPU models, joined by "|". */
  readonly models?: string;
  readonly labels?: Labels;
  readonly namespace?: string;
  readonly priority?: number;
  readonly annotations?: Labels;
}

class Builder {
  readonly table: CsvTable;
  readonly spec: TraceSpec;
  /** Time between pods at a fixed rate; null = the trace's own times. */
  readonly gapMicros: number | null;
  readonly rows: number;
  private readonly startMicros: number;
  private readonly shapes: Pod[] = [];
  private readonly shapeIds = new Map<string, number>();
  private readonly names: string[] = [];
  private readonly shapeOf: number[] = [];
  private readonly arrivals: number[] = [];
  private readonly lifetimes: number[] = [];
  private readonly departures: NonNullable<TraceSpec["departures"]>;

  constructor(table: CsvTable, spec: TraceSpec, gapMicros: number | null) {
    this.table = table;
    this.spec = spec;
    this.gapMicros = gapMicros;
    this.rows = Math.min(table.rows.length, spec.firstPods ?? Number.POSITIVE_INFINITY);
    this.startMicros = spec.start === undefined ? 0 : (parseDurationMicros(spec.start) ?? 0);
    this.departures = spec.departures ?? (gapMicros === null ? "own" : "never");
  }

  /** The number of the shape with these requests. */
  shape(requests: Readonly<Record<string, Quantity>>, options: ShapeOptions): number {
    const key = JSON.stringify([requests, options]);
    const known = this.shapeIds.get(key);
    if (known !== undefined) return known;
    const namespace = options.namespace || this.spec.namespace || "default";
    const affinity = modelAffinity(options.models ?? "");
    this.shapes.push({
      apiVersion: "v1",
      kind: "Pod",
      metadata: {
        name: "trace",
        namespace,
        labels: options.labels ?? {},
        ...(options.annotations === undefined ? {} : { annotations: options.annotations }),
      },
      spec: {
        containers: [{ name: "main", resources: { requests } }],
        ...(affinity === null ? {} : { affinity }),
        ...(options.priority === undefined ? {} : { priority: options.priority }),
      },
    });
    this.shapeIds.set(key, this.shapes.length - 1);
    return this.shapes.length - 1;
  }

  /** One pod; times in microseconds of the trace, NaN where there are none. */
  add(name: string, shape: number, arrivalMicros: number, departureMicros: number, runMicros: number): void {
    const scale = this.spec.timeScale ?? 1;
    const arrival = this.gapMicros === null ? arrivalMicros * scale : this.names.length * this.gapMicros;
    const lifetime =
      this.departures === "never"
        ? Number.NaN
        : this.departures === "own"
          ? departureMicros - arrivalMicros
          : runMicros;
    this.names.push(name);
    this.shapeOf.push(shape);
    this.arrivals.push(Math.min(this.startMicros + Math.round(arrival), Number.MAX_SAFE_INTEGER));
    this.lifetimes.push(Number.isNaN(lifetime) ? Number.NaN : Math.round(Math.max(0, lifetime) * scale));
  }

  source(name: string): TraceSource {
    const { shuffle = false, tune = null } = this.spec;
    const { gapMicros } = this;
    const arrangement =
      gapMicros !== null && (shuffle || tune !== null)
        ? { shuffle, tune, startMicros: this.startMicros, gapMicros }
        : null;
    const order = this.arrivals.map((_, i) => i).sort((a, b) => this.arrivals[a]! - this.arrivals[b]! || a - b);
    return {
      kind: "trace",
      name,
      shapes: this.shapes,
      podNames: order.map((i) => this.names[i]!),
      shapeOf: Uint32Array.from(order, (i) => this.shapeOf[i]!),
      arrivalMicros: Float64Array.from(order, (i) => this.arrivals[i]!),
      lifetimeMicros: Float64Array.from(order, (i) => this.lifetimes[i]!),
      departure: this.departures === "own" ? "afterArrival" : "afterStart",
      ...(arrangement === null ? {} : { arrangement }),
    };
  }
}

function modelAffinity(models: string): Affinity | null {
  if (models === "") return null;
  const matchExpressions = [{ key: GPU_MODEL_LABEL, operator: "In", values: models.split("|") }];
  return {
    nodeAffinity: { requiredDuringSchedulingIgnoredDuringExecution: { nodeSelectorTerms: [{ matchExpressions }] } },
  };
}
