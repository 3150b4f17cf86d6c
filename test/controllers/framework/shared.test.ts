// What the controllers of pods share, each by its own rules.
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { ApiError } from "../../../sim/apiserver/client.ts";
import type { SharedInformer } from "../../../sim/apiserver/shared-informer.ts";
import { removeCondition, sameConditions, setCondition } from "../../../sim/controllers/framework/conditions.ts";
import { ConsistencyStore } from "../../../sim/controllers/framework/consistency.ts";
import { Expectations } from "../../../sim/controllers/framework/expectations.ts";
import { resolveFenceposts, scaledCount } from "../../../sim/controllers/framework/int-or-percent.ts";
import { isNamespaceTerminating } from "../../../sim/controllers/framework/pod-control.ts";
import {
  hasLabels,
  isPodActive,
  isPodAvailable,
  isPodTerminating,
  nextAvailabilityMicros,
} from "../../../sim/controllers/framework/pod-state.ts";
import { slowStart } from "../../../sim/controllers/framework/slow-start.ts";
import { Engine } from "../../../sim/engine/engine.ts";
import { runSteps } from "../../../sim/engine/steps.ts";
import { MINUTE, SECOND, type Tick } from "../../../sim/engine/tick.ts";
import type { Condition, Pod } from "../../../sim/model/objects.ts";
import { TemplateHashes } from "../../../sim/model/template-hash.ts";
import { timestampAt } from "../../../sim/model/timestamp.ts";

const test = suite("controllers/framework");

test("counts and shares", () => {
  assert.equal([scaledCount(3, 10, true), scaledCount("25%", 10, true), scaledCount("25%", 10, false)], [3, 3, 2]);
  assert.equal([scaledCount(null, 10, true), scaledCount("100%", 7, false), scaledCount("0%", 7, true)], [0, 7, 0]);
  assert.equal(resolveFenceposts("1%", "1%", 10), { maxSurge: 1, maxUnavailable: 0 });
  assert.equal(resolveFenceposts(0, "1%", 10), { maxSurge: 0, maxUnavailable: 1 });
});

test("expectations hold until all is seen, or for five minutes", () => {
  const engine = new Engine({ seed: "1" });
  const expectations = new Expectations(engine);
  assert.ok(expectations.isSatisfied("a"), "nothing was asked for");
  expectations.expectCreations("a", 2);
  expectations.creationObserved("a");
  assert.not.ok(expectations.isSatisfied("a"));
  expectations.creationObserved("a");
  assert.ok(expectations.isSatisfied("a"));
  expectations.expectDeletions("a", ["x", "y"]);
  expectations.deletionObserved("a", "x");
  expectations.deletionObserved("a", "x");
  expectations.deletionObserved("a", "other");
  assert.not.ok(expectations.isSatisfied("a"), "each deletion counts once");
  expectations.deletionObserved("a", "y");
  assert.ok(expectations.isSatisfied("a"));
  expectations.expectCreations("a", 1);
  engine.run((5 * MINUTE) as Tick);
  assert.not.ok(expectations.isSatisfied("a"));
  engine.run((5 * MINUTE + 1) as Tick);
  assert.ok(expectations.isSatisfied("a"));
  expectations.expectCreations("b", 1);
  expectations.forget("b");
  assert.ok(expectations.isSatisfied("b"));
});

test("a key waits until the informers have seen what was written for it, at most five minutes", () => {
  const engine = new Engine({ seed: "1" });
  const store = new ConsistencyStore(engine);
  let see: (pod: Pod) => void = () => undefined;
  const informer = { listen: (handlers: { added: (pod: Pod) => void }) => (see = handlers.added) };
  store.follow("pods", informer as unknown as SharedInformer<"pods">);
  const at = (revision: number): Pod => ({
    metadata: { name: "p", resourceVersion: String(revision) },
    spec: { containers: [] },
  });
  see(at(5));
  store.wrote("a", "pods", at(5));
  assert.ok(store.isReady("a"), "it is there already");
  store.wrote("a", "pods", at(9));
  store.wrote("a", "pods", at(8));
  assert.not.ok(store.isReady("a"));
  assert.ok(store.isReady("b"), "others need not wait");
  see(at(8));
  assert.not.ok(store.isReady("a"));
  see(at(10));
  assert.ok(store.isReady("a"));
  store.wrote("a", "pods", at(99));
  engine.run((5 * MINUTE) as Tick);
  assert.not.ok(store.isReady("a"));
  engine.run((5 * MINUTE + 1) as Tick);
  assert.ok(store.isReady("a"));
  store.wrote("a", "pods", at(100));
  store.forget("a");
  assert.ok(store.isReady("a"));
});

