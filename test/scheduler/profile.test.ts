// How a profile runs its plugins: order, early stops, skips, narrowing, nominated pods, scores and reservations. Made visible
// by plugins of our own that only write down what they are asked.
import { test } from "uvu";
import * as assert from "uvu/assert";
import type { SchedulerConfiguration } from "../../sim/model/scheduler-configuration.ts";
import {
  type Plugin,
  type PluginFactory,
  type PreFilterResult,
  type Status,
  status,
} from "../../sim/scheduler/framework.ts";
import { Scheduler } from "../../sim/scheduler/scheduler.ts";
import { Cluster, node, pod } from "./cluster.ts";
import { configurationOf } from "./decision-of.ts";

type Parts = Partial<Plugin>;

/** A profile of these plugins only, besides PrioritySort; their names are what `name` says, their files stand in the configuration. */
function clusterOf(
  plugins: Readonly<Record<string, Parts>>,
  nodeNames: readonly string[] = ["a", "b", "c"],
  options: { weights?: Record<string, number> } = {},
): Cluster {
  const customPlugins = new Map<string, PluginFactory>();
  for (const [name, parts] of Object.entries(plugins)) customPlugins.set(fileOf(name), () => ({ name, ...parts }));
  return new Cluster(
    { nodes: nodeNames.map((name) => node(name)) },
    onlyCustom(Object.keys(plugins), options.weights ?? {}),
    { customPlugins },
  );
}

const fileOf = (name: string): string => `./${name}.ts`;

function onlyCustom(names: readonly string[], weights: Readonly<Record<string, number>>): SchedulerConfiguration {
  const enabled = [
    { name: "PrioritySort" },
    ...names.map((name) => ({ name: fileOf(name), weight: weights[name] ?? 0 })),
  ];
  return configurationOf({ plugins: { multiPoint: { enabled, disabled: [{ name: "*" }] } } });
}

const no = (plugin: string, code: Status["code"] = "Unschedulable"): Status =>
  status(code, plugin, `${plugin} says no`);
const preFilter = (s: Status | null, nodeNames?: readonly string[]) => (): PreFilterResult => ({
  status: s,
  ...(nodeNames === undefined ? {} : { nodeNames: new Set(nodeNames) }),
});

test("PreFilter: UnschedulableAndUnresolvable stops at once, Unschedulable lets the others run", () => {
  const asked: string[] = [];
  const writes = (name: string, s: Status | null): Parts => ({
    preFilter: () => {
      asked.push(name);
      return { status: s };
    },
  });
  const stopped = clusterOf({ A: writes("A", no("A", "UnschedulableAndUnresolvable")), B: writes("B", null) });
  assert.is(stopped.try(pod("p")).attempt.message, "0/3 nodes are available: A says no.");
  assert.equal(asked.splice(0), ["A"]);
  const goesOn = clusterOf({ A: writes("A", no("A")), B: writes("B", null), C: writes("C", no("C")) });
  const { attempt } = goesOn.try(pod("p"));
  assert.equal(asked.splice(0), ["A", "B", "C"]);
  // the last one's words are what is left
  assert.is(attempt.message, "0/3 nodes are available: C says no.");
  assert.equal([...attempt.rejectors], ["C"]);
});

test("PreFilter: an error is not a rejection, no PostFilter follows", () => {
  let postFilters = 0;
  const parts: Parts = {
    preFilter: preFilter(status("Error", "A", "broken")),
    postFilter: () => {
      postFilters++;
      return { status: null, nominatedNodeName: null, victims: [], pdbViolations: 0 };
    },
  };
  const { attempt } = clusterOf({ A: parts }).try(pod("p"));
  assert.is(attempt.outcome, "error");
  assert.is(attempt.message, 'running PreFilter plugin "A": broken');
  assert.is(attempt.rejectors.size, 0);
  assert.is(postFilters, 0);
});

test("PreFilter: node sets are intersected; an empty intersection ends it and names the plugins", () => {
  const both = clusterOf({
    A: { preFilter: preFilter(null, ["a", "b"]) },
    B: { preFilter: preFilter(null, ["b", "c"]) },
  });
  assert.is(both.place(pod("p")), "b");
  const none = clusterOf({ B: { preFilter: preFilter(null, ["a"]) }, A: { preFilter: preFilter(null, ["b"]) } });
  assert.is(
    none.try(pod("p")).attempt.message,
    "0/3 nodes are available: node(s) didn't satisfy plugin(s) [A B] simultaneously.",
  );
  const alone = clusterOf({ A: { preFilter: preFilter(null, []) } });
  assert.is(alone.try(pod("p")).attempt.message, "0/3 nodes are available: node(s) didn't satisfy plugin A.");
});

