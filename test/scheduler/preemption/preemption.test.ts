// Preemption through whole scheduling attempts: eligibility, victims, disruption budgets, messages, nominations.
import { test } from "uvu";
import * as assert from "uvu/assert";
import type { RandomStream } from "../../../sim/engine/random.ts";
import type { PodDisruptionBudget } from "../../../sim/model/objects.ts";
import { readSchedulerConfiguration } from "../../../sim/model/read-scheduler-configuration.ts";
import { budget, Cluster, node, pod } from "../cluster.ts";

const small = (name: string, cpu = "4") => node(name, {}, { cpu });
const NO_CLAIMS = "no new claims to deallocate, ";
const keys = (pods: readonly { readonly key: string }[]) => pods.map((p) => p.key.replace("default/", ""));

/** What preempting for a pod of 4 CPUs and priority 100 on nodes a, b … of 4 CPUs comes to. */
function preempt(
  pods: Parameters<typeof pod>[],
  budgets: readonly PodDisruptionBudget[] = [],
  cpu = "4",
  nodes = ["a"],
) {
  const cluster = new Cluster({
    nodes: nodes.map((n) => small(n)),
    pods: pods.map((p) => pod(...p)),
    podDisruptionBudgets: budgets,
  });
  return cluster.try(pod("p", { cpu, priority: 100 }));
}

test("pods of lower priority go, others stay", () => {
  const { attempt } = preempt([
    ["low", { node: "a", cpu: "2", priority: 1 }],
    ["equal", { node: "a", cpu: "0", priority: 100 }],
  ]);
  assert.is(attempt.nominatedNodeName, "a");
  assert.equal(keys(attempt.victims), ["low"]);
  assert.is(attempt.message, "0/1 nodes are available: 1 Insufficient cpu.");
});

test("a pod of equal priority is never a victim", () => {
  const { attempt, trace } = preempt([["equal", { node: "a", cpu: "2", priority: 100 }]]);
  assert.is(attempt.nominatedNodeName, null);
  assert.is(trace.postFilter?.nominatedNodeName, "");
  assert.is(
    attempt.message,
    `0/1 nodes are available: 1 Insufficient cpu. ${NO_CLAIMS}preemption: 0/1 nodes are available: 1 No preemption victims found for incoming pod.`,
  );
});

test("a node where the pod does not fit even then keeps its own reasons", () => {
  const { attempt } = preempt([
    ["low", { node: "a", cpu: "1" }],
    ["high", { node: "a", cpu: "1", priority: 200 }],
  ]);
  assert.is(
    attempt.message,
    `0/1 nodes are available: 1 Insufficient cpu. ${NO_CLAIMS}preemption: 0/1 nodes are available: 1 Insufficient cpu.`,
  );
});

test("rejections that pods have no part in are not tried", () => {
  const { attempt } = preempt([["low", { node: "a", cpu: "1" }]], [], "5");
  assert.is(
    attempt.message,
    `0/1 nodes are available: 1 Insufficient cpu. ${NO_CLAIMS}preemption: 0/1 nodes are available: 1 Preemption is not helpful for scheduling.`,
  );
});

test("as many pods as possible are spared, the most important first", () => {
  const { attempt } = preempt(
    [
      ["p1", { node: "a", cpu: "1", priority: 1 }],
      ["p3", { node: "a", cpu: "1", priority: 3 }],
      ["p2", { node: "a", cpu: "2", priority: 2 }],
    ],
    [],
    "1",
  );
  assert.equal(keys(attempt.victims), ["p1"]);
});

test("a less important pod is spared where a more important one is not", () => {
  // 3 CPUs are wanted: p3 (2 CPUs) cannot come back, p1 (1 CPU) can
  const { attempt } = preempt(
    [
      ["p1", { node: "a", cpu: "1", priority: 1 }],
      ["p3", { node: "a", cpu: "2", priority: 3 }],
      ["p2", { node: "a", cpu: "1", priority: 2 }],
    ],
    [],
    "3",
  );
  assert.equal(keys(attempt.victims), ["p3", "p1"]);
});

