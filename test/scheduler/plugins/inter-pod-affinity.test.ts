// InterPodAffinity: required rules in both directions, the first pod of a group, namespaces, and scores.
import { test } from "uvu";
import * as assert from "uvu/assert";
import type { Affinity, ClusterObjects, Labels, Namespace, Pod, PodAffinityTerm } from "../../../sim/model/objects.ts";
import { node, pod, ZONE } from "../cluster.ts";
import { decisionOf, verdictsOf, withArgs } from "../decision-of.ts";

const AFFINITY = "InterPodAffinity: node(s) didn't match pod affinity rules";
const ANTI = "InterPodAffinity: node(s) didn't match pod anti-affinity rules";
const EXISTING = "InterPodAffinity: node(s) didn't satisfy existing pods anti-affinity rules";
const web = { app: "web" };
const nodes = [node("a", { [ZONE]: "1" }), node("b", { [ZONE]: "1" }), node("c", { [ZONE]: "2" }), node("d")];

function term(labels: Labels | null = web, parts: Partial<PodAffinityTerm> = {}): PodAffinityTerm {
  return { labelSelector: labels === null ? null : { matchLabels: labels }, topologyKey: ZONE, ...parts };
}

const required = (...terms: readonly PodAffinityTerm[]) => ({ requiredDuringSchedulingIgnoredDuringExecution: terms });
const preferred = (weight: number, t: PodAffinityTerm) => ({
  preferredDuringSchedulingIgnoredDuringExecution: [{ weight, podAffinityTerm: t }],
});
const affine = (affinity: Affinity, parts: Parameters<typeof pod>[1] = {}): Pod =>
  pod("p", { ...parts, spec: { affinity } });

test("required affinity: every term's topology must hold a pod that matches all terms; a node without the key never fits", () => {
  const objects = { nodes, pods: [pod("w", { node: "a", labels: web })] };
  assert.equal(verdictsOf(objects, affine({ podAffinity: required(term()) })), ["ok", "ok", AFFINITY, AFFINITY]);
  const both = affine({ podAffinity: required(term(), term({ tier: "1" })) });
  assert.equal(verdictsOf(objects, both), [AFFINITY, AFFINITY, AFFINITY, AFFINITY]);
  assert.is(decisionOf(objects, both).rejections.a?.code, "UnschedulableAndUnresolvable");
});

test("the first pod of a group with affinity to itself may go to any node that has the keys", () => {
  const self = (labels: Labels) => affine({ podAffinity: required(term()) }, { labels });
  assert.equal(verdictsOf({ nodes }, self(web)), ["ok", "ok", "ok", AFFINITY]);
  assert.equal(verdictsOf({ nodes }, self({ app: "db" })), [AFFINITY, AFFINITY, AFFINITY, AFFINITY]);
  // once one is there, it counts
  const objects = { nodes, pods: [pod("w", { node: "c", labels: web })] };
  assert.equal(verdictsOf(objects, self(web)), [AFFINITY, AFFINITY, "ok", AFFINITY]);
});

test("required anti-affinity: each term by itself; a node without the key is free; resolvable", () => {
  const objects = { nodes, pods: [pod("w", { node: "a", labels: web })] };
  const p = affine({ podAntiAffinity: required(term()) });
  assert.equal(verdictsOf(objects, p), [ANTI, ANTI, "ok", "ok"]);
  assert.is(decisionOf(objects, p).rejections.a?.code, "Unschedulable");
  assert.equal(
    verdictsOf(
      objects,
      affine({ podAntiAffinity: required(term({ tier: "1" }), term(web, { topologyKey: "kubernetes.io/hostname" })) }),
    ),
    [ANTI, "ok", "ok", "ok"],
  );
});

test("required anti-affinity of pods that run there keeps matching pods away", () => {
  const guard = pod("guard", { node: "a", spec: { affinity: { podAntiAffinity: required(term()) } } });
  assert.equal(verdictsOf({ nodes, pods: [guard] }, pod("p", { labels: web })), [EXISTING, EXISTING, "ok", "ok"]);
  const other = decisionOf({ nodes, pods: [guard] }, pod("p", { labels: { app: "db" } }));
  assert.ok(other.skippedFilterPlugins?.includes("InterPodAffinity"));
});

test("a missing label selector selects nothing, an empty one everything", () => {
  const objects = { nodes, pods: [pod("w", { node: "a", labels: web })] };
  assert.equal(verdictsOf(objects, affine({ podAntiAffinity: required(term(null)) })), ["ok", "ok", "ok", "ok"]);
  assert.equal(verdictsOf(objects, affine({ podAntiAffinity: required(term({})) })), [ANTI, ANTI, "ok", "ok"]);
});

const namespace = (name: string, labels: Labels = {}): Namespace => ({ metadata: { name, labels } });

