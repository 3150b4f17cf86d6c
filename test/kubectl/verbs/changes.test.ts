// patch, annotate and taint: what they look at first, what they change, and what they refuse to do.
import { test } from "uvu";
import * as assert from "uvu/assert";
import { ApiError } from "../../../sim/apiserver/client.ts";
import { annotate } from "../../../sim/kubectl/verbs/label.ts";
import { patch } from "../../../sim/kubectl/verbs/patch.ts";
import { taint } from "../../../sim/kubectl/verbs/taint.ts";
import { World } from "../../controllers/world.ts";
import { call } from "../rig.ts";

const world = () => new World({ controllers: [], nodes: 2 });
const node = (name: string) => ({ list: "nodes" as const, key: name });

test("patch sends one request; mappings merge, null removes, lists are replaced", () => {
  const w = world();
  const send = (changes: Readonly<Record<string, unknown>>) =>
    call(w, patch, { object: [node("node-0")], patch: changes, subresource: undefined });
  const taints = [{ key: "a", effect: "NoSchedule" }];
  const first = send({ metadata: { labels: { pool: "x" } }, spec: { taints } });
  assert.equal([first.asked, first.out], [["patch nodes node-0"], ["node/node-0 patched"]]);
  assert.equal(send({ spec: { taints } }).out, ["node/node-0 patched (no change)"]);
  send({ metadata: { labels: { pool: null } }, spec: { taints: [{ key: "b", effect: "NoExecute" }] } });
  const { metadata, spec } = w.get("nodes", "node-0");
  assert.is(metadata.labels?.["pool"], undefined);
  assert.is(metadata.labels?.["kubernetes.io/hostname"], "node-0");
  assert.equal(
    spec?.taints?.map(({ key }) => key),
    ["b"],
  );
});

test("patch of the status changes nothing else; one that is refused is told, and the next is sent", () => {
  const w = world();
  const changes = { spec: { unschedulable: true }, status: { phase: "Odd" } };
  const { asked, err, out } = call(w, patch, {
    object: [node("nowhere"), node("node-0")],
    patch: changes,
    subresource: "status",
  });
  assert.equal(asked, ["patchStatus nodes nowhere", "patchStatus nodes node-0"]);
  assert.equal(err, ['Error from server (NotFound): nodes "nowhere" not found']);
  assert.equal(out, ["node/node-0 patched"]);
  assert.is(w.get("nodes", "node-0").spec?.unschedulable, undefined);
});

const annotated = (w: World, annotations: Record<string, string | null>, overwrite = false) =>
  call(w, annotate, {
    object: [node("node-0")],
    kind: undefined,
    selector: undefined,
    namespace: "default",
    overwrite,
    annotations,
  });

test("annotate looks, then patches; a value that is there needs overwrite, the same value does not", () => {
  const w = world();
  const first = annotated(w, { note: "a" });
  assert.equal([first.asked, first.out], [["get nodes node-0", "patch nodes node-0"], ["node/node-0 annotated"]]);
  assert.is(annotated(w, { note: "a" }).failure, "");
  const refused = annotated(w, { note: "b", more: "x" });
  assert.equal(refused.asked, ["get nodes node-0"]);
  assert.is(refused.failure, "error: 'note' already has a value (a), and --overwrite is false");
  annotated(w, { note: null, more: "x" }, true);
  const { annotations } = w.get("nodes", "node-0").metadata;
  assert.equal([annotations?.["note"], annotations?.["more"]], [undefined, "x"]);
});

test("annotate all of a kind: those that a list names", () => {
  const w = world();
  const { asked, out } = call(w, annotate, {
    object: undefined,
    kind: "nodes",
    selector: { matchLabels: { "kubernetes.io/hostname": "node-1" } },
    namespace: "default",
    overwrite: false,
    annotations: { note: "a" },
  });
  assert.equal(asked, ["list nodes", "get nodes node-1", "patch nodes node-1"]);
  assert.equal(out, ["node/node-1 annotated"]);
});

const tainted = (w: World, taints: readonly string[], overwrite = false, names: readonly string[] = ["node-0"]) =>
  call(w, taint, { node: names, selector: undefined, taints, overwrite });
const taintsOf = (w: World) =>
  (w.get("nodes", "node-0").spec?.taints ?? []).map(({ effect, key, value }) => `${key}=${value ?? ""}:${effect}`);

test("taint puts taints on and takes them away, by key and effect or all of a key", () => {
  const w = world();
  const first = tainted(w, ["a=1:NoSchedule", "a=1:NoExecute", "b:NoSchedule"]);
  assert.equal([first.asked, first.out], [["get nodes node-0", "patch nodes node-0"], ["node/node-0 tainted"]]);
  assert.equal(taintsOf(w), ["a=1:NoSchedule", "a=1:NoExecute", "b=:NoSchedule"]);
  assert.equal(tainted(w, ["a:NoExecute-"]).out, ["node/node-0 untainted"]);
  assert.equal(taintsOf(w), ["a=1:NoSchedule", "b=:NoSchedule"]);
  tainted(w, ["a-"]);
  assert.equal(taintsOf(w), ["b=:NoSchedule"]);
});

test("taint: one that is there needs overwrite, one that is not there cannot be taken away, and a wrong text asks for nothing", () => {
  const w = world();
  tainted(w, ["a=1:NoSchedule"]);
  const again = tainted(w, ["a=2:NoSchedule"]);
  assert.equal(again.asked, ["get nodes node-0"]);
  assert.is(again.failure, "error: node node-0 already has a taint(s) with same effect(s) and --overwrite is false");
  tainted(w, ["a=2:NoSchedule"], true);
  assert.equal(taintsOf(w), ["a=2:NoSchedule"]);
  assert.is(tainted(w, ["c-"]).failure, 'error: taint "c" not found');
  const wrong = tainted(w, ["a=2:Never"]);
  assert.equal([wrong.asked, wrong.failure], [[], "error: invalid taint spec: a=2:Never"]);
});

test("taint: each node on its own, also after one that nobody answers for", () => {
  const w = world();
  const down = new ApiError("NoAnswer", "connection refused");
  const { err, out } = call(
    w,
    taint,
    { node: ["node-0", "node-1"], selector: undefined, taints: ["a:NoSchedule"], overwrite: false },
    { answers: (request) => (request === "patch nodes node-0" ? down : null) },
  );
  assert.is(err.length, 1);
  assert.equal(out, ["node/node-1 tainted"]);
});

test.run();
