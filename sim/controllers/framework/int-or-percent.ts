// Counts that may be written as shares, and the two limits of a rolling update. Source: behaviour of apimachinery's intstr and of
// the Deployment controller's ResolveFenceposts.
import type { IntOrString } from "../../model/objects.ts";

/** The count that a number or a share such as "25%" of `total` stands for. */
export function scaledCount(value: IntOrString | null | undefined, total: number, roundsUp: boolean): number {
  if (value == null) return 0;
  if (typeof value === "number") return value;
  const text = value.trim();
  const number = Number.parseInt(text, 10);
  if (!Number.isFinite(number)) return 0;
  if (!text.endsWith("%")) return number;
  return roundsUp ? Math.ceil((number * total) / 100) : Math.floor((number * total) / 100);
}

export interface Fenceposts {
  readonly maxSurge: number;
  readonly maxUnavailable: number;
}

/** Surge is rounded up, unavailable down; where both come to nothing one pod may be unavailable, or nothing could ever move. */
export function resolveFenceposts(
  maxSurge: IntOrString | null | undefined,
  maxUnavailable: IntOrString | null | undefined,
  replicas: number,
): Fenceposts {
  const surge = scaledCount(maxSurge, replicas, true);
  const unavailable = scaledCount(maxUnavailable, replicas, false);
  return { maxSurge: surge, maxUnavailable: surge === 0 && unavailable === 0 ? 1 : unavailable };
}
