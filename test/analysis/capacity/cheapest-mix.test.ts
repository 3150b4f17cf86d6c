// The cheapest mix of node types: against all mixes with the plain fit on random clusters, and rule by rule.
import { test } from "uvu";
import * as assert from "uvu/assert";
import { answerCheapestMix, cheapestMix } from "../../../sim/analysis/capacity/cheapest-mix.ts";
import { withNodes } from "../../../sim/analysis/capacity/ground.ts";
import { Need, nodesOf } from "../../../sim/analysis/capacity/need.ts";
import { type NodeType, typeOfPool } from "../../../sim/analysis/capacity/node-type.ts";
import { fit } from "../../../sim/analysis/fit.ts";
import { node, pod } from "../../scheduler/cluster.ts";
import { tries } from "../../thorough.ts";
import { groundWith, randomCluster } from "./random-cluster.ts";

const ANY = { mostSpot: 1, tries: 1000 };

function type(name: string, cpu: number, price: number, parts: Partial<NodeType> = {}): NodeType {
  const zones = parts.zones === undefined ? {} : { zones: [...parts.zones] };
  const machine = { cpu, memory: "8Gi", pods: 110 };
  return typeOfPool({ name, machine, price, spot: parts.isSpot === true, ...zones }, { most: parts.most });
}

test("the cheapest of all mixes, on random clusters", () => {
  const seen = new Set<string>();
  for (let seed = 0; seed < tries(50, 500); seed++) {
    const { ground, stream } = randomCluster(seed, { nodes: [1, 1], bound: 2, pending: 5, hasRules: seed % 2 === 0 });
    const mostSpot = [0, 0.5, 1][stream.int(3)] as number;
    const types = [
      type("s", 1 + stream.int(2), 1 + stream.int(5), { most: 2, zones: ["a", "b"] }),
      type("l", 3 + stream.int(3), 2 + stream.int(6), { most: 2 }),
      type("spot", 2 + stream.int(3), 1 + stream.int(3), { most: 2, isSpot: true, zones: ["c"] }),
    ];
    let cheapest: number | null = null;
    for (let code = 0; code < 27; code++) {
      const counts = [Math.floor(code / 9), Math.floor(code / 3) % 3, code % 3];
      const price = counts.reduce((sum, count, i) => sum + count * (types[i] as NodeType).priceMicros, 0);
      if (cheapest !== null && price >= cheapest) continue;
      const all = counts.reduce((sum, count) => sum + count, 0);
      if ((counts[2] as number) > mostSpot * all) continue;
      const { objects, configuration, tieBreak } = withNodes(ground, nodesOf(types, counts));
      if (fit({ objects, configuration, tieBreak }).pods.every(({ outcome }) => outcome === "fits")) cheapest = price;
    }
    const found = cheapestMix(new Need(ground), types, { mostSpot, tries: 1000 });
    assert.is(found.isProven, true);
    assert.is(found.counts === null ? null : found.priceMicros, cheapest, `seed ${seed}`);
    seen.add(found.counts === null ? "none" : found.counts.join(" "));
  }
  assert.ok(seen.size > 8, [...seen].join(", "));
});

test("a large type beside small ones: each where it is needed", () => {
  const pods = [pod("big", { cpu: "7" }), ...Array.from({ length: 6 }, (_, i) => pod(`p${i}`, { cpu: "1" }))];
  const types = [type("small", 2, 1), type("large", 8, 6)];
  const { answer, values, table, met } = answerCheapestMix(new Need(groundWith([], pods)), types, {
    ...ANY,
    waiting: 7,
    present: 0,
    require: 8,
  });
  assert.is(answer, "3 small + 1 large are the cheapest mix, 9 per hour.");
  assert.is(values.price_per_hour, 9);
  assert.is(values.is_proven, true);
  assert.is(met, false);
  assert.equal(
    table.rows.map((row) => [row[0], row[4], row[5]]),
    [
      ["small", 3, "never enough"],
      ["large", 1, 2],
    ],
  );
});

test("no mix, no need, no prices, and no end", () => {
  const types = [type("a", 2, 0), type("b", 4, 0)];
  const options = { ...ANY, waiting: 1, present: 1 };
  const none = answerCheapestMix(new Need(groundWith([], [pod("p", { cpu: "9" })])), types, options);
  assert.is(none.answer, "No mix of these types is enough.");
  assert.is(none.binding?.constraints[0]?.resource, "cpu");
  assert.is(
    answerCheapestMix(new Need(groundWith([node("n")], [pod("p", { cpu: "1" })])), types, options).answer,
    "No further node is needed.",
  );
  const pods = [pod("p", { cpu: "3" }), pod("q", { cpu: "3" })];
  assert.is(answerCheapestMix(new Need(groundWith([], pods)), types, options).answer, "2 b are the smallest mix.");
  const cut = cheapestMix(new Need(groundWith([], pods)), [type("a", 2, 1), type("b", 4, 5)], {
    mostSpot: 1,
    tries: 1,
  });
  assert.is(cut.isProven, false);
  assert.equal(cut.counts, [0, 2]);
  assert.ok(cut.boundMicros > 0 && cut.boundMicros <= cut.priceMicros);
});

test.run();
