// What the status of objects says in a cluster that has been running for long: what kubelets and controllers would have written by
// then, and have no reason to write again. Pure; the times are all the same one, before the run.
// Source: the kubelet and kube-controller-manager 1.36, as sim/node and sim/controllers have them.
import type {
  Condition,
  ContainerStatus,
  DaemonSet,
  Deployment,
  Pod,
  PodCondition,
  PodStatus,
  ReplicaSet,
  StatefulSet,
} from "./objects.ts";
import { qosClassOf } from "./qos.ts";
import { isSidecar } from "./resources.ts";

/** What the containers of one pod spec look like when they run; shared by all pods of the spec. */
export interface RunningContainers {
  readonly containerStatuses: readonly ContainerStatus[];
  readonly initContainerStatuses: readonly ContainerStatus[];
  readonly conditions: readonly PodCondition[];
  readonly qosClass: string;
}

/** @param since when they started */
export function runningContainers(spec: Pod["spec"], since: string): RunningContainers {
  const running = (name: string, image: string | undefined): ContainerStatus => ({
    name,
    image: image ?? "",
    ready: true,
    started: true,
    restartCount: 0,
    state: { running: { startedAt: since } },
    lastState: {},
  });
  const finished = (name: string, image: string | undefined): ContainerStatus => ({
    name,
    image: image ?? "",
    ready: true,
    started: false,
    restartCount: 0,
    state: { terminated: { exitCode: 0, reason: "Completed", startedAt: since, finishedAt: since } },
    lastState: {},
  });
  const types = ["PodReadyToStartContainers", "Initialized", "Ready", "ContainersReady", "PodScheduled"];
  return {
    containerStatuses: spec.containers.map((c) => running(c.name, c.image)),
    initContainerStatuses: (spec.initContainers ?? []).map((c) =>
      isSidecar(c) ? running(c.name, c.image) : finished(c.name, c.image),
    ),
    conditions: types.map((type) => ({ type, status: "True", lastTransitionTime: since })),
    qosClass: qosClassOf(spec),
  };
}

export function runningStatus(containers: RunningContainers, podIP: string, hostIP: string, since: string): PodStatus {
  const { conditions, containerStatuses, initContainerStatuses, qosClass } = containers;
  return {
    phase: "Running",
    conditions,
    hostIP,
    podIP,
    startTime: since,
    qosClass,
    containerStatuses,
    ...(initContainerStatuses.length > 0 ? { initContainerStatuses } : {}),
  };
}

/** How many pods of a workload there are, and how many of them are ready. */
export interface Counts {
  readonly replicas: number;
  readonly ready: number;
}

export function replicaSetStatus({ replicas, ready }: Counts): NonNullable<ReplicaSet["status"]> {
  return {
    observedGeneration: 1,
    replicas,
    fullyLabeledReplicas: replicas,
    readyReplicas: ready,
    availableReplicas: ready,
    terminatingReplicas: 0,
  };
}

/**
 * @param newReplicaSet name of the ReplicaSet of the present template
 * @param maxUnavailable as a count
 */
export function deploymentStatus(
  deployment: Deployment,
  { replicas, ready }: Counts,
  newReplicaSet: string,
  maxUnavailable: number,
  since: string,
): NonNullable<Deployment["status"]> {
  const wanted = deployment.spec?.replicas ?? 1;
  const times = { lastTransitionTime: since, lastUpdateTime: since };
  const isAvailable = ready >= wanted - maxUnavailable;
  const available: Condition = isAvailable
    ? {
        type: "Available",
        status: "True",
        reason: "MinimumReplicasAvailable",
        message: "Deployment has minimum availability.",
        ...times,
      }
    : {
        type: "Available",
        status: "False",
        reason: "MinimumReplicasUnavailable",
        message: "Deployment does not have minimum availability.",
        ...times,
      };
  const progressing: Condition =
    ready >= wanted
      ? {
          type: "Progressing",
          status: "True",
          reason: "NewReplicaSetAvailable",
          message: `ReplicaSet "${newReplicaSet}" has successfully progressed.`,
          ...times,
        }
      : {
          type: "Progressing",
          status: "False",
          reason: "ProgressDeadlineExceeded",
          message: `ReplicaSet "${newReplicaSet}" has timed out progressing.`,
          ...times,
        };
  return {
    observedGeneration: 1,
    replicas,
    updatedReplicas: replicas,
    readyReplicas: ready,
    availableReplicas: ready,
    unavailableReplicas: Math.max(0, wanted - ready),
    terminatingReplicas: 0,
    conditions: [available, progressing],
  };
}

export function statefulSetStatus({ replicas, ready }: Counts, revision: string): NonNullable<StatefulSet["status"]> {
  return {
    observedGeneration: 1,
    replicas,
    readyReplicas: ready,
    availableReplicas: ready,
    currentReplicas: replicas,
    updatedReplicas: replicas,
    currentRevision: revision,
    updateRevision: revision,
    collisionCount: 0,
  };
}

/** @param wanted nodes that should have a pod */
export function daemonSetStatus({ replicas, ready }: Counts, wanted: number): NonNullable<DaemonSet["status"]> {
  return {
    observedGeneration: 1,
    desiredNumberScheduled: wanted,
    currentNumberScheduled: replicas,
    numberMisscheduled: 0,
    numberReady: ready,
    numberAvailable: ready,
    numberUnavailable: wanted - ready,
    updatedNumberScheduled: replicas,
  };
}
