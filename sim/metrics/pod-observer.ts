// What a change of a pod's status means to the pod's row, its workload and evictions. Looks only at what is another object than before:
// parts of an object that did not change stay the same ones.
import type { ContainerStatus, Pod, PodCondition } from "../model/objects.ts";
import type { EvictionRecorder } from "./eviction-recorder.ts";
import type { PodTable } from "./pod-table.ts";
import type { WorkloadRecorder } from "./workload-recorder.ts";

export class PodObserver {
  private readonly pods: PodTable;
  private readonly workloads: WorkloadRecorder;
  private readonly evictions: EvictionRecorder;
  private readonly clock: () => number;

  constructor(pods: PodTable, workloads: WorkloadRecorder, evictions: EvictionRecorder, clock: () => number) {
    this.pods = pods;
    this.workloads = workloads;
    this.evictions = evictions;
    this.clock = clock;
  }

  created(row: number, pod: Pod): void {
    const workload = this.workloads.rowOfPod(pod, row);
    const { numbers } = this.pods;
    const isLive = countsAsLive(pod);
    numbers.workload.set(row, workload);
    numbers.isLive.set(row, isLive ? 1 : 0);
    numbers.isReady.set(row, 0);
    numbers.restarts.set(row, 0);
    this.workloads.podCreated(workload, isLive);
    this.statusChanged(row, pod, undefined);
  }

  /** The owner of a pod came later than the pod. */
  adopted(row: number, workload: number): void {
    const { isLive, isReady, restarts, workload: workloads } = this.pods.numbers;
    workloads.set(row, workload);
    this.workloads.podCreated(workload, isLive.get(row) === 1);
    this.workloads.count(workload, isReady.get(row), 0);
    if (restarts.get(row) > 0) this.workloads.bump(workload, "restarts", restarts.get(row));
  }

  changed(row: number, pod: Pod, before: Pod | undefined): void {
    const isMarked = pod.metadata.deletionTimestamp != null && before?.metadata.deletionTimestamp == null;
    if (isMarked) this.evictions.marked(row, pod.metadata.deletionGracePeriodSeconds ?? 0);
    if (isMarked || pod.status !== before?.status) this.statusChanged(row, pod, before);
  }

  deleted(row: number): void {
    this.evictions.gone(row);
    this.count(row, false, false);
  }

  private statusChanged(row: number, pod: Pod, before: Pod | undefined): void {
    const { status } = pod;
    const isLive = countsAsLive(pod);
    this.count(row, isLive && isTrue(status?.conditions, "Ready"), isLive);
    if (status === undefined) return;
    if (status.conditions !== before?.status?.conditions) this.disruption(row, pod);
    if (status.containerStatuses !== before?.status?.containerStatuses) this.restarts(row, pod);
    if (status.phase === "Failed" && before?.status?.phase !== "Failed") {
      this.workloads.bump(this.pods.numbers.workload.get(row), "podsFailed");
      if (status.reason === "Evicted") this.evicted(row, pod, "TerminationByKubelet", status.message ?? "");
    }
    const { texts } = this.pods;
    if (status.reason !== undefined && status.reason !== before?.status?.reason) texts.reason.set(row, status.reason);
  }

  private count(row: number, isReady: boolean, isLive: boolean): void {
    const { numbers } = this.pods;
    const ready = (isReady ? 1 : 0) - numbers.isReady.get(row);
    const live = (isLive ? 1 : 0) - numbers.isLive.get(row);
    if (ready === 0 && live === 0) return;
    numbers.isReady.set(row, isReady ? 1 : 0);
    numbers.isLive.set(row, isLive ? 1 : 0);
    const workload = numbers.workload.get(row);
    this.workloads.count(workload, ready, live);
    if (ready === 1 && Number.isNaN(numbers.readyMicros.get(row))) {
      numbers.readyMicros.set(row, this.clock());
      this.evictions.ready(workload, numbers.createdMicros.get(row));
    }
  }

  private disruption(row: number, pod: Pod): void {
    for (const { type, status, reason = "", message = "" } of pod.status?.conditions ?? [])
      if (type === "DisruptionTarget" && status === "True") this.evicted(row, pod, reason, message);
  }

  private evicted(row: number, pod: Pod, reason: string, message: string): void {
    const workload = this.pods.numbers.workload.get(row);
    if (!this.evictions.evicted(row, workload, pod.spec.nodeName ?? "", reason, message)) return;
    this.workloads.bump(workload, "podsEvicted");
    const { cause } = this.pods.texts;
    if (cause.get(row) === "") cause.set(row, reason);
  }

  private restarts(row: number, pod: Pod): void {
    const restarts = sumOf(pod.status?.containerStatuses) + sumOf(pod.status?.initContainerStatuses);
    const known = this.pods.numbers.restarts.get(row);
    if (restarts <= known) return;
    this.pods.numbers.restarts.set(row, restarts);
    this.workloads.bump(this.pods.numbers.workload.get(row), "restarts", restarts - known);
  }
}

/** Neither being deleted nor over. */
function countsAsLive({ metadata, status }: Pod): boolean {
  return metadata.deletionTimestamp == null && status?.phase !== "Succeeded" && status?.phase !== "Failed";
}

function isTrue(conditions: readonly PodCondition[] | null | undefined, type: string): boolean {
  if (conditions == null) return false;
  for (const condition of conditions) if (condition.type === type) return condition.status === "True";
  return false;
}

function sumOf(statuses: readonly ContainerStatus[] | null | undefined): number {
  let sum = 0;
  for (const { restartCount = 0 } of statuses ?? []) sum += restartCount;
  return sum;
}
