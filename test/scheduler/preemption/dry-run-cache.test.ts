// Outcomes of dry runs are kept while nodes do not change: an evaluator that keeps them must come to what a new one does,
// whatever happens to the cluster in between.
import fc from "fast-check";
import { test } from "uvu";
import * as assert from "uvu/assert";
import type { Node, Pod } from "../../../sim/model/objects.ts";
import type { PostFilterResult } from "../../../sim/scheduler/framework.ts";
import { PreemptionEvaluator } from "../../../sim/scheduler/preemption/evaluator.ts";
import type { PodInfo } from "../../../sim/scheduler/shape.ts";
import { budget, Cluster, node, pod } from "../cluster.ts";

const NODES = ["a", "b", "c", "d"];
const ARGS = { minCandidateNodesPercentage: 10, minCandidateNodesAbsolute: 100 };
const HOSTNAME = "kubernetes.io/hostname";

// preemptors: most can be kept, those with affinity or spreading cannot
const WANTED: readonly Partial<Pod["spec"]>[] = [
  {},
  {
    containers: [{ name: "main", ports: [{ containerPort: 80, hostPort: 80 }], resources: { requests: { cpu: "1" } } }],
  },
  { nodeSelector: { disk: "fast" } },
  {
    affinity: {
      podAntiAffinity: {
        requiredDuringSchedulingIgnoredDuringExecution: [
          { topologyKey: HOSTNAME, labelSelector: { matchLabels: { app: "x" } } },
        ],
      },
    },
  },
  {
    topologySpreadConstraints: [
      {
        maxSkew: 1,
        topologyKey: HOSTNAME,
        whenUnsatisfiable: "DoNotSchedule",
        labelSelector: { matchLabels: { app: "x" } },
      },
    ],
  },
];

/** What follows an attempt that preempts: the victims go, and perhaps the pod comes. */
type After = "nothing" | "nominate" | "place";

type Step =
  | {
      readonly kind: "try";
      readonly spec: number;
      readonly priority: number;
      readonly cpu: number;
      readonly after: After;
    }
  | {
      readonly kind: "add";
      readonly node: number;
      readonly priority: number;
      readonly cpu: number;
      readonly started: number | null;
      readonly app: boolean;
      readonly port: boolean;
    }
  | { readonly kind: "remove"; readonly which: number }
  | { readonly kind: "start"; readonly which: number; readonly at: number }
  | { readonly kind: "label"; readonly node: number; readonly fast: boolean; readonly taint: boolean }
  | { readonly kind: "nominate"; readonly node: number; readonly priority: number; readonly clear: boolean }
  | { readonly kind: "budget"; readonly allowed: number };

const index = fc.nat({ max: NODES.length - 1 });
const any = fc.nat({ max: 99 });
const kind = <K extends Step["kind"]>(name: K) => fc.constant(name);
// few different pods, tried often: only then is there something to keep
const step: fc.Arbitrary<Step> = fc.oneof(
  {
    weight: 10,
    arbitrary: fc.record({
      kind: kind("try"),
      spec: fc.constantFrom(0, 0, 0, 1, 2, 3, 4),
      priority: fc.constantFrom(5, 10),
      cpu: fc.constantFrom(2, 4),
      after: fc.constantFrom<After>("nothing", "nothing", "nothing", "nominate", "place"),
    }),
  },
  {
    weight: 4,
    arbitrary: fc.record({
      kind: kind("add"),
      node: index,
      priority: fc.constantFrom(0, 1, 5),
      cpu: fc.constantFrom(0, 1, 2),
      started: fc.option(fc.nat({ max: 50 }), { freq: 2 }),
      app: fc.boolean(),
      port: fc.constantFrom(false, false, true),
    }),
  },
  { weight: 1, arbitrary: fc.record({ kind: kind("remove"), which: any }) },
  { weight: 3, arbitrary: fc.record({ kind: kind("start"), which: any, at: fc.nat({ max: 50 }) }) },
  { weight: 1, arbitrary: fc.record({ kind: kind("label"), node: index, fast: fc.boolean(), taint: fc.boolean() }) },
  {
    weight: 3,
    arbitrary: fc.record({
      kind: kind("nominate"),
      node: index,
      priority: fc.constantFrom(5, 10),
      clear: fc.boolean(),
    }),
  },
  { weight: 2, arbitrary: fc.record({ kind: kind("budget"), allowed: fc.nat({ max: 2 }) }) },
);

function described(result: PostFilterResult) {
  const names = (pods: readonly PodInfo[]) => pods.map((p) => p.key);
  return {
    reasons: result.status?.reasons ?? null,
    nominated: result.nominatedNodeName,
    victims: names(result.victims),
    candidates: result.candidates?.map((c) => [c.nodeName, names(c.victims), c.pdbViolations]),
    tied: result.tiedNodes,
  };
}

