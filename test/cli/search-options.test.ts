// Options of a search: what they mean when they are not given, and what is refused.
import { test } from "uvu";
import * as assert from "uvu/assert";
import { InputError } from "../../sim/cli/failure.ts";
import { type SearchArguments, searchRequest } from "../../sim/cli/search-options.ts";
import { MINUTE } from "../../sim/engine/tick.ts";

const LEAST = { file: "a.yaml", seed: "1", findings: 10, "shrink-runs": 300, out: "./out", format: "table" } as const;
const request = (more: Partial<SearchArguments> = {}) => searchRequest({ ...LEAST, ...more });

test("500 runs, unless there is a budget of time or a number", () => {
  const runs = (more: Partial<SearchArguments>) => [request(more).runs, request(more).budgetMicros];
  assert.equal(runs({}), [500, Infinity]);
  assert.equal(runs({ budget: "10m" }), [Infinity, 10 * MINUTE]);
  assert.equal(runs({ budget: "10m", runs: 20 }), [20, 10 * MINUTE]);
});

test("lists may be joined with commas or given again; what is not given is left to the scenario", () => {
  assert.equal(request({ kinds: ["nodes,drain", " zones"], exclude: ["evict"] }).kinds, ["nodes", "drain", "zones"]);
  const { exclude, kinds, maxFaults, maxShare, window } = request();
  assert.equal([exclude, kinds, maxFaults, maxShare, window], [undefined, undefined, undefined, undefined, undefined]);
});

test("shares and windows", () => {
  assert.equal([request({ "max-share": "30%" }).maxShare, request({ "max-share": "0.5" }).maxShare], [0.3, 0.5]);
  assert.equal(request({ window: "1m..10m" }).window, [MINUTE, 10 * MINUTE]);
});

test("what means nothing is refused with what was expected", () => {
  const wrong: readonly Partial<SearchArguments>[] = [
    { runs: 0 },
    { runs: 1.5 },
    { budget: "soon" },
    { budget: "0s" },
    { seed: "a b" },
    { "max-faults": 21 },
    { "max-share": "0%" },
    { "max-share": "120%" },
    { window: "10m" },
    { window: "10m..1m" },
    { window: "1m..2m..3m" },
    { findings: 0 },
    { "shrink-runs": 0 },
    { workers: 0 },
  ];
  for (const more of wrong) {
    try {
      request(more);
    } catch (error) {
      assert.instance(error, InputError);
      assert.match((error as InputError).message, "expected");
      continue;
    }
    assert.unreachable(JSON.stringify(more));
  }
});

test.run();
