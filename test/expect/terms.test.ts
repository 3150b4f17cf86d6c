// What functions of objects give, and that sums kept change by change equal those counted anew.
import { test } from "uvu";
import * as assert from "uvu/assert";
import { deployment, ExpectRig } from "./rig.ts";

/** Does the state hold at the end? */
function holds(text: string, fill: (rig: ExpectRig) => void): boolean {
  const rig = new ExpectRig([text]);
  fill(rig.begin());
  return rig.to(1).finish()[0]!.holds;
}

interface PodParts {
  readonly labels?: Readonly<Record<string, string>>;
  readonly node?: string;
  readonly phase?: string;
  readonly ready?: boolean;
  readonly restarts?: number;
  readonly waiting?: string;
  readonly owner?: string;
}

function pod(
  name: string,
  { labels, node, owner, phase = "Running", ready, restarts = 0, waiting }: PodParts = {},
): object {
  return {
    metadata: {
      name,
      labels,
      ...(owner === undefined ? {} : { ownerReferences: [{ kind: "ReplicaSet", name: owner, controller: true }] }),
    },
    spec: { containers: [], nodeName: node },
    status: {
      phase,
      conditions: [{ type: "Ready", status: ready === true ? "True" : "False" }],
      containerStatuses: [
        { restartCount: restarts, state: waiting === undefined ? {} : { waiting: { reason: waiting } } },
      ],
    },
  };
}

const node = (name: string, zone: string, ready = "True") => ({
  metadata: { name, labels: { "topology.kubernetes.io/zone": zone, "kubedrill.dev/pool": "general" } },
  spec: {
    taints: [
      { key: "dedicated", effect: "NoSchedule" },
      { key: "b", effect: "NoExecute" },
    ],
  },
  status: { conditions: [{ type: "Ready", status: ready, reason: "KubeletReady" }] },
});

test("numbers of workloads, by kind", () => {
  const daemons = {
    metadata: { name: "a" },
    status: { desiredNumberScheduled: 4, numberReady: 3, numberAvailable: 2, updatedNumberScheduled: 1 },
  };
  const cases: readonly (readonly [string, (rig: ExpectRig) => void])[] = [
    [
      "replicas(deployment/web) == 3 and ready(deployment/web) == 2 and unavailable(deployment/web) == 1",
      (r) => r.set("deployments", deployment(2)),
    ],
    [
      "replicas(ds/a) == 4 and ready(ds/a) == 3 and available(ds/a) == 2 and updated(ds/a) == 1",
      (r) => r.set("daemonSets", daemons),
    ],
    [
      "succeeded(job/j) == 2 and failed(job/j) == 1 and active(job/j) == 3",
      (r) => r.set("jobs", { metadata: { name: "j" }, status: { succeeded: 2, failed: 1, active: 3 } }),
    ],
    ["active(cronjob/c) == 2", (r) => r.set("cronJobs", { metadata: { name: "c" }, status: { active: [{}, {}] } })],
    [
      "disruptionsAllowed(pdb/p) == 1",
      (r) => r.set("podDisruptionBudgets", { metadata: { name: "p" }, status: { disruptionsAllowed: 1 } }),
    ],
    [
      "number(hpa/h, status.desiredReplicas) == 7",
      (r) => r.set("horizontalPodAutoscalers", { metadata: { name: "h" }, status: { desiredReplicas: 7 } }),
    ],
    [
      "ready(pod/p) == 1 and phase(pod/p) == Running and node(pod/p) == n",
      (r) => r.set("pods", pod("p", { ready: true, node: "n" })),
    ],
    [
      "holder(lease/kube-system/x) == me",
      (r) => r.set("leases", { metadata: { name: "x", namespace: "kube-system" }, spec: { holderIdentity: "me" } }),
    ],
  ];
  for (const [text, fill] of cases) assert.ok(holds(text, fill), text);
});

test("rolledOut asks what kubectl rollout status asks", () => {
  const rolledOut = (object: object) => holds("rolledOut(deployment/web)", (rig) => rig.set("deployments", object));
  const done = deployment(3) as { metadata: object; status: object };
  assert.ok(rolledOut(done));
  assert.not(rolledOut({ ...done, metadata: { name: "web", generation: 2 } }), "the newest template is not observed");
  assert.not(rolledOut({ ...done, status: { ...done.status, updatedReplicas: 2 } }), "not all are updated");
  assert.not(rolledOut({ ...done, status: { ...done.status, replicas: 4 } }), "old ones are left");
  assert.not(rolledOut({ ...done, status: { ...done.status, availableReplicas: 2 } }), "not all are available");
  assert.not(
    holds("rolledOut(deployment/web)", () => undefined),
    "it is not there",
  );
});

test("an object that is not there, or no longer, has 0, none and false", () => {
  const text = "ready(pod/p) == 0 and phase(pod/p) == none and not exists(pod/p) and condition(pod/p, Ready) == none";
  assert.ok(holds(text, () => undefined));
  assert.ok(holds(text, (rig) => rig.set("pods", pod("p", { ready: true })).remove("pods", "default/p")));
});

test("conditions, taints, labels, annotations, fields", () => {
  const fill = (rig: ExpectRig) => rig.set("nodes", node("a-1", "a", "Unknown"));
  for (const text of [
    "condition(node/a-1, Ready) == Unknown",
    "reason(node/a-1, Ready) == KubeletReady",
    "tainted(node/a-1, dedicated)",
    "not tainted(node/a-1, dedi)",
    "label(node/a-1, topology.kubernetes.io/zone) == a",
    "annotation(node/a-1, x) == none",
    "field(node/a-1, status.conditions.0.status) == Unknown",
  ])
    assert.ok(holds(text, fill), text);
});