test("among pods of one priority the one that has run longest is spared", () => {
  const { attempt } = preempt(
    [
      ["young", { node: "a", cpu: "2", started: 20 }],
      ["old", { node: "a", cpu: "2", started: 10 }],
    ],
    [],
    "2",
  );
  assert.equal(keys(attempt.victims), ["young"]);
});

test("a pod that has not started counts as the youngest", () => {
  const { attempt } = preempt(
    [
      ["waiting", { node: "a", cpu: "2", status: { startTime: null } }],
      ["young", { node: "a", cpu: "2", started: 59 }],
    ],
    [],
    "2",
  );
  assert.equal(keys(attempt.victims), ["waiting"]);
});

test("pods under a budget that would break are spared first, even before more important ones", () => {
  const pods: Parameters<typeof pod>[] = [
    ["guarded", { node: "a", cpu: "2", priority: 1, labels: { app: "db" } }],
    ["free", { node: "a", cpu: "2", priority: 2, labels: { app: "web" } }],
  ];
  assert.equal(keys(preempt(pods, [], "2").attempt.victims), ["guarded"]);
  const { attempt, trace } = preempt(pods, [budget("db", { app: "db" }, 0)], "2");
  assert.equal(keys(attempt.victims), ["free"]);
  assert.is(trace.postFilter?.pdbViolations, 0);
});

test("budgets are broken when there is no other way, and victims are in order of importance all the same", () => {
  const { attempt, trace } = preempt(
    [
      ["guarded", { node: "a", cpu: "2", priority: 1, labels: { app: "db" } }],
      ["free", { node: "a", cpu: "2", priority: 2, labels: { app: "web" } }],
    ],
    [budget("db", { app: "db" }, 0)],
  );
  assert.equal(keys(attempt.victims), ["free", "guarded"]);
  assert.is(trace.postFilter?.pdbViolations, 1);
});

const budgetCases: readonly (readonly [rule: string, budgets: readonly PodDisruptionBudget[], violations: number])[] = [
  ["no budget", [], 0],
  ["what is allowed is used up by the more important pods", [budget("b", { app: "db" }, 1)], 1],
  ["enough is allowed", [budget("b", { app: "db" }, 2)], 0],
  ["one budget of several is enough to break", [budget("b", { app: "db" }, 2), budget("c", { tier: "x" }, 0)], 1],
  ["a pod that is disrupted already does not count", [budget("b", { app: "db" }, 0, ["two"])], 1],
  ["a budget without selector protects nothing", [budget("b", null, 0)], 0],
  ["a budget with an empty selector protects nothing", [budget("b", {}, 0)], 0],
  [
    "a budget of another namespace protects nothing",
    [{ ...budget("b", { app: "db" }, 0), metadata: { name: "b", namespace: "other" } }],
    0,
  ],
  [
    "a pod without labels is under no budget",
    [
      {
        metadata: { name: "b", namespace: "default" },
        spec: { selector: { matchExpressions: [{ key: "x", operator: "DoesNotExist" }] } },
        status: { disruptionsAllowed: 0 },
      },
    ],
    2,
  ],
];

for (const [rule, budgets, violations] of budgetCases) {
  test(`budgets: ${rule}`, () => {
    const { trace } = preempt(
      [
        ["one", { node: "a", cpu: "1", priority: 2, labels: { app: "db", tier: "x" } }],
        ["two", { node: "a", cpu: "1", priority: 1, labels: { app: "db" } }],
        ["bare", { node: "a", cpu: "1" }],
      ],
      budgets,
    );
    assert.is(trace.postFilter?.victims.length, 3);
    assert.is(trace.postFilter?.pdbViolations, violations);
  });
}

