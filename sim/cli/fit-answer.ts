// The answer of `kubedrill fit` as text: a table for people, CSV, or JSON.
import { stringify } from "csv-stringify/sync";
import type { Decision } from "../analysis/decision.ts";
import { type FitReport, fit, type PodFit } from "../analysis/fit.ts";
import { podsOfPlan } from "../analysis/plan-pods.ts";
import { type ReplayOptions, replay, replayTrace } from "../analysis/replay.ts";
import { loadCustomPlugins } from "../batch/custom-plugins.ts";
import { createStream, type RandomStream } from "../engine/random.ts";
import { noObjects } from "../model/objects.ts";
import type { Plan } from "../scenario/plan.ts";
import type { ReferenceCase } from "../scenario/reference-case.ts";
import type { PluginFactory } from "../scheduler/framework.ts";
import { InputError } from "./failure.ts";
import type { InputOptions } from "./load-plans.ts";
import { readInput } from "./read-case.ts";
import { bold, green, red, renderTable } from "./table.ts";

export interface FitAnswerOptions {
  readonly output: "table" | "csv" | "json";
  readonly perNode: boolean;
  readonly arrivals: number;
}

export interface FitAnswer {
  readonly text: string;
  readonly allFit: boolean;
}

/** @throws InputError for bad input */
export async function answerFit(input: InputOptions, options: FitAnswerOptions): Promise<FitAnswer> {
  if (!(Number.isInteger(options.arrivals) && options.arrivals >= 0))
    throw new InputError("--arrivals: expected a whole number of at least 0");
  const read = readInput(input);
  if (read.kind === "plan") {
    const { plan } = read;
    const customPlugins = await loadCustomPlugins(plan);
    if (options.output === "json") {
      const { tieBreak } = plan.scheduler;
      return decisions([caseOfPlan(plan, options.arrivals)], { customPlugins, tieBreak, stream: tieBreakStream(plan) });
    }
    return written([fitOfPlan(plan, options.arrivals, customPlugins)], options, plan.warnings);
  }
  // a reference case is replayed, it does not ask whether all of its pods fit
  if (options.output === "json") return { ...decisions(read.cases, {}), allFit: true };
  const reports = read.cases.map((c) =>
    fit({
      objects: c.objects,
      configuration: c.configuration,
      tieBreak: c.tieBreak,
      pending: c.pending,
      preemptionRetry: c.preemptionRetry,
      opportunisticBatching: c.opportunisticBatching,
    }),
  );
  return { ...written(reports, options, []), allFit: true };
}

function fitOfPlan(plan: Plan, arrivals: number, customPlugins: ReadonlyMap<string, PluginFactory>): FitReport {
  const { configuration, tieBreak } = plan.scheduler;
  return fit({
    objects: withLateNodes(plan),
    configuration,
    tieBreak,
    stream: tieBreakStream(plan),
    customPlugins,
    pending: podsOfPlan(plan, arrivals),
  });
}

function tieBreakStream(plan: Plan): RandomStream {
  return createStream(plan.seed, "scheduler/tie-break");
}

/** Nodes that boot later count as there: fit asks about the cluster as it is meant to be. */
function withLateNodes(plan: Plan): Plan["objects"] {
  if (plan.lateNodes.length === 0) return plan.objects;
  return { ...plan.objects, nodes: [...plan.objects.nodes, ...plan.lateNodes.flatMap((late) => late.nodes)] };
}

/** A plan in the form of a reference case, so that its decisions are written down in full. */
function caseOfPlan(plan: Plan, arrivals: number): ReferenceCase {
  const { configuration } = plan.scheduler;
  return {
    name: plan.name,
    family: "",
    kubernetesVersion: "",
    configuration,
    tieBreak: "heap",
    preemptionRetry: "immediate",
    opportunisticBatching: true,
    objects: { ...noObjects(), ...withLateNodes(plan) },
    pending: podsOfPlan(plan, arrivals),
    nodeOrder: null,
    expected: null,
    expectedTrace: null,
  };
}

/** One case: an array of decisions. Several: one array per line. */
function decisions(cases: readonly ReferenceCase[], options: ReplayOptions): FitAnswer {
  let allFit = true;
  const texts = cases.map((c) => {
    if (c.expectedTrace !== null || c.family === "trace") {
      const rows = replayTrace(c, options);
      if (rows.some(([node]) => node < 0)) allFit = false;
      return JSON.stringify(rows);
    }
    const all: readonly Decision[] = replay(c, options).decisions;
    const nodeOf = new Map<string, string | null>();
    for (const { pod, chosen, preemption } of all) {
      nodeOf.set(pod, chosen);
      for (const victim of preemption?.victims ?? []) if (nodeOf.has(victim)) nodeOf.set(victim, null);
    }
    for (const node of nodeOf.values()) if (node === null) allFit = false;
    return JSON.stringify(all, null, cases.length === 1 ? 1 : undefined);
  });
  return { text: `${texts.join("\n")}\n`, allFit };
}

