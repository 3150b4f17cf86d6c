// Time of leases: when they expire, what a change of the leader does to them, and how many are revoked at once (reference rules 18 to 21).
import fc from "fast-check";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { ERRORS } from "../../../sim/etcd/error.ts";
import { ExpiryQueue } from "../../../sim/etcd/lease/expiry-queue.ts";
import { Lessor } from "../../../sim/etcd/services/lessor.ts";
import { ServiceWorld } from "./world.ts";

const SECOND = 1_000_000;

class World extends ServiceWorld {
  lessor: Lessor;

  constructor(checkpoints = false) {
    super();
    this.lessor = new Lessor(this, SECOND, checkpoints);
    this.listeners.push((command, result) => this.lessor.applied(command, result));
  }

  grant(id: number, ttlSeconds: number): void {
    this.apply({ kind: "leaseGrant", id, ttlSeconds });
  }

  renew(id: number): number | null | undefined {
    let told: number | null | undefined;
    this.lessor.renew(id, (ttl) => {
      told = ttl;
    });
    return told;
  }

  /** Times at which revocations were proposed, in seconds, by lease. */
  get revoked(): [number, number][] {
    return this.proposed.flatMap(([at, request]) =>
      request.kind === "leaseRevoke" ? [[request.id, at / SECOND] as [number, number]] : [],
    );
  }
}

test("a lease ends at the first look after its time, its keys with it in one revision", () => {
  const world = new World();
  world.lessor.promote();
  world.run(0.2 * SECOND);
  world.grant(7, 3);
  world.put("b", 0, 7);
  world.put("a", 0, 7);
  world.put("c");
  const { revision } = world.view;
  world.run(3.4 * SECOND);
  assert.is(world.view.revision, revision);
  world.run(10 * SECOND);
  // expired at 3.2 s, seen at 3.5 s, after a linearizable read
  assert.equal(world.revoked, [[7, 3.5005]]);
  assert.is(world.view.revision, revision + 1);
  assert.is(world.view.lease(7), undefined);
  assert.is(world.engine.pending, 0, "no lease, no timer");
});

test("a keepalive gives the full time again, an unknown lease has none left", () => {
  const world = new World();
  world.lessor.promote();
  world.grant(1, 5);
  world.run(4 * SECOND);
  assert.is(world.renew(1), 5);
  assert.is(world.renew(2), 0);
  world.run(8.9 * SECOND);
  assert.is(world.lessor.remainingSeconds(1), 0);
  assert.equal(world.revoked, []);
  world.run(20 * SECOND);
  assert.equal(world.revoked, [[1, 9.0005]]);
  assert.is(world.renew(1), 0);
});

test("a keepalive of a lease that has expired waits for its end", () => {
  const world = new World();
  world.lessor.promote();
  world.grant(1, 2);
  const told: (number | null)[] = [];
  world.run(2 * SECOND);
  world.lessor.renew(1, (ttl) => told.push(ttl));
  assert.equal(told, []);
  world.run(3 * SECOND);
  assert.equal(told, [0]);
  world.grant(2, 2);
  world.isCut = true;
  world.run(5.2 * SECOND);
  world.lessor.renew(2, (ttl) => told.push(ttl));
  world.lessor.demote();
  assert.equal(told, [0, null]);
});

test("a new leader gives every lease its full time and an election timeout, an old one stops counting", () => {
  const world = new World();
  world.lessor.promote();
  world.grant(1, 5);
  world.run(2.5 * SECOND);
  world.lessor.demote();
  assert.is(world.renew(1), null);
  assert.is(world.lessor.remainingSeconds(1), undefined);
  world.run(60 * SECOND);
  assert.equal(world.revoked, []);
  world.lessor.promote();
  assert.is(world.lessor.remainingSeconds(1), 6);
  world.run(100 * SECOND);
  // as recorded: 6.0 to 6.5 s after the new leader for a TTL of 5 s
  assert.equal(world.revoked, [[1, 66.0005]]);
});

