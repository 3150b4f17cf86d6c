// Verdicts and raw scores that hang on the Node object: kept up to date through the log, equal to those made anew.
import { test } from "uvu";
import * as assert from "uvu/assert";
import { status } from "../../../sim/scheduler/framework.ts";
import type { NodeInfo } from "../../../sim/scheduler/node-info.ts";
import { imageLocalityScore } from "../../../sim/scheduler/plugins/image-locality.ts";
import { Snapshot } from "../../../sim/scheduler/snapshot.ts";
import { NodeTable } from "../../../sim/scheduler/table/node-table.ts";
import type { StaticRules } from "../../../sim/scheduler/table/rules.ts";
import { StaticClass, sameStatus } from "../../../sim/scheduler/table/static-class.ts";
import { makeNode } from "../builders.ts";
import { RandomCluster } from "./random-cluster.ts";

const cordoned = (node: NodeInfo) => (node.unschedulable ? status("Unschedulable", "P", "cordoned") : null);

function rules(snapshot: Snapshot, parts: Partial<StaticRules> = {}): StaticRules {
  const images = { names: ["web:1", "db:2"], containers: 2 };
  return {
    key: "k",
    verdict: cordoned,
    taintRaw: (node) => node.taints.length,
    nodeAffinityRaw: (node) => (node.labels["disk"] === "ssd" ? 7 : 0),
    imageScore: (node) => imageLocalityScore(images, node, snapshot),
    images: images.names,
    ...parts,
  };
}

function sameAsNew(kept: StaticClass, snapshot: Snapshot, table: NodeTable): void {
  const made = new StaticClass(table, rules(snapshot));
  for (const { slot, name } of snapshot.nodes) {
    const [a, b] = [kept, made].map((c) => c.statuses[c.verdict[slot] as number] ?? null);
    assert.equal(a, b, name);
    if (a !== null) continue;
    assert.equal(
      [kept.taintRaw[slot], kept.nodeAffinityRaw[slot], kept.imageScore[slot]],
      [made.taintRaw[slot], made.nodeAffinityRaw[slot], made.imageScore[slot]],
      name,
    );
  }
}

test("random events: as if made anew, whether it caught up after one change or after more than the log holds", () => {
  for (let seed = 1; seed <= 8; seed++) {
    const cluster = new RandomCluster(seed);
    const { table, snapshot, history } = cluster;
    const kept = new StaticClass(table, rules(snapshot));
    for (let round = 0; round < 60; round++) {
      for (let i = history.int(round % 20 === 0 ? 3000 : 8); i >= 0; i--) cluster.act();
      kept.sync();
      sameAsNew(kept, snapshot, table);
    }
  }
});

test("values that change without their node's change are told by the version", () => {
  const withImage = (name: string, images: boolean) => {
    const node = makeNode(name);
    const list = images ? [{ names: ["web:1"], sizeBytes: 900_000_000 }] : [];
    return { ...node, status: { ...node.status, images: list } };
  };
  const snapshot = Snapshot.of({ nodes: [withImage("a", true), withImage("b", false)] });
  const table = new NodeTable(snapshot);
  const kept = new StaticClass(table, rules(snapshot));
  const before = kept.imageScore[0] as number;
  assert.ok(before > 0);
  // the score of a rises when b holds the image as well
  snapshot.updateNode(withImage("b", true));
  kept.sync();
  assert.is(kept.version, 1);
  assert.ok((kept.imageScore[0] as number) > before);
  snapshot.updateNode({ ...withImage("b", true), spec: { unschedulable: true } });
  kept.sync();
  assert.is(kept.version, 1, "only b itself");
  assert.is(kept.verdict[1], 1);
  // and every further node thins the images out
  snapshot.addNode(withImage("c", false));
  kept.sync();
  assert.is(kept.version, 2);
});

test("statuses that say the same are one", () => {
  const snapshot = Snapshot.of({ nodes: ["a", "b", "c"].map((name) => makeNode(name)) });
  const table = new NodeTable(snapshot);
  const kept = new StaticClass(
    table,
    rules(snapshot, { verdict: (node) => status("Unschedulable", "P", node.name === "c" ? "other" : "same") }),
  );
  assert.equal(Array.from(kept.verdict.subarray(0, 3)), [1, 1, 2]);
  assert.is(kept.statuses.length, 3);
});

test("statuses are the same when code, plugin and all reasons are", () => {
  const s = status("Unschedulable", "P", "a", "b");
  assert.ok(sameStatus(s, status("Unschedulable", "P", "a", "b")));
  for (const other of [
    status("UnschedulableAndUnresolvable", "P", "a", "b"),
    status("Unschedulable", "Q", "a", "b"),
    status("Unschedulable", "P", "a"),
    status("Unschedulable", "P", "a", "c"),
  ])
    assert.not(sameStatus(s, other));
});

test.run();
