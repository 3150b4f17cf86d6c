// The comparison with recorded traces notices every altered number and names trace, step and field; the recorded traces
// and the scripts of etcd's raft library are equal where they can be had.
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { gunzipSync } from "node:zlib";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { repositoryRoot } from "../checks/source-tree.ts";
import { compareScript, type ScriptKind } from "../interaction/compare.ts";
import { fromShared } from "../shared.ts";
import { fidelityOfRaft } from "./raft.ts";
import { replayTrace } from "./raft-trace.ts";

const traces = fromShared("reference/raft/traces");
const testdata = fromShared("reference/raft/testdata");

// biome-ignore lint/suspicious/noExplicitAny: lines are altered at will
type Line = any;

const follower = { electionElapsed: 0, heartbeatElapsed: 0, randomizedElectionTimeout: 12, conf: { voters: [1] } };
const leader = { ...follower, randomizedElectionTimeout: 15, role: "leader", lead: 1, vote: 1, term: 2 };

/** A trace of our own: one voter campaigns, and commits a proposal alone (Raft §5.2, §5.3). */
function ownTrace(): Line[] {
  const lines = [
    {
      format: "raft-trace/1",
      name: "own-000",
      profile: "own",
      voters: [1],
      spareNodes: [],
      options: {
        electionTick: 10,
        heartbeatTick: 1,
        preVote: false,
        checkQuorum: false,
        maxSizePerMsg: 1048576,
        maxInflightMsgs: 8,
        maxUncommittedEntriesSize: 0,
        readOnlyOption: "safe",
        disableProposalForwarding: false,
        stepDownOnRemoval: false,
      },
      initialSnapshot: { index: 10, term: 1, conf: { voters: [1] } },
      initialRand: { 1: [12] },
      initialState: {
        1: {
          ...follower,
          term: 1,
          vote: 0,
          role: "follower",
          lead: 0,
          commit: 10,
          applied: 10,
          firstIndex: 11,
          lastIndex: 10,
          lastTerm: 1,
        },
      },
    },
    {
      step: 1,
      action: "campaign",
      node: 1,
      rand: [11, 15],
      ready: [
        { soft: { lead: 0, role: "candidate" }, hardState: [2, 1, 10], mustSync: true },
        { soft: { lead: 1, role: "leader" }, mustSync: true, entries: [[11, 2, "normal", ""]] },
        { hardState: [2, 1, 11], committed: [[11, 2]] },
      ],
      state: {
        ...leader,
        commit: 11,
        applied: 11,
        firstIndex: 11,
        lastIndex: 11,
        lastTerm: 2,
        pendingConfIndex: 10,
        progress: { 1: [11, 12, "replicate", false, true, 0, 0, false] },
      },
    },
    {
      step: 2,
      action: "propose",
      node: 1,
      data: "abc",
      ready: [
        { mustSync: true, entries: [[12, 2, "normal", "abc"]] },
        { hardState: [2, 1, 12], committed: [[12, 2]] },
      ],
      state: {
        ...leader,
        commit: 12,
        applied: 12,
        firstIndex: 11,
        lastIndex: 12,
        lastTerm: 2,
        pendingConfIndex: 10,
        progress: { 1: [12, 13, "replicate", false, true, 0, 0, false] },
      },
    },
    {
      end: true,
      steps: 2,
      logs: {
        1: {
          snapshot: { index: 10, term: 1, conf: { voters: [1] } },
          firstIndex: 11,
          hardState: [2, 1, 12],
          entries: [
            [11, 2, "normal", ""],
            [12, 2, "normal", "abc"],
          ],
        },
      },
    },
  ];
  // no part is shared, so that one can be altered alone
  return JSON.parse(JSON.stringify(lines));
}

function asText(lines: readonly Line[]): string {
  return lines.map((line) => JSON.stringify(line)).join("\n");
}

/** Calls `visit` with the holder and key of every number below `value`. */
function eachNumber(value: Line, visit: (holder: Line, key: string) => void): void {
  for (const key of Object.keys(value)) {
    if (typeof value[key] === "number") visit(value, key);
    else if (typeof value[key] === "object" && value[key] !== null) eachNumber(value[key], visit);
  }
}

test("the trace of our own is equal", () => {
  const result = replayTrace(asText(ownTrace()));
  assert.equal(result.differences, []);
  assert.is(result.steps, 2);
  assert.is(result.equal, 2);
});

