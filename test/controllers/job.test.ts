// The Job controller against the courses that a real control plane was seen to take (recordings of 08-jobs): status by status, pod by pod.
import { test } from "uvu";
import * as assert from "uvu/assert";
import { jobController } from "../../sim/controllers/job.ts";
import type { Job, Pod } from "../../sim/model/objects.ts";
import { makeJob } from "./job/builders.ts";
import { SmallWorld } from "./small-world.ts";

function world(): SmallWorld {
  return new SmallWorld([jobController]);
}

/** "active/ready/succeeded/failed/terminating uncounted conditions" of each state, without repetition. */
function course(w: SmallWorld, name: string): string[] {
  const states = w.changesOf("jobs", name).map(({ object }) => textOf(object));
  return states.filter((text, i) => text !== states[i - 1]);
}

function textOf({ status = {} }: Job): string {
  const { active = 0, failed = 0, ready = 0, succeeded = 0, terminating = 0, uncountedTerminatedPods: unc } = status;
  const conditions = (status.conditions ?? []).map(({ reason, status: is, type }) => `${type}=${is}:${reason}`);
  const open = `${unc?.succeeded?.length ?? 0}/${unc?.failed?.length ?? 0}`;
  return [`a${active} r${ready} s${succeeded} f${failed} t${terminating} u${open}`, ...conditions].join(" ");
}

function podsOf(w: SmallWorld, name: string): { t: number; pod: Pod }[] {
  return w.changes
    .filter(({ kind, type, object }) => kind === "pods" && type === "ADDED" && object.metadata.name.startsWith(name))
    .map(({ t, object }) => ({ t, pod: object as Pod }));
}

test("a Job ends in two steps: what succeeded is named, counted, and then it is complete", () => {
  const w = world();
  w.create("jobs", makeJob("ok", { completions: 2, parallelism: 2 }, { run: "2" }), 6);
  w.run(30);
  assert.equal(course(w, "ok"), [
    "a0 r0 s0 f0 t0 u0/0",
    "a2 r0 s0 f0 t0 u0/0",
    "a2 r2 s0 f0 t0 u0/0",
    "a0 r0 s0 f0 t0 u2/0 SuccessCriteriaMet=True:CompletionsReached",
    "a0 r0 s2 f0 t0 u0/0 SuccessCriteriaMet=True:CompletionsReached Complete=True:CompletionsReached",
  ]);
  assert.is(w.events("ok").at(-1), "Completed: Job completed");
  assert.is(w.list("pods").filter((pod) => pod.metadata.finalizers?.length).length, 0);
  assert.type(w.get("jobs", "default/ok").status?.completionTime, "string");
});

test("the pods of a Job know it by label, owner and finalizer", () => {
  const w = world();
  w.create("jobs", makeJob("one", {}, { run: "100" }));
  w.run(2);
  const [{ pod } = { pod: undefined }] = podsOf(w, "one");
  const job = w.get("jobs", "default/one");
  assert.equal(pod?.metadata.finalizers, ["batch.kubernetes.io/job-tracking"]);
  assert.is(pod?.metadata.labels?.["batch.kubernetes.io/job-name"], "one");
  assert.is(pod?.metadata.labels?.["batch.kubernetes.io/controller-uid"], job.metadata.uid);
  assert.equal(pod?.metadata.ownerReferences?.[0]?.blockOwnerDeletion, true);
});

test("each further failure doubles the wait, from the second in which the container ended", () => {
  const w = world();
  w.create("jobs", makeJob("fail", { backoffLimit: 4 }, { run: "1", exit: "1" }), 6);
  w.run(200);
  const created = podsOf(w, "fail").map(({ t }) => Math.round(t));
  assert.equal(created, [6, 18, 40, 82, 164]);
  assert.equal(course(w, "fail").slice(-2), [
    "a0 r0 s0 f4 t0 u0/1 FailureTarget=True:BackoffLimitExceeded",
    "a0 r0 s0 f5 t0 u0/0 FailureTarget=True:BackoffLimitExceeded Failed=True:BackoffLimitExceeded",
  ]);
  assert.is(w.events("fail").at(-1), "BackoffLimitExceeded: Job has reached the specified backoff limit");
});

test("failures of parallel pods all count: three of them make 40 s", () => {
  const w = world();
  w.create("jobs", makeJob("par", { completions: 6, parallelism: 3, backoffLimit: 5 }, { run: "2", exit: "1" }), 6);
  w.run(60);
  const created = podsOf(w, "par").map(({ t }) => Math.round(t));
  assert.equal(created.slice(0, 3), [6, 6, 6]);
  // ended at 9 s
  assert.equal(created.slice(3), [49, 49, 49]);
});

