// Rule 7: a request that was proposed fails 5 s + 2 election timeouts later.
import { test } from "uvu";
import * as assert from "uvu/assert";
import { MS, outcome, put, Rig, SECOND } from "./rig.ts";

test("exactly 7 s after it was proposed", () => {
  const rig = new Rig();
  const { leader } = rig;
  rig.isolate(leader);
  const first = rig.call(leader, put("a"));
  rig.run(123_456);
  const second = rig.call(leader, put("b"));
  rig.run(10 * SECOND);
  for (const reply of [first, second]) {
    assert.is(outcome(reply), "Unavailable: etcdserver: request timed out");
    assert.is(reply.took, 7 * SECOND);
  }
});

test("6 s with an election timeout of 500 ms, 15 s with one of 5 s", () => {
  for (const [heartbeatMicros, electionMicros, expected] of [
    [50 * MS, 500 * MS, 6 * SECOND],
    [500 * MS, 5 * SECOND, 15 * SECOND],
  ] as const) {
    const rig = new Rig({ etcd: { heartbeatMicros, electionMicros } });
    const { leader } = rig;
    rig.isolate(leader);
    const reply = rig.call(leader, put("a"));
    rig.run(16 * SECOND);
    assert.is(reply.took, expected);
  }
});

test("all kinds of requests that go through the log", () => {
  const rig = new Rig();
  const { leader } = rig;
  rig.isolate(leader);
  const replies = [
    rig.call(leader, { kind: "deleteRange", key: "a", rangeEnd: "" }),
    rig.call(leader, { kind: "txn", compare: [], success: [put("a")], failure: [] }),
    rig.call(leader, { kind: "leaseGrant", id: 7, ttlSeconds: 10 }),
    rig.call(leader, { kind: "leaseRevoke", id: 7 }),
    rig.call(leader, { kind: "compact", revision: 1 }),
    rig.call(leader, { kind: "alarm", action: "deactivate", member: 0, alarm: "NOSPACE" }),
  ];
  rig.run(8 * SECOND);
  for (const reply of replies) {
    assert.is(outcome(reply), "Unavailable: etcdserver: request timed out");
    assert.is(reply.took, 7 * SECOND);
  }
});

test("the client's own deadline comes first when it is shorter", () => {
  const rig = new Rig();
  rig.isolate(rig.leader);
  const reply = rig.call(rig.leader, put("a"), { deadlineMicros: 1_500 * MS });
  rig.run(8 * SECOND);
  assert.is(outcome(reply), "DeadlineExceeded: context deadline exceeded");
  assert.is(reply.took, 1_500 * MS);
});

test("by the clock of the member", () => {
  const rig = new Rig();
  const { leader } = rig;
  leader.setClockRate(1.25);
  rig.isolate(leader);
  const reply = rig.call(leader, put("a"));
  rig.run(8 * SECOND);
  assert.is(reply.took, (7 * SECOND) / 1.25);
});

test.run();
