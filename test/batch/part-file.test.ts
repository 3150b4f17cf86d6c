// Parts of a batch: together they are the whole, and what is missing or does not fit is said.
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "uvu";
import * as assert from "uvu/assert";
import type { BatchManifest } from "../../sim/batch/manifest.ts";
import { encodeOutcome } from "../../sim/batch/outcome-file.ts";
import { Parts, partName, writePart } from "../../sim/batch/part-file.ts";
import { StoredBatch } from "../../sim/batch/stored-batch.ts";
import { WorkFolder } from "../../sim/batch/work-folder.ts";
import { fakeManifest, fakeOutcome, seedsUpTo } from "./fakes.ts";

const folder = mkdtempSync(join(tmpdir(), "kubedrill-parts-"));
test.after(() => rmSync(folder, { recursive: true }));

const manifest = fakeManifest(["a", "b"], seedsUpTo(5));

/** @param failing index of a task that has no outcome */
function makePart(index: number, count: number, of: BatchManifest = manifest, failing = -1): string {
  const shard = { index, count };
  const work = new WorkFolder(join(folder, "work"), of, true);
  const batch = new StoredBatch(of, work, { shard, keepGoing: true, onProgress: () => undefined });
  for (let task = batch.schedule.next(); task !== undefined; task = batch.schedule.next()) {
    if (task === failing) {
      batch.fail(task, "did not work", "");
      continue;
    }
    work.put(task, encodeOutcome(work.storeOf(task).key, fakeOutcome(`s${task}`)));
    batch.finish(task, {});
  }
  assert.ok(batch.schedule.isComplete());
  const path = join(folder, `${of.seeds!.length}-${failing}-${partName(shard)}`);
  writePart(path, batch, shard);
  work.remove();
  return path;
}

test("parts in any order are the whole batch, in its order", () => {
  const parts = new Parts([makePart(3, 3), makePart(1, 3), makePart(2, 3)]);
  assert.equal(parts.wanted, [0, 1, 2, 3, 4, 5, 6, 7, 8, 9]);
  assert.equal(
    parts.wanted.map((index) => parts.read(index).facts.identity.seed),
    parts.wanted.map((index) => `s${index}`),
  );
  assert.equal(parts.failures, []);
  parts.close();
});

test("what failed in a part is known in the whole", () => {
  const parts = new Parts([makePart(1, 2, manifest, 4), makePart(2, 2)]);
  assert.equal(parts.failures, [{ index: 4, message: "did not work" }]);
  parts.close();
});

test("the same part twice does no harm; a missing one is named", () => {
  const [one, two] = [makePart(1, 3), makePart(2, 3)];
  new Parts([one, two, one, makePart(3, 3)]).close();
  assert.throws(() => new Parts([one]), /of 3 parts these are missing: 2, 3/);
});

test("parts of different batches do not mix", () => {
  const other = makePart(2, 2, fakeManifest(["a", "b"], seedsUpTo(6)));
  assert.throws(() => new Parts([makePart(1, 2), other]), /are parts of different batches/);
  assert.throws(() => new Parts([makePart(1, 2), makePart(2, 3)]), /are parts of different batches/);
});

test("what is no part, or not whole, is refused", () => {
  const wrong = join(folder, "wrong");
  writeFileSync(wrong, "a,b\n1,2\n".repeat(50_000));
  assert.throws(() => new Parts([wrong]), /wrong is no part of a batch/);
  const cut = join(folder, "cut");
  writeFileSync(cut, readFileSync(makePart(1, 1)).subarray(0, -10));
  const parts = new Parts([cut]);
  assert.throws(() => parts.read(9), /cut is cut off/);
  parts.close();
  writeFileSync(cut, "");
  assert.throws(() => new Parts([cut]), /no part of a batch/);
});

test.run();
