// Remedies: each kind of objection gets its answer, and what is offered really helps when somebody does it.
import { test } from "uvu";
import * as assert from "uvu/assert";
import { type Remedy, remedies } from "../../sim/analysis/remedies.ts";
import type { ClusterObjects, Node, Pod, PodSpec } from "../../sim/model/objects.ts";
import { defaultSchedulerConfiguration } from "../../sim/model/read-scheduler-configuration.ts";
import { Scheduler } from "../../sim/scheduler/scheduler.ts";
import { Snapshot } from "../../sim/scheduler/snapshot.ts";
import { node, pod, ZONE } from "../scheduler/cluster.ts";
import { configurationOf, withArgs } from "../scheduler/decision-of.ts";
import { HOSTNAME } from "../scheduler/table/history.ts";
import { RandomCluster } from "../scheduler/table/random-cluster.ts";
import { formatMilli } from "./quantities.ts";

type Objects = Partial<ClusterObjects>;

function schedulerOn(objects: Objects, configuration = defaultSchedulerConfiguration()): Scheduler {
  return new Scheduler({ configuration, snapshot: Snapshot.of(objects), tieBreak: "heap" });
}

function remediesOf(objects: Objects, waiting: Pod, configuration = defaultSchedulerConfiguration()): Remedy[] {
  const scheduler = schedulerOn(objects, configuration);
  return remedies(scheduler, scheduler.snapshot.info(waiting), 5);
}

/** Where the pod goes on a cluster of its own. */
function placed(objects: Objects, what: Pod): string | null {
  const scheduler = schedulerOn(objects);
  return scheduler.attempt(scheduler.snapshot.info(what)).nodeName;
}

const withSpec = (p: Pod, spec: Partial<PodSpec>): Pod => ({ ...p, spec: { ...p.spec, ...spec } });
const asking = (name: string, requests: Record<string, string>, spec: Partial<PodSpec> = {}): Pod =>
  pod(name, { spec: { containers: [{ name: "main", resources: { requests } }], ...spec } });
const term = (topologyKey = HOSTNAME) => ({ topologyKey, labelSelector: { matchLabels: { app: "x" } } });
const constraint = (maxSkew: number) => ({ ...term(ZONE), maxSkew, whenUnsatisfiable: "DoNotSchedule" });
const tainted = (name: string, ...taints: { key: string; value?: string; effect: string }[]): Node => ({
  ...node(name),
  spec: { taints },
});
const onNode = (name: string, parts: Parameters<typeof pod>[1] = {}) =>
  pod(name, { node: "n", labels: { app: "x" }, ...parts });
const ports = { containers: [{ name: "main", ports: [{ containerPort: 80, hostPort: 80 }] }] };
const zones = [node("a", { [ZONE]: "1" }), node("b", { [ZONE]: "2" }, { pods: "0" })];
const threeOnA = [0, 1, 2].map((i) => pod(`x${i}`, { node: "a", labels: { app: "x" } }));

interface Case {
  readonly objects: Objects;
  readonly pod: Pod;
  readonly changes: readonly string[];
  /** The pod, or the cluster, as they are when somebody does that. */
  readonly mended: Pod | Objects;
  readonly node?: string;
}

