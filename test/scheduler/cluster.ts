// Small clusters for tests of scheduler rules: objects with few words, and one attempt with everything about it.
import type {
  ClusterObjects,
  Labels,
  Node,
  PersistentVolume,
  PersistentVolumeClaim,
  Pod,
  PodDisruptionBudget,
  StorageClass,
} from "../../sim/model/objects.ts";
import { defaultSchedulerConfiguration } from "../../sim/model/read-scheduler-configuration.ts";
import type { SchedulerConfiguration } from "../../sim/model/scheduler-configuration.ts";
import { type Attempt, type AttemptTrace, Scheduler, type SchedulerOptions } from "../../sim/scheduler/scheduler.ts";
import type { PodInfo } from "../../sim/scheduler/shape.ts";
import { Snapshot } from "../../sim/scheduler/snapshot.ts";

export const ZONE = "topology.kubernetes.io/zone";

/** A node with 4 CPUs, 8Gi and room for 20 pods. */
export function node(name: string, labels: Labels = {}, allocatable: Labels = {}): Node {
  return {
    metadata: { name, labels: { "kubernetes.io/hostname": name, ...labels } },
    status: { allocatable: { cpu: "4", memory: "8Gi", pods: "20", ...allocatable } },
  };
}

export interface PodParts {
  readonly node?: string;
  readonly cpu?: string;
  readonly priority?: number;
  readonly labels?: Labels;
  readonly namespace?: string;
  /** Seconds after the start of the run. */
  readonly started?: number;
  readonly spec?: Partial<Pod["spec"]>;
  readonly metadata?: Partial<Pod["metadata"]>;
  readonly status?: Pod["status"];
}

/** A pod with one container, in namespace default, with priority 0. */
export function pod(name: string, parts: PodParts = {}): Pod {
  const started = parts.started ?? (parts.node === undefined ? undefined : 0);
  const clock = (seconds: number) =>
    `2026-01-01T00:${String(Math.floor(seconds / 60)).padStart(2, "0")}:${String(seconds % 60).padStart(2, "0")}Z`;
  return {
    metadata: {
      name,
      namespace: parts.namespace ?? "default",
      uid: `uid-${name}`,
      labels: parts.labels ?? {},
      ...parts.metadata,
    },
    spec: {
      containers: [
        { name: "main", ...(parts.cpu === undefined ? {} : { resources: { requests: { cpu: parts.cpu } } }) },
      ],
      priority: parts.priority ?? 0,
      ...(parts.node === undefined ? {} : { nodeName: parts.node }),
      ...parts.spec,
    },
    status: { ...(started === undefined ? {} : { startTime: clock(started) }), ...parts.status },
  };
}

/** A pod whose volumes are these claims. */
export function podWithClaims(name: string, claims: readonly string[], parts: PodParts = {}): Pod {
  const volumes = claims.map((claimName, i) => ({ name: `v${i}`, persistentVolumeClaim: { claimName } }));
  return pod(name, { ...parts, spec: { volumes, ...parts.spec } });
}

export interface ClaimParts {
  readonly className?: string;
  readonly size?: string;
  /** Name of the volume that it is bound to. */
  readonly bound?: string;
  readonly namespace?: string;
  readonly modes?: readonly string[];
  readonly annotations?: Labels;
  readonly phase?: string;
  readonly metadata?: Partial<PersistentVolumeClaim["metadata"]>;
  readonly spec?: Partial<PersistentVolumeClaim["spec"]>;
}

export function claim(name: string, parts: ClaimParts = {}): PersistentVolumeClaim {
  const bound: Labels = parts.bound === undefined ? {} : { "pv.kubernetes.io/bind-completed": "yes" };
  return {
    metadata: {
      name,
      namespace: parts.namespace ?? "default",
      uid: `uid-${name}`,
      annotations: { ...bound, ...parts.annotations },
      ...parts.metadata,
    },
    spec: {
      accessModes: parts.modes ?? ["ReadWriteOnce"],
      resources: { requests: { storage: parts.size ?? "1Gi" } },
      storageClassName: parts.className ?? "wait",
      ...(parts.bound === undefined ? {} : { volumeName: parts.bound }),
      ...parts.spec,
    },
    status: { phase: parts.phase ?? (parts.bound === undefined ? "Pending" : "Bound") },
  };
}

