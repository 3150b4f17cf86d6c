// The node table against the plain evaluation, for tests: two schedulers live through the same random history of pods, nodes, services
// and nominations, one with the table and one without, and must take the same decisions with the same totals and texts.
import * as assert from "uvu/assert";
import { createStream, type RandomStream } from "../../../sim/engine/random.ts";
import type {
  LabelSelector,
  Node,
  Pod,
  PodSpec,
  Service,
  TopologySpreadConstraint,
} from "../../../sim/model/objects.ts";
import type { TieBreak } from "../../../sim/scheduler/ranking.ts";
import { Scheduler } from "../../../sim/scheduler/scheduler.ts";
import type { PodInfo } from "../../../sim/scheduler/shape.ts";
import { Snapshot } from "../../../sim/scheduler/snapshot.ts";
import { schedulerConfiguration } from "./configurations.ts";

const ZONE = "topology.kubernetes.io/zone";
const HOSTNAME = "kubernetes.io/hostname";
const RACK = "rack";

class History {
  private readonly random: RandomStream;
  readonly nodes = new Map<string, Node>();
  private nodeNumber = 0;
  private podNumber = 0;
  readonly templates: { readonly namespace: string; readonly labels: Record<string, string>; readonly spec: PodSpec }[];

  constructor(seed: number) {
    this.random = createStream(seed, "twin");
    this.templates = Array.from({ length: 3 + this.random.int(10) }, () => this.template());
  }

  chance(share: number): boolean {
    return this.random.next() < share;
  }

  int(n: number): number {
    return this.random.int(n);
  }

  pick<T>(list: readonly T[]): T {
    return list[this.random.int(list.length)] as T;
  }

  node(name = `node-${this.nodeNumber++}`): Node {
    const labels: Record<string, string> = {};
    if (this.chance(0.95)) labels[HOSTNAME] = name;
    if (this.chance(0.9)) labels[ZONE] = this.pick(["a", "b", "c"]);
    if (this.chance(0.7)) labels[RACK] = `r${this.int(6)}`;
    if (this.chance(0.5)) labels["disk"] = this.pick(["ssd", "hdd"]);
    const taints = [];
    if (this.chance(0.15)) taints.push({ key: "gpu", value: "x", effect: "NoSchedule" });
    if (this.chance(0.3)) taints.push({ key: "busy", effect: "PreferNoSchedule" });
    if (this.chance(0.15)) taints.push({ key: "old", effect: "PreferNoSchedule" });
    const big = this.chance(0.5);
    const resources: Record<string, string> = {
      cpu: big ? "8" : "3500m",
      memory: big ? "32Gi" : "9Gi",
      pods: this.chance(0.3) ? "6" : "30",
    };
    if (this.chance(0.4)) resources["nvidia.com/gpu"] = this.pick(["1", "4"]);
    if (this.chance(0.4)) resources["ephemeral-storage"] = "50Gi";
    const images = this.chance(0.5) ? [{ names: ["web:1"], sizeBytes: 400_000_000 + this.int(5) * 100_000_000 }] : [];
    return {
      apiVersion: "v1",
      kind: "Node",
      metadata: { name, labels },
      spec: { taints, unschedulable: this.chance(0.05) },
      status: { allocatable: resources, images },
    };
  }

