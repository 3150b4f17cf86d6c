// What becomes of Events that come again, that are alike, and that are too many; and how the recorder writes them.
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { ApiError, type Client } from "../../sim/apiserver/client.ts";
import { type Correlated, EventCorrelator } from "../../sim/apiserver/event-correlator.ts";
import { EventRecorder } from "../../sim/apiserver/event-recorder.ts";
import { EventSeries } from "../../sim/apiserver/event-series.ts";
import { Engine } from "../../sim/engine/engine.ts";
import { Lifetime } from "../../sim/engine/lifetime.ts";
import { MINUTE, SECOND, type Tick } from "../../sim/engine/tick.ts";
import type { EventObject } from "../../sim/model/objects.ts";

const test = suite("apiserver/event-correlator");

function say(correlator: EventCorrelator<string> | EventSeries<string>, message: string, now = 0, object = "Pod a") {
  const correlated: Correlated<string> | null = correlator.correlate(object, "Normal Created", message, now);
  const text =
    correlated === null ? "dropped" : `${correlated.known ?? "new"} ${correlated.count} ${correlated.message}`;
  if (correlated !== null && correlated.known === undefined) correlated.remember(correlated.message);
  return text;
}

test("the same again counts up the one that was written", () => {
  const correlator = new EventCorrelator<string>();
  assert.equal([say(correlator, "x"), say(correlator, "x"), say(correlator, "y")], ["new 1 x", "x 2 x", "new 1 y"]);
});

test("from the tenth different message on they are combined into one that counts", () => {
  const correlator = new EventCorrelator<string>();
  const said = Array.from({ length: 12 }, (_, i) => say(correlator, `m${i}`));
  assert.equal(said.slice(8), [
    "new 1 m8",
    "new 1 (combined from similar events): m9",
    "(combined from similar events): m9 2 (combined from similar events): m10",
    "(combined from similar events): m9 3 (combined from similar events): m11",
  ]);
});

test("ten minutes of silence end the counting of similar ones", () => {
  const correlator = new EventCorrelator<string>();
  for (let i = 0; i < 9; i++) say(correlator, `m${i}`);
  assert.is(say(correlator, "later", 10 * MINUTE + 1), "new 1 later");
});

test("warnings have a budget of their own", () => {
  // 14-quota-namespace-gc: 18 warnings and 14 others about one ReplicaSet were written within 70 s
  const correlator = new EventCorrelator<string>();
  const warn = (message: string) => correlator.correlate("ReplicaSet r", "Warning FailedCreate", message, 0);
  for (let i = 0; i < 30; i++) warn("no");
  assert.is(warn("no"), null);
  assert.is(say(correlator, "x", 0, "ReplicaSet r"), "new 1 x");
});

test("the same said of two parts of an object are two Events; what is said of one part again counts up", () => {
  const correlator = new EventCorrelator<string>();
  const created = (part: string) => {
    const correlated = correlator.correlate("Pod a", "Normal Created", "Container created", 0, part)!;
    correlated.remember(part);
    return correlated.count;
  };
  assert.equal(
    [created("spec.containers{a}"), created("spec.containers{b}"), created("spec.containers{a}")],
    [1, 1, 2],
  );
});

test("a source may say 25 things about an object, and one more every five minutes", () => {
  const correlator = new EventCorrelator<string>();
  const said = Array.from({ length: 30 }, () => say(correlator, "x"));
  assert.is(said.filter((text) => text === "dropped").length, 5);
  assert.is(say(correlator, "x", 5 * MINUTE - 1), "dropped");
  // what was dropped was counted
  assert.is(say(correlator, "x", 5 * MINUTE), "x 32 x");
  assert.is(say(correlator, "x", 5 * MINUTE), "dropped");
  assert.is(say(correlator, "x", 0, "Pod b"), "new 1 x", "others have their own budget");
});

test("a series: first, second, and then every half an hour; a new Event after six minutes of silence", () => {
  const series = new EventSeries<string>();
  assert.is(say(series, "0/1 nodes"), "new 1 0/1 nodes");
  assert.is(say(series, "0/2 nodes", MINUTE), "0/1 nodes 2 0/1 nodes");
  const said = [];
  for (let minute = 2; minute < 40; minute++) said.push(say(series, "0/3 nodes", minute * MINUTE));
  assert.equal(
    said.filter((text) => text !== "dropped"),
    ["0/1 nodes 32 0/1 nodes"],
  );
  assert.is(say(series, "0/4 nodes", 46 * MINUTE), "new 1 0/4 nodes");
});

/** A client that keeps what is written and answers after a second, as told. */
function recorded(answers: (string | null)[] = []) {
  const engine = new Engine({ seed: "1" });
  const life = new Lifetime(engine);
  const writes: string[] = [];
  const answer = (done?: (answer: never) => void) => {
    const reason = answers.shift() ?? null;
    const result = reason === null ? {} : new ApiError(reason as "NoAnswer", reason);
    engine.at((engine.now + SECOND) as Tick, () => done?.(result as never));
  };
  const client = {
    create: (_kind: string, event: EventObject, done?: (answer: never) => void) => {
      writes.push(`${engine.now / SECOND}: create ${event.message} ${event.count}`);
      answer(done);
    },
    patch: (_kind: string, _key: string, patch: (e: EventObject) => EventObject, done?: (answer: never) => void) => {
      const event = patch({ message: "", count: 0 } as EventObject);
      writes.push(`${engine.now / SECOND}: patch ${event.message} ${event.count}`);
      answer(done);
    },
  } as unknown as Client;
  const recorder = new EventRecorder(life, client, "tester");
  const event = (message: string) =>
    recorder.event({ kind: "Pod", apiVersion: "v1", metadata: { name: "p" } }, "Normal", "Said", message);
  return { engine, life, writes, event };
}

test("Events are written one after the other", () => {
  const { engine, event, writes } = recorded();
  for (const message of ["a", "b", "a"]) event(message);
  engine.run();
  assert.equal(writes, ["0: create a 1", "1: create b 1", "2: patch a 2"]);
});

test("what the server refuses is given up, what it does not answer is tried again every ten seconds, twelve times", () => {
  const { engine, event, writes } = recorded(["Forbidden", ...new Array<string>(12).fill("NoAnswer")]);
  event("refused");
  event("unanswered");
  event("next");
  engine.run();
  assert.is(writes.filter((text) => text.includes("refused")).length, 1);
  const tries = writes.filter((text) => text.includes("unanswered")).map((text) => Number(text.split(":")[0]));
  assert.is(tries.length, 12);
  assert.is(Math.round(tries[11]! - tries[10]!), 11);
  assert.ok(tries[1]! - tries[0]! <= 11);
  assert.match(writes.at(-1) ?? "", "create next 1");
});

test("an Event that is gone by now is made anew with its count", () => {
  const { engine, event, writes } = recorded([null, "NotFound"]);
  event("a");
  event("a");
  engine.run();
  assert.equal(writes, ["0: create a 1", "1: patch a 2", "2: create a 2"]);
});

test("a component that has ended writes nothing more", () => {
  const { engine, event, life, writes } = recorded();
  event("a");
  event("b");
  life.end();
  event("c");
  engine.run();
  assert.equal(writes, ["0: create a 1"]);
});

test.run();
