// The pods of workload objects: how many, named and labelled how, owned by whom, on which nodes.
import { test } from "uvu";
import * as assert from "uvu/assert";
import { shouldRunOn } from "../../sim/model/daemon.ts";
import { withDefaults } from "../../sim/model/defaults.ts";
import { daemonPodsOf, type Expansion, expandWorkloads } from "../../sim/model/expand.ts";
import { nameSuffix, suffixedName, syntheticUid } from "../../sim/model/identity.ts";
import {
  type ClusterObjects,
  type Job,
  type Node,
  noObjects,
  type Pod,
  type PodSpec,
  type Workload,
} from "../../sim/model/objects.ts";
import type { Problem } from "../../sim/model/problem.ts";

function expand(given: Partial<ClusterObjects>, problems: Problem[] = []): Expansion {
  const note = (_: object, problem: Problem) => problems.push(problem);
  return expandWorkloads(withDefaults({ ...noObjects(), ...given }, note), note);
}

function podsOf(given: Partial<ClusterObjects>): readonly Pod[] {
  const problems: Problem[] = [];
  const { objects } = expand(given, problems);
  assert.equal(problems, []);
  return objects.pods;
}

const TEMPLATE = {
  metadata: { labels: { app: "a" } },
  spec: { containers: [{ name: "c", resources: { limits: { cpu: 1 } } }] },
};

function workload(
  kind: string,
  name: string,
  replicas: number | null,
  more: Partial<Workload["spec"]> = {},
  metadata: object = {},
): Workload {
  return {
    apiVersion: "apps/v1",
    kind,
    metadata: { name, ...metadata },
    spec: {
      ...(replicas === null ? {} : { replicas }),
      selector: { matchLabels: { app: "a" } },
      template: TEMPLATE,
      ...more,
    },
  };
}

const owned = (name: string, kind: string, owner: string, more: Partial<Pod> = {}): Pod => ({
  metadata: { name, labels: { app: "a" }, ownerReferences: [{ kind, name: owner, controller: true }] },
  spec: { containers: [{ name: "c" }] },
  ...more,
});

test("Deployment → ReplicaSet → pods, with owners, hash label and defaults", () => {
  const { objects } = expand({ deployments: [workload("Deployment", "web", 3)] });
  const [set] = objects.replicaSets;
  assert.match(set?.metadata.name ?? "", /^web-[a-z0-9]{5,10}$/);
  assert.is(set?.metadata.ownerReferences?.[0]?.kind, "Deployment");
  assert.is(objects.pods.length, 3);
  assert.is(new Set(objects.pods.map((pod) => pod.metadata.name)).size, 3);
  for (const pod of objects.pods) {
    assert.ok(pod.metadata.name.startsWith(`${set?.metadata.name}-`));
    assert.is(pod.metadata.namespace, "default");
    assert.is(pod.metadata.ownerReferences?.[0]?.uid, set?.metadata.uid);
    assert.is(pod.metadata.labels?.["pod-template-hash"], set?.metadata.labels?.["pod-template-hash"]);
    assert.equal(pod.spec.containers[0]?.resources?.requests, { cpu: 1 });
    assert.is(pod.spec, objects.pods[0]?.spec, "pods that are alike share their spec");
  }
  assert.is(set?.spec?.selector?.matchLabels?.["pod-template-hash"], set?.metadata.labels?.["pod-template-hash"]);
});

test("replicas default to one, zero means none", () => {
  assert.is(podsOf({ deployments: [workload("Deployment", "web", null)] }).length, 1);
  assert.is(podsOf({ deployments: [workload("Deployment", "web", 0)] }).length, 0);
});

test("the same input gives the same names, whatever stands beside it", () => {
  const web = workload("Deployment", "web", 2);
  const alone = podsOf({ deployments: [web] }).map((pod) => pod.metadata.name);
  const beside = podsOf({ deployments: [workload("Deployment", "db", 2), web] }).map((pod) => pod.metadata.name);
  assert.equal(beside.slice(2), alone);
});

test("names stay unique where five letters collide", () => {
  const pods = podsOf({ replicaSets: [workload("ReplicaSet", "big", 20_000)] });
  assert.is(new Set(pods.map((pod) => pod.metadata.name)).size, 20_000);
});

