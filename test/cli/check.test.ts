// kubedrill check from outside: text and JSON, the same for any number of workers, single seeds, and bad input.
// test-timeout: 240s

import { tmpdir } from "node:os";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { tries } from "../thorough.ts";
import { kubedrill } from "./command.ts";
import { assertRefused } from "./refused.ts";

const SEEDS = String(tries(4, 40));
const check = (...args: string[]) => kubedrill(["check", ...args]);
const refused = (args: readonly string[], message: RegExp) => assertRefused(["check", ...args], tmpdir(), message);

test("the same output with one and two workers; time is told apart", () => {
  const one = check("--seeds", SEEDS, "--workers", "1");
  const two = check("--seeds", SEEDS, "--workers", "2");
  assert.is(one.code, 0, one.err);
  assert.is(two.code, 0);
  assert.is(two.out, one.out);
  assert.match(one.out, new RegExp(`^seeds +${SEEDS}$`, "m"));
  assert.match(one.out, /^violations +none$/m);
  assert.match(one.err, /simulated seconds: \d+ times faster than real time/);
});

test("JSON carries all counters", () => {
  const { out, code } = check("--seeds", "3..5", "--json", "--workers", "1");
  assert.is(code, 0);
  const answer = JSON.parse(out);
  assert.is(answer.ok, true);
  assert.is(answer.seeds, 3);
  assert.equal(answer.violations, []);
  assert.type(answer.reached["crash of leader in steady"], "number");
});

test("a single seed tells its set-up, also a part of it", () => {
  const { out, code } = check("--seed", "7", "--style", "uniform", "--faults", "1,2", "--operations", "20");
  assert.is(code, 0);
  assert.match(out, /^seed 7: \d members, etcd 3\.[56], uniform/);
  assert.match(out, /^ {2}1: /m);
  assert.match(out, /^ {2}2: /m);
  assert.not.match(out, /^ {2}0: /m);
  assert.is(check("--seed", "7", "--faults", "none").code, 0);
});

test("what cannot be done is refused", () => {
  refused(["--seeds", "0"], /--seeds 0: expected how many/);
  refused(["--seeds", "9..3"], /--seeds 9\.\.3: expected how many/);
  refused(["--seeds", "10", "--faults", "1"], /--faults and --operations change one seed/);
  refused(["--seed", "1", "--faults", "a"], /--faults a: expected positions/);
  refused(["--seed", "1.5"], /--seed 1\.5: expected a whole number/);
  refused(["--seeds", "10", "--workers", "0"], /--workers 0: expected a whole number/);
});

test.run();
