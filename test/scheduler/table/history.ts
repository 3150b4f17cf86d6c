// Random clusters for the twin tests: nodes, pod templates and pods of every kind that the node table treats in its own way,
// and of the kinds that it must leave to the plain evaluation. The same seed gives the same objects.
import { createStream, type RandomStream } from "../../../sim/engine/random.ts";
import type {
  LabelSelector,
  Node,
  OwnerReference,
  Pod,
  PodSpec,
  ResourceList,
  Service,
  TopologySpreadConstraint,
} from "../../../sim/model/objects.ts";

export const ZONE = "topology.kubernetes.io/zone";
export const HOSTNAME = "kubernetes.io/hostname";
const RACK = "rack";
const NAMESPACES = ["default", "other", "late"];
const APPS = ["x", "y", "z"];

export interface Traits {
  /** Number of values of the label "rack": many make many buckets. */
  readonly racks: number;
  /** Share of nodes with a hostname label that others have too, from `sharedFrom` nodes on. */
  readonly sharedHostnames: number;
  readonly sharedFrom: number;
  /** Share of nodes with a zone label of no text, and of nodes for one pod. */
  readonly emptyZones: number;
  readonly tinyNodes: number;
  /** Share of pods with fields that the table leaves to the plain evaluation. */
  readonly oddPods: number;
  /** Scheduler names that pods may carry. */
  readonly schedulers: readonly string[];
}

export const USUAL: Traits = {
  racks: 6,
  sharedHostnames: 0,
  sharedFrom: 0,
  emptyZones: 0,
  tinyNodes: 0,
  oddPods: 0,
  schedulers: ["default-scheduler"],
};

interface Template {
  readonly namespace: string;
  readonly labels: Record<string, string> | undefined;
  readonly owner: OwnerReference | null;
  readonly spec: PodSpec;
}

export class History {
  private readonly random: RandomStream;
  private readonly traits: Traits;
  readonly nodes = new Map<string, Node>();
  private nodeNumber = 0;
  private podNumber = 0;
  private readonly templates: Template[];

  constructor(seed: number, traits: Traits) {
    this.random = createStream(seed, "twin");
    this.traits = traits;
    this.templates = Array.from({ length: 3 + this.random.int(10) }, () => this.template());
  }

  chance(share: number): boolean {
    return share > 0 && this.random.next() < share;
  }

  int(n: number): number {
    return this.random.int(n);
  }

  pick<T>(list: readonly T[]): T {
    return list[this.random.int(list.length)] as T;
  }

  node(name = `node-${this.nodeNumber++}`): Node {
    const { traits } = this;
    const labels: Record<string, string> = {};
    if (this.nodeNumber > traits.sharedFrom && this.chance(traits.sharedHostnames))
      labels[HOSTNAME] = `shared-${this.int(4)}`;
    else if (this.chance(0.95)) labels[HOSTNAME] = name;
    if (this.chance(0.9)) labels[ZONE] = this.chance(traits.emptyZones) ? "" : this.pick(["a", "b", "c"]);
    if (this.chance(0.7)) labels[RACK] = `r${this.int(traits.racks)}`;
    if (this.chance(0.5)) labels["disk"] = this.pick(["ssd", "hdd"]);
    const taints = [];
    if (this.chance(0.15)) taints.push({ key: "gpu", value: "x", effect: "NoSchedule" });
    if (this.chance(0.3)) taints.push({ key: "busy", effect: "PreferNoSchedule" });
    if (this.chance(0.15)) taints.push({ key: "old", effect: "PreferNoSchedule" });
    const images = this.chance(0.5) ? [{ names: ["web:1"], sizeBytes: 400_000_000 + this.int(5) * 100_000_000 }] : [];
    return {
      apiVersion: "v1",
      kind: "Node",
      metadata: { name, labels },
      spec: { taints, unschedulable: this.chance(0.05) },
      status: { allocatable: this.allocatable(), images },
    };
  }

