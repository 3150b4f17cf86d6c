// drain and evict: whom they ask for what, how they go on after a refusal, and when they give up. Source of the texts: kubectl 1.36.
import { test } from "uvu";
import * as assert from "uvu/assert";
import { ApiError } from "../../../sim/apiserver/client.ts";
import { drain } from "../../../sim/kubectl/verbs/drain.ts";
import { evict } from "../../../sim/kubectl/verbs/evict.ts";
import type { Pod } from "../../../sim/model/objects.ts";
import { World } from "../../controllers/world.ts";
import { type CallOptions, call, later } from "../rig.ts";

const owner = (kind: string) => [{ apiVersion: "apps/v1", kind, name: "o", uid: "u", controller: true }];
const pod = (
  name: string,
  node: string,
  parts: Partial<Pod["metadata"]> = {},
  spec: Partial<Pod["spec"]> = {},
): Pod => ({
  metadata: { name, namespace: "default", ownerReferences: owner("ReplicaSet"), ...parts },
  spec: { nodeName: node, containers: [{ name: "c" }], ...spec },
});

function world(...pods: readonly Pod[]): World {
  const w = new World({ controllers: [], nodes: 2, hasKubelets: false });
  for (const each of pods) w.create("pods", each);
  w.run(1);
  return w;
}

type Values = Parameters<typeof drain.run>[1];
const DEFAULTS: Values = {
  node: ["node-0"],
  selector: undefined,
  podSelector: undefined,
  ignoreDaemonsets: false,
  deleteEmptydirData: false,
  force: false,
  gracePeriod: undefined,
  timeout: 0,
  disableEviction: false,
  skipWaitForDeleteTimeout: 0,
};
const run = (w: World, values: Partial<Values> = {}, options: CallOptions = {}) =>
  call(w, drain, { ...DEFAULTS, ...values }, options);
const gone = (w: World, name: string, seconds: number) =>
  later(w, seconds, () => w.delete("pods", `default/${name}`, 0));
const tooMany = new ApiError("TooManyRequests", "Cannot evict pod as it would violate the pod's disruption budget.");

test("the node is cordoned, its pods are listed, all are evicted at once, and it looks each second until they are gone", () => {
  const w = world(pod("a", "node-0"), pod("b", "node-0"), pod("c", "node-1"));
  gone(w, "a", 2);
  gone(w, "b", 3.5);
  const { asked, isOver, out, times } = run(w, {}, { seconds: 10 });
  assert.equal(asked.slice(0, 5), [
    "get nodes node-0",
    "patch nodes node-0",
    'list pods {"nodeName":"node-0"}',
    "evict default/a",
    "evict default/b",
  ]);
  assert.is(times[3], times[4]);
  assert.equal(out, [
    "node/node-0 cordoned",
    "evicting pod default/a",
    "evicting pod default/b",
    "pod/a evicted",
    "pod/b evicted",
    "node/node-0 drained",
  ]);
  assert.ok(isOver);
  assert.is(asked.filter((request) => request === "get pods default/b").length, 5);
});

test("all nodes are cordoned first; the second is emptied when the first is", () => {
  const w = world(pod("a", "node-0"), pod("b", "node-1"));
  gone(w, "a", 3);
  const { asked, times } = run(w, { node: ["node-0", "node-1"] }, { seconds: 6 });
  assert.ok(asked.indexOf("patch nodes node-1") < asked.indexOf("evict default/a"));
  assert.ok(times[asked.indexOf("evict default/b")]! >= 3);
});

test("a refusal by a budget is tried again after 5 s, without end", () => {
  const w = world(pod("a", "node-0"));
  const { asked, isOver, out, times } = run(
    w,
    {},
    { seconds: 21, answers: (request) => (request.startsWith("evict") ? tooMany : null) },
  );
  const evictions = times.filter((_, i) => asked[i] === "evict default/a");
  assert.equal(evictions, [0, 5, 10, 15, 20]);
  assert.not(isOver);
  assert.is(
    out[2],
    'error when evicting pods/"a" -n "default" (will retry after 5s): Cannot evict pod as it would violate the pod\'s disruption budget.',
  );
});

test("the time-out ends a drain that a budget holds, with exit code 1, and the next node has its own", () => {
  const w = world(pod("a", "node-0"), pod("b", "node-1"));
  const { err, failure, isOver, times } = run(
    w,
    { node: ["node-0", "node-1"], timeout: 12e6 },
    { seconds: 60, answers: (request) => (request.startsWith("evict") ? tooMany : null) },
  );
  assert.ok(isOver);
  assert.is(err.length, 2);
  assert.is(failure, err[0]);
  assert.match(
    err[0]!,
    'error: unable to drain node "node-0" due to error: [error when evicting pods/"a" -n "default": global timeout reached: 12s], continuing command...',
  );
  assert.ok(times.at(-1)! >= 22 && times.at(-1)! < 24.5, `${times.at(-1)}`);
});

