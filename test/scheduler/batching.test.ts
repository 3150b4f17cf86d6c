// Opportunistic batching: when a hint is given, which node it is, and what ends a batch.
import { test } from "uvu";
import * as assert from "uvu/assert";
import type { Node, Pod } from "../../sim/model/objects.ts";
import type { SchedulerOptions } from "../../sim/scheduler/scheduler.ts";
import { Cluster, node, pod } from "./cluster.ts";
import { configurationOf, withArgs } from "./decision-of.ts";

/** Default spread constraints would keep pods from being signed. */
const configuration = withArgs("PodTopologySpread", { defaultingType: "List", defaultConstraints: [] });
/** One pod of 3 CPUs fits per node; b is the emptiest. */
const nodes = [
  node("a", {}, { cpu: "5" }),
  node("b", {}, { cpu: "5500m" }),
  node("c", {}, { cpu: "4500m" }),
  node("d"),
];
const big = (name: string, parts: Parameters<typeof pod>[1] = {}): Pod => pod(name, { cpu: "3", ...parts });

function batching(list: readonly Node[] = nodes, options: Partial<SchedulerOptions> = {}): Cluster {
  return new Cluster({ nodes: list }, configuration, { tieBreak: "heap", ...options });
}

/** Node and hint of each pod in turn. */
function run(cluster: Cluster, ...pods: readonly Pod[]): string[] {
  return pods.map((p) => {
    const { attempt, trace } = cluster.try(p);
    return `${attempt.nodeName}${trace.cycle?.hintedNode == null ? "" : ` hint ${trace.cycle.hintedNode}`}`;
  });
}

test("consecutive equal pods, one per node, take the ranked nodes in turn and filter only those", () => {
  const cluster = batching();
  assert.equal(run(cluster, big("p0"), big("p1"), big("p2"), big("p3")), ["b", "a hint a", "c hint c", "d hint d"]);
  const { trace } = batching().try(big("q"));
  assert.is(trace.detail.visited.length, 4);
  const hinted = cluster.try(big("p4"));
  // nothing is left: the list is empty
  assert.is(hinted.trace.cycle?.hintedNode, null);
  assert.is(hinted.attempt.nodeName, null);
});

test("no hint while the last node could take the pod as well", () => {
  assert.equal(run(batching(), pod("p0", { cpu: "1" }), pod("p1", { cpu: "1" })), ["b", "a"]);
});

test("no hint for another pod, nor for the next after it; then a new batch", () => {
  const cluster = batching();
  const other = pod("other", { cpu: "3", labels: { app: "db" } });
  assert.equal(run(cluster, big("p0"), other, big("p1"), big("p2")), ["b", "a", "c", "d hint d"]);
});

test("no hint after an attempt that failed", () => {
  const cluster = batching();
  assert.equal(run(cluster, big("p0"), pod("huge", { cpu: "99" }), big("p1")), ["b", "null", "a"]);
});

test("a hint that does not fit any more: all nodes are searched, and a new batch begins", () => {
  const cluster = batching([...nodes, node("e", {}, { cpu: "3900m" })]);
  assert.equal(run(cluster, big("p0")), ["b"]);
  // takes the room of the next node behind the scheduler's back
  const intruder = cluster.snapshot.info(pod("intruder", { node: "a", cpu: "4" }));
  cluster.snapshot.addPod(intruder);
  assert.equal(run(cluster, big("p1"), big("p2")), ["c hint a", "d hint d"]);
});

test("results older than 500 ms are not used", () => {
  const clock = { now: 0 };
  const cluster = batching(nodes, { clock });
  run(cluster, big("p0"));
  clock.now = 500_000;
  assert.equal(run(cluster, big("p1")), ["a hint a"]);
  clock.now = 500_001;
  assert.equal(run(cluster, big("p2")), ["c"]);
});

test("pods are not signed with default or own spread constraints, with pod affinity, or when a plugin cannot sign", () => {
  const signed = (c: Cluster, p: Pod) => [...c.scheduler.profiles.values()][0]!.signPod(c.snapshot.info(p)) !== null;
  assert.is(signed(batching(), big("p")), true);
  assert.is(signed(new Cluster({ nodes }), big("p")), false);
  const spread = [{ maxSkew: 1, topologyKey: "z", whenUnsatisfiable: "ScheduleAnyway", labelSelector: {} }];
  assert.is(signed(batching(), big("p", { spec: { topologySpreadConstraints: spread } })), false);
  assert.is(signed(batching(), big("p", { spec: { affinity: { podAffinity: {} } } })), false);
  assert.is(signed(batching(), big("p", { spec: { affinity: { nodeAffinity: {} } } })), true);
  const custom = configurationOf({
    plugins: { multiPoint: { enabled: [{ name: "./mine.ts" }] } },
    pluginConfig: [{ name: "PodTopologySpread", args: { defaultingType: "List", defaultConstraints: [] } }],
  });
  const mute = new Map([["./mine.ts", () => ({ name: "Mine", filter: () => null })]]);
  assert.is(signed(new Cluster({ nodes }, custom, { customPlugins: mute }), big("p")), false);
  const signing = new Map([["./mine.ts", () => ({ name: "Mine", filter: () => null, signPod: () => "" })]]);
  assert.is(signed(new Cluster({ nodes }, custom, { customPlugins: signing }), big("p")), true);
});

test("what makes signatures differ", () => {
  const cluster = batching();
  const [profile] = cluster.scheduler.profiles.values();
  const sign = (p: Pod) => profile!.signPod(cluster.snapshot.info(p));
  const base = sign(big("p"));
  assert.is(sign(big("another-name", { priority: 9 })), base);
  const different: Partial<Pod["spec"]>[] = [
    { tolerations: [{ operator: "Exists" }] },
    { nodeSelector: { a: "b" } },
    { containers: [{ name: "main", image: "x", resources: { requests: { cpu: "3" } } }] },
    {
      containers: [{ name: "main", resources: { requests: { cpu: "3" } }, ports: [{ containerPort: 1, hostPort: 1 }] }],
    },
    {
      containers: [
        { name: "main", resources: { requests: { cpu: "2" } } },
        { name: "b", resources: { requests: { cpu: "1" } } },
      ],
    },
    { volumes: [{ name: "v", persistentVolumeClaim: { claimName: "c" } }] },
  ];
  const signatures = new Set([base, ...different.map((spec) => sign(big("p", { spec })))]);
  assert.is(signatures.size, different.length + 1);
  assert.is(sign(big("p", { spec: { volumes: [{ name: "v", configMap: {} }] } })), base);
});

test("switched off", () => {
  assert.equal(run(batching(nodes, { opportunisticBatching: false }), big("p0"), big("p1")), ["b", "a"]);
});

test.run();
