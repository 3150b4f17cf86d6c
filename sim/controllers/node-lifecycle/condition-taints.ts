// NoSchedule taints that say what a node's conditions and its spec say: put on and taken off at once, not by the monitor's tick.
// Source: behaviour of the node lifecycle controller of kube-controller-manager 1.36 (TaintNodesByCondition).
import type { Node, Taint } from "../../model/objects.ts";
import {
  DISK_PRESSURE_TAINT,
  MEMORY_PRESSURE_TAINT,
  NETWORK_UNAVAILABLE_TAINT,
  NOT_READY_TAINT,
  PID_PRESSURE_TAINT,
  sameTaint,
  UNREACHABLE_TAINT,
  UNSCHEDULABLE_TAINT,
} from "../../model/taints.ts";

const CONDITION_TAINTS: ReadonlyMap<string, Readonly<Record<string, string>>> = new Map<
  string,
  Readonly<Record<string, string>>
>([
  ["Ready", { False: NOT_READY_TAINT, Unknown: UNREACHABLE_TAINT }],
  ["MemoryPressure", { True: MEMORY_PRESSURE_TAINT }],
  ["DiskPressure", { True: DISK_PRESSURE_TAINT }],
  ["NetworkUnavailable", { True: NETWORK_UNAVAILABLE_TAINT }],
  ["PIDPressure", { True: PID_PRESSURE_TAINT }],
]);

const OWN_KEYS: ReadonlySet<string> = new Set([
  UNSCHEDULABLE_TAINT,
  ...[...CONDITION_TAINTS.values()].flatMap((byStatus) => Object.values(byStatus)),
]);

export interface TaintChange {
  readonly add: readonly Taint[];
  readonly remove: readonly Taint[];
}

/** What has to change for the node's taints to fit; null = nothing. */
export function conditionTaintChange(node: Node): TaintChange | null {
  const wanted: Taint[] = [];
  for (const { type, status } of node.status?.conditions ?? []) {
    const key = CONDITION_TAINTS.get(type)?.[status];
    if (key !== undefined) wanted.push({ key, effect: "NoSchedule" });
  }
  if (node.spec?.unschedulable === true) wanted.push({ key: UNSCHEDULABLE_TAINT, effect: "NoSchedule" });
  const present = (node.spec?.taints ?? []).filter(({ key, effect }) => effect === "NoSchedule" && OWN_KEYS.has(key));
  const add = wanted.filter((taint) => !present.some((other) => sameTaint(taint, other)));
  const remove = present.filter((taint) => !wanted.some((other) => sameTaint(taint, other)));
  return add.length + remove.length === 0 ? null : { add, remove };
}
