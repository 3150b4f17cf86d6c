// Plans in which something happens in name only, and what their expectations then say.
import { join } from "node:path";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { simulate } from "../../sim/cluster.ts";
import { loadScenario } from "../../sim/scenario/load.ts";
import { causesOf, withPlacebos } from "../../sim/scenario/placebo.ts";
import type { Plan } from "../../sim/scenario/plan.ts";
import { repositoryRoot } from "../checks/source-tree.ts";

function planOf(name: string): Plan {
  return loadScenario(join(repositoryRoot, "scenarios", name)).plans[0]!;
}

test("ids are marked, the variant says so, and everything else stays", () => {
  const plan = planOf("stories/s03-grafana-priorities.yaml");
  assert.equal(causesOf(plan), ["roll-out"]);
  const without = withPlacebos(plan, ["roll-out"]);
  assert.is(without.variant, "without roll-out");
  assert.equal(
    without.actions.map(({ isPlacebo }) => isPlacebo),
    [true],
  );
  assert.is(plan.actions[0]?.isPlacebo, undefined);
  assert.is(withPlacebos(plan, []).variant, "");
});

test("an id that is not there is refused, with the one that was meant", () => {
  const plan = planOf("stories/s03-grafana-priorities.yaml");
  assert.throws(
    () => withPlacebos(plan, ["rol-out"]),
    (error: unknown) =>
      error instanceof RangeError && /no fault or action rol-out; did you mean roll-out/.test(error.message),
  );
});

// all of them: `npm run scenarios -- --needed stories/`
for (const [story, cause] of [
  ["s03-grafana-priorities", "roll-out"],
  ["s12-dirty-endpoint", "deploy"],
  ["s24-menace-elb", "elb"],
  ["s28-deleted-namespace", "oops"],
  ["s28-deleted-namespace", "restore"],
] as const) {
  test(`${story} is not told without ${cause}`, () => {
    const { identity, verdicts } = simulate(withPlacebos(planOf(`stories/${story}.yaml`), [cause]));
    assert.ok(identity.scenario.endsWith(`[without ${cause}]`));
    assert.ok(verdicts.some(({ holds }) => !holds));
  });
}

test.run();
