// The comparison with the published tables notices an altered number, and what it compares is there.
import { cpSync, existsSync, mkdirSync, mkdtempSync, readFileSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { fromShared } from "../shared.ts";
import { compareDeterministic } from "./fgd/deterministic.ts";
import { EXPECTED_FOLDER, isJudged, readPublished, toleranceOf } from "./fgd/expected.ts";
import { TRACE_FOLDER } from "./fgd/experiment.ts";

const data = fromShared("data");

test("tolerances: max(0.25, 1.3 x published sd) for allocation and fragment amount, 1.0 for the ratio at 50 %", () => {
  const cell = { workload: "w", policy: "p", metric: "alloc_pct", percent: 100, mean: 90, sd: 0.1 } as const;
  assert.is(toleranceOf(cell, 10), 0.25);
  assert.is(toleranceOf({ ...cell, sd: 1 }, 10), 1.3);
  assert.is(toleranceOf({ ...cell, metric: "frag_ratio_pct", percent: 50, sd: 9 }, 10), 1);
  assert.is(toleranceOf({ ...cell, sd: 1 }, 100), 1.3, "more seeds than were published make it no narrower");
  assert.ok(Math.abs(toleranceOf({ ...cell, sd: 1 }, 2) - 1.5 * 1.3 * Math.sqrt(3)) < 1e-9, "fewer are less certain");
  assert.ok(isJudged(cell) && !isJudged({ ...cell, percent: 90 }));
});

if (existsSync(join(data, EXPECTED_FOLDER))) {
  test("nine workloads, six policies, five judged cells each", () => {
    const judged = readPublished(data).filter(isJudged);
    assert.is(judged.length, 9 * 6 * 5);
    assert.ok(judged.every(({ mean, sd }) => mean > 0 && sd > 0));
  });

  test("one altered number in a copy of the table without randomness is found, and no other", () => {
    const copy = mkdtempSync(join(tmpdir(), "kubedrill-fgd-"));
    symlinkSync(join(data, TRACE_FOLDER), join(copy, TRACE_FOLDER));
    mkdirSync(join(copy, EXPECTED_FOLDER));
    const name = "deterministic_trace_order.csv";
    const text = readFileSync(join(data, EXPECTED_FOLDER, name), "utf8");
    cpSync(join(data, EXPECTED_FOLDER, "summary.csv"), join(copy, EXPECTED_FOLDER, "summary.csv"));
    writeFileSync(
      join(copy, EXPECTED_FOLDER, name),
      text.replace("default,GpuPacking,8152,614,", "default,GpuPacking,8152,615,"),
    );
    const wanted = { workloads: ["default"], policies: ["GpuPacking"] };
    const { cells, differences } = compareDeterministic(copy, wanted);
    assert.is(cells, 14);
    assert.equal(differences, [
      { workload: "default", policy: "GpuPacking", column: "failed", expected: "615", actual: "614" },
    ]);
    assert.equal(compareDeterministic(data, wanted).differences, []);
  });
}

test.run();
