// Which start of a schedule is due, how many were missed, and when to look again. Source: behaviour of the CronJob controller (1.36).

import type { CronSchedule } from "../../model/cron.ts";
import type { CronJob } from "../../model/objects.ts";
import type { TimeZone } from "../../model/time-zone.ts";
import { parseTimestampMicros, START_EPOCH_SECONDS } from "../../model/timestamp.ts";

const MICROS = 1_000_000;
/** It looks a little later than the start itself. */
const DELTA_MICROS = 100_000;
export const MANY_MISSED = 100;

/** Times in microseconds since the start of the run. */
export interface Due {
  /** From here on starts count. */
  readonly earliestMicros: number;
  /** The newest start that has come; null when none has. */
  readonly startMicros: number | null;
  /** How many have come, that one included. */
  readonly missed: number;
}

export function dueStart(
  cronJob: CronJob,
  schedule: CronSchedule,
  zone: TimeZone,
  nowMicros: number,
  isBoundByDeadline: boolean,
): Due {
  const { metadata, spec, status } = cronJob;
  const since = status?.lastScheduleTime ?? metadata.creationTimestamp;
  let earliestMicros = since == null ? 0 : (parseTimestampMicros(since) ?? 0);
  const deadlineSeconds = spec?.startingDeadlineSeconds;
  if (isBoundByDeadline && deadlineSeconds != null)
    earliestMicros = Math.max(earliestMicros, nowMicros - deadlineSeconds * MICROS);
  let startMicros: number | null = null;
  let missed = 0;
  for (let next = nextStart(schedule, zone, earliestMicros); next !== null && next <= nowMicros; ) {
    startMicros = next;
    missed++;
    const after = nextStart(schedule, zone, next);
    // after a long absence: jump to what is near, as the count only matters up to a limit
    const gap = after === null ? 0 : after - next;
    if (missed > MANY_MISSED && gap > 0 && nowMicros - next > 2 * gap + DAY_MICROS) {
      const jump = nowMicros - gap - DAY_MICROS;
      next = nextStart(schedule, zone, jump);
    } else next = after;
  }
  return { earliestMicros, startMicros, missed };
}

const DAY_MICROS = 86_400 * MICROS;

/** How long until the controller is to look at the CronJob again; null when its schedule has no further start. */
export function untilNextMicros(
  cronJob: CronJob,
  schedule: CronSchedule,
  zone: TimeZone,
  nowMicros: number,
): number | null {
  const { earliestMicros, startMicros } = dueStart(cronJob, schedule, zone, nowMicros, false);
  const next = nextStart(schedule, zone, startMicros ?? earliestMicros);
  return next === null ? null : Math.max(0, next + DELTA_MICROS - nowMicros);
}

/** The minute that names the Job of a start. */
export function minutesOf(startMicros: number): number {
  return Math.floor((startMicros / MICROS + START_EPOCH_SECONDS) / 60);
}

function nextStart(schedule: CronSchedule, zone: TimeZone, afterMicros: number): number | null {
  const next = schedule.next(afterMicros / MICROS + START_EPOCH_SECONDS, zone);
  return next === null ? null : (next - START_EPOCH_SECONDS) * MICROS;
}
