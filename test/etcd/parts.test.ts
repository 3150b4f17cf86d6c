// Parts of a member on their own: its ticker, its disk, the rounds of its reads, its waiting proposals, its membership.
import fc from "fast-check";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { Engine } from "../../sim/engine/engine.ts";
import type { Tick } from "../../sim/engine/tick.ts";
import { AcknowledgedRevisions } from "../../sim/etcd/acknowledged.ts";
import { Disk } from "../../sim/etcd/disk.ts";
import { ERRORS, type EtcdError } from "../../sim/etcd/error.ts";
import { Membership } from "../../sim/etcd/membership.ts";
import { Proposal, Proposals } from "../../sim/etcd/proposals.ts";
import { ReadRounds } from "../../sim/etcd/reads.ts";
import { Ticker } from "../../sim/etcd/ticker.ts";

const at = (engine: Engine, time: number, action: () => void) => engine.at(time as Tick, action);

function tickTimes(rate: number, act: (engine: Engine, ticker: Ticker) => void, until: number): number[] {
  const engine = new Engine({ seed: 1 });
  const times: number[] = [];
  const kind = engine.register("tick", () => {
    times.push(engine.now);
    ticker.next();
  });
  const ticker = new Ticker(engine, kind, 0, 100_000, rate);
  at(engine, 7, () => ticker.start());
  act(engine, ticker);
  engine.run(until as Tick);
  return times;
}

test("a ticker ticks from its own start on, at the rate of its clock", () => {
  assert.equal(
    tickTimes(1, () => undefined, 300_100),
    [100_007, 200_007, 300_007],
  );
  assert.equal(
    tickTimes(2, () => undefined, 200_100),
    [50_007, 100_007, 150_007, 200_007],
  );
  // no error adds up at a rate that does not divide
  assert.is(tickTimes(3, () => undefined, 100_000_100).at(-1), 100_000_007);
});

test("a clock that changes its rate finishes the interval at the new one", () => {
  const change = (engine: Engine, ticker: Ticker) => at(engine, 150_007, () => ticker.setRate(0.5));
  assert.equal(tickTimes(1, change, 500_000), [100_007, 250_007, 450_007]);
});

test("a stopped ticker knows what it misses, and goes on in its phase", () => {
  fc.assert(
    fc.property(
      fc.constantFrom(1, 1.01, 0.7, 3),
      fc.integer({ min: 1, max: 2_000_000 }),
      fc.integer({ min: 0, max: 3_000_000 }),
      (rate, stopAt, sleep) => {
        const end = stopAt + sleep + 500_000;
        const all = tickTimes(rate, () => undefined, end);
        const missed: number[] = [];
        const rest = tickTimes(
          rate,
          (engine, ticker) => {
            at(engine, stopAt + 10, () => ticker.stop());
            at(engine, stopAt + 10 + sleep, () => {
              const count = ticker.missedBefore(engine.now);
              for (let i = 0; i < count; i++) missed.push(ticker.missedAt(i));
              ticker.resume();
            });
          },
          end,
        );
        assert.equal(
          [...rest, ...missed].sort((a, b) => a - b),
          all,
        );
      },
    ),
    { seed: 3, numRuns: 200 },
  );
});

test("a stalled disk completes nothing until it is released, and then begins anew", () => {
  const engine = new Engine({ seed: 1 });
  const done: number[] = [];
  const wal = engine.register("wal", () => {
    disk.end("wal");
    done.push(engine.now);
  });
  const backend = engine.register("backend", () => {
    disk.end("backend");
    done.push(engine.now);
  });
  const model = {
    fsyncMicros: { kind: "constant", value: 1_000 },
    writeBytesPerSecond: 1e9,
    readBytesPerSecond: 1e9,
  } as const;
  const disk = new Disk(engine, model, engine.stream("disk"), { wal, backend }, 0);
  disk.begin("wal", 0, 1);
  disk.begin("backend", 0, 2);
  at(engine, 1_500, () => disk.stall());
  at(engine, 1_600, () => disk.stall());
  at(engine, 50_000, () => disk.release());
  at(engine, 60_000, () => disk.release());
  at(engine, 70_000, () => {
    disk.extraMicros += 5_000;
    disk.begin("wal", 0, 1);
  });
  engine.run(100_000 as Tick);
  assert.equal(done, [1_000, 62_000, 76_000]);
});

interface Rounds {
  readonly engine: Engine;
  readonly reads: ReadRounds;
  readonly sent: number[][];
  applied: number;
}

function rounds(): Rounds {
  const engine = new Engine({ seed: 1 });
  const sent: number[][] = [];
  const kinds = {
    readRetry: engine.register("retry", () => world.reads.onRetry()),
    readTimeout: engine.register("timeout", () => world.reads.onTimeout()),
  };
  const host = {
    readIndex: (request: number) => void sent.push([engine.now, request]),
    appliedIndex: () => world.applied,
    localMicros: (micros: number) => micros,
  };
  const world: Rounds = { engine, sent, applied: 10, reads: new ReadRounds(engine, host, kinds, 0, 7_000_000, 0) };
  return world;
}