const CASES: Record<string, Case> = {
  "an untolerated taint": {
    objects: { nodes: [tainted("n", { key: "gpu", value: "yes", effect: "NoSchedule" })] },
    pod: pod("p"),
    changes: ["tolerate taint gpu=yes:NoSchedule"],
    mended: pod("p", {
      spec: { tolerations: [{ key: "gpu", operator: "Equal", value: "yes", effect: "NoSchedule" }] },
    }),
  },
  "two taints, one of them tolerated, and one that only prefers": {
    objects: {
      nodes: [
        tainted(
          "n",
          { key: "a", effect: "NoExecute" },
          { key: "b", effect: "NoSchedule" },
          { key: "c", effect: "PreferNoSchedule" },
        ),
      ],
    },
    pod: pod("p", { spec: { tolerations: [{ key: "a", operator: "Exists" }] } }),
    changes: ["tolerate taint b:NoSchedule"],
    mended: pod("p", {
      spec: {
        tolerations: [
          { key: "a", operator: "Exists" },
          { key: "b", operator: "Exists" },
        ],
      },
    }),
  },
  "a cordoned node": {
    objects: { nodes: [{ ...node("n"), spec: { unschedulable: true } }] },
    pod: pod("p"),
    changes: ["uncordon node n"],
    mended: { nodes: [node("n")] },
  },
  "node affinity and selector": {
    objects: { nodes: [node("n")] },
    pod: pod("p", { spec: { nodeSelector: { disk: "ssd" } } }),
    changes: ["drop the pod's nodeSelector and required node affinity"],
    mended: pod("p"),
  },
  "host ports": {
    objects: { nodes: [node("n")], pods: [pod("there", { node: "n", spec: ports })] },
    pod: pod("p", { spec: ports }),
    changes: ["drop the pod's host ports"],
    mended: pod("p"),
  },
  "too little CPU": {
    objects: { nodes: [node("n")], pods: [pod("busy", { node: "n", cpu: "3" })] },
    pod: asking("p", { cpu: "1500m" }),
    changes: ["ask for 500m of 1500m cpu less"],
    mended: asking("p", { cpu: "1" }),
  },
  "too little CPU for a pod with overhead": {
    objects: { nodes: [node("n")], pods: [pod("busy", { node: "n", cpu: "3" })] },
    pod: asking("p", { cpu: "1500m" }, { overhead: { cpu: "100m" } }),
    changes: ["ask for 600m of 1600m cpu less"],
    mended: asking("p", { cpu: "900m" }, { overhead: { cpu: "100m" } }),
  },
  "too little of several": {
    objects: { nodes: [node("n", {}, { "example.com/gpu": "2", "ephemeral-storage": "1Gi" })] },
    pod: asking("p", { memory: "9Gi", "example.com/gpu": "3", "ephemeral-storage": "2Gi" }),
    changes: ["ask for 1024Mi of 9216Mi memory and 1024Mi of 2048Mi ephemeral-storage and 1 of 3 example.com/gpu less"],
    mended: asking("p", { memory: "8Gi", "example.com/gpu": "2", "ephemeral-storage": "1Gi" }),
  },
  "too many pods": {
    objects: { nodes: [node("n", {}, { pods: "1" })], pods: [pod("there", { node: "n" })] },
    pod: pod("p"),
    changes: ["let node n take more than 1 pods, or remove one of them"],
    mended: { nodes: [node("n", {}, { pods: "2" })], pods: [pod("there", { node: "n" })] },
  },
  "too many pods and too little CPU": {
    objects: { nodes: [node("n", {}, { pods: "1" })], pods: [pod("there", { node: "n", cpu: "3" })] },
    pod: asking("p", { cpu: "2" }),
    changes: ["let node n take more than 1 pods, or remove one of them", "ask for 1000m of 2000m cpu less"],
    mended: { nodes: [node("n")] },
  },
  "required affinity to pods": {
    objects: { nodes: [node("n")] },
    pod: pod("p", {
      spec: { affinity: { podAffinity: { requiredDuringSchedulingIgnoredDuringExecution: [term()] } } },
    }),
    changes: ["drop the pod's required affinity and anti-affinity to other pods"],
    mended: pod("p"),
  },
  "anti-affinity to pods": {
    objects: { nodes: [node("n")], pods: [onNode("x")] },
    pod: pod("p", {
      spec: { affinity: { podAntiAffinity: { requiredDuringSchedulingIgnoredDuringExecution: [term()] } } },
    }),
    changes: ["drop the pod's required affinity and anti-affinity to other pods"],
    mended: pod("p"),
  },
  "a skew that is too great": {
    objects: { nodes: zones, pods: threeOnA },
    pod: pod("p", { labels: { app: "x" }, spec: { topologySpreadConstraints: [constraint(1)] } }),
    changes: ["raise maxSkew of the hard spread constraints by 3"],
    mended: pod("p", { labels: { app: "x" }, spec: { topologySpreadConstraints: [constraint(4)] } }),
    node: "a",
  },
  "nodes without the label that is spread by": {
    objects: { nodes: [node("n")] },
    pod: pod("p", { spec: { topologySpreadConstraints: [constraint(1)] } }),
    changes: ["make the hard spread constraints soft (ScheduleAnyway)"],
    mended: pod("p", {
      spec: { topologySpreadConstraints: [{ ...constraint(1), whenUnsatisfiable: "ScheduleAnyway" }] },
    }),
  },
  "two objections of one node": {
    objects: {
      nodes: [tainted("n", { key: "t", effect: "NoSchedule" })],
      pods: [pod("busy", { node: "n", cpu: "3" })],
    },
    pod: asking("p", { cpu: "2" }),
    changes: ["tolerate taint t:NoSchedule", "ask for 1000m of 2000m cpu less"],
    mended: asking("p", { cpu: "1" }, { tolerations: [{ key: "t", operator: "Exists" }] }),
  },
  "one change of the pod and one of the cluster": {
    objects: { nodes: [{ ...node("n"), spec: { unschedulable: true } }] },
    pod: pod("p", { spec: { nodeSelector: { disk: "ssd" } } }),
    changes: ["uncordon node n", "drop the pod's nodeSelector and required node affinity"],
    // neither alone: the pod's part is done here, and a cordoned node still refuses it
    mended: { nodes: [{ ...node("n"), metadata: { name: "n", labels: { disk: "ssd" } } }] },
  },
};

