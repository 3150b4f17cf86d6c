// What makes a node unneeded, when it may go, and how it goes. Quotes are from the FAQ of cluster-autoscaler.
import { test } from "uvu";
import * as assert from "uvu/assert";
import { MINUTE, SECOND } from "../../sim/engine/tick.ts";
import { Bed, type BedOptions } from "./bed.ts";

const MARK = "ToBeDeletedByClusterAutoscaler";
const SOFT_MARK = "DeletionCandidateOfClusterAutoscaler";

const removals = (bed: Bed) => bed.cloud.calls.map((call) => call.split(" ")[1]);
const seconds = (call: string | undefined) => Number(call?.split(" ")[0]);

/** Of two nodes the second is hardly used. */
function two(options: BedOptions = {}): Bed {
  const bed = new Bed({ nodes: ["n-0", "n-1"], ...options });
  bed.pod("a", { node: "n-0", cpu: "3" });
  return bed;
}

test("an empty node goes after it was unneeded for 10 min; until then it is marked as a candidate", () => {
  const bed = two();
  bed.run(300);
  assert.equal([bed.taints("n-0"), bed.taints("n-1")], [[], [SOFT_MARK]]);
  bed.run(900);
  assert.equal(removals(bed), ["-n-1"]);
  const at = seconds(bed.cloud.calls[0]);
  assert.ok(at > 600 && at < 630, `${at} s`);
  assert.equal(
    bed.said.filter((line) => line.includes("empty")),
    ['ScaleDownEmpty: Scale-down: removing empty node "n-1"'],
  );
  assert.equal(bed.world.events("n-1"), [
    "ScaleDown: marked the node as toBeDeleted/unschedulable",
    "ScaleDown: nodes removed by cluster autoscaler",
  ]);
});

test("no group becomes smaller than its minimum", () => {
  assert.equal(removals(two({ min: 2 }).run(900)), []);
  const bed = new Bed({ nodes: ["n-0", "n-1", "n-2"], min: 1 });
  assert.is(removals(bed.run(900)).length, 2);
});

test("a node that is used again in between begins its 10 min anew", () => {
  const bed = two();
  bed.pod("b", { node: "n-1", cpu: "3" }, 400);
  bed.world.delete("pods", "default/b", {}, 500);
  bed.run(1080);
  assert.equal(removals(bed), []);
  bed.run(1200);
  assert.equal(removals(bed), ["-n-1"]);
});

test("cluster-autoscaler.kubernetes.io/scale-down-disabled=true keeps a node", () => {
  const bed = new Bed({ nodes: ["n-0"] });
  bed.node("n-1", 0, { "cluster-autoscaler.kubernetes.io/scale-down-disabled": "true" });
  bed.pod("a", { node: "n-0", cpu: "3" });
  assert.equal(removals(bed.run(900)), []);
});

test("pods that fit nowhere else keep their node; those that fit move", () => {
  const tight = two();
  tight.pod("b", { node: "n-1", cpu: "1500m" });
  assert.equal(removals(tight.run(900)), []);
  const roomy = two();
  roomy.pod("b", { node: "n-1", cpu: "1" });
  assert.equal(removals(roomy.run(900)), ["-n-1"]);
  assert.not(roomy.world.has("pods", "default/b"));
  assert.equal(roomy.world.events("b"), ["ScaleDown: deleting pod for node scale down"]);
});

test("a node of which more than half is requested is needed", () => {
  const bed = new Bed({ nodes: ["n-0", "n-1"], min: 0 });
  for (const node of ["n-0", "n-1"]) bed.pod(`on-${node}`, { node, cpu: "2100m" });
  bed.node("n-2", 0);
  bed.pod("small", { node: "n-2", cpu: "100m" });
  assert.equal(removals(bed.run(900)), ["-n-2"]);
});

test("a node that is not ready goes after 20 min, not after 10, or never where the flag says so", () => {
  for (const scaleDownUnreadyEnabled of [true, false]) {
    const bed = two({ flags: { scaleDownUnreadyEnabled } });
    bed.ready("n-1", false, 30);
    // for its first 15 min it counts as one that starts, and is no candidate
    bed.run(2100);
    assert.equal(removals(bed), []);
    bed.run(2160);
    assert.equal(removals(bed), scaleDownUnreadyEnabled ? ["-n-1"] : []);
  }
});

test("after a scale-up nothing is removed for 10 min", () => {
  for (const scaleDownDelayAfterAddMicros of [10 * MINUTE, 0]) {
    const bed = two({ flags: { scaleDownDelayAfterAddMicros } });
    bed.pod("b", { node: "n-1", cpu: "100m" });
    bed.pod("waits", { cpu: "4" }, 550);
    bed.run(900);
    assert.equal(removals(bed), scaleDownDelayAfterAddMicros > 0 ? ["+1"] : ["+1", "-n-1"]);
  }
});

test("a budget that allows nothing: no candidate", () => {
  const bed = two();
  bed.pod("b", { node: "n-1", cpu: "100m" });
  bed.budget(0);
  bed.run(900);
  assert.equal(removals(bed), []);
});

