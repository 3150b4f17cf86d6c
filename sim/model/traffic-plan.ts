// What a scenario says about requests on Services, as data of a plan.
import type { Distribution } from "../engine/distributions.ts";
import type { Labels } from "./objects.ts";

export interface TrafficPlan {
  readonly services: readonly ServiceTraffic[];
  readonly loadBalancer: LoadBalancerPlan;
  readonly proxy: ProxyPlan;
}

/** Requests on one Service. */
export interface ServiceTraffic {
  readonly namespace: string;
  readonly name: string;
  /** Requests per second from each time on; the first at 0. */
  readonly rate: readonly { readonly atMicros: number; readonly perSecond: number }[];
  /** Where requests come from: outside through the load balancer, every node alike, or the pods with these labels. */
  readonly from: "external" | "nodes" | { readonly namespace: string; readonly labels: Labels };
  /** Fewer pods than these that really answer are too few. */
  readonly minAvailable: number;
  /** DNS look-ups per request. */
  readonly lookupsPerRequest: number;
}

/** How the cloud's load balancer finds out which nodes answer. */
export interface LoadBalancerPlan {
  readonly intervalMicros: number;
  /** Failed checks in a row that take a node out, good ones that take it back in. */
  readonly unhealthyChecks: number;
  readonly healthyChecks: number;
}

export interface ProxyPlan {
  /** `minSyncPeriod` of kube-proxy. */
  readonly minSyncMicros: number;
  /** From the start of a sync until the node's rules are in force. */
  readonly syncMicros: Distribution;
  /** From a change until clients of a headless Service have it from DNS. */
  readonly dnsMicros: Distribution;
}