test("a deadline fails the Job, and it is Failed only when its pods are gone", () => {
  const w = world();
  w.create("jobs", makeJob("late", { completions: 2, parallelism: 2, activeDeadlineSeconds: 15 }, { run: "120" }), 6);
  w.run(30);
  assert.equal(course(w, "late").slice(2), [
    "a2 r2 s0 f0 t0 u0/0",
    "a0 r0 s0 f0 t2 u0/2 FailureTarget=True:DeadlineExceeded",
    "a0 r0 s0 f2 t2 u0/0 FailureTarget=True:DeadlineExceeded",
    "a0 r0 s0 f2 t0 u0/0 FailureTarget=True:DeadlineExceeded",
    "a0 r0 s0 f2 t0 u0/0 FailureTarget=True:DeadlineExceeded Failed=True:DeadlineExceeded",
  ]);
  assert.is(w.events("late").at(-1), "DeadlineExceeded: Job was active longer than specified deadline");
});

test("suspending removes the pods uncounted and stops the clock, resuming starts both anew", () => {
  const w = world();
  w.create("jobs", makeJob("pause", { completions: 3, parallelism: 3 }, { run: "25" }), 6);
  w.patch("jobs", "default/pause", (job) => ({ ...job, spec: { ...job.spec, suspend: true } }), 16);
  w.run(20);
  assert.is(w.get("jobs", "default/pause").status?.startTime, undefined);
  assert.equal(course(w, "pause").slice(-2), [
    "a0 r0 s0 f0 t3 u0/0 Suspended=True:JobSuspended",
    "a0 r0 s0 f0 t0 u0/0 Suspended=True:JobSuspended",
  ]);
  w.patch("jobs", "default/pause", (job) => ({ ...job, spec: { ...job.spec, suspend: false } }), 31);
  w.run(70);
  assert.ok(course(w, "pause").includes("a3 r0 s0 f0 t0 u0/0 Suspended=False:JobResumed"));
  assert.is(w.get("jobs", "default/pause").status?.startTime, "2026-01-01T00:00:31Z");
  assert.equal(
    w.events("pause").filter((text) => /^(Suspended|Resumed|Completed)/.test(text)),
    ["Suspended: Job suspended", "Resumed: Job resumed", "Completed: Job completed"],
  );
});

test("podReplacementPolicy: Failed waits for the end of deleted pods, and one that exits 0 is a success", () => {
  const w = world();
  const spec = { completions: 2, parallelism: 2 };
  w.create("jobs", makeJob("failed", { ...spec, podReplacementPolicy: "Failed" }, { run: "300", stop: "5" }), 6);
  w.create("jobs", makeJob("default", spec, { run: "300", stop: "5" }), 6);
  w.at(26, () => {
    for (const { metadata } of w.list("pods")) w.delete("pods", `default/${metadata.name}`);
  });
  w.run(60);
  assert.is(podsOf(w, "failed").length, 2);
  assert.equal(course(w, "failed").slice(-3), [
    "a0 r0 s0 f0 t2 u0/0",
    "a0 r0 s0 f0 t0 u2/0 SuccessCriteriaMet=True:CompletionsReached",
    "a0 r0 s2 f0 t0 u0/0 SuccessCriteriaMet=True:CompletionsReached Complete=True:CompletionsReached",
  ]);
  // otherwise they count as failed at once, and are replaced 20 s after the delete
  assert.ok(course(w, "default").includes("a0 r0 s0 f2 t2 u0/0"));
  assert.equal(
    podsOf(w, "default").map(({ t }) => Math.round(t)),
    [6, 6, 46, 46],
  );
});

test("an index has a back-off and a limit of its own, and a failed pod stays until its replacement carries its count", () => {
  const w = world();
  const spec = { completions: 6, parallelism: 3, completionMode: "Indexed", backoffLimitPerIndex: 1 };
  w.create("jobs", makeJob("idx", spec, { run: "2", "fail-indexes": "2,4" }), 6);
  w.run(60);
  const job = w.get("jobs", "default/idx");
  assert.is(job.status?.completedIndexes, "0,1,3,5");
  assert.is(job.status?.failedIndexes, "2,4");
  assert.is(job.status?.failed, 4);
  const pods = podsOf(w, "idx-2-");
  assert.equal(
    pods.map(({ pod }) => pod.metadata.annotations?.["batch.kubernetes.io/job-index-failure-count"]),
    ["0", "1"],
  );
  const [first] = pods;
  assert.is(first?.pod.spec.hostname, "idx-2");
  assert.is(first?.pod.spec.containers[0]?.env?.[0]?.name, "JOB_COMPLETION_INDEX");
  assert.ok(job.status?.conditions?.some(({ reason, type }) => type === "Failed" && reason === "FailedIndexes"));
  const released = w
    .changesOf("pods", first?.pod.metadata.name ?? "")
    .find(({ object }) => object.status?.phase === "Failed" && (object.metadata.finalizers ?? []).length === 0);
  assert.ok((released?.t ?? 0) > (pods[1]?.t ?? 0), "released after its replacement was made");
});