test("pods in the dump count towards their ReplicaSet; finished and leaving ones do not", () => {
  const replicaSets = [
    workload(
      "ReplicaSet",
      "web-1",
      4,
      {},
      { ownerReferences: [{ kind: "Deployment", name: "web", controller: true }] },
    ),
  ];
  const pods = [
    owned("p1", "ReplicaSet", "web-1"),
    owned("p2", "ReplicaSet", "web-1", { status: { phase: "Running" } }),
    owned("p3", "ReplicaSet", "web-1", { status: { phase: "Failed" } }),
    owned("p4", "ReplicaSet", "other"),
  ];
  const expansion = expand({ deployments: [workload("Deployment", "web", 4)], replicaSets, pods });
  assert.is(expansion.objects.replicaSets.length, 1, "the Deployment has its ReplicaSet");
  assert.equal(
    expansion.objects.pods.slice(0, 3).map((pod) => pod.metadata.name),
    ["p1", "p2", "p4"],
  );
  assert.is(expansion.objects.pods.length, 5);
  assert.match(expansion.warnings.join(), /1 finished pod is left out/);
});

test("a Deployment in the middle of a rollout keeps its ReplicaSets", () => {
  const owner = { ownerReferences: [{ kind: "Deployment", name: "web", controller: true }] };
  const replicaSets = [
    workload("ReplicaSet", "web-1", 1, {}, owner),
    workload("ReplicaSet", "web-2", 2, {}, owner),
    workload("ReplicaSet", "web-0", 0, {}, owner),
  ];
  assert.is(podsOf({ deployments: [workload("Deployment", "web", 3)], replicaSets }).length, 3);
  assert.is(
    podsOf({ deployments: [workload("Deployment", "web", 5)], replicaSets }).length,
    5,
    "what is missing is made",
  );
});

test("namespaces keep workloads of one name apart", () => {
  const there = { ownerReferences: [{ kind: "Deployment", name: "web", controller: true }], namespace: "b" };
  const given = {
    deployments: [workload("Deployment", "web", 1, {}, { namespace: "a" })],
    replicaSets: [workload("ReplicaSet", "web-1", 1, {}, there)],
  };
  assert.equal(
    podsOf(given).map((pod) => pod.metadata.namespace),
    ["a", "b"],
  );
});

test("StatefulSet: ordinals, labels, one claim per template and pod", () => {
  const spec = { volumeClaimTemplates: [{ metadata: { name: "data" }, spec: { accessModes: ["ReadWriteOnce"] } }] };
  const given = {
    statefulSets: [workload("StatefulSet", "db", 2, spec)],
    persistentVolumeClaims: [{ metadata: { name: "data-db-0", labels: { mine: "yes" } }, spec: {} }],
  };
  const { objects } = expand(given);
  assert.equal(
    objects.pods.map((pod) => pod.metadata.name),
    ["db-0", "db-1"],
  );
  assert.equal(
    objects.persistentVolumeClaims.map((claim) => claim.metadata.name),
    ["data-db-0", "data-db-1"],
  );
  assert.equal(objects.persistentVolumeClaims[0]?.metadata.labels, { mine: "yes" }, "a claim that exists is used");
  assert.is(objects.pods[1]?.metadata.labels?.["apps.kubernetes.io/pod-index"], "1");
  assert.equal(objects.pods[1]?.spec.volumes, [{ name: "data", persistentVolumeClaim: { claimName: "data-db-1" } }]);
  const present = podsOf({ ...given, pods: [owned("db-0", "StatefulSet", "db")] });
  assert.equal(
    present.map((pod) => pod.metadata.name),
    ["db-0", "db-1"],
  );
  assert.is(present[0]?.spec.volumes, undefined, "a pod in the dump stays as it is");
});

test("ReplicationController", () => {
  const controller = {
    apiVersion: "v1",
    kind: "ReplicationController",
    metadata: { name: "rc" },
    spec: { replicas: 2, selector: { app: "a" }, template: TEMPLATE },
  };
  const pods = podsOf({ replicationControllers: [controller], pods: [owned("x", "ReplicationController", "rc")] });
  assert.is(pods.length, 2);
  assert.is(pods[1]?.metadata.ownerReferences?.[0]?.kind, "ReplicationController");
});