test("reads that come during a round wait for the next, and one round answers all that came before it", () => {
  const world = rounds();
  const { reads, engine } = world;
  const answered: string[] = [];
  const wait = (name: string) =>
    reads.wait((error) => answered.push(`${name} ${error?.message ?? "ok"} ${engine.now}`));
  wait("a");
  at(engine, 10, () => wait("b"));
  at(engine, 11, () => wait("c"));
  // an answer to a round that is over tells nothing
  at(engine, 15, () => reads.confirmed({ index: 5, context: 0 }));
  at(engine, 20, () => reads.confirmed({ index: 12, context: 1 }));
  at(engine, 30, () => {
    world.applied = 12;
    reads.applied();
  });
  at(engine, 40, () => reads.confirmed({ index: 12, context: 2 }));
  engine.run(1_000 as Tick);
  assert.equal(answered, ["a ok 30", "b ok 40", "c ok 40"]);
  assert.equal(world.sent, [
    [0, 1],
    [30, 2],
  ]);
  assert.ok(reads.isIdle());
});

test("a round is sent again every 500 ms, and fails with the leader or the timeout", () => {
  const world = rounds();
  const { reads, engine } = world;
  const errors: (EtcdError | null)[] = [];
  reads.wait((error) => errors.push(error));
  at(engine, 1_200_000, () => reads.leaderChanged());
  at(engine, 2_000_000, () => reads.wait((error) => errors.push(error)));
  // a wait of nearly two timeouts
  at(engine, 2_100_000, () => reads.wait((error) => errors.push(error)));
  at(engine, 2_200_000, () => reads.firstCommitInTerm());
  engine.run(20_000_000 as Tick);
  assert.equal(errors, [ERRORS.leaderChanged, ERRORS.timeout, ERRORS.timeout]);
  assert.equal(
    world.sent.slice(0, 6).map(([time]) => time),
    [0, 500_000, 1_000_000, 2_000_000, 2_200_000, 2_700_000],
  );
});

test("a read whose client gave up is not answered", () => {
  const { reads, engine } = rounds();
  let isAnswered = false;
  const done = () => {
    isAnswered = true;
  };
  reads.wait(() => undefined);
  reads.wait(done);
  reads.forget(done);
  engine.run(20_000_000 as Tick);
  assert.is(isAnswered, false);
});

test("proposals time out in their order, each at its own moment, and only those that are not answered", () => {
  const engine = new Engine({ seed: 1 });
  const kind = engine.register("timer", () => proposals.onTimer());
  const proposals = new Proposals(engine, { timedOut: () => ERRORS.timeout }, kind, 0);
  const ended: string[] = [];
  for (let i = 0; i < 5; i++) {
    at(engine, i * 100, () => {
      const proposal = new Proposal(
        i,
        1,
        { kind: "publish", member: 1, name: "" },
        () => ended.push(`${i} ${engine.now}`),
        engine.now,
        engine.now + 1_000,
      );
      proposals.add(proposal);
      if (i % 2 === 0) {
        at(engine, engine.now + 50, () => {
          proposal.done = null;
          proposals.skipAnswered();
        });
      }
    });
  }
  engine.run(10_000 as Tick);
  assert.equal(ended, ["1 1100", "3 1300"]);
  assert.ok(proposals.isIdle());
});

test("which revisions were acknowledged, against a set", () => {
  fc.assert(
    fc.property(fc.array(fc.nat(30_000)), fc.nat(30_000), (revisions, from) => {
      const acknowledged = new AcknowledgedRevisions();
      const naive = new Set(revisions);
      for (const revision of revisions) acknowledged.add(revision);
      assert.is(acknowledged.countAfter(from), [...naive].filter((revision) => revision > from).length);
      acknowledged.forgetAfter(from);
      assert.is(acknowledged.countAfter(0), [...naive].filter((revision) => revision > 0 && revision <= from).length);
    }),
    { seed: 5, numRuns: 50 },
  );
});

test("membership: what a change is refused for, and when the quorum allows one", () => {
  const add = (id: number, host: string, isLearner = false) =>
    ({ kind: "memberChange", change: "add", id, host, isLearner }) as const;
  let members = new Membership();
  for (const id of [1, 2, 3]) members = members.apply(add(id, `host-${id}`)).publish(id, `etcd-${id}`);
  assert.is(members.refusal(add(4, "host-2")), ERRORS.peerUrlExists);
  assert.is(members.refusal(add(2, "host-9")), ERRORS.memberExists);
  assert.is(members.refusal({ ...add(9, ""), change: "remove" }), ERRORS.memberNotFound);
  assert.is(members.refusal({ ...add(1, ""), change: "promote" }), ERRORS.memberNotLearner);
  assert.ok(members.isReadyToAddVoter());
  const four = members.apply(add(4, "host-4"));
  // three of five would be enough, one that was never started does not count
  assert.ok(four.isReadyToAddVoter());
  assert.is(four.apply(add(5, "host-5")).isReadyToAddVoter(), false);
  assert.is(four.apply(add(5, "host-5")).isReadyToRemoveVoter(1), false);
  const learning = members.apply(add(4, "host-4", true));
  assert.is(learning.refusal(add(5, "host-5", true)), ERRORS.tooManyLearners);
  assert.ok(learning.isReadyToPromote());
  const removed = learning.apply({ ...add(4, ""), change: "remove" });
  assert.ok(removed.isRemoved(4));
  assert.is(removed.refusal(add(4, "host-4")), ERRORS.memberNotFound);
  assert.equal(members.list().length, 3, "a change makes a new membership");
});

test.run();
