// How bad a zone is, and how fast its nodes may be given up. A zone that is lost as a whole keeps the normal rate, as its nodes are
// really gone; a part of a zone rather hints at a broken network. Source: behaviour of kube-controller-manager 1.36.
import type { ControllerFlags } from "../../model/controller-flags.ts";
import type { Node } from "../../model/objects.ts";

export type ZoneState = "Initial" | "Normal" | "PartialDisruption" | "FullDisruption";

/** Nodes of a zone by their Ready condition. */
export interface ZoneCount {
  readonly ready: number;
  readonly notReady: number;
}

type ZoneFlags = Pick<
  ControllerFlags,
  "nodeEvictionRate" | "secondaryNodeEvictionRate" | "unhealthyZoneThreshold" | "largeClusterSizeThreshold"
>;

/** Fewer are bad luck. */
const MIN_NOT_READY = 3;

/** Region and zone; "" where the node has neither. */
export function zoneOf(node: Node): string {
  const region = node.metadata.labels?.["topology.kubernetes.io/region"] ?? "";
  const zone = node.metadata.labels?.["topology.kubernetes.io/zone"] ?? "";
  return region === "" && zone === "" ? "" : `${region}/${zone}`;
}

/** Nodes with this label say nothing about their zone. */
export function isCounted(node: Node): boolean {
  return node.metadata.labels?.["node.kubernetes.io/exclude-disruption"] === undefined;
}

export function stateOf({ ready, notReady }: ZoneCount, flags: ZoneFlags): ZoneState {
  if (ready === 0 && notReady > 0) return "FullDisruption";
  const isMany = notReady >= MIN_NOT_READY && notReady / (notReady + ready) >= flags.unhealthyZoneThreshold;
  return isMany ? "PartialDisruption" : "Normal";
}

/** Nodes per second that may be tainted NoExecute in a zone of this state and size; 0 = none. */
export function evictionRate(state: ZoneState, { ready, notReady }: ZoneCount, flags: ZoneFlags): number {
  if (state !== "PartialDisruption") return flags.nodeEvictionRate;
  return ready + notReady > flags.largeClusterSizeThreshold ? flags.secondaryNodeEvictionRate : 0;
}
