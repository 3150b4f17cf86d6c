// One sync of a CronJob: which of its Jobs have ended, whether a start is due, and what its concurrency policy says to that.
// Source: behaviour of kube-controller-manager's CronJob controller (1.36).
import { ApiError, keyOf } from "../../apiserver/client.ts";
import { ask, type Steps } from "../../engine/steps.ts";
import { civilOf, weekdayOf } from "../../model/calendar.ts";
import { type CronSchedule, parseCron } from "../../model/cron.ts";
import type { CronJob, Job, ObjectReference } from "../../model/objects.ts";
import { type TimeZone, timeZone, UTC } from "../../model/time-zone.ts";
import { parseTimestampMicros, START_EPOCH_SECONDS, timestampAt } from "../../model/timestamp.ts";
import type { ControllerContext, SyncResult } from "../framework/controller.ts";
import { controllerReference } from "../framework/controller-ref.ts";
import { isNamespaceTerminating } from "../framework/pod-control.ts";
import { finishedCondition } from "../job/conditions.ts";
import { dueStart, MANY_MISSED, minutesOf, untilNextMicros } from "./missed-times.ts";

export const CRON_JOB_KIND = { apiVersion: "batch/v1", kind: "CronJob" } as const;
const SCHEDULED_ANNOTATION = "batch.kubernetes.io/cronjob-scheduled-timestamp";
const DEFAULT_SUCCESSFUL_LIMIT = 3;
const DEFAULT_FAILED_LIMIT = 1;

/** The status that a sync is building. */
interface Draft {
  active: readonly ObjectReference[];
  lastScheduleTime: string | null;
  lastSuccessfulTime: string | null;
  isChanged: boolean;
}

/** @param written told of the CronJob as it is stored after a change of its status */
export function* syncCronJob(
  context: ControllerContext,
  cronJob: CronJob,
  jobs: readonly Job[],
  written: (cronJob: CronJob) => void,
): Steps<SyncResult> {
  const { status } = cronJob;
  const draft: Draft = {
    active: status?.active ?? [],
    lastScheduleTime: status?.lastScheduleTime ?? null,
    lastSuccessfulTime: status?.lastSuccessfulTime ?? null,
    isChanged: false,
  };
  yield* removeOldJobs(context, cronJob, draft, jobs);
  const result = yield* reconcile(context, cronJob, draft, jobs);
  if (!draft.isChanged) return result;
  const { active, lastScheduleTime, lastSuccessfulTime } = draft;
  const updated: CronJob = {
    ...cronJob,
    status: {
      ...(active.length === 0 ? {} : { active }),
      ...(lastScheduleTime === null ? {} : { lastScheduleTime }),
      ...(lastSuccessfulTime === null ? {} : { lastSuccessfulTime }),
    },
  };
  const answer = yield* ask<CronJob | ApiError>((done) => context.client.updateStatus("cronJobs", updated, done));
  if (answer instanceof ApiError) return { error: answer.message };
  written(answer);
  return result;
}

function* reconcile(
  context: ControllerContext,
  cronJob: CronJob,
  draft: Draft,
  jobs: readonly Job[],
): Steps<SyncResult> {
  const { client, engine } = context;
  for (const job of jobs) {
    if (!isKnown(draft, job) && finishedCondition(job) === undefined) {
      // what this controller wrote last may not have come back yet
      const key = keyOf("cronJobs", cronJob);
      const fresh = yield* ask<CronJob | ApiError>((done) => client.get("cronJobs", key, done));
      if (fresh instanceof ApiError) return { error: fresh.message };
      const active = fresh.status?.active ?? [];
      if (active.some(({ uid }) => uid === job.metadata.uid)) {
        draft.active = active;
        draft.lastScheduleTime = fresh.status?.lastScheduleTime ?? null;
        continue;
      }
    }
    noteJob(context, cronJob, draft, job);
  }
  const known = new Set(jobs.map((job) => job.metadata.uid));
  for (const reference of draft.active) {
    if (known.has(reference.uid)) continue;
    // the watch may be behind
    const key = `${reference.namespace ?? "default"}/${reference.name}`;
    const found = yield* ask<Job | ApiError>((done) => client.get("jobs", key, done));
    if (!(found instanceof ApiError)) continue;
    if (found.reason !== "NotFound") return { error: found.message };
    tell(context, cronJob, "Normal", "MissingJob", `Active job went missing: ${reference.name}`);
    forgetActive(draft, reference.uid);
  }
  const { spec } = cronJob;
  if (cronJob.metadata.deletionTimestamp != null || spec?.suspend === true) return undefined;
  const zone = zoneOf(context, cronJob);
  const schedule = zone && scheduleOf(context, cronJob);
  if (zone === undefined || schedule === undefined) return undefined;
  const { now } = engine;
  const { missed, startMicros } = dueStart(cronJob, schedule, zone, now, true);
  if (missed > MANY_MISSED) {
    const text = "too many missed start times. Set or decrease .spec.startingDeadlineSeconds or check clock skew";
    tell(context, cronJob, "Warning", "TooManyMissedTimes", text);
  }
  const again = (): SyncResult => {
    const base = { ...cronJob, status: { ...cronJob.status, lastScheduleTime: draft.lastScheduleTime } };
    const againMicros = untilNextMicros(base, schedule, zone, engine.now);
    return againMicros === null ? undefined : { againMicros };
  };
  if (startMicros === null) return again();
  const startTime = timestampAt(startMicros);
  const deadlineSeconds = spec?.startingDeadlineSeconds;
  if (deadlineSeconds != null && startMicros + deadlineSeconds * 1_000_000 < now) {
    const text = `Missed scheduled time to start a job: ${rfc1123(startMicros)}`;
    tell(context, cronJob, "Warning", "MissSchedule", text);
    return again();
  }
  const name = `${cronJob.metadata.name}-${minutesOf(startMicros)}`;
  if (draft.active.some((active) => active.name === name) || draft.lastScheduleTime === startTime) return again();
  if (spec?.concurrencyPolicy === "Forbid" && draft.active.length > 0) {
    const text = "Not starting job because prior execution is running and concurrency policy is Forbid";
    tell(context, cronJob, "Normal", "JobAlreadyActive", text);
    return again();
  }
  if (spec?.concurrencyPolicy === "Replace") {
    const error = yield* replaceActive(context, cronJob, draft);
    if (error !== null) return { error };
  }
  return (yield* startJob(context, cronJob, draft, name, startMicros, zone)) ?? again();
}

