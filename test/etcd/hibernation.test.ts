// A quiet cluster that sleeps shows the same as one whose ticks and heartbeats are executed one by one: who leads when, how long
// every request takes, what it is answered, and what becomes of the members under faults.
import fc from "fast-check";
import { test } from "uvu";
import * as assert from "uvu/assert";
import type { Tick } from "../../sim/engine/tick.ts";
import { EtcdFaultPoints } from "../../sim/etcd/fault-points.ts";
import { ETCD_SERVICES } from "../../sim/etcd/services/member-services.ts";
import { NetworkFaultPoints } from "../../sim/network/fault-points.ts";
import type { NetworkOptions } from "../../sim/network/network.ts";
import { tries } from "../thorough.ts";
import { createWorld, errorOf, get, put, runFor } from "./world.ts";

interface Step {
  readonly at: number;
  readonly what:
    | "put"
    | "read"
    | "crash"
    | "restart"
    | "pause"
    | "resume"
    | "isolate"
    | "delay"
    | "heal"
    | "clock"
    | "terminate";
  readonly member: number;
}

interface Outcome {
  readonly log: readonly string[];
  readonly events: number;
}

// heartbeats that are on their way most of the time
const FAR: NetworkOptions = { crossZone: { latencyMicros: { kind: "uniform", min: 20_000, max: 60_000 } } };

function play(
  seed: number,
  members: number,
  steps: readonly Step[],
  executeQuietTicks: boolean,
  network: NetworkOptions = {},
): Outcome {
  const log: string[] = [];
  const note = (...parts: readonly unknown[]) => log.push([engine.now, ...parts].join(" "));
  const world = createWorld({
    seed,
    members,
    etcd: { executeQuietTicks },
    services: ETCD_SERVICES,
    network,
    observer: {
      roleChanged: (member, role, term) => note(member.name, role, term),
      leaderKnown: (member, leader) => note(member.name, "knows", leader),
      serving: (member) => note(member.name, "serves"),
      stopped: (member, reason) => note(member.name, "stopped", reason),
    },
  });
  const { cluster, engine } = world;
  const etcd = new EtcdFaultPoints(cluster);
  const net = new NetworkFaultPoints(world.network);
  let undo: (() => void)[] = [];
  cluster.start();
  const act = ({ what, member }: Step) => {
    const { name } = cluster.members[member % members]!;
    const asked = engine.now;
    switch (what) {
      case "put":
      case "read":
        return cluster
          .member(name)
          .call(what === "put" ? put(`k${asked}`) : get("k"), { deadlineMicros: 9_000_000 }, (answer) =>
            note(
              what,
              name,
              engine.now - asked,
              errorOf({ value: answer, at: 0 }),
              "revision" in answer && answer.revision,
            ),
          );
      case "crash":
        return etcd.crash(name);
      case "restart":
        return etcd.start(name);
      case "pause":
        return etcd.pause(name);
      case "resume":
        return etcd.resume(name);
      case "terminate":
        return etcd.terminate(name);
      case "isolate":
        return void undo.push(net.isolate({ hosts: [name] }));
      case "delay":
        return void undo.push(
          net.worsen(
            { hosts: [name] },
            { zones: ["a", "b", "c", "d", "e"] },
            { delayMicros: { kind: "constant", value: 30_000 } },
            "d",
          ),
        );
      case "clock":
        return void undo.push(etcd.setClockRate(name, 1.2));
      case "heal":
        for (const take of undo) take();
        undo = [];
    }
  };
  for (const step of steps) engine.at((5_000_000 + step.at) as Tick, () => act(step));
  runFor(world, 90_000_000);
  for (const { name, raft, view } of cluster.members)
    log.push(`${name} ${raft?.role} ${raft?.term} ${raft?.lead} ${view.revision}`);
  return { log, events: engine.eventsProcessed };
}

const KINDS = [
  "put",
  "read",
  "crash",
  "restart",
  "pause",
  "resume",
  "isolate",
  "delay",
  "heal",
  "clock",
  "terminate",
] as const;

test("sleeping changes nothing that can be seen, and saves most events", () => {
  const step = fc.record({
    // mostly long gaps, some short ones
    at: fc.oneof(fc.integer({ min: 0, max: 60_000_000 }), fc.integer({ min: 20_000_000, max: 20_400_000 })),
    what: fc.constantFrom(...KINDS),
    member: fc.nat(4),
  });
  for (const network of [{}, FAR]) {
    const steps = fc.array(step, { maxLength: 12 });
    fc.assert(
      fc.property(fc.nat(10_000), fc.constantFrom(1, 3, 5), steps, (seed, members, chosen) => {
        const slept = play(seed, members, chosen, false, network);
        const executed = play(seed, members, chosen, true, network);
        assert.equal(slept.log, executed.log);
        assert.ok(slept.events <= executed.events);
      }),
      { seed: 20, numRuns: tries(15, 50) },
    );
  }
});

test("whoever wakes the cluster finds heartbeats on their way, and counts of answers that are still out", () => {
  for (let i = 0; i < tries(25, 100); i++) {
    // cut off the leader at any moment of its round of heartbeats
    const at = 20_000_000 + i * 20_011;
    const steps = [0, 1, 2].map((member) => ({ at: at + member * 9_000, what: "isolate", member }) as const);
    const slept = play(i, 3, steps, false, FAR);
    assert.equal(slept.log, play(i, 3, steps, true, FAR).log);
  }
});

test("a put now and then for minutes", () => {
  const steps = Array.from({ length: 60 }, (_, i) => ({ at: i * 777_777, what: "put", member: i }) as const);
  const slept = play(7, 5, steps, false);
  const executed = play(7, 5, steps, true);
  assert.equal(slept.log, executed.log);
  assert.ok(slept.log.some((line) => line.includes("put")));
  assert.ok(slept.events < executed.events / 2, `${slept.events} of ${executed.events}`);
});

test("an hour of quiet costs no event", () => {
  const world = createWorld({ members: 5 });
  world.cluster.start();
  runFor(world, 10_000_000);
  const before = world.engine.eventsProcessed;
  runFor(world, 3_600_000_000);
  assert.is(world.engine.eventsProcessed, before);
  assert.ok(world.cluster.leader() !== null);
});

test.run();
