import { suite } from "uvu";
import * as assert from "uvu/assert";
import { Engine } from "../../sim/engine/engine.ts";
import { NetworkFaultPoints } from "../../sim/network/fault-points.ts";
import { Network } from "../../sim/network/network.ts";
import type { Place } from "../../sim/network/reachability.ts";

const test = suite("network/reachability");

const place = (name: string, zone: string): Place => ({ name, machine: name, zone });

test("a partition between zones cuts places as it cuts hosts, until it is taken back", () => {
  const network = new Network(new Engine({ seed: 1 }));
  const { reachability } = network;
  const [a, b, c] = [place("n1", "a"), place("n2", "b"), place("n3", "c")];
  let changes = 0;
  reachability.listen(() => changes++);
  assert.ok(reachability.isWhole && reachability.connects(a, b));
  const undo = new NetworkFaultPoints(network).cut({ zones: ["a"] }, { zones: ["b"] });
  assert.not(reachability.connects(a, b));
  assert.ok(reachability.connects(a, c));
  assert.ok(reachability.connects(a, place("n4", "a")));
  undo();
  undo();
  assert.ok(reachability.isWhole);
  assert.is(changes, 2);
});

test("a block in one direction leaves the other, but a request needs both", () => {
  const network = new Network(new Engine({ seed: 1 }));
  const [a, b] = [place("n1", ""), place("n2", "")];
  new NetworkFaultPoints(network).block({ hosts: ["n1"] }, { hosts: ["n2"] });
  assert.not(network.reachability.reaches(a, b));
  assert.ok(network.reachability.reaches(b, a));
  assert.not(network.reachability.connects(b, a));
});

test("machines that are separated whole leave a steady network, ways that are cut one by one do not", () => {
  const network = new Network(new Engine({ seed: 1 }));
  const { reachability } = network;
  const [a, b] = [place("n1", "a"), place("n2", "b")];
  const points = new NetworkFaultPoints(network);
  const join = points.isolate({ zones: ["a"] });
  assert.not(reachability.reaches(a, b));
  assert.not(reachability.reaches(b, a));
  assert.ok(reachability.connects(a, place("n4", "a")));
  assert.ok(reachability.isSteady && !reachability.isWhole);
  const mend = points.cut({ zones: ["a"] }, { zones: ["b"] });
  assert.not(reachability.isSteady);
  mend();
  mend();
  assert.ok(reachability.isSteady && !reachability.isWhole);
  join();
  assert.ok(reachability.isWhole);
});

test.run();