export interface VolumeParts {
  readonly className?: string;
  readonly size?: string;
  readonly labels?: Labels;
  /** Zone that the volume can be used in. */
  readonly zone?: string;
  /** Node that the volume can be used on. */
  readonly node?: string;
  readonly phase?: string;
  readonly spec?: Partial<PersistentVolume["spec"]>;
  readonly metadata?: Partial<PersistentVolume["metadata"]>;
}

export function volume(name: string, parts: VolumeParts = {}): PersistentVolume {
  const where =
    parts.zone !== undefined ? ([ZONE, parts.zone] as const) : (["kubernetes.io/hostname", parts.node ?? ""] as const);
  const terms = [{ matchExpressions: [{ key: where[0], operator: "In", values: [where[1]] }] }];
  return {
    metadata: { name, uid: `uid-${name}`, labels: parts.labels ?? {}, ...parts.metadata },
    spec: {
      capacity: { storage: parts.size ?? "1Gi" },
      accessModes: ["ReadWriteOnce"],
      storageClassName: parts.className ?? "wait",
      ...(where[1] === "" ? {} : { nodeAffinity: { required: { nodeSelectorTerms: terms } } }),
      ...parts.spec,
    },
    status: { phase: parts.phase ?? "Available" },
  };
}

export function storageClass(name: string, parts: Omit<StorageClass, "metadata"> = {}): StorageClass {
  return { metadata: { name }, provisioner: "disk.example.com", volumeBindingMode: "WaitForFirstConsumer", ...parts };
}

export function budget(
  name: string,
  selector: Labels | null,
  allowed: number,
  disrupted: readonly string[] = [],
): PodDisruptionBudget {
  return {
    metadata: { name, namespace: "default" },
    spec: { selector: selector === null ? null : { matchLabels: selector } },
    status: {
      disruptionsAllowed: allowed,
      disruptedPods: Object.fromEntries(disrupted.map((p) => [p, "2026-01-01T00:00:00Z"])),
    },
  };
}

/** A scheduler on a cluster, with the plain evaluation. */
export class Cluster {
  readonly snapshot: Snapshot;
  readonly scheduler: Scheduler;
  private readonly pods = new Map<string, PodInfo>();

  constructor(
    objects: Partial<ClusterObjects>,
    configuration: SchedulerConfiguration = defaultSchedulerConfiguration(),
    options: Partial<SchedulerOptions> = {},
  ) {
    this.snapshot = Snapshot.of(objects);
    this.scheduler = new Scheduler({
      configuration,
      snapshot: this.snapshot,
      tieBreak: "first",
      plain: true,
      ...options,
    });
  }

  /** One attempt; the same pod may be tried again. */
  try(what: Pod): { readonly attempt: Attempt; readonly trace: AttemptTrace; readonly info: PodInfo } {
    const key = `${what.metadata.namespace ?? "default"}/${what.metadata.name}`;
    let info = this.pods.get(key);
    if (info === undefined) {
      info = this.snapshot.info(what);
      this.pods.set(key, info);
    }
    const trace: AttemptTrace = {
      cycle: null,
      postFilter: null,
      reserveError: null,
      detail: { visited: [], scores: new Map() },
    };
    return { attempt: this.scheduler.attempt(info, trace), trace, info };
  }

  /** The node that the pod gets, or null. */
  place(what: Pod): string | null {
    return this.try(what).attempt.nodeName;
  }

  /** Per node "Plugin: reasons", "ok" where the pod fits; or the PreFilter's verdict under "*". */
  verdicts(what: Pod): Record<string, string> {
    const { cycle } = this.try(what).trace;
    const refused = cycle?.preFilter?.status;
    if (refused != null) return { "*": `${refused.plugin} ${refused.code}: ${refused.reasons.join(", ")}` };
    const verdicts: Record<string, string> = {};
    for (const { name } of this.snapshot.nodes) {
      const said = cycle?.statuses.byNode.get(name);
      verdicts[name] = said === undefined ? "ok" : `${said.plugin} ${said.code}: ${said.reasons.join(", ")}`;
    }
    return verdicts;
  }
}