function written(reports: readonly FitReport[], options: FitAnswerOptions, warnings: readonly string[]): FitAnswer {
  const text =
    options.output === "csv"
      ? csv(reports)
      : reports.map((report) => table(report, options.perNode, warnings)).join("\n");
  return { text, allFit: reports.every((report) => report.pods.every((pod) => pod.outcome === "fits")) };
}

const CSV_COLUMNS = [
  "pod",
  "outcome",
  "node",
  "score",
  "feasible_nodes",
  "victims",
  "message",
  "rejecting_node",
  "plugin",
  "code",
  "reasons",
];

/** One line per pod that fits; one per rejecting node for the others. Empty = does not apply. */
function csv(reports: readonly FitReport[]): string {
  const records: string[][] = [];
  for (const { pods } of reports) {
    for (const pod of pods) {
      const score = pod.score < 0 ? "" : String(pod.score);
      const head = [
        pod.pod,
        pod.outcome,
        pod.node ?? "",
        score,
        String(pod.feasibleNodes),
        pod.victims.join(" "),
        pod.message ?? "",
      ];
      if (pod.rejections.length === 0) records.push([...head, "", "", "", ""]);
      for (const r of pod.rejections) records.push([...head, r.node, r.plugin, r.code, r.reasons.join("; ")]);
    }
  }
  return stringify(records, { header: true, columns: CSV_COLUMNS, record_delimiter: "\n" });
}

function table(report: FitReport, perNode: boolean, warnings: readonly string[]): string {
  const { pods, nodes } = report;
  const misfits = pods.filter((pod) => pod.outcome !== "fits");
  const lines: string[] = [];
  const rows = pods.map((pod) => [
    pod.pod,
    pod.outcome === "fits" ? green("fits") : red(pod.outcome),
    pod.node ?? "",
    pod.score < 0 ? "" : String(pod.score),
    `${pod.feasibleNodes}/${nodes}`,
    pod.victims.length === 0 ? "" : `evicts ${pod.victims.join(", ")}`,
  ]);
  const head = ["POD", "OUTCOME", "NODE", "SCORE", "FEASIBLE", "PREEMPTION"];
  if (rows.length > 0)
    lines.push(renderTable(rows, { head, align: ["left", "left", "left", "right", "right", "left"] }));
  for (const pod of misfits) lines.push(...whyNot(pod, perNode));
  for (const warning of warnings) lines.push(`warning: ${warning}`);
  const fitting = pods.length - misfits.length;
  lines.push(
    "",
    bold(
      `${fitting} of ${pods.length} pending pods fit on ${nodes} nodes (${report.boundBefore} pods were there before)`,
    ),
  );
  if (pods.length === 0) lines.push("There was no pending pod: nothing was asked.");
  return `${lines.join("\n")}\n`;
}

function whyNot(pod: PodFit, perNode: boolean): string[] {
  const lines = ["", `${bold(pod.pod)}: ${pod.message ?? pod.outcome}`];
  if (pod.rejections.length === 0) return lines;
  if (perNode) {
    const rows = pod.rejections.map((r) => [r.node, r.plugin, r.code, r.reasons.join("; ")]);
    return [
      ...lines,
      renderTable(rows, { head: ["NODE", "PLUGIN", "CODE", "REASONS"], align: ["left", "left", "left", "left"] }),
    ];
  }
  const byReason = new Map<string, string[]>();
  for (const r of pod.rejections) {
    const key = [r.plugin, r.reasons.join("; ")].join("\u0000");
    const known = byReason.get(key);
    if (known === undefined) byReason.set(key, [r.node]);
    else known.push(r.node);
  }
  const rows = [...byReason]
    .sort((a, b) => b[1].length - a[1].length)
    .map(([key, names]) => {
      const [plugin = "", reasons = ""] = key.split("\u0000");
      return [
        plugin,
        reasons,
        String(names.length),
        names.length > 3 ? `${names.slice(0, 3).join(", ")} …` : names.join(", "),
      ];
    });
  return [
    ...lines,
    renderTable(rows, { head: ["PLUGIN", "REASONS", "NODES", "SUCH AS"], align: ["left", "left", "right", "left"] }),
  ];
}