/** Runs the steps; at every attempt that fails, both evaluators must agree. Returns how often they were asked. */
function compare(steps: readonly Step[]): number {
  const cluster = new Cluster({ nodes: NODES.map((n) => node(n, { disk: "fast" })) });
  const { snapshot, scheduler } = cluster;
  const profile = [...scheduler.profiles.values()][0]!;
  const keeping = new PreemptionEvaluator(profile, ARGS);
  const running = () => snapshot.nodes.flatMap((n) => n.pods);
  let asked = 0;
  steps.forEach((step, i) => {
    switch (step.kind) {
      case "try": {
        const info = snapshot.info(
          pod(`p${i}`, {
            cpu: String(step.cpu),
            priority: step.priority,
            labels: { app: "x" },
            spec: WANTED[step.spec] ?? {},
          }),
        );
        const cycle = scheduler.decidePlain(info);
        if (cycle.outcome !== "unschedulable") return;
        asked++;
        const kept = described(keeping.preempt(cycle.state, info, cycle.statuses));
        const anew = described(new PreemptionEvaluator(profile, ARGS).preempt(cycle.state, info, cycle.statuses));
        assert.equal(kept, anew);
        if (step.after === "nothing") return;
        const attempt = scheduler.attempt(info);
        for (const victim of attempt.victims) snapshot.removePod(victim);
        if (step.after === "place" && attempt.nominatedNodeName !== null) scheduler.attempt(info);
        return;
      }
      case "add": {
        const info = snapshot.info(
          pod(`low${i}`, {
            cpu: String(step.cpu),
            priority: step.priority,
            labels: step.app ? { app: "x" } : {},
            ...(step.started === null ? {} : { started: step.started }),
            ...(step.port ? { spec: WANTED[1] ?? {} } : {}),
          }),
        );
        info.nodeName = NODES[step.node] as string;
        snapshot.addPod(info);
        return;
      }
      case "remove": {
        const pods = running();
        if (pods.length > 0) snapshot.removePod(pods[step.which % pods.length] as PodInfo);
        return;
      }
      case "start": {
        const waiting = running().filter((p) => Number.isNaN(p.startTimeMicros));
        if (waiting.length > 0) (waiting[step.which % waiting.length] as PodInfo).startTimeMicros = step.at * 1e6;
        return;
      }
      case "label": {
        const name = NODES[step.node] as string;
        const changed: Node = {
          ...node(name, step.fast ? { disk: "fast" } : {}),
          spec: { taints: step.taint ? [{ key: "k", effect: "NoSchedule" }] : [] },
        };
        snapshot.updateNode(changed);
        return;
      }
      case "nominate": {
        const name = NODES[step.node] as string;
        const nominated = snapshot.nominated.get(name)?.[0];
        if (!step.clear) snapshot.nominate(snapshot.info(pod(`n${i}`, { cpu: "2", priority: step.priority })), name);
        else if (nominated !== undefined) snapshot.clearNomination(nominated);
        return;
      }
      case "budget":
        snapshot.setObjects("podDisruptionBudgets", [budget("x", { app: "x" }, step.allowed)]);
    }
  });
  return asked;
}

test("a kept outcome is the one that a new dry run would have", () => {
  let asked = 0;
  fc.assert(
    fc.property(fc.array(step, { minLength: 30, maxLength: 120, size: "max" }), (steps) => {
      asked += compare(steps);
    }),
    { seed: 20260101, numRuns: 300 },
  );
  assert.ok(asked > 800, `${asked} comparisons`);
});

test("outcomes are really kept: a second search filters changed nodes only", () => {
  const cluster = new Cluster({
    nodes: NODES.map((n) => node(n)),
    pods: NODES.map((n) => pod(`low-${n}`, { node: n, cpu: "4" })),
  });
  const profile = [...cluster.scheduler.profiles.values()][0]!;
  const filtered: string[] = [];
  const counting = Object.create(profile, {
    filterWithNominatedPods: {
      value: (...args: Parameters<typeof profile.filterWithNominatedPods>) => {
        filtered.push(args[2].name);
        return profile.filterWithNominatedPods(...args);
      },
    },
  }) as typeof profile;
  const evaluator = new PreemptionEvaluator(counting, ARGS);
  const info = cluster.snapshot.info(pod("p", { cpu: "4", priority: 1 }));
  const search = () => {
    filtered.length = 0;
    const cycle = cluster.scheduler.decidePlain(info);
    evaluator.preempt(cycle.state, info, cycle.statuses);
    return [...new Set(filtered)];
  };
  assert.equal(search(), NODES);
  assert.equal(search(), []);
  const extra = cluster.snapshot.info(pod("extra", { node: "c" }));
  cluster.snapshot.addPod(extra);
  assert.equal(search(), ["c"]);
});

test.run();