test("preemptionPolicy Never", () => {
  const cluster = new Cluster({ nodes: [small("a")], pods: [pod("low", { node: "a", cpu: "4" })] });
  const { attempt, trace } = cluster.try(pod("p", { cpu: "4", priority: 100, spec: { preemptionPolicy: "Never" } }));
  assert.is(
    attempt.message,
    `0/1 nodes are available: 1 Insufficient cpu. ${NO_CLAIMS}preemption: not eligible due to preemptionPolicy=Never.`,
  );
  assert.is(trace.postFilter?.nominatedNodeName, null);
});

const terminating = { deletionTimestamp: "2026-01-01T00:01:00Z" };
const preempted = { conditions: [{ type: "DisruptionTarget", status: "True", reason: "PreemptionByScheduler" }] };
const evicted = { conditions: [{ type: "DisruptionTarget", status: "True", reason: "EvictionByEvictionAPI" }] };
const WAITS = "not eligible due to a terminating pod on the nominated node.";

const waiting: readonly (readonly [
  rule: string,
  leaving: Parameters<typeof pod>[1],
  nominated: string,
  waits: boolean,
])[] = [
  ["waits for a victim on the nominated node", { metadata: terminating, status: preempted }, "a", true],
  ["does not wait for a pod that leaves for another reason", { metadata: terminating, status: evicted }, "a", false],
  ["does not wait for a pod that is not leaving", { status: preempted }, "a", false],
  [
    "does not wait for a pod of its own priority",
    { metadata: terminating, status: preempted, priority: 100 },
    "a",
    false,
  ],
  ["does not wait on nodes that it is not nominated to", { metadata: terminating, status: preempted }, "b", false],
];

for (const [rule, leaving, nominated, waits] of waiting) {
  test(`a preemptor ${rule}`, () => {
    const cluster = new Cluster({
      nodes: [small("a"), small("b")],
      pods: [
        pod("leaving", { node: "a", cpu: "1", ...leaving, metadata: { uid: "u", labels: {}, ...leaving?.metadata } }),
        pod("other", { node: "a", cpu: "3" }),
        pod("full", { node: "b", cpu: "4" }),
      ],
    });
    const { attempt } = cluster.try(pod("p", { cpu: "4", priority: 100, status: { nominatedNodeName: nominated } }));
    assert.is(attempt.message?.endsWith(WAITS) ?? false, waits);
    assert.is(attempt.nominatedNodeName !== null, !waits);
  });
}

test("a preemptor whose nominated node has become impossible may preempt again", () => {
  const gone = { ...small("a"), spec: { unschedulable: true } };
  const cluster = new Cluster({
    nodes: [gone, small("b")],
    pods: [
      pod("leaving", { node: "a", cpu: "4", metadata: terminating, status: preempted }),
      pod("full", { node: "b", cpu: "4" }),
    ],
  });
  const { attempt } = cluster.try(pod("p", { cpu: "4", priority: 100, status: { nominatedNodeName: "a" } }));
  assert.is(attempt.nominatedNodeName, "b");
});

test("after preemption the pod goes to its nominated node alone, unscored", () => {
  const cluster = new Cluster({
    nodes: [small("a"), small("b")],
    pods: [pod("x", { node: "a", cpu: "4" }), pod("y", { node: "b", cpu: "4", priority: 50 })],
  });
  const preemptor = pod("p", { cpu: "4", priority: 100 });
  const first = cluster.try(preemptor).attempt;
  assert.is(first.nominatedNodeName, "a");
  for (const victim of first.victims) cluster.snapshot.removePod(victim);
  const second = cluster.try(preemptor);
  assert.is(second.attempt.nodeName, "a");
  assert.is(second.attempt.score, -1);
  assert.equal(
    second.trace.detail.visited.map((n) => n.name),
    ["a"],
  );
});

