// The comparison with recordings of etcd notices a column that is shifted, a text that is missing or impossible, and an exception
// without need; few recorded trials are not taken for more than they tell. Its quantiles are those of the recorder's summary.
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { fromShared } from "../shared.ts";
import { tries } from "../thorough.ts";
import { compareApi } from "./etcd/api-errors.ts";
import { columnOf, compareSetting, type Row, type SimulatedSetting, unneededExceptions } from "./etcd/compare.ts";
import { EXCEPTIONS, type Exception } from "./etcd/exceptions.ts";
import { numberOf, type RecordedSetting, readRecordings } from "./etcd/recordings.ts";
import { renderOutside, renderSetting, renderSum } from "./etcd/report.ts";
import { betaCumulative, chanceBand, Sample } from "./etcd/sample.ts";
import { simulateTrials } from "./etcd/simulate.ts";
import { fromPlain, Tally, toPlain } from "./etcd/tally.ts";
import { canBeProduced } from "./etcd/texts.ts";
import { fidelityOfEtcd } from "./etcd.ts";

const recordings = fromShared("reference/etcd");
const TIMEOUT = "put@other Unavailable: etcdserver: request timed out";
const CHANGED = "lread@other Unavailable: etcdserver: leader changed";

/** Trials whose n-th is `of(n)`, over the quantiles of one distribution. */
function trials(count: number, shiftMs = 0): number[] {
  return Array.from({ length: count }, (_, i) => 1000 + (600 * (i + 0.5)) / count + shiftMs);
}

function recorded(
  count: number,
  errors = [{ trial: "1", text: TIMEOUT, count: 10, durationP50Ms: 7001 }],
): RecordedSetting {
  const elected = trials(count);
  const rows = elected.map((ms, i) => ({
    trial: String(i + 1),
    members: "3",
    t_leader_elected_ms: String(ms),
    t_first_write_ms: String(ms + 12 + (i % 5)),
    prevote_rounds: i % 10 === 0 ? "2" : "1",
    tail_s: "3.5",
    errors: "",
  }));
  return { kind: "leader_kill", name: "leader_kill 3 members", rows, errors };
}

function simulated(change: (column: string, value: number) => number = (_, value) => value): SimulatedSetting {
  const elected = trials(2000);
  const columns = {
    t_leader_elected_ms: elected,
    t_first_write_ms: elected.map((ms, i) => ms + 12 + (i % 5)),
    first_write_minus_leader_elected_ms: elected.map((_, i) => 12 + (i % 5)),
    prevote_rounds: elected.map((_, i) => (i % 10 === 0 ? 2 : 1)),
  };
  return {
    trials: 2000,
    columns: new Map(
      Object.entries(columns).map(([column, values]) => [column, values.map((value) => change(column, value))]),
    ),
    errors: new Map([[TIMEOUT, { count: 3000, durationP50Ms: 7002 }]]),
    facts: [],
  };
}

const outside = (rows: readonly Row[]) =>
  rows
    .filter((row) => row.verdict === "out")
    .map((row) => (row.kind === "quantile" ? `${row.column} ${row.quantile}` : columnOf(row)));

test("trials of the same distribution are in, column by column", () => {
  const rows = compareSetting(recorded(80), simulated(), []);
  assert.equal(outside(rows), []);
  assert.is(rows.length, 9);
  assert.ok(rows.every((row) => row.verdict === "in"));
});

test("one shifted column fails, and is named with what was recorded and simulated", () => {
  for (const shifted of ["t_leader_elected_ms", "t_first_write_ms", "first_write_minus_leader_elected_ms"]) {
    const rows = compareSetting(
      recorded(80),
      simulated((column, value) => (column === shifted ? value + 350 : value)),
      [],
    );
    assert.equal(outside(rows), [`${shifted} p50`, `${shifted} p90`]);
    const lines = renderOutside(rows);
    assert.is(lines.length, 2);
    assert.match(lines[0]!, `leader_kill 3 members, ${shifted} p50: recorded `);
  }
});

test("one more round in each trial fails", () => {
  const rows = compareSetting(
    recorded(80),
    simulated((column, value) => (column === "prevote_rounds" ? value + 1 : value)),
    [],
  );
  assert.equal(outside(rows), ["prevote_rounds p50", "prevote_rounds p90"]);
});

