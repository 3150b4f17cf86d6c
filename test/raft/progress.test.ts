// What a leader knows of a follower, state by state, and its window.
import fc from "fast-check";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { Inflights } from "../../sim/raft/inflights.ts";
import { Progress } from "../../sim/raft/progress.ts";

function progressAt(match: number, next: number, window = 3): Progress {
  const progress = new Progress(2, next, new Inflights(window, 0));
  progress.restart(match, next);
  return progress;
}

test("probe: one message with entries at a time", () => {
  const progress = progressAt(0, 5);
  progress.sentEntries(0, 0);
  assert.not(progress.isThrottled(), "an empty one does not count");
  progress.sentEntries(2, 10);
  assert.ok(progress.isThrottled());
  assert.is(progress.next, 5, "it may have to be sent again");
  assert.ok(progress.maybeUpdate(6));
  assert.not(progress.isThrottled());
});

test("replicate: ahead of the answers, until the window is full", () => {
  const progress = progressAt(4, 5);
  progress.becomeReplicate();
  for (let i = 0; i < 3; i++) progress.sentEntries(1, 1);
  assert.is(progress.next, 8);
  assert.ok(progress.isThrottled());
  progress.inflights.freeUpTo(6);
  assert.is(progress.inflights.count, 1);
});

test("a refusal that is out of date changes nothing", () => {
  const replicating = progressAt(5, 10);
  replicating.becomeReplicate();
  assert.not(replicating.maybeDecrease(5, 3));
  assert.is(replicating.next, 6);
  const probing = progressAt(0, 10);
  assert.not(probing.maybeDecrease(7, 3), "not the probe that is out");
  assert.ok(probing.maybeDecrease(9, 3));
  assert.is(probing.next, 4);
});

test("a refused probe goes back to the hint, but not to what is known to match", () => {
  const progress = progressAt(6, 10);
  assert.ok(progress.maybeDecrease(9, 2));
  assert.is(progress.next, 7);
});

test("after a snapshot probing goes on behind it, after a failed one at the match", () => {
  const arrived = progressAt(2, 3);
  arrived.becomeSnapshot(9);
  assert.ok(arrived.isThrottled());
  arrived.becomeProbe();
  assert.is(arrived.next, 10);
  const failed = progressAt(2, 3);
  failed.becomeSnapshot(9);
  failed.pendingSnapshot = 0;
  failed.becomeProbe();
  assert.is(failed.next, 3);
});

test("the commit index is told once, and only as far as entries were sent", () => {
  const progress = progressAt(4, 5);
  progress.becomeReplicate();
  assert.ok(progress.canAdvanceCommit(3));
  progress.noteSentCommit(3);
  assert.not(progress.canAdvanceCommit(3));
  assert.ok(progress.canAdvanceCommit(4));
  progress.noteSentCommit(4);
  assert.not(progress.canAdvanceCommit(9), "entry 5 was not sent");
});

test("invariant 0 <= match < next holds over any order of events", () => {
  const event = fc.tuple(fc.nat(7), fc.nat(20), fc.nat(20));
  fc.assert(
    fc.property(fc.array(event, { maxLength: 60 }), (events) => {
      const progress = progressAt(0, 8);
      for (const [kind, a, b] of events) {
        if (kind === 0) progress.becomeProbe();
        else if (kind === 1) progress.becomeReplicate();
        else if (kind === 2) progress.becomeSnapshot(progress.match + a);
        else if (kind === 3) progress.maybeUpdate(a);
        else if (kind === 4) progress.maybeDecrease(a, b);
        else if (kind === 5 && !progress.isThrottled() && !progress.inflights.isFull()) progress.sentEntries(a, b);
        else if (kind === 6) progress.inflights.freeUpTo(a);
        assert.ok(progress.match >= 0 && progress.match < progress.next, `${progress.match} < ${progress.next}`);
      }
    }),
    { seed: 20260303, numRuns: 500 },
  );
});

test("the window is what a plain list of messages would be, whatever comes and goes", () => {
  const event = fc.tuple(fc.boolean(), fc.integer({ min: 1, max: 5 }), fc.nat(9));
  fc.assert(
    fc.property(
      fc.array(event, { maxLength: 80 }),
      fc.integer({ min: 1, max: 9 }),
      fc.nat(20),
      (events, most, bytes) => {
        const window = new Inflights(most, bytes);
        let plain: { index: number; bytes: number }[] = [];
        let last = 0;
        for (const [isSent, step, size] of events) {
          const total = plain.reduce((sum, message) => sum + message.bytes, 0);
          assert.is(window.isFull(), plain.length === most || (bytes !== 0 && total >= bytes));
          if (isSent && !window.isFull()) {
            last += step;
            window.add(last, size);
            plain.push({ index: last, bytes: size });
          } else {
            const to = last - step;
            window.freeUpTo(to);
            plain = plain.filter((message) => message.index > to);
          }
          assert.is(window.count, plain.length);
        }
      },
    ),
    { seed: 20260304, numRuns: 300 },
  );
});

test.run();
