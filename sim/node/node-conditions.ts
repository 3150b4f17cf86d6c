// The conditions that a kubelet reports of its node, with the reasons and messages of 1.36.
import type { Node, NodeCondition } from "../model/objects.ts";

/** What a kubelet knows of its node's health. */
export interface NodeHealth {
  readonly memoryPressure: boolean;
  readonly diskPressure: boolean;
  readonly pidPressure: boolean;
  /** "" = ready; otherwise why not. */
  readonly notReady: string;
}

export const HEALTHY: NodeHealth = { memoryPressure: false, diskPressure: false, pidPressure: false, notReady: "" };

type Verdict = readonly [type: string, status: boolean, reason: string, message: string];

function verdicts(health: NodeHealth): readonly Verdict[] {
  return [
    health.memoryPressure
      ? ["MemoryPressure", true, "KubeletHasInsufficientMemory", "kubelet has insufficient memory available"]
      : ["MemoryPressure", false, "KubeletHasSufficientMemory", "kubelet has sufficient memory available"],
    health.diskPressure
      ? ["DiskPressure", true, "KubeletHasDiskPressure", "kubelet has disk pressure"]
      : ["DiskPressure", false, "KubeletHasNoDiskPressure", "kubelet has no disk pressure"],
    health.pidPressure
      ? ["PIDPressure", true, "KubeletHasInsufficientPID", "kubelet has insufficient PID available"]
      : ["PIDPressure", false, "KubeletHasSufficientPID", "kubelet has sufficient PID available"],
    health.notReady === ""
      ? ["Ready", true, "KubeletReady", "kubelet is posting ready status"]
      : ["Ready", false, "KubeletNotReady", health.notReady],
  ];
}

/** The conditions as they are to be, with the transition times of those that stay; others' conditions stay as they are. */
export function nodeConditions(
  before: readonly NodeCondition[] | null | undefined,
  health: NodeHealth,
  now: string,
): readonly NodeCondition[] {
  const wanted = verdicts(health);
  const old = new Map((before ?? []).map((c) => [c.type, c]));
  const result: NodeCondition[] = (before ?? []).filter((c) => !wanted.some(([type]) => type === c.type));
  for (const [type, isTrue, reason, message] of wanted) {
    const status = isTrue ? "True" : "False";
    const known = old.get(type);
    const lastTransitionTime = known?.status === status ? (known.lastTransitionTime ?? now) : now;
    result.push({ type, status, reason, message, lastHeartbeatTime: now, lastTransitionTime });
  }
  return result;
}

/** Does what the API says of the node's conditions differ from what is, heartbeats left aside? */
export function conditionsDiffer(node: Node, health: NodeHealth): boolean {
  const conditions = node.status?.conditions ?? [];
  return verdicts(health).some(([type, isTrue, reason, message]) => {
    const known = conditions.find((c) => c.type === type);
    return (
      known?.status !== (isTrue ? "True" : "False") ||
      known.reason !== reason ||
      (known.message !== undefined && known.message !== message)
    );
  });
}