for (const at of [1, 2]) {
  test(`any altered number in what is expected of step ${at} is a difference in that step`, () => {
    let altered = 0;
    const probe = ownTrace();
    for (const part of ["ready", "state"]) {
      eachNumber(probe[at][part], (holder, key) => {
        const original = holder[key];
        holder[key] = original + 1;
        altered++;
        const { differences, equal } = replayTrace(asText(probe));
        assert.ok(differences.length > 0, `${part}: ${key}`);
        assert.is(differences[0]!.trace, "own-000");
        assert.is(differences[0]!.step, at);
        assert.ok(differences[0]!.field.startsWith(part));
        assert.is(equal, 1);
        holder[key] = original;
      });
    }
    assert.ok(altered > 20);
  });
}

test("a different number of draws, a missing Ready, a wrong final log and a missing end are differences", () => {
  const cases: [string, (lines: Line[]) => void][] = [
    ["rand", (lines) => lines[1].rand.push(13)],
    ["ready[1]", (lines) => lines[2].ready.pop()],
    ["err", (lines) => Object.assign(lines[2], { err: "raft proposal dropped" })],
    ["logs.1.entries[1][3]", (lines) => Object.assign(lines[3].logs[1].entries[1], { 3: "abd" })],
    ["steps", (lines) => Object.assign(lines[3], { steps: 3 })],
    ["end", (lines) => lines.pop()],
    ["state.commit", (lines) => Object.assign(lines[0].initialState[1], { commit: 11 })],
  ];
  for (const [field, alter] of cases) {
    const lines = ownTrace();
    alter(lines);
    const fields = replayTrace(asText(lines)).differences.map((difference) => difference.field);
    assert.ok(fields.includes(field), `${field} in ${fields}`);
  }
});

test("nothing to compare is a failure, as is a folder without traces", () => {
  assert.is(fidelityOfRaft([]), 2);
  const log = console.log;
  // its report is not the test's
  console.log = () => undefined;
  try {
    assert.is(fidelityOfRaft(["--traces", join(repositoryRoot, "sim/raft")]), 1);
    assert.is(fidelityOfRaft(["--traces", join(repositoryRoot, "no-such-folder")]), 1);
    assert.is(fidelityOfRaft(["--testdata", join(repositoryRoot, "sim/raft")]), 1);
  } finally {
    console.log = log;
  }
});

if (existsSync(traces)) {
  test("every step of the recorded traces is equal", () => {
    const names = readdirSync(traces).filter((name) => name.endsWith(".jsonl.gz"));
    assert.ok(names.length >= 150);
    for (const name of names) {
      const result = replayTrace(gunzipSync(readFileSync(join(traces, name))).toString("utf8"));
      assert.equal(result.differences.slice(0, 1), []);
      assert.ok(result.steps >= 200);
    }
  });

  test("one altered number in a recorded trace is found, and its step is named", () => {
    const name = "full-004.jsonl.gz";
    const text = gunzipSync(readFileSync(join(traces, name))).toString("utf8");
    const lines = text
      .trimEnd()
      .split("\n")
      .map((line) => JSON.parse(line));
    const step = lines.find((line) => line.ready?.[0]?.messages?.[0]?.type === "MsgAppResp");
    step.ready[0].messages[0].index++;
    const { differences } = replayTrace(asText(lines));
    assert.is(differences[0]!.step, step.step);
    assert.is(differences[0]!.field, "ready[0].messages[0].index");
  });
} else console.log("skipped: 2 (no recorded traces)");

const KINDS: readonly (readonly [ScriptKind, string, number])[] = [
  ["quorum", "quorum/testdata", 4],
  ["confchange", "confchange/testdata", 9],
  ["interaction", "testdata", 28],
];
if (existsSync(testdata)) {
  for (const [kind, path, count] of KINDS) {
    test(`the ${kind} scripts of the library pass`, () => {
      const names = readdirSync(join(testdata, path)).filter((name) => name.endsWith(".txt"));
      assert.is(names.length, count);
      for (const name of names) {
        const { commands, differences } = compareScript(readFileSync(join(testdata, path, name), "utf8"), kind);
        assert.ok(commands > 0, name);
        assert.equal(differences, [], name);
      }
    });
  }
} else console.log("skipped: 3 (no test scripts of the library)");

test.run();
