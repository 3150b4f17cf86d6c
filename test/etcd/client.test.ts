// The client on a real cluster: calls in turn, what is tried again and what is not, errors with their texts, connections that come
// back after their back-off, silent peers, and watches that go on elsewhere without gap or duplicate.
import fc from "fast-check";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { Engine } from "../../sim/engine/engine.ts";
import { SECOND, type Tick } from "../../sim/engine/tick.ts";
import type { EtcdAnswer } from "../../sim/etcd/answer.ts";
import { EtcdClient, EtcdError, prefixEnd, type WatchEvent } from "../../sim/etcd/client.ts";
import { MemberEndpoint } from "../../sim/etcd/client-endpoint.ts";
import { EtcdCluster } from "../../sim/etcd/cluster.ts";
import type { EtcdRequest } from "../../sim/etcd/request.ts";
import { ETCD_SERVICES } from "../../sim/etcd/services/member-services.ts";
import { Network } from "../../sim/network/network.ts";
import { get, put } from "./world.ts";

interface Reply {
  answer: EtcdAnswer | EtcdError | null;
  micros: number;
}

/** A settled cluster of three with a client on a host of its own. */
function setUp(seed: string | number = 1) {
  const engine = new Engine({ seed });
  const network = new Network(engine);
  const members = ["a", "b", "c"].map((zone, i) => {
    const name = `etcd-${i}`;
    return { name, zone, host: network.addHost(name, zone), disk: "nvme" as const };
  });
  const cluster = new EtcdCluster(engine, network, { members }, {}, ETCD_SERVICES);
  const endpoints = cluster.members.map((member) => new MemberEndpoint(member));
  const client = new EtcdClient({ engine, network, name: "client", host: network.addHost("client", "a"), endpoints });
  const hosts = new Map(members.map(({ name, host }) => [name, host]));
  cluster.startSettled();
  network.settle(() => client.start(true));
  const after = (micros: number) => engine.run((engine.now + micros) as Tick);
  after(0);
  const call = (request: EtcdRequest): Reply => {
    const begin = engine.now;
    const reply: Reply = { answer: null, micros: -1 };
    client.call(request, (answer) => {
      assert.is(reply.answer, null, "one answer");
      reply.answer = answer as EtcdAnswer;
      reply.micros = engine.now - begin;
    });
    return reply;
  };
  return { engine, network, cluster, client, hosts, after, call };
}

const textOf = ({ answer }: Reply) => (answer instanceof EtcdError ? `${answer.code} ${answer.message}` : answer?.kind);
const REFUSED =
  'Unavailable connection error: desc = "transport: Error while dialing: dial tcp <addr>: connect: connection refused"';

test("a settled cluster serves at once, and calls go to the members in turn", () => {
  const { cluster, after, call } = setUp();
  assert.is(cluster.leader()?.raft?.term, 2);
  const replies = Array.from({ length: 9 }, (_, i) => call(put(`k${i}`)));
  after(20_000);
  for (const reply of replies) assert.is(textOf(reply), "put");
  assert.ok(Math.max(...replies.map((r) => r.micros)) < 15_000, "no wait for an election or a connection");
  const proposed = cluster.members.map(
    ({ wal, id }) =>
      wal.storage
        .entries(wal.storage.firstIndex(), wal.storage.lastIndex() + 1, Number.POSITIVE_INFINITY)!
        .filter((entry) => {
          const command = entry.data as { readonly memberId?: number; readonly request?: EtcdRequest } | null;
          return command?.memberId === id && command.request?.kind === "put";
        }).length,
  );
  assert.equal(proposed, [3, 3, 3]);
  const read = call(get("k5"));
  after(20_000);
  assert.is(read.answer instanceof EtcdError || read.answer?.kind !== "range" ? -1 : read.answer.count, 1);
});

