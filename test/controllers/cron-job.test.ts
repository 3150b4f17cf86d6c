// The CronJob controller: starts, policies, deadlines and history, as recorded in 08-jobs/cron-policies.
import { test } from "uvu";
import * as assert from "uvu/assert";
import { cronJobController } from "../../sim/controllers/cron-job.ts";
import { jobController } from "../../sim/controllers/job.ts";
import { ttlAfterFinishedController } from "../../sim/controllers/ttl-after-finished.ts";
import { makeCronJob, makeJob } from "./job/builders.ts";
import { SmallWorld } from "./small-world.ts";

function world(): SmallWorld {
  return new SmallWorld([cronJobController, jobController]);
}

const starts = (w: SmallWorld, name: string) =>
  w.changes
    .filter(
      ({ kind, object, type }) => kind === "jobs" && type === "ADDED" && object.metadata.name.startsWith(`${name}-`),
    )
    .map(({ object, t }) => `${object.metadata.name} ${t.toFixed(1)}`);

test("a Job for each start, a tenth of a second after it, named by its minute", () => {
  const w = world();
  w.create("cronJobs", makeCronJob("every", "*/2 * * * *"), 6);
  w.run(300);
  // 2026-01-01T00:02Z is minute 29453762 since 1970
  assert.equal(starts(w, "every"), ["every-29453762 120.1", "every-29453764 240.1"]);
  const { status } = w.get("cronJobs", "default/every");
  assert.is(status?.lastScheduleTime, "2026-01-01T00:04:00Z");
  assert.is(status?.active, undefined);
  assert.equal(w.events("every").slice(0, 2), [
    "SuccessfulCreate: Created job every-29453762",
    "SawCompletedJob: Saw completed job: every-29453762, condition: Complete",
  ]);
  assert.type(status?.lastSuccessfulTime, "string");
});

test("Forbid does not skip a missed start: it comes when the Job before has ended", () => {
  const w = world();
  w.create("cronJobs", makeCronJob("forbid", "* * * * *", { concurrencyPolicy: "Forbid" }, { run: "80" }), 6);
  w.run(240);
  const times = starts(w, "forbid").map((text) => Number(text.split(" ")[1]));
  assert.is(times[0], 60.1);
  assert.ok(times[1]! > 140 && times[1]! < 150, `started when the first ended: ${times[1]}`);
  assert.ok(w.events("forbid").some((text) => text.startsWith("JobAlreadyActive: Not starting job because prior")));
});

test("Replace deletes what runs, and starts anew; Allow lets both run", () => {
  const w = world();
  w.create("cronJobs", makeCronJob("replace", "* * * * *", { concurrencyPolicy: "Replace" }, { run: "80" }), 6);
  w.create("cronJobs", makeCronJob("allow", "* * * * *", {}, { run: "80" }), 6);
  w.run(125);
  assert.is(starts(w, "replace").length, 2);
  assert.equal(w.events("replace"), [
    "SuccessfulCreate: Created job replace-29453761",
    "SuccessfulDelete: Deleted job replace-29453761",
    "SuccessfulCreate: Created job replace-29453762",
  ]);
  assert.is(w.get("cronJobs", "default/replace").status?.active?.length, 1);
  assert.is(w.get("cronJobs", "default/allow").status?.active?.length, 2);
});

test("a start that is too late is left out, and told", () => {
  const w = world();
  const suspended = makeCronJob("late", "0 * * * *", { startingDeadlineSeconds: 60, suspend: true });
  w.create("cronJobs", suspended, 3500);
  w.patch("cronJobs", "default/late", (c) => ({ ...c, spec: { ...c.spec, suspend: false } }), 3700);
  w.run(3800);
  assert.equal(starts(w, "late"), [], "the deadline has passed");
  w.run(7300);
  assert.equal(starts(w, "late").length, 1);
});

test("more than a hundred missed starts are told once, and the newest is made up for", () => {
  const w = world();
  w.create("cronJobs", makeCronJob("missed", "* * * * *", { suspend: true }), 6);
  w.patch("cronJobs", "default/missed", (c) => ({ ...c, spec: { ...c.spec, suspend: false } }), 10_000);
  w.run(10_015);
  assert.equal(w.events("missed").slice(0, 2), [
    "TooManyMissedTimes: too many missed start times. Set or decrease .spec.startingDeadlineSeconds or check clock skew",
    `SuccessfulCreate: Created job missed-${29_453_760 + 166}`,
  ]);
});

test("only so many ended Jobs are kept", () => {
  const w = world();
  w.create("cronJobs", makeCronJob("history", "* * * * *", { successfulJobsHistoryLimit: 2 }), 6);
  w.create(
    "cronJobs",
    makeCronJob("failing", "*/3 * * * *", { failedJobsHistoryLimit: 0 }, { run: "1", exit: "1" }),
    6,
  );
  w.run(400);
  assert.equal(
    w.list("jobs").map(({ metadata }) => metadata.name),
    ["history-29453765", "history-29453766"],
  );
});

test("a schedule or a time zone that cannot be read is told, not run", () => {
  const w = world();
  w.create("cronJobs", makeCronJob("odd", "61 * * * *"), 1);
  w.create("cronJobs", makeCronJob("nowhere", "* * * * *", { timeZone: "Atlantis/Poseidonis" }), 1);
  w.run(100);
  assert.match(w.events("odd")[0] ?? "", /^UnparseableSchedule: unparseable schedule: "61 \* \* \* \*" : /);
  assert.match(w.events("nowhere")[0] ?? "", /^UnknownTimeZone: invalid timeZone: "Atlantis\/Poseidonis"/);
  assert.is(w.list("jobs").length, 0);
});

test("the time zone moves the start", () => {
  const w = world();
  w.create("cronJobs", makeCronJob("berlin", "30 1 * * *", { timeZone: "Europe/Berlin" }), 1);
  w.run(3600);
  assert.equal(
    starts(w, "berlin").map((text) => text.split(" ")[1]),
    ["1800.1"],
  );
  const job = w.list("jobs")[0];
  assert.is(
    job?.metadata.annotations?.["batch.kubernetes.io/cronjob-scheduled-timestamp"],
    "2026-01-01T01:30:00+01:00",
  );
});

test("a finished Job is deleted after its time to live, counted from the second in which it finished", () => {
  const w = new SmallWorld([jobController, ttlAfterFinishedController]);
  w.create("jobs", makeJob("short", { ttlSecondsAfterFinished: 10 }, { run: "2" }), 6);
  w.run(60);
  const changes = w.changesOf("jobs", "short");
  const finished = changes.find(({ object }) => object.status?.completionTime != null)?.t ?? 0;
  const deleted = changes.find(({ object }) => object.metadata.deletionTimestamp != null);
  assert.ok(Math.abs((deleted?.t ?? 0) - Math.floor(finished) - 10) < 0.1, `${finished} ${deleted?.t}`);
  // its pods go first
  assert.equal(deleted?.object.metadata.finalizers, ["foregroundDeletion"]);
});

test.run();