function noteJob(context: ControllerContext, cronJob: CronJob, draft: Draft, job: Job): void {
  const { name, uid } = job.metadata;
  const isActive = isKnown(draft, job);
  const finished = finishedCondition(job);
  if (!isActive && finished === undefined) {
    const text = `Saw a job that the controller did not create or forgot: ${name}`;
    tell(context, cronJob, "Warning", "UnexpectedJob", text);
  } else if (isActive && finished !== undefined) {
    forgetActive(draft, uid);
    tell(context, cronJob, "Normal", "SawCompletedJob", `Saw completed job: ${name}, condition: ${finished.type}`);
  }
  const completed = job.status?.completionTime;
  if (finished?.type !== "Complete" || completed == null) return;
  const isNewer =
    draft.lastSuccessfulTime === null ||
    (parseTimestampMicros(completed) ?? 0) > (parseTimestampMicros(draft.lastSuccessfulTime) ?? 0);
  if (!isNewer) return;
  draft.lastSuccessfulTime = completed;
  draft.isChanged = true;
}

function isKnown({ active }: Draft, { metadata }: Job): boolean {
  return active.some(({ uid }) => uid === metadata.uid);
}

function* replaceActive(context: ControllerContext, cronJob: CronJob, draft: Draft): Steps<string | null> {
  for (const reference of draft.active) {
    const key = `${reference.namespace ?? "default"}/${reference.name}`;
    const job = yield* ask<Job | ApiError>((done) => context.client.get("jobs", key, done));
    if (job instanceof ApiError) {
      tell(context, cronJob, "Warning", "FailedGet", `Get job: ${job.message}`);
      return job.message;
    }
    if (!(yield* deleteJob(context, cronJob, draft, job))) return `could not replace job ${key}`;
    draft.isChanged = true;
  }
  return null;
}

function* startJob(
  context: ControllerContext,
  cronJob: CronJob,
  draft: Draft,
  name: string,
  startMicros: number,
  zone: TimeZone,
): Steps<SyncResult> {
  const { client } = context;
  const { namespace = "default" } = cronJob.metadata;
  const template = cronJob.spec?.jobTemplate;
  const made: Job = {
    apiVersion: "batch/v1",
    kind: "Job",
    metadata: {
      name,
      namespace,
      ...(template?.metadata?.labels === undefined ? {} : { labels: template.metadata.labels }),
      annotations: { ...template?.metadata?.annotations, [SCHEDULED_ANNOTATION]: localTimestamp(startMicros, zone) },
      ownerReferences: [controllerReference(cronJob, CRON_JOB_KIND)],
    },
    spec: template?.spec,
  };
  let job = yield* ask<Job | ApiError>((done) => client.create("jobs", made, done));
  let isOurs = true;
  if (job instanceof ApiError && job.reason === "AlreadyExists") {
    isOurs = false;
    job = yield* ask<Job | ApiError>((done) => client.get("jobs", `${namespace}/${name}`, done));
    if (!(job instanceof ApiError) && !job.metadata.ownerReferences?.some(({ uid }) => uid === cronJob.metadata.uid))
      return undefined;
  }
  if (job instanceof ApiError) {
    if (isNamespaceTerminating(job)) return { error: job.message };
    tell(context, cronJob, "Warning", "FailedCreate", `Error creating job: ${job.message}`);
    return { error: job.message };
  }
  if (isOurs) tell(context, cronJob, "Normal", "SuccessfulCreate", `Created job ${name}`);
  const { resourceVersion: _version, uid } = job.metadata;
  draft.active = [...draft.active, { apiVersion: "batch/v1", kind: "Job", namespace, name, uid: uid ?? "" }];
  draft.lastScheduleTime = timestampAt(startMicros);
  draft.isChanged = true;
  return undefined;
}

