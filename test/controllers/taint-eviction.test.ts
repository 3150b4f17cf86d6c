import { test } from "uvu";
import * as assert from "uvu/assert";
import { tolerationMicros } from "../../sim/controllers/taint-eviction/toleration-time.ts";
import { taintEviction } from "../../sim/controllers/taint-eviction.ts";
import type { Pod, Taint, Toleration } from "../../sim/model/objects.ts";
import { makePod } from "../scheduler/builders.ts";
import { World } from "./world.ts";

const taint = (key: string): Taint => ({ key, effect: "NoExecute" });
const tolerate = (key: string, tolerationSeconds?: number): Toleration => ({
  key,
  operator: "Exists",
  effect: "NoExecute",
  ...(tolerationSeconds === undefined ? {} : { tolerationSeconds }),
});

function world(...pods: [name: string, tolerations: Toleration[]][]): World {
  const made = new World({ controllers: [taintEviction], nodes: 1, hasKubelets: false });
  for (const [name, tolerations] of pods) {
    const pod = makePod(name, { nodeName: "node-0", tolerations, terminationGracePeriodSeconds: 30 });
    made.create("pods", { ...pod, status: { phase: "Running" } } as Pod);
  }
  made.run(1);
  return made;
}

const setTaints = (made: World, ...taints: Taint[]) =>
  made.patch("nodes", "node-0", (node) => ({ ...node, spec: { ...node.spec, taints } }));
const deletedAt = (made: World, name: string) =>
  made.changes.find((c) => c.kind === "pods" && c.object.metadata.name === name && c.object.metadata.deletionTimestamp)
    ?.atSeconds;

test("of several taints the shortest toleration counts; one without limit is for ever; none is at once", () => {
  const both = [taint("a"), taint("b")];
  assert.is(tolerationMicros(both, [tolerate("a", 30), tolerate("b", 10)]), 10e6);
  assert.is(tolerationMicros(both, [tolerate("a"), tolerate("b", 10)]), 10e6);
  assert.is(tolerationMicros(both, [tolerate("a"), tolerate("b")]), Number.POSITIVE_INFINITY);
  assert.is(tolerationMicros(both, [tolerate("a", 30)]), 0);
  assert.is(tolerationMicros([taint("a")], [tolerate("a", -5)]), 0);
});

test("pods leave when their toleration has run out, with condition and Event", () => {
  const made = world(["now", []], ["later", [tolerate("x", 30)]], ["never", [tolerate("x")]]);
  const from = made.engine.now / 1e6;
  setTaints(made, taint("x"));
  made.run(60);
  assert.ok(deletedAt(made, "now")! - from < 0.1);
  assert.ok(Math.abs(deletedAt(made, "later")! - from - 30) < 0.1);
  assert.is(deletedAt(made, "never"), undefined);
  const { status } = made.get("pods", "default/later");
  assert.equal(
    status!.conditions!.map(({ type, status, reason, message }) => [type, status, reason, message]),
    [["DisruptionTarget", "True", "DeletionByTaintManager", "Taint manager: deleting due to NoExecute taint"]],
  );
  assert.equal(made.messages("Pod", "TaintManagerEviction"), [
    "Marking for deletion Pod default/now",
    "Marking for deletion Pod default/later",
  ]);
});

test("a taint that goes in time saves the pod", () => {
  const made = world(["p", [tolerate("x", 30)]]);
  setTaints(made, taint("x"));
  made.run(29);
  setTaints(made);
  made.run(60);
  assert.is(deletedAt(made, "p"), undefined);
  assert.equal(made.messages("Pod", "TaintManagerEviction"), ["Cancelling deletion of Pod default/p"]);
});

test("the time runs on when one taint takes the place of another", () => {
  const made = world(["p", [tolerate("x", 30), tolerate("y", 30)]]);
  const from = made.engine.now / 1e6;
  setTaints(made, taint("x"));
  made.run(20);
  setTaints(made, taint("x"), taint("y"));
  made.run(0.1);
  setTaints(made, taint("y"));
  made.run(30);
  assert.ok(Math.abs(deletedAt(made, "p")! - from - 30) < 0.1);
});

test("a pod that arrives on a tainted node gets its own time", () => {
  const made = world();
  setTaints(made, taint("x"));
  made.run(100);
  const from = made.engine.now / 1e6;
  made.create("pods", makePod("p", { nodeName: "node-0", tolerations: [tolerate("x", 5)] }) as Pod);
  made.run(10);
  assert.ok(Math.abs(deletedAt(made, "p")! - from - 5) < 0.1);
});

test.run();
