// One run of a whole cluster as one process, from start to end. Prints one JSON line; cluster.bench.ts reads it.
// Usage: node dist/bench/whole-cluster.js '{"nodes":5000,"pods":150000,"hours":1,"what":"steady"}'
import { simulate } from "../sim/cluster.ts";
import { formatDuration, SECOND } from "../sim/engine/tick.ts";
import { loadScenarioText } from "../sim/scenario/load.ts";
import { peakResidentBytes } from "./memory.ts";

export interface WholeCluster {
  readonly nodes: number;
  readonly pods: number;
  readonly hours: number;
  /** What happens. steady: nothing. */
  readonly what: "steady" | "zone outage" | "rollout" | "rollout and leader failure" | "node failures";
  /** Every heartbeat is an event and a write. */
  readonly executedHeartbeats?: boolean;
}

const PODS_PER_DEPLOYMENT = 150;
/**
 * As the nodes of four processors at LANL failed (systems 3, 4, 18 and 20 of LA-UR-05-7318): 7,073 failures in 5,826 node-years, 1.21 a year,
 * down for 64 minutes at the median and 289 at the ninth decile. The shape of the gaps is that of Schroeder and Gibson, 0.7. Every node
 * begins as if it were just repaired, when failures are frequent: the scale makes 30 days of 1,000 nodes hold the 100 failures that this rate means.
 */
const NODE_FAILURES = {
  gap: "{ weibull: { shape: 0.7, scale: 835d } }",
  repair: "{ lognormal: { median: 64m, p90: 289m } }",
};

/** The scenario as text: what a user would write. */
export function scenarioOf({ nodes, pods, hours, what, executedHeartbeats }: WholeCluster): string {
  const deployments = Math.max(1, Math.round(pods / PODS_PER_DEPLOYMENT));
  const zone = "{ at: 10m, zoneOutage: { zone: a, for: 15m } }";
  const faults: Record<WholeCluster["what"], readonly string[]> = {
    steady: [],
    "zone outage": [zone],
    rollout: [],
    "rollout and leader failure": ["{ at: 11m, etcdLeaderFailure: { for: 2m } }"],
    "node failures": [`{ mtbf: ${NODE_FAILURES.gap}, per: node, nodeCrash: { for: ${NODE_FAILURES.repair} } }`],
  };
  const rolls = what.startsWith("rollout");
  const actions = rolls
    ? Array.from(
        { length: deployments },
        (_, i) => `    - { at: 10m, setEnv: { object: deployment/app-${i}, env: { REV: "2" } } }`,
      )
    : [];
  return [
    "apiVersion: kubedrill/v1alpha1",
    "kind: Scenario",
    "metadata: { name: whole-cluster }",
    "spec:",
    "  seed: 1",
    `  duration: ${formatDuration(hours * 3600 * SECOND)}`,
    "  cluster:",
    "    start: settled",
    ...(executedHeartbeats === true ? ["    kubelet: { heartbeats: executed }"] : []),
    "    controlPlane: { apiServers: 3, etcd: { members: 5, disk: nvme }, scheduler: { replicas: 3 }, controllerManager: { replicas: 3 } }",
    "    nodePools:",
    `      - { name: general, count: ${nodes}, zones: [a, b, c], machine: { cpu: 32, memory: 128Gi } }`,
    "    objects:",
    ...Array.from({ length: deployments }, (_, i) => deployment(i, Math.floor(pods / deployments))),
    ...(actions.length > 0 ? ["  actions:", ...actions] : []),
    ...(faults[what].length > 0 ? ["  faults:", ...faults[what].map((fault) => `    - ${fault}`)] : []),
    "",
  ].join("\n");
}

function deployment(number: number, replicas: number): string {
  const container = "{ name: c, image: app:v1, resources: { requests: { cpu: 250m, memory: 512Mi } } }";
  return `      - { apiVersion: apps/v1, kind: Deployment, metadata: { name: app-${number}, namespace: default }, spec: { replicas: ${replicas}, selector: { matchLabels: { app: app-${number} } }, template: { metadata: { labels: { app: app-${number} } }, spec: { containers: [${container}] } } } }`;
}

function main(): void {
  const cluster = JSON.parse(process.argv[2] ?? "{}") as WholeCluster;
  const text = scenarioOf(cluster);
  const loaded = loadScenarioText(text, "whole-cluster", ".");
  const [plan] = loaded.plans;
  if (plan === undefined) throw new Error(loaded.problems.map((p) => `${p.path}: expected ${p.expected}`).join("\n"));
  const began = performance.now();
  const cpu = process.cpuUsage();
  const result = simulate(plan);
  const { user, system } = process.cpuUsage(cpu);
  console.log(
    JSON.stringify({
      seconds: (performance.now() - began) / 1000,
      cpuSeconds: (user + system) / 1e6,
      events: result.identity.eventsProcessed,
      maxRssBytes: peakResidentBytes(),
      faults: result.summary["faults_injected"],
      podsCreated: result.summary["pods_created"],
      podsRunning: result.summary["pods_running_end"],
      digest: result.identity.digest,
    }),
  );
}

if (process.argv[1]?.endsWith("whole-cluster.js") === true) main();
