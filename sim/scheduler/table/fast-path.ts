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

export interface FastPathOptions {
  /** Names of the user's plugins, which the table knows nothing of. */
  readonly customPlugins: ReadonlySet<string>;
  readonly tieBreak: TieBreak;
  readonly stream: RandomStream | null;
  /** Per profile; see EvaluatorOptions. */
  readonly cacheBytes?: number;
}

export class TableFastPath {
  private readonly table: NodeTable;
  private readonly evaluators = new Map<Profile, TableEvaluator>();

  constructor(snapshot: Snapshot, profiles: Iterable<Profile>, options: FastPathOptions) {
    this.table = new NodeTable(snapshot);
    for (const profile of profiles) {
      const rules = profileRules(profile, options.customPlugins);
      if (rules === null) continue;
      const spreads = new SpreadRuleTable(profile, this.table);
      const evaluator = new TableEvaluator(this.table, {
        ...options,
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
