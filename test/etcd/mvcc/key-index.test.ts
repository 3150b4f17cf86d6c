// The chunked index against a sorted list: ranges with limits and counts over many chunks, in any order of insertion.
import { test } from "uvu";
import * as assert from "uvu/assert";
import { createStream } from "../../../sim/engine/random.ts";
import { KeyIndex } from "../../../sim/etcd/mvcc/key-index.ts";
import { tombstone, Version, visibleAt } from "../../../sim/etcd/mvcc/version.ts";

const random = createStream(7, "test/key-index");
const name = (n: number) => `/registry/pods/${String(n % 7)}/pod-${String(n).padStart(5, "0")}`;

for (const order of ["ascending", "descending", "random"]) {
  test(`ranges of 3,000 keys inserted in ${order} order, some deleted, some forgotten`, () => {
    const index = new KeyIndex();
    const all = new Map<string, Version[]>();
    let revision = 1;
    const change = (key: string, isDelete: boolean) => {
      const record = index.find(key);
      const newest = record?.newest ?? null;
      revision++;
      const version = isDelete ? tombstone(key, revision, newest) : new Version(key, 0, 0, 0, revision, 1, 0, newest);
      index.put(record, version);
      all.set(key, [...(all.get(key) ?? []), version]);
    };
    for (let i = 0; i < 3000; i++) {
      change(name(order === "ascending" ? i : order === "descending" ? 3000 - i : random.int(3000)), false);
    }
    const keys = [...all.keys()];
    for (let i = 0; i < 600; i++) {
      const key = keys[random.int(keys.length)]!;
      if (index.newest(key)!.version !== 0) change(key, random.int(2) === 0);
    }
    for (const key of keys) {
      if (index.newest(key)!.version !== 0 || random.int(2) === 0) continue;
      index.remove(index.find(key)!);
      all.delete(key);
    }
    const sorted = [...all.keys()].sort();
    assert.is(index.size, sorted.length);
    const visited: string[] = [];
    index.forEach((record) => void visited.push(record.key));
    assert.equal(visited, sorted);
    for (let i = 0; i < 400; i++) {
      const key = random.int(4) === 0 ? "/registry/" : name(random.int(3100));
      const rangeEnd = ["", "\0", `${key.slice(0, 17)}~`, name(random.int(3000))][random.int(4)]!;
      const at = random.int(3) === 0 ? revision : 1 + random.int(revision);
      const limit = random.int(2) * random.int(700);
      const countOnly = random.int(5) === 0;
      const expected: Version[] = [];
      for (const k of sorted) {
        const inside = rangeEnd === "" ? k === key : k >= key && (rangeEnd === "\0" || k < rangeEnd);
        const version = inside ? visibleAt(all.get(k)!.at(-1)!, at) : null;
        if (version !== null) expected.push(version);
      }
      const found = index.range(key, rangeEnd, at, limit, countOnly);
      assert.is(found.count, expected.length, `count of ${key} … ${rangeEnd} at ${at}`);
      const most = countOnly ? 0 : limit || Infinity;
      assert.ok(found.versions.length === Math.min(most, expected.length));
      assert.ok(found.versions.every((version, n) => version === expected[n]));
    }
  });
}

test("an index that lost all its keys is filled again", () => {
  const index = new KeyIndex();
  for (const round of [1, 2]) {
    for (let i = 0; i < 600; i++) {
      index.put(undefined, tombstone(name(i), round, null));
    }
    assert.is(index.range("a", "\0", round, 0, false).count, 0);
    for (let i = 0; i < 600; i++) index.remove(index.find(name(i))!);
    assert.is(index.size, 0);
    assert.is(index.range("/", "\0", round, 0, false).count, 0);
  }
});

test.run();