test("Filter: skipped plugins are not asked, the first that rejects ends the node's filtering", () => {
  const asked: string[] = [];
  const filters = (name: string, s: Status | null): Parts => ({
    filter: (_state, _pod, { name: nodeName }) => {
      asked.push(`${name}${nodeName}`);
      return s;
    },
  });
  const cluster = clusterOf(
    {
      A: { preFilter: preFilter(status("Skip", "A")), ...filters("A", no("A")) },
      B: filters("B", null),
      C: filters("C", no("C")),
      D: filters("D", null),
    },
    ["x", "y"],
  );
  const { attempt, trace } = cluster.try(pod("p"));
  assert.equal(asked, ["Bx", "Cx", "By", "Cy"]);
  assert.is(attempt.message, "0/2 nodes are available: 2 C says no.");
  assert.equal([...(trace.cycle?.state.skipFilterPlugins ?? [])], ["A"]);
  assert.equal([...attempt.statuses], [["C", 2]]);
});

test("Filter: an error ends the cycle", () => {
  const { attempt } = clusterOf({ A: { filter: () => status("Error", "A", "broken") } }).try(pod("p"));
  assert.is(attempt.outcome, "error");
  assert.is(attempt.message, 'running "A" filter plugin: broken');
});

test("without scores the search stops at the first feasible node, which is found out at the second", () => {
  const { attempt, trace } = clusterOf({ A: { filter: () => null } }).try(pod("p"));
  assert.is(attempt.nodeName, "a");
  assert.equal(
    trace.detail.visited.map((n) => n.name),
    ["a", "b"],
  );
  assert.is(trace.cycle?.nextStartIndex, 1);
});

test("Score: normalized, then weighted, then summed; a single feasible node is not scored at all", () => {
  const raw: Record<string, number> = { a: 1, b: 4, c: 2 };
  const A: Parts = {
    score: (_state, _pod, n) => raw[n.name] ?? 0,
    normalizeScore: (_state, _pod, _nodes, scores) => {
      for (let i = 0; i < scores.length; i++) scores[i] = scores[i]! * 10;
    },
  };
  const B: Parts = { score: (_state, _pod, n) => (n.name === "c" ? 7 : 0) };
  const { attempt, trace } = clusterOf({ A, B }, ["a", "b", "c"], { weights: { A: 2, B: 5 } }).try(pod("p"));
  assert.equal([...(trace.cycle?.totals ?? [])], [20, 80, 75]);
  assert.equal(
    [...trace.detail.scores].map(([name, scores]) => [name, [...scores]]),
    [
      ["A", [20, 80, 40]],
      ["B", [0, 0, 35]],
    ],
  );
  assert.is(attempt.nodeName, "b");
  assert.is(attempt.score, 80);
  const alone = clusterOf({ A }, ["a"]).try(pod("p"));
  assert.is(alone.trace.cycle?.totals, null);
  assert.is(alone.attempt.score, -1);
});

test("Score: PreScore may skip it; a score outside of 0 … 100 after normalizing is an error", () => {
  const skipped = clusterOf({
    A: { preScore: () => status("Skip", "A"), score: () => 1000 },
    B: { score: () => 1 },
  }).try(pod("p"));
  assert.equal([...skipped.trace.detail.scores.keys()], ["B"]);
  for (const bad of [-1, 101, Number.NaN]) {
    const { attempt } = clusterOf({ A: { score: () => bad } }).try(pod("p"));
    assert.is(attempt.outcome, "error");
    assert.match(attempt.message ?? "", `plugin "A" returns an invalid score ${bad}`);
  }
  const refused = clusterOf({ A: { preScore: () => no("A"), score: () => 1 } }).try(pod("p")).attempt;
  assert.is(refused.message, 'running PreScore plugin "A": A says no');
});

