// Writes that are left out, by their mean distance.
import { test } from "uvu";
import * as assert from "uvu/assert";
import { LeftOutWrites } from "../../sim/engine/left-out-writes.ts";

const SECOND = 1_000_000;

test("as many as the mean distance says, from the begin to the end of each, fractions kept", () => {
  const writes = new LeftOutWrites();
  const ends = Array.from({ length: 100 }, () => writes.begin("leases", 10 * SECOND, 0));
  assert.equal([...writes.take(5 * SECOND)], [["leases", 50]]);
  for (const end of ends.slice(50)) end(15 * SECOND);
  assert.equal([...writes.take(25 * SECOND)], [["leases", 150]]);
  assert.equal([...writes.take(25 * SECOND + 1)], []);
  let sum = 0;
  for (let second = 26; second <= 125; second++) sum += writes.take(second * SECOND).get("leases") ?? 0;
  assert.ok(sum >= 499 && sum <= 500, String(sum));
});

test("kinds apart", () => {
  const writes = new LeftOutWrites();
  writes.begin("leases", 10 * SECOND, 0);
  const end = writes.begin("nodes", 100 * SECOND, 0);
  end(100 * SECOND);
  assert.equal(
    [...writes.take(200 * SECOND)],
    [
      ["leases", 20],
      ["nodes", 1],
    ],
  );
});

test.run();