  private template() {
    const labels = { app: this.pick(["x", "y", "z"]), tier: this.pick(["1", "2"]) };
    const namespace = this.pick(["default", "other"]);
    const selector = (): LabelSelector => ({
      matchLabels: this.chance(0.5) ? { app: this.pick(["x", "y", "z"]) } : { tier: this.pick(["1", "2"]) },
    });
    const key = () => this.pick([ZONE, HOSTNAME, RACK, "nowhere"]);
    const term = () => ({
      labelSelector: selector(),
      topologyKey: key(),
      ...(this.chance(0.2) ? { namespaces: ["default", "other"] } : {}),
      ...(this.chance(0.1) ? { namespaceSelector: { matchLabels: { team: "t" } } } : {}),
    });
    const requests: Record<string, string> = {};
    if (this.chance(0.9)) requests["cpu"] = this.pick(["100m", "250m", "1", "2"]);
    if (this.chance(0.8)) requests["memory"] = this.pick(["128Mi", "500Mi", "2Gi"]);
    if (this.chance(0.15)) requests["nvidia.com/gpu"] = "1";
    if (this.chance(0.1)) requests["ephemeral-storage"] = "10Gi";
    const affinity: Record<string, unknown> = {};
    if (this.chance(0.25)) {
      affinity["nodeAffinity"] = {
        ...(this.chance(0.5)
          ? {
              requiredDuringSchedulingIgnoredDuringExecution: {
                nodeSelectorTerms: [
                  { matchExpressions: [{ key: "disk", operator: this.pick(["In", "NotIn"]), values: ["ssd"] }] },
                ],
              },
            }
          : {}),
        preferredDuringSchedulingIgnoredDuringExecution: [
          {
            weight: 1 + this.int(50),
            preference: { matchExpressions: [{ key: ZONE, operator: "In", values: [this.pick(["a", "b"])] }] },
          },
          { weight: 7, preference: { matchExpressions: [{ key: RACK, operator: "Exists" }] } },
        ],
      };
    }
    const podTerms = (required: number, preferred: number) => ({
      ...(this.chance(required)
        ? { requiredDuringSchedulingIgnoredDuringExecution: [term(), ...(this.chance(0.3) ? [term()] : [])] }
        : {}),
      ...(this.chance(preferred)
        ? {
            preferredDuringSchedulingIgnoredDuringExecution: [
              { weight: 1 + this.int(100), podAffinityTerm: term() },
              ...(this.chance(0.4) ? [{ weight: 1 + this.int(100), podAffinityTerm: term() }] : []),
            ],
          }
        : {}),
    });
    if (this.chance(0.3)) affinity["podAffinity"] = podTerms(0.3, 0.8);
    if (this.chance(0.35)) affinity["podAntiAffinity"] = podTerms(0.5, 0.7);
    const constraints: TopologySpreadConstraint[] = [];
    if (this.chance(0.4)) {
      for (let i = 0; i <= this.int(3); i++) {
        const whenUnsatisfiable = this.pick(["DoNotSchedule", "ScheduleAnyway"]);
        constraints.push({
          maxSkew: 1 + this.int(3),
          topologyKey: this.pick([ZONE, HOSTNAME, RACK]),
          whenUnsatisfiable,
          ...(whenUnsatisfiable === "DoNotSchedule" && this.chance(0.2) ? { minDomains: 2 + this.int(3) } : {}),
          labelSelector: selector(),
          ...(this.chance(0.3) ? { nodeTaintsPolicy: "Honor" } : {}),
          ...(this.chance(0.2) ? { nodeAffinityPolicy: "Ignore" } : {}),
        });
      }
    }
    // the API refuses two constraints with the same key and mode
    const distinct = constraints.filter(
      (c, i) =>
        constraints.findIndex((d) => d.topologyKey === c.topologyKey && d.whenUnsatisfiable === c.whenUnsatisfiable) ===
        i,
    );
    const spec: PodSpec = {
      containers: [
        {
          name: "c",
          image: this.pick(["web:1", "db:2"]),
          resources: { requests },
          ports: this.chance(0.1) ? [{ containerPort: 80, hostPort: 8000 + this.int(2) }] : [],
        },
      ],
      priority: this.pick([0, 0, 10, 100]),
      schedulerName: "default-scheduler",
      tolerations: this.chance(0.3)
        ? [{ key: "gpu", operator: "Exists" }]
        : this.chance(0.2)
          ? [{ key: "busy", operator: "Exists" }]
          : [],
      ...(Object.keys(affinity).length > 0 ? { affinity: affinity as PodSpec["affinity"] } : {}),
      ...(distinct.length > 0 ? { topologySpreadConstraints: distinct } : {}),
      ...(this.chance(0.1) ? { nodeSelector: { disk: "ssd" } } : {}),
    };
    return { namespace, labels, spec };
  }

  pod(): Pod {
    const t = this.pick(this.templates);
    const name = `pod-${this.podNumber++}`;
    const metadata = { name, namespace: t.namespace, uid: name, labels: t.labels };
    return { apiVersion: "v1", kind: "Pod", metadata, spec: t.spec, status: {} };
  }
}

/** One of the two schedulers with the pods that it placed. */
class Twin {
  readonly snapshot = new Snapshot();
  readonly scheduler: Scheduler;
  readonly placed = new Map<string, PodInfo>();
  /** Nominated pods that wait for their next attempt, by name. */
  readonly waiting = new Map<string, PodInfo>();

  constructor(plain: boolean, tieBreak: TieBreak, percentage: number, variant: string, seed: number) {
    this.scheduler = new Scheduler({
      configuration: schedulerConfiguration(variant, percentage),
      snapshot: this.snapshot,
      tieBreak,
      stream: createStream(seed, "ties"),
      plain,
    });
  }

  attempt(pod: Pod): string {
    // a pod that was nominated is tried again as the same pod
    const info = this.waiting.get(pod.metadata.name) ?? this.snapshot.info(pod);
    info.startTimeMicros = this.placed.size;
    const a = this.scheduler.attempt(info);
    const victims = a.victims.map((v) => v.key);
    for (const victim of a.victims) {
      this.snapshot.removePod(victim);
      this.placed.delete(victim.key);
    }
    this.waiting.delete(pod.metadata.name);
    if (a.nodeName !== null) this.placed.set(info.key, info);
    else if (info.nominatedNodeName !== "") this.waiting.set(pod.metadata.name, info);
    const rejectors = [...a.rejectors].sort();
    const statuses = [...a.statuses].sort();
    return JSON.stringify([
      a.outcome,
      a.nodeName,
      a.score,
      a.feasibleCount,
      a.evaluatedCount,
      a.message,
      a.nominatedNodeName,
      victims,
      rejectors,
      statuses,
    ]);
  }

