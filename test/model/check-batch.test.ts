// Mistakes in Jobs and CronJobs, with what would be right.
import { test } from "uvu";
import * as assert from "uvu/assert";
import { checkObject } from "../../sim/model/check-objects.ts";
import type { Problem } from "../../sim/model/problem.ts";
import { Reader } from "../../sim/model/reader.ts";

function problems(kind: "jobs" | "cronJobs", spec: object): string[] {
  const found: Problem[] = [];
  checkObject(kind, new Reader({ metadata: { name: "a" }, spec }, found));
  return found.map(({ expected, path, received }) => `${path.join(".")}: expected ${expected}, received ${received}`);
}

const template = { spec: { containers: [{ name: "c" }], restartPolicy: "Never" } };

test("Jobs: limits of indexes need indexes, and policies their words", () => {
  assert.equal(
    problems("jobs", {
      template,
      completions: 3,
      completionMode: "Indexed",
      backoffLimitPerIndex: 1,
      maxFailedIndexes: 1,
    }),
    [],
  );
  assert.match(problems("jobs", { template, completionMode: "Indexed" }).join(), /completions/);
  assert.match(problems("jobs", { template, backoffLimitPerIndex: 1 }).join(), /completionMode is not Indexed/);
  assert.match(
    problems("jobs", { template, completions: 3, completionMode: "Indexed", maxFailedIndexes: 1 }).join(),
    /without backoffLimitPerIndex/,
  );
  assert.match(problems("jobs", { template, podFailurePolicy: { rules: [{ action: "Panic" }] } }).join(), /FailJob/);
});

test("CronJobs: the schedule, the time zone and the policy are read before the run", () => {
  const jobTemplate = { spec: { template } };
  assert.equal(problems("cronJobs", { schedule: "*/5 * * * mon-fri", timeZone: "Europe/Berlin", jobTemplate }), []);
  assert.match(
    problems("cronJobs", { schedule: "61 * * * *", jobTemplate }).join(),
    /end of range \(61\) above maximum \(59\)/,
  );
  assert.match(
    problems("cronJobs", { schedule: "@daily", timeZone: "Mars/Olympus", jobTemplate }).join(),
    /time zone that the simulator knows/,
  );
  assert.match(problems("cronJobs", { schedule: "@daily", concurrencyPolicy: "Maybe", jobTemplate }).join(), /Forbid/);
});

test.run();
