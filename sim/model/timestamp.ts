// Virtual time as the API writes time: RFC 3339, whole seconds, UTC. Every run starts at the same calendar instant,
// so that timestamps are the same bytes in every run.
import { fail } from "../engine/assert.ts";

/** What calendars show at tick 0, as seconds since 1970: 2026-01-01T00:00:00Z. */
export const START_EPOCH_SECONDS = 1_767_225_600;

const SECONDS_PER_DAY = 86_400;

/**
 * The timestamp of a point in virtual time, cut to the second as the API server does.
 *
 * @param micros microseconds since the start of the run; negative for what was before it
 */
export function timestampAt(micros: number): string {
  if (!Number.isFinite(micros)) fail(`not a point in time: ${micros} µs`);
  const seconds = START_EPOCH_SECONDS + Math.floor(micros / 1_000_000);
  const days = Math.floor(seconds / SECONDS_PER_DAY);
  const rest = seconds - days * SECONDS_PER_DAY;
  const clock = `${two(Math.floor(rest / 3600))}:${two(Math.floor(rest / 60) % 60)}:${two(rest % 60)}`;
  return `${civilDate(days)}T${clock}Z`;
}

/** The same with microseconds, as the time fields of Leases have it. */
export function microTimestampAt(micros: number): string {
  const seconds = timestampAt(micros);
  // also for what was before the run
  const fraction = String(micros - Math.floor(micros / 1_000_000) * 1_000_000).padStart(6, "0");
  return `${seconds.slice(0, -1)}.${fraction}Z`;
}

/** Timestamps of a clock that moves forward: the last one is kept, as many things happen within a second. */
export class Timestamps {
  private second = -1;
  private text = "";

  /** As {@link timestampAt}. */
  at(micros: number): string {
    const second = Math.floor(micros / 1_000_000);
    if (second !== this.second) {
      this.second = second;
      this.text = timestampAt(micros);
    }
    return this.text;
  }
}

// proleptic Gregorian date of a day number, by eras of 400 years that begin in March
function civilDate(daysSince1970: number): string {
  const z = daysSince1970 + 719_468;
  const era = Math.floor(z / 146_097);
  const day = z - era * 146_097;
  const year = Math.floor((day - Math.floor(day / 1460) + Math.floor(day / 36_524) - Math.floor(day / 146_096)) / 365);
  const dayOfYear = day - (365 * year + Math.floor(year / 4) - Math.floor(year / 100));
  const march = Math.floor((5 * dayOfYear + 2) / 153);
  const month = march < 10 ? march + 3 : march - 9;
  const y = year + era * 400 + (month <= 2 ? 1 : 0);
  return `${String(y).padStart(4, "0")}-${two(month)}-${two(dayOfYear - Math.floor((153 * march + 2) / 5) + 1)}`;
}

function two(n: number): string {
  return n < 10 ? `0${n}` : String(n);
}

/**
 * Reads an RFC 3339 timestamp.
 *
 * @returns microseconds since the start of the run, negative for what was before; undefined when it is no timestamp
 */
export function parseTimestampMicros(text: string): number | undefined {
  const plain = text.length === 20 ? parsePlain(text) : -1;
  if (plain !== -1) return plain;
  const match = /^(\d{4})-(\d\d)-(\d\d)[Tt](\d\d):(\d\d):(\d\d)(?:\.(\d{1,9}))?(?:[Zz]|([+-])(\d\d):(\d\d))$/.exec(
    text,
  );
  if (match === null) return undefined;
  const [year, month, day, hour, minute, second] = match.slice(1, 7).map(Number) as [
    number,
    number,
    number,
    number,
    number,
    number,
  ];
  if (month < 1 || month > 12 || day < 1 || day > 31 || hour > 23 || minute > 59 || second > 60) return undefined;
  const offsetMinutes =
    match[8] === undefined ? 0 : (match[8] === "-" ? -1 : 1) * (Number(match[9]) * 60 + Number(match[10]));
  const seconds = dayNumber(year, month, day) * SECONDS_PER_DAY + hour * 3600 + (minute - offsetMinutes) * 60 + second;
  const micros = Number((match[7] ?? "").padEnd(6, "0").slice(0, 6));
  return (seconds - START_EPOCH_SECONDS) * 1_000_000 + micros;
}

const ZERO = 48;

/** The form in which the API writes, `2026-01-01T00:00:00Z`, read without a regular expression; -1 = it is not that. */
function parsePlain(text: string): number {
  const isPlain =
    text.charCodeAt(4) === 45 &&
    text.charCodeAt(7) === 45 &&
    text.charCodeAt(10) === 84 &&
    text.charCodeAt(13) === 58 &&
    text.charCodeAt(16) === 58 &&
    text.charCodeAt(19) === 90;
  if (!isPlain) return -1;
  const century = twoDigits(text, 0);
  const yearOfCentury = twoDigits(text, 2);
  const month = twoDigits(text, 5);
  const day = twoDigits(text, 8);
  const hour = twoDigits(text, 11);
  const minute = twoDigits(text, 14);
  const second = twoDigits(text, 17);
  if (century < 0 || yearOfCentury < 0 || minute < 0 || second < 0 || hour < 0) return -1;
  if (month < 1 || month > 12 || day < 1 || day > 31 || hour > 23 || minute > 59 || second > 60) return -1;
  const days = dayNumber(century * 100 + yearOfCentury, month, day);
  return (days * SECONDS_PER_DAY + hour * 3600 + minute * 60 + second - START_EPOCH_SECONDS) * 1_000_000;
}

/** -1 when they are no digits. */
function twoDigits(text: string, at: number): number {
  const tens = text.charCodeAt(at) - ZERO;
  const ones = text.charCodeAt(at + 1) - ZERO;
  return tens < 0 || tens > 9 || ones < 0 || ones > 9 ? -1 : tens * 10 + ones;
}

// days since 1970 of a date of the proleptic Gregorian calendar; the inverse of civilDate
function dayNumber(year: number, month: number, day: number): number {
  const y = month <= 2 ? year - 1 : year;
  const era = Math.floor(y / 400);
  const yearOfEra = y - era * 400;
  const march = month > 2 ? month - 3 : month + 9;
  const dayOfYear = Math.floor((153 * march + 2) / 5) + day - 1;
  return (
    era * 146_097 + yearOfEra * 365 + Math.floor(yearOfEra / 4) - Math.floor(yearOfEra / 100) + dayOfYear - 719_468
  );
}