test("PostFilter: success or UnschedulableAndUnresolvable end it, otherwise all reasons are gathered", () => {
  const asked: string[] = [];
  const post = (name: string, s: Status | null, nominatedNodeName: string | null = null): Parts => ({
    filter: () => no("F"),
    postFilter: () => {
      asked.push(name);
      return { status: s, nominatedNodeName, victims: [], pdbViolations: 0 };
    },
  });
  const gathered = clusterOf({ A: post("A", no("A")), B: post("B", no("B"), "") }).try(pod("p")).attempt;
  assert.is(gathered.message, "0/3 nodes are available: 3 F says no. A says no, B says no");
  assert.equal(asked.splice(0), ["A", "B"]);
  const success = clusterOf({ A: post("A", null, "b"), B: post("B", no("B")) }).try(pod("p"));
  assert.is(success.attempt.nominatedNodeName, "b");
  assert.is(success.attempt.message, "0/3 nodes are available: 3 F says no.");
  assert.is(success.info.nominatedNodeName, "b");
  assert.equal(asked.splice(0), ["A"]);
  clusterOf({ A: post("A", no("A", "UnschedulableAndUnresolvable")), B: post("B", null) }).try(pod("p"));
  assert.equal(asked.splice(0), ["A"]);
  const error = clusterOf({ A: post("A", status("Error", "A", "broken")), B: post("B", null) }).try(pod("p")).attempt;
  assert.is(error.message, "0/3 nodes are available: 3 F says no. broken");
});

test("nodes with nominated pods of equal or higher priority are filtered twice: with them, and as they are", () => {
  const seen: string[] = [];
  const A: Parts = {
    filter: (_state, p, n) => {
      seen.push(`${n.name}:${n.pods.map((other) => other.key.slice(8)).join("+")}`);
      return n.pods.some((other) => other.shape.priority >= p.shape.priority) ? no("A") : null;
    },
    addPod: (_state, _p, podToAdd, n) => {
      seen.push(`add ${podToAdd.key.slice(8)} to ${n.name}`);
      return null;
    },
    preFilter: preFilter(null),
    score: () => 0,
  };
  const cluster = clusterOf({ A }, ["x", "y"]);
  for (const [name, priority] of [
    ["low", 1],
    ["high", 9],
  ] as const) {
    cluster.snapshot.nominate(cluster.snapshot.info(pod(name, { priority })), "x");
  }
  assert.is(cluster.place(pod("p", { priority: 5 })), "y");
  assert.equal(seen.splice(0), ["add high to x", "x:high", "y:"]);
  cluster.snapshot.clearNomination(cluster.snapshot.nominated.get("x")![1]!);
  assert.is(cluster.place(pod("q", { priority: 5 })), "x");
  assert.equal(seen.splice(0), ["x:", "y:p"]);
});

test("a nominated pod's node is tried alone first and taken unscored; when it does not fit, all are searched", () => {
  const A: Parts = {
    filter: (_state, _pod, n) => (n.name === "b" && n.pods.length > 0 ? no("A") : null),
    score: (_s, _p, n) => (n.name === "c" ? 9 : 0),
  };
  const cluster = clusterOf({ A });
  const first = pod("p", { status: { nominatedNodeName: "b" } });
  const { attempt, trace } = cluster.try(first);
  assert.is(attempt.nodeName, "b");
  assert.is(trace.cycle?.totals, null);
  assert.is(trace.cycle?.nextStartIndex, 0);
  assert.equal(
    trace.detail.visited.map((n) => n.name),
    ["b"],
  );
  const second = cluster.try(pod("q", { status: { nominatedNodeName: "b" } }));
  assert.is(second.attempt.nodeName, "c");
  assert.equal(
    second.trace.detail.visited.map((n) => n.name),
    ["b", "a", "b", "c"],
  );
  // a node that is gone is passed over
  assert.is(cluster.place(pod("r", { status: { nominatedNodeName: "gone" } })), "c");
});

