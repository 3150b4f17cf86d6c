// Distribution functions and quantiles against published values.
import { test } from "uvu";
import * as assert from "uvu/assert";
import { normalCdf } from "../../../sim/analysis/statistics/normal.ts";
import { studentQuantile, withinOf } from "../../../sim/analysis/statistics/student.ts";
import { normalQuantile } from "../../../sim/engine/distributions.ts";

function near(actual: number, expected: number, relative: number, what: string): void {
  assert.ok(Math.abs(actual - expected) <= relative * Math.abs(expected), `${what}: ${actual} is not ${expected}`);
}

test("the normal distribution function, centre and tails", () => {
  const known: readonly (readonly [number, number])[] = [
    [0, 0.5],
    [1, 0.8413447460685429],
    [-1, 0.15865525393145707],
    [1.96, 0.9750021048517795],
    [2.5758293035489004, 0.995],
    [-3, 0.0013498980316300933],
    [-5, 2.866515718791933e-7],
    [-10, 7.61985302416047e-24],
    [4, 0.9999683287581669],
  ];
  for (const [z, expected] of known) near(normalCdf(z), expected, 1e-13, `Φ(${z})`);
  assert.is(normalCdf(-50), 0);
  assert.is(normalCdf(50), 1);
});

test("it is the inverse of the normal quantile and never falls", () => {
  let last = 0;
  for (let z = -8; z <= 8; z += 0.03125) {
    const share = normalCdf(z);
    assert.ok(share >= last, `falls at ${z}`);
    last = share;
    if (z > -8 && z < 5) near(normalQuantile(share), z, 1e-9, `quantile of Φ(${z})`);
  }
});

test("Student's t quantiles: the table of 97.5 % and others", () => {
  const table: readonly (readonly [number, number])[] = [
    [1, 12.706204736],
    [2, 4.30265273],
    [3, 3.182446305],
    [4, 2.776445105],
    [5, 2.570581836],
    [9, 2.262157163],
    [10, 2.228138852],
    [19, 2.093024054],
    [29, 2.045229642],
    [30, 2.042272456],
    [60, 2.000297822],
    [100, 1.983971519],
    [120, 1.979930405],
    [500, 1.964719837],
    [1000, 1.962339081],
  ];
  for (const [freedom, t] of table) near(studentQuantile(0.975, freedom), t, 2e-9, `t of ${freedom}`);
  near(studentQuantile(0.995, 7), 3.499483297, 1e-9, "99.5 % of 7");
  near(studentQuantile(0.025, 9), -2.262157163, 1e-9, "2.5 % of 9");
  assert.is(studentQuantile(0.5, 4), 0);
});

test("where the sums end and the expansion begins they meet", () => {
  near(studentQuantile(0.975, 200), 1.971896224, 1e-9, "t of 200");
  near(studentQuantile(0.975, 201), 1.971836507, 3e-8, "t of 201");
  near(withinOf(studentQuantile(0.975, 150), 150), 0.95, 1e-12, "its own inverse");
});

test.run();
