// Time zones for CronJobs: UTC, fixed offsets (Etc/GMT±n), and common zones by the rules of daylight saving time that hold today. A table
// of our own: what a machine knows of time zones differs from machine to machine. Other names are refused. Source: IANA tz database, 2025.
import { civilOf, firstDayOf, weekdayOf } from "./calendar.ts";

export interface TimeZone {
  readonly name: string;
  /** Local time minus UTC at an instant (seconds since 1970). */
  offsetMinutes(atSeconds: number): number;
}

/** When the clock goes forward and back: the n-th Sunday of a month (-1: the last) at an hour. */
interface Change {
  readonly month: number;
  readonly sunday: number;
  readonly hour: number;
}

interface Rule {
  readonly begins: Change;
  readonly ends: Change;
  /** Are the hours UTC, or standard time of the place? */
  readonly isUtc: boolean;
}

const EUROPE: Rule = {
  begins: { month: 3, sunday: -1, hour: 1 },
  ends: { month: 10, sunday: -1, hour: 1 },
  isUtc: true,
};
const AMERICA: Rule = {
  begins: { month: 3, sunday: 2, hour: 2 },
  ends: { month: 11, sunday: 1, hour: 1 },
  isUtc: false,
};
const AUSTRALIA: Rule = {
  begins: { month: 10, sunday: 1, hour: 2 },
  ends: { month: 4, sunday: 1, hour: 2 },
  isUtc: false,
};
const NEW_ZEALAND: Rule = {
  begins: { month: 9, sunday: -1, hour: 2 },
  ends: { month: 4, sunday: 1, hour: 2 },
  isUtc: false,
};

const ZONES: readonly (readonly [offsetHours: number, rule: Rule | null, names: string])[] = [
  [0, null, "UTC Etc/UTC Etc/GMT GMT Etc/Zulu Zulu Universal Etc/Universal Africa/Abidjan Africa/Accra Africa/Dakar"],
  [0, null, "Atlantic/Reykjavik"],
  [0, EUROPE, "Europe/London Europe/Dublin Europe/Lisbon WET"],
  [1, null, "Africa/Lagos Africa/Algiers Africa/Tunis Africa/Kinshasa"],
  [1, EUROPE, "Europe/Berlin Europe/Paris Europe/Madrid Europe/Rome Europe/Amsterdam Europe/Brussels Europe/Vienna"],
  [1, EUROPE, "Europe/Zurich Europe/Prague Europe/Warsaw Europe/Budapest Europe/Stockholm Europe/Oslo CET"],
  [1, EUROPE, "Europe/Copenhagen Europe/Belgrade Europe/Zagreb Europe/Ljubljana Europe/Bratislava Europe/Luxembourg"],
  [2, null, "Africa/Johannesburg Africa/Maputo Africa/Tripoli Europe/Kaliningrad"],
  [2, EUROPE, "Europe/Athens Europe/Helsinki Europe/Kiev Europe/Kyiv Europe/Bucharest Europe/Sofia Europe/Riga EET"],
  [2, EUROPE, "Europe/Tallinn Europe/Vilnius Asia/Nicosia"],
  [
    3,
    null,
    "Europe/Moscow Europe/Istanbul Europe/Minsk Asia/Riyadh Asia/Baghdad Asia/Kuwait Asia/Qatar Africa/Nairobi",
  ],
  [3.5, null, "Asia/Tehran"],
  [4, null, "Asia/Dubai Asia/Baku Asia/Tbilisi Asia/Yerevan"],
  [4.5, null, "Asia/Kabul"],
  [5, null, "Asia/Karachi Asia/Tashkent Asia/Yekaterinburg Asia/Almaty"],
  [5.5, null, "Asia/Kolkata Asia/Calcutta Asia/Colombo"],
  [5.75, null, "Asia/Kathmandu"],
  [6, null, "Asia/Dhaka"],
  [6.5, null, "Asia/Yangon"],
  [7, null, "Asia/Bangkok Asia/Jakarta Asia/Ho_Chi_Minh Asia/Novosibirsk"],
  [8, null, "Asia/Shanghai Asia/Hong_Kong Asia/Taipei Asia/Singapore Asia/Kuala_Lumpur Asia/Manila Australia/Perth"],
  [9, null, "Asia/Tokyo Asia/Seoul"],
  [9.5, null, "Australia/Darwin"],
  [9.5, AUSTRALIA, "Australia/Adelaide"],
  [10, null, "Australia/Brisbane Asia/Vladivostok Pacific/Guam"],
  [10, AUSTRALIA, "Australia/Sydney Australia/Melbourne Australia/Hobart Australia/Canberra"],
  [12, NEW_ZEALAND, "Pacific/Auckland"],
  [-3, null, "America/Sao_Paulo America/Argentina/Buenos_Aires America/Buenos_Aires America/Montevideo"],
  [-3.5, AMERICA, "America/St_Johns"],
  [-4, null, "America/Caracas America/La_Paz America/Puerto_Rico"],
  [-4, AMERICA, "America/Halifax"],
  [-5, null, "America/Bogota America/Lima America/Panama America/Jamaica EST"],
  [-5, AMERICA, "America/New_York America/Toronto America/Detroit US/Eastern EST5EDT"],
  [-6, null, "America/Mexico_City America/Costa_Rica America/Guatemala"],
  [-6, AMERICA, "America/Chicago America/Winnipeg US/Central CST6CDT"],
  [-7, null, "America/Phoenix MST"],
  [-7, AMERICA, "America/Denver America/Edmonton America/Boise US/Mountain MST7MDT"],
  [-8, AMERICA, "America/Los_Angeles America/Vancouver America/Tijuana US/Pacific PST8PDT"],
  [-9, AMERICA, "America/Anchorage US/Alaska"],
  [-10, null, "Pacific/Honolulu US/Hawaii HST"],
];

