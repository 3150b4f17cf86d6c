// The life of a process: nothing of it happens after its end, and what comes while it stands still happens afterwards, in order.
import { test } from "uvu";
import * as assert from "uvu/assert";
import { Engine } from "../../sim/engine/engine.ts";
import { Lifetime } from "../../sim/engine/lifetime.ts";
import { tick } from "../../sim/engine/tick.ts";

interface Rig {
  readonly engine: Engine;
  readonly life: Lifetime;
  readonly log: string[];
  readonly note: (what: string) => () => void;
}

function rig(): Rig {
  const engine = new Engine({ seed: 1 });
  const log: string[] = [];
  return { engine, life: new Lifetime(engine), log, note: (what) => () => log.push(`${engine.now} ${what}`) };
}

test("timers and guarded callbacks end with it", () => {
  const { engine, life, log, note } = rig();
  life.after(10, note("timer"));
  life.after(30, note("late timer"));
  const answered = life.guard(note("answer"));
  engine.at(tick(15), answered);
  engine.at(tick(20), () => life.end());
  engine.at(tick(25), answered);
  engine.at(tick(26), () => life.after(1, note("of a dead process")));
  engine.run();
  assert.equal(log, ["10 timer", "15 answer"]);
  assert.is(life.pending, 0);
  assert.ok(life.isOver);
});

test("a timer that is cancelled does not ring", () => {
  const { engine, life, log, note } = rig();
  life.cancel(life.after(10, note("a")));
  life.after(20, note("b"));
  assert.is(life.pending, 1);
  engine.run();
  assert.equal(log, ["20 b"]);
});

test("while it stands still timers and callbacks wait, and then come in their order", () => {
  const { engine, life, log, note } = rig();
  life.after(10, note("timer"));
  engine.at(tick(5), () => life.pause());
  engine.at(tick(8), life.guard(note("answer")));
  engine.at(tick(50), () => life.resume());
  engine.run();
  assert.equal(log, ["50 answer", "50 timer"]);
});

test("what stops it again leaves the rest waiting, before what comes later", () => {
  const { engine, life, log, note } = rig();
  life.pause();
  life.guard(() => {
    note("first")();
    life.pause();
  })();
  life.guard(note("second"))();
  engine.at(tick(10), () => life.resume());
  engine.at(tick(20), life.guard(note("third")));
  engine.at(tick(30), () => life.resume());
  engine.run();
  assert.equal(log, ["10 first", "30 second", "30 third"]);
});

test("one that ends while it stands still does nothing any more", () => {
  const { engine, life, log, note } = rig();
  life.pause();
  life.guard(note("lost"))();
  life.end();
  life.resume();
  engine.run();
  assert.equal(log, []);
});

test.run();
