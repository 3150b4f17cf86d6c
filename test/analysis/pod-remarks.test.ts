// What explain says of pods that do not start, are not ready, or have to leave.
import { test } from "uvu";
import * as assert from "uvu/assert";
import { podRemarks, podsOf, workloadRemarks } from "../../sim/analysis/pod-remarks.ts";
import type { KubernetesObject, Pod, Workload } from "../../sim/model/objects.ts";
import type { ListName } from "../../sim/printers/resource-names.ts";

type Fields = Readonly<Record<string, unknown>>;
const made = (name: string, fields: Fields, metadata: Fields = {}) =>
  ({ metadata: { name, namespace: "default", uid: name, ...metadata }, ...fields }) as unknown as KubernetesObject;
const pod = (fields: Fields, metadata: Fields = {}) =>
  made("p", { spec: { containers: [{ name: "c" }], nodeName: "n" }, ...fields }, metadata) as Pod;
const NODE = made("n", { status: { conditions: [{ type: "Ready", status: "True" }] } }, { namespace: undefined });

function remarks(of: Pod, lists: Partial<Record<ListName, readonly KubernetesObject[]>> = {}): string[] {
  return podRemarks(of, { list: (list) => lists[list] ?? (list === "nodes" ? [NODE] : []), nowMicros: 600_000_000 });
}

test("of a pod with which all is well there is nothing to say", () => {
  const ready = [{ type: "Ready", status: "True" }];
  assert.equal(remarks(pod({ status: { phase: "Running", conditions: ready } })), []);
});

test("images that cannot be pulled, containers that crash, probes that fail", () => {
  const waiting = { reason: "ImagePullBackOff", message: 'Back-off pulling image "x"' };
  assert.equal(remarks(pod({ status: { phase: "Pending", containerStatuses: [{ name: "c", state: { waiting } }] } })), [
    'Container c does not start, ImagePullBackOff: Back-off pulling image "x"',
  ]);
  const crashed = {
    name: "c",
    restartCount: 4,
    state: { waiting: { reason: "CrashLoopBackOff" } },
    lastState: { terminated: { exitCode: 137, reason: "OOMKilled" } },
  };
  assert.equal(remarks(pod({ status: { phase: "Pending", containerStatuses: [crashed] } })), [
    "Container c crashes: 4 restarts, in back-off now (last exit code 137, OOMKilled).",
  ]);
  const events = [
    made("e", {
      involvedObject: { kind: "Pod", name: "p", namespace: "default", uid: "p" },
      reason: "Unhealthy",
      message: "Readiness probe failed: HTTP probe failed with statuscode: 503",
      count: 7,
    }),
  ];
  const conditions = [{ type: "Ready", status: "False", reason: "ContainersNotReady" }];
  assert.equal(remarks(pod({ status: { phase: "Running", conditions } }), { events }), [
    "It runs and is not ready (ContainersNotReady).",
    "Its probe fails: Readiness probe failed: HTTP probe failed with statuscode: 503 (7 times)",
  ]);
});

test("taints that will evict it, and when; budgets that hold up a drain", () => {
  const taint = { key: "node.kubernetes.io/unreachable", effect: "NoExecute", timeAdded: "2026-01-01T00:08:20Z" };
  const down = made(
    "n",
    {
      spec: { taints: [taint] },
      status: { conditions: [{ type: "Ready", status: "Unknown", reason: "NodeStatusUnknown" }] },
    },
    { namespace: undefined },
  );
  const toleration = { key: taint.key, operator: "Exists", effect: "NoExecute", tolerationSeconds: 300 };
  const spec = { containers: [], nodeName: "n", tolerations: [toleration] };
  assert.equal(remarks(pod({ spec }), { nodes: [down] }), [
    "Its node n is not ready (NodeStatusUnknown): what the pod's status says may be old.",
    "It tolerates the taint node.kubernetes.io/unreachable:NoExecute of its node for 300s only: it will be evicted in 3m20s.",
  ]);
  assert.match(remarks(pod({}), { nodes: [down] }).at(-1)!, /^It does not tolerate the taint .* evicted at once\.$/);
  assert.equal(remarks(pod({}), { nodes: [] }), ["Its node n does not exist any more."]);
  const budget = made("web", {
    spec: { selector: { matchLabels: { app: "web" } } },
    status: { disruptionsAllowed: 0, currentHealthy: 2, desiredHealthy: 2 },
  });
  assert.equal(remarks(pod({}, { labels: { app: "web" } }), { podDisruptionBudgets: [budget] }), [
    "PodDisruptionBudget web allows no disruption (2 healthy, 2 wanted): a drain of its node waits for it.",
  ]);
});

test("a pod that has to leave: who said so, and how long it still has", () => {
  const conditions = [
    { type: "DisruptionTarget", status: "True", reason: "EvictionByEvictionAPI", message: "evicted" },
  ];
  const leaving = pod({ status: { conditions } }, { deletionTimestamp: "2026-01-01T00:10:12Z", finalizers: ["x/y"] });
  assert.equal(remarks(leaving), [
    "It has to leave (EvictionByEvictionAPI): evicted",
    "It is being deleted and has 12s left to stop.",
    "Its object stays until these finalizers are gone: x/y.",
  ]);
});

test("a workload: how many of its pods are ready, and why none could be created", () => {
  const owner = (uid: string) => ({ ownerReferences: [{ kind: "X", name: uid, uid, controller: true }] });
  const web = made("web", { spec: { replicas: 3 } }) as Workload;
  const lists: Partial<Record<ListName, readonly KubernetesObject[]>> = {
    replicaSets: [made("web-1", {}, owner("web"))],
    pods: [made("a", { status: { conditions: [{ type: "Ready", status: "True" }] } }, owner("web-1"))],
    events: [
      made("e", {
        involvedObject: { kind: "ReplicaSet", name: "web-1", namespace: "default", uid: "web-1" },
        reason: "FailedCreate",
        message: 'Error creating: pods "web-1-x" is forbidden: exceeded quota: q',
        count: 2,
      }),
    ],
  };
  const scene = { list: (list: ListName) => lists[list] ?? [], nowMicros: 0 };
  assert.equal(workloadRemarks("Deployment", web, scene), [
    "Deployment default/web has 1 pods, 1 of them ready; 3 are wanted.",
    'Pods could not be created: Error creating: pods "web-1-x" is forbidden: exceeded quota: q (2 times)',
  ]);
  assert.equal(
    podsOf(web, scene).map(({ metadata }) => metadata.name),
    ["a"],
  );
});

test.run();
