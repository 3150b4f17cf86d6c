// PodTopologySpread: who is counted, where, what is too skewed, and how it scores.
import { test } from "uvu";
import * as assert from "uvu/assert";
import { log } from "../../../sim/engine/math.ts";
import type {
  ClusterObjects,
  Node,
  Pod,
  Service,
  TopologySpreadConstraint,
  Workload,
} from "../../../sim/model/objects.ts";
import { node, pod, ZONE } from "../cluster.ts";
import { configurationOf, decisionOf, verdictsOf, withArgs } from "../decision-of.ts";

const SKEWED = "PodTopologySpread: node(s) didn't match pod topology spread constraints";
const MISSING = `${SKEWED} (missing required label)`;
const web = { app: "web" };

function zoned(name: string, zone: string, labels: Record<string, string> = {}): Node {
  return node(name, { [ZONE]: zone, ...labels });
}

function constraint(parts: Partial<TopologySpreadConstraint> = {}): TopologySpreadConstraint {
  return {
    maxSkew: 1,
    topologyKey: ZONE,
    whenUnsatisfiable: "DoNotSchedule",
    labelSelector: { matchLabels: web },
    ...parts,
  };
}

function spreading(
  constraints: readonly TopologySpreadConstraint[],
  parts: Partial<Pod["spec"]> = {},
  labels = web,
): Pod {
  return pod("p", { labels, spec: { topologySpreadConstraints: constraints, ...parts } });
}

let serial = 0;
const running = (nodeName: string, parts: Parameters<typeof pod>[1] = {}): Pod =>
  pod(`run-${serial++}`, { node: nodeName, labels: web, ...parts });

const nodes = [zoned("a", "1"), zoned("b", "2")];

test("count + 1 if the pod selects itself - the lowest count must not exceed maxSkew", () => {
  const objects = { nodes, pods: [running("a")] };
  assert.equal(verdictsOf(objects, spreading([constraint()])), [SKEWED, "ok"]);
  assert.equal(verdictsOf(objects, spreading([constraint({ maxSkew: 2 })])), ["ok", "ok"]);
  // it does not select itself: 1 + 0 - 0
  assert.equal(verdictsOf(objects, spreading([constraint()], {}, { app: "db" })), ["ok", "ok"]);
});

test("pods of other namespaces, terminating pods, and with an empty selector all pods are not counted", () => {
  const other = running("a", { namespace: "other" });
  const leaving = running("a", { metadata: { deletionTimestamp: "2026-01-01T00:00:00Z" } });
  for (const p of [other, leaving])
    assert.equal(verdictsOf({ nodes, pods: [p] }, spreading([constraint()])), ["ok", "ok"]);
  const pods = [running("a"), running("a")];
  assert.equal(verdictsOf({ nodes, pods }, spreading([constraint({ labelSelector: {} })])), ["ok", "ok"]);
  assert.equal(verdictsOf({ nodes, pods }, spreading([constraint({ labelSelector: null })])), ["ok", "ok"]);
});

test("nodes without the key are rejected for good and do not count", () => {
  const objects = { nodes: [...nodes, node("c")], pods: [running("a"), running("b"), running("c")] };
  const p = spreading([constraint()]);
  assert.equal(verdictsOf(objects, p), ["ok", "ok", MISSING]);
  assert.is(decisionOf(objects, p).rejections.c?.code, "UnschedulableAndUnresolvable");
});

test("with several constraints only nodes with all keys count", () => {
  const rack = (n: Node, value: string): Node => ({
    ...n,
    metadata: { ...n.metadata, labels: { ...n.metadata.labels, rack: value } },
  });
  const objects = { nodes: [rack(zoned("a", "1"), "r1"), zoned("b", "2")] };
  // zone 2 is not a domain: nothing is lower than zone 1
  const p = spreading([constraint(), constraint({ topologyKey: "rack", maxSkew: 5 })]);
  assert.equal(verdictsOf({ ...objects, pods: [running("a"), running("a")] }, p), ["ok", MISSING]);
});

