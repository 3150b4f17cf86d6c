// What a batch leaves behind when it is killed, and who may go on with it.
import { spawnSync } from "node:child_process";
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  utimesSync,
  writeFileSync,
} from "node:fs";
import { hostname, tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { encodeOutcome } from "../../sim/batch/outcome-file.ts";
import { WorkFolder, WorkFolderError } from "../../sim/batch/work-folder.ts";
import { fakeManifest, fakeOutcome, seedsUpTo } from "./fakes.ts";

const folder = mkdtempSync(join(tmpdir(), "kubedrill-work-"));
test.after(() => rmSync(folder, { recursive: true }));

const manifest = fakeManifest(["a", "b"], seedsUpTo(3));

function open(name: string, of = manifest, startAnew = false): WorkFolder {
  return new WorkFolder(join(folder, name), of, startAnew);
}

function fill(work: WorkFolder, ...indexes: number[]): void {
  for (const index of indexes) work.put(index, encodeOutcome(work.storeOf(index).key, fakeOutcome(`s${index}`)));
}

const found = (work: WorkFolder) => [...work.finishedRuns()].map(({ index, facts }) => [index, facts.identity.seed]);

test("what finished is found again, and can be read", () => {
  const work = open("again");
  fill(work, 4, 0);
  assert.is(work.leave(), 2);
  const next = open("again");
  assert.equal(found(next), [
    [0, "s0"],
    [4, "s4"],
  ]);
  assert.is(Buffer.from(next.read(4).parts[0]!.bytes).toString(), "row,s4\n");
  next.remove();
  assert.not(existsSync(join(folder, "again")));
});

test("what was being written, is cut off, or belongs to nothing is thrown away", () => {
  const work = open("torn");
  fill(work, 1, 2);
  const { file } = work.storeOf(1);
  writeFileSync(file, readFileSync(file).subarray(0, 200));
  writeFileSync(`${work.storeOf(3).file}.123.part`, "half");
  writeFileSync(join(folder, "torn/runs/0000099-abc.run"), "of no task");
  work.leave();
  const next = open("torn");
  assert.equal(found(next), [[2, "s2"]]);
  assert.is(readdirSync(join(folder, "torn/runs")).length, 1);
  next.remove();
});

test("a batch that has done nothing leaves nothing", () => {
  assert.is(open("nothing").leave(), 0);
  assert.not(existsSync(join(folder, "nothing")));
});

test("another batch is refused, with what is different; --restart forgets the old one", () => {
  const work = open("other");
  fill(work, 0);
  work.leave();
  const more = fakeManifest(["a", "b"], seedsUpTo(4));
  assert.throws(
    () => open("other", more),
    (error: Error) =>
      error instanceof WorkFolderError &&
      /its seeds were 1,2,3, now they are 1…4 \(4\)[\s\S]*--restart/.test(error.message),
  );
  assert.throws(
    () => open("other", fakeManifest(["a"], seedsUpTo(3))),
    /had 2 scenarios and variants, now there are 1/,
  );
  assert.throws(() => open("other", fakeManifest(["a", "c"], seedsUpTo(3))), /scenario fake\[c\].* has changed/);
  assert.throws(() => open("other", { ...manifest, build: "x" }), /kubedrill itself was another build/);
  assert.throws(() => open("other", { ...manifest, shuffleTies: "7" }), /--shuffle-ties is another/);
  // the refusals took nothing away
  assert.equal(found(open("other")), [[0, "s0"]]);
  rmSync(join(folder, "other/lock"));
  const anew = open("other", more, true);
  assert.equal(found(anew), []);
  anew.remove();
});

test("a folder killed before its manifest was whole begins anew", () => {
  mkdirSync(join(folder, "young/runs"), { recursive: true });
  writeFileSync(join(folder, "young/batch.json"), "{");
  const work = open("young");
  assert.equal(found(work), []);
  work.remove();
});

test("two processes do not work in one folder", () => {
  const work = open("busy");
  assert.throws(() => open("busy"), /another kubedrill \(process \d+ on .*\) is at work/);
  fill(work, 0);
  work.leave();
  open("busy").remove();
});

test("the lock of a process that is no more is nobody's", () => {
  const { pid } = spawnSync(process.execPath, ["-e", ""]);
  const lock = (owner: object) => {
    mkdirSync(join(folder, "dead"), { recursive: true });
    writeFileSync(join(folder, "dead/lock"), JSON.stringify(owner));
  };
  lock({ host: hostname(), pid, started: "1" });
  open("dead").remove();
  // the number is somebody else's now
  lock({ host: hostname(), pid: process.pid, started: "1" });
  if (existsSync("/proc/self/stat")) open("dead").remove();
  else rmSync(join(folder, "dead/lock"));
});

test("of another machine the heartbeat tells", () => {
  mkdirSync(join(folder, "far"));
  const file = join(folder, "far/lock");
  writeFileSync(file, JSON.stringify({ host: "elsewhere", pid: 1, started: "1" }));
  assert.throws(() => open("far"), /process 1 on elsewhere/);
  utimesSync(file, new Date(Date.now() - 60_000), new Date(Date.now() - 60_000));
  open("far").remove();
});

test.run();
