// Rule 4: E-2 ticks are added at once after a start, when more than one peer is connected, which is looked for every 50 ms for 5 s;
// E-1 ticks in a cluster of one.
import { test } from "uvu";
import * as assert from "uvu/assert";
import { MS, Rig, SECOND, TICK } from "./rig.ts";

/** When the first campaign began, after the process that campaigned started. */
function firstCampaign(rig: Rig): number {
  const started = rig.now;
  rig.until(() => rig.roles.some(({ role }) => role !== "follower"), 20 * SECOND, MS);
  return rig.roles.find(({ role }) => role !== "follower")!.at - started;
}

const BOOT = 100 * MS;

test("a cluster of one campaigns at its first tick to come, or up to nine later", () => {
  for (let seed = 0; seed < 20; seed++) {
    const rig = new Rig({ seed, members: 1, boots: true });
    const after = firstCampaign(rig) - BOOT;
    // T - (E - 1) ticks, T in 10 … 19, and a start within the first tick
    assert.ok(after >= TICK && after <= 11 * TICK, `${after} µs`);
  }
});

test("a started cluster campaigns after T - 8 ticks, without the advance after T", () => {
  let earliest = Infinity;
  for (let seed = 0; seed < 12; seed++) {
    const withAdvance = firstCampaign(new Rig({ seed, boots: true })) - BOOT;
    const without = firstCampaign(new Rig({ seed, boots: true, etcd: { initialElectionTickAdvance: false } })) - BOOT;
    assert.is(without - withAdvance, 8 * TICK);
    earliest = Math.min(earliest, without);
  }
  assert.ok(earliest >= 10 * TICK);
});

test("one connected peer is not enough: the others of five see four", () => {
  const rig = new Rig({ seed: 3 });
  const [one, two] = rig.followers;
  rig.cluster.crash(rig.leader.name);
  rig.cluster.crash(one!.name);
  rig.cluster.crash(two!.name);
  rig.roles.length = 0;
  // two of three: each has one peer
  rig.cluster.restart(one!.name);
  rig.cluster.restart(two!.name);
  const after = firstCampaign(rig) - BOOT;
  assert.ok(after >= 10 * TICK, `${after} µs`);
});

test("a restarted member that finds no leader campaigns early", () => {
  for (let seed = 0; seed < 10; seed++) {
    const rig = new Rig({ seed, members: 5 });
    const names = rig.cluster.members.map(({ name }) => name);
    for (const name of names) rig.cluster.crash(name);
    rig.run(SECOND);
    rig.roles.length = 0;
    for (const name of names.slice(0, 3)) rig.cluster.restart(name);
    const after = firstCampaign(rig) - BOOT;
    // two polls at most until the streams are up, then ticks of its own from 9 on
    assert.ok(after >= 2 * TICK && after < 11.5 * TICK, `${after} µs`);
  }
});

test("peers that connect more than 5 s after the start are not looked for any more", () => {
  for (const [cutMicros, isAdvanced] of [
    [3_000 * MS, true],
    [5_200 * MS, false],
  ] as const) {
    const rig = new Rig({ seed: 5, boots: true });
    const undo = rig.faults.partition(rig.cluster.members.map(({ hostName }) => ({ hosts: [hostName] })));
    rig.run(BOOT + 100 * MS);
    const { node } = rig.cluster.members[0]!.process!.loop;
    const ticks = new Map<number, number>();
    const tick = node.tick.bind(node);
    node.tick = () => {
      ticks.set(rig.now, (ticks.get(rig.now) ?? 0) + 1);
      tick();
    };
    rig.run(cutMicros);
    undo();
    rig.run(4 * SECOND);
    assert.is(Math.max(...ticks.values()), isAdvanced ? 8 : 1);
  }
});

test.run();
