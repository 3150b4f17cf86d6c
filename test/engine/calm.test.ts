// Calm: who sleeps is woken before a disturbance has any effect, and calm comes back some time after the last one.
import { test } from "uvu";
import * as assert from "uvu/assert";
import { Calm } from "../../sim/engine/calm.ts";
import { Engine } from "../../sim/engine/engine.ts";
import { tick } from "../../sim/engine/tick.ts";

const SETTLE = 1000;

test("a disturbance wakes all sleepers once, in the order in which they lay down", () => {
  const calm = new Calm(new Engine({ seed: 1 }), SETTLE);
  const woken: string[] = [];
  calm.sleep(() => woken.push("a"));
  const getUp = calm.sleep(() => woken.push("b"));
  calm.sleep(() => woken.push("c"));
  getUp();
  calm.disturb();
  assert.equal(woken, ["a", "c"]);
  calm.disturb();
  assert.equal(woken, ["a", "c"]);
});

test("it is calm again when the last of several disturbances has been over for the time it takes to settle", () => {
  const engine = new Engine({ seed: 1 });
  const calm = new Calm(engine, SETTLE);
  const [first, second] = [calm.disturb(), calm.disturb()];
  const seen: [number, boolean][] = [];
  const look = () => seen.push([engine.now, calm.isCalm]);
  engine.at(tick(10), first);
  engine.at(tick(11), first);
  engine.at(tick(100), second);
  for (const at of [50, 500, 1099, 1101]) engine.at(tick(at), look);
  engine.run();
  assert.equal(seen, [
    [50, false],
    [500, false],
    [1099, false],
    [1101, true],
  ]);
  assert.is(calm.ownTimers, 0);
});

test("a disturbance while it settles begins anew", () => {
  const engine = new Engine({ seed: 1 });
  const calm = new Calm(engine, SETTLE);
  calm.disturb()();
  assert.is(calm.ownTimers, 1);
  engine.at(tick(500), () => engine.at(tick(600), calm.disturb()));
  engine.at(tick(1300), () => assert.not(calm.isCalm));
  engine.run();
  assert.is(engine.now, 1600);
  assert.ok(calm.isCalm);
});

test("where nothing may be left out it is never calm", () => {
  const calm = new Calm(new Engine({ seed: 1 }), SETTLE, false);
  assert.not(calm.isCalm);
  calm.disturb()();
  assert.not(calm.isCalm);
});

test.run();
