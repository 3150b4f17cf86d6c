// The grammar of `expect`: what it takes, what it makes of it, and what it says of the rest, with the place.
import { test } from "uvu";
import * as assert from "uvu/assert";
import { FUNCTIONS } from "../../../sim/model/expectation/functions.ts";
import { METRICS } from "../../../sim/model/expectation/metrics.ts";
import { parseExpectation, parseState } from "../../../sim/model/expectation/parse.ts";
import type { Claim, Expectation, Expression } from "../../../sim/model/expectation/syntax.ts";

function parsed(text: string): Expectation {
  const result = parseExpectation(text);
  if ("expected" in result) throw new Error(`${text}: at ${result.at} expected ${result.expected}`);
  return result;
}

function state(text: string): Expression {
  const { claim } = parsed(text);
  if (!("state" in claim)) throw new Error(`${text} is no single claim`);
  return claim.state;
}

const op = (text: string) => state(text).op;

test("metrics, aggregates, comparisons, values", () => {
  const { claim, scope } = parsed("scheduled == all");
  assert.equal(scope, { on: "run" });
  assert.equal(claim, {
    op: "finally",
    state: {
      op: "==",
      unit: "truth",
      left: { op: "metric", unit: "number", metric: "scheduled", aggregate: null },
      right: { op: "metric", unit: "number", metric: "created", aggregate: null },
    },
  });
  assert.is(parsed(" pending==0 ").text, "pending==0");
  const value = (text: string) => {
    const found = state(text);
    return "right" in found && found.right.op === "literal" ? found.right.value : undefined;
  };
  assert.is(value("p99(pendingSeconds) < 30s"), 30_000_000);
  assert.is(value("p99.9( pendingSeconds )<=1h"), 3_600_000_000);
  assert.is(value("mean(cpuRequested) >= 60%"), 0.6);
  assert.is(value("max(memoryRequested) < 0.95"), 0.95);
  assert.is(value("etcdDatabaseBytes < 1.5Gi"), 1.5 * 2 ** 30);
  for (const comparison of ["==", "!=", "<", "<=", ">", ">="]) assert.is(op(`preempted ${comparison} 3`), comparison);
});

test("and binds tighter than or, not tighter than and, comparisons tighter than not", () => {
  const found = state("not pending == 0 and finished > 1 or scheduled < 2");
  assert.is(found.op, "or");
  assert.ok("left" in found && found.left.op === "and" && "left" in found.left && found.left.left.op === "not");
});

test("products bind tighter than sums; parentheses bind tightest", () => {
  const sum = state("pods.created - pods.deleted * 2 >= 3");
  assert.ok("left" in sum && sum.left.op === "-" && "right" in sum.left && sum.left.right.op === "*");
  const product = state("(pods.created - pods.deleted) * 2 >= 3");
  assert.ok("left" in product && product.left.op === "*");
  assert.is(op("ready(deployment/web) / replicas(deployment/web) >= 50%"), ">=");
});

test("what follows a temporal word belongs to it; parentheses end it", () => {
  const one = parsed("always ready(deployment/web) >= 3 and available(deployment/web) >= 2").claim;
  assert.ok(one.op === "always" && one.state.op === "and");
  const two = parsed("(always ready(deployment/web) >= 3) and pods.created > 1").claim;
  assert.ok(two.op === "and" && two.left.op === "always" && two.right.op === "finally");
  const three = parsed("eventually pods.running >= 2 within 5m").claim;
  assert.ok(three.op === "eventually" && three.withinMicros === 300_000_000);
  const four = parsed("not (eventually etcd.leader == none)").claim;
  assert.ok(four.op === "not" && four.inner.op === "eventually");
  const five = parsed("ready(pod/x) == 1 before 2m").claim;
  assert.ok(five.op === "before" && five.atMicros === 120_000_000);
  assert.is((parsed("never exists(pod/x)").claim as Claim).op, "never");
});

test("scopes: a fault's, or times", () => {
  assert.equal(parsed("after zone-a: eventually pods.running >= 2 within 2m").scope, { on: "after", fault: "zone-a" });
  assert.equal(parsed("during x : always pods.running >= 2").scope, { on: "during", fault: "x" });
  assert.equal(parsed('since "my fault": never pods.running >= 2').scope, { on: "since", fault: "my fault" });
  assert.equal(parsed("before x: pods.running >= 2").scope, { on: "before", fault: "x" });
  assert.equal(parsed("from 2m: always pods.running >= 2").scope, { on: "times", fromMicros: 120e6, toMicros: null });
  assert.equal(parsed("from 0 to 1h: always pods.running > 2").scope, { on: "times", fromMicros: 0, toMicros: 3600e6 });
});

