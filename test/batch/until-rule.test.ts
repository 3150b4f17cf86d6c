// What may be written behind --until.
import { test } from "uvu";
import * as assert from "uvu/assert";
import { DEFAULT_METRICS, parseUntil, type UntilRule } from "../../sim/batch/until-rule.ts";

test("a share of the mean, of the main numbers or of one", () => {
  const all = parseUntil("ci95<1%", 10) as UntilRule;
  assert.equal(all.conditions, [{ metrics: DEFAULT_METRICS, required: false, limit: { kind: "share", value: 0.01 } }]);
  const one = parseUntil(" ci95( pending_p99_s ) < 2.5% ", 5) as UntilRule;
  assert.is(one.text, "ci95(pending_p99_s)<2.5%");
  assert.is(one.minSeeds, 5);
  assert.equal(one.conditions[0]!.metrics, ["pending_p99_s"]);
  assert.is(one.conditions[0]!.limit.value, 0.025);
});

test("an amount is in the unit of its column: summaries hold microseconds", () => {
  const rule = parseUntil("ci95(pending_p99_s)<0.5,ci95(victims)<2", 10) as UntilRule;
  assert.equal(
    rule.conditions.map(({ limit }) => limit),
    [
      { kind: "amount", value: 500_000 },
      { kind: "amount", value: 2 },
    ],
  );
});

test("what means nothing is refused, with what was meant", () => {
  const problem = (text: string) => (parseUntil(text, 10) as { problem: string }).problem;
  assert.match(problem("ci95<x"), /expected ci95<1%/);
  assert.match(problem("ci99<1%"), /expected ci95<1%/);
  assert.match(problem("ci95(pending_p99)<1%"), /no column pending_p99: did you mean pending_p99_s\?/);
  assert.match(problem("ci95<0.5"), /in the unit of one column/);
  assert.match(problem("ci95<0%"), /above 0/);
});

test.run();
