// What the table decides by itself and what it must leave to the plain evaluation; rankings that are asked for later; and
// caches that make room for others.
import { test } from "uvu";
import * as assert from "uvu/assert";
import { createStream } from "../../../sim/engine/random.ts";
import type { ClusterObjects, Pod, PodSpec, Volume } from "../../../sim/model/objects.ts";
import type { SchedulerConfiguration } from "../../../sim/model/scheduler-configuration.ts";
import type { PluginFactory } from "../../../sim/scheduler/framework.ts";
import type { Profile } from "../../../sim/scheduler/profile.ts";
import type { Ranking, TieBreak } from "../../../sim/scheduler/ranking.ts";
import { Scheduler } from "../../../sim/scheduler/scheduler.ts";
import { Snapshot } from "../../../sim/scheduler/snapshot.ts";
import type { TableEvaluator } from "../../../sim/scheduler/table/evaluator.ts";
import { TableFastPath } from "../../../sim/scheduler/table/fast-path.ts";
import { makeNode, makePod, requesting } from "../builders.ts";
import { configurationOf, withArgs } from "../decision-of.ts";
import { schedulerConfiguration } from "./configurations.ts";
import { HOSTNAME, ZONE } from "./history.ts";
import { RandomCluster } from "./random-cluster.ts";

interface Setting {
  readonly objects?: Partial<ClusterObjects>;
  readonly configuration?: SchedulerConfiguration;
  readonly customPlugins?: ReadonlyMap<string, PluginFactory>;
  readonly tieBreak?: TieBreak;
  readonly cacheBytes?: number;
}

class Bed {
  readonly snapshot: Snapshot;
  readonly scheduler: Scheduler;
  readonly profile: Profile;
  readonly fastPath: TableFastPath;

  constructor(setting: Setting = {}, snapshot?: Snapshot) {
    const nodes = [makeNode("a", {}, { [ZONE]: "1" }), makeNode("b", {}, { [ZONE]: "2" })];
    this.snapshot = snapshot ?? Snapshot.of({ nodes, ...setting.objects });
    const tieBreak = setting.tieBreak ?? "heap";
    const customPlugins = setting.customPlugins ?? new Map<string, PluginFactory>();
    this.scheduler = new Scheduler({
      configuration: setting.configuration ?? configurationOf({}),
      snapshot: this.snapshot,
      tieBreak,
      stream: createStream(1, "ties"),
      plain: true,
      customPlugins,
    });
    this.profile = [...this.scheduler.profiles.values()][0] as Profile;
    this.fastPath = new TableFastPath(this.snapshot, this.scheduler.profiles.values(), {
      customPlugins: new Set(customPlugins.keys()),
      tieBreak,
      stream: createStream(1, "ties"),
      cacheBytes: setting.cacheBytes,
    });
  }

  prepare(pod: Pod): TableEvaluator | null {
    return this.fastPath.prepare(this.profile, this.snapshot.info(pod));
  }

  decides(pod: Pod): boolean {
    return this.prepare(pod) !== null;
  }
}

const PLAIN = makePod("p", requesting({ cpu: "1" }));
const withSpec = (spec: Partial<PodSpec>) => makePod("p", { ...requesting({ cpu: "1" }), ...spec });
const withVolume = (volume: Partial<Volume>) => withSpec({ volumes: [{ name: "v", ...volume }] });
const selector = { labelSelector: { matchLabels: { app: "x" } } };
const antiAffinity = {
  podAntiAffinity: { requiredDuringSchedulingIgnoredDuringExecution: [{ ...selector, topologyKey: ZONE }] },
};
const hardSpread = {
  topologySpreadConstraints: [{ ...selector, topologyKey: ZONE, whenUnsatisfiable: "DoNotSchedule", maxSkew: 1 }],
};
const softSpread = {
  topologySpreadConstraints: [{ ...selector, topologyKey: ZONE, whenUnsatisfiable: "ScheduleAnyway", maxSkew: 1 }],
};
const hostPorts = { containers: [{ name: "main", ports: [{ containerPort: 80, hostPort: 80 }] }] };
const resources = (count: number) =>
  requesting(Object.fromEntries(Array.from({ length: count }, (_, i) => [`example.com/r${i}`, "1"])));

test("pods that the table decides", () => {
  const nodeAffinity = {
    preferredDuringSchedulingIgnoredDuringExecution: [
      { weight: 1, preference: { matchFields: [{ key: "metadata.name", operator: "In", values: ["a"] }] } },
    ],
  };
  for (const pod of [
    PLAIN,
    makePod("p"),
    withSpec({ nodeSelector: { [ZONE]: "1" } }),
    withSpec({ affinity: { nodeAffinity } }),
    withSpec({ affinity: antiAffinity }),
    withSpec(hardSpread),
    withSpec(softSpread),
    withSpec(hostPorts),
    withSpec(resources(24)),
    withVolume({ emptyDir: {} }),
    withVolume({ configMap: { name: "c" } } as Partial<Volume>),
  ])
    assert.ok(new Bed().decides(pod), JSON.stringify(pod.spec));
});

