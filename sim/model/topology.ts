// Where a node stands: zone and rack by its labels; "" where it does not say.
import type { Node } from "./objects.ts";

export const ZONE_LABEL = "topology.kubernetes.io/zone";
const OLD_ZONE_LABEL = "failure-domain.beta.kubernetes.io/zone";
/** There is no well-known label of a rack; this one is the common choice. */
export const RACK_LABEL = "topology.kubernetes.io/rack";

export function zoneOf({ metadata: { labels } }: Node): string {
  return labels?.[ZONE_LABEL] ?? labels?.[OLD_ZONE_LABEL] ?? "";
}

export function rackOf({ metadata: { labels } }: Node): string {
  return labels?.[RACK_LABEL] ?? "";
}
