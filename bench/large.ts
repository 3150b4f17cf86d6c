// One large cluster with pods of one shape, as one process from start to end. Prints one JSON line; scheduler.bench.ts reads it.
// Usage: node dist/bench/large.js NODE_COUNT POD_COUNT [--verify]
import { readSchedulerConfiguration } from "../sim/model/read-scheduler-configuration.ts";
import { peakResidentBytes } from "./memory.ts";
import { measure, verify } from "./scheduling.ts";
import { cycleWorkloads, type Workload } from "./workloads.ts";

function main(): void {
  const [nodes = "1000", pods = "1000", flag] = process.argv.slice(2);
  const workload = cycleWorkloads(Number(nodes), Number(pods))[0] as Workload;
  const { configuration } = readSchedulerConfiguration({
    apiVersion: "kubescheduler.config.k8s.io/v1",
    kind: "KubeSchedulerConfiguration",
    percentageOfNodesToScore: 100,
  });
  const options = { configuration, tieBreak: "heap" as const };
  const measured = measure(workload, options);
  const every = Math.max(1, Math.round((measured.nodes * measured.pods) / 20_000_000));
  const checked =
    flag === "--verify" ? verify(workload, options, measured.decisions, every) : { checked: 0, difference: null };
  console.log(
    JSON.stringify({
      nodes: measured.nodes,
      pods: measured.pods,
      scheduled: measured.scheduled,
      maxRssBytes: peakResidentBytes(),
      verified: checked.checked,
      difference: checked.difference,
    }),
  );
}

main();
