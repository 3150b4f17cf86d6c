// Watches at one member: every change once and in order, whatever the client's pace, compactions, and members that jump ahead.
import fc from "fast-check";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { ERRORS, EtcdError } from "../../../sim/etcd/error.ts";
import { MemberView } from "../../../sim/etcd/mvcc/member-view.ts";
import { validateRequest } from "../../../sim/etcd/mvcc/validate.ts";
import type { WatchEvent } from "../../../sim/etcd/request.ts";
import { PROGRESS_MICROS, WatchHub } from "../../../sim/etcd/services/watch-hub.ts";
import type { WatchStream } from "../../../sim/etcd/services/watch-stream.ts";
import type { WatchCreate } from "../../../sim/etcd/services/watcher.ts";
import { write } from "../mvcc/arbitraries.ts";
import { type NaiveEvent, NaiveStore } from "../mvcc/naive-store.ts";
import { ServiceWorld } from "./world.ts";

const MS = 1000;

class Client {
  readonly messages: { at: number; events: readonly WatchEvent[]; revision: number }[] = [];
  end: { error: EtcdError; compactRevision: number } | null = null;

  get events(): WatchEvent[] {
    return this.messages.flatMap(({ events }) => events);
  }
}

class World extends ServiceWorld {
  readonly hub: WatchHub;
  isWritable = true;

  constructor() {
    super();
    const hubHost = Object.assign(Object.create(this) as ServiceWorld, {
      delivered: (events: number, delayMicros: number) => this.deliver(events, delayMicros),
    });
    this.hub = new WatchHub(hubHost, 1000 * MS);
    this.listeners.push((_, result) => this.hub.applied(result));
  }

  open(requireLeader = false): WatchStream {
    const stream = this.hub.open(requireLeader, () => this.isWritable);
    if (stream instanceof EtcdError) throw new Error(stream.message);
    return stream;
  }

  watch(stream: WatchStream, create: Partial<WatchCreate>) {
    const client = new Client();
    const watcher = stream.create(
      { key: "a", rangeEnd: "", startRevision: 0, ...create },
      {
        told: (events, revision) => {
          assert.is(client.end, null);
          client.messages.push({ at: this.engine.now, events, revision });
        },
        ended: (error, compactRevision) => {
          client.end = { error, compactRevision };
        },
      },
    );
    return { client, watcher };
  }
}

const seen = (client: Client) => client.events.map((event) => [event.kv.modRevision, event.type, event.kv.key]);

test("a watch from now on is told at once, of its keys only", () => {
  const world = new World();
  world.put("a");
  const stream = world.open();
  const one = world.watch(stream, {}).client;
  const range = world.watch(stream, { key: "a", rangeEnd: "b" }).client;
  const all = world.watch(stream, { key: "\0", rangeEnd: "\0" }).client;
  assert.equal(one.messages, [{ at: 0, events: [], revision: 2 }]);
  world.put("a");
  world.put("a/1");
  world.put("b");
  world.apply({ kind: "deleteRange", key: "a", rangeEnd: "c" });
  assert.equal(seen(one), [
    [3, "put", "a"],
    [6, "delete", "a"],
  ]);
  assert.equal(seen(range), [
    [3, "put", "a"],
    [4, "put", "a/1"],
    [6, "delete", "a"],
    [6, "delete", "a/1"],
  ]);
  assert.is(all.messages.length, 5);
  assert.equal(seen(all).slice(3), [
    [6, "delete", "a"],
    [6, "delete", "a/1"],
    [6, "delete", "b"],
  ]);
  assert.is(world.engine.pending, 0);
});

