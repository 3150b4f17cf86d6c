// The history of changes against a plain list: numbers stay, the oldest go.
import { test } from "uvu";
import * as assert from "uvu/assert";
import { createStream } from "../../../sim/engine/random.ts";
import { History } from "../../../sim/etcd/mvcc/history.ts";
import { tombstone, type Version } from "../../../sim/etcd/mvcc/version.ts";

test("changes by number and by revision, while it grows and forgets", () => {
  const random = createStream(11, "test/history");
  const history = new History();
  const all: Version[] = [];
  let revision = 1;
  let begin = 0;
  for (let round = 0; round < 200; round++) {
    for (let i = random.int(120); i > 0; i--) {
      // some revisions have several changes
      if (random.int(3) > 0) revision++;
      const version = tombstone("a", revision, null);
      all.push(version);
      history.push(version);
    }
    if (random.int(4) === 0) begin += random.int(all.length - begin + 1);
    history.dropBefore(begin);
    assert.equal([history.begin, history.end], [begin, all.length]);
    for (let i = 0; i < 20 && begin < all.length; i++) {
      const number = begin + random.int(all.length - begin);
      assert.is(history.at(number), all[number]);
      const at = all[number]!.modRevision + random.int(3) - 1;
      const first = all.findIndex((version, n) => n >= begin && version.modRevision >= at);
      assert.is(history.firstAt(at), first < 0 ? all.length : first);
    }
    assert.throws(() => history.at(all.length), /no change/);
    if (begin > 0) assert.throws(() => history.at(begin - 1), /no change/);
  }
  history.dropBefore(0);
  assert.is(history.begin, begin);
});

test.run();
