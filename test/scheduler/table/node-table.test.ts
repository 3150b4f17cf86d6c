// The columns of the node table equal the NodeInfos after any events, and its log misses no change.
import { test } from "uvu";
import * as assert from "uvu/assert";
import type { NodeInfo } from "../../../sim/scheduler/node-info.ts";
import { Snapshot } from "../../../sim/scheduler/snapshot.ts";
import { ChangeLog, NodeTable } from "../../../sim/scheduler/table/node-table.ts";
import { makeNode, makePod, requesting } from "../builders.ts";
import { RandomCluster } from "./random-cluster.ts";

function sameAsNode(table: NodeTable, node: NodeInfo): void {
  const { slot } = node;
  assert.equal(
    [
      table.cpuAllocatable[slot],
      table.memoryAllocatable[slot],
      table.ephemeralAllocatable[slot],
      table.podsAllocatable[slot],
      table.cpuRequested[slot],
      table.memoryRequested[slot],
      table.ephemeralRequested[slot],
      table.podCount[slot],
      table.cpuNonZero[slot],
      table.memoryNonZero[slot],
      table.nominatedCount[slot],
    ],
    [
      node.allocatableCpuMilli,
      node.allocatableMemoryBytes,
      node.allocatableEphemeralBytes,
      node.allocatablePods,
      node.requestedCpuMilli,
      node.requestedMemoryBytes,
      node.requestedEphemeralBytes,
      node.pods.length,
      node.nonZeroCpuMilli,
      node.nonZeroMemoryBytes,
      table.snapshot.nominated.get(node.name)?.length ?? 0,
    ],
    node.name,
  );
  for (const column of table.scalars) {
    assert.is(column.allocatable[slot], node.allocatableScalar.get(column.name) ?? 0, column.name);
    assert.is(column.requested[slot], node.requestedScalar.get(column.name) ?? 0, column.name);
  }
}

function sameOrder(table: NodeTable): void {
  table.refreshOrder();
  const { nodes } = table.snapshot;
  assert.equal(
    Array.from(table.order),
    nodes.map((node) => node.slot),
  );
  for (const [i, node] of nodes.entries()) assert.is(table.position[node.slot], i);
  for (let slot = 0; slot < table.snapshot.slotCount; slot++)
    if (table.snapshot.nodeAt(slot) === undefined) assert.is(table.position[slot], -1);
  assert.is(
    table.orderIsAscending,
    nodes.every((node, i) => i === 0 || node.slot > (nodes[i - 1] as NodeInfo).slot),
  );
}

test("random events: every column, far beyond the first capacity", () => {
  for (let seed = 1; seed <= 8; seed++) {
    const cluster = new RandomCluster(seed, {}, seed * 4);
    const { table, snapshot } = cluster;
    table.scalar("nvidia.com/gpu");
    for (let step = 0; step < 600; step++) {
      cluster.act();
      if (step === 200) table.scalar("example.com/r3");
      if (step % 7 === 0) for (const node of snapshot.nodes) sameAsNode(table, node);
      if (step % 20 === 0) sameOrder(table);
    }
    for (const node of snapshot.nodes) sameAsNode(table, node);
    assert.ok(snapshot.slotCount > 64, `${snapshot.slotCount} slots`);
  }
});

test("random events: who reads the log sees every slot that changed, or is told that it missed some", () => {
  const values = (table: NodeTable, slot: number) =>
    [table.podCount[slot], table.cpuRequested[slot], table.cpuAllocatable[slot], table.nominatedCount[slot]].join(" ");
  for (let seed = 1; seed <= 8; seed++) {
    const cluster = new RandomCluster(seed);
    const { table, snapshot, history } = cluster;
    let cursor = table.changes.head;
    let before: string[] = [];
    for (let round = 0; round < 60; round++) {
      before = Array.from({ length: snapshot.slotCount }, (_, slot) => values(table, slot));
      for (let i = history.int(20); i >= 0; i--) cluster.act();
      const { changes } = table;
      if (cursor < changes.tail) {
        cursor = changes.head;
        continue;
      }
      const logged = new Set<number>();
      for (; cursor < changes.head; cursor++) logged.add(changes.at(cursor));
      for (let slot = 0; slot < snapshot.slotCount; slot++)
        if (snapshot.nodeAt(slot) !== undefined && before[slot] !== values(table, slot))
          assert.ok(logged.has(slot), `slot ${slot}`);
    }
  }
});

test("a log keeps its last entries and says what it lost", () => {
  const log = new ChangeLog();
  for (let i = 0; i < 256; i++) log.push(i);
  assert.equal([log.tail, log.head, log.at(0), log.at(255)], [0, 256, 0, 255]);
  log.push(256);
  assert.equal([log.tail, log.head, log.at(1), log.at(256)], [1, 257, 1, 256]);
  log.grow(512);
  assert.equal([log.tail, log.head], [257, 257]);
  log.push(7);
  assert.equal([log.tail, log.head, log.at(257)], [257, 258, 7]);
  log.grow(256);
  assert.equal([log.tail, log.head], [257, 258]);
});

test("a table of an empty cluster", () => {
  const snapshot = new Snapshot();
  const table = new NodeTable(snapshot);
  table.refreshOrder();
  assert.is(table.order.length, 0);
  const node = snapshot.addNode(makeNode("a"));
  sameAsNode(table, node);
  sameOrder(table);
});

test("a node that comes back under its name has a new slot and starts with what was nominated to the name", () => {
  const snapshot = Snapshot.of({ nodes: [makeNode("a")] });
  const table = new NodeTable(snapshot);
  const pod = snapshot.info(makePod("p", requesting({ cpu: "1" })));
  snapshot.nominate(pod, "a");
  snapshot.removeNode("a");
  const again = snapshot.addNode(makeNode("a"));
  assert.is(again.slot, 1);
  assert.is(table.nominatedCount[again.slot], 1);
  snapshot.clearNomination(pod);
  assert.is(table.nominatedCount[again.slot], 0);
});

test("more slots than a table has are refused", () => {
  const snapshot = new Snapshot();
  const table = new NodeTable(snapshot);
  const node = snapshot.addNode(makeNode("a"));
  assert.throws(() => table.nodeAdded({ ...node, slot: 1 << 20 } as NodeInfo), /1,048,576/);
});

test.run();