test("a column that is recorded and not simulated is out", () => {
  const { columns, ...rest } = simulated();
  const without = new Map([...columns].filter(([column]) => column !== "t_first_write_ms"));
  const rows = compareSetting(recorded(80), { ...rest, columns: without }, []);
  assert.equal(outside(rows), ["t_first_write_ms p50", "t_first_write_ms p90"]);
  assert.match(renderSetting(rows), /t_first_write_ms +80 +1\d+(\.\d)? +- +- to - +- +out/);
});

test("few recorded trials differ by chance, many do not", () => {
  const shift = (column: string, value: number) => (column === "t_leader_elected_ms" ? value + 150 : value);
  const few = compareSetting(recorded(5), simulated(shift), []);
  assert.equal(outside(few), []);
  const row = few.find((entry) => entry.kind === "quantile" && columnOf(entry) === "t_leader_elected_ms");
  assert.is(row?.verdict, "chance");
  const many = compareSetting(recorded(200), simulated(shift), []);
  assert.equal(outside(many), ["t_leader_elected_ms p50", "t_leader_elected_ms p90"]);
  assert.match(renderSum(many), /^9 compared: 7 in, 0 not .*, 0 known exceptions, 2 out$/);
});

test("an error text with more than 2 % of the failures must occur; rare ones need not", () => {
  const errors = (count: number) => [
    { trial: "1", text: TIMEOUT, count: 1000, durationP50Ms: 7001 },
    { trial: "1", text: CHANGED, count, durationP50Ms: 1200 },
  ];
  assert.equal(outside(compareSetting(recorded(80, errors(30)), simulated(), [])), [CHANGED]);
  assert.equal(outside(compareSetting(recorded(80, errors(10)), simulated(), [])), []);
});

test("a text that no etcd gives is out", () => {
  const wrong = "put@other Unavailable: etcdserver: request took too long";
  const { errors, ...rest } = simulated();
  const more = new Map([...errors, [wrong, { count: 1, durationP50Ms: 1 }] as const]);
  assert.equal(outside(compareSetting(recorded(80), { ...rest, errors: more }, [])), [wrong]);
  assert.ok(canBeProduced(TIMEOUT));
  assert.ok(canBeProduced("sread@killed Unavailable: error reading from server: EOF"));
  assert.not.ok(canBeProduced("put@other DeadlineExceeded: etcdserver: request timed out"));
});

test("an exception covers its row and no other, and must be needed", () => {
  const exception: Exception = {
    setting: "leader_kill",
    column: "t_leader_elected_ms",
    what: "p90",
    reason: "of this test",
  };
  const shift = (column: string, value: number) => (column === "t_leader_elected_ms" ? value + 350 : value);
  const rows = compareSetting(recorded(80), simulated(shift), [exception]);
  assert.equal(outside(rows), ["t_leader_elected_ms p50"]);
  assert.equal(unneededExceptions(rows, [exception]), []);
  const fine = compareSetting(recorded(80), simulated(), [exception]);
  assert.equal(unneededExceptions(fine, [exception]), [exception]);
  // of a kind that is not compared, nothing is known
  assert.equal(unneededExceptions(fine, [{ ...exception, setting: "leader_kill_latency" }]), []);
});

test("few simulated trials are uncertain themselves, but not blind", () => {
  const some = simulated();
  const tenth = new Map([...some.columns].map(([column, values]) => [column, values.filter((_, i) => i % 19 === 0)]));
  assert.equal(outside(compareSetting(recorded(80), { ...some, trials: 106, columns: tenth }, [])), []);
  const shifted = new Map([...tenth].map(([column, values]) => [column, values.map((value) => value + 350)]));
  assert.is(outside(compareSetting(recorded(80), { ...some, trials: 106, columns: shifted }, [])).length, 8);
});

test("a fact is equal or out", () => {
  const facts = [
    { name: "put(key='')", recorded: "InvalidArgument", simulated: "InvalidArgument" },
    { name: "put", recorded: "OK", simulated: "Unavailable" },
  ];
  assert.equal(outside(compareSetting(recorded(80), { ...simulated(), facts }, [])), ["put"]);
});