/** Keeps only the newest Jobs of each outcome. */
function* removeOldJobs(context: ControllerContext, cronJob: CronJob, draft: Draft, jobs: readonly Job[]): Steps {
  const { spec } = cronJob;
  const limits = [
    ["Complete", spec?.successfulJobsHistoryLimit ?? DEFAULT_SUCCESSFUL_LIMIT],
    ["Failed", spec?.failedJobsHistoryLimit ?? DEFAULT_FAILED_LIMIT],
  ] as const;
  for (const [outcome, limit] of limits) {
    const ended = jobs.filter((job) => finishedCondition(job)?.type === outcome);
    if (ended.length <= limit) continue;
    const byStart = ended.sort((a, b) => compareStarts(a, b));
    for (const job of byStart.slice(0, ended.length - limit)) yield* deleteJob(context, cronJob, draft, job);
  }
}

function compareStarts(a: Job, b: Job): number {
  const startOf = (job: Job) => parseTimestampMicros(job.status?.startTime ?? "") ?? Number.POSITIVE_INFINITY;
  const [ours, theirs] = [startOf(a), startOf(b)];
  if (ours !== theirs) return ours - theirs;
  return a.metadata.name < b.metadata.name ? -1 : 1;
}

function* deleteJob(context: ControllerContext, cronJob: CronJob, draft: Draft, job: Job): Steps<boolean> {
  const { name, uid } = job.metadata;
  const options = { propagationPolicy: "Background" } as const;
  const answer = yield* ask<unknown>((done) => context.client.delete("jobs", keyOf("jobs", job), options, done));
  if (answer instanceof ApiError && answer.reason !== "NotFound") {
    tell(context, cronJob, "Warning", "FailedDelete", `Deleted job: ${answer.message}`);
    return false;
  }
  forgetActive(draft, uid);
  tell(context, cronJob, "Normal", "SuccessfulDelete", `Deleted job ${name}`);
  return true;
}

function forgetActive(draft: Draft, uid: string | undefined): void {
  const left = draft.active.filter((active) => active.uid !== uid);
  if (left.length === draft.active.length) return;
  draft.active = left;
  draft.isChanged = true;
}

function zoneOf(context: ControllerContext, cronJob: CronJob): TimeZone | undefined {
  const name = cronJob.spec?.timeZone;
  if (name == null) return UTC;
  const zone = timeZone(name);
  if (zone === undefined)
    tell(context, cronJob, "Warning", "UnknownTimeZone", `invalid timeZone: "${name}": unknown time zone ${name}`);
  return zone;
}

function scheduleOf(context: ControllerContext, cronJob: CronJob): CronSchedule | undefined {
  const text = cronJob.spec?.schedule ?? "";
  const schedule = parseCron(text);
  if (typeof schedule !== "string") return schedule;
  tell(context, cronJob, "Warning", "UnparseableSchedule", `unparseable schedule: "${text}" : ${schedule}`);
  return undefined;
}

function tell(
  { events }: ControllerContext,
  { metadata }: CronJob,
  type: "Normal" | "Warning",
  reason: string,
  message: string,
): void {
  events.event({ ...CRON_JOB_KIND, metadata }, type, reason, message);
}

// RFC 3339 with the zone's offset
function localTimestamp(micros: number, zone: TimeZone): string {
  const utc = timestampAt(micros);
  const epochSeconds = Math.floor(micros / 1_000_000) + START_EPOCH_SECONDS;
  const offset = zone.offsetMinutes(epochSeconds);
  if (offset === 0) return utc;
  const local = timestampAt(Math.max(0, micros + offset * 60_000_000)).slice(0, -1);
  const size = Math.abs(offset);
  const two = (n: number) => String(n).padStart(2, "0");
  return `${local}${offset < 0 ? "-" : "+"}${two(Math.floor(size / 60))}:${two(size % 60)}`;
}

const WEEKDAYS = ["Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"];
const MONTHS = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];

// "Thu, 01 Jan 2026 00:01:00 +0000"
function rfc1123(micros: number): string {
  const seconds = Math.floor(micros / 1_000_000) + START_EPOCH_SECONDS;
  const days = Math.floor(seconds / 86_400);
  const { day, month, year } = civilOf(days);
  const clock = timestampAt(micros).slice(11, 19);
  return `${WEEKDAYS[weekdayOf(days)]}, ${String(day).padStart(2, "0")} ${MONTHS[month - 1]} ${year} ${clock} +0000`;
}
