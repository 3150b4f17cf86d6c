// Spread constraints of a pod shape as counters over the node table.
import type { PodTopologySpreadArgs } from "../../model/scheduler-plugin-args.ts";
import type { NodeInfo } from "../node-info.ts";
import type { Profile } from "../profile.ts";
import type { PodShape } from "../shape.ts";
import { hasAllKeys, type SpreadConstraint, SpreadConstraintTable } from "../spread-constraints.ts";
import type { NodeTable } from "./node-table.ts";
import type { SpreadRule, SpreadRules } from "./rules.ts";

export class SpreadRuleTable {
  private readonly constraints: SpreadConstraintTable;
  private readonly table: NodeTable;

  constructor(profile: Profile, table: NodeTable) {
    this.table = table;
    this.constraints = new SpreadConstraintTable(
      profile.argsOf("PodTopologySpread") as unknown as PodTopologySpreadArgs,
      table.snapshot,
    );
  }

  /** The rules of a shape as of now; default constraints follow services and controllers. */
  of(shape: PodShape): SpreadRules {
    const { hard, soft, requireAllTopologies } = this.constraints.of(shape);
    const hardRules = hard.map((c) => this.rule(c, shape, hard));
    // under system defaults a node that lacks one key still counts for the other
    const softRules = soft.map((c) => this.rule(c, shape, requireAllTopologies ? soft : []));
    const key = JSON.stringify([requireAllTopologies, hard.map(keyOf), soft.map(keyOf)]);
    return { key, hard: hardRules, soft: softRules, requireAllTopologies };
  }

  private rule(constraint: SpreadConstraint, shape: PodShape, together: readonly SpreadConstraint[]): SpreadRule {
    const { groups } = this.table;
    const { selector } = constraint;
    const { namespace } = shape;
    const group = groups.group(
      `spreads\u0000${namespace}\u0000${selector.key}`,
      // an empty selector counts no pods
      (other) => (!selector.isEmpty && other.namespace === namespace && selector.matches(other.labels) ? 1 : 0),
      true,
    );
    const keys = together.map((c) => c.topologyKey).sort();
    const eligibility = {
      key: JSON.stringify([keys, constraint.inclusionKey]),
      test: (node: NodeInfo) => hasAllKeys(node, together) && constraint.includes(node),
    };
    return {
      topologyKey: constraint.topologyKey,
      maxSkew: constraint.maxSkew,
      minDomains: constraint.minDomains,
      selfMatch: constraint.selfMatch,
      counter: () => groups.counter(group, constraint.topologyKey, eligibility),
      group,
    };
  }
}

function keyOf(c: SpreadConstraint): readonly unknown[] {
  return [c.topologyKey, c.maxSkew, c.minDomains, c.selector.key, c.selfMatch, c.inclusionKey];
}
