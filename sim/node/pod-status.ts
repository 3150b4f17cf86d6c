// The status of a pod as its kubelet reports it: a pure function of what the kubelet has seen and decided.
// Source: behaviour of the kubelet's generateAPIPodStatus and status package, 1.36.
import type { ContainerState, ContainerStatus, Pod, PodCondition, PodStatus } from "../model/objects.ts";
import { qosClassOf } from "../model/qos.ts";
import { sameValue } from "../model/same-value.ts";
import type { ContainerExit, ContainerInstance } from "./container.ts";

/** What a status is made of. */
export interface PodFacts {
  readonly pod: Pod;
  readonly containers: readonly ContainerInstance[];
  readonly hostIp: string;
  readonly podIp: string;
  readonly startedAtMicros: number;
  /** The sandbox is there, and as far as the kubelet knows, still. */
  readonly hasSandbox: boolean;
  /** The pod's containers are stopped, or being stopped, for good. */
  readonly isTerminal: boolean;
  /** Phase Failed with these, whatever the containers did. */
  readonly failure: { readonly reason: string; readonly message: string } | null;
  /** Of disruptions by the kubelet: the condition DisruptionTarget. */
  readonly disruption: { readonly reason: string; readonly message: string } | null;
  /** The status so far, for times that are kept. */
  readonly before: PodStatus | undefined;
  readonly isHollow: boolean;
}

export type TimeText = (micros: number) => string;

/** Condition types that the kubelet writes; others are left as they are. */
const OWN_CONDITIONS: ReadonlySet<string> = new Set([
  "PodReadyToStartContainers",
  "Initialized",
  "Ready",
  "ContainersReady",
]);

export function podStatus(facts: PodFacts, nowMicros: number, at: TimeText): PodStatus {
  const { pod, containers, before } = facts;
  const isInitialized = haveInitialized(facts);
  const init: ContainerStatus[] = [];
  const main: ContainerStatus[] = [];
  for (const c of containers) (c.role === "main" ? main : init).push(containerStatus(facts, c, isInitialized, at));
  const phase = facts.failure !== null ? "Failed" : phaseOf(facts, isInitialized);
  const hasAddress = facts.podIp !== "";
  const status: PodStatus = {
    ...before,
    phase,
    ...(facts.failure ?? {}),
    conditions: conditionsOf(facts, phase, isInitialized, at(nowMicros)),
    hostIP: facts.hostIp,
    startTime: at(facts.startedAtMicros),
    qosClass: before?.qosClass ?? qosClassOf(pod.spec),
    containerStatuses: main,
    ...(hasAddress ? { podIP: facts.podIp } : {}),
    ...(init.length > 0 ? { initContainerStatuses: init } : {}),
  };
  return status;
}

/** Does the API's status say what the kubelet says? Conditions that are not the kubelet's may be what they like. */
export function saysSame(status: PodStatus | undefined, own: PodStatus): boolean {
  if (status === own) return true;
  for (const mine of own.conditions ?? []) {
    if (!OWN_CONDITIONS.has(mine.type)) continue;
    const theirs = status?.conditions?.find(({ type }) => type === mine.type);
    if (theirs?.status !== mine.status || theirs.reason !== mine.reason || theirs.message !== mine.message)
      return false;
  }
  return (
    sameValue(status?.containerStatuses ?? [], own.containerStatuses ?? []) &&
    sameValue(status?.initContainerStatuses ?? [], own.initContainerStatuses ?? [])
  );
}

