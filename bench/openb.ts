// The openb GPU trace on the scheduler alone, as one process from start to end: reads the two CSV files, places the first pods
// on the first GPU nodes in file order, nothing leaves. Prints one JSON line; scheduler.bench.ts runs it and reads that.
// Usage: node dist/bench/openb.js NODES.csv PODS.csv NODE_COUNT POD_COUNT [--verify]
import { readFileSync } from "node:fs";
import type { Node, Pod, PodSpec } from "../sim/model/objects.ts";
import { readSchedulerConfiguration } from "../sim/model/read-scheduler-configuration.ts";
import { Scheduler } from "../sim/scheduler/scheduler.ts";
import { Snapshot } from "../sim/scheduler/snapshot.ts";
import { peakResidentBytes } from "./memory.ts";

export interface OpenbResult {
  readonly nodes: number;
  readonly pods: number;
  readonly scheduled: number;
  /** From the first line of this file to the last decision, the reading of the files included. */
  readonly seconds: number;
  readonly schedulingSeconds: number;
  readonly maxRssBytes: number;
  /** Decisions that the plain evaluation took the same way; 0 without --verify. */
  readonly verified: number;
  readonly difference: string | null;
}

function rows(path: string, count: number): string[][] {
  const lines = readFileSync(path, "utf8").split("\n");
  return lines
    .slice(1, count + 1)
    .filter((line) => line !== "")
    .map((line) => line.split(","));
}

function nodeOf([name = "", cpu, memory, gpu, model]: string[]): Node {
  const allocatable = { cpu: `${cpu}m`, memory: `${memory}Mi`, pods: "256", "nvidia.com/gpu": gpu ?? "0" };
  const labels = { "kubernetes.io/hostname": name, "nvidia.com/gpu.product": model ?? "" };
  return { metadata: { name, labels }, spec: {}, status: { allocatable } };
}

/** Pods that ask for the same share one spec, as pods of one template do. */
function podMaker(): (row: string[]) => Pod {
  const specs = new Map<string, PodSpec>();
  const labels = {};
  return ([name = "", cpu, memory, gpus]) => {
    const key = `${cpu},${memory},${gpus}`;
    let spec = specs.get(key);
    if (spec === undefined) {
      const requests: Record<string, string> = {};
      if (cpu !== "0") requests["cpu"] = `${cpu}m`;
      if (memory !== "0") requests["memory"] = `${memory}Mi`;
      if (gpus !== "0") requests["nvidia.com/gpu"] = gpus ?? "0";
      spec = {
        containers: [{ name: "main", image: "registry.example.com/app:v1", resources: { requests } }],
        priority: 0,
        schedulerName: "default-scheduler",
      };
      specs.set(key, spec);
    }
    return { metadata: { name, namespace: "default", uid: name, labels }, spec };
  };
}

function main(): void {
  const started = performance.now();
  const [nodeFile = "", podFile = "", nodeCount, podCount, flag] = process.argv.slice(2);
  const nodes = rows(nodeFile, Number(nodeCount)).map(nodeOf);
  const pods = rows(podFile, Number(podCount)).map(podMaker());
  const { configuration } = readSchedulerConfiguration({
    apiVersion: "kubescheduler.config.k8s.io/v1",
    kind: "KubeSchedulerConfiguration",
    percentageOfNodesToScore: 100,
  });
  const snapshot = Snapshot.of({ nodes });
  const scheduler = new Scheduler({ configuration, snapshot, tieBreak: "first" });
  const before = performance.now();
  let scheduled = 0;
  let verified = 0;
  let difference: string | null = null;
  for (const pod of pods) {
    const info = snapshot.info(pod);
    const expected = flag === "--verify" ? scheduler.decidePlain(info) : null;
    const attempt = scheduler.attempt(info);
    if (attempt.outcome === "scheduled") scheduled++;
    if (expected === null) continue;
    const name = expected.chosen?.name ?? null;
    if (name === attempt.nodeName && attempt.feasibleCount === expected.feasible.length) verified++;
    else difference ??= `pod ${info.key}: table took ${attempt.nodeName}, plain evaluation ${name}`;
  }
  const ended = performance.now();
  const result: OpenbResult = {
    nodes: nodes.length,
    pods: pods.length,
    scheduled,
    seconds: (ended - started) / 1000,
    schedulingSeconds: (ended - before) / 1000,
    maxRssBytes: peakResidentBytes(),
    verified,
    difference,
  };
  console.log(JSON.stringify(result));
}

main();
