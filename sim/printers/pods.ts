// `kubectl get pods`. The word of the STATUS column is worked out of phase, container states, init containers and deletion.
// Source: behaviour of the API server's table printer for pods, v1.36.

import type { Container, ContainerStatus, Pod } from "../model/objects.ts";
import { isSidecar } from "../model/resources.ts";
import { parseTimestampMicros } from "../model/timestamp.ts";
import { humanDuration } from "./age.ts";
import { ageCell, NONE, type Printer } from "./printer.ts";

export interface PodSummary {
  readonly status: string;
  readonly ready: number;
  readonly containers: number;
  readonly restarts: number;
  /** When a container last ended before a restart; undefined when none did. */
  readonly lastRestartMicros: number | undefined;
}

/** What the columns READY, STATUS and RESTARTS say. */
export function podSummary(pod: Pod): PodSummary {
  const { spec, status = {}, metadata } = pod;
  const inits = spec.initContainers ?? [];
  const sidecars = inits.filter(isSidecar);
  // pods are created as Pending, whether they say so or not
  const initial = status.phase || "Pending";
  const gated = conditionReason(pod, "PodScheduled") === "SchedulingGated" ? "SchedulingGated" : initial;
  const phaseWord = status.reason || gated;
  const init = initSummary(inits, status.initContainerStatuses ?? []);
  const main = mainSummary(pod, init.word === null || isTrue(pod, "Initialized") ? phaseWord : null);
  let word = init.word ?? main.word;
  let [restarts, last, ready] = [init.restarts, init.lastMicros, init.readySidecars];
  if (init.word === null || isTrue(pod, "Initialized")) {
    word = main.word;
    restarts = init.sidecarRestarts + main.restarts;
    last = later(init.lastSidecarMicros, main.lastMicros);
    ready += main.ready;
  }
  const isOver = status.phase === "Succeeded" || status.phase === "Failed";
  if (metadata.deletionTimestamp != null) {
    if (status.reason === "NodeLost") word = "Unknown";
    else if (!isOver) word = "Terminating";
  }
  return {
    status: word,
    ready,
    containers: spec.containers.length + sidecars.length,
    restarts,
    lastRestartMicros: last,
  };
}

interface InitSummary {
  /** null when all init containers are through. */
  readonly word: string | null;
  readonly restarts: number;
  readonly sidecarRestarts: number;
  readonly readySidecars: number;
  readonly lastMicros: number | undefined;
  readonly lastSidecarMicros: number | undefined;
}

function initSummary(containers: readonly Container[], statuses: readonly ContainerStatus[]): InitSummary {
  const byName = new Map(containers.map((container) => [container.name, container]));
  let word: string | null = null;
  let [restarts, sidecarRestarts, readySidecars] = [0, 0, 0];
  let [lastMicros, lastSidecarMicros] = [undefined, undefined] as [number | undefined, number | undefined];
  for (const [i, status] of statuses.entries()) {
    const container = byName.get(status.name);
    const restartable = container !== undefined && isSidecar(container);
    restarts += status.restartCount ?? 0;
    lastMicros = later(lastMicros, endedMicros(status));
    if (restartable) {
      sidecarRestarts += status.restartCount ?? 0;
      lastSidecarMicros = later(lastSidecarMicros, endedMicros(status));
    }
    const { terminated, waiting } = status.state ?? {};
    if (terminated?.exitCode === 0) continue;
    if (restartable && status.started === true) {
      if (status.ready === true) readySidecars++;
      continue;
    }
    if (terminated != null) word = `Init:${terminated.reason || exitWord(terminated)}`;
    else if (waiting?.reason && waiting.reason !== "PodInitializing") word = `Init:${waiting.reason}`;
    else word = `Init:${i}/${containers.length}`;
    break;
  }
  return { word, restarts, sidecarRestarts, readySidecars, lastMicros, lastSidecarMicros };
}

function mainSummary(pod: Pod, phaseWord: string | null) {
  const statuses = pod.status?.containerStatuses ?? [];
  let word = phaseWord ?? "";
  let [restarts, ready, hasRunning] = [0, 0, false];
  let lastMicros: number | undefined;
  // from the last to the first: the first container's state has the last word
  for (const status of statuses.toReversed()) {
    restarts += status.restartCount ?? 0;
    lastMicros = later(lastMicros, endedMicros(status));
    const { waiting, terminated, running } = status.state ?? {};
    if (waiting?.reason) word = waiting.reason;
    else if (terminated != null) word = terminated.reason || exitWord(terminated);
    else if (status.ready === true && running != null) {
      hasRunning = true;
      ready++;
    }
  }
  if (word === "Completed" && hasRunning) word = isTrue(pod, "Ready") ? "Running" : "NotReady";
  // pods of nodes without kubelets have no container statuses
  if (statuses.length === 0 && isTrue(pod, "Ready")) ready = pod.spec.containers.length;
  return { word, restarts, ready, lastMicros };
}

function exitWord({ signal = 0, exitCode }: { readonly signal?: number; readonly exitCode: number }): string {
  return signal === 0 ? `ExitCode:${exitCode}` : `Signal:${signal}`;
}

function endedMicros(status: ContainerStatus): number | undefined {
  const finishedAt = status.lastState?.terminated?.finishedAt;
  return finishedAt === undefined ? undefined : parseTimestampMicros(finishedAt);
}

function later(a: number | undefined, b: number | undefined): number | undefined {
  if (a === undefined || b === undefined) return a ?? b;
  return Math.max(a, b);
}

function isTrue(pod: Pod, type: string): boolean {
  return pod.status?.conditions?.some((condition) => condition.type === type && condition.status === "True") === true;
}

function conditionReason(pod: Pod, type: string): string | undefined {
  return pod.status?.conditions?.find((condition) => condition.type === type)?.reason;
}

export const podPrinter: Printer<Pod> = {
  columns: ["NAME", "READY", "STATUS", "RESTARTS", "AGE"],
  wide: ["IP", "NODE", "NOMINATED NODE", "READINESS GATES"],
  cells(pod, moment) {
    const { containers, lastRestartMicros, ready, restarts, status } = podSummary(pod);
    const ago =
      restarts > 0 && lastRestartMicros !== undefined
        ? ` (${humanDuration(moment.nowMicros - lastRestartMicros)} ago)`
        : "";
    return [
      pod.metadata.name,
      `${ready}/${containers}`,
      status,
      `${restarts}${ago}`,
      ageCell(pod, moment),
      pod.status?.podIP || NONE,
      pod.spec.nodeName || NONE,
      pod.status?.nominatedNodeName || NONE,
      readinessGates(pod),
    ];
  },
};

function readinessGates(pod: Pod): string {
  const gates = pod.spec.readinessGates ?? [];
  if (gates.length === 0) return NONE;
  return `${gates.filter((gate) => isTrue(pod, gate.conditionType)).length}/${gates.length}`;
}