test("namespaces: the pod's own without any; listed ones; selected ones that exist; an empty selector all", () => {
  const namespaces = [namespace("default"), namespace("team-a", { kind: "tenant" }), namespace("team-b")];
  const inNamespace = (name: string) => [pod("w", { node: "a", labels: web, namespace: name })];
  const cases: readonly (readonly [string, Partial<PodAffinityTerm>, boolean])[] = [
    ["default", {}, true],
    ["team-a", {}, false],
    ["team-a", { namespaces: ["team-a"] }, true],
    ["default", { namespaces: ["team-a"] }, false],
    ["team-a", { namespaceSelector: { matchLabels: { kind: "tenant" } } }, true],
    ["team-b", { namespaceSelector: { matchLabels: { kind: "tenant" } } }, false],
    ["default", { namespaceSelector: { matchLabels: { kind: "tenant" } } }, false],
    ["team-b", { namespaceSelector: {} }, true],
    ["team-b", { namespaces: ["team-b"], namespaceSelector: { matchLabels: { kind: "tenant" } } }, true],
    ["team-b", { namespaceSelector: { matchExpressions: [{ key: "kind", operator: "DoesNotExist" }] } }, true],
    // no such namespace object: a selector does not find it, an empty one does
    ["ghost", { namespaceSelector: { matchExpressions: [{ key: "kind", operator: "DoesNotExist" }] } }, false],
    ["ghost", { namespaceSelector: {} }, true],
  ];
  for (const [name, parts, selected] of cases) {
    const verdict = verdictsOf(
      { nodes, namespaces, pods: inNamespace(name) },
      affine({ podAntiAffinity: required(term(web, parts)) }),
    )[0];
    assert.is(verdict, selected ? ANTI : "ok", JSON.stringify([name, parts]));
  }
});

test("terms of pods that run see the labels of the incoming pod's namespace", () => {
  const namespaces = [namespace("default"), namespace("team-a", { kind: "tenant" })];
  const guard = pod("guard", {
    node: "a",
    spec: {
      affinity: { podAntiAffinity: required(term(web, { namespaceSelector: { matchLabels: { kind: "tenant" } } })) },
    },
  });
  const verdict = (name: string) =>
    verdictsOf({ nodes, namespaces, pods: [guard] }, pod("p", { labels: web, namespace: name }))[0];
  assert.is(verdict("team-a"), EXISTING);
  assert.is(verdict("default"), "ok");
});

/** Normalized, without the plugin's weight of 2. */
function scores(
  objects: Partial<ClusterObjects>,
  p: Pod,
  args?: Record<string, unknown>,
): readonly number[] | undefined {
  const configuration = args === undefined ? undefined : withArgs("InterPodAffinity", args);
  return decisionOf(objects, p, configuration).scores?.InterPodAffinity?.map((score) => score / 2);
}

test("score: weights of matching terms per domain, then 100 × (score - min) / (max - min), truncated", () => {
  const pods = [
    pod("w1", { node: "a", labels: web }),
    pod("w2", { node: "c", labels: web }),
    pod("w3", { node: "c", labels: web }),
  ];
  // zone 1: 7, zone 2: 14, no zone: 0
  assert.equal(scores({ nodes, pods }, affine({ podAffinity: preferred(7, term()) })), [50, 50, 100, 0]);
  // -7, -7, -14, 0
  assert.equal(scores({ nodes, pods }, affine({ podAntiAffinity: preferred(7, term()) })), [50, 50, 0, 100]);
  const thirds = [...pods, pod("w4", { node: "c", labels: web })];
  assert.equal(scores({ nodes, pods: thirds }, affine({ podAffinity: preferred(1, term()) })), [33, 33, 100, 0]);
});

test("score: all equal means 0 for all; nothing that matches means it is skipped", () => {
  const pods = [pod("w1", { node: "a", labels: web }), pod("w2", { node: "b", labels: web })];
  const p = affine({ podAffinity: preferred(7, term(web, { topologyKey: "kubernetes.io/hostname" })) });
  assert.equal(scores({ nodes: nodes.slice(0, 2), pods }, p), [0, 0]);
  assert.is(scores({ nodes }, p), undefined);
});

test("score: required affinity of pods that run counts with hardPodAffinityWeight, preferred terms with their weights", () => {
  const friend = (affinity: Affinity) => [pod("w", { node: "c", spec: { affinity } })];
  const p = pod("p", { labels: web });
  const both = friend({
    podAffinity: { ...required(term()), ...preferred(4, term(web, { topologyKey: "kubernetes.io/hostname" })) },
  });
  // only c; with a weight of 0 the required term does not count
  assert.equal(scores({ nodes, pods: both }, p), [0, 0, 100, 0]);
  assert.is(
    scores({ nodes, pods: friend({ podAffinity: required(term()) }) }, p, { hardPodAffinityWeight: 0 }),
    undefined,
  );
  const repelled = friend({ podAntiAffinity: preferred(4, term()) });
  assert.equal(scores({ nodes, pods: repelled }, p), [100, 100, 0, 100]);
});

test("ignorePreferredTermsOfExistingPods: only matters to pods without preferences of their own", () => {
  const pods = [pod("w", { node: "c", labels: web, spec: { affinity: { podAffinity: preferred(4, term()) } } })];
  const args = { ignorePreferredTermsOfExistingPods: true };
  assert.is(scores({ nodes, pods }, pod("p", { labels: web }), args), undefined);
  assert.equal(scores({ nodes, pods }, pod("p", { labels: web })), [0, 0, 100, 0]);
  assert.equal(
    scores({ nodes, pods }, affine({ podAffinity: preferred(1, term({ app: "db" })) }, { labels: web }), args),
    [0, 0, 100, 0],
  );
});

test.run();