test("minDomains: with fewer domains the lowest count is 0", () => {
  const objects = { nodes, pods: [running("a"), running("b")] };
  assert.equal(verdictsOf(objects, spreading([constraint({ minDomains: 2 })])), ["ok", "ok"]);
  assert.equal(verdictsOf(objects, spreading([constraint({ minDomains: 3 })])), [SKEWED, SKEWED]);
});

test("nodeAffinityPolicy: by default nodes that the pod's own affinity excludes do not count", () => {
  const objects = { nodes: [zoned("a", "1", { pool: "x" }), zoned("b", "2")], pods: [running("a")] };
  const own = { nodeSelector: { pool: "x" } };
  assert.equal(verdictsOf(objects, spreading([constraint()], own))[0], "ok");
  assert.equal(verdictsOf(objects, spreading([constraint({ nodeAffinityPolicy: "Ignore" })], own))[0], SKEWED);
});

test("nodeTaintsPolicy: only with Honor do nodes with untolerated taints not count", () => {
  const tainted = { ...zoned("b", "2"), spec: { taints: [{ key: "x", effect: "NoSchedule" }] } };
  const objects = { nodes: [zoned("a", "1"), tainted], pods: [running("a")] };
  assert.equal(verdictsOf(objects, spreading([constraint()]))[0], SKEWED);
  assert.equal(verdictsOf(objects, spreading([constraint({ nodeTaintsPolicy: "Honor" })]))[0], "ok");
  const tolerating = { tolerations: [{ operator: "Exists" }] };
  assert.equal(verdictsOf(objects, spreading([constraint({ nodeTaintsPolicy: "Honor" })], tolerating))[0], SKEWED);
});

test("matchLabelKeys: the pod's own values are added; keys that it does not have are left out", () => {
  const pods = [running("a", { labels: { ...web, revision: "1" } })];
  const second = { ...web, revision: "2" };
  const keys = (...matchLabelKeys: readonly string[]) => spreading([constraint({ matchLabelKeys })], {}, second);
  assert.equal(verdictsOf({ nodes, pods }, keys("revision")), ["ok", "ok"]);
  assert.equal(verdictsOf({ nodes, pods }, keys("absent")), [SKEWED, "ok"]);
});

/** Normalized, without the plugin's weight of 2. */
function scores(
  objects: Partial<ClusterObjects>,
  p: Pod,
  configuration = configurationOf({}),
): readonly number[] | undefined {
  return decisionOf(objects, p, configuration).scores?.PodTopologySpread?.map((score) => score / 2);
}

const soft = (parts: Partial<TopologySpreadConstraint> = {}) =>
  constraint({ whenUnsatisfiable: "ScheduleAnyway", ...parts });

test("score: round(count × ln(domains + 2) + maxSkew - 1), then 100 × (max + min - score) / max", () => {
  const objects = { nodes: [...nodes, zoned("c", "3")], pods: [running("a"), running("a"), running("b")] };
  const raw = [2, 1, 0].map((count) => Math.round(count * log(5) + 1));
  assert.equal(raw, [4, 3, 1]);
  assert.equal(scores(objects, spreading([soft({ maxSkew: 2 })])), [25, 50, 100]);
});

test("score: nobody counted means 100 for all; nodes without the key get 0", () => {
  assert.equal(scores({ nodes }, spreading([soft()])), [100, 100]);
  assert.equal(scores({ nodes: [...nodes, node("c")] }, spreading([soft()])), [100, 100, 0]);
});

test("score: the hostname key counts the pods of the node itself, and its domains are the nodes that are scored", () => {
  const objects = { nodes: [node("a"), node("b")], pods: [running("a"), running("a"), running("b")] };
  const raw = [2, 1].map((count) => Math.round(count * log(4)));
  assert.equal(raw, [3, 1]);
  assert.equal(scores(objects, spreading([soft({ topologyKey: "kubernetes.io/hostname" })])), [33, 100]);
});

test("skipped without constraints of the kind", () => {
  const hard = decisionOf({ nodes }, spreading([constraint()]));
  assert.ok(hard.skippedScorePlugins?.includes("PodTopologySpread"));
  assert.not.ok(hard.skippedFilterPlugins?.includes("PodTopologySpread"));
  const easy = decisionOf({ nodes }, spreading([soft()]));
  assert.ok(easy.skippedFilterPlugins?.includes("PodTopologySpread"));
  assert.not.ok(easy.skippedScorePlugins?.includes("PodTopologySpread"));
});

