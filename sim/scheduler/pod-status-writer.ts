// Writes what the scheduler has to say about waiting pods into their status: the PodScheduled condition and the nomination.
// Writes nothing when nothing would change, as the scheduler does.
import type { Client } from "../apiserver/client.ts";
import type { Pod, PodCondition, PodStatus } from "../model/objects.ts";
import { withCondition } from "../model/pod-conditions.ts";
import { timestampAt } from "../model/timestamp.ts";

export class PodStatusWriter {
  private readonly client: Client;
  private readonly nowMicros: () => number;

  constructor(client: Client, nowMicros: () => number) {
    this.client = client;
    this.nowMicros = nowMicros;
  }

  /** Reasons as the API knows them: Unschedulable, SchedulerError. */
  unschedulable(pod: Pod, reason: string, message: string, nominatedNodeName: string): void {
    const old = pod.status?.conditions?.find((c) => c.type === "PodScheduled");
    const said = old?.status === "False" && old.reason === reason && old.message === message;
    if (said && (pod.status?.nominatedNodeName ?? "") === nominatedNodeName) return;
    const lastTransitionTime = timestampAt(this.nowMicros());
    const condition: PodCondition = { type: "PodScheduled", status: "False", reason, message, lastTransitionTime };
    this.write(pod, {
      ...pod.status,
      conditions: withCondition(pod.status?.conditions, condition),
      nominatedNodeName: nominatedNodeName === "" ? undefined : nominatedNodeName,
    });
  }

  /** A pod that is to go says so before it is deleted. */
  disrupted(pod: Pod, message: string): void {
    const lastTransitionTime = timestampAt(this.nowMicros());
    const reason = "PreemptionByScheduler";
    const condition: PodCondition = { type: "DisruptionTarget", status: "True", reason, message, lastTransitionTime };
    this.write(pod, { ...pod.status, conditions: withCondition(pod.status?.conditions, condition) });
  }

  nominationLost(pod: Pod): void {
    if (pod.status?.nominatedNodeName) this.write(pod, { ...pod.status, nominatedNodeName: undefined });
  }

  private write(pod: Pod, status: PodStatus): void {
    // a patch: whatever version is stored by now, as long as it is the same pod
    this.client.updateStatus("pods", { ...pod, metadata: { ...pod.metadata, resourceVersion: undefined }, status });
  }
}