test("a watch from an old revision is served within 100 ms, at most 1000 revisions at a time", () => {
  const world = new World();
  for (let i = 0; i < 2500; i++) world.put("a", i);
  world.run(30 * MS);
  const { client } = world.watch(world.open(), { startRevision: 2 });
  assert.is(client.messages.length, 0);
  world.run(100 * MS);
  assert.equal(
    client.messages.map(({ at, events }) => [at / MS, events.length]),
    [[100, 1000]],
  );
  world.put("a", 2500);
  world.run(1000 * MS);
  assert.equal(client.messages.map(({ at, events }) => [at / MS, events.length]).slice(1), [
    [200, 1000],
    [300, 501],
  ]);
  assert.equal(
    client.events.map((event) => event.kv.value),
    Array.from({ length: 2501 }, (_, i) => i),
  );
  assert.is(world.engine.pending, 0);
});

test("of many watches that are behind 512 are served in a round, and rounds follow each other", () => {
  const world = new World();
  world.put("a");
  const stream = world.open();
  const clients = Array.from({ length: 1200 }, () => world.watch(stream, { startRevision: 2 }).client);
  world.run(500 * MS);
  const at = clients.map((client) => client.messages[0]!.at / MS);
  assert.is(at.filter((t) => t === 100).length, 512);
  assert.is(at.filter((t) => t === 101).length, 512);
  assert.is(at.filter((t) => t === 102).length, 176);
});

test("a watch from a future revision hears nothing before it", () => {
  const world = new World();
  const { client } = world.watch(world.open(), { startRevision: 4 });
  for (let i = 0; i < 4; i++) world.put("a");
  assert.equal(seen(client), [
    [4, "put", "a"],
    [5, "put", "a"],
  ]);
});

test("at the compacted revision a watch works, below it ends with the compacted revision", () => {
  const world = new World();
  for (let i = 0; i < 100; i++) world.put("a");
  world.apply({ kind: "compact", revision: 50 });
  const stream = world.open();
  const below = world.watch(stream, { startRevision: 49 }).client;
  const at = world.watch(stream, { startRevision: 50 }).client;
  world.run(100 * MS);
  assert.equal(below.end, { error: ERRORS.compacted, compactRevision: 50 });
  assert.is(below.messages.length, 0);
  // as recorded: 52 events, revisions 50 to 101
  assert.equal([at.events.length, at.events[0]!.kv.modRevision, at.events.at(-1)!.kv.modRevision], [52, 50, 101]);
  assert.is(world.hub.size, 1);
});

test("previous values come with events unless they were compacted", () => {
  const world = new World();
  // another member has not compacted yet, so that nothing is freed: this one must not tell it all the same
  new MemberView(world.state).isServing = true;
  world.put("a", "x");
  world.put("a", "y");
  world.apply({ kind: "deleteRange", key: "a", rangeEnd: "" });
  world.put("a", "z");
  world.apply({ kind: "compact", revision: 3 });
  const stream = world.open();
  const old = world.watch(stream, { startRevision: 3, prevKv: true }).client;
  const plain = world.watch(stream, { startRevision: 3 }).client;
  world.run(100 * MS);
  world.put("a", "w");
  const previous = (client: Client) => client.events.map((event) => event.prevKv?.value ?? null);
  assert.equal(previous(old), [null, "y", null, "z"]);
  assert.equal(previous(plain), [null, null, null, null]);
});

test("a stream takes 128 messages that its client does not read; then its watches wait, and miss nothing", () => {
  const world = new World();
  const stream = world.open();
  const { client } = world.watch(stream, {});
  world.isWritable = false;
  for (let i = 0; i < 300; i++) world.put("a", i);
  world.run(5000 * MS);
  assert.is(client.events.length, 0);
  world.isWritable = true;
  stream.resume();
  assert.is(client.events.length, 128);
  world.run(5010 * MS);
  assert.is(client.events.length, 129, "the message that found no room, after 10 ms");
  world.run(5200 * MS);
  assert.equal(
    client.events.map((event) => event.kv.value),
    Array.from({ length: 300 }, (_, i) => i),
  );
  world.put("a", 300);
  assert.is(client.events.length, 301);
  assert.is(world.delivered[0]![1], 5000 * MS);
});