test("room that was made for a pod is not taken by pods of lower or equal priority", () => {
  const cluster = new Cluster({ nodes: [small("a")], pods: [pod("x", { node: "a", cpu: "4" })] });
  const first = cluster.try(pod("p", { cpu: "4", priority: 100 })).attempt;
  for (const victim of first.victims) cluster.snapshot.removePod(victim);
  assert.is(cluster.place(pod("late", { cpu: "1", priority: 99 })), null);
  assert.is(cluster.place(pod("peer", { cpu: "1", priority: 100 })), null);
  assert.is(cluster.place(pod("king", { cpu: "1", priority: 101 })), "a");
});

test("nominations of lower priority to the same node are cleared, others stay", () => {
  const cluster = new Cluster({
    nodes: [small("a"), small("b")],
    pods: [pod("x", { node: "a", cpu: "4" }), pod("y", { node: "b", cpu: "4", priority: 90 })],
  });
  const low = cluster.try(pod("low", { cpu: "4", priority: 10 }));
  assert.is(low.attempt.nominatedNodeName, "a");
  for (const victim of low.attempt.victims) cluster.snapshot.removePod(victim);
  cluster.snapshot.addPod(Object.assign(cluster.snapshot.info(pod("z", { cpu: "4", priority: 5 })), { nodeName: "a" }));
  const high = cluster.try(pod("high", { cpu: "4", priority: 50 }));
  assert.is(high.attempt.nominatedNodeName, "a");
  assert.equal(keys(high.attempt.clearedNominations), ["low"]);
  assert.is(low.info.nominatedNodeName, "");
});

test("preemption counts on nominated pods of equal priority, which leaves no room here", () => {
  const cluster = new Cluster({ nodes: [small("a")], pods: [pod("x", { node: "a", cpu: "4" })] });
  assert.is(cluster.try(pod("first", { cpu: "4", priority: 100 })).attempt.nominatedNodeName, "a");
  assert.is(cluster.try(pod("second", { cpu: "4", priority: 100 })).attempt.nominatedNodeName, null);
});

test("host ports, affinity and spreading are freed by preemption as well", () => {
  const port = { containers: [{ name: "main", ports: [{ containerPort: 80, hostPort: 80 }] }] };
  const anti = {
    podAntiAffinity: {
      requiredDuringSchedulingIgnoredDuringExecution: [
        { topologyKey: "kubernetes.io/hostname", labelSelector: { matchLabels: { app: "x" } } },
      ],
    },
  };
  const spread = [
    {
      maxSkew: 1,
      topologyKey: "kubernetes.io/hostname",
      whenUnsatisfiable: "DoNotSchedule",
      labelSelector: { matchLabels: { app: "x" } },
    },
  ];
  const there = [
    pod("x", { node: "a", labels: { app: "x" }, spec: port }),
    pod("y", { node: "a", labels: { app: "y" } }),
  ];
  for (const spec of [port, { affinity: anti }]) {
    const { attempt } = new Cluster({ nodes: [small("a")], pods: there }).try(
      pod("p", { priority: 1, labels: { app: "x" }, spec }),
    );
    assert.equal(keys(attempt.victims), ["x"], JSON.stringify(spec));
  }
  const two = new Cluster({
    nodes: [small("a"), small("b", "1")],
    pods: [...there, pod("full", { node: "b", cpu: "1", priority: 9 })],
  });
  const { attempt } = two.try(
    pod("p", { cpu: "1", priority: 1, labels: { app: "x" }, spec: { topologySpreadConstraints: spread } }),
  );
  assert.equal(keys(attempt.victims), ["x"]);
});

test("the existing pods' anti-affinity against the preemptor is freed too", () => {
  const anti = {
    podAntiAffinity: {
      requiredDuringSchedulingIgnoredDuringExecution: [
        { topologyKey: "kubernetes.io/hostname", labelSelector: { matchLabels: { app: "p" } } },
      ],
    },
  };
  const cluster = new Cluster({
    nodes: [small("a")],
    pods: [pod("x", { node: "a", spec: { affinity: anti } }), pod("y", { node: "a" })],
  });
  assert.equal(keys(cluster.try(pod("p", { priority: 1, labels: { app: "p" } })).attempt.victims), ["x"]);
});

