// The node table and the plain evaluation decide the same for pods that share GPUs, with every policy and tie-break, alone and beside the
// default scores, while pods come and go and nodes change: node, total, feasible nodes, message and devices.
import { test } from "uvu";
import * as assert from "uvu/assert";
import { createStream, type RandomStream } from "../../../sim/engine/random.ts";
import type { Node, Pod } from "../../../sim/model/objects.ts";
import { readSchedulerConfiguration } from "../../../sim/model/read-scheduler-configuration.ts";
import type { SchedulerConfiguration } from "../../../sim/model/scheduler-configuration.ts";
import { GPU_POLICIES } from "../../../sim/model/scheduler-plugin-args.ts";
import type { TieBreak } from "../../../sim/scheduler/ranking.ts";
import { type Attempt, Scheduler } from "../../../sim/scheduler/scheduler.ts";
import type { PodInfo } from "../../../sim/scheduler/shape.ts";
import { Snapshot } from "../../../sim/scheduler/snapshot.ts";
import { makeNode, makePod, requesting } from "../builders.ts";

const MODELS = ["", "T4", "P100"];
const STEPS = 120;
const TYPICAL = [
  { cpuMilli: 2000, gpuMilli: 500, gpuCount: 1, count: 5 },
  { cpuMilli: 4000, gpuMilli: 1000, gpuCount: 1, count: 3 },
  { cpuMilli: 1000, gpuMilli: 200, gpuCount: 1, cardModels: ["T4"], count: 2 },
  { cpuMilli: 2000, count: 2 },
];

function configurationOf(policy: string, alone: boolean, percentage: number): SchedulerConfiguration {
  const { configuration, problems } = readSchedulerConfiguration({
    apiVersion: "kubescheduler.config.k8s.io/v1",
    kind: "KubeSchedulerConfiguration",
    percentageOfNodesToScore: percentage,
    profiles: [
      {
        plugins: {
          multiPoint: { enabled: [{ name: "GpuShare", weight: 3 }] },
          ...(alone ? { score: { disabled: [{ name: "*" }], enabled: [{ name: "GpuShare", weight: 3 }] } } : {}),
        },
        pluginConfig: [{ name: "GpuShare", args: { policy, typicalPods: TYPICAL } }],
      },
    ],
  });
  assert.equal(problems, []);
  return configuration;
}

class Twin {
  readonly snapshot: Snapshot;
  readonly scheduler: Scheduler;
  private readonly placed = new Map<string, PodInfo>();

  constructor(nodes: readonly Node[], configuration: SchedulerConfiguration, tieBreak: TieBreak, plain: boolean) {
    this.snapshot = Snapshot.of({ nodes });
    const streamFor = (purpose: string) => createStream(5, purpose);
    this.scheduler = new Scheduler({
      configuration,
      snapshot: this.snapshot,
      tieBreak,
      plain,
      stream: streamFor("ties"),
      streamFor,
    });
  }

  try(pod: Pod): unknown {
    const info = this.snapshot.info(pod);
    const attempt = this.scheduler.attempt(info);
    if (attempt.outcome === "scheduled") this.placed.set(pod.metadata.name, info);
    // what was nominated is given up: another pod's turn
    else this.snapshot.clearNomination(info);
    return [shown(attempt), info.gpuIndexes];
  }

  remove(name: string): void {
    const info = this.placed.get(name);
    if (info !== undefined && this.placed.delete(name)) this.snapshot.removePod(info);
  }
}

function shown({ evaluatedCount, feasibleCount, message, nodeName, score }: Attempt): unknown {
  return { nodeName, score, feasibleCount, evaluatedCount, message };
}

function anyNode(name: string, stream: RandomStream): Node {
  const model = MODELS[stream.int(3)]!;
  const gpus = [0, 1, 2, 4, 8][stream.int(5)]!;
  const labels = model === "" ? {} : { "alibabacloud.com/gpu-card-model": model };
  const resource = stream.int(4) === 0 ? "nvidia.com/gpu" : "alibabacloud.com/gpu-count";
  return makeNode(name, { cpu: String(4 + 8 * stream.int(4)), [resource]: gpus }, labels as Record<string, string>);
}

function anyPod(name: string, stream: RandomStream): Pod {
  const cpu = requesting({ cpu: `${1 + stream.int(4)}` });
  switch (stream.int(5)) {
    case 0:
      return makePod(name, cpu);
    case 1:
      return makePod(name, requesting({ cpu: "1", "nvidia.com/gpu": 1 }));
    case 2:
      return makePod(name, cpu, { annotations: { "alibabacloud.com/gpu-count": String(1 + stream.int(4)) } });
    default: {
      const milli = String([100, 250, 500, 810][stream.int(4)]);
      const model = [undefined, undefined, "T4", "T4|P100"][stream.int(4)];
      return makePod(name, cpu, {
        annotations: {
          "alibabacloud.com/gpu-milli": milli,
          ...(model === undefined ? {} : { "alibabacloud.com/gpu-card-model": model }),
        },
      });
    }
  }
}

function live(seed: number, policy: string, tieBreak: TieBreak, alone: boolean, percentage: number): number {
  const stream = createStream(seed, "gpu-twins");
  const nodes = Array.from({ length: 12 }, (_, i) => anyNode(`n${i}`, stream));
  const configuration = configurationOf(policy, alone, percentage);
  const [fast, plain] = [false, true].map((isPlain) => new Twin(nodes, configuration, tieBreak, isPlain)) as [
    Twin,
    Twin,
  ];
  const replay = `seed ${seed}, ${policy}, ${tieBreak}, ${alone ? "alone" : "beside the defaults"}, ${percentage} %`;
  for (let step = 0; step < STEPS; step++) {
    const what = stream.int(10);
    if (what < 7) {
      const pod = anyPod(`p${step}`, stream);
      assert.equal(fast.try(pod), plain.try(pod), `${replay}, step ${step}`);
    } else if (what < 9) {
      const name = `p${stream.int(Math.max(step, 1))}`;
      fast.remove(name);
      plain.remove(name);
    } else {
      const node = anyNode(`n${stream.int(12)}`, stream);
      fast.snapshot.updateNode(node);
      plain.snapshot.updateNode(node);
    }
  }
  return fast.scheduler.tableCycles;
}

for (const policy of GPU_POLICIES)
  test(`${policy}: the table decides as the plain evaluation does`, () => {
    let decided = 0;
    let seed = 0;
    for (const tieBreak of ["heap", "first", "seeded", "shuffled"] as const)
      for (const alone of [true, false])
        for (const percentage of [100, 30]) decided += live(++seed, policy, tieBreak, alone, percentage);
    // random draws beside other scores are left to the plain evaluation
    assert.ok(decided > (policy === "Random" ? 400 : 800), `${decided} cycles on the table`);
  });

test.run();