const service = (selector: Record<string, string> | null, namespace = "default"): Service => ({
  metadata: { name: "s", namespace },
  spec: { selector },
});

test("system defaults: only for pods that a service or controller selects; hostname skew 3 and zone skew 5, both soft", () => {
  const objects = { nodes, pods: [running("a"), running("b", { labels: { app: "db" } })] };
  const p = pod("p", { labels: web });
  assert.is(scores(objects, p), undefined);
  assert.is(scores({ ...objects, services: [service(web, "other")] }, p), undefined);
  assert.is(scores({ ...objects, services: [service(null)] }, p), undefined);
  assert.is(scores({ ...objects, services: [service({ app: "db" })] }, p), undefined);
  // a: 1 × ln 4 + 2 + 1 × ln 4 + 4 = 8.77 → 9; b: 2 + 4
  assert.equal(scores({ ...objects, services: [service(web)] }, p), [66, 100]);
});

test("system defaults: nodes without a zone are scored all the same, and form a domain of their own", () => {
  const objects = { nodes: [...nodes, node("c")], pods: [running("a"), running("c")], services: [service(web)] };
  // three domains: a: ln 5 + 2 + ln 5 + 4 = 9.2 → 9; b: 6; c has only the hostname part: ln 5 + 2 = 3.6 → 4
  assert.equal(scores(objects, pod("p", { labels: web })), [
    Math.floor((100 * (9 + 4 - 9)) / 9),
    Math.floor((100 * (9 + 4 - 6)) / 9),
    100,
  ]);
});

test("system defaults: a controller's selector is added to those of the services", () => {
  const replicaSet: Workload = {
    metadata: { name: "r", namespace: "default" },
    spec: { selector: { matchExpressions: [{ key: "tier", operator: "Exists" }] } },
  };
  const owned = (apiVersion: string, kind: string): Pod =>
    pod("p", {
      labels: { ...web, tier: "1" },
      metadata: { ownerReferences: [{ apiVersion, kind, name: "r", controller: true }] },
    });
  const pods = [running("a"), running("b", { labels: { ...web, tier: "2" } })];
  const objects = { nodes, pods, replicaSets: [replicaSet] };
  assert.equal(scores(objects, owned("apps/v1", "ReplicaSet")), [100, 66]);
  assert.equal(scores({ ...objects, services: [service(web)] }, owned("apps/v1", "ReplicaSet")), [100, 66]);
  assert.equal(scores({ nodes, pods, statefulSets: [replicaSet] }, owned("apps/v1", "StatefulSet")), [100, 66]);
  const controller = { metadata: replicaSet.metadata, spec: { selector: { tier: "2" } } };
  assert.equal(
    scores({ nodes, pods, replicationControllers: [controller] }, owned("v1", "ReplicationController")),
    [100, 66],
  );
  // other kinds and versions are not known
  assert.is(scores(objects, owned("apps/v1", "Deployment")), undefined);
  assert.is(scores(objects, owned("extensions/v1", "ReplicaSet")), undefined);
});

test("defaults of the configuration: filter and score, and nodes need all keys again", () => {
  const configuration = withArgs("PodTopologySpread", {
    defaultingType: "List",
    defaultConstraints: [{ maxSkew: 1, topologyKey: ZONE, whenUnsatisfiable: "DoNotSchedule" }],
  });
  const objects = { nodes: [...nodes, node("c")], pods: [running("a")], services: [service(web)] };
  assert.equal(verdictsOf(objects, pod("p", { labels: web }), configuration), [SKEWED, "ok", MISSING]);
  // constraints of its own replace the defaults
  const own = spreading([soft()]);
  assert.equal(verdictsOf(objects, own, configuration), ["ok", "ok", "ok"]);
  const none = withArgs("PodTopologySpread", { defaultingType: "List", defaultConstraints: [] });
  assert.is(scores(objects, pod("p", { labels: web }), none), undefined);
});

test.run();
