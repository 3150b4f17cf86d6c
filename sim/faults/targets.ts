// Who is hit: candidates by name, role and zone, of which a count or a share is drawn from the fault's own random stream.
import type { RandomStream } from "../engine/random.ts";
import type { TargetSelection } from "../model/fault-plan.ts";

/** Something that a fault can act on, as it is at this moment. */
export interface Target {
  readonly name: string;
  readonly zone: string;
  readonly role: "leader" | "follower" | "learner" | "down";
}

/** Does the target match by name, role and zone? */
export function isMatch(target: Target, { names, role, zone }: TargetSelection): boolean {
  return (
    (names.length === 0 || names.includes(target.name)) &&
    (role === null || role === "any" || target.role === role) &&
    (zone === null || target.zone === zone)
  );
}

/**
 * As many of the targets that match as the selection asks for, in their order.
 *
 * @param stream drawn from only when some of several are picked: one number per pick
 */
export function pickTargets(
  matching: readonly Target[],
  { count, share }: TargetSelection,
  stream: RandomStream,
): readonly Target[] {
  const wanted = count ?? (share === null ? matching.length : Math.max(1, Math.round(share * matching.length)));
  return draw(matching, wanted, stream);
}

/** Some of the items, each set equally likely, in their own order. */
export function draw<T>(items: readonly T[], wanted: number, stream: RandomStream): readonly T[] {
  if (wanted >= items.length) return items;
  const order = Array.from(items.keys());
  for (let i = 0; i < wanted; i++) {
    const j = i + stream.int(order.length - i);
    [order[i], order[j]] = [order[j]!, order[i]!];
  }
  return order
    .slice(0, wanted)
    .sort((a, b) => a - b)
    .map((index) => items[index]!);
}