test("quantiles and ranks", () => {
  const sample = new Sample([4, 1, 3, 2], false);
  assert.is(sample.quantile(0.5), 2.5);
  assert.is(sample.quantile(0), 1);
  assert.is(sample.quantile(1), 4);
  assert.equal(sample.rank(3), { below: 0.5, upTo: 0.75 });
  assert.equal(sample.rank(0), { below: 0, upTo: 0 });
  const rounds = new Sample([1, 1, 1, 1, 1, 1, 1, 1, 1, 2], true);
  assert.is(rounds.quantile(0.9), 1);
  assert.is(rounds.quantile(0.91), 2);
  assert.ok(Number.isNaN(new Sample([], false).quantile(0.5)));
});

test("by chance: the median of n uniform values is Beta distributed", () => {
  // the 5 % and 95 % points of Beta(3, 3), and symmetry
  assert.ok(Math.abs(betaCumulative(0.5, 3, 3) - 0.5) < 1e-9);
  assert.ok(Math.abs(betaCumulative(0.25, 1, 2) - (1 - 0.75 ** 2)) < 1e-9);
  const band = chanceBand(0.5, 5);
  assert.ok(Math.abs(band.low + band.high - 1) < 1e-6);
  assert.ok(band.low > 0.07 && band.low < 0.09, String(band.low));
  assert.ok(chanceBand(0.5, 1000).low > 0.45);
});

test("parts of trials add up to the whole", () => {
  const whole = new Tally();
  const parts = [new Tally(), new Tally()];
  for (let i = 0; i < 10; i++) {
    for (const tally of [whole, parts[i < 4 ? 0 : 1]!]) {
      tally.value("t", i % 3 === 0 ? null : i);
      tally.error(TIMEOUT, 7000 + i);
      tally.trials++;
    }
  }
  const sum = new Tally();
  for (const part of parts) sum.add(fromPlain(toPlain(part)));
  assert.equal(toPlain(sum), toPlain(whole));
  assert.ok(Math.abs(sum.durationP50Ms(TIMEOUT) - 7004) < 150);
});

test("recordings: rows by setting, errors beside them", () => {
  const folder = mkdtempSync(join(tmpdir(), "recordings-"));
  try {
    writeFileSync(
      join(folder, "leader_kill.csv"),
      "trial,members,heartbeat_ms,election_ms,t_new_leader_ms,tail_s,errors\n1,3,100,1000,9.5,3.5,\n2,3,100,1000,,3.5,\n1,5,100,1000,7,3.5,\n",
    );
    writeFileSync(
      join(folder, "leader_kill_errors.csv"),
      "trial,members,heartbeat_ms,election_ms,op,target,code,message,count,t_first_ms,t_last_ms,dur_min_ms,dur_p50_ms,dur_max_ms\n" +
        "1,3,100,1000,put,other,Unavailable,etcdserver: request timed out,4,1,2,3,7001,5\n",
    );
    const settings = readRecordings(folder);
    assert.equal(
      settings.map((setting) => setting.name),
      ["leader_kill 3 members 100/1000", "leader_kill 5 members 100/1000"],
    );
    assert.equal(
      settings[0]!.rows.map((row) => numberOf(row, "t_new_leader_ms")),
      [9.5, null],
    );
    assert.equal(settings[0]!.errors, [{ trial: "1", text: TIMEOUT, count: 4, durationP50Ms: 7001 }]);
    assert.equal(settings[1]!.errors, []);
  } finally {
    rmSync(folder, { recursive: true });
  }
});

const TRIALS = tries(24, 60);

// the same for each table that is written
let simulatedTrials: Tally | undefined;

/** The table of some simulated trials, as the recorder would have written it. */
function writeTrials(folder: string, shift: (column: string, value: number) => number): void {
  const count = TRIALS;
  const setting: RecordedSetting = {
    kind: "leader_kill",
    name: "another cluster",
    rows: [{ trial: "1", members: "3", heartbeat_ms: "100", election_ms: "1000", tail_s: "3.5" }],
    errors: [],
  };
  simulatedTrials ??= simulateTrials(setting, 0, count);
  const { columns } = simulatedTrials;
  const names = ["t_first_precandidate_ms", "t_leader_elected_ms", "t_first_write_ms", "put_gap_ms", "prevote_rounds"];
  const rows = Array.from({ length: count }, (_, i) =>
    [i + 1, 3, 100, 1000, ...names.map((name) => shift(name, columns.get(name)![i]!)), 3.5].join(","),
  );
  const header = `trial,members,heartbeat_ms,election_ms,${names.join(",")},tail_s`;
  writeFileSync(join(folder, "leader_kill.csv"), `${[header, ...rows].join("\n")}\n`);
}

