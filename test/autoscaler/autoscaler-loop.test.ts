// Quotes are from the FAQ of cluster-autoscaler.
import { test } from "uvu";
import * as assert from "uvu/assert";
import { MINUTE } from "../../sim/engine/tick.ts";
import { Bed } from "./bed.ts";

const EIGHT = ["n-0", "n-1", "n-2", "n-3", "n-4", "n-5", "n-6", "n-7"];
const QUIET = { scaleDownEnabled: false };

test("an unhealthy cluster is left alone: more than 45 % of all nodes, and more than 3, are not ready", () => {
  const bed = new Bed({ flags: QUIET, nodes: EIGHT });
  for (const name of EIGHT.slice(0, 4)) bed.ready(name, false, 1000);
  bed.pod("big", { cpu: "4" }, 1005);
  for (const name of EIGHT) bed.pod(`on-${name}`, { node: name });
  bed.run(1300);
  assert.equal(bed.cloud.calls, []);
  assert.equal(bed.said.slice(0, 1), ["ClusterUnhealthy: Cluster is unhealthy"]);
  // three of eight are few enough
  bed.ready("n-0", true, 1300);
  bed.run(1330);
  assert.is(bed.cloud.calls.length, 1);
});

test("three nodes that are not ready are never too many", () => {
  const bed = new Bed({ flags: QUIET, nodes: EIGHT.slice(0, 4) });
  for (const name of EIGHT.slice(0, 3)) bed.ready(name, false, 1000);
  bed.run(1100);
  assert.equal(bed.said, []);
});

test("nodes that are not ready and younger than 15 min start, and make no cluster unhealthy", () => {
  const bed = new Bed({ flags: QUIET, nodes: EIGHT });
  for (const name of EIGHT) bed.ready(name, false, 60);
  bed.run(890);
  assert.equal(bed.said, []);
  bed.run(920);
  assert.equal(bed.said, ["ClusterUnhealthy: Cluster is unhealthy"]);
});

test("a machine that does not register within 15 min is given up, and its group left alone for 5 min", () => {
  const bed = new Bed({ flags: QUIET });
  bed.pod("waits", {}, 5);
  bed.run(800);
  assert.is(bed.cloud.calls.length, 1);
  bed.run(1205);
  const [asked, deleted] = bed.cloud.calls;
  assert.match(asked!, /^\d+ \+1$/);
  const seconds = (call: string) => Number(call.split(" ")[0]);
  assert.match(deleted!, / -new-0$/);
  const after = seconds(deleted!) - seconds(asked!);
  assert.ok(after >= 900 && after <= 921, `${after} s`);
  assert.match(bed.said.join("\n"), /ScaleUpTimedOut: Nodes added to group n failed to register within 15m\d+s/);
  assert.match(bed.said.join("\n"), /DeleteUnregistered: Removed unregistered node new-0/);
  assert.is(bed.cloud.calls.length, 2);
  bed.run(1300);
  assert.match(bed.cloud.calls[2]!, / \+1$/);
  const pause = seconds(bed.cloud.calls[2]!) - seconds(deleted!);
  assert.ok(pause >= 280 && pause <= 325, `${pause} s`);
});

test("a machine that registers in time is no failure", () => {
  const bed = new Bed({ flags: QUIET });
  bed.pod("waits", {}, 5);
  bed.node("new-0", 800);
  bed.run(1300);
  assert.is(bed.cloud.calls.length, 1);
  assert.not.match(bed.said.join("\n"), /TimedOut|Unregistered/);
});

test("an instance that cannot be made is deleted at once, and its group left alone for 5 min", () => {
  const bed = new Bed({ flags: QUIET });
  bed.cloud.instanceError = { errorClass: "OutOfResource", code: "RESOURCE_POOL_EXHAUSTED", message: "no machines" };
  bed.pod("waits", {}, 5);
  bed.run(300);
  assert.equal(
    bed.cloud.calls.map((call) => call.split(" ")[1]),
    ["+1", "-new-0"],
  );
  assert.match(
    bed.said.join("\n"),
    /ScaleUpFailed: Failed adding 1 nodes to group n due to OutOfResource.RESOURCE_POOL_EXHAUSTED; source errors: no machines/,
  );
  bed.cloud.instanceError = null;
  bed.run(360);
  assert.match(bed.cloud.calls[2]!, / \+1$/);
});

test("a target above what is there, with nothing under way, is corrected after 15 min", () => {
  const bed = new Bed({ flags: QUIET, nodes: ["n-0", "n-1"] });
  bed.world.at(100, () => {
    bed.cloud.machines.delete("n-1");
    bed.cloud.version++;
    bed.world.delete("nodes", "n-1");
  });
  bed.run(990);
  assert.equal(bed.cloud.calls, []);
  bed.run(1040);
  assert.match(bed.cloud.calls[0]!, / target -1$/);
  assert.is(bed.cloud.target, 1);
});

test("no pass for more than 15 min: the process is restarted; one that succeeds begins the time anew", () => {
  const bed = new Bed();
  bed.cloud.error = "unavailable";
  bed.run(800);
  bed.cloud.error = null;
  bed.run(830);
  bed.cloud.error = "unavailable";
  bed.run(1700);
  assert.equal(bed.exits, []);
  bed.run(1800);
  assert.is(bed.exits.length, 1);
  assert.ok(bed.exits[0]! > 820 + 900 && bed.exits[0]! < 830 + 915, `${bed.exits[0]} s`);
});

test("the time after which it is restarted is a flag", () => {
  const bed = new Bed({ flags: { maxFailingTimeMicros: 2 * MINUTE } });
  bed.cloud.error = "unavailable";
  bed.run(140);
  assert.is(bed.exits.length, 1);
});

test("pods are left alone for two seconds, as more of them may come: one scale-up for all", () => {
  const bed = new Bed({ flags: QUIET });
  for (let i = 0; i < 6; i++) bed.pod(`p-${i}`, { cpu: "2" }, 20 + i / 10);
  bed.run(60);
  assert.equal(
    bed.cloud.calls.map((call) => call.split(" ")[1]),
    ["+3"],
  );
});

test.run();
