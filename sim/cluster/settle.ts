// A cluster that has been running for long: the pods of all workloads are there, those that fit are placed by the scheduler and ready,
// and every status says what kubelets and controllers would have said by then, so that nothing happens of itself when the run begins.
// Jobs begin with the run: one that has been running for long would be over.

import { pendingPods } from "../analysis/fit.ts";
import { createStream } from "../engine/random.ts";
import { SECOND } from "../engine/tick.ts";
import type { ClusterObjects, KubernetesObject, Node, Pod } from "../model/objects.ts";
import { type RunningContainers, runningContainers, runningStatus } from "../model/settled-status.ts";
import { timestampAt } from "../model/timestamp.ts";
import type { Plan } from "../scenario/plan.ts";
import type { PluginFactory } from "../scheduler/framework.ts";
import { Scheduler } from "../scheduler/scheduler.ts";
import { Snapshot } from "../scheduler/snapshot.ts";
import { withPodMutations } from "./settled-mutations.ts";
import { settledNamespaces } from "./settled-namespaces.ts";
import { settledSets } from "./settled-sets.ts";
import { settledVolumesOfPods } from "./settled-volumes.ts";
import { settledWorkloads } from "./settled-workloads.ts";

/** When everything was made and became ready: an hour before the run. */
export const SETTLED_MICROS = -3600 * SECOND;

/** Without CronJobs: from their creation on they would have missed starts. */
const LONG_THERE: readonly (keyof ClusterObjects)[] = [
  "clusterRoleBindings",
  "clusterRoles",
  "configMaps",
  "csiDrivers",
  "flowSchemas",
  "horizontalPodAutoscalers",
  "limitRanges",
  "mutatingWebhookConfigurations",
  "namespaces",
  "persistentVolumeClaims",
  "persistentVolumes",
  "podDisruptionBudgets",
  "priorityClasses",
  "priorityLevelConfigurations",
  "resourceQuotas",
  "roleBindings",
  "roles",
  "secrets",
  "serviceAccounts",
  "services",
  "storageClasses",
  "validatingWebhookConfigurations",
];

/** What is stored when such a cluster's run begins. */
export function settledObjects(plan: Plan, customPlugins?: ReadonlyMap<string, PluginFactory>): ClusterObjects {
  const declared = new Set(plan.declared.pods);
  // given pods stay, whoever owns them
  const pods = plan.objects.pods.filter((pod) => declared.has(pod) || ownerKind(pod) !== "Job");
  const objects = withPodMutations({ ...plan.objects, pods }, declared);
  const placed = placePods(objects, plan, customPlugins);
  const since = timestampAt(SETTLED_MICROS);
  const ready = readyPods(objects, placed, since);
  const running = settledVolumesOfPods({ ...objects, pods: ready });
  return madeSince(settledNamespaces(settledWorkloads(settledSets(running, since), since)), since);
}

/** What stands beside workloads is as old as they are. */
function madeSince(objects: ClusterObjects, since: string): ClusterObjects {
  const old = <T extends KubernetesObject>(list: readonly T[]): readonly T[] =>
    list.map((object) =>
      object.metadata.creationTimestamp != null
        ? object
        : { ...object, metadata: { ...object.metadata, creationTimestamp: since } },
    );
  const made = LONG_THERE.map((list) => [list, old<KubernetesObject>(objects[list])] as const);
  return { ...objects, ...Object.fromEntries(made) };
}

/** Which node each pending pod gets, by uid; pods that fit nowhere are missing. Nobody is preempted. */
function placePods(
  objects: ClusterObjects,
  plan: Plan,
  customPlugins: ReadonlyMap<string, PluginFactory> | undefined,
): ReadonlyMap<string, Placed> {
  const snapshot = Snapshot.of(objects);
  // its own luck: what happens before the run moves no draw of the run
  const stream = createStream(plan.seed, "scheduler/settle/tie-break");
  const scheduler = new Scheduler({
    configuration: plan.scheduler.configuration,
    snapshot,
    tieBreak: plan.scheduler.tieBreak,
    stream,
    streamFor: (purpose) => createStream(plan.seed, `scheduler/settle/${purpose}`),
    customPlugins,
  });
  const placed = new Map<string, Placed>();
  for (const pod of pendingPods(objects)) {
    const info = snapshot.info(pod);
    if (scheduler.profileOf(info) === undefined || scheduler.preEnqueue(info) !== null) continue;
    const { nodeName, outcome } = scheduler.attempt(info);
    // victims of preemption stay: what has run for long has found room for all that matters, or lacks it
    if (outcome === "scheduled" && nodeName !== null)
      placed.set(pod.metadata.uid ?? "", { nodeName, annotations: scheduler.bindingAnnotations(info) });
  }
  return placed;
}

interface Placed {
  readonly nodeName: string;
  /** What its binding would have written. */
  readonly annotations: Readonly<Record<string, string>> | null;
}

/** The pods with their nodes, all that have one running and ready. */
function readyPods(objects: ClusterObjects, placed: ReadonlyMap<string, Placed>, since: string): readonly Pod[] {
  const addresses = new Addresses(objects.nodes);
  // pods of one template share everything but their addresses
  const containers = new Map<Pod["spec"], RunningContainers>();
  return objects.pods.map((pod) => {
    const given = placed.get(pod.metadata.uid ?? "");
    const nodeName = pod.spec.nodeName || given?.nodeName;
    const phase = pod.status?.phase ?? "Pending";
    if (!nodeName || pod.metadata.deletionTimestamp != null || phase !== "Pending") return pod;
    let known = containers.get(pod.spec);
    if (known === undefined) {
      known = runningContainers(pod.spec, since);
      containers.set(pod.spec, known);
    }
    const host = addresses.hostOf(nodeName);
    const address = pod.spec.hostNetwork === true ? host : addresses.next(nodeName);
    return {
      ...pod,
      metadata: {
        ...pod.metadata,
        creationTimestamp: pod.metadata.creationTimestamp ?? since,
        ...(given?.annotations == null ? {} : { annotations: { ...pod.metadata.annotations, ...given.annotations } }),
      },
      spec: pod.spec.nodeName ? pod.spec : { ...pod.spec, nodeName },
      status: runningStatus(known, address, host, since),
    };
  });
}

/** Addresses of pods, counted up within each node's range. */
class Addresses {
  private readonly numbers = new Map<string, number>();
  private readonly hosts = new Map<string, string>();
  private readonly counts = new Map<string, number>();

  constructor(nodes: readonly Node[]) {
    for (const [number, { metadata, status }] of nodes.entries()) {
      this.numbers.set(metadata.name, number);
      const address = status?.addresses?.find(({ type }) => type === "InternalIP")?.address;
      if (address !== undefined) this.hosts.set(metadata.name, address);
    }
  }

  hostOf(node: string): string {
    return this.hosts.get(node) ?? "";
  }

  next(node: string): string {
    const number = this.numbers.get(node) ?? 0;
    const count = (this.counts.get(node) ?? 0) + 1;
    this.counts.set(node, count);
    return `10.${128 + (number >> 8)}.${number & 255}.${count}`;
  }
}

function ownerKind(pod: Pod): string {
  return pod.metadata.ownerReferences?.find((owner) => owner.controller === true)?.kind ?? "";
}
