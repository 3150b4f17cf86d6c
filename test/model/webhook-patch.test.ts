// Patches of webhooks: JSON patches by RFC 6902, merge patches by the keys of lists, and what stays shared.
import { test } from "uvu";
import * as assert from "uvu/assert";
import { jsonPatched } from "../../sim/model/json-patch.ts";
import type { Pod } from "../../sim/model/objects.ts";
import { readWebhookPatch, type WebhookPatch } from "../../sim/model/webhook-patch.ts";

function patchOf(text: string): WebhookPatch {
  const patch = readWebhookPatch(text);
  if (typeof patch === "string") throw new Error(patch);
  return patch;
}

const applied = (patch: WebhookPatch, object: object) => {
  const patched = patch.applied(object as Pod);
  return "problem" in patched ? patched.problem : patched.value;
};

const json = (document: unknown, ...operations: object[]) => {
  const patched = jsonPatched(document, operations as never);
  return "problem" in patched ? patched.problem : patched.value;
};

const pod = (name: string, spec: object) => ({ metadata: { name, labels: { app: "web" } }, spec });

test("the examples of RFC 6902, appendix A", () => {
  assert.equal(json({ foo: "bar" }, { op: "add", path: "/baz", value: "qux" }), { foo: "bar", baz: "qux" });
  assert.equal(json({ foo: ["bar", "baz"] }, { op: "add", path: "/foo/1", value: "qux" }), {
    foo: ["bar", "qux", "baz"],
  });
  assert.equal(json({ baz: "qux", foo: "bar" }, { op: "remove", path: "/baz" }), { foo: "bar" });
  assert.equal(json({ foo: ["bar", "qux", "baz"] }, { op: "remove", path: "/foo/1" }), { foo: ["bar", "baz"] });
  assert.equal(json({ baz: "qux" }, { op: "replace", path: "/baz", value: "boo" }), { baz: "boo" });
  const waldo = { foo: { bar: "baz", waldo: "fred" }, qux: { corge: "grault" } };
  assert.equal(json(waldo, { op: "move", from: "/foo/waldo", path: "/qux/thud" }), {
    foo: { bar: "baz" },
    qux: { corge: "grault", thud: "fred" },
  });
  assert.equal(json({ foo: ["all", "grass", "cows", "eat"] }, { op: "move", from: "/foo/1", path: "/foo/3" }), {
    foo: ["all", "cows", "eat", "grass"],
  });
  assert.equal(json({ foo: ["bar"] }, { op: "add", path: "/foo/-", value: ["abc"] }), { foo: ["bar", ["abc"]] });
  assert.equal(json({ "/": 9, "~1": 10 }, { op: "test", path: "/~01", value: 10 }), { "/": 9, "~1": 10 });
  assert.match(json({ "/": 9, "~1": 10 }, { op: "test", path: "/~01", value: "10" }) as string, /test failed$/);
  assert.equal(json({ a: { b: 1 } }, { op: "copy", from: "/a", path: "/c" }), { a: { b: 1 }, c: { b: 1 } });
});

test("what does not fit is told as kube-apiserver tells it", () => {
  const add = { op: "add", path: "/spec/tolerations/-", value: {} };
  assert.is(
    json({ spec: {} }, add),
    'add operation does not apply: doc is missing path: "/spec/tolerations/-": missing value',
  );
  const patch = patchOf(JSON.stringify([add]));
  assert.is(applied(patch, pod("a", { containers: [] })), json({ spec: {} }, add), "with the whole path");
});

test("a patch changes nothing in the object that it is applied to", () => {
  const before = Object.freeze({ list: Object.freeze([Object.freeze({ a: 1 })]), kept: Object.freeze({}) });
  const after = json(before, { op: "replace", path: "/list/0/a", value: 2 }) as typeof before;
  assert.equal(after, { list: [{ a: 2 }], kept: {} });
  assert.is(after.kept, before.kept);
});

const SIDECAR = `
metadata: { labels: { injected: "true" }, annotations: { note: null } }
spec:
  containers: [{ name: proxy, image: "proxy:1" }]
  tolerations: [{ key: mesh, operator: Exists }]
  nodeSelector: { disk: ssd }
`;

test("a merge patch adds what lists lack by their keys; twice is as once", () => {
  const patch = patchOf(SIDECAR);
  const before = pod("a", { containers: [{ name: "web", image: "web:1" }], nodeSelector: { zone: "a" } });
  const after = applied(patch, before) as Pod;
  assert.equal(after.metadata.labels, { app: "web", injected: "true" });
  assert.equal(after.spec.containers, [
    { name: "web", image: "web:1" },
    { name: "proxy", image: "proxy:1" },
  ]);
  assert.equal(after.spec.nodeSelector, { zone: "a", disk: "ssd" });
  assert.equal(after.spec.tolerations, [{ key: "mesh", operator: "Exists" }]);
  assert.is(applied(patch, after), after);
  const other = applied(patchOf(`spec: { containers: [{ name: web, image: "web:2" }] }`), after) as Pod;
  assert.equal(other.spec.containers, [
    { name: "web", image: "web:2" },
    { name: "proxy", image: "proxy:1" },
  ]);
});

test("pods of one template keep sharing one spec and their labels", () => {
  const spec = { containers: [{ name: "web", image: "web:1" }] };
  const labels = { app: "web" };
  for (const text of [SIDECAR, "[{ op: add, path: /spec/containers/-, value: { name: proxy } }]"]) {
    const patch = patchOf(text);
    const [a, b] = ["a", "b"].map((name) => applied(patch, { metadata: { name, labels }, spec }) as Pod);
    assert.is.not(a!.spec, spec);
    assert.is(a!.spec, b!.spec);
    assert.is(a!.metadata.labels, b!.metadata.labels);
  }
});

test("texts that are no patch are said to be none", () => {
  assert.match(String(readWebhookPatch("{")), /^a patch as YAML or JSON/);
  assert.is(readWebhookPatch("5"), "one JSON patch (a list) or merge patch (a mapping)");
  assert.is(
    readWebhookPatch("[{ op: put, path: /a }]"),
    "at operation 0 of the JSON patch op: one of add, remove, replace, move, copy, test",
  );
  assert.match(String(readWebhookPatch("[{ op: add, path: a, value: 1 }]")), /a JSON pointer/);
  assert.match(String(readWebhookPatch("[{ op: add, path: /a }]")), /a value$/);
});

test.run();
