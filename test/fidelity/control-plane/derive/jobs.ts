// 08-jobs: Jobs one by one, and CronJobs with the Jobs that they made.
import { known, type PodLife, podLives } from "../pods.ts";
import type { Summary } from "../recordings.ts";
import { condition, isTerminal, type Row } from "../rows.ts";
import { seconds, short } from "../statistics.ts";
import type { Timeline } from "../timeline.ts";

export function deriveJobs(timeline: Timeline): Summary {
  const rows = new Map<string, Row[]>();
  const crons = new Set<string>();
  for (const row of timeline.events) {
    if (row.k === "CronJob") crons.add(row.n ?? "");
    if (row.k !== "Job") continue;
    const list = rows.get(row.n ?? "");
    if (list === undefined) rows.set(row.n ?? "", [row]);
    else list.push(row);
  }
  const pods = podLives(timeline.events);
  const jobs: Record<string, unknown> = {};
  for (const [name, of] of rows)
    jobs[name] = jobOf(
      of,
      pods.filter((pod) => pod.owner === `Job/${name}`),
    );
  const cronjobs: Record<string, unknown> = {};
  const clock = Date.parse(timeline.startsAt) / 1000;
  const seen = wallClockSecond(timeline) ?? clock % 60;
  for (const name of crons) cronjobs[name] = cronOf([...rows.values()], timeline.events, name, seen);
  return { jobs, ...(crons.size === 0 ? {} : { cronjobs }) };
}

function wallClockSecond(timeline: Timeline): number | null {
  const value = timeline.params.startWallClockSecondOfMinute;
  return typeof value === "number" ? value : null;
}

function jobOf(rows: readonly Row[], pods: readonly PodLife[]): Summary {
  const createdAt = rows[0]!.t;
  const after = (t: number) => seconds(t - createdAt);
  const last = rows.findLast((row) => row.e !== "D") ?? rows[0]!;
  const finished = rows.find((row) => isDone(row));
  const met = rows.find((row) => condition(row, "SuccessCriteriaMet") !== "" || condition(row, "FailureTarget") !== "");
  const gone = rows.find((row) => row.del !== undefined || row.e === "D");
  const removed = rows.find((row) => row.e === "D");
  const conditions = typeof last.c === "object" ? last.c : {};
  const result = Object.entries(conditions)
    .filter(([type]) => type !== "Suspended")
    .map(([type, value]) => `${type}:${value}`)
    .sort();
  const creates = known(pods.map((pod) => pod.created)).sort((a, b) => a - b);
  const finishes = pods.map((pod) => finishOf(pod)).filter((t) => t !== null);
  const deletedAt = removed?.t ?? gone?.t ?? null;
  return {
    createdAt,
    podsCreated: pods.length,
    podCreateTimes: creates.map((t) => short(t - createdAt)),
    podFinishTimes: finishes.map((t) => short(t - createdAt)),
    maxActive: Math.max(0, ...rows.map((row) => row.act ?? 0)),
    succeeded: Math.max(0, ...rows.map((row) => row.suc ?? 0)),
    failed: Math.max(0, ...rows.map((row) => row.fail ?? 0)),
    finishedAfter: finished === undefined ? null : after(finished.t),
    criteriaMetAfter: met === undefined ? null : after(met.t),
    result,
    ...(last.cidx !== undefined && last.cidx !== "" ? { cidx: last.cidx } : {}),
    ...(last.fidx !== undefined && last.fidx !== "" ? { fidx: last.fidx } : {}),
    ...(deletedAt === null ? {} : { deletedAfter: after(deletedAt) }),
    ...(deletedAt === null || finished === undefined ? {} : { deletedAfterFinish: seconds(deletedAt - finished.t) }),
    ...(pods.length > 1 ? { gapFinishToNextCreate: gaps(pods) } : {}),
  };
}

function isDone(row: Row): boolean {
  return condition(row, "Complete").startsWith("T") || condition(row, "Failed").startsWith("T");
}

function finishOf(pod: PodLife): number | null {
  return pod.rows.find((row) => isTerminal(row))?.t ?? null;
}

/** From the end of one pod to the creation of the next one, wherever the next one waited for it. */
function gaps(pods: readonly PodLife[]): number[] {
  const found: number[] = [];
  const sorted = pods.filter((pod) => pod.created !== null).sort((a, b) => a.created! - b.created!);
  for (const [i, pod] of sorted.slice(1).entries()) {
    const finish = sorted[i]!.finished;
    if (finish !== null && pod.created! > finish) found.push(short(pod.created! - finish));
  }
  return found;
}

function cronOf(jobs: readonly (readonly Row[])[], events: readonly Row[], name: string, clock: number): Summary {
  const own = jobs.filter((rows) => rows[0]!.own === `CronJob/${name}`);
  const createdAt = own.map((rows) => rows[0]!.t);
  return {
    jobsCreated: own.length,
    createdAt,
    createdSecondOfMinute: createdAt.map((t) => short((clock + t) % 60)),
    deletedCount: own.filter((rows) => rows.some((row) => row.e === "D")).length,
    maxActive: Math.max(0, ...events.filter((row) => row.k === "CronJob" && row.n === name).map((row) => row.act ?? 0)),
  };
}