function job(spec: Job["spec"], status?: Job["status"]): Job {
  return {
    apiVersion: "batch/v1",
    kind: "Job",
    metadata: { name: "j" },
    spec: { template: TEMPLATE, ...spec },
    ...(status === undefined ? {} : { status }),
  };
}

test("Job: as many pods as may run at once and are still needed", () => {
  const count = (spec: Job["spec"], status?: Job["status"], pods: Pod[] = []) =>
    podsOf({ jobs: [job(spec, status)], pods }).length;
  assert.is(count({}), 1);
  assert.is(count({ parallelism: 5 }), 5, "without completions: a work queue");
  assert.is(count({ parallelism: 5, completions: 3 }), 3);
  assert.is(count({ parallelism: 2, completions: 9 }), 2);
  assert.is(count({ parallelism: 4, completions: 9 }, { succeeded: 7 }), 2);
  assert.is(count({ parallelism: 4, completions: 9 }, { succeeded: 9 }), 0);
  assert.is(count({ suspend: true }), 0);
  assert.is(count({ parallelism: 2 }, { conditions: [{ type: "Complete", status: "True" }] }), 0);
  assert.is(count({ parallelism: 2 }, { conditions: [{ type: "Failed", status: "True" }] }), 0);
  assert.is(count({ parallelism: 3 }, undefined, [owned("x", "Job", "j")]), 3, "one exists, two are made");
});

test("Job: labels of its pods, and indexes", () => {
  const [pod] = podsOf({ jobs: [job({})] });
  assert.is(pod?.metadata.labels?.["job-name"], "j");
  assert.ok(pod?.metadata.labels?.["batch.kubernetes.io/controller-uid"]);
  const indexed = podsOf({ jobs: [job({ parallelism: 2, completions: 2, completionMode: "Indexed" })] });
  assert.equal(
    indexed.map((p) => p.metadata.labels?.["batch.kubernetes.io/job-completion-index"]),
    ["0", "1"],
  );
  assert.match(indexed[1]?.metadata.name ?? "", /^j-1-[a-z0-9]{5}$/);
});

test("CronJobs wait for their time, and that is said", () => {
  const { objects, warnings } = expand({ cronJobs: [{ metadata: { name: "c" }, spec: { schedule: "* * * * *" } }] });
  assert.is(objects.pods.length, 0);
  assert.match(warnings.join(), /CronJobs are not started/);
});

const node = (
  name: string,
  labels: Record<string, string> = {},
  taints: NonNullable<Node["spec"]>["taints"] = [],
): Node => ({ metadata: { name, labels }, spec: { taints } });

test("DaemonSet: one pod per eligible node, tied to it, on top of what is there", () => {
  const nodes = [
    node("a"),
    node("b", {}, [{ key: "dedicated", effect: "NoSchedule" }]),
    node("c", {}, [{ key: "node.kubernetes.io/unschedulable", effect: "NoSchedule" }]),
    node("d"),
  ];
  const pods = podsOf({
    nodes,
    daemonSets: [workload("DaemonSet", "agent", null)],
    pods: [owned("x", "DaemonSet", "agent", { spec: { containers: [], nodeName: "d" } })],
  });
  const targets = pods
    .slice(1)
    .map((pod) => pod.spec.affinity?.nodeAffinity?.requiredDuringSchedulingIgnoredDuringExecution?.nodeSelectorTerms);
  assert.equal(targets, [
    [{ matchFields: [{ key: "metadata.name", operator: "In", values: ["a"] }] }],
    [{ matchFields: [{ key: "metadata.name", operator: "In", values: ["c"] }] }],
  ]);
  assert.ok(
    pods[1]?.spec.tolerations?.some((t) => t.key === "node.kubernetes.io/disk-pressure" && t.effect === "NoSchedule"),
  );
});

test("DaemonSet: pods that wait for their node count by their affinity", () => {
  const [waiting] = podsOf({ nodes: [node("a")], daemonSets: [workload("DaemonSet", "agent", null)] });
  const again = podsOf({
    nodes: [node("a"), node("b")],
    daemonSets: [workload("DaemonSet", "agent", null)],
    pods: [waiting!],
  });
  assert.is(again.length, 2);
});