/** The phase of a pod by its containers. */
export function phaseOf(facts: PodFacts, isInitialized: boolean): string {
  const { containers, isTerminal, pod } = facts;
  const restartPolicy = pod.spec.restartPolicy ?? "Always";
  let running = 0;
  let waiting = 0;
  let stopped = 0;
  let succeeded = 0;
  for (const c of containers) {
    if (c.role !== "main") continue;
    if (c.seen.state === "running") running++;
    else if (c.seen.state === "exited") {
      stopped++;
      if (c.seen.exit!.exitCode === 0) succeeded++;
    } else if (c.last !== null) stopped++;
    else waiting++;
  }
  if (!isInitialized) {
    const failed = containers.some((c) => c.role === "init" && isFailed(c));
    if (isTerminal || (failed && restartPolicy === "Never")) return "Failed";
    return "Pending";
  }
  if (isTerminal && running === 0)
    return waiting === 0 && succeeded === stopped && stopped > 0 ? "Succeeded" : "Failed";
  if (waiting > 0) return running > 0 || stopped > 0 ? "Running" : "Pending";
  if (running > 0) return "Running";
  if (restartPolicy === "Always") return "Running";
  if (succeeded === stopped) return "Succeeded";
  return restartPolicy === "Never" ? "Failed" : "Running";
}

/** Have the init containers done their work, and do the sidecars run? */
export function haveInitialized({ containers }: Pick<PodFacts, "containers">): boolean {
  // once a main container was started, they had
  if (containers.some((c) => c.role === "main" && c.starts > 0)) return true;
  return containers.every((c) => {
    if (c.role === "init") return c.seen.state === "exited" && c.seen.exit!.exitCode === 0;
    return c.role === "main" || (c.seen.state === "running" && c.isStarted);
  });
}

function isFailed(c: ContainerInstance): boolean {
  return c.seen.state === "exited" && c.seen.exit!.exitCode !== 0;
}

function containerStatus(facts: PodFacts, c: ContainerInstance, isInitialized: boolean, at: TimeText): ContainerStatus {
  const { seen, waiting } = c;
  let state: ContainerState;
  let last = c.last;
  if (seen.state === "running") state = { running: { startedAt: at(seen.startedAtMicros) } };
  else if (seen.state === "exited" && facts.isTerminal && facts.isHollow && waiting !== null)
    state = { terminated: HOLLOW_END };
  else if (seen.state === "exited" && (waiting === null || facts.isTerminal))
    state = { terminated: terminated(seen.exit!, at) };
  else {
    // what has ended and waits for its next start shows how it ended as its last state
    if (seen.state === "exited") last = seen.exit;
    if (facts.isTerminal && c.starts === 0) state = { terminated: facts.isHollow ? { exitCode: 0 } : UNKNOWN };
    else state = { waiting: waiting ?? { reason: waitingReason(facts, c, isInitialized) } };
  }
  const isReady =
    c.role === "init" ? seen.state === "exited" && seen.exit!.exitCode === 0 : seen.state === "running" && c.isReady;
  return {
    name: c.name,
    image: c.spec.image ?? "",
    ready: isReady,
    started: seen.state === "running" && c.isStarted,
    restartCount: c.restartCount,
    state,
    lastState: last === null ? {} : { terminated: terminated(last, at) },
  };
}

/** What the recorded nodes say of a container that waits for its next start when its pod goes. */
const HOLLOW_END = { exitCode: 0, reason: "Completed" };

const UNKNOWN = {
  exitCode: 137,
  reason: "ContainerStatusUnknown",
  message: "The container could not be located when the pod was terminated",
};

function waitingReason(facts: PodFacts, c: ContainerInstance, isInitialized: boolean): string {
  const hasInit = facts.containers.some((other) => other.role !== "main");
  return c.role !== "main" || (hasInit && !isInitialized) ? "PodInitializing" : "ContainerCreating";
}

function terminated(exit: ContainerExit, at: TimeText): NonNullable<ContainerState["terminated"]> {
  return {
    exitCode: exit.exitCode,
    reason: exit.reason,
    ...(exit.message === undefined ? {} : { message: exit.message }),
    startedAt: at(exit.startedAtMicros),
    finishedAt: at(exit.finishedAtMicros),
  };
}

