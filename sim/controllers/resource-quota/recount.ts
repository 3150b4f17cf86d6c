// What a namespace really uses of what a quota counts. Source: behaviour of the quota evaluators' UsageStats (1.36).
import type { ApiKind, ApiObject } from "../../apiserver/client.ts";
import type { SharedInformers } from "../../apiserver/shared-informer.ts";
import { AGGREGATED, KNOWN_KINDS } from "../../model/kinds.ts";
import type { Pod, ResourceQuota } from "../../model/objects.ts";
import { parseQuantity } from "../../model/quantity.ts";
import { quantityText } from "../../model/quantity-text.ts";
import { countName, isInScope, type Usage, usageOf } from "../../model/quota-usage.ts";
import { parseTimestampMicros } from "../../model/timestamp.ts";
import { isPodFinished } from "../framework/pod-state.ts";

const SECOND_MICROS = 1_000_000;
/** Kinds that are never counted. */
const UNCOUNTED: ReadonlySet<ApiKind> = new Set<ApiKind>(["events", ...AGGREGATED]);
export const COUNTED_KINDS: readonly ApiKind[] = KNOWN_KINDS.filter(
  ({ list, namespaced }) => namespaced && !UNCOUNTED.has(list),
).map(({ list }) => list);

const OF_PODS = /^(pods|cpu|memory|ephemeral-storage|requests\.(?!storage$)|limits\.|hugepages-)/;

/** The kinds that this resource counts. */
export function kindsOf(resource: string): readonly ApiKind[] {
  const counted = COUNTED_KINDS.filter((kind) => countName(kind) === resource);
  if (counted.length > 0) return counted;
  if (OF_PODS.test(resource)) return ["pods"];
  if (resource === "requests.storage" || resource.includes(".storageclass.storage.k8s.io/"))
    return ["persistentVolumeClaims"];
  if (resource.startsWith("services")) return ["services"];
  return COUNTED_KINDS.filter((kind) => kind.toLowerCase() === resource);
}

/** Does it count this kind at all? */
export function countsKind(quota: ResourceQuota, kind: ApiKind): boolean {
  return Object.keys(quota.spec?.hard ?? {}).some((resource) => kindsOf(resource).includes(kind));
}

/** A pod uses nothing once it has ended, or once the time for its end has passed. */
export function isPodCounted(pod: Pod, nowMicros: number): boolean {
  if (isPodFinished(pod)) return false;
  const { deletionGracePeriodSeconds, deletionTimestamp } = pod.metadata;
  if (deletionTimestamp == null || deletionGracePeriodSeconds === undefined) return true;
  const deadline = (parseTimestampMicros(deletionTimestamp) ?? 0) + deletionGracePeriodSeconds * SECOND_MICROS;
  return nowMicros <= deadline;
}

/** What pods use, by their spec: the pods of one template share it. */
export type PodUsages = WeakMap<Pod["spec"], Usage>;

/** Amounts as text by what the quota counts. */
export function recount(
  informers: SharedInformers,
  quota: ResourceQuota,
  nowMicros: number,
  podUsages: PodUsages,
): Readonly<Record<string, string>> {
  const { namespace = "default" } = quota.metadata;
  const hard = quota.spec?.hard ?? {};
  const names = Object.keys(hard).sort();
  const kinds = new Set(names.flatMap(kindsOf));
  const sums = new Map<string, bigint>(names.map((name) => [name, 0n]));
  // the style in which a sum is written is that of what was added first
  const styles = new Map<string, string | number>();
  for (const kind of kinds) {
    for (const object of objectsOf(informers, kind, namespace)) {
      if (kind === "pods" && !isPodCounted(object as Pod, nowMicros)) continue;
      if (!isInScope(quota, kind, object)) continue;
      for (const [name, amount] of kind === "pods" ? podUsage(podUsages, object as Pod) : usageOf(kind, object)) {
        const sum = sums.get(name);
        if (sum === undefined || amount === 0n) continue;
        sums.set(name, sum + amount);
        if (!styles.has(name)) styles.set(name, styleOf(kind, object, name));
      }
    }
  }
  const used: Record<string, string> = {};
  for (const name of names) used[name] = quantityText(sums.get(name) ?? 0n, styles.get(name) ?? hard[name] ?? 0);
  return used;
}

function podUsage(podUsages: PodUsages, pod: Pod): Usage {
  let usage = podUsages.get(pod.spec);
  if (usage === undefined) {
    usage = usageOf("pods", pod);
    podUsages.set(pod.spec, usage);
  }
  return usage;
}

function objectsOf(informers: SharedInformers, kind: ApiKind, namespace: string): readonly ApiObject[] {
  return informers
    .of(kind)
    .index("namespace", (object) => [object.metadata.namespace ?? "default"])
    .get(namespace);
}

function styleOf(kind: ApiKind, object: ApiObject, name: string): string | number {
  if (kind !== "pods") return name.includes("storage") ? "1Gi" : 1;
  const resource = name.replace(/^(requests|limits)\./, "");
  const what = name.startsWith("limits.") ? "limits" : "requests";
  for (const { resources } of (object as Pod).spec.containers) {
    const amount = resources?.[what]?.[resource];
    if (amount !== undefined && parseQuantity(amount) !== 0n) return amount;
  }
  return 1;
}
