// Cron schedules: next starts, what is refused, and time zones with their changes of the clock.
import { test } from "uvu";
import * as assert from "uvu/assert";
import { parseCron } from "../../sim/model/cron.ts";
import { timeZone, UTC } from "../../sim/model/time-zone.ts";

/** The next starts after an instant, as UTC. */
function starts(text: string, after: string, count: number, zone = "UTC"): string[] {
  const schedule = parseCron(text);
  if (typeof schedule === "string") throw new Error(schedule);
  const found: string[] = [];
  let at = Date.parse(after) / 1000;
  for (let i = 0; i < count; i++) {
    const next = schedule.next(at, timeZone(zone) ?? UTC);
    if (next === null) break;
    at = next;
    found.push(new Date(at * 1000).toISOString().slice(0, 16));
  }
  return found;
}

test("lists, ranges, steps, names and macros", () => {
  assert.equal(starts("*/20 8-9 * * *", "2026-01-01T08:30:00Z", 3), [
    "2026-01-01T08:40",
    "2026-01-01T09:00",
    "2026-01-01T09:20",
  ]);
  assert.equal(starts("0 0 1 jan,jul *", "2026-01-01T00:00:00Z", 2), ["2026-07-01T00:00", "2027-01-01T00:00"]);
  assert.equal(starts("5/25 * * * *", "2026-01-01T00:00:00Z", 3), [
    "2026-01-01T00:05",
    "2026-01-01T00:30",
    "2026-01-01T00:55",
  ]);
  assert.equal(starts("@hourly", "2026-01-01T00:00:01Z", 1), ["2026-01-01T01:00"]);
  assert.equal(starts("@every 1h30m", "2026-01-01T00:00:00Z", 2), ["2026-01-01T01:30", "2026-01-01T03:00"]);
  assert.equal(starts("0 0 29 2 *", "2026-01-01T00:00:00Z", 1), ["2028-02-29T00:00"]);
  assert.equal(starts("0 0 31 2 *", "2026-01-01T00:00:00Z", 1), [], "never");
});

test("day of month and day of week: either, unless one is open", () => {
  // the 13th, and every Friday
  assert.equal(starts("0 0 13 * fri", "2026-02-10T00:00:00Z", 3), [
    "2026-02-13T00:00",
    "2026-02-20T00:00",
    "2026-02-27T00:00",
  ]);
  assert.equal(starts("0 0 * * mon", "2026-02-10T00:00:00Z", 1), ["2026-02-16T00:00"]);
  assert.equal(starts("0 0 13 * ?", "2026-02-14T00:00:00Z", 1), ["2026-03-13T00:00"]);
});

test("what is no schedule is refused with its reason", () => {
  const cases: [string, RegExp][] = [
    ["", /empty spec string/],
    ["* * * *", /expected exactly 5 fields, found 4/],
    ["60 * * * *", /end of range \(60\) above maximum \(59\)/],
    ["* * 0 * *", /beginning of range \(0\) below minimum \(1\)/],
    ["5-1 * * * *", /beyond end of range/],
    ["*/0 * * * *", /step of range should be a positive number/],
    ["x * * * *", /failed to parse minute/],
    ["@fortnightly", /unrecognized descriptor/],
    ["TZ=UTC * * * * *", /spec.timeZone/],
    ["* * * * 7", /above maximum \(6\)/],
  ];
  for (const [text, why] of cases) assert.match(String(parseCron(text)), why, text);
});

test("in summer the clock is an hour ahead, and the hour that it skips has no start", () => {
  assert.equal(starts("30 2 * * *", "2026-03-28T12:00:00Z", 2, "Europe/Berlin"), [
    "2026-03-30T00:30",
    "2026-03-31T00:30",
  ]);
  assert.equal(starts("0 12 * * *", "2026-03-07T18:00:00Z", 2, "America/New_York"), [
    "2026-03-08T16:00",
    "2026-03-09T16:00",
  ]);
  assert.equal(starts("0 12 * * *", "2026-10-31T18:00:00Z", 2, "America/New_York"), [
    "2026-11-01T17:00",
    "2026-11-02T17:00",
  ]);
});

test("zones agree with those that the machine knows, through a year", () => {
  const zones = ["Europe/London", "Europe/Berlin", "America/New_York", "America/Los_Angeles", "Australia/Sydney"];
  for (const name of [...zones, "Pacific/Auckland", "Asia/Kolkata", "America/St_Johns", "Etc/GMT+5", "Asia/Tokyo"]) {
    const format = new Intl.DateTimeFormat("en-US", { timeZone: name, timeZoneName: "longOffset", hourCycle: "h23" });
    for (let hour = 0; hour < 366 * 24; hour += 7) {
      const at = Date.UTC(2026, 0, 1) / 1000 + hour * 3600;
      const text = format.formatToParts(at * 1000).find(({ type }) => type === "timeZoneName")?.value ?? "";
      const match = /GMT(?:([+-])(\d\d):(\d\d))?/.exec(text);
      const minutes = match?.[1] ? (match[1] === "-" ? -1 : 1) * (Number(match[2]) * 60 + Number(match[3])) : 0;
      assert.is(timeZone(name)?.offsetMinutes(at), minutes, `${name} at ${at}`);
    }
  }
  assert.is(timeZone("Mars/Olympus"), undefined);
});

test.run();