test("slow start: 1, 2, 4 … and no further batch after a failure", () => {
  const error = new ApiError("Forbidden", "no");
  const run = (count: number, fails: (i: number) => boolean) => {
    const started: number[] = [];
    let result: unknown;
    runSteps(
      slowStart(count, (i, done) => {
        started.push(i);
        done(fails(i) ? error : null);
      }),
      (value) => {
        result = value;
      },
    );
    return { started: started.length, result };
  };
  assert.equal(
    run(12, () => false),
    { started: 12, result: { successes: 12, error: null } },
  );
  assert.equal(
    run(12, (i) => i >= 5),
    { started: 7, result: { successes: 5, error } },
  );
  assert.equal(
    run(12, () => true),
    { started: 1, result: { successes: 0, error } },
  );
  assert.equal(
    run(0, () => true),
    { started: 0, result: { successes: 0, error: null } },
  );
});

function pod(phase: string, readyAtSeconds: number | null, isGoing = false): Pod {
  const lastTransitionTime = readyAtSeconds === null ? null : timestampAt(readyAtSeconds * SECOND);
  return {
    metadata: { name: "p", ...(isGoing ? { deletionTimestamp: timestampAt(0) } : {}) },
    spec: { containers: [] },
    status: {
      phase,
      conditions: readyAtSeconds === null ? [] : [{ type: "Ready", status: "True", lastTransitionTime }],
    },
  };
}

test("active, terminating, ready, available", () => {
  assert.equal([pod("Running", 0), pod("Failed", 0), pod("Succeeded", 0), pod("Running", 0, true)].map(isPodActive), [
    true,
    false,
    false,
    false,
  ]);
  assert.equal([pod("Running", 0), pod("Failed", 0, true), pod("Running", 0, true)].map(isPodTerminating), [
    false,
    false,
    true,
  ]);
  assert.equal(
    [9.9, 10].map((at) => isPodAvailable(pod("Running", 0), 10, at * SECOND)),
    [false, true],
  );
  assert.ok(isPodAvailable(pod("Running", 5), 0, 5 * SECOND));
  assert.not.ok(isPodAvailable(pod("Running", null), 0, 5 * SECOND));
  const pods = [pod("Running", 3), pod("Running", 1), pod("Running", null)];
  assert.is(nextAvailabilityMicros(pods, 10, 5 * SECOND), 6 * SECOND);
  assert.is(nextAvailabilityMicros(pods, 10, 20 * SECOND), undefined);
  assert.is(nextAvailabilityMicros(pods, 0, 5 * SECOND), undefined);
  assert.ok(hasLabels({ a: "1", b: "2" }, { a: "1" }));
  assert.not.ok(hasLabels({ a: "1" }, { a: "1", b: "2" }));
});

test("a condition that says nothing new stays as it is, one that does goes to the end with the time of its change", () => {
  const at = (type: string, status: string, reason: string, time: string): Condition => ({
    type,
    status,
    reason,
    lastTransitionTime: time,
  });
  const before = [at("A", "True", "x", "1"), at("B", "True", "x", "1")];
  assert.is(setCondition(before, at("A", "True", "x", "2")), before);
  assert.equal(setCondition(before, at("A", "True", "y", "2")), [at("B", "True", "x", "1"), at("A", "True", "y", "1")]);
  assert.equal(setCondition(before, at("A", "False", "y", "2")), [
    at("B", "True", "x", "1"),
    at("A", "False", "y", "2"),
  ]);
  assert.equal(removeCondition(before, "A"), [at("B", "True", "x", "1")]);
  assert.is(removeCondition(before, "C"), before);
  assert.ok(sameConditions(before, [...before]));
  assert.not.ok(sameConditions(before, [before[0]!]));
  assert.not.ok(sameConditions(before, [before[0]!, at("B", "True", "x", "9")]));
  assert.ok(sameConditions(null, []));
});

test("templates are equal by content, whatever the order of their fields and the hash label", () => {
  const hashes = new TemplateHashes();
  const a = { metadata: { labels: { app: "x", tier: "y" } }, spec: { containers: [{ name: "c", image: "v1" }] } };
  const b = {
    spec: { containers: [{ image: "v1", name: "c" }], nodeName: undefined as never },
    metadata: { labels: { tier: "y", "pod-template-hash": "abc", app: "x" } },
  };
  assert.ok(hashes.areEqual(a, b));
  assert.is(hashes.hashOf(a), hashes.hashOf(b));
  assert.match(hashes.hashOf(a), /^[bcdf456789]{5,10}$/);
  assert.is.not(hashes.hashOf(a, 1), hashes.hashOf(a));
  const c = { ...a, spec: { containers: [{ name: "c", image: "v2" }] } };
  assert.not.ok(hashes.areEqual(a, c));
  assert.is.not(hashes.hashOf(a), hashes.hashOf(c));
});

test("the refusal of a namespace that is going away is told by its text", () => {
  const text = 'pods "x" is forbidden: unable to create new content in namespace ns because it is being terminated';
  assert.ok(isNamespaceTerminating(new ApiError("Forbidden", text)));
  assert.not.ok(isNamespaceTerminating(new ApiError("Forbidden", "exceeded quota")));
});

test.run();
