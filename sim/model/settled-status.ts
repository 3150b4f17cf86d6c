// What the status of a pod says in a cluster that has been running for long: what its kubelet would have written by then, and has no
// reason to write again. Pure; the times are all the same one, before the run. Source: the kubelet of 1.36, as sim/node has it.
import type { ContainerStatus, Pod, PodCondition, PodStatus } from "./objects.ts";
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
