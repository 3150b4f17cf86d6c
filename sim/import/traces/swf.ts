// The Standard Workload Format of the Parallel Workloads Archive: 18 columns per job, -1 = unknown, header lines after ";". A job of P processors
// becomes as many pods as nodes of the machine that it takes, each with the processors of one. Source: swf, version 2.2.
import type { Draft } from "../draft.ts";
import type { Source } from "../source.ts";
import { PodTable, podName } from "./pod-table.ts";
import { tableFormat } from "./table.ts";

const MEBI = 1024 * 1024;
const GIBI = 1024 * MEBI;
const COLUMNS = 18;

export const swf = tableFormat(
  "swf",
  "jobs in SWF",
  (source) => /\.swf(\.gz)?$/i.test(source.name) || /^;\s*(Version|SWFversion|Computer)\s*:/i.test(source.firstLine),
  readJobs,
);

function readJobs(draft: Draft, source: Source): void {
  const { text } = source;
  if (text === null) {
    draft.problems.push(...source.documents().problems);
    return;
  }
  const lines = text.split(/\r?\n/);
  const header = headerOf(lines);
  const wrong = (line: number, column: number, expected: string, received: string) =>
    draft.problems.push({ file: source.name, line: line + 1, column, path: "", expected, received });
  const maxProcs = Number(header.get("maxprocs") ?? Number.NaN);
  const maxNodes = Number(header.get("maxnodes") ?? Number.NaN);
  const perNode = maxProcs > 0 && maxNodes > 0 && maxProcs >= maxNodes ? Math.ceil(maxProcs / maxNodes) : 1;
  const pods = new PodTable();
  let [jobs, gangs, largest, waits] = [0, 0, 0, 0];
  for (const [index, line] of lines.entries()) {
    if (line.trim() === "" || line.trimStart().startsWith(";")) continue;
    if (jobs >= (draft.options.first ?? Infinity)) break;
    const cells = line.trim().split(/\s+/);
    if (cells.length !== COLUMNS) {
      wrong(index, 1, `${COLUMNS} columns`, `${cells.length}`);
      if (draft.problems.length > 100) return;
      continue;
    }
    const numbers = cells.map(Number);
    const bad = numbers.findIndex((number) => !Number.isFinite(number));
    if (bad >= 0) {
      wrong(index, line.indexOf(cells[bad]!) + 1, "a number", JSON.stringify(cells[bad]));
      if (draft.problems.length > 100) return;
      continue;
    }
    const [job = 0, submit = 0, wait = -1, run = -1, used = -1] = numbers;
    const [requested = -1, , memory = -1] = numbers.slice(7);
    const procs = used > 0 ? used : requested;
    const kiloBytes = memory > 0 ? memory : (numbers[6] ?? -1);
    if (run < 0 || procs <= 0) {
      draft.remarks.leftOut(
        "job without a run time or processors",
        "it did not run",
        `job ${job} in line ${index + 1}`,
      );
      continue;
    }
    jobs++;
    if (wait > 0) waits++;
    if (procs > perNode) gangs++;
    largest = Math.max(largest, procs);
    for (let left = procs, i = 0; left > 0; left -= perNode, i++) {
      const cpus = Math.min(left, perNode);
      pods.add({
        name: podName("job", job, i),
        arrivalSeconds: submit,
        runSeconds: run,
        cpuMilli: cpus * 1000,
        // per processor
        memoryBytes: kiloBytes > 0 ? kiloBytes * 1024 * cpus : 0,
        labels: { job: String(job) },
      });
    }
  }
  if (pods.size === 0 && draft.problems.length === 0) wrong(0, 1, "jobs", "none");
  if (draft.problems.length > 0) return;
  if (gangs > 0)
    draft.remarks.changed(
      "jobs on several nodes",
      "their pods are scheduled one by one, not all or none",
      "",
      null,
      gangs,
    );
  if (waits > 0)
    draft.remarks.noted(
      "wait times",
      "how long jobs waited there; here they wait as long as they must",
      "",
      null,
      waits,
    );
  pods.write(draft, "jobs", "afterRun");
  if (draft.nodePools.length > 0) return;
  if (maxProcs > 0) {
    const count = draft.options.nodes ?? Math.ceil(maxProcs / perNode);
    draft.nodePools.push({
      name: "node",
      count,
      machine: { cpu: perNode, memory: "1Ti", pods: Math.max(110, perNode) },
    });
    draft.remarks.assumed(
      "memory of nodes",
      "1 TiB each: the log tells their number and processors only",
      "",
      null,
      count,
    );
  } else {
    const cpuMilli = Math.max(64, perNode) * 1000;
    pods.assumePool(draft, { cpuMilli, memoryBytes: 512 * GIBI, gpus: 0, pods: 250 }, "the log does not say MaxProcs");
  }
}

/** `; MaxProcs: 128`, keys in lower case. */
function headerOf(lines: readonly string[]): ReadonlyMap<string, string> {
  const found = new Map<string, string>();
  for (const line of lines) {
    const match = /^\s*;\s*([A-Za-z]+)\s*:\s*(.*?)\s*$/.exec(line);
    if (match !== null && !found.has(match[1]!.toLowerCase())) found.set(match[1]!.toLowerCase(), match[2]!);
    if (line.trim() !== "" && !line.trimStart().startsWith(";")) break;
  }
  return found;
}
