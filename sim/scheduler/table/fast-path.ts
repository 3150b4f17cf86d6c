// The scheduler's shortcut: one node table for the snapshot, one evaluator per profile that the table can serve.
import type { RandomStream } from "../../engine/random.ts";
import type { Profile } from "../profile.ts";
import type { TieBreak } from "../ranking.ts";
import type { PodInfo } from "../shape.ts";
import type { Snapshot } from "../snapshot.ts";
import { TableEvaluator } from "./evaluator.ts";
import { NodeTable } from "./node-table.ts";
import { profileRules, shapeRules } from "./profile-rules.ts";
import { SpreadRuleTable } from "./spread-rules.ts";

export class TableFastPath {
  private readonly table: NodeTable;
  private readonly evaluators = new Map<Profile, TableEvaluator>();

  /** @param custom names of the user's plugins, which the table knows nothing of */
  constructor(
    snapshot: Snapshot,
    profiles: Iterable<Profile>,
    custom: ReadonlySet<string>,
    tieBreak: TieBreak,
    stream: RandomStream | null,
  ) {
    this.table = new NodeTable(snapshot);
    for (const profile of profiles) {
      const rules = profileRules(profile, custom);
      if (rules === null) continue;
      const spreads = new SpreadRuleTable(profile, this.table);
      const evaluator = new TableEvaluator(this.table, {
        tieBreak,
        stream,
        rules: (pod) => shapeRules(profile, rules, spreads, pod),
      });
      this.evaluators.set(profile, evaluator);
    }
  }

  /** Nodes evaluated so far, over all profiles: the work that was really done. */
  get evaluations(): number {
    let sum = 0;
    for (const evaluator of this.evaluators.values()) sum += evaluator.evaluations;
    return sum;
  }

  /** The evaluator with the pod prepared; null when the plain evaluation must decide. */
  prepare(profile: Profile, pod: PodInfo): TableEvaluator | null {
    const evaluator = this.evaluators.get(profile);
    return evaluator !== undefined && this.table.snapshot.nodeCount > 0 && evaluator.prepare(pod) ? evaluator : null;
  }
}
