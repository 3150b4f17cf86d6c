// Who is hit: candidates by name, role and zone, of which a count or a share is drawn from the fault's own random stream.
import type { RandomStream } from "../engine/random.ts";
import type { TargetSelection } from "../model/fault-plan.ts";
import type { Labels } from "../model/objects.ts";
import { compileLabelSelector, type LabelMatcher } from "../model/selectors.ts";

/** Something that a fault can act on, as it is at this moment. */
export interface Target {
  readonly name: string;
  readonly zone: string;
  readonly role: "leader" | "follower" | "learner" | "up" | "down";
  readonly labels?: Labels;
  /** Nodes. */
  readonly pool?: string;
  readonly rack?: string;
  /** Pods. */
  readonly namespace?: string;
  readonly node?: string;
}

/** Does the target match by everything but count and share? Made once per selection. */
export function matcher(selection: TargetSelection): (target: Target) => boolean {
  const { names, role, zone, pool, rack, namespace, node } = selection;
  const named = new Set(names);
  const labels: LabelMatcher | null = selection.labels === undefined ? null : compileLabelSelector(selection.labels);
  return (target) =>
    (named.size === 0 || named.has(target.name)) &&
    (role === null || role === "any" || target.role === role) &&
    (zone === null || target.zone === zone) &&
    (pool === undefined || target.pool === pool) &&
    (rack === undefined || target.rack === rack) &&
    (namespace === undefined || target.namespace === namespace) &&
    (node === undefined || target.node === node) &&
    (labels === null || labels.matches(target.labels ?? {}));
}

/** The same for one look. */
export function isMatch(target: Target, selection: TargetSelection): boolean {
  return matcher(selection)(target);
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