  private allocatable(): ResourceList {
    const big = this.chance(0.5);
    const tiny = this.chance(this.traits.tinyNodes);
    const resources: Record<string, string> = {
      cpu: big ? "8" : "3500m",
      // the largest is beyond 9e13 bytes: a hundred times that is no exact double
      memory: this.chance(0.05) ? "120Ti" : big ? "32Gi" : "9Gi",
      pods: tiny ? "1" : this.chance(0.3) ? "6" : "30",
    };
    if (this.chance(0.02)) resources["cpu"] = "0";
    if (this.chance(0.4)) resources["nvidia.com/gpu"] = this.pick(["1", "4"]);
    if (this.chance(0.4)) resources["ephemeral-storage"] = "50Gi";
    if (this.chance(0.3)) for (let i = 0; i < 26; i++) resources[`example.com/r${i}`] = String(this.int(4));
    return resources;
  }

  private template(): Template {
    const labels = this.chance(0.1) ? undefined : { app: this.pick(APPS), tier: this.pick(["1", "2"]) };
    const owner = this.chance(0.2)
      ? { apiVersion: "apps/v1", kind: "ReplicaSet", name: this.pick(["x", "y"]), uid: "u", controller: true }
      : null;
    const constraints = this.constraints();
    const affinity = this.affinity();
    const spec: PodSpec = {
      containers: [
        {
          name: "c",
          image: this.pick(["web:1", "db:2"]),
          resources: { requests: this.requests() },
          ports: this.chance(0.1) ? [{ containerPort: 80, hostPort: 8000 + this.int(2) }] : [],
        },
      ],
      priority: this.pick([0, 0, 10, 100]),
      schedulerName: this.pick(this.traits.schedulers),
      tolerations: this.chance(0.3)
        ? [{ key: "gpu", operator: "Exists" }]
        : this.chance(0.2)
          ? [{ key: "busy", operator: "Exists" }]
          : [],
      ...(affinity === null ? {} : { affinity }),
      ...(constraints.length > 0 ? { topologySpreadConstraints: constraints } : {}),
      ...(this.chance(0.1) ? { nodeSelector: { disk: "ssd" } } : {}),
      ...(this.chance(0.1) ? { volumes: [{ name: "scratch", emptyDir: {} }] } : {}),
      ...(this.chance(this.traits.oddPods / 2)
        ? { volumes: [{ name: "data", persistentVolumeClaim: { claimName: "missing" } }] }
        : {}),
    };
    return { namespace: this.pick(NAMESPACES), labels, owner, spec };
  }

  private requests(): ResourceList {
    const requests: Record<string, string> = {};
    if (this.chance(0.9)) requests["cpu"] = this.pick(["100m", "250m", "1", "2"]);
    if (this.chance(0.8)) requests["memory"] = this.chance(0.05) ? "31Ti" : this.pick(["128Mi", "500Mi", "2Gi"]);
    if (this.chance(0.15)) requests["nvidia.com/gpu"] = "1";
    if (this.chance(0.1)) requests["ephemeral-storage"] = "10Gi";
    // up to 24 fit into the table's mask of what is lacking
    if (this.chance(0.1)) for (let i = 0; i < 2 + this.int(25); i++) requests[`example.com/r${i}`] = "1";
    return requests;
  }

  private selector(): LabelSelector {
    if (this.chance(0.03)) return {};
    return { matchLabels: this.chance(0.5) ? { app: this.pick(APPS) } : { tier: this.pick(["1", "2"]) } };
  }

  private affinity(): PodSpec["affinity"] {
    const affinity: Record<string, unknown> = {};
    if (this.chance(0.25)) affinity["nodeAffinity"] = this.nodeAffinity();
    if (this.chance(0.3)) affinity["podAffinity"] = this.podTerms(0.3, 0.8);
    if (this.chance(0.35)) affinity["podAntiAffinity"] = this.podTerms(0.5, 0.7);
    return Object.keys(affinity).length > 0 ? (affinity as PodSpec["affinity"]) : null;
  }

  private nodeAffinity() {
    const byName = this.chance(this.traits.oddPods);
    const named = (name: string) => ({ matchFields: [{ key: "metadata.name", operator: "In", values: [name] }] });
    const nodeSelectorTerms = byName
      ? ["node-1", "node-2", "node-77"].map(named)
      : [{ matchExpressions: [{ key: "disk", operator: this.pick(["In", "NotIn"]), values: ["ssd"] }] }];
    return {
      ...(this.chance(0.5) ? { requiredDuringSchedulingIgnoredDuringExecution: { nodeSelectorTerms } } : {}),
      preferredDuringSchedulingIgnoredDuringExecution: [
        {
          weight: 1 + this.int(50),
          preference: { matchExpressions: [{ key: ZONE, operator: "In", values: [this.pick(["a", "b"])] }] },
        },
        { weight: 7, preference: { matchExpressions: [{ key: RACK, operator: "Exists" }] } },
      ],
    };
  }

