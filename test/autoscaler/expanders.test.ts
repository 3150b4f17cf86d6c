import { test } from "uvu";
import * as assert from "uvu/assert";
import type { NodeGroup } from "../../sim/autoscaler/cloud-provider.ts";
import { choose, type ExpansionOption } from "../../sim/autoscaler/expanders.ts";
import { createStream } from "../../sim/engine/random.ts";
import { ShapeTable } from "../../sim/scheduler/shape.ts";
import { makePod, requesting } from "../scheduler/builders.ts";

const GIB = 1024 ** 3;
const shapes = new ShapeTable();

function option(
  id: string,
  { cpu = 4, memory = 8, nodes = 1, pods = 2, price = null as number | null, priority = 0 } = {},
): ExpansionOption {
  const group = { plan: { id, priceMicrosPerHour: price, priority } } as NodeGroup;
  const list = Array.from({ length: pods }, (_, i) =>
    shapes.info(makePod(`${id}-${i}`, requesting({ cpu: "1", memory: "1Gi" }))),
  );
  return { group, nodes, pods: list, cpuMilli: cpu * 1000, memoryBytes: memory * GIB, gpus: 0 };
}

const chosen = (options: readonly ExpansionOption[], ...expanders: Parameters<typeof choose>[1]) =>
  choose(options, expanders, 10, createStream(1, "x"))?.group.plan.id;

test("least-waste: the least idle CPU and memory after the scale-up", () => {
  assert.is(chosen([option("large", { cpu: 16, memory: 64 }), option("small")], "least-waste"), "small");
});

test("most-pods: the group that would be able to schedule the most pods", () => {
  assert.is(chosen([option("few"), option("many", { pods: 5 })], "most-pods"), "many");
});

test("least-nodes: the fewest new nodes", () => {
  assert.is(chosen([option("three", { nodes: 3 }), option("two", { nodes: 2 })], "least-nodes"), "two");
});

test("priority: the highest wins", () => {
  assert.is(chosen([option("firm", { priority: 10 }), option("spot", { priority: 20 })], "priority"), "spot");
});

test("price: the cheaper machine, unless its size is far from what suits the cluster; no price comes last", () => {
  const [dear, cheap] = [option("dear", { price: 200_000 }), option("cheap", { price: 50_000 })];
  assert.is(chosen([dear, cheap], "price"), "cheap");
  assert.is(chosen([option("unknown"), dear], "price"), "dear");
  assert.is(chosen([option("huge", { cpu: 64, price: 60_000 }), option("fit", { price: 70_000 })], "price"), "fit");
});

test("the output of one expander is passed to the next, and the final decision is random", () => {
  const options = [
    option("a", { priority: 1 }),
    option("b", { priority: 1, pods: 5 }),
    option("c", { priority: 0, pods: 9 }),
  ];
  assert.is(chosen(options, "priority", "most-pods"), "b");
  const stream = createStream(1, "x");
  const seen = new Set(Array.from({ length: 50 }, () => choose(options, ["priority"], 10, stream)?.group.plan.id));
  assert.equal([...seen].sort(), ["a", "b"]);
  assert.is(choose([], ["random"], 10, stream), null);
});

test.run();
