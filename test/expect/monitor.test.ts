// When claims hold, when they are violated first, and when the run means nothing.
import { test } from "uvu";
import * as assert from "uvu/assert";
import { deployment, ExpectRig } from "./rig.ts";

const READY = "ready(deployment/web) >= 3";
const seconds = (micros: number | undefined) => (micros === undefined ? undefined : micros / 1e6);

test("always: the first moment at which it does not hold, though it does again later", () => {
  const rig = new ExpectRig([`always ${READY}`]).set("deployments", deployment(3)).begin();
  rig
    .to(10)
    .set("deployments", deployment(2))
    .to(20)
    .set("deployments", deployment(3))
    .to(30)
    .set("deployments", deployment(1));
  const [judgement] = rig.to(40).finish();
  assert.is(judgement!.holds, false);
  assert.is(seconds(judgement!.violatedMicros), 10);
  assert.is(judgement!.note, "ready(deployment/web) was 2");
  assert.is(judgement!.voidReason, "", "there is no fault that it could have been before");
});

test("always and never look at the state with which the run begins, and at no state while it is set up", () => {
  const rig = new ExpectRig([`always ${READY}`, `never ${READY}`])
    .set("deployments", deployment(0))
    .set("deployments", deployment(3));
  const [always, never] = rig.begin().to(5).finish();
  assert.equal([always!.holds, never!.holds, seconds(never!.violatedMicros)], [true, false, 0]);
});

test("eventually: at any time, or within a time that includes its last moment", () => {
  const texts = [
    `eventually ${READY}`,
    `eventually ${READY} within 20s`,
    `eventually ${READY} within 19s`,
    "eventually ready(deployment/web) >= 9",
  ];
  const rig = new ExpectRig(texts)
    .begin()
    .to(20)
    .set("deployments", deployment(3))
    .to(30)
    .set("deployments", deployment(0));
  const judged = rig.to(60).finish();
  assert.equal(
    judged.map((j) => j.holds),
    [true, true, false, false],
  );
  assert.is(Math.round(seconds(judged[2]!.violatedMicros)!), 19, "when it could not hold any more");
  assert.is(seconds(judged[3]!.violatedMicros), 60);
});

test("before T: true at some moment before it", () => {
  const rig = new ExpectRig([`${READY} before 10s`, `${READY} before 11s`])
    .begin()
    .to(10)
    .set("deployments", deployment(3));
  assert.equal(
    rig
      .to(60)
      .finish()
      .map((j) => [j.holds, j.violatedMicros === undefined]),
    [
      [false, false],
      [true, true],
    ],
  );
});

test("a state alone is judged at the end, with the number that it is about", () => {
  const rig = new ExpectRig([READY, "pods.created < 5"]).begin().set("deployments", deployment(3));
  rig.fact("pods.created", 7);
  const [ready, created] = rig.to(10).finish();
  assert.equal([ready!.holds, ready!.actual], [true, 3]);
  assert.equal([created!.holds, created!.actual, created!.violatedMicros], [false, 7, undefined]);
});

test("metrics are read when the run is over; what was not measured does not hold, nor does its opposite", () => {
  const rig = new ExpectRig([
    "scheduled == all",
    "pending != 3",
    "not pending == 3",
    "p99(pendingSeconds) < 30s",
  ]).begin();
  const values = { value: (m: string) => ({ scheduled: 4, created: 4 })[m], aggregate: () => 29_000_000 };
  const judged = rig.to(1).finish(values);
  assert.equal(
    judged.map((j) => j.holds),
    [true, false, false, true],
  );
  assert.equal([judged[1]!.actual, judged[3]!.actual, judged[3]!.unit], [undefined, 29_000_000, "duration"]);
});

test("after: from the recovery on, each time, until the fault comes again", () => {
  const texts = [`after f: eventually ${READY} within 10s`, `after f: always ${READY}`];
  const rig = new ExpectRig(texts, { f: true }).set("deployments", deployment(3)).begin();
  rig
    .to(10)
    .injected("f")
    .set("deployments", deployment(0))
    .to(20)
    .recovered("f")
    .to(25)
    .set("deployments", deployment(3));
  rig.to(26).injected("f").set("deployments", deployment(0)).to(30).recovered("f");
  const [eventually, always] = rig.to(60).finish();
  assert.equal([eventually!.holds, Math.round(seconds(eventually!.violatedMicros)!)], [false, 40], "the second time");
  assert.equal([always!.holds, seconds(always!.violatedMicros)], [false, 20], "it does not hold when the fault ends");
  assert.equal([eventually!.voidReason, always!.voidReason], ["", ""]);
});

test("a time after a fault that the same fault cuts short decides nothing that is open", () => {
  const rig = new ExpectRig([`after f: eventually ${READY} within 10s`], { f: true }).begin();
  rig
    .to(1)
    .injected("f")
    .to(2)
    .recovered("f")
    .to(5)
    .injected("f")
    .to(6)
    .recovered("f")
    .to(7)
    .set("deployments", deployment(3));
  assert.is(rig.to(30).finish()[0]!.holds, true);
});

test("during: from the injection to the recovery and no longer", () => {
  const rig = new ExpectRig([`during f: always ${READY}`, `during f: never ${READY}`], { f: true });
  rig
    .set("deployments", deployment(3))
    .begin()
    .to(10)
    .injected("f")
    .to(20)
    .recovered("f")
    .to(21)
    .set("deployments", deployment(0));
  const [always, never] = rig.to(30).finish();
  assert.equal([always!.holds, never!.holds, seconds(never!.violatedMicros)], [true, false, 10]);
});

