// Pods of a trace as the table that scenarios read (`format: csv`), and the nodes that it takes to hold as many as the trace has at once. Times
// count from the first arrival.
import type { Draft } from "../draft.ts";

const GIBI = 1024 * 1024 * 1024;
const MEBI = 1024 * 1024;
const SPARE = 1.25;

export interface TracePod {
  readonly name: string;
  readonly arrivalSeconds: number;
  /** NaN: it stays. */
  readonly runSeconds: number;
  readonly cpuMilli: number;
  readonly memoryBytes: number;
  readonly gpus?: number;
  readonly priority?: number;
  readonly labels?: Readonly<Record<string, string>>;
}

export interface Machine {
  readonly cpuMilli: number;
  readonly memoryBytes: number;
  readonly gpus: number;
  readonly pods: number;
}

export class PodTable {
  private readonly pods: TracePod[] = [];
  private readonly labels = new Set<string>();

  add(pod: TracePod): void {
    this.pods.push(pod);
    for (const label of Object.keys(pod.labels ?? {})) this.labels.add(label);
  }

  get size(): number {
    return this.pods.length;
  }

  /** Adds the table and the source that reads it. @param departures as in the scenario's trace */
  write(draft: Draft, name: string, departures: "own" | "afterRun"): void {
    const { pods } = this;
    const start = pods.reduce((least, { arrivalSeconds }) => Math.min(least, arrivalSeconds), Infinity);
    const labels = [...this.labels];
    const hasGpus = pods.some(({ gpus = 0 }) => gpus > 0);
    const hasPriorities = pods.some(({ priority }) => priority !== undefined);
    const header = [
      "name",
      "arrival",
      "lifetime",
      "cpu",
      "memory",
      ...(hasGpus ? ["gpu"] : []),
      ...(hasPriorities ? ["priority"] : []),
      ...labels,
    ];
    const lines = [...pods]
      .sort((a, b) => a.arrivalSeconds - b.arrivalSeconds)
      .map((pod) =>
        [
          pod.name,
          decimal(pod.arrivalSeconds - start),
          Number.isNaN(pod.runSeconds) ? "" : decimal(pod.runSeconds),
          pod.cpuMilli > 0 ? `${pod.cpuMilli}m` : "",
          pod.memoryBytes > 0 ? `${Math.ceil(pod.memoryBytes / MEBI)}Mi` : "",
          ...(hasGpus ? [pod.gpus ? String(pod.gpus) : ""] : []),
          ...(hasPriorities ? [pod.priority === undefined ? "" : String(pod.priority)] : []),
          ...labels.map((label) => pod.labels?.[label] ?? ""),
        ].join(","),
      );
    const file = `${name}.csv`;
    draft.files.push({ name: file, text: `${[header.join(","), ...lines].join("\n")}\n` });
    const columns = labels.length === 0 ? {} : { columns: { labels } };
    draft.workload.push({ trace: { name, format: "csv", pods: `./${file}`, ...columns, departures } });
    draft.isTrace = true;
    draft.untilIdle = true;
    const end = pods.reduce((most, pod) => Math.max(most, pod.arrivalSeconds - start + (pod.runSeconds || 0)), 0);
    draft.traceSeconds = Math.max(draft.traceSeconds, end);
  }

  /** How many machines hold what is there at once, with a quarter to spare. */
  nodesFor(machine: Machine): number {
    const changes: (readonly [number, number, TracePod])[] = [];
    for (const pod of this.pods) {
      changes.push([pod.arrivalSeconds, 1, pod]);
      if (!Number.isNaN(pod.runSeconds)) changes.push([pod.arrivalSeconds + pod.runSeconds, -1, pod]);
    }
    // who leaves makes room for who comes
    changes.sort((a, b) => a[0] - b[0] || a[1] - b[1]);
    const sum = { cpu: 0, memory: 0, gpus: 0, pods: 0 };
    let most = 1;
    for (const [, sign, pod] of changes) {
      sum.cpu += sign * pod.cpuMilli;
      sum.memory += sign * pod.memoryBytes;
      sum.gpus += sign * (pod.gpus ?? 0);
      sum.pods += sign;
      if (sign < 0) continue;
      const need = Math.max(
        sum.cpu / machine.cpuMilli,
        sum.memory / machine.memoryBytes,
        machine.gpus > 0 ? sum.gpus / machine.gpus : 0,
        sum.pods / machine.pods,
      );
      most = Math.max(most, need);
    }
    return Math.ceil(most * SPARE);
  }

  /** Adds a pool of as many machines as it takes, unless the input or the command line has nodes. */
  assumePool(draft: Draft, machine: Machine, why: string): void {
    if (draft.nodePools.length > 0) return;
    const { options } = draft;
    const count = options.nodes ?? this.nodesFor(machine);
    const own = {
      cpu: machine.cpuMilli % 1000 === 0 ? machine.cpuMilli / 1000 : `${machine.cpuMilli}m`,
      memory:
        machine.memoryBytes % GIBI === 0
          ? `${machine.memoryBytes / GIBI}Gi`
          : `${Math.floor(machine.memoryBytes / MEBI)}Mi`,
      pods: machine.pods,
      ...(machine.gpus > 0 ? { gpu: machine.gpus } : {}),
    };
    draft.nodePools.push({
      name: "node",
      count,
      machine: Object.keys(options.machine).length > 0 ? options.machine : own,
    });
    if (options.nodes === null)
      draft.remarks.assumed(
        "nodes",
        `${why}: as many as hold what is there at once with a quarter to spare; --nodes and --machine say otherwise`,
        "",
        null,
        count,
      );
  }
}

/** A name that Kubernetes takes, from whatever stands there. */
export function podName(...parts: readonly (string | number)[]): string {
  return (
    parts
      .join("-")
      .toLowerCase()
      .replace(/[^a-z0-9]+/g, "-")
      .replace(/^-+|-+$/g, "")
      .slice(0, 200) || "pod"
  );
}

/** A label's value. */
export function labelValue(text: string): string {
  return text
    .replace(/[^-A-Za-z0-9_.]+/g, "-")
    .replace(/^[-_.]+|[-_.]+$/g, "")
    .slice(0, 63)
    .replace(/[-_.]+$/, "");
}

// to a microsecond, without an exponent
function decimal(seconds: number): string {
  return seconds.toFixed(6).replace(/\.?0+$/, "");
}
