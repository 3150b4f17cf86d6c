// Rule 18: the least time of a lease is 1.5 election timeouts in whole seconds, the most 9,000,000,000 s.
import { test } from "uvu";
import * as assert from "uvu/assert";
import type { LeaseGrantAnswer, LeaseTimeToLiveAnswer } from "../../../sim/etcd/answer.ts";
import { MS, outcome, Rig, SECOND } from "./rig.ts";

const grant = (rig: Rig, id: number, ttlSeconds: number) => rig.ask(rig.leader, { kind: "leaseGrant", id, ttlSeconds });

test("a shorter time is raised", () => {
  for (const [heartbeatMicros, electionMicros, least] of [
    [100 * MS, SECOND, 2],
    [50 * MS, 500 * MS, 1],
    [200 * MS, 2 * SECOND, 3],
    [500 * MS, 5 * SECOND, 8],
  ] as const) {
    const rig = new Rig({ etcd: { heartbeatMicros, electionMicros } });
    assert.is((grant(rig, 1, 1).value as LeaseGrantAnswer).ttlSeconds, least);
    assert.is((grant(rig, 2, least).value as LeaseGrantAnswer).ttlSeconds, least);
    assert.is((grant(rig, 3, least + 1).value as LeaseGrantAnswer).ttlSeconds, least + 1);
  }
});

test("9,000,000,000 s is the most", () => {
  const rig = new Rig();
  assert.is(outcome(grant(rig, 1, 9_000_000_000)), "ok");
  assert.is(outcome(grant(rig, 2, 9_000_000_001)), "OutOfRange: etcdserver: too large lease TTL");
});

test("what is answered about leases that exist, and that do not", () => {
  const rig = new Rig();
  assert.is(outcome(grant(rig, 7, 10)), "ok");
  assert.is(outcome(grant(rig, 7, 10)), "FailedPrecondition: etcdserver: lease already exists");
  assert.is(
    outcome(rig.ask(rig.leader, { kind: "leaseRevoke", id: 8 })),
    "NotFound: etcdserver: requested lease not found",
  );
  for (const member of rig.cluster.members) {
    const { ttlSeconds, grantedTtlSeconds } = rig.ask(member, { kind: "leaseTimeToLive", id: 8 })
      .value as LeaseTimeToLiveAnswer;
    assert.equal([ttlSeconds, grantedTtlSeconds], [-1, 0]);
  }
  // the server chooses
  const chosen = [grant(rig, 0, 10), grant(rig, 0, 10)];
  assert.equal(chosen.map(outcome), ["ok", "ok"]);
  const ids = chosen.map(({ value }) => (value as LeaseGrantAnswer).id);
  assert.ok(ids[0]! > 0 && ids[1]! > 0 && ids[0] !== ids[1]);
});

test.run();
