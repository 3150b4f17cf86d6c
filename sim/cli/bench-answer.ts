// Measures workloads under configurations and writes the rows: a table for people, bench.csv for everything else.

import { existsSync } from "node:fs";
import { stringify } from "csv-stringify/sync";
import {
  type Measurement,
  type MeasureOptions,
  measure,
  quantile,
  type Verification,
  verify,
} from "../../bench/scheduling.ts";
import { cycleWorkloads, upstreamWorkloads, type Workload } from "../../bench/workloads.ts";
import { podsOfPlan } from "../analysis/plan-pods.ts";
import { loadCustomPlugins } from "../batch/custom-plugins.ts";
import { located, parseDocuments } from "../model/documents.ts";
import { nearest } from "../model/problem.ts";
import { readSchedulerConfiguration } from "../model/read-scheduler-configuration.ts";
import type { SchedulerConfiguration } from "../model/scheduler-configuration.ts";
import { InputFiles, isFault } from "../scenario/load-files.ts";
import type { Plan } from "../scenario/plan.ts";
import { InputError } from "./failure.ts";
import { loadPlans } from "./load-plans.ts";
import { OutputDirectory } from "./output-directory.ts";
import { formatProblems } from "./problems.ts";
import { bold, renderTable } from "./table.ts";

export interface BenchRequest {
  readonly workloads: readonly string[];
  readonly list: boolean;
  readonly nodes: number;
  readonly pods: number;
  readonly config: readonly string[];
  readonly percentage?: number;
  readonly tieBreak: "heap" | "first";
  readonly repeat: number;
  readonly verify: boolean;
  readonly out: string;
}

export interface BenchAnswer {
  readonly text: string;
  /** False when a decision differed from the plain evaluation's. */
  readonly passed: boolean;
}

interface NamedConfiguration {
  readonly name: string;
  readonly configuration: SchedulerConfiguration;
}

/** A workload with the configurations to measure it under. */
interface Subject {
  readonly workload: Workload;
  readonly configurations: readonly NamedConfiguration[];
}

const HEAD = [
  "workload",
  "configuration",
  "nodes",
  "pods",
  "scheduled",
  "unschedulable",
  "victims",
  "attempts",
  "pods_per_s",
  "latency_p50_us",
  "latency_p90_us",
  "latency_p99_us",
  "latency_max_us",
  "nodes_evaluated_per_attempt",
  "nodes_touched_per_attempt",
  "nodes_used",
  "heap_mib",
  "verified_decisions",
  "differences",
  "upstream_threshold_pods_per_s",
];
/** Columns that the table on the terminal leaves out. */
const CSV_ONLY: ReadonlySet<string> = new Set(["attempts", "latency_p90_us", "latency_max_us", "victims"]);

/** @throws InputError for bad input; then nothing is written */
export async function answerBench(request: BenchRequest): Promise<BenchAnswer> {
  for (const [name, value, least] of [
    ["nodes", request.nodes, 1],
    ["pods", request.pods, 1],
    ["repeat", request.repeat, 1],
    ["percentage", request.percentage ?? 0, 0],
  ] as const) {
    if (!Number.isInteger(value) || value < least)
      throw new InputError(`--${name}: expected a whole number of at least ${least}, got ${value}`);
  }
  if ((request.percentage ?? 0) > 100)
    throw new InputError(`--percentage: expected 0 … 100, got ${request.percentage}`);
  const named = [...upstreamWorkloads(request.nodes, request.pods), ...cycleWorkloads(request.nodes, request.pods)];
  if (request.list) {
    const rows = named.map((w) => [w.name, w.about]);
    return {
      text: `${renderTable(rows, { head: ["WORKLOAD", "WHAT IT ISOLATES"], align: ["left", "left"] })}\n`,
      passed: true,
    };
  }
  const records: string[][] = [];
  let passed = true;
  for (const { workload, configurations } of subjects(request, named)) {
    for (const { name, configuration } of configurations) {
      const customPlugins = await loadCustomPlugins({ scheduler: { configuration } });
      const options: MeasureOptions = { configuration, tieBreak: request.tieBreak, customPlugins };
      process.stderr.write(`measuring ${workload.name}, ${name} …\n`);
      const runs = Array.from({ length: request.repeat }, () => measure(workload, options));
      const median = runs.slice().sort((a, b) => a.seconds - b.seconds)[runs.length >> 1] as Measurement;
      const checked = request.verify ? verify(workload, options, median.decisions, 1) : null;
      if (checked !== null && checked.difference !== null) passed = false;
      records.push(recordOf(median, name, checked, workload.upstreamThreshold));
    }
  }
  const csv = stringify(records, { header: true, columns: HEAD, record_delimiter: "\n" });
  const output = new OutputDirectory(request.out);
  try {
    output.append("bench.csv", new TextEncoder().encode(csv));
    output.commit();
  } catch (error) {
    output.discard();
    throw error;
  }
  return { text: tableOf(records, output.path), passed };
}

