// From what a scenario says about requests to the plan, defaults filled in. Health checks are as common clouds have them (orders of
// magnitude; they differ), kube-proxy's minSyncPeriod is its default.
import type { Distribution } from "../engine/distributions.ts";
import { MILLISECOND, SECOND } from "../engine/tick.ts";
import type { ClusterObjects } from "../model/objects.ts";
import type { Path, Problem } from "../model/problem.ts";
import type { ServiceTraffic, TrafficPlan } from "../model/traffic-plan.ts";
import { distributionOf, durationMicros } from "./duration-schema.ts";
import type { TrafficSpec } from "./traffic-schema.ts";

const UNIT_SECONDS: Readonly<Record<string, number>> = { ms: 0.001, s: 1, m: 60, h: 3600 };
const SYNC: Distribution = { kind: "uniform", min: 20 * MILLISECOND, max: 60 * MILLISECOND };
const DNS: Distribution = { kind: "uniform", min: 0, max: 5 * SECOND };

/**
 * @param services those of the manifests; more may be created while the run goes on
 * @param note gets what is wrong, with the path below `traffic`
 */
export function trafficPlan(
  spec: TrafficSpec | undefined,
  services: ClusterObjects["services"],
  note: (problem: Problem) => void,
): TrafficPlan | null {
  if (spec === undefined || spec.services.length === 0) return null;
  const seen = new Set<string>();
  const plans = spec.services.map((item, i): ServiceTraffic => {
    const [name, namespace = "default"] = item.service.split("/").reverse() as [string, string | undefined];
    const path: Path = ["services", i, "service"];
    const key = `${namespace}/${name}`;
    if (seen.has(key)) note({ path, expected: "each Service once", received: key });
    seen.add(key);
    const service = services.find((s) => s.metadata.name === name && (s.metadata.namespace ?? "default") === namespace);
    const type = service?.spec?.type;
    const isOpen = type === "LoadBalancer" || type === "NodePort";
    const from = item.from ?? (isOpen ? "external" : "nodes");
    return {
      namespace,
      name,
      rate: typeof item.rate === "string" ? [{ atMicros: 0, perSecond: perSecond(item.rate) }] : item.rate.map(step),
      from: typeof from === "string" ? from : { namespace: from.namespace ?? namespace, labels: from.labels },
      minAvailable: item.minAvailable ?? 1,
      lookupsPerRequest: item.lookupsPerRequest ?? 0,
    };
  });
  const { loadBalancer, proxy } = spec;
  const interval = loadBalancer?.interval;
  return {
    services: plans,
    loadBalancer: {
      intervalMicros: interval === undefined ? 10 * SECOND : Math.max(1, durationMicros(interval)),
      unhealthyChecks: loadBalancer?.unhealthyChecks ?? 3,
      healthyChecks: loadBalancer?.healthyChecks ?? 2,
    },
    proxy: {
      minSyncMicros: proxy?.minSyncPeriod === undefined ? SECOND : durationMicros(proxy.minSyncPeriod),
      syncMicros: proxy?.sync === undefined ? SYNC : distributionOf(proxy.sync),
      dnsMicros: proxy?.dns === undefined ? DNS : distributionOf(proxy.dns),
    },
  };
}

function step({ at, rate }: { readonly at: string; readonly rate: string }) {
  return { atMicros: durationMicros(at), perSecond: perSecond(rate) };
}

function perSecond(rate: string): number {
  const [count, unit] = rate.split("/") as [string, string];
  return Number(count) / UNIT_SECONDS[unit]!;
}
