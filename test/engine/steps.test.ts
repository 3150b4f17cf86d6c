// Steps: code that waits reads from top to bottom, whether what it waits for comes at once or later.
import { test } from "uvu";
import * as assert from "uvu/assert";
import { ask, askAll, runSteps, type Steps } from "../../sim/engine/steps.ts";

test("values come back where they were asked for, and the end is told once", () => {
  const open: ((value: number) => void)[] = [];
  const ends: number[] = [];
  function* sum(): Steps<number> {
    const a = yield* ask<number>((done) => open.push(done));
    const b = yield* ask<number>((done) => open.push(done));
    return a + b;
  }
  runSteps(sum(), (value) => ends.push(value));
  open[0]!(3);
  assert.equal(ends, []);
  open[1]!(4);
  assert.equal(ends, [7]);
});

test("several things are asked for at once, and answered in any order", () => {
  const open: ((value: string) => void)[] = [];
  const ends: (readonly string[])[] = [];
  const starts = ["a", "b", "c"].map(() => (done: (value: string) => void) => void open.push(done));
  runSteps(askAll(starts), (values) => ends.push(values));
  open[2]!("C");
  open[0]!("A");
  assert.equal(ends, []);
  open[1]!("B");
  assert.equal(ends, [["A", "B", "C"]]);
  runSteps(askAll<string>([]), (values) => ends.push(values));
  assert.equal(ends[1], []);
});

test("answers that come at once do not deepen the stack", () => {
  let last = 0;
  function* count(): Steps<number> {
    let sum = 0;
    for (let i = 0; i < 200_000; i++) sum += yield* ask<number>((done) => done(1));
    return sum;
  }
  runSteps(count(), (value) => {
    last = value;
  });
  assert.is(last, 200_000);
});

test.run();