function subjects(request: BenchRequest, named: readonly Workload[]): Subject[] {
  const given = request.config.map((file) => ({
    name: file,
    configuration: withPercentage(readConfiguration(file), request.percentage),
  }));
  const names = request.workloads.length > 0 ? request.workloads : named.map((w) => w.name);
  return names.map((name) => {
    const workload = named.find((w) => w.name === name);
    if (workload !== undefined)
      return { workload, configurations: given.length > 0 ? given : [ownConfiguration(workload, request.percentage)] };
    if (!existsSync(name)) {
      const near = nearest(
        name,
        named.map((w) => w.name),
      );
      throw new InputError(
        `${name} is neither a workload nor a file${near === undefined ? "" : `: did you mean ${near}?`} (bench --list names the workloads)`,
      );
    }
    const plans = loadPlans({ files: [name] });
    const [plan] = plans;
    if (plan === undefined || plans.length > 1)
      throw new InputError(`${name}: expected one variant, found ${plans.length}`);
    const own = { name: "own", configuration: withPercentage(plan.scheduler.configuration, request.percentage) };
    return { workload: workloadOfPlan(plan, request.pods), configurations: given.length > 0 ? given : [own] };
  });
}

function ownConfiguration(workload: Workload, percentage: number | undefined): NamedConfiguration {
  const { configuration } = readSchedulerConfiguration({
    apiVersion: "kubescheduler.config.k8s.io/v1",
    kind: "KubeSchedulerConfiguration",
    ...workload.configuration,
  });
  return {
    name: workload.configuration === undefined ? "default" : "own",
    configuration: withPercentage(configuration, percentage),
  };
}

function withPercentage(configuration: SchedulerConfiguration, percentage: number | undefined): SchedulerConfiguration {
  if (percentage === undefined) return configuration;
  const profiles = configuration.profiles.map((profile) => ({ ...profile, percentageOfNodesToScore: null }));
  return { ...configuration, percentageOfNodesToScore: percentage, profiles };
}

function readConfiguration(name: string): SchedulerConfiguration {
  const file = new InputFiles(process.cwd()).text(name);
  if (isFault(file)) throw new InputError(`--config ${name}: expected ${file.expected}, found ${file.received}`);
  const { documents, problems } = parseDocuments(file.text, file.name);
  if (problems.length > 0) throw new InputError(formatProblems(problems));
  const [document] = documents;
  if (document === undefined)
    throw new InputError(`--config ${name}: expected a KubeSchedulerConfiguration, found nothing`);
  const read = readSchedulerConfiguration(document.value);
  if (read.problems.length > 0) throw new InputError(formatProblems(located(document, read.problems)));
  return read.configuration;
}

/** The pods of a plan one after the other, without the time between them. */
function workloadOfPlan(plan: Plan, most: number): Workload {
  const { nodes, pods, ...others } = plan.objects;
  const all = [...nodes, ...plan.lateNodes.flatMap((late) => late.nodes)];
  const measured = podsOfPlan(plan, most);
  return {
    name: plan.name,
    about: plan.description,
    nodes: all.length,
    node: (index) => all[index]!,
    initial: [],
    measured: [{ count: measured.length, pod: (index) => measured[index]! }],
    objects: { ...others, pods: pods.filter((pod) => pod.spec.nodeName) },
    upstreamThreshold: null,
  };
}

function recordOf(
  m: Measurement,
  configuration: string,
  checked: Verification | null,
  threshold: string | null,
): string[] {
  const latency = (share: number) => (m.latencyMicros.length === 0 ? "" : quantile(m.latencyMicros, share).toFixed(1));
  const perAttempt = (total: number) => (m.attempts === 0 ? "" : (total / m.attempts).toFixed(1));
  return [
    m.workload,
    configuration,
    String(m.nodes),
    String(m.pods),
    String(m.scheduled),
    String(m.unschedulable),
    String(m.victims),
    String(m.attempts),
    m.pods === 0 ? "" : String(Math.round(m.pods / m.seconds)),
    latency(0.5),
    latency(0.9),
    latency(0.99),
    latency(1),
    perAttempt(m.nodesEvaluated),
    perAttempt(m.nodesTouched),
    String(m.nodesUsed),
    (m.heapBytes / (1024 * 1024)).toFixed(1),
    checked === null ? "" : String(checked.checked),
    checked === null ? "" : (checked.difference ?? "none"),
    threshold ?? "",
  ];
}

function tableOf(records: readonly string[][], folder: string): string {
  const kept = HEAD.map((name, i) => ({ name, i })).filter(({ name }) => !CSV_ONLY.has(name));
  const rows = records.map((record) => kept.map(({ i }) => record[i] ?? ""));
  const align = kept.map(({ i }) => (i < 2 ? ("left" as const) : ("right" as const)));
  return `${renderTable(rows, { head: kept.map(({ name }) => name), align })}\n\n${bold("wrote")} ${folder}/bench.csv; the scheduler alone: no events, no API server, one thread\n`;
}