test("a watch far behind whose stream is full goes on where it was", () => {
  const world = new World();
  for (let i = 0; i < 2500; i++) world.put("b", i);
  const stream = world.open();
  const { client } = world.watch(stream, {});
  const behind = world.watch(stream, { key: "b", startRevision: 2 }).client;
  world.isWritable = false;
  for (let i = 0; i < 130; i++) world.put("a", i);
  world.run(1000 * MS);
  world.isWritable = true;
  world.put("a", 130);
  assert.is(client.events.length, 0);
  stream.resume();
  for (let i = 0; i < 20; i++) {
    world.run(world.engine.now + 100 * MS);
    stream.resume();
  }
  assert.equal(
    client.events.map((event) => event.kv.value),
    Array.from({ length: 131 }, (_, i) => i),
  );
  assert.equal(
    behind.events.map((event) => event.kv.value),
    Array.from({ length: 2500 }, (_, i) => i),
  );
  assert.equal(
    behind.messages.map(({ events }) => events.length),
    [1000, 1000, 500],
  );
});

test("a message does not overtake those that wait", () => {
  const world = new World();
  const stream = world.open();
  const { client } = world.watch(stream, {});
  world.isWritable = false;
  for (let i = 0; i < 3; i++) world.put("a", i);
  world.isWritable = true;
  world.put("a", 3);
  stream.resume();
  assert.equal(
    client.events.map((event) => event.kv.value),
    [0, 1, 2, 3],
  );
});

test("a watch of a quiet key outlives a snapshot that follows a compaction of what it was told", () => {
  const world = new World();
  const { client } = world.watch(world.open(), {});
  for (let i = 0; i < 10; i++) world.put("b", i);
  const ahead = new MemberView(world.state);
  ahead.moveTo(world.view.position());
  const steps = [
    { kind: "compact", revision: 11 },
    { kind: "put", key: "a", value: 1, valueBytes: 1, lease: 0 },
  ] as const;
  for (const request of steps) ahead.apply(ahead.appliedIndex + 1, 1, { id: 0, memberId: 2, request, result: null });
  world.view.moveTo(ahead.position());
  world.hub.snapshotApplied();
  world.run(200 * MS);
  assert.is(client.end, null);
  assert.equal(seen(client), [[12, "put", "a"]]);
});

test("progress: every ten to eleven minutes without an event, and when asked for", () => {
  const world = new World();
  const stream = world.open();
  const { client } = world.watch(stream, { progressNotify: true });
  const silent = world.watch(stream, {}).client;
  const interval = PROGRESS_MICROS * 1.05;
  world.run(interval - 1);
  assert.is(client.messages.length, 1);
  world.run(interval);
  assert.equal(client.messages.at(-1), { at: interval, events: [], revision: 1 });
  world.run(interval * 1.5);
  world.put("a");
  world.run(interval * 2);
  assert.is(client.messages.length, 3, "the event stands for the progress");
  world.run(interval * 3);
  assert.equal(client.messages.at(-1), { at: interval * 3, events: [], revision: 2 });
  assert.is(silent.messages.length, 2);
  stream.requestProgress();
  assert.is(silent.messages.length, 3);
  world.watch(stream, { startRevision: 1 });
  stream.requestProgress();
  assert.is(silent.messages.length, 3, "not while one of the stream's watches is behind");
});

test("streams that require a leader end after three checks without one", () => {
  const world = new World();
  const { client } = world.watch(world.open(true), {});
  const patient = world.watch(world.open(false), {}).client;
  world.run(1500 * MS);
  world.leaderId = 0;
  world.hub.leaderChanged(0);
  assert.is(world.hub.open(true), ERRORS.noLeader);
  world.run(3999 * MS);
  assert.is(client.end, null);
  world.run(4000 * MS);
  assert.equal(client.end, { error: ERRORS.noLeader, compactRevision: 0 });
  assert.is(patient.end, null);
  // a leader in between starts the count again
  world.leaderId = 2;
  world.hub.leaderChanged(2);
  const second = world.watch(world.open(true), {}).client;
  world.leaderId = 0;
  world.hub.leaderChanged(0);
  world.run(6500 * MS);
  world.leaderId = 2;
  world.hub.leaderChanged(2);
  world.run(20_000 * MS);
  assert.is(second.end, null);
  assert.is(world.engine.pending, 0);
});