test("no lease ends early, and none more than half a second and a commit late", () => {
  const step = fc.tuple(
    fc.constantFrom("grant", "renew", "revoke", "lead", "follow"),
    fc.nat(5),
    fc.integer({ min: 1, max: 3 * SECOND }),
  );
  fc.assert(
    fc.property(fc.array(step, { maxLength: 60, size: "max" }), (steps) => {
      const world = new World();
      const mayEndAt = new Map<number, number>();
      let isLeading = false;
      const check = () => {
        for (const [id, at] of mayEndAt) {
          const exists = world.view.lease(id) !== undefined;
          if (!exists) assert.ok(world.engine.now >= at, `lease ${id} ended early`);
          else if (isLeading) assert.ok(world.engine.now <= at + 0.51 * SECOND, `lease ${id} lives on`);
        }
      };
      for (const [what, id, micros] of steps) {
        const { now } = world.engine;
        const lease = world.view.lease(id);
        if (what === "grant" && lease === undefined && id > 0) {
          world.grant(id, 2 + id);
          mayEndAt.set(id, isLeading ? now + (2 + id) * SECOND : Infinity);
        } else if (what === "renew" && world.renew(id) === 2 + id) mayEndAt.set(id, now + (2 + id) * SECOND);
        else if (what === "revoke") {
          world.apply({ kind: "leaseRevoke", id });
          mayEndAt.delete(id);
        } else if (what === "lead" && !isLeading) {
          isLeading = true;
          world.lessor.promote();
          for (const [each] of mayEndAt) {
            if (world.view.lease(each) !== undefined) mayEndAt.set(each, now + (3 + each) * SECOND);
          }
        } else if (what === "follow") {
          isLeading = false;
          world.lessor.demote();
          // revocations that were proposed may still come
          world.run(now + 2000);
          for (const [each] of mayEndAt) if (world.view.lease(each) !== undefined) mayEndAt.set(each, Infinity);
        }
        world.run(world.engine.now + micros);
        check();
        for (const each of [...mayEndAt.keys()]) if (world.view.lease(each) === undefined) mayEndAt.delete(each);
      }
    }),
    { seed: 8, numRuns: 300 },
  );
});

test("at most 500 leases a round and 16 revocations at a time; what got no answer is tried again after 3 s", () => {
  const world = new World();
  world.lessor.promote();
  for (let id = 1; id <= 600; id++) world.grant(id, 2);
  world.isCut = true;
  world.run(2.1 * SECOND);
  world.isCut = false;
  world.run(2.49 * SECOND);
  assert.is(world.revoked.length, 0);
  world.run(2.501 * SECOND);
  // those of the round that was cut are looked at 3 s after it, the others half a second after it
  assert.is(world.revoked.length, 16);
  world.run(4.9 * SECOND);
  assert.is(world.revoked.length, 100);
  world.run(5.0006 * SECOND);
  assert.is(world.revoked.length, 116);
  world.run(9 * SECOND);
  assert.is(world.revoked.length, 600);
  assert.is(world.view.leases().length, 0);
  const times = world.revoked.map(([, at]) => at);
  for (let i = 16; i < times.length; i++) assert.ok(times[i]! - times[i - 16]! >= 0.0009);
});

test("a leader that cannot confirm that it leads revokes nothing", () => {
  const world = new World();
  world.lessor.promote();
  world.grant(1, 2);
  world.readError = ERRORS.timeout;
  world.run(10 * SECOND);
  assert.equal(world.revoked, []);
  world.readError = null;
  world.run(14 * SECOND);
  assert.is(world.revoked.length, 1);
});

test("with a thousand leases and more a new leader lets no more than 750 a second expire", () => {
  const world = new World();
  for (let id = 1; id <= 3000; id++) world.grant(id, 10);
  world.lessor.promote();
  world.run(60 * SECOND);
  assert.is(world.revoked.length, 3000);
  const perSecond = new Map<number, number>();
  for (const [, at] of world.revoked) perSecond.set(Math.floor(at), (perSecond.get(Math.floor(at)) ?? 0) + 1);
  assert.is(Math.min(...perSecond.keys()), 11);
  assert.ok(Math.max(...perSecond.values()) <= 760 * 2, "half-second rounds may fall together");
  assert.ok(Math.max(...perSecond.keys()) >= 14);
});

test("checkpoints carry the time that is left over to the next leader, until the lease is renewed", () => {
  const world = new World(true);
  world.lessor.promote();
  world.grant(1, 1000);
  world.run(600 * SECOND);
  const written = world.proposed.filter(([, request]) => request.kind === "leaseCheckpoint");
  assert.equal(written[0], [300 * SECOND, { kind: "leaseCheckpoint", leases: [{ id: 1, remainingSeconds: 700 }] }]);
  world.lessor.demote();
  world.lessor.promote();
  assert.is(world.lessor.remainingSeconds(1), 701, "of the last checkpoint, and an election timeout");
  assert.is(world.renew(1), 1000);
  world.run(601 * SECOND);
  world.lessor.demote();
  world.lessor.promote();
  assert.is(world.lessor.remainingSeconds(1), 1001);
});

test("the queue of expiries against a sorted list", () => {
  const step = fc.tuple(fc.nat(20), fc.integer({ min: -1, max: 30 }));
  fc.assert(
    fc.property(fc.array(step, { maxLength: 200, size: "max" }), (steps) => {
      const queue = new ExpiryQueue();
      const naive = new Map<number, number>();
      for (const [id, time] of steps) {
        if (time < 0) {
          queue.delete(id);
          naive.delete(id);
        } else {
          queue.set(id, time);
          naive.set(id, time);
        }
        const first = [...naive].sort((a, b) => a[1] - b[1] || a[0] - b[0])[0];
        assert.is(queue.size, naive.size);
        assert.equal([queue.nextId, queue.nextTime], first ?? [0, Infinity]);
      }
    }),
    { seed: 9, numRuns: 300 },
  );
});

test.run();
