// The file that the thread of one run executes: loads the scenario, simulates, and hands over what the page can ask for.
import { parentPort, workerData } from "node:worker_threads";
import { REPORTS } from "../../reports/columns/registry.ts";
import { renderParts } from "../../reports/csv.ts";
import { loadCustomPlugins } from "../batch/custom-plugins.ts";
import { simulate } from "../cluster.ts";
import { buffersOf } from "../metrics/table.ts";
import { timelineOf } from "../metrics/timeline.ts";
import { RACK_LABEL } from "../model/topology.ts";
import type { Plan } from "../scenario/plan.ts";
import type { RunJob, RunMessage } from "./job.ts";
import { loadSource, planOf } from "./load-source.ts";
import { runReport } from "./run-report.ts";

const PROGRESS_MILLIS = 60;

async function run({ memoryBytes, seed, source, variant }: RunJob): Promise<void> {
  const { plans, problems } = loadSource(source);
  if (problems.length > 0) return send({ kind: "problems", problems });
  const plan = planOf(plans, variant);
  const customPlugins = await loadCustomPlugins(plan);
  const chosen = seed === "" ? plan.seed : seed;
  send({ kind: "started", scenario: plan.name, variant: plan.variant, seed: chosen });
  let saidMillis = 0;
  const onProgress = (share: number, nowMicros: number) => {
    // the limit of the heap knows nothing of typed arrays
    if (process.memoryUsage().external > memoryBytes) throw new Error("the run took more memory than it may");
    const now = performance.now();
    if (now - saidMillis < PROGRESS_MILLIS) return;
    saidMillis = now;
    send({ kind: "progress", share, nowMicros });
  };
  const result = simulate(plan, chosen, { customPlugins, onProgress, recordsCourse: true });
  const parts = await renderParts(result);
  const report = new TextEncoder().encode(runReport(result));
  const { nodeCourse, nodes, pods, timeseries } = result.tables;
  const tables = { nodeCourse, nodes, pods, timeseries };
  const outcome = {
    identity: result.identity,
    summary: result.summary,
    verdicts: result.verdicts,
    timeline: timelineOf(result),
    parts,
    report,
    rows: Object.fromEntries(REPORTS.map((report) => [report.name, count(report.rows(result))])),
    racks: racksOf(plan),
    tables,
  };
  send({ kind: "done", outcome }, [
    ...Object.values(tables).flatMap(buffersOf),
    ...parts.map(({ bytes }) => bytes.buffer as ArrayBuffer),
    report.buffer as ArrayBuffer,
  ]);
}

function racksOf({ lateNodes, objects }: Plan): Record<string, string> {
  const nodes = [...objects.nodes, ...lateNodes.flatMap((late) => late.nodes)];
  const named = nodes.map(({ metadata }) => [metadata.name, metadata.labels?.[RACK_LABEL]] as const);
  return Object.fromEntries(named.filter((pair): pair is readonly [string, string] => pair[1] !== undefined));
}

function count(rows: Iterable<number>): number {
  let number = 0;
  for (const _ of rows) number++;
  return number;
}

function send(message: RunMessage, buffers: ArrayBuffer[] = []): void {
  parentPort!.postMessage(message, buffers);
}

try {
  await run(workerData as RunJob);
} catch (error) {
  send({ kind: "failed", message: error instanceof Error ? error.message : String(error) });
}