test("a victim that the pod has affinity to cannot make room", () => {
  const affinity = {
    podAffinity: {
      requiredDuringSchedulingIgnoredDuringExecution: [
        { topologyKey: "kubernetes.io/hostname", labelSelector: { matchLabels: { app: "x" } } },
      ],
    },
  };
  const cluster = new Cluster({ nodes: [small("a")], pods: [pod("x", { node: "a", cpu: "4", labels: { app: "x" } })] });
  const { attempt } = cluster.try(pod("p", { cpu: "1", priority: 1, spec: { affinity } }));
  assert.is(attempt.nominatedNodeName, null);
  assert.ok(
    attempt.message?.endsWith("preemption: 0/1 nodes are available: 1 node(s) didn't match pod affinity rules."),
  );
});

/** Candidates of a search over 300 full nodes with these settings. */
function search(
  args: Record<string, number>,
  stream: RandomStream | null,
  guarded: (i: number) => boolean = () => false,
) {
  const { configuration } = readSchedulerConfiguration({
    apiVersion: "kubescheduler.config.k8s.io/v1",
    kind: "KubeSchedulerConfiguration",
    profiles: [{ pluginConfig: [{ name: "DefaultPreemption", args }] }],
  });
  const names = Array.from({ length: 300 }, (_, i) => `n${String(i).padStart(3, "0")}`);
  const cluster = new Cluster(
    {
      nodes: names.map((n) => small(n)),
      pods: names.map((n, i) => pod(`low-${n}`, { node: n, cpu: "4", labels: guarded(i) ? { app: "db" } : {} })),
      podDisruptionBudgets: [budget("db", { app: "db" }, 0)],
    },
    configuration,
    stream === null ? {} : { stream },
  );
  return cluster.try(pod("p", { cpu: "4", priority: 100 })).trace.postFilter?.candidates?.map((c) => c.nodeName) ?? [];
}

test("the search stops at enough candidates: a share of the nodes, but at least a number", () => {
  assert.is(search({}, null).length, 100);
  assert.is(search({ minCandidateNodesPercentage: 50 }, null).length, 150);
  assert.is(search({ minCandidateNodesPercentage: 5, minCandidateNodesAbsolute: 3 }, null).length, 15);
  assert.is(search({ minCandidateNodesPercentage: 0, minCandidateNodesAbsolute: 3 }, null).length, 3);
  assert.is(search({ minCandidateNodesPercentage: 100, minCandidateNodesAbsolute: 1000 }, null).length, 300);
});

test("it goes on until one candidate breaks no budget, but keeps only enough of those that do", () => {
  const found = search({ minCandidateNodesPercentage: 0, minCandidateNodesAbsolute: 3 }, null, (i) => i < 10);
  assert.equal(found, ["n000", "n001", "n002", "n010"]);
});

test("the search begins at a random node", () => {
  const stream: RandomStream = { next: () => 0, nextDouble: () => 0, int: (n) => n - 2 };
  assert.equal(search({ minCandidateNodesPercentage: 0, minCandidateNodesAbsolute: 3 }, stream), [
    "n000",
    "n298",
    "n299",
  ]);
});

test("a dry run leaves the cluster as it was", () => {
  const cluster = new Cluster({
    nodes: [small("a"), small("b")],
    pods: [pod("x", { node: "a", cpu: "4" }), pod("y", { node: "b", cpu: "4" })],
  });
  const before = cluster.snapshot.nodes.map((n) => [n.name, n.requestedCpuMilli, keys(n.pods), n.generation]);
  cluster.try(pod("p", { cpu: "4", priority: 100 }));
  assert.equal(
    cluster.snapshot.nodes.map((n) => [n.name, n.requestedCpuMilli, keys(n.pods), n.generation]),
    before,
  );
});

test.run();
