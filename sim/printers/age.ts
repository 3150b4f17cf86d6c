// Ages as kubectl writes them: two units while the smaller one still matters, then one.
// Source: behaviour of apimachinery's duration.HumanDuration.
import { parseTimestampMicros } from "../model/timestamp.ts";

const MINUTE = 60;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;
const YEAR = 365 * DAY;

/** `119s`, `5m32s`, `3h2m`, `2d4h`, `3y12d`. What lies up to a second in the future is `0s`, beyond that `<invalid>`. */
export function humanDuration(micros: number): string {
  // as Go converts: toward zero
  const seconds = Math.trunc(micros / 1_000_000);
  if (seconds < -1) return "<invalid>";
  if (seconds < 0) return "0s";
  if (seconds < 2 * MINUTE) return `${seconds}s`;
  if (seconds < 10 * MINUTE) return two(seconds, MINUTE, "m", 1, "s");
  if (seconds < 3 * HOUR) return `${Math.floor(seconds / MINUTE)}m`;
  if (seconds < 8 * HOUR) return two(seconds, HOUR, "h", MINUTE, "m");
  if (seconds < 2 * DAY) return `${Math.floor(seconds / HOUR)}h`;
  if (seconds < 8 * DAY) return two(seconds, DAY, "d", HOUR, "h");
  if (seconds < 2 * YEAR) return `${Math.floor(seconds / DAY)}d`;
  if (seconds < 8 * YEAR) return two(seconds, YEAR, "y", DAY, "d");
  return `${Math.floor(seconds / YEAR)}y`;
}

/** How long ago a timestamp of the API was; `<unknown>` when there is none. */
export function ageOf(timestamp: string | null | undefined, nowMicros: number): string {
  const micros = timestamp == null ? undefined : parseTimestampMicros(timestamp);
  return micros === undefined ? "<unknown>" : humanDuration(nowMicros - micros);
}

function two(seconds: number, large: number, largeUnit: string, small: number, smallUnit: string): string {
  const count = Math.floor(seconds / large);
  const rest = Math.floor((seconds - count * large) / small);
  return rest === 0 ? `${count}${largeUnit}` : `${count}${largeUnit}${rest}${smallUnit}`;
}
