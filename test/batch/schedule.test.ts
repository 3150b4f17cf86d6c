// Which runs are done: all of them, a shard's, or as many as it takes, and the same ones whatever the order they come out in.
import { test } from "uvu";
import * as assert from "uvu/assert";
import { type Schedule, scheduleOf } from "../../sim/batch/schedule.ts";
import { parseUntil, type UntilRule } from "../../sim/batch/until-rule.ts";
import { normalQuantile } from "../../sim/engine/distributions.ts";
import { createStream } from "../../sim/engine/random.ts";
import { fakeManifest, seedsUpTo } from "./fakes.ts";

/** Works a schedule off with so many at once, each finishing at random. @returns the tasks in the order they were given out */
function workOff(schedule: Schedule, atOnce: number, order: string, value: (index: number) => number): number[] {
  const stream = createStream("schedule.test", order);
  const running: number[] = [];
  const given: number[] = [];
  while (!schedule.isComplete()) {
    while (running.length < atOnce) {
      const index = schedule.next();
      if (index === undefined) break;
      running.push(index);
      given.push(index);
    }
    assert.ok(running.length > 0, "there is something to do until it is complete");
    const [index] = running.splice(stream.int(running.length), 1) as [number];
    schedule.finished(index, { pods_created: value(index) });
  }
  return given;
}

test("all tasks, each once, in the order of the reports", () => {
  const schedule = scheduleOf(fakeManifest(["a", "b"], seedsUpTo(3)));
  assert.equal(
    workOff(schedule, 1, "one", () => 0),
    [0, 1, 2, 3, 4, 5],
  );
  assert.equal(schedule.wanted(), [0, 1, 2, 3, 4, 5]);
  assert.is(schedule.next(), undefined);
});

test("what was there before is not done again", () => {
  const schedule = scheduleOf(fakeManifest(["a", "b"], seedsUpTo(3)));
  for (const index of [4, 0, 1]) schedule.finished(index, {});
  assert.equal(schedule.progress(), { done: 3, of: 6 });
  assert.equal(
    workOff(schedule, 2, "rest", () => 0),
    [2, 3, 5],
  );
});

test("shards share the tasks: every one once, about equally many each", () => {
  const manifest = fakeManifest(["a", "b", "c"], seedsUpTo(7));
  const shares = [0, 1, 2, 3].map((shard) => scheduleOf(manifest, (i) => i % 4 === shard).wanted());
  assert.equal(
    shares.flat().sort((a, b) => a - b),
    Array.from({ length: 21 }, (_, i) => i),
  );
  assert.ok(shares.every((share) => share.length === 5 || share.length === 6));
});

const rule = (text: string, minSeeds = 10) => parseUntil(text, minSeeds) as UntilRule;

/** Values of a plan's seeds: mean 100, and so much noise. */
function noisy(noise: number): (index: number) => number {
  return (index) => 100 + noise * normalQuantile(createStream("noise", `${index}`).nextDouble());
}

test("it stops when the interval is narrow enough, at the same seed with 1, 2 and 16 workers and in any order", () => {
  const manifest = fakeManifest(["a"], seedsUpTo(500), rule("ci95(pods_created)<2%"));
  const wanted = ["x", "y", "z"].flatMap((order) =>
    [1, 2, 16].map((atOnce) => {
      const schedule = scheduleOf(manifest);
      workOff(schedule, atOnce, order, noisy(8));
      return schedule.wanted().length;
    }),
  );
  assert.is(new Set(wanted).size, 1, wanted.join(" "));
  // half the width of 95 % is about 1.96 × 8 / √n: less than 2 from 61 on
  assert.ok(wanted[0]! > 35 && wanted[0]! < 95, `${wanted[0]}`);
});

test("work that may not be needed stays little", () => {
  const schedule = scheduleOf(fakeManifest(["a"], seedsUpTo(500), rule("ci95(pods_created)<2%")));
  const given = workOff(schedule, 2, "little", noisy(8));
  assert.ok(given.length <= Math.ceil(schedule.wanted().length * 1.1) + 1, `${given.length}`);
});

test("what never varies is certain after the least number of seeds; what varies too much takes all", () => {
  const constant = scheduleOf(fakeManifest(["a"], seedsUpTo(500), rule("ci95(pods_created)<1%", 5)));
  workOff(constant, 2, "constant", () => 0);
  assert.is(constant.wanted().length, 5);
  const wild = scheduleOf(fakeManifest(["a"], seedsUpTo(30), rule("ci95(pods_created)<0.01%")));
  workOff(wild, 2, "wild", noisy(50));
  assert.is(wild.wanted().length, 30);
});

test("all variants of a scenario get the same seeds, so that they make pairs", () => {
  const schedule = scheduleOf(fakeManifest(["calm", "rough"], seedsUpTo(300), rule("ci95(pods_created)<2%")));
  workOff(schedule, 3, "pairs", (index) => noisy(index < 300 ? 1 : 6)(index));
  const wanted = schedule.wanted();
  const calm = wanted.filter((index) => index < 300);
  assert.equal(
    wanted.filter((index) => index >= 300).map((index) => index - 300),
    calm,
  );
  assert.equal(
    calm,
    Array.from({ length: calm.length }, (_, i) => i),
  );
  assert.ok(calm.length > 20 && calm.length < 60, `${calm.length}`);
});

test("a metric that was named but never measured is not known, one of the main ones does not matter", () => {
  const named = scheduleOf(fakeManifest(["a"], seedsUpTo(15), rule("ci95(victims)<1%")));
  workOff(named, 2, "named", () => 1);
  assert.is(named.wanted().length, 15);
  const main = scheduleOf(fakeManifest(["a"], seedsUpTo(15), rule("ci95<1%")));
  workOff(main, 2, "main", () => 1);
  assert.is(main.wanted().length, 10);
});

test.run();
