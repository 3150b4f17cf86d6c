// Sums over windows against counting microsecond by microsecond.
import fc from "fast-check";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { NumberColumn } from "../../sim/metrics/column.ts";
import { countWithin, Spans } from "../../sim/metrics/spans.ts";

test("what lies in a window is exact", () => {
  const changes = fc.array(fc.tuple(fc.nat(30), fc.boolean()), { maxLength: 20 });
  fc.assert(
    fc.property(changes, fc.nat(300), fc.nat(300), (steps, a, b) => {
      const spans = new Spans();
      const isSo: boolean[] = [];
      let [now, current] = [0, false];
      for (const [wait, next] of steps) {
        for (const end = now + wait; now < end; now++) isSo.push(current);
        spans.set(next, now);
        current = next;
      }
      spans.close(now);
      const [from, to] = [Math.min(a, b), Math.max(a, b)];
      assert.is(spans.within(from, to), isSo.slice(from, to).filter(Boolean).length);
      assert.is(spans.total, isSo.filter(Boolean).length);
    }),
    { seed: 31, numRuns: 300 },
  );
});

test("times in a window, both ends included", () => {
  fc.assert(
    fc.property(fc.array(fc.nat(50)), fc.nat(50), fc.nat(50), (times, from, length) => {
      const column = new NumberColumn();
      for (const time of times.sort((x, y) => x - y)) column.push(time);
      const inside = times.filter((time) => time >= from && time <= from + length);
      assert.is(countWithin(column, from, from + length), inside.length);
    }),
    { seed: 32, numRuns: 300 },
  );
});

test.run();
