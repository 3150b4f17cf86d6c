// Sweeps, variants and seeds.
import { test } from "uvu";
import * as assert from "uvu/assert";
import { type Expansion, expandScenario, parsePath, parseSeeds } from "../../sim/scenario/expand.ts";
import { valueAt } from "../../sim/scenario/validate.ts";

const base = {
  metadata: { name: "x" },
  spec: { seed: 1, cluster: { nodePools: [{ name: "a", count: 1, machine: { cpu: 1 } }] } },
};

function expand(spec: object): Expansion {
  return expandScenario({ ...base, spec: { ...base.spec, ...spec } });
}

function names(spec: object): string[] {
  const expansion = expand(spec);
  assert.equal(expansion.problems, []);
  return expansion.variants.map((variant) => variant.name);
}

test("without sweep and variants there is one, without a name", () => {
  assert.equal(names({}), [""]);
});

test("a sweep makes every combination, the last path fastest", () => {
  const sweep = { "cluster.nodePools[0].count": [1, 2], "cluster.nodePools[0].machine.cpu": [4, 8] };
  const { variants } = expand({ sweep });
  assert.equal(names({ sweep }), ["count=1,cpu=4", "count=1,cpu=8", "count=2,cpu=4", "count=2,cpu=8"]);
  assert.is(valueAt(variants[3]?.value, ["spec", "cluster", "nodePools", 0, "count"]), 2);
  assert.is(valueAt(variants[3]?.value, ["spec", "cluster", "nodePools", 0, "machine", "cpu"]), 8);
  assert.is(valueAt(variants[3]?.value, ["spec", "cluster", "nodePools", 0, "name"]), "a", "the rest stays");
  assert.is(valueAt(variants[3]?.value, ["spec", "sweep"]), undefined);
  assert.is(base.spec.cluster.nodePools[0]?.count, 1, "the scenario is not changed");
});

test("paths that end alike are named in full; values without a short text by number", () => {
  const sweep = { "cluster.nodePools[0].count": [1], "reports.count": [2], "cluster.x": [{ a: 1 }, [2]] };
  assert.equal(names({ sweep }), [
    "cluster.nodePools[0].count=1,reports.count=2,x=#0",
    "cluster.nodePools[0].count=1,reports.count=2,x=#1",
  ]);
});

test("no two variants share a name: long texts and look-alikes are named by number, repetitions are refused", () => {
  const long = "x".repeat(60);
  assert.equal(names({ sweep: { a: [1, "1", `${long}a`, `${long}b`, 2] } }), ["a=#0", "a=#1", "a=#2", "a=#3", "a=2"]);
  const [problem] = expand({ sweep: { a: [5, 6, 5] } }).problems;
  assert.equal([problem?.path, problem?.expected], [["spec", "sweep", "a", 2], "values that differ"]);
});

test("fields that are absent are made, with their parents", () => {
  const { variants } = expand({ sweep: { "cluster.controlPlane.scheduler.tieBreak": ["first"] } });
  assert.is(valueAt(variants[0]?.value, ["spec", "cluster", "controlPlane", "scheduler", "tieBreak"]), "first");
});

test("named variants, times the sweep", () => {
  const variants = [
    { name: "small", set: { "cluster.nodePools[0].count": 1 } },
    { name: "large", set: { "cluster.nodePools[0].count": 9, "cluster.nodePools[0].machine.cpu": 64 } },
  ];
  assert.equal(names({ variants }), ["small", "large"]);
  assert.equal(names({ variants, sweep: { duration: ["1h", "2h"] } }), [
    "small,duration=1h",
    "small,duration=2h",
    "large,duration=1h",
    "large,duration=2h",
  ]);
  assert.is(
    valueAt(expand({ variants }).variants[1]?.value, ["spec", "cluster", "nodePools", 0, "machine", "cpu"]),
    64,
  );
});

test("what cannot be set is a problem at its path", () => {
  const wrong = (spec: object) => expand(spec).problems.map((p) => `${p.path.slice(1).join(".")}: ${p.expected}`);
  assert.match(wrong({ sweep: { "cluster..count": [1] } })[0] ?? "", /^sweep\.cluster\.\.count: a path such as/);
  assert.match(wrong({ sweep: { "cluster.nodePools[1].count": [1] } })[0] ?? "", /there is no \[1\]/);
  assert.match(wrong({ sweep: { "seed.x": [1] } })[0] ?? "", /something else than/);
  assert.match(wrong({ sweep: { "cluster.nodePools[0].name.x": [1] } })[0] ?? "", /through mappings/);
  assert.match(wrong({ sweep: { "cluster.nodePools.count": [1] } })[0] ?? "", /through mappings/);
  assert.match(
    wrong({
      variants: [
        { name: "a", set: {} },
        { name: "a", set: {} },
      ],
    })[0] ?? "",
    /no other variant/,
  );
  const many = Array.from({ length: 200 }, (_, i) => i);
  assert.match(wrong({ sweep: { a: many, b: many } })[0] ?? "", /at most 10000/);
});

test("paths", () => {
  assert.equal(parsePath("cluster.nodePools[0].count"), ["cluster", "nodePools", 0, "count"]);
  assert.equal(parsePath('a["x/y.z"].b'), ["a", "x/y.z", "b"]);
  assert.equal(parsePath("seed"), ["seed"]);
  for (const bad of ["", ".", "a.", ".a", "a b", "a[", "a[x]", "a..b", "a]"]) assert.is(parsePath(bad), undefined, bad);
});

test("seeds", () => {
  assert.equal(parseSeeds("1..3"), ["1", "2", "3"]);
  assert.equal(parseSeeds("7"), ["7"]);
  assert.equal(parseSeeds("1, 5..6 ,alpha-1"), ["1", "5", "6", "alpha-1"]);
  for (const bad of [
    "",
    "3..1",
    "1..",
    "..",
    "1...3",
    "1,1",
    "1..3,2",
    "a b",
    "1..9999999999",
    ",",
    "1,,2",
    "x".repeat(65),
  ])
    assert.is(parseSeeds(bad), undefined, bad);
  assert.is(parseSeeds("0..999999")?.length, 1_000_000);
});

test.run();