test("what the API does not evict is asked for every 10 s for 2 min; then the node is kept and its mark taken back", () => {
  const bed = two({ flags: { maxBulkSoftTaintCount: 0, nodeDeleteDelayAfterTaintMicros: 0 } });
  bed.pod("b", { node: "n-1", cpu: "100m" });
  bed.budget(1);
  const marks: number[] = [];
  // nobody counts here: the budget is used up when the node is marked, before the autoscaler hears of it
  bed.world.server.onChange((kind, _type, object) => {
    if (kind !== "nodes" || !bed.taints(object.metadata.name).includes(MARK) || marks.length > 0) return;
    marks.push(bed.world.engine.now / SECOND);
    bed.world.patchStatus("podDisruptionBudgets", "default/web", (before) => ({
      ...before,
      status: { ...before.status, disruptionsAllowed: 0 },
    }));
  });
  bed.run(700);
  assert.is(marks.length, 1);
  assert.equal(bed.taints("n-1"), [MARK]);
  bed.run(marks[0]! + 160);
  assert.equal([bed.taints("n-1"), removals(bed)], [[], []]);
  assert.ok(bed.world.has("pods", "default/b"));
  assert.match(
    bed.world.events("n-1").join("\n"),
    /ScaleDownFailed: .*failed to evict pod default\/b within allowed timeout \(last error: .*disruption budget/,
  );
  assert.not(bed.world.get("nodes", "n-1").spec?.unschedulable ?? false);
});

test("pods of daemon sets are asked to go, and nobody waits for them", () => {
  const bed = two();
  const owner = { apiVersion: "apps/v1", kind: "DaemonSet", name: "agent", uid: "agent", controller: true };
  const metadata = { labels: { app: "agent" }, ownerReferences: [owner] };
  // no kubelet is here that would stop it: it stays for good
  bed.pod("agent", { node: "n-1", cpu: "100m", metadata, spec: { terminationGracePeriodSeconds: 30 } });
  bed.pod("b", { node: "n-1", cpu: "100m" });
  bed.run(700);
  assert.equal(removals(bed), ["-n-1"]);
  assert.is(typeof bed.world.get("pods", "default/agent").metadata.deletionTimestamp, "string");
});

test("a pod that comes to an empty node between the mark and the removal keeps it", () => {
  const bed = two({ flags: { nodeDeleteDelayAfterTaintMicros: 20 * SECOND, maxBulkSoftTaintCount: 0 } });
  let isThere = false;
  bed.world.server.onChange((kind, _type, object) => {
    if (isThere || kind !== "nodes" || !bed.taints(object.metadata.name).includes(MARK)) return;
    isThere = true;
    bed.pod("late", { node: "n-1" }, bed.world.engine.now / SECOND + 1);
  });
  bed.run(700);
  assert.equal([removals(bed), bed.taints("n-1")], [[], []]);
  assert.match(
    bed.world.events("n-1").join("\n"),
    /ScaleDownFailed: failed to delete empty node: failed to delete empty node "n-1", new pods scheduled/,
  );
});

test("a cloud that deletes nothing: the mark is taken back, and no removal begins for 3 min", () => {
  const bed = two({ flags: { maxBulkSoftTaintCount: 0, maxFailingTimeMicros: 60 * MINUTE } });
  const { deleteNodes } = bed.cloud;
  bed.cloud.deleteNodes = (group, names, done) => {
    bed.cloud.error = "quota";
    deleteNodes.call(bed.cloud, group, names, (error) => {
      bed.cloud.error = null;
      done(error);
    });
  };
  bed.run(750);
  assert.equal([removals(bed), bed.taints("n-1")], [["-n-1"], []]);
  bed.run(1800);
  const [first, second] = bed.cloud.calls;
  assert.ok(seconds(second) - seconds(first) > 180);
});

test("as many empty nodes as --max-scale-down-parallelism at once", () => {
  const nodes = Array.from({ length: 5 }, (_, i) => `n-${i}`);
  const bed = new Bed({ nodes, flags: { maxScaleDownParallelism: 2, scanIntervalMicros: MINUTE } });
  bed.run(1500);
  const at = bed.cloud.calls.map(seconds);
  assert.is(at.length, 5);
  assert.ok(at[1]! - at[0]! < 5 && at[2]! - at[1]! >= 5, `${at}`);
});

test("marks of a former life are taken back at the start", () => {
  const bed = new Bed({ nodes: ["n-0"], flags: { scaleDownEnabled: false } });
  const taint = { key: MARK, value: "1", effect: "NoSchedule" } as const;
  bed.world.patch("nodes", "n-0", (node) => ({ ...node, spec: { taints: [taint], unschedulable: true } }), 0.5);
  bed.run(0.9);
  assert.equal(bed.taints("n-0"), [MARK]);
  bed.run(30);
  assert.equal([bed.taints("n-0"), bed.world.get("nodes", "n-0").spec?.unschedulable ?? false], [[], false]);
});

test.run();
