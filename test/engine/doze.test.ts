// Dozing: what was left out is counted exactly once, and whoever is woken goes on as if it had executed everything.
import { test } from "uvu";
import * as assert from "uvu/assert";
import { Calm } from "../../sim/engine/calm.ts";
import { Doze, Dozers } from "../../sim/engine/doze.ts";
import { Engine } from "../../sim/engine/engine.ts";
import { Lifetime } from "../../sim/engine/lifetime.ts";
import { Rhythm } from "../../sim/engine/rhythm.ts";
import { tick } from "../../sim/engine/tick.ts";

interface Bed {
  readonly engine: Engine;
  readonly calm: Calm;
  readonly dozers: Dozers;
  readonly life: Lifetime;
  readonly log: string[];
}

function bed(): Bed {
  const engine = new Engine({ seed: 1 });
  return { engine, calm: new Calm(engine, 1000), dozers: new Dozers(), life: new Lifetime(engine), log: [] };
}

// beats at 10, 20, 30, …
function lieDown({ calm, dozers, engine, life, log }: Bed): Doze {
  return new Doze({
    life,
    calm,
    dozers,
    rhythm: new Rhythm(engine.now + 10, 10, () => 10),
    resume: () => log.push(`${engine.now} resumes`),
    account: (count, from, to) => log.push(`${engine.now} counts ${count} in ${from}..${to}`),
    ended: () => log.push(`${engine.now} ended`),
  });
}

test("a disturbance ends it: what passed is counted, the next moment is executed", () => {
  const b = bed();
  lieDown(b);
  b.engine.at(tick(35), () => b.calm.disturb());
  b.engine.run();
  assert.equal(b.log, ["35 counts 3 in 0..35", "35 ended", "40 resumes"]);
});

test("a process that ends or stands still does not go on, and cannot be woken any more", () => {
  const b = bed();
  const doze = lieDown(b);
  b.engine.at(tick(20), () => {
    assert.ok(doze.stop());
    doze.wake();
    assert.not(doze.stop());
    b.calm.disturb();
  });
  b.engine.run();
  assert.equal(b.log, ["20 counts 2 in 0..20", "20 ended"]);
  b.dozers.finish();
  assert.is(b.log.length, 2);
});

test("the end of the run counts those who still doze, and looking at the last moment counts nothing", () => {
  const b = bed();
  const doze = lieDown(b);
  assert.ok(Number.isNaN(doze.lastMicros));
  b.engine.at(tick(25), () => {
    doze.advance(25);
    assert.is(doze.lastMicros, 20);
    assert.equal(b.log, []);
  });
  b.engine.at(tick(45), () => b.dozers.finish());
  b.engine.at(tick(65), () => b.dozers.finish());
  b.engine.run();
  assert.equal(b.log, ["45 counts 4 in 0..45", "65 counts 2 in 45..65"]);
});

test("nothing is pending while it dozes", () => {
  const b = bed();
  lieDown(b);
  assert.is(b.engine.pending, 0);
  assert.is(b.life.pending, 0);
});

test.run();