test("which nodes a DaemonSet wants", () => {
  const spec = (more: Partial<PodSpec>): PodSpec => ({ containers: [], ...more });
  assert.is(shouldRunOn(node("a"), spec({ nodeName: "b" })), false);
  assert.is(shouldRunOn(node("a", { disk: "ssd" }), spec({ nodeSelector: { disk: "ssd" } })), true);
  assert.is(shouldRunOn(node("a"), spec({ nodeSelector: { disk: "ssd" } })), false);
  const affinity = {
    nodeAffinity: {
      requiredDuringSchedulingIgnoredDuringExecution: {
        nodeSelectorTerms: [{ matchExpressions: [{ key: "gpu", operator: "Exists" }] }],
      },
    },
  };
  assert.is(shouldRunOn(node("a", { gpu: "" }), spec({ affinity })), true);
  assert.is(shouldRunOn(node("a"), spec({ affinity })), false);
  const taint = (effect: string, key = "k", value = "v") => node("a", {}, [{ key, value, effect }]);
  assert.is(shouldRunOn(taint("PreferNoSchedule"), spec({})), true);
  assert.is(shouldRunOn(taint("NoExecute"), spec({})), false);
  assert.is(
    shouldRunOn(taint("NoExecute"), spec({ tolerations: [{ key: "k", operator: "Equal", value: "v" }] })),
    true,
  );
  assert.is(
    shouldRunOn(taint("NoExecute"), spec({ tolerations: [{ key: "k", operator: "Equal", value: "w" }] })),
    false,
  );
  assert.is(
    shouldRunOn(taint("NoExecute"), spec({ tolerations: [{ operator: "Exists", effect: "NoSchedule" }] })),
    false,
  );
  assert.is(shouldRunOn(taint("NoExecute"), spec({ tolerations: [{ operator: "Exists" }] })), true);
  const noNetwork = node("a", {}, [{ key: "node.kubernetes.io/network-unavailable", effect: "NoSchedule" }]);
  assert.is(shouldRunOn(noNetwork, spec({})), false);
  assert.is(shouldRunOn(noNetwork, spec({ hostNetwork: true })), true);
});

test("the DaemonSet pods of a node that joins later", () => {
  const objects = {
    ...noObjects(),
    daemonSets: [
      workload("DaemonSet", "agent", null),
      workload("DaemonSet", "gpu", null, {
        template: { ...TEMPLATE, spec: { ...TEMPLATE.spec, nodeSelector: { gpu: "" } } },
      }),
    ],
  };
  assert.is(daemonPodsOf(node("a"), objects).length, 1);
  assert.is(daemonPodsOf(node("a", { gpu: "" }), objects).length, 2);
});

test("a template that its selector does not select is a problem there", () => {
  const problems: Problem[] = [];
  expand({ deployments: [workload("Deployment", "web", 1, { selector: { matchLabels: { app: "b" } } })] }, problems);
  assert.equal(
    problems.map((p) => p.path.join(".")),
    ["spec.template.metadata.labels"],
  );
});

test("a missing priority class in a template is a problem there", () => {
  const problems: Problem[] = [];
  expand(
    {
      deployments: [
        workload("Deployment", "web", 1, {
          template: { ...TEMPLATE, spec: { ...TEMPLATE.spec, priorityClassName: "x" } },
        }),
      ],
    },
    problems,
  );
  assert.equal(
    problems.map((p) => p.path.join(".")),
    ["spec.template.spec.priorityClassName"],
  );
});

test("workloads without a template get a warning, unless their pods are there", () => {
  const bare: Workload = { apiVersion: "apps/v1", kind: "ReplicaSet", metadata: { name: "r" }, spec: { replicas: 1 } };
  assert.match(expand({ replicaSets: [bare] }).warnings.join(), /ReplicaSet default\/r has no pod template/);
  assert.equal(expand({ replicaSets: [bare], pods: [owned("p", "ReplicaSet", "r")] }).warnings, []);
});

test("generated names and uids", () => {
  assert.is(suffixedName("a".repeat(300), "xyz", 63).length, 63);
  assert.is(suffixedName("web-", "xyz", 8), "web-xyz");
  assert.match(nameSuffix("x", 10), /^[bcdfghjklmnpqrstvwxz2456789]{10}$/);
  assert.is.not(nameSuffix("x", 5), nameSuffix("y", 5));
  const uids = new Set(Array.from({ length: 50_000 }, (_, i) => syntheticUid("Pod", "default", `p-${i}`)));
  assert.is(uids.size, 50_000);
});

test.run();