test("filters: fields, labels, nodes of pods, globs, presence", () => {
  const fill = (rig: ExpectRig) => {
    rig.set("nodes", node("a-1", "a")).set("nodes", node("b-1", "b", "False"));
    rig.set("pods", pod("web-1", { labels: { app: "web" }, node: "a-1", ready: true, owner: "web-7f" }));
    rig.set(
      "pods",
      pod("web-2", { labels: { app: "web" }, node: "b-1", restarts: 4, waiting: "CrashLoopBackOff", owner: "web-7f" }),
    );
    rig.set("pods", pod("job-1", { labels: { phase: "blue" }, phase: "Pending" }));
  };
  for (const [filters, count] of [
    ["", 3],
    [", app=web", 2],
    [", app!=web", 1],
    [", app", 2],
    [", !app", 1],
    [", node.zone=a", 1],
    [", node.zone!=a", 2],
    [", node.pool=general, ready=true", 1],
    [", node.ready=False", 1],
    [", name=web-*", 2],
    [", name=*-1", 2],
    [", phase=Pending", 1],
    [", label.phase=blue", 1],
    [", waiting=CrashLoopBackOff", 1],
    [", owner=rs/web-7f", 2],
    [", scheduled=false", 1],
    [", namespace=other", 0],
    [", deleting=true", 0],
  ] as const)
    assert.ok(holds(`count(pods${filters}) == ${count}`, fill), filters);
  assert.ok(
    holds("count(nodes, taint=dedicated) == 2 and count(nodes, zone=a, ready=True, schedulable=true) == 1", fill),
  );
  assert.ok(holds("distinct(pods, node.zone, app=web) == 2 and distinct(pods, app) == 1", fill));
  assert.ok(holds("restarts(pods, app=web) == 4 and restarts(pod/web-2) == 4", fill));
});

test("ready endpoints of a Service, over its slices", () => {
  const slice = (name: string, ready: readonly boolean[]) => ({
    metadata: { name, labels: { "kubernetes.io/service-name": "web" } },
    endpoints: ready.map((r) => ({ addresses: [], conditions: { ready: r } })),
  });
  const fill = (rig: ExpectRig) =>
    rig
      .set("endpointSlices", slice("web-a", [true, false]))
      .set("endpointSlices", slice("web-b", [true]))
      .set("endpointSlices", slice("web-a", [true, true]));
  assert.ok(holds("ready(service/web) == 3", fill));
  assert.ok(holds("ready(service/web) == 1", (rig) => fill(rig).remove("endpointSlices", "default/web-a")));
});

test("created, deleted and events count what happens after the run has begun; a repeated Event counts by its count", () => {
  const event = (name: string, count: number) => ({
    metadata: { name },
    involvedObject: { kind: "Pod", name: "web-1" },
    reason: "FailedScheduling",
    message: "0/3 nodes are available",
    type: "Warning",
    source: { component: "default-scheduler" },
    count,
  });
  const texts = [
    "created(pods) == 1 and deleted(pods) == 2",
    "events(reason=FailedScheduling) == 4",
    "events(object=pod/web-1, type=Warning, source=default-scheduler) == 4",
    "events(message=0/3*) == 4 and events(reason=Other) == 0",
  ];
  const rig = new ExpectRig(texts).set("pods", pod("old")).set("events", event("before", 9)).begin();
  rig.set("pods", pod("new")).remove("pods", "default/old").remove("pods", "default/new");
  rig
    .set("events", event("a", 1))
    .set("events", event("a", 3))
    .set("events", event("b", 1))
    .remove("events", "default/a");
  assert.equal(
    rig
      .to(1)
      .finish()
      .map((j) => j.holds),
    [true, true, true, true],
  );
});

test("sums that follow every change equal those counted anew", () => {
  const texts = [
    "count(pods, app=web, node.zone=a) < 0",
    "distinct(pods, node.zone, ready=true) < 0",
    "restarts(pods, app=web) < 0",
  ];
  const rig = new ExpectRig(texts).begin();
  const stream = rig.engine.stream("test");
  const pods = new Map<string, { zone: string; app: string; ready: boolean; restarts: number }>();
  const zones = ["a", "b", "c"];
  const nodeZones = new Map<string, string>();
  for (let step = 0; step < 2000; step++) {
    const name = `p${stream.int(12)}`;
    const kind = stream.int(10);
    if (kind < 2) {
      const n = `n${stream.int(4)}`;
      nodeZones.set(n, zones[stream.int(3)]!);
      rig.set("nodes", node(n, nodeZones.get(n)!));
    } else if (kind < 4 && pods.has(name)) {
      pods.delete(name);
      rig.remove("pods", `default/${name}`);
    } else {
      const facts = {
        zone: `n${name.charCodeAt(1) % 4}`,
        app: ["web", "db"][stream.int(2)]!,
        ready: stream.int(2) === 0,
        restarts: stream.int(3),
      };
      pods.set(name, facts);
      rig.set(
        "pods",
        pod(name, { labels: { app: facts.app }, node: facts.zone, ready: facts.ready, restarts: facts.restarts }),
      );
    }
  }
  const all = [...pods.values()].map((p) => ({ ...p, zone: nodeZones.get(p.zone) }));
  const [count, distinct, restarts] = rig.to(1).finish();
  assert.is(count!.actual, all.filter((p) => p.app === "web" && p.zone === "a").length);
  assert.is(distinct!.actual, new Set(all.filter((p) => p.ready).map((p) => p.zone)).size);
  assert.is(
    restarts!.actual,
    all.filter((p) => p.app === "web").reduce((sum, p) => sum + p.restarts, 0),
  );
});

test.run();
