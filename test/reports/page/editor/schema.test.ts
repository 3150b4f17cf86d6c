// What the published schema offers at the places of a scenario.
import { test } from "uvu";
import * as assert from "uvu/assert";
import { type Schema, SchemaReader } from "../../../../reports/page/editor/schema.ts";
import { FAULT_DECLARATIONS } from "../../../../sim/faults/registry-names.ts";
import { scenarioJsonSchema } from "../../../../sim/scenario/schema.ts";

const reader = new SchemaReader(JSON.parse(scenarioJsonSchema()) as Schema);
const keys = (...path: (string | number)[]) => reader.keysAt(path).map(({ name }) => name);
const values = (...path: (string | number)[]) => reader.valuesAt(path).map(({ text }) => text);

test("keys at every depth, with what they are and what they mean", () => {
  assert.equal(keys(), ["apiVersion", "kind", "metadata", "spec"]);
  for (const key of ["cluster", "workload", "faults", "expect", "duration"]) assert.ok(keys("spec").includes(key), key);
  const seed = reader.keysAt(["spec"]).find(({ name }) => name === "seed");
  assert.match(seed!.doc, /randomness/);
  const pools = reader.keysAt(["spec", "cluster"]).find(({ name }) => name === "nodePools");
  assert.is(pools!.opens, "list");
  assert.is(reader.keysAt([]).find(({ name }) => name === "spec")!.opens, "mapping");
  assert.ok(reader.keysAt([]).every(({ isRequired }) => isRequired));
  assert.ok(keys("spec", "cluster", "nodePools", 3).includes("machine"));
  assert.ok(keys("spec", "cluster", "nodePools", 0, "machine").includes("cpu"));
});

test("every kind of fault is offered, with its parameters", () => {
  const offered = keys("spec", "faults", 0);
  for (const { name } of FAULT_DECLARATIONS) assert.ok(offered.includes(name), name);
  assert.ok(keys("spec", "faults", 0, "zoneOutage").includes("zone"));
});

test("alternatives are followed side by side", () => {
  const latency = keys("spec", "workload", 0, "arrivals", "every");
  for (const key of ["exponential", "uniform", "lognormal"]) assert.ok(latency.includes(key), key);
  assert.ok(keys("spec", "workload", 0, "arrivals", "lifetime", "lognormal").includes("median"));
});

test("values: words, constants, true and false", () => {
  assert.equal(values("kind"), ["Scenario"]);
  assert.equal(values("apiVersion"), ["kubedrill/v1alpha1"]);
  assert.equal(values("spec", "until"), ["idle"]);
  assert.equal(values("spec", "cluster", "start").sort(), ["fresh", "settled"]);
  assert.ok(values("spec", "cluster", "controlPlane", "etcd", "disk").includes("nvme"));
  assert.equal(values("spec", "cluster", "controlPlane", "etcd", "preVote").sort(), ["false", "true"]);
});

test("lists, and what a pointer is told", () => {
  assert.ok(reader.isList(["spec", "faults"]));
  assert.not.ok(reader.isList(["spec", "cluster"]));
  assert.match(reader.docAt(["spec", "duration"])!.doc, /virtual time/);
  assert.is(reader.docAt(["spec", "nowhere"]), null);
  assert.is(reader.docAt([]), null);
});

test("names that objects have by themselves are no keys of the schema", () => {
  assert.equal(keys("spec", "constructor"), []);
  assert.equal(keys("__proto__"), []);
  assert.is(reader.docAt(["toString"]), null);
});

test.run();
