// Cron schedules as Kubernetes reads them: five fields with lists, ranges, steps and names, or a macro such as @hourly or "@every 90m".
// Day of month and day of week: both must fit if one of them is "*", else one is enough. Refuses seconds, "L", "W", "#" and TZ prefixes.
// Source: the format of CronJob's spec.schedule, and behaviour of the robfig/cron v3 standard parser.
import { civilOf, weekdayOf } from "./calendar.ts";
import type { TimeZone } from "./time-zone.ts";

export interface CronSchedule {
  /** The first instant after `afterSeconds` (since 1970) that fits, in seconds since 1970; null when there is none within five years. */
  next(afterSeconds: number, zone: TimeZone): number | null;
}

interface Field {
  readonly name: string;
  readonly min: number;
  readonly max: number;
  readonly names: readonly string[];
}

const MONTHS = ["jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"];
const DAYS = ["sun", "mon", "tue", "wed", "thu", "fri", "sat"];
const FIELDS: readonly Field[] = [
  { name: "minute", min: 0, max: 59, names: [] },
  { name: "hour", min: 0, max: 23, names: [] },
  { name: "day of month", min: 1, max: 31, names: [] },
  { name: "month", min: 1, max: 12, names: MONTHS },
  { name: "day of week", min: 0, max: 6, names: DAYS },
];
const MACROS: Readonly<Record<string, string>> = {
  "@yearly": "0 0 1 1 *",
  "@annually": "0 0 1 1 *",
  "@monthly": "0 0 1 * *",
  "@weekly": "0 0 * * 0",
  "@daily": "0 0 * * *",
  "@midnight": "0 0 * * *",
  "@hourly": "0 * * * *",
};
const UNIT_SECONDS: Readonly<Record<string, number>> = { h: 3600, m: 60, s: 1 };
const MINUTES_PER_DAY = 1440;
const HORIZON_MINUTES = 5 * 366 * MINUTES_PER_DAY;

/** The values that fit, and whether the field was left open by "*" or "?". */
interface Values {
  readonly fits: ReadonlySet<number>;
  readonly isOpen: boolean;
}

/** @returns the schedule, or what is wrong with it as a sentence's end: "… expected exactly 5 fields, found 2: [0 0]" */
export function parseCron(text: string): CronSchedule | string {
  const trimmed = text.trim();
  if (trimmed === "") return "empty spec string";
  if (/(^|\s)(CRON_)?TZ=/.test(text)) return "a time zone belongs into spec.timeZone";
  if (trimmed.startsWith("@every ")) return every(trimmed.slice("@every ".length));
  if (trimmed.startsWith("@") && MACROS[trimmed] === undefined) return `unrecognized descriptor: ${trimmed}`;
  const parts = (MACROS[trimmed] ?? trimmed).split(/\s+/);
  if (parts.length !== FIELDS.length) return `expected exactly 5 fields, found ${parts.length}: [${parts.join(" ")}]`;
  const values: Values[] = [];
  for (const [i, field] of FIELDS.entries()) {
    const found = valuesOf(parts[i]!, field);
    if (typeof found === "string") return found;
    values.push(found);
  }
  return new FieldSchedule(values);
}

function every(text: string): CronSchedule | string {
  const match = /^(?:(\d+)h)?(?:(\d+)m)?(?:(\d+)s)?$/.exec(text.trim());
  let seconds = 0;
  for (const [i, unit] of ["h", "m", "s"].entries()) seconds += Number(match?.[i + 1] ?? 0) * UNIT_SECONDS[unit]!;
  if (match === null || text.trim() === "") return `failed to parse duration @every ${text}`;
  const period = Math.max(1, seconds);
  return { next: (afterSeconds) => Math.floor(afterSeconds) + period };
}

function valuesOf(text: string, field: Field): Values | string {
  const fits = new Set<number>();
  let isOpen = false;
  for (const part of text.split(",")) {
    const [range = "", step, ...more] = part.split("/");
    const [low = "", high, ...rest] = range.split("-");
    if (more.length > 0) return `too many slashes: ${part}`;
    if (rest.length > 0) return `too many hyphens: ${part}`;
    const isAll = low === "*" || low === "?";
    const by = step === undefined ? 1 : number(step);
    const first = isAll ? field.min : number(low, field.names, field.min);
    // "5/15" is "5-59/15"
    const last = isAll
      ? field.max
      : high !== undefined
        ? number(high, field.names, field.min)
        : step
          ? field.max
          : first;
    if (by === null || first === null || last === null) return `failed to parse ${field.name}: ${part}`;
    if (by === 0) return `step of range should be a positive number: ${part}`;
    if (first < field.min) return `beginning of range (${first}) below minimum (${field.min}): ${part}`;
    if (last > field.max) return `end of range (${last}) above maximum (${field.max}): ${part}`;
    if (first > last) return `beginning of range (${first}) beyond end of range (${last}): ${part}`;
    for (let value = first; value <= last; value += by) fits.add(value);
    if (isAll && by === 1) isOpen = true;
  }
  return { fits, isOpen };
}

function number(text: string, names: readonly string[] = [], min = 0): number | null {
  const named = names.indexOf(text.toLowerCase());
  if (named >= 0) return named + min;
  return /^\d+$/.test(text) ? Number(text) : null;
}

class FieldSchedule implements CronSchedule {
  private readonly minutes: Values;
  private readonly hours: Values;
  private readonly days: Values;
  private readonly months: Values;
  private readonly weekdays: Values;

  constructor([minutes, hours, days, months, weekdays]: readonly Values[]) {
    this.minutes = minutes!;
    this.hours = hours!;
    this.days = days!;
    this.months = months!;
    this.weekdays = weekdays!;
  }

  next(afterSeconds: number, zone: TimeZone): number | null {
    let minute = Math.floor(afterSeconds / 60) + 1;
    const horizon = minute + HORIZON_MINUTES;
    while (minute <= horizon) {
      const local = minute + zone.offsetMinutes(minute * 60);
      const day = Math.floor(local / MINUTES_PER_DAY);
      const ofDay = local - day * MINUTES_PER_DAY;
      if (!this.fitsDay(day)) minute += MINUTES_PER_DAY - ofDay;
      else if (!this.hours.fits.has(Math.floor(ofDay / 60))) minute += 60 - (ofDay % 60);
      else if (!this.minutes.fits.has(ofDay % 60)) minute++;
      else return minute * 60;
    }
    return null;
  }

  private fitsDay(daysSince1970: number): boolean {
    const { day, month } = civilOf(daysSince1970);
    if (!this.months.fits.has(month)) return false;
    const ofMonth = this.days.fits.has(day);
    const ofWeek = this.weekdays.fits.has(weekdayOf(daysSince1970));
    return this.days.isOpen || this.weekdays.isOpen ? ofMonth && ofWeek : ofMonth || ofWeek;
  }
}
