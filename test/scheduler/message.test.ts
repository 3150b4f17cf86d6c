// The FailedScheduling text.
import { test } from "uvu";
import * as assert from "uvu/assert";
import { type Status, status } from "../../sim/scheduler/framework.ts";
import { eventMessage, fitErrorMessage } from "../../sim/scheduler/message.ts";
import { node, pod } from "./cluster.ts";
import { configurationOf, decisionOf } from "./decision-of.ts";

const rejected = (...reasons: readonly string[]): Status => status("Unschedulable", "P", ...reasons);

test("counts of reasons, sorted as strings; a node with two reasons counts for both; absent nodes share one status", () => {
  const byNode = new Map([
    ["a", rejected("x", "y")],
    ["b", rejected("y")],
  ]);
  for (let i = 0; i < 14; i++) byNode.set(`n${i}`, rejected("z"));
  const absent = status("UnschedulableAndUnresolvable", "", "left out");
  assert.is(fitErrorMessage(18, "", { byNode, absent }, ""), "0/18 nodes are available: 1 x, 14 z, 2 left out, 2 y.");
  assert.is(
    fitErrorMessage(16, "", { byNode, absent: null }, "and more."),
    "0/16 nodes are available: 1 x, 14 z, 2 y. and more.",
  );
});

test("a PreFilter rejection replaces the counts", () => {
  assert.is(
    fitErrorMessage(3, "no claim", { byNode: new Map(), absent: rejected("no claim") }, "not found"),
    "0/3 nodes are available: no claim. not found",
  );
});

test("nobody gave a reason", () => {
  assert.is(fitErrorMessage(3, "", { byNode: new Map(), absent: rejected() }, ""), "0/3 nodes are available:");
});

test("without nodes: a message of its own, no PostFilter", () => {
  const decision = decisionOf({ nodes: [] }, pod("p"));
  assert.is(decision.error, "no nodes available to schedule pods");
  assert.is(decision.message, "no nodes available to schedule pods");
  assert.is(decision.preemption, null);
});

test("without PostFilter plugins the message ends with the counts", () => {
  const configuration = configurationOf({ plugins: { postFilter: { disabled: [{ name: "*" }] } } });
  const decision = decisionOf({ nodes: [node("a")] }, pod("p", { cpu: "9" }), configuration);
  assert.is(decision.message, "0/1 nodes are available: 1 Insufficient cpu.");
  assert.is(decision.preemption, null);
});

test("events carry at most 1024 bytes: the first 1020 and an ellipsis; characters are not cut apart", () => {
  assert.is(eventMessage("x".repeat(1024)), "x".repeat(1024));
  assert.is(eventMessage("x".repeat(1025)), `${"x".repeat(1020)} ...`);
  const cut = eventMessage("ä".repeat(600));
  assert.is(cut, `${"ä".repeat(510)} ...`);
  assert.is(eventMessage("ä".repeat(512)), "ä".repeat(512));
});

test.run();
