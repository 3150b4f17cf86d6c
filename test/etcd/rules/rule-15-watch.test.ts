// Rule 15: a watch from below the compacted revision ends and tells that revision, one at it works; those behind are served every 100 ms, at
// most 512 at once; a stream holds 128 messages, and who does not fit is tried again every 10 ms; progress every 10 to 11 min.
import { test } from "uvu";
import * as assert from "uvu/assert";
import type { EtcdMember } from "../../../sim/etcd/member.ts";
import type { WatchStream } from "../../../sim/etcd/services/watch-stream.ts";
import { MS, outcome, put, Rig, SECOND } from "./rig.ts";

const MINUTE = 60 * SECOND;

interface Heard {
  /** Number of events, revision, when. */
  readonly messages: [number, number, number][];
  readonly revisions: number[];
  ended: string;
}

function watch(rig: Rig, stream: WatchStream, startRevision: number, progressNotify = false): Heard {
  const heard: Heard = { messages: [], revisions: [], ended: "" };
  stream.create(
    { key: "a", rangeEnd: "", startRevision, progressNotify },
    {
      told: (events, revision) => {
        heard.messages.push([events.length, revision, rig.now]);
        for (const { kv } of events) heard.revisions.push(kv.modRevision);
      },
      ended: (error, compactRevision) => {
        heard.ended = `${error.message} at ${compactRevision}`;
      },
    },
  );
  return heard;
}

const open = (member: EtcdMember, isWritable?: () => boolean) =>
  member.openWatchStream(false, isWritable) as WatchStream;

const range = (from: number, to: number) => Array.from({ length: to - from + 1 }, (_, i) => from + i);

function withHistory(): Rig {
  const rig = new Rig();
  for (let i = 0; i < 100; i++) rig.call(rig.leader, put("a"));
  rig.run(100 * MS);
  assert.is(outcome(rig.ask(rig.leader, { kind: "compact", revision: 50 })), "ok");
  rig.run(SECOND);
  return rig;
}

test("from below, at and above the compacted revision, and from the future", () => {
  const rig = withHistory();
  for (const member of rig.cluster.members) {
    const stream = open(member);
    const below = watch(rig, stream, 49);
    const far = watch(rig, stream, 10);
    const at = watch(rig, stream, 50);
    const above = watch(rig, stream, 51);
    const future = watch(rig, stream, member.view.revision + 2);
    const now = watch(rig, stream, 0);
    rig.run(101 * MS);
    for (const heard of [below, far]) {
      assert.is(heard.ended, "etcdserver: mvcc: required revision has been compacted at 50");
      assert.equal(heard.revisions, []);
    }
    assert.equal(at.revisions, range(50, member.view.revision));
    assert.equal(above.revisions, range(51, member.view.revision));
    assert.equal(future.messages, []);
    assert.equal(now.revisions, []);
    const next = member.view.revision + 1;
    rig.ask(rig.leader, put("a"));
    rig.run(10 * MS);
    assert.equal(now.revisions, [next]);
    assert.is(at.revisions.at(-1), next);
    stream.close();
  }
});

test("a watch from the future hears nothing before it", () => {
  const rig = new Rig();
  const heard = watch(rig, open(rig.leader), 5);
  for (let i = 0; i < 6; i++) rig.ask(rig.leader, put("a"));
  assert.equal(heard.revisions, [5, 6, 7]);
});

test("who is up to date is told when the entry is applied", () => {
  const rig = new Rig();
  const heard = watch(rig, open(rig.leader), 0);
  const reply = rig.ask(rig.leader, put("a"));
  assert.equal(heard.messages.at(-1), [1, 2, reply.at]);
});

test("who is behind is served at the next of rounds 100 ms apart, 512 in a round", () => {
  const rig = withHistory();
  const { leader } = rig;
  const stream = open(leader);
  const begin = rig.now;
  const first = watch(rig, stream, 60);
  rig.run(105 * MS);
  const servedAt = first.messages[0]![2];
  assert.ok(servedAt - begin <= 100 * MS);
  rig.run(40 * MS);
  const second = watch(rig, stream, 60);
  rig.run(101 * MS);
  assert.is((second.messages[0]![2] - servedAt) % (100 * MS), 0);
  // each on a stream of its own
  const many = Array.from({ length: 600 }, () => watch(rig, open(leader), 60));
  rig.run(200 * MS);
  const times = many.map(({ messages }) => messages[0]![2]);
  const earliest = Math.min(...times);
  assert.is(times.filter((at) => at === earliest).length, 512);
  assert.ok(times.every((at) => at - earliest <= 100 * MS));
});

test("a stream that nobody reads keeps 128 messages; what comes later is not lost", () => {
  const rig = new Rig();
  const { leader } = rig;
  let isWritable = false;
  const stream = open(leader, () => isWritable);
  const heard = watch(rig, stream, 2);
  for (let i = 0; i < 200; i++) {
    rig.call(leader, put("a"));
    rig.run(MS);
  }
  rig.run(SECOND);
  assert.equal(heard.revisions, []);
  isWritable = true;
  const begin = rig.now;
  stream.resume();
  assert.is(heard.revisions.length, 128);
  rig.run(250 * MS);
  assert.equal(heard.revisions, range(2, 201));
  // a retry within 10 ms, then a round for those that are behind
  const later = heard.messages.find(([, , at]) => at > begin)!;
  assert.ok(later[2] - begin <= 10 * MS, `${later[2] - begin}`);
});

test("progress every 10 to 11 minutes without an event, for those that ask for it", () => {
  const rig = new Rig();
  const stream = open(rig.leader);
  const heard = watch(rig, stream, 2, true);
  const without = watch(rig, stream, 2);
  const begin = rig.now;
  rig.run(45 * MINUTE);
  const times = heard.messages.map(([events, , at]) => {
    assert.is(events, 0);
    return at - begin;
  });
  assert.is(times.length, 4);
  const interval = times[0]!;
  assert.ok(interval >= 10 * MINUTE && interval <= 11 * MINUTE);
  assert.equal(
    times.map((at) => at % interval),
    [0, 0, 0, 0],
  );
  assert.equal(without.messages, []);
  const other = watch(rig, open(rig.leader), 2, true);
  const opened = rig.now;
  rig.run(12 * MINUTE);
  assert.is.not(other.messages[0]![2] - opened, interval, "drawn for each stream");
});

test("an event puts progress off by one interval", () => {
  const rig = new Rig();
  const heard = watch(rig, open(rig.leader), 2, true);
  const begin = rig.now;
  rig.run(5 * MINUTE);
  rig.ask(rig.leader, put("a"));
  rig.run(30 * MINUTE);
  const [event, ...progress] = heard.messages;
  assert.is(event![0], 1);
  const interval = progress[1]![2] - progress[0]![2];
  assert.is(progress[0]![2] - begin, 2 * interval);
});

test("progress on request is told at once, with the current revision, unless a watch is behind", () => {
  const rig = withHistory();
  const { leader } = rig;
  const stream = open(leader);
  const heard = watch(rig, stream, 0);
  const created = heard.messages.length;
  stream.requestProgress();
  assert.equal(heard.messages.slice(created), [[0, leader.view.revision, rig.now]]);
  watch(rig, stream, 60);
  stream.requestProgress();
  assert.is(heard.messages.length, created + 1);
});

test.run();
