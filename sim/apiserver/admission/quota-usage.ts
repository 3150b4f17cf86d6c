// What an object uses of a ResourceQuota when it is created, by the names that quotas count. Source: the quota evaluators of 1.36.
import type {
  Container,
  PersistentVolumeClaim,
  Pod,
  ResourceList,
  ResourceQuota,
  Service,
} from "../../model/objects.ts";
import { qosClassOf } from "../../model/qos.ts";
import { parseQuantity } from "../../model/quantity.ts";
import { isSidecar } from "../../model/resources.ts";
import type { ApiKind, ApiObject } from "../client.ts";
import { qualifiedResource } from "../kind-rules.ts";

/** Amounts in billionths by resource. */
export type Usage = ReadonlyMap<string, bigint>;

const ONE = 1_000_000_000n;
const PLAIN_COUNTS: ReadonlySet<ApiKind> = new Set<ApiKind>([
  "services",
  "persistentVolumeClaims",
  "replicationControllers",
  "resourceQuotas",
  "secrets",
  "configMaps",
]);

export function usageOf(kind: ApiKind, object: ApiObject): Usage {
  const usage = new Map<string, bigint>([[`count/${qualifiedResource(kind)}`, ONE]]);
  if (PLAIN_COUNTS.has(kind)) usage.set(kind.toLowerCase(), ONE);
  if (kind === "pods") addPod(usage, object as Pod);
  if (kind === "persistentVolumeClaims") {
    const claim = object as PersistentVolumeClaim;
    const storage = parseQuantity(claim.spec.resources?.requests?.storage ?? 0);
    usage.set("requests.storage", storage);
    const { storageClassName } = claim.spec;
    if (storageClassName) {
      usage.set(`${storageClassName}.storageclass.storage.k8s.io/requests.storage`, storage);
      usage.set(`${storageClassName}.storageclass.storage.k8s.io/persistentvolumeclaims`, ONE);
    }
  }
  if (kind === "services") {
    const { type, ports } = (object as Service).spec ?? {};
    const count = BigInt((ports ?? []).length) * ONE;
    if (type === "LoadBalancer") usage.set("services.loadbalancers", ONE);
    if (type === "LoadBalancer" || type === "NodePort") usage.set("services.nodeports", count);
  }
  return usage;
}

function addPod(usage: Map<string, bigint>, { spec }: Pod): void {
  usage.set("pods", ONE);
  const requests = totals(spec, "requests");
  const limits = totals(spec, "limits");
  for (const [name, amount] of requests) {
    usage.set(`requests.${name}`, amount);
    if (name === "cpu" || name === "memory" || name === "ephemeral-storage") usage.set(name, amount);
  }
  for (const [name, amount] of limits) usage.set(`limits.${name}`, amount);
}

// containers and sidecars together, or the largest of those that run before
function totals(spec: Pod["spec"], what: "requests" | "limits"): Map<string, bigint> {
  const sums = new Map<string, bigint>();
  const amounts = ({ resources }: Container) => Object.entries(resources?.[what] ?? {});
  const add = (list: Iterable<readonly [string, string | number]>) => {
    for (const [name, amount] of list) sums.set(name, (sums.get(name) ?? 0n) + parseQuantity(amount));
  };
  for (const container of spec.containers) add(amounts(container));
  for (const container of spec.initContainers ?? []) {
    if (isSidecar(container)) {
      add(amounts(container));
      continue;
    }
    for (const [name, amount] of amounts(container)) {
      const own = parseQuantity(amount);
      if (own > (sums.get(name) ?? 0n)) sums.set(name, own);
    }
  }
  for (const [name, amount] of Object.entries(spec.resources?.[what] ?? {})) sums.set(name, parseQuantity(amount));
  if (what === "requests") add(Object.entries((spec.overhead ?? {}) as ResourceList));
  return sums;
}

/** Does the quota count this object at all? */
export function isInScope({ spec }: ResourceQuota, kind: ApiKind, object: ApiObject): boolean {
  const scopes = [
    ...(spec?.scopes ?? []).map((scopeName) => ({ scopeName, operator: "Exists", values: [] as readonly string[] })),
    ...(spec?.scopeSelector?.matchExpressions ?? []),
  ];
  if (scopes.length === 0) return true;
  if (kind !== "pods") return false;
  return scopes.every(({ scopeName, operator, values }) =>
    matchesScope(object as Pod, scopeName, operator, values ?? []),
  );
}

function matchesScope({ spec }: Pod, scope: string, operator: string, values: readonly string[]): boolean {
  switch (scope) {
    case "Terminating":
      return spec.activeDeadlineSeconds != null && spec.activeDeadlineSeconds >= 0;
    case "NotTerminating":
      return spec.activeDeadlineSeconds == null;
    case "BestEffort":
      return qosClassOf(spec) === "BestEffort";
    case "NotBestEffort":
      return qosClassOf(spec) !== "BestEffort";
    case "PriorityClass": {
      const own = spec.priorityClassName ?? "";
      if (operator === "Exists") return own !== "";
      if (operator === "DoesNotExist") return own === "";
      return operator === "In" ? values.includes(own) : !values.includes(own);
    }
    default:
      return false;
  }
}