test("since: from the injection to the end", () => {
  const rig = new ExpectRig([`since f: always ${READY}`], { f: true }).set("deployments", deployment(3)).begin();
  rig.to(10).injected("f").recovered("f").to(40).set("deployments", deployment(0));
  assert.equal(
    rig
      .to(50)
      .finish()
      .map((j) => [j.holds, seconds(j.violatedMicros)]),
    [[false, 40]],
  );
});

test("from and to: between two times, the second not included", () => {
  const rig = new ExpectRig([
    `from 10s to 20s: always ${READY}`,
    `from 10s: ${READY}`,
    `from 5m: always ${READY}`,
  ]).begin();
  rig.to(9).set("deployments", deployment(3)).to(20).set("deployments", deployment(2));
  const judged = rig.to(30).finish();
  assert.equal(
    judged.map((j) => j.holds),
    [true, false, false],
  );
  assert.is(judged[2]!.note, "the run ended before");
});

test("a run is void when what should hold throughout did not hold before the first fault", () => {
  const rig = new ExpectRig([`always ${READY}`, `eventually ${READY}`], { f: true })
    .set("deployments", deployment(2))
    .begin();
  rig.to(10).injected("f");
  const [always, eventually] = rig.to(20).finish();
  assert.match(always!.voidReason, /did not hold before the first fault: ready\(deployment\/web\) was 2/);
  assert.equal([eventually!.holds, eventually!.voidReason], [false, ""]);
});

test("it is not void when a fault came first, whatever it did", () => {
  const rig = new ExpectRig([`always ${READY}`], { f: true, g: true }).set("deployments", deployment(3)).begin();
  rig.to(10).injected("g").set("deployments", deployment(2)).to(12).injected("f");
  const [judgement] = rig.to(20).finish();
  assert.equal([judgement!.holds, judgement!.voidReason], [false, ""]);
});

test("during a fault: void when it did not hold at the moment before; a fact that the injection changes at once is the fault's", () => {
  const rig = new ExpectRig([`during f: always ${READY}`, "during f: always etcd.leader != none"], { f: true });
  rig
    .set("deployments", deployment(2))
    .begin()
    .fact("etcd.leader", "etcd-0")
    .to(10)
    .injected("f")
    .fact("etcd.leader", "none");
  const [ready, leader] = rig.to(20).recovered("f").finish();
  assert.match(ready!.voidReason, /before the first fault/);
  assert.equal([leader!.holds, leader!.voidReason, seconds(leader!.violatedMicros)], [false, "", 10]);
});

test("a fault that never came: by chance is no harm, otherwise it does not hold", () => {
  const rig = new ExpectRig([`after f: always ${READY}`, `during g: always ${READY}`], { f: true, g: false }).begin();
  const judged = rig.to(20).finish();
  assert.equal(
    judged.map((j) => [j.holds, j.note]),
    [
      [false, "f did not come to its end"],
      [true, "g did not happen"],
    ],
  );
});

test("claims joined by and, or, not", () => {
  const rig = new ExpectRig([
    `(always ${READY}) or (eventually ready(deployment/web) == 5)`,
    `(always ${READY}) and pods.created >= 0`,
    `not (always ${READY})`,
    "not (eventually ready(deployment/web) == 7)",
  ]);
  rig
    .set("deployments", deployment(3))
    .begin()
    .to(10)
    .set("deployments", deployment(0))
    .to(20)
    .set("deployments", deployment(5));
  const judged = rig.to(30).finish();
  assert.equal(
    judged.map((j) => j.holds),
    [true, false, true, true],
  );
  assert.is(seconds(judged[1]!.violatedMicros), 10);
});

test("what is said about time is looked at when it comes true", () => {
  const rig = new ExpectRig(["eventually time > 10s and time <= 12s within 20s", "never time >= 15s"]).begin();
  const [eventually, never] = rig.to(30).finish();
  assert.equal([eventually!.holds, never!.holds, seconds(never!.violatedMicros)], [true, false, 15]);
});

test("a change that moves several terms at once is seen as one", () => {
  const texts = ["always count(pods, phase=Running) + count(pods, phase=Pending) == 1"];
  const rig = new ExpectRig(texts).set("pods", pod("Pending")).begin();
  rig.to(5).set("pods", pod("Running"));
  assert.is(rig.to(9).finish()[0]!.holds, true);
});

test("objects that never existed are said, for they may be misspelt", () => {
  const rig = new ExpectRig(["always ready(deployment/wbe) >= 0", "not exists(pod/x)"]).begin();
  rig.to(1).finish();
  assert.equal(rig.expectations.warnings(), [
    "an expectation names an object that never existed: ready(deployment/wbe)",
  ]);
});

test("deadlines are no reason for a run to go on", () => {
  const rig = new ExpectRig([`eventually ${READY} within 1h`]).begin();
  assert.is(rig.engine.pending, rig.expectations.ownTimers);
  rig.finish();
  assert.equal([rig.expectations.ownTimers, rig.engine.pending], [0, 0]);
});

function pod(phase: string): object {
  return { metadata: { name: "x" }, spec: { containers: [] }, status: { phase } };
}

test.run();