  remove(key: string): void {
    const info = this.placed.get(key) as PodInfo;
    this.snapshot.removePod(info);
    this.placed.delete(key);
  }

  dropNode(name: string): void {
    for (const pod of [...(this.snapshot.node(name)?.pods ?? [])]) {
      this.snapshot.removePod(pod);
      this.placed.delete(pod.key);
    }
    for (const pod of [...(this.snapshot.nominated.get(name) ?? [])]) this.snapshot.clearNomination(pod);
    this.snapshot.removeNode(name);
  }
}

function live(
  seed: number,
  nodes: number,
  steps: number,
  tieBreak: TieBreak,
  percentage: number,
  variant: string,
): { scheduled: number; served: number } {
  const history = new History(seed);
  const twins = [
    new Twin(false, tieBreak, percentage, variant, seed),
    new Twin(true, tieBreak, percentage, variant, seed),
  ] as const;
  const both = (act: (twin: Twin) => void) => twins.forEach(act);
  both((t) => t.snapshot.setNamespace({ metadata: { name: "default", labels: { team: "t" } } }));
  both((t) => t.snapshot.setNamespace({ metadata: { name: "other" } }));
  const addNode = () => {
    const node = history.node();
    history.nodes.set(node.metadata.name, node);
    both((t) => t.snapshot.addNode(node));
  };
  for (let i = 0; i < nodes; i++) addNode();
  let scheduled = 0;
  for (let step = 0; step < steps; step++) {
    const draw = history.int(1000);
    if (draw < 800) {
      const waiting = [...twins[0].waiting.values()];
      const pod = waiting.length > 0 && history.chance(0.3) ? history.pick(waiting).pod : history.pod();
      const [table, plain] = twins.map((t) => t.attempt(pod));
      assert.is(
        table,
        plain,
        `seed ${seed}, ${tieBreak}, ${percentage} %, ${variant}: step ${step}, ${pod.metadata.name} ${JSON.stringify(pod.spec)}`,
      );
      if (table?.startsWith('["scheduled"')) scheduled++;
    } else if (draw < 930) {
      const keys = [...twins[0].placed.keys()];
      if (keys.length > 0) {
        const key = history.pick(keys);
        both((t) => t.remove(key));
      }
    } else if (draw < 945) addNode();
    else if (draw < 955 && history.nodes.size > 2) {
      const name = history.pick([...history.nodes.keys()]);
      history.nodes.delete(name);
      both((t) => t.dropNode(name));
    } else if (draw < 985) {
      const node = history.node(history.pick([...history.nodes.keys()]));
      history.nodes.set(node.metadata.name, node);
      both((t) => t.snapshot.updateNode(node));
    } else if (draw < 995) {
      const services: Service[] = ["x", "y"]
        .filter(() => history.chance(0.5))
        .map((app) => ({ metadata: { name: app, namespace: "default" }, spec: { selector: { app } } }));
      both((t) => t.snapshot.setObjects("services", services));
    } else {
      const labels: Record<string, string> = history.chance(0.5) ? { team: "t" } : {};
      both((t) => t.snapshot.setNamespace({ metadata: { name: "other", labels } }));
    }
  }
  return { scheduled, served: twins[0].scheduler.tableCycles };
}

const VARIANTS = ["default", "mostAllocated", "ratio", "noDefaultSpread", "listDefaults", "weights", "added"];

export const TIE_BREAKS: readonly TieBreak[] = ["heap", "first", "seeded"];
/** percentageOfNodesToScore; 0 = adaptive. */
export const PERCENTAGES = [100, 0, 30] as const;

/** Lives through one history per seed; throws at the first decision that differs. */
export function compare(
  tieBreak: TieBreak,
  percentage: number,
  firstSeed: number,
  lastSeed: number,
): { scheduled: number; served: number } {
  let scheduled = 0;
  let served = 0;
  for (let seed = firstSeed; seed <= lastSeed; seed++) {
    const nodes = percentage === 100 ? 4 + 3 * (seed % 60) : 105 + (seed % 60);
    const variant = VARIANTS[seed % VARIANTS.length] as string;
    const run = live(seed, nodes, percentage === 100 ? 250 : 160, tieBreak, percentage, variant);
    scheduled += run.scheduled;
    served += run.served;
  }
  return { scheduled, served };
}