for (const [name, { objects, pod: waiting, changes, mended, node: where = "n" }] of Object.entries(CASES)) {
  test(`${name}: ${changes.join(", and ")}`, () => {
    assert.is(placed(objects, waiting), null, "it waits");
    const found = remediesOf(objects, waiting);
    assert.equal(found[0], { changes, node: where });
    const [cluster, what] = "spec" in mended ? [objects, mended as Pod] : [mended as Objects, waiting];
    assert.is(placed(cluster, what), where, "and does no longer when that is done");
  });
}

test("nothing is offered that does not help", () => {
  // somebody else's anti-affinity stays when the pod drops its own
  const guard = {
    affinity: {
      podAntiAffinity: { requiredDuringSchedulingIgnoredDuringExecution: [{ ...term(), topologyKey: HOSTNAME }] },
    },
  };
  const guarded = { nodes: [node("n")], pods: [onNode("guard", { spec: guard })] };
  assert.equal(remediesOf(guarded, pod("p", { labels: { app: "x" }, spec: guard })), []);
  // nor when a change of the cluster is offered with it
  const cordoned = { ...guarded, nodes: [{ ...node("n"), spec: { unschedulable: true } }] };
  assert.equal(remediesOf(cordoned, pod("p", { labels: { app: "x" }, spec: guard })), []);
});

test("no answer: no nodes, claims that are missing, constraints that the pod did not write", () => {
  assert.equal(remediesOf({}, pod("p")), []);
  const claims = { volumes: [{ name: "v", persistentVolumeClaim: { claimName: "none" } }] };
  assert.equal(remediesOf({ nodes: [node("n")] }, pod("p", { spec: claims })), []);
  const defaults = withArgs("PodTopologySpread", {
    defaultingType: "List",
    defaultConstraints: [{ maxSkew: 1, topologyKey: ZONE, whenUnsatisfiable: "DoNotSchedule" }],
  });
  const services = [{ metadata: { name: "s", namespace: "default" }, spec: { selector: { app: "x" } } }];
  const spread = { nodes: zones, pods: threeOnA, services };
  for (const { changes } of remediesOf(spread, pod("p", { labels: { app: "x" } }), defaults))
    assert.equal(changes, ["let node b take more than 0 pods, or remove one of them"]);
});

test("the smallest first: one objection before two, little before much; equal ones once; at most as many as asked for", () => {
  const nodes = [
    tainted("both", { key: "t", effect: "NoSchedule" }),
    node("much"),
    node("little"),
    node("same"),
    tainted("free", { key: "u", effect: "NoSchedule" }),
  ];
  const busy = (name: string, cpu: string) => pod(`busy-${name}`, { node: name, cpu });
  const pods = [busy("both", "3"), busy("much", "3500m"), busy("little", "2500m"), busy("same", "2500m")];
  const found = remediesOf({ nodes, pods }, asking("p", { cpu: "2" }));
  assert.equal(
    found.map((r) => r.changes.join(" and ")),
    [
      "ask for 500m of 2000m cpu less",
      "tolerate taint u:NoSchedule",
      "ask for 1500m of 2000m cpu less",
      "tolerate taint t:NoSchedule and ask for 1000m of 2000m cpu less",
    ],
  );
  const scheduler = schedulerOn({ nodes, pods });
  assert.equal(remedies(scheduler, scheduler.snapshot.info(asking("p", { cpu: "2" })), 1), found.slice(0, 1));
});

test("filters that a profile does not run raise no objections", () => {
  const configuration = configurationOf({ plugins: { filter: { disabled: [{ name: "TaintToleration" }] } } });
  const objects = {
    nodes: [tainted("n", { key: "t", effect: "NoSchedule" })],
    pods: [pod("busy", { node: "n", cpu: "3" })],
  };
  assert.equal(remediesOf(objects, asking("p", { cpu: "2" }), configuration)[0]?.changes, [
    "ask for 1000m of 2000m cpu less",
  ]);
});

