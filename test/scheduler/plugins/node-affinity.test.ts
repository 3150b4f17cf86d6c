// NodeAffinity: selectors, required and preferred terms, narrowing by name, and what the configuration adds.
import { test } from "uvu";
import * as assert from "uvu/assert";
import type { NodeAffinity, NodeSelectorTerm, Pod } from "../../../sim/model/objects.ts";
import { node, pod } from "../cluster.ts";
import { decisionOf, verdictsOf, withArgs } from "../decision-of.ts";

const REJECTED = "NodeAffinity: node(s) didn't match Pod's node affinity/selector";
const nodes = [node("a", { tier: "5", disk: "ssd" }), node("b", { tier: "12" }), node("c")];

function affine(nodeAffinity: NodeAffinity, nodeSelector?: Pod["spec"]["nodeSelector"]): Pod {
  return pod("p", { spec: { affinity: { nodeAffinity }, nodeSelector } });
}

function requiring(...nodeSelectorTerms: readonly NodeSelectorTerm[]): Pod {
  return affine({ requiredDuringSchedulingIgnoredDuringExecution: { nodeSelectorTerms } });
}

const fits = (p: Pod) =>
  verdictsOf({ nodes }, p)
    .map((verdict) => (verdict === REJECTED ? "-" : verdict))
    .join(" ");

test("expressions: all of a term must hold; terms are alternatives; an empty term matches nothing", () => {
  const expression = (key: string, operator: string, ...values: readonly string[]) => ({ key, operator, values });
  const cases: readonly (readonly [Pod, string])[] = [
    [requiring({ matchExpressions: [expression("disk", "In", "ssd", "nvme")] }), "ok - -"],
    [requiring({ matchExpressions: [expression("disk", "NotIn", "ssd")] }), "- ok ok"],
    [requiring({ matchExpressions: [expression("tier", "Exists")] }), "ok ok -"],
    [requiring({ matchExpressions: [expression("tier", "DoesNotExist")] }), "- - ok"],
    [requiring({ matchExpressions: [expression("tier", "Gt", "5")] }), "- ok -"],
    [requiring({ matchExpressions: [expression("tier", "Lt", "12")] }), "ok - -"],
    [requiring({ matchExpressions: [expression("tier", "Exists"), expression("disk", "Exists")] }), "ok - -"],
    [
      requiring(
        { matchExpressions: [expression("disk", "Exists")] },
        { matchExpressions: [expression("tier", "In", "12")] },
      ),
      "ok ok -",
    ],
    [requiring({}), "- - -"],
    [requiring({}, { matchExpressions: [expression("tier", "In", "12")] }), "- ok -"],
  ];
  for (const [p, expected] of cases) assert.is(fits(p), expected, JSON.stringify(p.spec.affinity));
});

test("nodeSelector and affinity must both hold", () => {
  const p = affine(
    {
      requiredDuringSchedulingIgnoredDuringExecution: {
        nodeSelectorTerms: [{ matchExpressions: [{ key: "tier", operator: "Exists" }] }],
      },
    },
    { disk: "ssd" },
  );
  assert.is(fits(p), "ok - -");
  assert.is(fits(pod("q", { spec: { nodeSelector: { tier: "12" } } })), "- ok -");
});

test("terms that all name nodes narrow the search before filtering; what is left out has one status of its own", () => {
  const byName = (...names: readonly string[]): NodeSelectorTerm => ({
    matchFields: names.map((name) => ({ key: "metadata.name", operator: "In", values: [name] })),
  });
  const narrowed = decisionOf({ nodes }, requiring(byName("b")));
  assert.equal(narrowed.prefilter, { code: "Success", nodeNames: ["b"], narrowedBy: ["NodeAffinity"] });
  assert.equal(narrowed.rejections, {});
  assert.equal(narrowed.absentNodesStatus?.reasons, ["node(s) didn't satisfy plugin(s) [NodeAffinity]"]);
  assert.is(narrowed.chosen, "b");
  // terms are alternatives: one that leaves the name open keeps all nodes
  assert.is(
    decisionOf({ nodes }, requiring(byName("b"), { matchExpressions: [{ key: "disk", operator: "Exists" }] })).prefilter
      ?.nodeNames,
    null,
  );
  // two different names in one term contradict each other
  const conflict = decisionOf({ nodes }, requiring(byName("a", "b")));
  assert.equal(conflict.prefilter, {
    plugin: "NodeAffinity",
    code: "UnschedulableAndUnresolvable",
    reasons: ["pod affinity terms conflict"],
    nodeNames: null,
  });
  assert.is(conflict.message, "0/3 nodes are available: pod affinity terms conflict. not found");
  // a name that no node has
  const nobody = decisionOf({ nodes }, requiring(byName("z")));
  assert.is(
    nobody.message,
    "0/3 nodes are available: 3 node(s) didn't satisfy plugin(s) [NodeAffinity]. no new claims to deallocate, preemption: 0/3 nodes are available: 3 Preemption is not helpful for scheduling.",
  );
});

test("preferred terms: sum of weights, normalized to 100 × sum / highest, × 2; empty terms and weight 0 add nothing", () => {
  const prefer = (weight: number, key: string) => ({
    weight,
    preference: { matchExpressions: [{ key, operator: "Exists" }] },
  });
  const p = affine({
    preferredDuringSchedulingIgnoredDuringExecution: [
      prefer(10, "tier"),
      prefer(5, "disk"),
      { weight: 50, preference: {} },
      prefer(0, "disk"),
    ],
  });
  // 15, 10, 0 of 15
  assert.equal(decisionOf({ nodes }, p).scores?.NodeAffinity, [200, 132, 0]);
});

test("without preferences scoring is skipped, without requirements filtering", () => {
  const decision = decisionOf({ nodes }, pod("p"));
  assert.ok(decision.skippedScorePlugins?.includes("NodeAffinity"));
  assert.ok(decision.skippedFilterPlugins?.includes("NodeAffinity"));
});

test("addedAffinity holds for every pod, with a reason of its own, and its preferences add to the pod's", () => {
  const term = (key: string) => ({ matchExpressions: [{ key, operator: "Exists" }] });
  const configuration = withArgs("NodeAffinity", {
    addedAffinity: {
      requiredDuringSchedulingIgnoredDuringExecution: { nodeSelectorTerms: [term("tier")] },
      preferredDuringSchedulingIgnoredDuringExecution: [{ weight: 3, preference: term("disk") }],
    },
  });
  const decision = decisionOf({ nodes }, pod("p"), configuration);
  assert.equal(decision.rejections.c?.reasons, ["node(s) didn't match scheduler-enforced node affinity"]);
  assert.equal(decision.scores?.NodeAffinity, [200, 0]);
});

test.run();