/** Runs the command on a folder; what it printed, and its exit code. */
async function command(folder: string, ...args: string[]): Promise<{ readonly code: number; readonly output: string }> {
  const lines: string[] = [];
  const { log } = console;
  console.log = (line: string) => void lines.push(line);
  try {
    return { code: await fidelityOfEtcd(["--recordings", folder, ...args]), output: lines.join("\n") };
  } finally {
    console.log = log;
  }
}

test("the command: trials like the recorded ones pass; a copy with one shifted column fails and names it", async () => {
  const folder = mkdtempSync(join(tmpdir(), "recordings-"));
  try {
    writeTrials(folder, (_, value) => value);
    const same = await command(folder, "--trials", String(TRIALS));
    assert.is(same.code, 0, same.output);
    assert.match(same.output, /^\d+ compared: \d+ in, 0 not .*, 0 known exceptions, 0 out$/m);
    writeTrials(folder, (column, value) => (column === "t_first_write_ms" ? value + 500 : value));
    const shifted = await command(folder, "--trials", String(TRIALS));
    assert.is(shifted.code, 1);
    assert.match(shifted.output, /^out +leader_kill 3 members 100\/1000, t_first_write_ms p50: recorded/m);
    assert.not.match(shifted.output, /^out +leader_kill 3 members 100\/1000, put_gap_ms/m);
  } finally {
    rmSync(folder, { recursive: true });
  }
});

test("the command refuses what it cannot do", async () => {
  const folder = mkdtempSync(join(tmpdir(), "recordings-"));
  const { error } = console;
  console.error = () => undefined;
  try {
    assert.is((await command(folder)).code, 1);
    assert.is((await command(folder, "--trials", "0")).code, 2);
    assert.is((await command(folder, "--kind", "none")).code, 1);
  } finally {
    console.error = error;
    rmSync(folder, { recursive: true });
  }
});

test("trials of the same numbers are the same", () => {
  const rows = [{ members: "3", heartbeat_ms: "100", election_ms: "1000", tail_s: "3.5", t_heal_ms: "2000" }];
  const setting: RecordedSetting = { kind: "leader_isolated", name: "repeated", rows, errors: [] };
  const [all, first, second] = [
    simulateTrials(setting, 0, 4),
    simulateTrials(setting, 0, 2),
    simulateTrials(setting, 2, 4),
  ];
  first!.add(second!);
  assert.equal(toPlain(first!), toPlain(all!));
});

if (!existsSync(recordings)) console.log("skipped: 2 (no recordings of etcd)");
else {
  test("single requests are answered as recorded", () => {
    for (const setting of readRecordings(recordings).filter((entry) => entry.kind === "api_errors")) {
      const rows = compareApi(setting, EXCEPTIONS);
      assert.ok(rows.length >= setting.rows.length);
      assert.equal(renderOutside(rows), []);
    }
  });

  test("the recorder's summary has the same quantiles", () => {
    const summary = JSON.parse(readFileSync(join(recordings, "summary.json"), "utf8")).sets.visible.leader_kill;
    const rows = readRecordings(recordings).find((entry) => entry.kind === "leader_kill")?.rows ?? [];
    const expected = summary["members=3 heartbeat=100 election=1000"].t_first_precandidate_ms;
    const values = rows.map((row) => numberOf(row, "t_first_precandidate_ms") ?? 0);
    const sample = new Sample(values, false);
    assert.is(sample.size, expected.n);
    for (const [name, share] of [["p10", 0.1] as const, ["p50", 0.5] as const, ["p90", 0.9] as const]) {
      assert.ok(Math.abs(sample.quantile(share) - expected[name]) <= 0.051, name);
    }
  });
}

test.run();
