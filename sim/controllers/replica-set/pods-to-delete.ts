// Which pods of a ReplicaSet go first when it has too many. Source: behaviour of kube-controller-manager's ActivePodsWithRanks:
// unassigned, pending, not ready, cheap to delete, doubled up on a node with related pods, ready for a short time (in powers of two),
// restarted often, young (in powers of two); in the end by uid.
import type { Pod } from "../../model/objects.ts";
import { parseTimestampMicros } from "../../model/timestamp.ts";
import { isPodActive, readySinceMicros } from "../framework/pod-state.ts";

const DELETION_COST = "controller.kubernetes.io/pod-deletion-cost";
const MAX_COST = 2_147_483_647;
const PHASES = ["Pending", "Unknown", "Running"];

interface Candidate {
  readonly pod: Pod;
  readonly isAssigned: boolean;
  readonly phase: number;
  readonly isReady: boolean;
  readonly cost: number;
  /** Active related pods on its node. */
  readonly rank: number;
  readonly readyBucket: number;
  readonly restarts: readonly [regular: number, sidecar: number];
  readonly ageBucket: number;
}

/**
 * The first `count` pods to delete.
 *
 * @param related pods of all ReplicaSets of the same owner, own ones included
 */
export function podsToDelete(pods: readonly Pod[], related: readonly Pod[], count: number, nowMicros: number): Pod[] {
  if (count >= pods.length) return [...pods];
  const onNode = new Map<string, number>();
  for (const pod of related) {
    if (!isPodActive(pod)) continue;
    const node = pod.spec.nodeName ?? "";
    onNode.set(node, (onNode.get(node) ?? 0) + 1);
  }
  const candidates = pods.map((pod): Candidate => {
    const ready = readySinceMicros(pod);
    return {
      pod,
      isAssigned: Boolean(pod.spec.nodeName),
      phase: PHASES.indexOf(pod.status?.phase ?? "Pending"),
      isReady: ready !== undefined,
      cost: deletionCost(pod),
      rank: onNode.get(pod.spec.nodeName ?? "") ?? 0,
      readyBucket: ready === undefined ? 0 : log2Nanos(nowMicros - ready),
      restarts: restarts(pod),
      ageBucket: log2Nanos(nowMicros - (parseTimestampMicros(pod.metadata.creationTimestamp ?? "") ?? nowMicros)),
    };
  });
  candidates.sort(before);
  return candidates.slice(0, count).map(({ pod }) => pod);
}

function before(a: Candidate, b: Candidate): number {
  return (
    Number(a.isAssigned) - Number(b.isAssigned) ||
    a.phase - b.phase ||
    Number(a.isReady) - Number(b.isReady) ||
    a.cost - b.cost ||
    b.rank - a.rank ||
    a.readyBucket - b.readyBucket ||
    b.restarts[0] - a.restarts[0] ||
    b.restarts[1] - a.restarts[1] ||
    a.ageBucket - b.ageBucket ||
    (uidOf(a) < uidOf(b) ? -1 : uidOf(a) > uidOf(b) ? 1 : 0)
  );
}

/** The annotation's value; 0 when there is none, or none that the API server would take. */
export function deletionCost(pod: Pod): number {
  const text = pod.metadata.annotations?.[DELETION_COST];
  if (text === undefined || !/^(0|-?[1-9]\d*)$/.test(text)) return 0;
  const cost = Number(text);
  return Math.abs(cost) > MAX_COST ? 0 : cost;
}

// the whole part of the binary logarithm of the age in nanoseconds; -1 for what is not in the past
function log2Nanos(micros: number): number {
  let bucket = -1;
  for (let nanos = micros * 1000; nanos >= 1; nanos /= 2) bucket++;
  return bucket;
}

function restarts(pod: Pod): readonly [number, number] {
  let regular = 0;
  for (const { restartCount = 0 } of pod.status?.containerStatuses ?? []) regular = Math.max(regular, restartCount);
  let sidecar = 0;
  const always = new Set(
    (pod.spec.initContainers ?? []).filter((c) => c.restartPolicy === "Always").map((c) => c.name),
  );
  for (const { name, restartCount = 0 } of pod.status?.initContainerStatuses ?? []) {
    if (always.has(name)) sidecar = Math.max(sidecar, restartCount);
  }
  return [regular, sidecar];
}

function uidOf({ pod }: Candidate): string {
  return pod.metadata.uid ?? "";
}
