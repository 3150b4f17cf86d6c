// Topology columns against a recount of the nodes' labels.
import { test } from "uvu";
import * as assert from "uvu/assert";
import { Snapshot } from "../../../sim/scheduler/snapshot.ts";
import { NodeTable } from "../../../sim/scheduler/table/node-table.ts";
import type { TopologyKey } from "../../../sim/scheduler/table/topology.ts";
import { makeNode } from "../builders.ts";
import { HOSTNAME, ZONE } from "./history.ts";
import { RandomCluster } from "./random-cluster.ts";

function recount(topology: TopologyKey, snapshot: Snapshot): void {
  const nodes = new Map<string, number>();
  const idOf = new Map<string, number>();
  let blank = 0;
  for (let slot = 0; slot < snapshot.slotCount; slot++) {
    const label = snapshot.nodeAt(slot)?.labels[topology.key];
    const id = topology.domainOf[slot] as number;
    if (label === undefined) {
      assert.is(id, -1, `slot ${slot} has no ${topology.key}`);
      continue;
    }
    assert.ok(id >= 0 && id < topology.domains, `slot ${slot} has a domain`);
    assert.is(idOf.get(label) ?? id, id, `nodes with ${label} share a domain`);
    idOf.set(label, id);
    nodes.set(label, (nodes.get(label) ?? 0) + 1);
    if (label === "") blank++;
  }
  assert.is(new Set(idOf.values()).size, idOf.size, "labels that differ have domains that differ");
  for (const [label, count] of nodes) assert.is(topology.nodesIn[idOf.get(label) as number], count, label);
  const shared = [...nodes.values()].filter((count) => count > 1).length;
  assert.is(topology.sharedDomains, shared);
  assert.is(topology.isUnique, shared === 0);
  assert.is(topology.blankNodes, blank);
}

test("random events: domains, their sizes, and whether each node is one of its own", () => {
  for (let seed = 1; seed <= 12; seed++) {
    const cluster = new RandomCluster(seed, { sharedHostnames: 0.1, emptyZones: 0.2 });
    const { table, snapshot } = cluster;
    const early = table.topology.key(HOSTNAME);
    for (let step = 0; step < 250; step++) {
      cluster.act();
      recount(early, snapshot);
      // made when first asked for, from the nodes that are there then
      if (step % 10 === 0) recount(table.topology.key(step < 100 ? ZONE : "rack"), snapshot);
    }
  }
});

test("a key is made once", () => {
  const snapshot = Snapshot.of({ nodes: [makeNode("a", {}, { [ZONE]: "1" })] });
  const { topology } = new NodeTable(snapshot);
  assert.is(topology.key(ZONE), topology.key(ZONE));
  assert.is.not(topology.key(ZONE), topology.key(HOSTNAME));
});

test("a domain that empties keeps its number for when it comes back", () => {
  const snapshot = Snapshot.of({ nodes: [makeNode("a", {}, { [ZONE]: "1" }), makeNode("b", {}, { [ZONE]: "2" })] });
  const zone = new NodeTable(snapshot).topology.key(ZONE);
  snapshot.removeNode("a");
  assert.equal(zone.nodesIn, [0, 1]);
  const again = snapshot.addNode(makeNode("c", {}, { [ZONE]: "1" }));
  assert.is(zone.domainOf[again.slot], 0);
  assert.is(zone.domains, 2);
});

test.run();
