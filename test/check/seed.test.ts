// Seeds as wholes: they run without a violation, the same way each time, and leaving something out moves nothing else.
// test-timeout: 240s
import { test } from "uvu";
import * as assert from "uvu/assert";
import { drawSetup } from "../../sim/check/setup.ts";
import { CheckSummary, checkSeed, describeSetup, SOMETIMES, STYLES, shrinkSeed } from "../../sim/check.ts";
import { tries } from "../thorough.ts";

const SEEDS = tries(20, 60);

test(`${SEEDS} seeds hold what etcd promises, and reach what they should`, () => {
  const summary = new CheckSummary();
  for (let seed = 1; seed <= SEEDS; seed++) {
    const outcome = checkSeed(seed);
    assert.is(outcome.violation, null, `seed ${seed}: ${outcome.violation?.invariant}: ${outcome.violation?.detail}`);
    summary.add(outcome);
  }
  const result = summary.result();
  assert.is(result.seeds, SEEDS);
  for (const style of STYLES) assert.ok(result.seedsByStyle[style] > tries(1, 10), style);
  assert.ok(result.operations > SEEDS * 50, `${result.operations} operations`);
  assert.ok(result.faults > SEEDS * 2, `${result.faults} faults`);
  for (const name of ["crash of leader in steady", "two leaders at once", "snapshot received", "lease expired"]) {
    assert.ok(result.reached[SOMETIMES.indexOf(name)]! > 0, name);
  }
});

test("a seed runs the same way each time, whatever ran before it", () => {
  const first = checkSeed(3);
  checkSeed(4);
  assert.equal(checkSeed(3), first);
  assert.is.not(checkSeed(4).digest, first.digest);
});

test("a seed draws sizes, versions, transports and disks", () => {
  const setups = Array.from({ length: 400 }, (_, seed) => drawSetup(seed));
  for (const members of [1, 2, 3, 4, 5, 7])
    assert.ok(
      setups.some((setup) => setup.members === members),
      `${members} members`,
    );
  for (const disk of ["fast", "slow", "erratic"])
    assert.ok(
      setups.some((setup) => setup.disk === disk),
      disk,
    );
  for (const transport of ["tcp", "datagram"])
    assert.ok(
      setups.some((setup) => setup.transport === transport),
      transport,
    );
  for (const version of ["3.5", "3.6"])
    assert.ok(
      setups.some((setup) => setup.version === version),
      version,
    );
  assert.ok(setups.some((setup) => setup.faults.some((fault) => "aim" in fault.when)));
});

test("a fault that is left out moves no other fault, and no client before it", () => {
  const { faults } = drawSetup(11);
  const kept = faults.filter(({ position }) => position !== 1).map(({ position }) => position);
  const all = describeSetup(11);
  const fewer = describeSetup(11, { faults: kept });
  assert.is(all.length, 2 + faults.length);
  assert.equal(
    fewer,
    all.filter((_, i) => i !== 3),
  );
});

test("a seed without faults and operations only starts and answers", () => {
  const outcome = checkSeed(9, { faults: [], operations: 0 });
  assert.is(outcome.violation, null);
  assert.is(outcome.faults, 0);
});

test("shrinking keeps the invariant, and its case replays", () => {
  // an invented violation: a seed with any fault and at least 10 operations, as a wrong engine would find
  const outcome = checkSeed(5);
  const failed = { ...outcome, violation: { invariant: "none", detail: "", atMicros: 0 } };
  const shrunk = shrinkSeed(failed, {}, 20);
  // nothing fails, so nothing can be left out
  assert.is(shrunk.faults.length, drawSetup(5).faults.length);
  assert.is(shrunk.options.operations, Math.min(drawSetup(5).operations, outcome.operations));
  assert.ok(shrunk.story.length > 0);
});

test.run();