/** Undefined for a name that the table does not have. */
export function timeZone(name: string): TimeZone | undefined {
  const fixed = /^Etc\/GMT([+-])(\d{1,2})$/.exec(name);
  if (fixed !== null) {
    const hours = Number(fixed[2]);
    if (hours > (fixed[1] === "-" ? 14 : 12)) return undefined;
    // POSIX: west is positive
    const offset = (fixed[1] === "-" ? 1 : -1) * hours * 60;
    return { name, offsetMinutes: () => offset };
  }
  for (const [hours, rule, names] of ZONES) {
    if (!names.split(" ").includes(name)) continue;
    const standard = hours * 60;
    if (rule === null) return { name, offsetMinutes: () => standard };
    return { name, offsetMinutes: (atSeconds) => standard + (isSummer(atSeconds, standard, rule) ? 60 : 0) };
  }
  return undefined;
}

export const UTC: TimeZone = { name: "UTC", offsetMinutes: () => 0 };

function isSummer(atSeconds: number, standardMinutes: number, { begins, ends, isUtc }: Rule): boolean {
  // in standard time, or UTC where the rule is
  const minutes = Math.floor(atSeconds / 60) + (isUtc ? 0 : standardMinutes);
  const { year } = civilOf(Math.floor(minutes / 1440));
  const begin = minuteOf(year, begins);
  const end = minuteOf(year, ends);
  // south of the equator summer spans the new year
  return begin < end ? minutes >= begin && minutes < end : minutes >= begin || minutes < end;
}

function minuteOf(year: number, { hour, month, sunday }: Change): number {
  const first = firstDayOf(year, month);
  const firstSunday = first + ((7 - weekdayOf(first)) % 7);
  let day = firstSunday + (sunday - 1) * 7;
  if (sunday < 0) {
    const next = month === 12 ? firstDayOf(year + 1, 1) : firstDayOf(year, month + 1);
    day = next - 1 - weekdayOf(next - 1);
  }
  return day * 1440 + hour * 60;
}
