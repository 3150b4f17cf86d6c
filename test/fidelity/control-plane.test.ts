// The harness against itself: the numbers of a recording's summary.json come out of its own events, and comparisons notice what is altered.
import { cpSync, existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { gunzipSync, gzipSync } from "node:zlib";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { compareFacts } from "./control-plane/compare.ts";
import { factsOf } from "./control-plane/facts.ts";
import { MachineLoad } from "./control-plane/machine-load.ts";
import { mergePatch } from "./control-plane/merge-patch.ts";
import { withoutRandom } from "./control-plane/names.ts";
import { readRecording, recordingNames } from "./control-plane/recordings.ts";
import { isReady, type Row } from "./control-plane/rows.ts";
import { contradictions } from "./control-plane/self-check.ts";
import { perStep, statistics } from "./control-plane/statistics.ts";
import { DEFAULT_SEEDS, fidelityOfControlPlane } from "./control-plane.ts";

const RECORDINGS = "../shared/reference/control-plane";

const test = suite("fidelity of the control plane");

test("statistics are nearest ranks, as the recordings have them", () => {
  assert.equal(statistics([]), null);
  assert.equal(statistics([2, 1]), { min: 1, p50: 2, p90: 2, p99: 2, max: 2, n: 2 });
  const hundred = Array.from({ length: 500 }, (_, i) => i);
  assert.equal(statistics(hundred), { min: 0, p50: 250, p90: 449, p99: 494, max: 499, n: 500 });
});

test("events are counted per whole step, from 0 on", () => {
  assert.equal(perStep([0.5, 2.1, 2.9], 1), [1, 0, 2]);
});

test("a recorded value holds when it is among those of the seeds, give or take a tenth or half a second", () => {
  const facts = (kind: "exact" | "seconds" | "count", value: number) => new Map([["x", { kind, value }]]);
  const isHeld = (
    kind: "exact" | "seconds" | "count",
    recorded: number,
    simulated: readonly number[],
    isSaturated = false,
  ) =>
    compareFacts(
      facts(kind, recorded),
      [],
      simulated.map((value) => facts(kind, value)),
      { isSaturated },
    )[0]!.isHeld;
  assert.ok(isHeld("exact", 3, [2, 4]));
  assert.not(isHeld("exact", 3, [4, 5]));
  assert.ok(isHeld("seconds", 1, [1.5]));
  assert.not(isHeld("seconds", 1, [1.51]));
  assert.ok(isHeld("seconds", 1, [2.9], true));
  assert.ok(isHeld("seconds", 100, [110]));
  assert.not(isHeld("seconds", 100, [111]));
  assert.not(isHeld("count", 0, [1]));
});

test("where the machine had nothing left, an instant may be off by two seconds, and only there", () => {
  const load = new MachineLoad([
    { t: 5, machineCpu: 0.99 },
    { t: 10, machineCpu: 0.5 },
    { t: 15, machineCpu: 0.5 },
    { t: 20, machineCpu: 1 },
  ]);
  assert.is(load.saturatedShare, 0.5);
  assert.equal(
    [2, 7, 12, 17, 25].map((t) => load.wasSaturatedAt(t)),
    [true, true, false, true, true],
  );
  const options = { isSaturated: false, isStrained: (at: number | undefined) => load.wasSaturatedAt(at ?? 0) };
  const isHeld = (at: number) =>
    compareFacts(
      new Map([["x", { kind: "seconds", value: 3, at }]]),
      [],
      [new Map([["x", { kind: "seconds", value: 1.1 }]])],
      options,
    )[0]!.isHeld;
  assert.ok(isHeld(3));
  assert.not(isHeld(12));
});

test("what most seeds have and no recording has is a difference", () => {
  const fact = { kind: "count" as const, value: 1 };
  const seeds = [new Map([["text x", fact]]), new Map([["text x", fact]]), new Map()];
  const found = compareFacts(new Map(), [], seeds, { isSaturated: false });
  assert.equal(
    found.map(({ path, isHeld }) => [path, isHeld]),
    [["text x", false]],
  );
  assert.equal(compareFacts(new Map(), [new Map([["text x", fact]])], seeds, { isSaturated: false }), []);
});

test("patches merge as the API server merges them", () => {
  const before = {
    spec: { replicas: 2, template: { containers: [{ name: "c", image: "i", env: [{ name: "REV", value: "1" }] }] } },
  };
  assert.equal(
    mergePatch(before, { spec: { template: { containers: [{ name: "c", env: [{ name: "REV", value: "2" }] }] } } }),
    {
      spec: { replicas: 2, template: { containers: [{ name: "c", image: "i", env: [{ name: "REV", value: "2" }] }] } },
    },
  );
  assert.equal(mergePatch(before, { spec: { replicas: null } }), { spec: { template: before.spec.template } });
});

test("drawn names are made alike", () => {
  assert.is(withoutRandom("Created pod: web-7d5656bd6b-wtt9h"), "Created pod: web-*");
  assert.is(withoutRandom("ReplicaSet/web-fb67cddf9"), "ReplicaSet/web-*");
  assert.is(withoutRandom("Job/failing-29920404"), "Job/failing#");
  assert.is(withoutRandom("fail-par3-b5"), "fail-par3-b5");
});

if (existsSync(RECORDINGS)) {
  test("no recording contradicts itself: its summary is what its events say", () => {
    const found = recordingNames(RECORDINGS)
      .filter((name) => !name.startsWith("15-"))
      .flatMap((name) =>
        contradictions(readRecording(RECORDINGS, name)).map(
          ({ path, written, derived }) => `${name} ${path}: ${written}, ${derived}`,
        ),
      );
    assert.equal(found, []);
  });

  test("a number of a summary that was altered is reported", () => {
    const recording = readRecording(RECORDINGS, "03-node-failure/tol30-crash-r24-n9");
    const { summary } = recording;
    const restore = summary.restore as Readonly<Record<string, Readonly<Record<string, number>>>>;
    const altered: readonly (readonly [string, Record<string, unknown>])[] = [
      ["podsEvicted", { podsEvicted: 4 }],
      ["firstEvictionAfter", { firstEvictionAfter: 77.104 }],
      ["evictionsPerMinute.1", { evictionsPerMinute: [0, 2] }],
      [
        "endpoints.web.minReady",
        { endpoints: { web: { ...(summary.endpoints as { web: object }).web, minReady: 22 } } },
      ],
      [
        "restore.nodeReadyAfterRestore.max",
        { restore: { ...restore, nodeReadyAfterRestore: { ...restore.nodeReadyAfterRestore, max: 0.213 } } },
      ],
      ["replacements", { replacements: null }],
    ];
    for (const [path, change] of altered) {
      const found = contradictions({ ...recording, summary: { ...summary, ...change } });
      assert.equal(
        found.map((each) => each.path),
        [path],
      );
    }
  });

  test("a number of an event that was altered is reported", () => {
    const recording = readRecording(RECORDINGS, "02-rolling-update/r10-surge25-unav25-ready5");
    const { timeline } = recording;
    const ns = timeline.actions[0]!.ns;
    const gone = new Set(timeline.events.filter((row) => row.e === "D").map((row) => row.n));
    const lastOf = (kind: string) =>
      timeline.events.findLastIndex(
        (row) => row.k === kind && row.ns === ns && !(row.n !== undefined && gone.has(row.n)),
      );
    const changes: readonly (readonly [string, Partial<Row>, RegExp])[] = [
      ["Deployment", { avl: 9 }, /^final Deployment .* avl$/],
      ["Deployment", { rev: "3" }, /^final Deployment .* rev$/],
      ["EndpointSlice", { rdy: 9 }, /^final EndpointSlices of web rdy$/],
      ["Pod", { ph: "Failed" }, /^final Pod of /],
      ["Event", { reason: "SuccessfulCreate" }, /^steps .*SuccessfulDelete/],
    ];
    const original = factsOf(timeline);
    assert.equal(
      compareFacts(original, [], [original], { isSaturated: false }).filter(({ isHeld }) => !isHeld),
      [],
    );
    for (const [kind, change, path] of changes) {
      const events = [...timeline.events];
      const at = lastOf(kind);
      events[at] = { ...events[at]!, ...change };
      const found = compareFacts(factsOf({ ...timeline, events }), [], [original], { isSaturated: false });
      const missed = found.filter(({ isHeld }) => !isHeld).map((each) => each.path);
      assert.ok(
        missed.some((each) => path.test(each)),
        `${kind} ${JSON.stringify(change)}: ${missed.join("; ")}`,
      );
    }
  });

  test("an instant that was altered is reported by its duration, and by the order of steps", () => {
    const { timeline } = readRecording(RECORDINGS, "06-statefulset/orderedready-r5");
    const original = factsOf(timeline);
    // db-3 is created two seconds before its predecessor is ready
    const events = timeline.events.map((row) =>
      row.k === "Pod" && row.n === "db-3" && row.e === "A" ? { ...row, t: row.t - 2 } : row,
    );
    const found = compareFacts(factsOf({ ...timeline, events }), [], [original], { isSaturated: false });
    const missed = found.filter(({ isHeld }) => !isHeld).map((each) => each.path);
    assert.ok(missed.includes("summary create.created.3.1"), missed.join("; "));
  });
  test("the command fails for one altered number: of a summary, of an event, of the final state", async () => {
    const name = "07-daemonset/maxunav1-n8-rep2";
    const lastOf = (kind: string) => (rows: Row[]) => {
      const at = rows.findLastIndex(({ k, e }) => k === kind && e === "M");
      return [rows, at] as const;
    };
    const altered =
      (find: (rows: Row[]) => readonly [Row[], number], change: (row: Row) => Partial<Row>) => (rows: Row[]) => {
        const [all, at] = find(rows);
        all[at] = { ...all[at]!, ...change(all[at]!) };
        return all;
      };
    const lateReady = (rows: Row[]) => [rows, rows.findIndex((row) => row.k === "Pod" && isReady(row))] as const;
    const cases: readonly (readonly [string, Alteration, RegExp])[] = [
      [
        "summary",
        { summary: (all) => ({ ...all, rolloutDuration: 39.157 }) },
        /CONTRADICTS ITSELF: rolloutDuration is 39.157/,
      ],
      ["instant", { events: altered(lateReady, ({ t }) => ({ t: t + 40 })) }, /CONTRADICTS ITSELF: /],
      [
        "final",
        { events: altered(lastOf("DaemonSet"), () => ({ mis: 3 })) },
        /UNLISTED final DaemonSet .* mis: recorded 3/,
      ],
    ];
    for (const [what, alteration, wanted] of cases) {
      // what a recording says against itself needs no simulation
      const { code, lines } = await runOn(name, alteration, what === "final" ? DEFAULT_SEEDS : 1);
      assert.is(code, 1, `${what}: ${lines.join("\n")}`);
      assert.ok(
        lines.some((line) => wanted.test(line)),
        `${what}: ${lines.join("\n")}`,
      );
    }
  });
} else {
  console.log("skipped: 5 (no ../shared)");
}

interface Alteration {
  readonly summary?: (summary: Record<string, unknown>) => Record<string, unknown>;
  readonly events?: (rows: Row[]) => Row[];
}

/** The command on a copy of one recording, with what it prints. */
async function runOn(
  name: string,
  { events, summary }: Alteration,
  seeds: number,
): Promise<{ code: number; lines: string[] }> {
  const folder = mkdtempSync(join(tmpdir(), "recordings-"));
  const lines: string[] = [];
  const { log } = console;
  try {
    const own = join(folder, name);
    cpSync(join(RECORDINGS, name), own, { recursive: true });
    if (summary !== undefined) {
      const path = join(own, "summary.json");
      writeFileSync(path, JSON.stringify(summary(JSON.parse(readFileSync(path, "utf8")))));
    }
    if (events !== undefined) {
      const path = join(own, "events.jsonl.gz");
      const text = gunzipSync(readFileSync(path)).toString("utf8").trimEnd();
      const rows = events(text.split("\n").map((line) => JSON.parse(line) as Row));
      writeFileSync(path, gzipSync(rows.map((row) => JSON.stringify(row)).join("\n")));
    }
    console.log = (line: string) => lines.push(line);
    const code = await fidelityOfControlPlane(["--recordings", folder, "--workers", "1", "--seeds", String(seeds)]);
    return { code, lines };
  } finally {
    console.log = log;
    rmSync(folder, { recursive: true });
  }
}

test.run();
