// delete: what it asks for, how long it waits, and what it does when something is not there or nobody answers.
import { test } from "uvu";
import * as assert from "uvu/assert";
import { ApiError } from "../../../sim/apiserver/client.ts";
import { deleteVerb } from "../../../sim/kubectl/verbs/delete.ts";
import type { Pod } from "../../../sim/model/objects.ts";
import { World } from "../../controllers/world.ts";
import { type CallOptions, call, later } from "../rig.ts";

function world(): World {
  const w = new World({ controllers: [], nodes: 1, hasKubelets: false });
  for (const name of ["a", "b"]) w.create("pods", pod(name));
  w.run(1);
  return w;
}

const pod = (name: string): Pod => ({
  metadata: { name, namespace: "default", labels: { app: "web" } },
  spec: { nodeName: "node-0", containers: [{ name: "c" }] },
});

type Values = Parameters<typeof deleteVerb.run>[1];
const DEFAULTS: Values = {
  object: undefined,
  kind: undefined,
  selector: undefined,
  namespace: "default",
  cascade: "background",
  gracePeriod: undefined,
  force: false,
  ignoreNotFound: false,
  wait: true,
};
const named = (...names: string[]) => names.map((name) => ({ list: "pods" as const, key: `default/${name}` }));
const run = (w: World, values: Partial<Values>, options: CallOptions = {}) =>
  call(w, deleteVerb, { ...DEFAULTS, ...values }, options);
const BACKGROUND = '{"propagationPolicy":"Background"}';

test("all are deleted one after the other, then it looks ten times a second until they are gone", () => {
  const w = world();
  later(w, 3, () => w.delete("pods", "default/a", 0));
  later(w, 4, () => w.delete("pods", "default/b", 0));
  const { asked, isOver, out, times } = run(w, { object: named("a", "b") }, { seconds: 10 });
  assert.equal(asked.slice(0, 4), [
    "get pods default/a",
    `delete pods default/a ${BACKGROUND}`,
    "get pods default/b",
    `delete pods default/b ${BACKGROUND}`,
  ]);
  assert.equal(out, ['pod "a" deleted', 'pod "b" deleted'], "said at once, before they are gone");
  assert.ok(isOver);
  const looks = asked.slice(4);
  assert.ok(looks.lastIndexOf("get pods default/a") < looks.indexOf("get pods default/b"), "first a, then b");
  assert.ok(looks.length >= 36 && looks.length <= 44, `${looks.length} looks in four seconds`);
  assert.ok(times.at(-1)! >= 4 && times.at(-1)! <= 4.3, `${times.at(-1)}`);
});

test("it does not end before they are gone, unless it is not to wait", () => {
  const w = world();
  assert.not(run(w, { object: named("a") }, { seconds: 20 }).isOver);
  const { asked, isOver } = run(w, { object: named("b"), wait: false });
  assert.equal(asked, [`delete pods default/b ${BACKGROUND}`]);
  assert.ok(isOver);
});

test("another object of the same name is not the one that it waits for", () => {
  const w = world();
  later(w, 2, () => w.delete("pods", "default/a", 0));
  later(w, 2.02, () => w.create("pods", pod("a")));
  const { isOver, times } = run(w, { object: named("a") });
  assert.ok(isOver);
  assert.ok(times.at(-1)! <= 2.3, `${times.at(-1)}`);
});

test("a grace period is sent along; 0 without force is 1 s; force removes at once, with a warning", () => {
  const w = world();
  const options = { wait: false, object: named("a") };
  const sent = (values: Partial<Values>) => run(w, { ...options, ...values }).asked[0];
  assert.match(sent({ gracePeriod: 45e6 })!, '"gracePeriodSeconds":45');
  assert.match(sent({ gracePeriod: 0 })!, '"gracePeriodSeconds":1');
  assert.match(sent({ cascade: "orphan" })!, '"propagationPolicy":"Orphan"');
  const { asked, out } = run(w, { ...options, force: true });
  assert.match(asked[0]!, '"gracePeriodSeconds":0');
  assert.match(out[0]!, "Warning: Immediate deletion does not wait for confirmation");
  assert.is(out[1], 'pod "a" force deleted');
  assert.is(w.list("pods").length, 1);
});

test("what is not there is an error, or none if it may be missing", () => {
  const w = world();
  const { err, out } = run(w, { object: named("nobody", "a"), wait: false });
  assert.equal(err, ['Error from server (NotFound): pods "nobody" not found']);
  assert.equal(out, ['pod "a" deleted']);
  assert.is(run(w, { object: named("nobody"), ignoreNotFound: true }).failure, "");
});

test("all of a kind with these labels: a list, then each; none is said to be none", () => {
  const w = world();
  const selector = { matchLabels: { app: "web" } };
  const { asked } = run(w, { kind: "pods", selector, wait: false });
  assert.equal(asked, [
    'list pods {"namespace":"default"}',
    `delete pods default/a ${BACKGROUND}`,
    `delete pods default/b ${BACKGROUND}`,
  ]);
  assert.equal(run(w, { kind: "pods", selector: { matchLabels: { app: "x" } } }).out, ["No resources found"]);
});

test("while nobody answers it goes on waiting; a refusal ends it", () => {
  const w = world();
  later(w, 3, () => w.delete("pods", "default/a", 0));
  const down = new ApiError("NoAnswer", "connection refused");
  const { err, isOver } = run(
    w,
    { object: named("a") },
    { answers: (request, count) => (request.startsWith("get") && count > 1 && count < 10 ? down : null) },
  );
  assert.equal([err, isOver], [[], true]);
  const forbidden = new ApiError("Forbidden", "pods is forbidden");
  const refused = run(
    w,
    { object: named("b") },
    { answers: (request, count) => (request.startsWith("get") && count > 1 ? forbidden : null) },
  );
  assert.equal([refused.err, refused.isOver], [["Error from server (Forbidden): pods is forbidden"], true]);
});

test.run();