/** Does what a remedy says, to the pod or to the cluster. */
function perform(change: string, waiting: Pod, snapshot: Snapshot): Pod {
  const matched = (pattern: RegExp) => pattern.exec(change)?.slice(1);
  const taints = matched(/^tolerate taints? (.+)$/);
  if (taints !== undefined) {
    const added = taints[0]!.split(", ").map((text) => {
      const [, key = "", value = "", effect = ""] = /^([^=:]+)=?([^:]*):(.+)$/.exec(text) ?? [];
      return { key, operator: "Equal", value, effect };
    });
    return withSpec(waiting, { tolerations: [...(waiting.spec.tolerations ?? []), ...added] });
  }
  if (change.startsWith("drop the pod's nodeSelector")) {
    const affinity = structuredClone(waiting.spec.affinity ?? {}) as { nodeAffinity?: object };
    delete affinity.nodeAffinity;
    return withSpec(waiting, { nodeSelector: {}, affinity });
  }
  if (change.startsWith("drop the pod's required affinity")) {
    const affinity = structuredClone(waiting.spec.affinity ?? {}) as Record<string, Record<string, unknown>>;
    for (const part of ["podAffinity", "podAntiAffinity"])
      delete affinity[part]?.["requiredDuringSchedulingIgnoredDuringExecution"];
    return withSpec(waiting, { affinity: affinity as PodSpec["affinity"] });
  }
  const [first] = waiting.spec.containers;
  if (change === "drop the pod's host ports") return withSpec(waiting, { containers: [{ ...first!, ports: [] }] });
  const amounts = matched(/^ask for (.+) less$/);
  if (amounts !== undefined) {
    const requests: Record<string, string> = { ...first!.resources?.requests } as Record<string, string>;
    for (const text of amounts[0]!.split(" and ")) {
      const [, less = "", name = ""] = /^(\S+) of \S+ (\S+)$/.exec(text) ?? [];
      requests[name] = formatMilli(requests[name] ?? "0", less);
    }
    return withSpec(waiting, { containers: [{ ...first!, resources: { requests } }] });
  }
  const skew = matched(/^raise maxSkew of the hard spread constraints by (\d+)$/);
  const constraints = (waiting.spec.topologySpreadConstraints ?? []).map((c) => {
    if (c.whenUnsatisfiable !== "DoNotSchedule") return c;
    return skew === undefined
      ? { ...c, whenUnsatisfiable: "ScheduleAnyway" }
      : { ...c, maxSkew: c.maxSkew + Number(skew[0]) };
  });
  if (skew !== undefined || change.startsWith("make the hard spread constraints soft"))
    return withSpec(waiting, { topologySpreadConstraints: constraints });
  const name = (matched(/^uncordon node (\S+)$/) ?? matched(/^let node (\S+) take more/) ?? [])[0]!;
  const info = snapshot.node(name)!;
  const status = { ...info.node.status, allocatable: { ...info.node.status?.allocatable, pods: info.pods.length + 1 } };
  snapshot.updateNode(
    change.startsWith("uncordon")
      ? { ...info.node, spec: { ...info.node.spec, unschedulable: false } }
      : { ...info.node, status },
  );
  return waiting;
}

test("random clusters: whatever is offered, once it is done, the pod gets a node", () => {
  const kinds = new Map<string, number>();
  for (let seed = 1; seed <= 40; seed++) {
    const cluster = new RandomCluster(seed, { racks: 3, tinyNodes: 0.5 }, 3 + (seed % 4));
    const { snapshot, history } = cluster;
    const scheduler = new Scheduler({
      configuration: defaultSchedulerConfiguration(),
      snapshot,
      tieBreak: "heap",
      plain: true,
    });
    for (let i = 0; i < 25; i++) {
      const waiting = history.pod();
      const info = snapshot.info(waiting);
      if (scheduler.decidePlain(info).chosen !== null) continue;
      for (const { changes, node: where } of remedies(scheduler, info, 5)) {
        const kept = snapshot.node(where)!.node;
        const changed = changes.reduce((p, change) => perform(change, p, snapshot), waiting);
        const { chosen, message } = { message: "", ...scheduler.decidePlain(snapshot.info(changed)) };
        assert.ok(
          chosen !== null,
          `seed ${seed}: ${changes.join(", and ")} for ${JSON.stringify(waiting.spec)} ${message}`,
        );
        snapshot.updateNode(kept);
        for (const change of changes) {
          const kind = change
            .split(" ")
            .slice(0, 3)
            .join(" ")
            .replace(/[\d.]+\w*/g, "N");
          kinds.set(kind, (kinds.get(kind) ?? 0) + 1);
        }
      }
    }
  }
  const count = [...kinds.values()].reduce((a, b) => a + b, 0);
  assert.ok(kinds.size >= 6 && count > 300, JSON.stringify([...kinds]));
});

test.run();
