// The fidelity command notices every kind of altered number and says which case, pod, node and plugin it is about.

import { spawnSync } from "node:child_process";
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { gunzipSync, gzipSync } from "node:zlib";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { replay } from "../../sim/analysis/replay.ts";
import { noObjects } from "../../sim/model/objects.ts";
import { REFERENCE_CASE_KINDS, readReferenceCase } from "../../sim/scenario/reference-case.ts";
import { node, pod } from "../scheduler/cluster.ts";
import { fromShared } from "../shared.ts";
import { checkCase } from "./check.ts";

// biome-ignore lint/suspicious/noExplicitAny: documents are altered at will
type Document = any;

const IN_CASES: ReadonlySet<string> = new Set(REFERENCE_CASE_KINDS);

/** A case of our own with scores, rejections and preemption; what it expects is what we do. */
function ownCase(): Document {
  const document = {
    name: "own-000",
    family: "own",
    kubernetesVersion: "1.36.2",
    schedulerConfiguration: null,
    percentageOfNodesToScore: 100,
    tieBreak: "lowestIndex",
    preemptionRetry: "immediate",
    opportunisticBatching: false,
    objects: {
      ...Object.fromEntries(Object.entries(noObjects()).filter(([kind]) => IN_CASES.has(kind))),
      nodes: [node("a"), node("b"), node("c", {}, { cpu: "1" })],
      pods: [pod("old", { node: "a", cpu: "1", priority: 0 })],
    },
    pending: [
      pod("first", { cpu: "2" }),
      pod("second", { cpu: "2", priority: 5 }),
      pod("third", { cpu: "3", priority: 10 }),
    ].map((p) => ({ ...p, spec: { ...p.spec, schedulerName: "default-scheduler" } })),
  };
  const { case: read, problems } = readReferenceCase(document);
  assert.equal(problems, []);
  return { ...document, expected: JSON.parse(JSON.stringify(replay(read).decisions)) };
}

function altered(change: (document: Document) => void): readonly [string, ...string[]] {
  const document = ownCase();
  change(document);
  const { failures, equal, decisions } = checkCase(document, false);
  assert.ok(failures.length > 0, "an altered case is noticed");
  assert.ok(equal < decisions, "and does not count as equal");
  return failures.map(({ caseName, text }) => `case ${caseName} ${text}`) as [string, ...string[]];
}

test("an unaltered case is equal, with the plain evaluation and with the table", () => {
  const document = ownCase();
  const result = checkCase(document, true);
  assert.equal(result.failures, []);
  assert.is(result.decisions, 4);
  assert.is(result.equal, 4);
  assert.is(result.table?.equal, 4);
  assert.ok(
    document.expected.some((e: Document) => e.preemption?.victims.length > 0),
    "it preempts",
  );
});

test("a score", () => {
  const [line] = altered((d) => d.expected[0].scores.NodeResourcesFit[1]++);
  assert.match(
    line,
    /^case own-000 pod default\/first attempt 1: node b plugin NodeResourcesFit: scores\.NodeResourcesFit\[1\]: expected \d+, got \d+$/,
  );
});

test("a total", () => {
  const [line] = altered((d) => d.expected[0].totals[0]--);
  assert.match(line, /pod default\/first attempt 1: node a: totals\[0\]: expected/);
});

test("a rejection's reason and its code", () => {
  const [reason] = altered((d) => {
    d.expected[0].rejections.c.reasons[0] = "Insufficient memory";
  });
  assert.match(
    reason,
    /pod default\/first attempt 1: node c plugin NodeResourcesFit: rejections\.c\.reasons\[0\]: expected "Insufficient memory", got "Insufficient cpu"$/,
  );
  const [code] = altered((d) => {
    d.expected[0].rejections.c.code = "Unschedulable";
  });
  assert.match(code, /node c plugin NodeResourcesFit: rejections\.c\.code/);
});

test("a victim", () => {
  const [line] = altered((d) => {
    d.expected.find((e: Document) => e.preemption?.victims.length > 0).preemption.victims[0] = "default/somebody";
  });
  assert.match(
    line,
    /pod default\/third attempt 1: node \w plugin DefaultPreemption: preemption\.victims\[0\]: expected "default\/somebody"/,
  );
});

test("a missing, an additional and an unknown field", () => {
  assert.match(altered((d) => delete d.expected[0].heapChoice)[0], /heapChoice: expected nothing, got/);
  assert.match(
    altered((d) => {
      d.expected[0].mood = "good";
    })[0],
    /mood: expected "good", got nothing/,
  );
  assert.match(
    altered((d) => {
      d.weather = "rain";
    })[0],
    /weather: .*unknown field/,
  );
});

test("a decision too few and one too many", () => {
  assert.match(
    altered((d) => d.expected.push(d.expected[0]))[0],
    /pod default\/first attempt 1: expected, but not made/,
  );
  const short = ownCase();
  short.expected.pop();
  assert.match(checkCase(short, false).failures[0]!.text, /made, but not expected/);
});

const command = join(dirname(fileURLToPath(import.meta.url)), "main.js");

function runOn(
  documents: readonly Document[],
  ...args: readonly string[]
): { readonly code: number | null; readonly output: string } {
  const folder = mkdtempSync(join(tmpdir(), "fidelity-"));
  try {
    if (documents.length > 0)
      writeFileSync(join(folder, "own.jsonl.gz"), gzipSync(documents.map((d) => JSON.stringify(d)).join("\n")));
    const { status, stdout } = spawnSync(process.execPath, [command, "scheduler", "--cases", folder, ...args], {
      encoding: "utf8",
    });
    return { code: status, output: stdout };
  } finally {
    rmSync(folder, { recursive: true });
  }
}

test("the command's exit code: 0 when all is equal, 1 on a difference, on nothing to compare and on an unreadable file", () => {
  const good = ownCase();
  assert.is(runOn([good, good]).code, 0);
  const bad = ownCase();
  bad.expected[0].totals[0]++;
  const { code, output } = runOn([good, bad]);
  assert.is(code, 1);
  assert.match(output, /DIFFERENT case own-000 pod default\/first attempt 1: node a: totals\[0\]/);
  assert.is(runOn([]).code, 1);
  assert.is(runOn([good], "--family", "other").code, 1);
});

const recorded = fromShared("reference/scheduler/cases/resources.jsonl.gz");
if (existsSync(recorded)) {
  test("a recorded case: equal as it is, different with one altered number", () => {
    const line = gunzipSync(readFileSync(recorded)).toString("utf8").split("\n")[4] as string;
    assert.equal(checkCase(JSON.parse(line), true).failures, []);
    const document: Document = JSON.parse(line);
    const entry = document.expected.find((e: Document) => e.scored);
    entry.scores.NodeResourcesBalancedAllocation[0]++;
    const { failures } = checkCase(document, false);
    assert.is(failures.length, 1);
    assert.match(
      failures[0]!.text,
      new RegExp(`pod ${entry.pod} attempt 1: node ${entry.feasible[0]} plugin NodeResourcesBalancedAllocation`),
    );
  });
} else {
  console.log("skipped: 1 (no recorded cases)");
}

test.run();