test("pods that it leaves to the plain evaluation", () => {
  const byName = {
    nodeAffinity: {
      requiredDuringSchedulingIgnoredDuringExecution: {
        nodeSelectorTerms: [{ matchFields: [{ key: "metadata.name", operator: "In", values: ["a"] }] }],
      },
    },
  };
  for (const pod of [
    withVolume({ persistentVolumeClaim: { claimName: "c" } }),
    withVolume({ ephemeral: {} } as Partial<Volume>),
    withVolume({ gcePersistentDisk: { pdName: "d" } }),
    withVolume({ awsElasticBlockStore: { volumeID: "d" } }),
    withVolume({ azureDisk: { diskName: "d" } } as Partial<Volume>),
    withVolume({ iscsi: {} } as Partial<Volume>),
    withVolume({ rbd: {} } as Partial<Volume>),
    withVolume({ csi: { driver: "d" } } as Partial<Volume>),
    withSpec({ affinity: byName }),
    withSpec({ nodeName: "a" }),
    withSpec(resources(25)),
    { ...PLAIN, status: { nominatedNodeName: "a" } },
  ])
    assert.not(new Bed().decides(pod), JSON.stringify(pod));
});

test("a pod that names its node, also after it was assumed and taken off again", () => {
  const bed = new Bed();
  const info = bed.snapshot.info(withSpec({ nodeName: "a" }));
  info.nodeName = "";
  assert.is(bed.fastPath.prepare(bed.profile, info), null);
});

test("while pods are nominated: those that look at other nodes or at ports", () => {
  const nominated = (pod: Pod, carrier: Partial<PodSpec> = {}) => {
    const bed = new Bed();
    bed.snapshot.addPod(bed.snapshot.info(makePod("there", { nodeName: "a", ...carrier }, { labels: { app: "x" } })));
    bed.snapshot.nominate(bed.snapshot.info(makePod("n", requesting({ cpu: "3" }))), "a");
    return bed.decides(pod);
  };
  assert.ok(nominated(PLAIN));
  assert.ok(nominated(withSpec(softSpread)));
  assert.not(nominated(withSpec(hostPorts)));
  assert.not(nominated(withSpec(hardSpread)));
  assert.not(nominated(withSpec({ affinity: antiAffinity })));
  // somebody else's anti-affinity, when it is against this pod
  assert.ok(nominated(PLAIN, { affinity: antiAffinity }));
  assert.not(
    nominated({ ...PLAIN, metadata: { ...PLAIN.metadata, labels: { app: "x" } } }, { affinity: antiAffinity }),
  );
});

test("nominated pods of equal or higher priority take their room, others do not", () => {
  for (const [priority, fits] of [
    [0, true],
    [5, false],
    [9, false],
  ] as const) {
    const bed = new Bed({ objects: { nodes: [makeNode("a")] } });
    bed.snapshot.nominate(bed.snapshot.info(makePod("n", { ...requesting({ cpu: "3" }), priority })), "a");
    const evaluator = bed.prepare(makePod("p", { ...requesting({ cpu: "2" }), priority: 5 })) as TableEvaluator;
    assert.is(evaluator.fits(0), fits, `priority ${priority}`);
    bed.snapshot.clearNomination((bed.snapshot.nominated.get("a") ?? [])[0]!);
    assert.ok((bed.prepare(makePod("p", { ...requesting({ cpu: "2" }), priority: 5 })) as TableEvaluator).fits(0));
  }
});

test("nodes with a zone label of no text, while pods spread by default", () => {
  const services = [{ metadata: { name: "s", namespace: "default" }, spec: { selector: { app: "x" } } }];
  const pod = makePod("p", {}, { labels: { app: "x" } });
  const bed = new Bed({ objects: { nodes: [makeNode("a", {}, { [ZONE]: "" }), makeNode("b")], services } });
  assert.not(bed.decides(pod));
  assert.ok(bed.decides(PLAIN), "nothing is spread");
  assert.ok(bed.decides(withSpec(softSpread)), "constraints of its own leave nodes without the label out");
  bed.snapshot.updateNode(makeNode("a", {}, { [ZONE]: "1" }));
  assert.ok(bed.decides(pod));
});

test("no nodes", () => {
  assert.not(new Bed({ objects: { nodes: [] } }).decides(PLAIN));
});

