// The map: every node is one cell of its zone, its colour is how full it is, and what is out cannot be missed.
import { test } from "uvu";
import * as assert from "uvu/assert";
import { cellClass, cellPaths, clusterMap, type MapNode, zonesOf } from "../../../reports/html/cluster-map.ts";

const node = (name: string, zone: string, share: number, state: MapNode["state"] = "ready", pool = "p"): MapNode => ({
  ...{ name, zone, pool, state },
  shares: [share],
});

test("zones by name, in them nodes by pool and then by age", () => {
  const nodes = [
    node("n0", "b", 0),
    node("n1", "a", 0, "ready", "z"),
    node("n2", "a", 0, "ready", "g"),
    node("n3", "a", 0, "ready", "g"),
  ];
  const zones = zonesOf(nodes);
  assert.equal(
    zones.map(({ zone, nodes }) => [zone, nodes]),
    [
      ["a", [2, 3, 1]],
      ["b", [0]],
    ],
  );
});

test("colours go by tenths; out, cordoned and unmeasured nodes have their own", () => {
  const cases = [
    [0, "h0"],
    [0.04, "h0"],
    [0.55, "h6"],
    [1, "h10"],
    [1.7, "h10"],
    [Number.NaN, "hollow"],
  ] as const;
  for (const [share, name] of cases) assert.is(cellClass(node("n", "a", share), 0), name);
  assert.is(cellClass(node("n", "a", 0.5, "down"), 0), "down");
  assert.is(cellClass(node("n", "a", 0.5, "gone"), 0), "gone");
  assert.is(cellClass(node("n", "a", 0.5, "cordoned"), 0), "h5");
  const paths = cellPaths([node("n", "a", 0.5, "cordoned")], zonesOf([node("n", "a", 0.5)])[0]!, 0);
  assert.ok(paths.endsWith('<path class="cordoned" d="M0 0h0.88v0.88h-0.88z"/>'));
});

test("five thousand nodes are five thousand cells in less than 200 kB", () => {
  const nodes = Array.from({ length: 5000 }, (_, i) => node(`node-${i}`, "abc"[i % 3]!, (i % 101) / 100));
  const html = clusterMap(nodes, ["CPU requested"]);
  assert.is([...html.matchAll(/M\d+ \d+h0\.88/g)].length, 5000);
  assert.ok(html.length < 200_000, String(html.length));
});

test("a screen reader hears how many nodes a zone has, how many are out and how full it is", () => {
  const nodes = [node("n0", "a", 0.5), node("n1", "a", 0.25, "down"), node("n2", "a", 0.9, "gone")];
  const html = clusterMap(nodes, ["CPU requested"]);
  assert.match(html, 'aria-label="Nodes of zone a: 2 nodes, 1 not ready, 1 gone, CPU requested 37.5 %"');
});

test("names are text", () => {
  assert.not.match(clusterMap([node("n", "<img src=x>", 0)], ["x"]), "<img");
});

test.run();