test("a write under way at a member that dies fails, and may have happened; the others go on at once", () => {
  const { cluster, after, call, engine } = setUp();
  const victim = cluster.leader()!;
  const writes = [call(put("x")), call(put("y")), call(put("z"))];
  after(300);
  cluster.crash(victim.name);
  after(10 * SECOND);
  const texts = writes.map(textOf);
  assert.is(
    texts.filter((text) => text === "Unavailable error reading from server: connection reset by peer").length,
    1,
  );
  // forwarded to the dead leader: lost, unless it had been sent on
  for (const text of texts) assert.match(text ?? "", /put|reset by peer|request timed out/);
  const later = Array.from({ length: 6 }, (_, i) => call(put(`later${i}`)));
  after(SECOND);
  for (const reply of later) assert.is(textOf(reply), "put");
  assert.ok(engine.now > 0);
});

test("reads are tried at another member, writes are not tried again", () => {
  const { cluster, after, call } = setUp();
  const follower = cluster.members.find((member) => member !== cluster.leader())!;
  const reads = Array.from({ length: 6 }, () => call(get("x")));
  const writes = Array.from({ length: 6 }, (_, i) => call(put(`w${i}`)));
  after(150);
  cluster.crash(follower.name);
  after(10 * SECOND);
  for (const reply of reads) assert.is(textOf(reply), "range");
  const failed = writes.filter((reply) => reply.answer instanceof EtcdError);
  assert.is(failed.length, 2);
  for (const reply of failed)
    assert.is(textOf(reply), "Unavailable error reading from server: connection reset by peer");
});

test("without any member a write fails at once; a read after a hundred attempts, a pause after every two", () => {
  const { cluster, after, call } = setUp();
  for (const { name } of cluster.members) cluster.crash(name);
  after(SECOND);
  const [write, read] = [call(put("x")), call(get("x"))];
  after(10_000);
  assert.equal([textOf(write), write.micros], [REFUSED, 0]);
  assert.is(read.answer, null);
  after(5 * SECOND);
  assert.is(textOf(read), REFUSED);
  assert.ok(read.micros > 45 * 22_500 && read.micros < 51 * 27_500, `${read.micros}`);
});

test("a member that is back is found after the back-off: 1 s, growing by 1.6, with a fifth of jitter", () => {
  for (const [downSeconds, least, most] of [
    [0.5, 0, 1.3],
    [20, 0, 12],
  ] as const) {
    const { cluster, after, client } = setUp(downSeconds);
    const [member] = cluster.members;
    cluster.crash(member!.name);
    after(downSeconds * SECOND);
    const [channel] = client.channels;
    assert.is(channel!.state, "failed");
    cluster.restart(member!.name);
    let waited = 0;
    while (channel!.state !== "ready" && waited < 60) {
      after(0.1 * SECOND);
      waited += 0.1;
    }
    assert.ok(waited > least && waited < most, `found after ${waited} s`);
  }
});

test("a member that falls silent is found out by a ping that is not answered", () => {
  const { cluster, after, call, network, hosts } = setUp();
  const follower = cluster.members.find((member) => member !== cluster.leader())!;
  cluster.pause(follower.name);
  const replies = Array.from({ length: 3 }, (_, i) => call(put(`p${i}`)));
  after(39 * SECOND);
  const open = replies.filter((reply) => reply.answer === null);
  assert.is(open.length, 1, "the two others are answered, one after the time of an answer at most");
  after(3 * SECOND);
  assert.is(textOf(open[0]!), "Unavailable keepalive ping failed to receive ACK within timeout");
  assert.ok(open[0]!.micros > 39 * SECOND && open[0]!.micros < 41 * SECOND);
  cluster.resume(follower.name);
  after(30 * SECOND);
  const machine = hosts.get(follower.name)!;
  const again = Array.from({ length: 3 }, (_, i) => call(put(`q${i}`)));
  after(150);
  network.setMachine(machine, false);
  after(60 * SECOND);
  // data that nobody acknowledges ends a connection after ten seconds
  const lost = again.filter((reply) => reply.answer instanceof EtcdError && reply.micros > 5 * SECOND);
  assert.ok(lost.length >= 1);
  for (const reply of again) assert.not.equal(reply.answer, null);
});