test("profiles with plugins or an order that it does not know", () => {
  const mine = new Map<string, PluginFactory>([["./mine.mjs", () => ({ name: "Mine", filter: () => null })]]);
  const own = new Map<string, PluginFactory>([
    ["TaintToleration", () => ({ name: "TaintToleration", filter: () => null, score: () => 0 })],
  ]);
  const plugins = (points: object) => configurationOf({ plugins: points });
  const cases: [string, Setting, boolean][] = [
    ["default", {}, true],
    [
      "a user's filter",
      { configuration: plugins({ filter: { enabled: [{ name: "./mine.mjs" }] } }), customPlugins: mine },
      false,
    ],
    ["a user's plugin that is not enabled", { customPlugins: mine }, true],
    ["a plugin of ours that a user replaces", { customPlugins: own }, false],
    [
      "another order of filters",
      {
        configuration: plugins({
          filter: { disabled: [{ name: "*" }], enabled: [{ name: "NodeResourcesFit" }, { name: "NodeAffinity" }] },
        }),
      },
      false,
    ],
    [
      "the usual order with some left out",
      {
        configuration: plugins({
          filter: { disabled: [{ name: "*" }], enabled: [{ name: "NodeAffinity" }, { name: "NodeResourcesFit" }] },
        }),
      },
      true,
    ],
    ["no scores", { configuration: plugins({ score: { disabled: [{ name: "*" }] } }) }, false],
    ["a huge weight", { configuration: schedulerConfiguration("hugeWeight", 100) }, false],
    ["arguments", { configuration: withArgs("InterPodAffinity", { hardPodAffinityWeight: 7 }) }, true],
  ];
  for (const [name, setting, decides] of cases) assert.is(new Bed(setting).decides(PLAIN), decides, name);
});

test("random events: a ranking asked for later is that of its own moment", () => {
  let compared = 0;
  for (let seed = 1; seed <= 30; seed++) {
    const cluster = new RandomCluster(seed, { racks: 3 }, 12);
    const { snapshot, history } = cluster;
    const tieBreak = (["heap", "first", "seeded"] as const)[seed % 3] as TieBreak;
    const configuration = schedulerConfiguration(seed % 2 === 0 ? "noDefaultSpread" : "default", 100);
    const bed = new Bed({ configuration, tieBreak }, snapshot);
    for (let round = 0; round < 25; round++) {
      const pod = history.pod();
      const info = snapshot.info(pod);
      const evaluator = bed.fastPath.prepare(bed.profile, info);
      if (evaluator === null) continue;
      const selection = evaluator.select(0, snapshot.nodeCount);
      const plain = bed.scheduler.decidePlain(info);
      assert.is(selection.feasible, plain.feasible.length);
      if (selection.feasible < 2) continue;
      assert.is(snapshot.nodeAt(selection.slot)?.name, plain.chosen?.name);
      const later = evaluator.others(0);
      for (let i = history.int(30); i >= 0; i--) {
        cluster.act();
        // catching up with the changes must not disturb what was captured
        if (i % 5 === 0) bed.fastPath.prepare(bed.profile, snapshot.info({ ...pod, metadata: { ...pod.metadata } }));
        if (i % 11 === 0) snapshot.setObjects("services", history.services());
      }
      const ranking = later();
      assert.is(ranking.size, selection.feasible - 1);
      const popAll = (r: Ranking) => Array.from({ length: r.size }, () => r.pop());
      const [nodes, expected] = [popAll(ranking), popAll(plain.others as Ranking)];
      assert.equal(
        nodes.map((node) => node.slot),
        expected.map((node) => node.slot),
        `seed ${seed}, round ${round}`,
      );
      compared++;
    }
  }
  assert.ok(compared > 200, `${compared} rankings compared`);
});

test("the least recently used caches make room; what is left is still right", () => {
  const nodes = Array.from({ length: 100 }, (_, i) => makeNode(`n${i}`, {}, { [HOSTNAME]: `n${i}` }));
  const podOf = (i: number) => makePod(`p${i}`, requesting({ cpu: `${100 + i}m` }));
  const work = (cacheBytes: number | undefined, pods: readonly number[]) => {
    const bed = new Bed({ objects: { nodes }, cacheBytes });
    for (const i of pods) {
      const evaluator = bed.prepare(podOf(i)) as TableEvaluator;
      assert.is(evaluator.select(0, 100).feasible, 100);
    }
    return bed.fastPath.evaluations / nodes.length;
  };
  const round = Array.from({ length: 20 }, (_, i) => i);
  assert.is(work(undefined, [...round, ...round]), 20, "all are kept");
  assert.is(work(1, [...round, ...round]), 40, "none but the last is");
  // room for a few: the same pods in turn find nothing, the same pod again and again does
  assert.is(work(30_000, [...round, ...round]), 40);
  assert.is(
    work(
      30_000,
      round.map(() => 3),
    ),
    1,
  );
});

test.run();
