// A member that is killed from inside of one of its own callbacks, in the middle of a Ready or of a batch, leaves disk and state as a
// kill at any other moment does.
import { test } from "uvu";
import * as assert from "uvu/assert";
import type { EtcdCluster } from "../../sim/etcd/cluster.ts";
import type { EtcdObserver, ObservedMember } from "../../sim/etcd/observer.ts";
import { createWorld, putMany, runFor } from "./world.ts";

const MOMENTS = [
  "roleChanged",
  "leaderKnown",
  "termChanged",
  "persisted",
  "committed",
  "applied",
  "acknowledged",
  "proposed",
  "fsync",
  "backendCommit",
] as const;

for (const moment of MOMENTS) {
  test(`killed when ${moment}`, () => {
    for (let nth = 1; nth <= 20; nth += 3) {
      let cluster: EtcdCluster | null = null;
      let count = 0;
      let isArmed = true;
      const kill = (member: ObservedMember) => {
        count++;
        if (count === nth && isArmed) cluster!.crash(member.name, nth % 2 === 0);
      };
      const observer: EtcdObserver = { [moment]: kill };
      const world = createWorld({ seed: nth, observer });
      cluster = world.cluster;
      cluster.start();
      runFor(world, 20_000_000);
      const serving = cluster.members.find((member) => member.isServing)!;
      putMany(world, serving.name, 30);
      runFor(world, 8_000_000);
      isArmed = false;
      for (const member of cluster.members) if (member.isDown) member.start();
      runFor(world, 8_000_000);
      const leader = cluster.leader()!;
      assert.is(putMany(world, leader.name, 5, "after"), 5, `${moment} ${nth}`);
      runFor(world, 1_000_000);
      for (const member of cluster.members) assert.is(member.view.revision, leader.view.revision, `${moment} ${nth}`);
    }
  });
}

test("killed by its own client, in the middle of a batch of answers", () => {
  const world = createWorld();
  const { cluster } = world;
  cluster.start();
  runFor(world, 5_000_000);
  const leader = cluster.leader()!;
  let answers = 0;
  for (let i = 0; i < 50; i++) {
    leader.call({ kind: "put", key: `k${i}`, value: i, valueBytes: 8, lease: 0 }, {}, () => {
      answers++;
      if (answers === 20) cluster.crash(leader.name, true);
    });
  }
  runFor(world, 5_000_000);
  assert.is(answers, 50);
  cluster.restart(leader.name);
  runFor(world, 5_000_000);
  for (const member of cluster.members) assert.is(member.view.revision, cluster.leader()!.view.revision);
  assert.ok(leader.view.revision > 20);
});

test.run();