test("cancelled and closed watches are told nothing more", () => {
  const world = new World();
  for (let i = 0; i < 5; i++) world.put("a");
  const stream = world.open();
  const one = world.watch(stream, { startRevision: 2 });
  const two = world.watch(stream, {});
  const three = world.watch(world.open(), {});
  stream.cancel(one.watcher);
  stream.cancel(two.watcher);
  world.put("a");
  world.run(300 * MS);
  world.hub.stop();
  world.put("a");
  assert.equal([one.client.events.length, two.client.events.length, three.client.events.length], [0, 0, 1]);
  assert.is(world.hub.size, 0);
});

test("no gap, no duplicate, no reorder: whatever is written, compacted, read slowly or jumped over", () => {
  const step = fc.record({
    request: write,
    act: fc.integer({ min: 0, max: 9 }),
    create: fc.record({
      key: fc.constantFrom("a", "a/1", "b", "c"),
      rangeEnd: fc.constantFrom("", "b", "\0"),
      startRevision: fc.integer({ min: 0, max: 20 }),
      prevKv: fc.boolean(),
    }),
    micros: fc.integer({ min: 0, max: 60 * MS }),
  });
  fc.assert(
    fc.property(fc.array(step, { minLength: 5, maxLength: 60, size: "max" }), (steps) => {
      const world = new World();
      const naive = new NaiveStore();
      // another member that is ahead, from which snapshots come
      const ahead = new MemberView(world.state);
      const stream = world.open();
      const watches: { client: Client; create: WatchCreate; from: number }[] = [];
      for (const { request, act, create, micros } of steps) {
        if (act === 0) world.isWritable = false;
        if (act === 1) {
          world.isWritable = true;
          stream.resume();
        }
        if (act >= 7) {
          const from = create.startRevision === 0 ? world.view.revision + 1 : create.startRevision;
          watches.push({ client: world.watch(stream, create).client, create, from });
        }
        if (validateRequest(request) === null) {
          naive.apply(request);
          if (act === 2) {
            // not applied here: the member receives it with a snapshot
            ahead.moveTo(world.view.position());
            ahead.apply(ahead.appliedIndex + 1, 1, { id: 0, memberId: 2, request, result: null });
            world.view.moveTo(ahead.position());
            world.hub.snapshotApplied();
          } else world.apply(request);
        }
        world.run(world.engine.now + micros);
      }
      world.isWritable = true;
      for (let i = 0; i < 40; i++) {
        stream.resume();
        world.run(world.engine.now + 100 * MS);
      }
      for (const { client, create, from } of watches) {
        const wanted = naive.events.filter((event) => event.revision >= from && covers(create, event));
        const events = client.events;
        if (client.end === null) assert.is(events.length, wanted.length, "all that happened");
        else assert.ok(client.end.compactRevision > (events.at(-1)?.kv.modRevision ?? from - 1));
        for (let i = 0; i < events.length; i++) {
          const { kv, type, prevKv } = events[i]!;
          const { revision, key, value, isDelete, previousValue } = wanted[i]!;
          assert.equal([kv.modRevision, kv.key, kv.value, type === "delete"], [revision, key, value, isDelete]);
          if (prevKv !== null) assert.is(prevKv.value, previousValue);
          if (!create.prevKv) assert.is(prevKv, null);
        }
      }
    }),
    { seed: 6, numRuns: 300 },
  );
});

function covers(create: WatchCreate, event: NaiveEvent): boolean {
  if (create.rangeEnd === "") return event.key === create.key;
  return event.key >= create.key && (create.rangeEnd === "\0" || event.key < create.rangeEnd);
}

test.run();
