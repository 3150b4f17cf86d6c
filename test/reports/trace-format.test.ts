// The check of trace files finds what is planted.
import { test } from "uvu";
import * as assert from "uvu/assert";
import { traceProblems } from "./trace-format.ts";

const NAMES = [
  { name: "process_name", ph: "M", pid: 1, tid: 0, ts: 0, args: { name: "p" } },
  { name: "thread_name", ph: "M", pid: 1, tid: 1, ts: 0, args: { name: "t" } },
];
const on = (parts: object) => ({ name: "e", pid: 1, tid: 1, ts: 0, ...parts });
const problems = (...events: object[]) =>
  traceProblems(JSON.stringify({ displayTimeUnit: "ms", traceEvents: [...NAMES, ...events] })).map((line) =>
    line.replace(/^\d+: /, ""),
  );

test("a good file has no problems", () => {
  assert.equal(
    problems(
      on({ ph: "X", dur: 10 }),
      on({ ph: "X", ts: 2, dur: 8 }),
      on({ ph: "X", ts: 10, dur: 5 }),
      on({ ph: "B", ts: 20 }),
      on({ ph: "E", ts: 25 }),
      on({ ph: "i", s: "t" }),
      on({ ph: "C", tid: 0, name: "c", args: { a: 1 } }),
      on({ ph: "s", cat: "c", id: 1 }),
      on({ ph: "f", cat: "c", id: 1, ts: 3, bp: "e" }),
    ),
    [],
  );
});

for (const [what, events, expected] of [
  ["slices that cut each other", [on({ ph: "X", dur: 10 }), on({ ph: "X", ts: 5, dur: 10 })], "cuts the slice of 2"],
  ["a slice without its length", [on({ ph: "X" })], "dur: expected"],
  ["a slice that ends before it begins", [on({ ph: "X", dur: -1 })], "dur: expected"],
  ["part of a microsecond", [on({ ph: "X", ts: 0.5, dur: 1 })], "ts: expected"],
  ["what never ends", [on({ ph: "B" })], "never ends"],
  ["what ends twice", [on({ ph: "B" }), on({ ph: "E", ts: 1 }), on({ ph: "E", ts: 2 })], "ends what has not begun"],
  ["what ends within another", [on({ ph: "B" }), on({ ph: "E", ts: 1, name: "f" })], "ends f within e"],
  ["an instant of nothing", [on({ ph: "i" })], "s: expected"],
  ["a counter of text", [on({ ph: "C", args: { a: "1" } })], "a counter that is no number"],
  ["a counter with other series", [on({ ph: "C", args: { a: 1 } }), on({ ph: "C", args: { b: 1 } })], "other series"],
  ["a counter in disorder", [on({ ph: "C", ts: 5, args: { a: 1 } }), on({ ph: "C", args: { a: 1 } })], "back in time"],
  ["a track without a name", [on({ ph: "i", s: "t", tid: 2 })], "track 1/2 has no name"],
  ["a process without a name", [on({ ph: "i", s: "t", pid: 2 })], "process 2 has no name"],
  ["a name that is said twice", [NAMES[1]!], "thread_name of 1/1 is said twice"],
  ["two tracks of one name", [{ ...NAMES[1]!, tid: 2 }], "two tracks of a process are called t"],
  ["a process with the number of nothing", [on({ ph: "i", s: "t", pid: 0 })], "pid: expected"],
  ["an unknown phase", [on({ ph: "Z" })], "unknown phase Z"],
  ["an unknown field", [on({ ph: "i", s: "t", duration: 1 })], "unknown field duration"],
  ["a flow that goes back", [on({ ph: "s", id: 1, ts: 5 }), on({ ph: "f", id: 1, ts: 4 })], "goes back in time"],
  ["a flow without an end", [on({ ph: "s", id: 1 })], "never ends"],
] as const) {
  test(`found: ${what}`, () => {
    assert.ok(
      problems(...events).some((line) => line.includes(expected)),
      problems(...events).join("; "),
    );
  });
}

test("what is no trace at all", () => {
  assert.ok(traceProblems("[")[0]?.startsWith("no JSON"));
  assert.equal(traceProblems("{}"), ["traceEvents: expected a list"]);
});

test.run();