test("while it backs off, it says that none is active, and the API server refuses that as long as pods are ready", () => {
  const w = world();
  const spec = { completions: 6, parallelism: 3, completionMode: "Indexed", backoffLimitPerIndex: 1 };
  w.create("jobs", makeJob("idx", spec, { run: "2", "fail-indexes": "2" }), 6);
  w.run(14);
  // two more run and are ready from 12 s on, as the status does not say: the recording shows the same gap
  const ready = w.changesOf("jobs", "idx").map(({ object, t }) => [Math.floor(t), object.status?.ready]);
  assert.equal(ready.at(-1), [11, 0]);
});

test("too many failed indexes end the Job at once", () => {
  const w = world();
  const spec = {
    completions: 8,
    parallelism: 2,
    completionMode: "Indexed",
    backoffLimitPerIndex: 0,
    maxFailedIndexes: 1,
  };
  w.create("jobs", makeJob("max", spec, { run: "2", "fail-indexes": "0,1,2" }), 6);
  w.run(40);
  const job = w.get("jobs", "default/max");
  assert.is(job.status?.failedIndexes, "0,1");
  assert.is(
    w.events("max").at(-1),
    "MaxFailedIndexesExceeded: Job has exceeded the specified maximal number of failed indexes",
  );
});

test("containers that are restarted in place: their restarts are the failures", () => {
  const w = world();
  w.create("jobs", makeJob("restarts", { backoffLimit: 3 }, {}, { restartPolicy: "OnFailure" }), 6);
  w.run(10);
  const [{ pod } = { pod: undefined }] = podsOf(w, "restarts");
  for (let restartCount = 1; restartCount <= 3; restartCount++) {
    w.patchStatus(
      "pods",
      `default/${pod?.metadata.name}`,
      (before) => ({ ...before, status: { ...before.status, containerStatuses: [{ name: "c", restartCount }] } }),
      10 * (restartCount + 1),
    );
  }
  w.run(39);
  assert.is(w.get("jobs", "default/restarts").status?.conditions, undefined);
  w.run(50);
  assert.ok(course(w, "restarts").at(-1)?.endsWith("Failed=True:BackoffLimitExceeded"));
});

test("a pod failure policy fails the Job at once, or ignores a failure", () => {
  const w = world();
  const rules = [{ action: "FailJob", onExitCodes: { operator: "In", values: [42] } }];
  w.create("jobs", makeJob("fatal", { podFailurePolicy: { rules } }, { run: "1", exit: "42" }), 6);
  const ignore = [{ action: "Ignore", onExitCodes: { operator: "NotIn", values: [1] } }];
  w.create(
    "jobs",
    makeJob("ignored", { backoffLimit: 0, podFailurePolicy: { rules: ignore } }, { run: "1", exit: "3" }),
    6,
  );
  w.run(30);
  const event = w.events("fatal").at(-1) ?? "";
  assert.match(
    event,
    /^PodFailurePolicy: Container c for pod default\/fatal-\w+ failed with exit code 42 matching FailJob rule at index 0$/,
  );
  const ignored = w.get("jobs", "default/ignored");
  assert.is(ignored.status?.failed, undefined);
  assert.is(podsOf(w, "ignored").length, 2, "replaced after the back-off, though nothing was counted");
});

test("a success policy ends the Job when its leader has succeeded, and the others are removed", () => {
  const w = world();
  const spec = {
    completions: 3,
    parallelism: 3,
    completionMode: "Indexed",
    successPolicy: { rules: [{ succeededIndexes: "0" }] },
    backoffLimit: 10,
  };
  w.create("jobs", makeJob("leader", spec, { run: "2", "fail-indexes": "1,2" }), 6);
  w.run(40);
  const job = w.get("jobs", "default/leader");
  assert.is(job.status?.completedIndexes, "0");
  assert.equal(
    job.status?.conditions?.map(({ message, reason, type }) => `${type} ${reason} ${message}`),
    ["SuccessCriteriaMet SuccessPolicy Matched rules at index 0", "Complete SuccessPolicy Matched rules at index 0"],
  );
});

test("a Job that is deleted leaves no finalizers behind", () => {
  const w = world();
  w.create("jobs", makeJob("gone", { completions: 2, parallelism: 2 }, { run: "300" }), 6);
  w.delete("jobs", "default/gone", {}, 20);
  w.run(25);
  assert.not.ok(w.has("jobs", "default/gone"));
  assert.equal(
    w.list("pods").map(({ metadata }) => metadata.finalizers ?? []),
    [[], []],
  );
});

test("creations begin slowly, and a refused one is told and tried again", () => {
  const w = world();
  w.create("jobs", makeJob("many", { completions: 7, parallelism: 7 }, { run: "100" }), 1);
  w.run(3);
  const times = podsOf(w, "many").map(({ t }) => t);
  assert.is(new Set(times).size, 3, "batches of 1, 2 and 4");
});

test.run();