test("it ends also when pods were evicted and do not go", () => {
  const w = world(pod("a", "node-0"));
  const { err, isOver } = run(w, { timeout: 3e6 }, { seconds: 10 });
  assert.ok(isOver);
  assert.match(err[0]!, "global timeout reached: 3s");
});

test("another refusal is no reason to try again; a pod that is gone by then is none to complain", () => {
  const w = world(pod("a", "node-0"), pod("b", "node-0"));
  const answers = (request: string) =>
    request === "evict default/a"
      ? new ApiError("Forbidden", "no")
      : request === "evict default/b"
        ? new ApiError("NotFound", 'pods "b" not found')
        : null;
  const { asked, err } = run(w, {}, { answers });
  assert.is(asked.filter((request) => request === "evict default/a").length, 1);
  assert.match(err[0]!, 'error when evicting pods/"a" -n "default": Error from server (Forbidden): no');
});

test("pods that may not go are a reason not to begin: the node stays cordoned, nothing is evicted", () => {
  const volumes = [{ name: "v", emptyDir: {} }];
  const w = world(
    pod("a", "node-0"),
    pod("ds", "node-0", { ownerReferences: owner("DaemonSet") }),
    pod("local", "node-0", {}, { volumes }),
    pod("bare", "node-0", { ownerReferences: [] }),
  );
  const { asked, err } = run(w);
  assert.is(asked.filter((request) => request.startsWith("evict")).length, 0);
  assert.is(
    err[0],
    'error: unable to drain node "node-0" due to error: cannot delete Pods that declare no controller (use --force to override): default/bare, cannot delete DaemonSet-managed Pods (use --ignore-daemonsets to ignore): default/ds, cannot delete Pods with local storage (use --delete-emptydir-data to override): default/local, continuing command...',
  );
  assert.is(w.get("nodes", "node-0").spec?.unschedulable, true);
  const all = { ignoreDaemonsets: true, deleteEmptydirData: true, force: true };
  const evicted = run(w, all).asked.filter((request) => request.startsWith("evict"));
  assert.equal(evicted, ["evict default/a", "evict default/bare", "evict default/local"]);
});

test("mirror pods stay, finished ones go whatever they are", () => {
  const w = world(
    pod("static", "node-0", { annotations: { "kubernetes.io/config.mirror": "x" } }),
    pod("done", "node-0", { ownerReferences: [] }),
  );
  w.patchStatus("pods", "default/done", (before) => ({ ...before, status: { ...before.status, phase: "Succeeded" } }));
  w.run(1);
  const { asked } = run(w);
  assert.equal(
    asked.filter((request) => request.startsWith("evict")),
    ["evict default/done"],
  );
});

test("pods are deleted in place of evicted, with their grace period, only those with the labels", () => {
  const w = world(pod("a", "node-0", { labels: { app: "x" } }), pod("b", "node-0"));
  const values = { disableEviction: true, gracePeriod: 7e6, podSelector: { matchLabels: { app: "x" } } };
  const { asked, out } = run(w, values);
  assert.equal(
    asked.filter((request) => /^(delete|evict)/.test(request)),
    ['delete pods default/a {"gracePeriodSeconds":7}'],
  );
  assert.is(out[1], "deleting pod default/a");
});

test("a node that is not there is an error, and the others are drained; pods that cannot be listed end that node", () => {
  const w = world(pod("a", "node-1"));
  gone(w, "a", 1);
  const { err, out } = run(w, { node: ["nowhere", "node-1"] });
  assert.equal(err, ['Error from server (NotFound): nodes "nowhere" not found']);
  assert.is(out.at(-1), "node/node-1 drained");
  const down = new ApiError("NoAnswer", "connection refused");
  const cut = run(w, {}, { answers: (request) => (request.startsWith("list") ? down : null) });
  assert.match(cut.failure, "The connection to the server was refused or lost");
  assert.ok(cut.isOver);
});

test("evict asks once for each pod and does not wait; a refusal is told, and the next is asked for", () => {
  const w = world(pod("a", "node-0"), pod("b", "node-0"));
  const parameters = { pod: ["default/a", "default/b"], selector: undefined, namespace: "default", gracePeriod: 9e6 };
  const { asked, err, isOver, out } = call(w, evict, parameters, {
    answers: (request) => (request.startsWith("evict default/a") ? tooMany : null),
  });
  assert.equal(asked, ['evict default/a {"gracePeriodSeconds":9}', 'evict default/b {"gracePeriodSeconds":9}']);
  assert.equal(err, [`Error from server (TooManyRequests): ${tooMany.message}`]);
  assert.equal(out, ["pod/b evicted"]);
  assert.ok(isOver);
});

test("evict by labels lists first", () => {
  const w = world(pod("a", "node-0", { labels: { app: "x" } }), pod("b", "node-0"));
  const parameters = {
    pod: undefined,
    selector: { matchLabels: { app: "x" } },
    namespace: "default",
    gracePeriod: undefined,
  };
  assert.equal(call(w, evict, parameters).asked, ['list pods {"namespace":"default"}', "evict default/a"]);
});

test.run();