test("a graceful stop costs nobody a request", () => {
  const { cluster, after, call } = setUp();
  const replies: Reply[] = [];
  const leader = cluster.leader()!;
  for (let i = 0; i < 200; i++) {
    if (i === 100) cluster.terminate(leader.name);
    replies.push(call(put(`k${i}`)));
    after(5000);
  }
  after(20 * SECOND);
  const failed = replies.map(textOf).filter((text) => text !== "put");
  assert.ok(failed.length <= 2, failed.join("\n"));
  for (const text of failed)
    assert.match(text ?? "", /raft proposal dropped|request timed out/, JSON.stringify(failed));
  assert.is.not(cluster.leader()?.name, leader.name);
});

test("a watch goes on elsewhere: each revision once and in order, whatever dies", () => {
  const fault = fc.record({
    at: fc.integer({ min: 0, max: 40_000_000 }),
    member: fc.nat(2),
    kind: fc.constantFrom("crash", "pause", "terminate"),
  });
  fc.assert(
    fc.property(fc.array(fault, { maxLength: 4 }), fc.nat(1000), (faults, seed) => {
      const { engine, cluster, client, after } = setUp(seed);
      const seen: number[] = [];
      let ended = 0;
      const events = (told: readonly WatchEvent[]) => {
        for (const { kv } of told) seen.push(kv.modRevision);
      };
      const options = { key: "k", rangeEnd: prefixEnd("k"), startRevision: 2, requireLeader: false };
      client.watch(options, { events, ended: () => ended++ });
      for (const { at, member, kind } of faults) {
        const { name } = cluster.members[member]!;
        const target = cluster.members[member]!;
        engine.at(at as Tick, () => {
          if (!target.isRunning || target.isPaused) return;
          if (kind === "pause") cluster.pause(name);
          else if (kind === "crash") cluster.crash(name);
          else cluster.terminate(name);
        });
        engine.at((at + 9 * SECOND) as Tick, () => {
          if (target.isPaused) cluster.resume(name);
          else if (!target.isRunning) cluster.restart(name);
        });
      }
      for (let i = 0; i < 500; i++) {
        client.call(put(`k${i % 7}`), () => undefined);
        after(100_000);
      }
      after(120 * SECOND);
      assert.is(ended, 0);
      const { revision } = cluster.state.store;
      assert.ok(revision > 200, `${revision} writes`);
      assert.equal(
        seen,
        Array.from({ length: revision - 1 }, (_, i) => i + 2),
      );
    }),
    { seed: 5, numRuns: 25 },
  );
});

test("a watch ends when what comes next is compacted, and when a leader is required and missing", () => {
  const { cluster, client, after, call } = setUp();
  for (let i = 0; i < 10; i++) call(put(`k${i}`));
  after(SECOND);
  call({ kind: "compact", revision: 8 });
  after(SECOND);
  const ends: string[] = [];
  const sink = (name: string) => ({
    events: () => undefined,
    ended: (error: EtcdError, compactRevision: number) => ends.push(`${name}: ${error.message} ${compactRevision}`),
  });
  const whole = { key: "k", rangeEnd: prefixEnd("k") };
  client.watch({ ...whole, startRevision: 3, requireLeader: true }, sink("old"));
  client.watch({ ...whole, startRevision: 8, requireLeader: true }, sink("leader"));
  client.watch({ ...whole, startRevision: 8, requireLeader: false }, sink("no leader"));
  client.watch({ ...whole, startRevision: 8, requireLeader: true }, sink("cancelled")).cancel();
  after(SECOND);
  assert.equal(ends.splice(0), ["old: etcdserver: mvcc: required revision has been compacted 8"]);
  const survivor = cluster.leader()!;
  for (const member of cluster.members) if (member !== survivor) cluster.crash(member.name);
  after(2 * SECOND);
  assert.equal(ends, [], "not before three election timeouts without leader");
  after(8 * SECOND);
  assert.equal(ends, ["leader: etcdserver: no leader 0"]);
});

test.run();