test("Reserve: a failure undoes what was reserved, in reverse order, and the pod is not placed; forgetting undoes it too", () => {
  const seen: string[] = [];
  const reserving = (name: string, fails = false): Parts => ({
    reserve: (_state, _pod, nodeName) => {
      seen.push(`reserve ${name} ${nodeName}`);
      return fails ? no(name) : null;
    },
    unreserve: () => {
      seen.push(`unreserve ${name}`);
    },
  });
  const failing = clusterOf({ A: reserving("A"), B: reserving("B", true), F: { filter: () => null } }, ["a"]);
  const { attempt } = failing.try(pod("p"));
  assert.is(attempt.outcome, "unschedulable");
  assert.is(attempt.message, "B says no");
  assert.is(failing.snapshot.node("a")?.pods.length, 0);
  assert.equal(seen.splice(0), ["reserve A a", "reserve B a", "unreserve B", "unreserve A"]);
  const good = clusterOf({ A: reserving("A"), F: { filter: () => null } }, ["a"]);
  const { info } = good.try(pod("p"));
  assert.is(good.snapshot.node("a")?.pods.length, 1);
  good.scheduler.forget(info);
  assert.is(good.snapshot.node("a")?.pods.length, 0);
  assert.is(info.nodeName, "");
  assert.equal(seen, ["reserve A a", "unreserve A"]);
});

test("the default plugins stand in the order of 1.36 at every extension point", () => {
  const [profile] = new Cluster({}).scheduler.profiles.values();
  assert.ok(profile !== undefined);
  const names = (plugins: readonly Plugin[]) => plugins.map((p) => p.name).join(" ");
  assert.is(names(profile.preEnqueuePlugins), "SchedulingGates DynamicResources DefaultPreemption");
  assert.is(
    names(profile.preFilterPlugins),
    "NodeAffinity NodePorts NodeResourcesFit VolumeRestrictions NodeVolumeLimits VolumeBinding VolumeZone PodTopologySpread InterPodAffinity DynamicResources NodeDeclaredFeatures",
  );
  assert.is(
    names(profile.filterPlugins),
    "NodeUnschedulable NodeName TaintToleration NodeAffinity NodePorts NodeResourcesFit VolumeRestrictions NodeVolumeLimits VolumeBinding VolumeZone PodTopologySpread InterPodAffinity DynamicResources NodeDeclaredFeatures",
  );
  assert.is(names(profile.postFilterPlugins), "DynamicResources DefaultPreemption");
  assert.is(
    names(profile.preScorePlugins).replace("VolumeBinding ", ""),
    "TaintToleration NodeAffinity NodeResourcesFit PodTopologySpread InterPodAffinity NodeResourcesBalancedAllocation",
  );
  assert.is(
    profile.scorePlugins.map(({ plugin, weight }) => `${plugin.name} ${weight}`).join(", "),
    "TaintToleration 3, NodeAffinity 2, NodeResourcesFit 1, VolumeBinding 1, PodTopologySpread 2, InterPodAffinity 2, DynamicResources 2, NodeResourcesBalancedAllocation 1, ImageLocality 1",
  );
});

test("a plugin that is enabled where it has nothing to do, or that nobody knows, is refused", () => {
  const make = (plugins: Record<string, unknown>, customPlugins?: ReadonlyMap<string, PluginFactory>) => () =>
    new Scheduler({
      configuration: configurationOf({ plugins }),
      snapshot: new Cluster({}).snapshot,
      tieBreak: "first",
      customPlugins,
    });
  const mine = new Map<string, PluginFactory>([["./mine.ts", () => ({ name: "./mine.ts", filter: () => null })]]);
  assert.throws(make({ score: { enabled: [{ name: "./mine.ts" }] } }, mine), /mine\.ts .* does not extend score/);
  assert.throws(make({ multiPoint: { enabled: [{ name: "./mine.ts" }] } }), /\.\/mine\.ts .* is not known/);
});

test("several profiles: each pod goes by the one that its schedulerName names", () => {
  const configuration = configurationOf(
    {},
    {
      profiles: [
        { schedulerName: "default-scheduler" },
        {
          schedulerName: "packer",
          pluginConfig: [{ name: "NodeResourcesFit", args: { scoringStrategy: { type: "MostAllocated" } } }],
        },
      ],
    },
  );
  const nodes = [node("full"), node("empty")];
  const cluster = new Cluster({ nodes, pods: [pod("old", { node: "full", cpu: "2" })] }, configuration);
  const small = (name: string, schedulerName: string) =>
    pod(name, {
      spec: { schedulerName, containers: [{ name: "c", resources: { requests: { cpu: "1", memory: "1Gi" } } }] },
    });
  assert.is(cluster.place(small("p", "default-scheduler")), "empty");
  assert.is(cluster.place(small("q", "packer")), "full");
  assert.throws(() => cluster.place(small("r", "nobody")), /a profile is responsible/);
});

test.run();
