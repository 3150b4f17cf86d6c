// The shared table of leases against a list of when each was granted and revoked: every member sees it as of its own entry.
import fc from "fast-check";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { LeaseTable } from "../../../sim/etcd/lease/lease-table.ts";

interface Row {
  readonly id: number;
  readonly ttlSeconds: number;
  readonly from: number;
  to: number;
}

test("leases as of any entry that a member may still be at, also when an id is granted again", () => {
  const step = fc.record({ id: fc.integer({ min: 1, max: 4 }), what: fc.integer({ min: 0, max: 9 }) });
  fc.assert(
    fc.property(fc.array(step, { maxLength: 60, size: "max" }), (steps) => {
      const table = new LeaseTable();
      const rows: Row[] = [];
      let forgotten = 0;
      let index = 0;
      for (const { id, what } of steps) {
        index++;
        const open = rows.find((row) => row.id === id && row.to === Infinity);
        assert.is(table.find(id)?.ttlSeconds, open?.ttlSeconds);
        if (open === undefined) {
          table.grant(id, index, index);
          rows.push({ id, ttlSeconds: index, from: index, to: Infinity });
        } else if (what < 6) {
          table.revoke(table.find(id)!, index);
          open.to = index;
        } else if (what === 9) {
          forgotten = index - (index % 5);
          table.forgetRevoked(forgotten);
        }
        for (let at = forgotten; at <= index; at++) {
          const seen = rows.filter((row) => row.from <= at && at < row.to);
          for (let each = 1; each <= 4; each++) {
            const expected = seen.find((row) => row.id === each)?.ttlSeconds;
            assert.is(table.findAt(each, at)?.ttlSeconds, expected, `lease ${each} at ${at} of ${index}`);
          }
          assert.is(table.allAt(at).length, seen.length);
        }
      }
      // nothing is kept for members that are not there
      table.forgetRevoked(index);
      for (const row of rows)
        if (row.to <= index) assert.not(table.findAt(row.id, row.from)?.ttlSeconds === row.ttlSeconds);
    }),
    { seed: 10, numRuns: 500 },
  );
});

test("a checkpoint holds from its entry on", () => {
  const table = new LeaseTable();
  const lease = table.grant(1, 100, 5);
  lease.checkpoint(10, 80);
  lease.checkpoint(20, 40);
  lease.checkpoint(30, 0);
  assert.equal(
    [9, 10, 19, 20, 29, 30].map((index) => lease.remainingAt(index)),
    [0, 80, 80, 40, 40, 0],
  );
});

test("keys that were detached are remembered until no member sees them attached", () => {
  const table = new LeaseTable();
  const lease = table.grant(1, 100, 5);
  table.attach(1, "a");
  table.attach(1, "b");
  table.detach(1, "a", 7);
  table.detach(1, "none", 8);
  assert.equal([...lease.keys], ["b"]);
  assert.equal(lease.detached, [{ key: "a", revision: 7 }]);
  lease.forgetDetached(6);
  assert.is(lease.detached.length, 1);
  lease.forgetDetached(7);
  assert.is(lease.detached.length, 0);
});

test.run();
