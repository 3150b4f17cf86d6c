// Whole clusters over virtual hours, each run in a process of its own: events, seconds and memory.
import { spawnSync } from "node:child_process";
import { fileURLToPath } from "node:url";
import type { BenchOptions, BenchTable, Cell } from "./bench.ts";
import type { WholeCluster } from "./whole-cluster.ts";

interface Target {
  readonly seconds: number;
  readonly gibibytes: number;
}

interface Row extends WholeCluster {
  readonly target?: Target;
}

const GIBIBYTE = 1024 ** 3;
const HOUR_OF_5000: Target = { seconds: 60, gibibytes: 4 };

const ROWS: readonly Row[] = [
  { nodes: 100, pods: 3000, hours: 1, what: "steady" },
  { nodes: 1000, pods: 30_000, hours: 1, what: "steady" },
  { nodes: 5000, pods: 150_000, hours: 1, what: "steady", target: HOUR_OF_5000 },
  { nodes: 5000, pods: 150_000, hours: 1, what: "steady", executedHeartbeats: true },
  { nodes: 15_000, pods: 450_000, hours: 1, what: "steady" },
  { nodes: 1000, pods: 30_000, hours: 1, what: "zone outage" },
  { nodes: 5000, pods: 150_000, hours: 1, what: "zone outage", target: HOUR_OF_5000 },
  { nodes: 1000, pods: 30_000, hours: 1, what: "rollout" },
  { nodes: 5000, pods: 150_000, hours: 1, what: "rollout and leader failure", target: HOUR_OF_5000 },
  { nodes: 1000, pods: 30_000, hours: 720, what: "node failures", target: { seconds: 60, gibibytes: 4 } },
];
const SMOKE: readonly Row[] = [
  { nodes: 30, pods: 300, hours: 1, what: "steady" },
  { nodes: 30, pods: 300, hours: 1, what: "zone outage" },
  { nodes: 30, pods: 300, hours: 1, what: "rollout and leader failure" },
];

export function run({ smoke, only }: BenchOptions): Promise<readonly BenchTable[]> {
  const script = fileURLToPath(new URL("whole-cluster.js", import.meta.url));
  const rows: Cell[][] = [];
  const missed: string[] = [];
  for (const row of smoke ? SMOKE : ROWS) {
    const { target, ...cluster } = row;
    const name = `${row.nodes} nodes, ${row.pods} pods, ${row.hours} h, ${row.what}${row.executedHeartbeats ? ", every heartbeat" : ""}`;
    if (!name.includes(only)) continue;
    const child = spawnSync(process.execPath, ["--max-old-space-size=16000", script, JSON.stringify(cluster)], {
      encoding: "utf8",
      maxBuffer: 1 << 24,
    });
    if (child.status !== 0) throw new Error(`${name}: ${child.stderr.slice(0, 2000)}`);
    const answer = JSON.parse(child.stdout) as {
      readonly seconds: number;
      readonly cpuSeconds: number;
      readonly events: number;
      readonly maxRssBytes: number;
      readonly podsCreated: number;
      readonly podsRunning: number;
    };
    const gibibytes = answer.maxRssBytes / GIBIBYTE;
    const figures = {
      events: answer.events,
      seconds: Number(answer.seconds.toFixed(1)),
      cpuSeconds: Number(answer.cpuSeconds.toFixed(1)),
      gibibytes: Number(gibibytes.toFixed(2)),
    };
    console.error(`  ${name}: ${JSON.stringify(figures)}`);
    rows.push([name, ...Object.values(figures), answer.podsCreated, answer.podsRunning]);
    if (smoke || target === undefined) continue;
    if (answer.seconds > target.seconds)
      missed.push(`${name}: ${answer.seconds.toFixed(1)} s, target ${target.seconds} s`);
    if (gibibytes > target.gibibytes)
      missed.push(`${name}: ${gibibytes.toFixed(2)} GiB, target ${target.gibibytes} GiB`);
  }
  return Promise.resolve([
    {
      title: "whole clusters: API servers 3, etcd members 5",
      columns: ["cluster", "events", "seconds", "CPU seconds", "peak GiB", "pods created", "running at the end"],
      rows,
      missed: smoke ? [] : missed,
    },
  ]);
}