test("functions of objects: kinds by any of their names, namespaces, arguments, filters", () => {
  const call = (text: string) => {
    const found = state(text);
    const side = "left" in found ? found.left : found;
    if (side.op !== "call") throw new Error(text);
    return [side.name, side.list, side.key, side.argument, side.filters];
  };
  assert.equal(call("ready(deploy/shop/web) >= 3"), ["ready", "deployments", "shop/web", "", []]);
  assert.equal(call("condition(NODE/a-1, Ready) == True"), ["condition", "nodes", "a-1", "Ready", []]);
  assert.equal(call("exists(pvc/data)"), ["exists", "persistentVolumeClaims", "default/data", "", []]);
  assert.equal(call("count(pods, app=web, phase!=Running, node.zone=a, !gpu, app.kubernetes.io/name) == 0"), [
    "count",
    "pods",
    "",
    "",
    [
      { field: "app", negate: false, value: "web" },
      { field: "phase", negate: true, value: "Running" },
      { field: "node.zone", negate: false, value: "a" },
      { field: "gpu", negate: true, value: null },
      { field: "app.kubernetes.io/name", negate: false, value: null },
    ],
  ]);
  assert.equal(call("events(reason=FailedScheduling, object=pod/web-*) == 0")[4], [
    { field: "reason", negate: false, value: "FailedScheduling" },
    { field: "object", negate: false, value: "pod/web-*" },
  ]);
  assert.equal(call("events() == 0")[4], []);
  assert.equal(call("distinct(pods, node.zone, app=web) >= 2").slice(0, 4), ["distinct", "pods", "", "node.zone"]);
  assert.equal(call("restarts(pod/a) == 0").slice(1, 3), ["pods", "default/a"]);
  assert.equal(call('field(pod/a, "status.reason") == "Node Lost"').slice(3, 4), ["status.reason"]);
});

test("words are texts where a text is wanted, and only there", () => {
  const found = state("phase(pod/x) == Running");
  assert.ok("right" in found && found.right.op === "literal" && found.right.value === "Running");
  const metric = state("phase(pod/x) == pending");
  assert.ok("right" in metric && metric.right.op === "literal", "even if it is the name of a metric");
  const number = state("annotation(deployment/web, deployment.kubernetes.io/revision) == 2");
  assert.ok("right" in number && number.right.op === "literal" && number.right.value === "2");
});

test("refuses the rest, with a hint and the place", () => {
  const cases: readonly (readonly [text: string, wanted: RegExp, at: number])[] = [
    ["", /an expectation, such as/, 0],
    ["pending", /a comparison, such as/, 0],
    ["pending = 0", /== instead of =/, 8],
    ["pending == ", /a metric, a fact/, 11],
    ["pendng == 0", /did you mean pending/, 0],
    ["zzzzzzzz == 0", /one of created/, 0],
    ["pendingSeconds < 3s", /an aggregate of pendingSeconds/, 0],
    ["p99(pending) < 3", /single number/, 0],
    ["p999(pendingSeconds) < 3s", /p50, p99/, 0],
    ["p99(pendingSecond) < 3s", /did you mean pendingSeconds/, 4],
    ["p99(pendingSeconds) < 30", /a duration/, 22],
    ["pending == many", /a number, all/, 11],
    ["pending == 3 or", /a metric/, 15],
    ["pending == 30s", /a number/, 11],
    ["mean(cpuRequested) > half", /a share/, 21],
    ["redy(deployment/web) > 2", /did you mean ready/, 0],
    ["ready(deploymnt/web) > 2", /did you mean deployment/, 6],
    ["ready(web) > 2", /a call such as ready\(deployment\/web\)/, 6],
    ["ready(configmap/web) > 2", /not of a configmap/, 6],
    ["ready(node/a/b) > 2", /node\/NAME/, 6],
    ["condition(node/a) == True", /a comma/, 16],
    ["count(pods, app=) == 2", /a value after app/, 16],
    ["count(pods app=web) == 2", /a comma or a closing/, 11],
    ["always always pods.running > 2", /nothing temporal inside of always/, 7],
    ["always pending == 0", /number of the finished run/, 0],
    ["during x: pending == 0", /number of the finished run/, 0],
    ["during : always pods.running > 2", /the id of a fault/, 7],
    ["during x always pods.running > 2", /":" after during x/, 9],
    ["from 5m to 1m: pods.running > 2", /a time after from/, 8],
    ["eventually pods.running > 2 within 5", /a duration after within/, 35],
    ["(pending == 0", /a closing parenthesis/, 13],
    ["pending == 0 pending", /and, or/, 13],
    ["phase(pod/x) < Running", /== or !=/, 0],
    ["phase(pod/x) + 1 == 2", /units that go together/, 0],
    ["etcd.role == leader", /a member after etcd.role/, 0],
    ["pods.running + 1s > 2", /units that go together/, 0],
    ["12xyz == 3", /a number, a share/, 0],
    [`${"(".repeat(60)}1`, /levels|parenthesis/, 0],
    ["x".repeat(1001), /at most 1000/, 0],
  ];
  for (const [text, wanted, at] of cases) {
    const result = parseExpectation(text);
    assert.ok("expected" in result, text);
    assert.match(result.expected, wanted, text);
    if (!text.startsWith("((")) assert.is(result.at, at, `${text}: ${result.expected}`);
  }
});

test("conditions of `when` are states: no temporal words, no numbers of the finished run", () => {
  assert.ok(!("expected" in parseState("ready(deployment/web) >= 3 and etcd.leader != none")));
  for (const text of ["always pods.running > 2", "pending == 0", "pods.running", "pods.running > 2 )"]) {
    assert.ok("expected" in parseState(text), text);
  }
});

test("metrics and functions have distinct names and say what they are; examples of functions are right", () => {
  assert.is(new Set(METRICS.map((m) => m.name)).size, METRICS.length);
  for (const metric of METRICS) assert.ok(metric.what.length > 10, metric.name);
  assert.is(new Set(FUNCTIONS.map((f) => f.name)).size, FUNCTIONS.length);
  for (const { example, name } of FUNCTIONS)
    assert.ok(JSON.stringify(parsed(example)).includes(`"name":"${name}"`), name);
});

test.run();
