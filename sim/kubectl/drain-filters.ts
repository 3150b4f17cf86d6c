// Which pods of a node `kubectl drain` removes, which it leaves, and which are a reason not to begin.
import type { Pod } from "../model/objects.ts";
import { parseTimestampMicros } from "../model/timestamp.ts";

export interface DrainFlags {
  readonly ignoreDaemonsets: boolean;
  readonly deleteEmptydirData: boolean;
  readonly force: boolean;
  readonly skipWaitForDeleteTimeout: number;
}

export interface DrainList {
  readonly pods: readonly Pod[];
  readonly warnings: readonly string[];
  /** Reasons not to begin. */
  readonly errors: readonly string[];
}

const MIRROR = "kubernetes.io/config.mirror";
type Reason = "daemonSet" | "localStorage" | "unmanaged";

const WARNINGS: Readonly<Record<Reason, string>> = {
  daemonSet: "ignoring DaemonSet-managed Pods",
  localStorage: "deleting Pods with local storage",
  unmanaged: "deleting Pods that declare no controller",
};
const ERRORS: Readonly<Record<Reason, string>> = {
  daemonSet: "cannot delete DaemonSet-managed Pods (use --ignore-daemonsets to ignore)",
  localStorage: "cannot delete Pods with local storage (use --delete-emptydir-data to override)",
  unmanaged: "cannot delete Pods that declare no controller (use --force to override)",
};

export function podsToDrain(found: readonly Pod[], flags: DrainFlags, nowMicros: number): DrainList {
  const pods: Pod[] = [];
  const warned = new Map<Reason, string[]>();
  const refused = new Map<Reason, string[]>();
  for (const pod of found) {
    const { deletionTimestamp, annotations } = pod.metadata;
    if (annotations?.[MIRROR] !== undefined) continue;
    const skipMicros = flags.skipWaitForDeleteTimeout;
    if (
      skipMicros > 0 &&
      deletionTimestamp != null &&
      nowMicros - (parseTimestampMicros(deletionTimestamp) ?? nowMicros) > skipMicros
    )
      continue;
    const note = (to: Map<Reason, string[]>, reason: Reason) => {
      to.set(reason, [...(to.get(reason) ?? []), `${pod.metadata.namespace ?? "default"}/${pod.metadata.name}`]);
    };
    const owner = pod.metadata.ownerReferences?.find(({ controller }) => controller === true);
    if (owner?.kind === "DaemonSet") {
      note(flags.ignoreDaemonsets ? warned : refused, "daemonSet");
      continue;
    }
    const { phase } = pod.status ?? {};
    if (phase !== "Succeeded" && phase !== "Failed") {
      if (pod.spec.volumes?.some(({ emptyDir }) => emptyDir != null)) {
        note(flags.deleteEmptydirData ? warned : refused, "localStorage");
        if (!flags.deleteEmptydirData) continue;
      }
      if (owner === undefined) {
        note(flags.force ? warned : refused, "unmanaged");
        if (!flags.force) continue;
      }
    }
    pods.push(pod);
  }
  const texts = (from: Map<Reason, string[]>, words: Readonly<Record<Reason, string>>) =>
    [...from].map(([reason, names]) => `${words[reason]}: ${names.join(", ")}`);
  return { pods, warnings: texts(warned, WARNINGS), errors: texts(refused, ERRORS) };
}