  private podTerms(required: number, preferred: number) {
    const term = () => ({
      labelSelector: this.selector(),
      topologyKey: this.pick([ZONE, HOSTNAME, RACK, "nowhere"]),
      ...(this.chance(0.2) ? { namespaces: ["default", "other"] } : {}),
      ...(this.chance(0.1) ? { namespaceSelector: { matchLabels: { team: "t" } } } : {}),
      ...(this.chance(0.05) ? { namespaceSelector: {} } : {}),
    });
    const weighted = () => ({ weight: 1 + this.int(100), podAffinityTerm: term() });
    return {
      ...(this.chance(required)
        ? { requiredDuringSchedulingIgnoredDuringExecution: [term(), ...(this.chance(0.3) ? [term()] : [])] }
        : {}),
      ...(this.chance(preferred)
        ? {
            preferredDuringSchedulingIgnoredDuringExecution: [weighted(), ...(this.chance(0.4) ? [weighted()] : [])],
          }
        : {}),
    };
  }

  private constraints(): TopologySpreadConstraint[] {
    const constraints: TopologySpreadConstraint[] = [];
    if (!this.chance(0.4)) return constraints;
    for (let i = 0; i <= this.int(3); i++) {
      const whenUnsatisfiable = this.pick(["DoNotSchedule", "ScheduleAnyway"]);
      constraints.push({
        maxSkew: 1 + this.int(3),
        topologyKey: this.pick([ZONE, HOSTNAME, RACK]),
        whenUnsatisfiable,
        ...(whenUnsatisfiable === "DoNotSchedule" && this.chance(0.2) ? { minDomains: 2 + this.int(3) } : {}),
        labelSelector: this.selector(),
        ...(this.chance(0.1) ? { matchLabelKeys: ["tier"] } : {}),
        ...(this.chance(0.3) ? { nodeTaintsPolicy: "Honor" } : {}),
        ...(this.chance(0.2) ? { nodeAffinityPolicy: "Ignore" } : {}),
      });
    }
    // the API refuses two constraints with the same key and mode
    return constraints.filter(
      (c, i) =>
        constraints.findIndex((d) => d.topologyKey === c.topologyKey && d.whenUnsatisfiable === c.whenUnsatisfiable) ===
        i,
    );
  }

  /** @param template which one, modulo their number; by default any */
  pod(template = this.random.int(this.templates.length)): Pod {
    const t = this.templates[template % this.templates.length] as Template;
    const name = `pod-${this.podNumber++}`;
    // most pods share their template's objects, as those of one controller do; some come as copies, as from a file
    const spec = this.chance(0.1) ? structuredClone(t.spec) : t.spec;
    const labels = t.labels !== undefined && this.chance(0.1) ? { ...t.labels } : t.labels;
    const named = this.chance(this.traits.oddPods / 4) ? { ...spec, nodeName: `node-${this.int(8)}` } : spec;
    return {
      apiVersion: "v1",
      kind: "Pod",
      metadata: {
        name,
        namespace: t.namespace,
        uid: name,
        ...(labels === undefined ? {} : { labels }),
        ...(t.owner === null ? {} : { ownerReferences: [t.owner] }),
      },
      spec: named,
      status: {},
    };
  }

  /** The pod as it is after somebody deleted or relabelled it. */
  changed(pod: Pod): Pod {
    const metadata = this.chance(0.6)
      ? { ...pod.metadata, deletionTimestamp: "2026-01-01T00:00:00Z" }
      : { ...pod.metadata, labels: { app: this.pick(APPS), tier: this.pick(["1", "2"]) } };
    return { ...pod, metadata };
  }

  services(): Service[] {
    return ["x", "y"]
      .filter(() => this.chance(0.5))
      .map((app) => ({ metadata: { name: app, namespace: this.pick(NAMESPACES) }, spec: { selector: { app } } }));
  }

  replicaSets() {
    return ["x", "y"]
      .filter(() => this.chance(0.6))
      .map((name) => ({
        apiVersion: "apps/v1",
        kind: "ReplicaSet",
        metadata: { name, namespace: this.pick(NAMESPACES) },
        spec: { selector: this.selector() },
      }));
  }
}