function conditionsOf(facts: PodFacts, phase: string, isInitialized: boolean, now: string): PodCondition[] {
  const { before, pod } = facts;
  const old = new Map((pod.status?.conditions ?? []).map((c) => [c.type, c]));
  for (const c of before?.conditions ?? []) old.set(c.type, c);
  const result: PodCondition[] = [];
  const put = (type: string, isTrue: boolean, reason?: string, message?: string): void => {
    const status = isTrue ? "True" : "False";
    const known = old.get(type);
    const condition: PodCondition = {
      type,
      status,
      ...(reason === undefined ? {} : { reason }),
      ...(message === undefined ? {} : { message }),
      lastTransitionTime: known?.status === status ? known.lastTransitionTime : now,
    };
    result.push(condition);
  };
  const isFinished = phase === "Succeeded" || phase === "Failed";
  if (facts.isHollow) put("PodReadyToStartContainers", facts.hasSandbox && !isFinished);
  else if (facts.hasSandbox) put("PodReadyToStartContainers", true);
  else put("PodReadyToStartContainers", false, "PodSandboxNotReady", "no pod sandbox exists");
  initialized(facts, phase, isInitialized, put);
  const [reason, message] = unreadiness(facts, phase);
  const gate =
    reason !== null
      ? null
      : ((pod.spec.readinessGates ?? []).find((g) => old.get(g.conditionType)?.status !== "True") ?? null);
  if (reason !== null) put("Ready", false, reason, message);
  else if (gate !== null) {
    const what = old.has(gate.conditionType) ? `has "Status" "False"` : "does not exist";
    put(
      "Ready",
      false,
      "ReadinessGatesNotReady",
      `corresponding condition of pod readiness gate "${gate.conditionType}" ${what}.`,
    );
  } else put("Ready", true);
  if (reason !== null) put("ContainersReady", false, reason, message);
  else put("ContainersReady", true);
  // the scheduler's stays, and so do those of everybody else
  for (const c of old.values()) {
    if (!OWN_CONDITIONS.has(c.type) && !(facts.disruption !== null && c.type === "DisruptionTarget")) result.push(c);
  }
  if (!old.has("PodScheduled")) put("PodScheduled", true);
  if (facts.disruption !== null) put("DisruptionTarget", true, facts.disruption.reason, facts.disruption.message);
  return result;
}

function initialized(
  facts: PodFacts,
  phase: string,
  isInitialized: boolean,
  put: (type: string, isTrue: boolean, reason?: string, message?: string) => void,
): void {
  // what ends by itself is complete; what is ended by its deletion says so of its containers only
  const isDeleted = facts.isHollow && facts.pod.metadata.deletionTimestamp != null;
  if (isInitialized) {
    put("Initialized", true, ...(phase === "Succeeded" && !isDeleted ? (["PodCompleted"] as const) : []));
    return;
  }
  if (phase === "Failed" && facts.containers.every((c) => c.role === "main")) {
    put("Initialized", true);
    return;
  }
  const names = facts.containers
    .filter((c) => c.role !== "main" && !(c.role === "init" ? c.seen.exit?.exitCode === 0 : c.isStarted))
    .map((c) => c.name);
  put("Initialized", false, "ContainersNotInitialized", `containers with incomplete status: [${names.join(" ")}]`);
}

/** Why the containers are not ready: reason and message; null when they are. */
function unreadiness(facts: PodFacts, phase: string): readonly [string | null, string | undefined] {
  if (phase === "Succeeded") return ["PodCompleted", undefined];
  if (phase === "Failed") return ["PodFailed", undefined];
  const names: string[] = [];
  for (const c of facts.containers) {
    if (c.role === "init") continue;
    if (c.seen.state !== "running" || !c.isReady) names.push(c.name);
  }
  if (names.length === 0) return [null, undefined];
  return ["ContainersNotReady", `containers with unready status: [${names.join(" ")}]`];
}
