// PodDisruptionBudgets as preemption sees them: how many more pods of each may go, and which of a set of pods would be one
// too many. Preemption tries to respect them but does not have to.
import type { PodDisruptionBudget } from "../../model/objects.ts";
import { compileLabelSelector, type LabelMatcher } from "../../model/selectors.ts";
import type { PodInfo } from "../shape.ts";
import type { Snapshot } from "../snapshot.ts";

export interface DisruptionBudget {
  readonly namespace: string;
  readonly selector: LabelMatcher;
  readonly disruptionsAllowed: number;
  /** Names of pods whose disruption the API server has granted and counted already. */
  readonly disrupted: ReadonlySet<string>;
}

/** The budgets of a snapshot, compiled once per change. */
export class DisruptionBudgets {
  private readonly snapshot: Snapshot;
  private compiled: readonly DisruptionBudget[] = [];
  private compiledAt = -1;

  constructor(snapshot: Snapshot) {
    this.snapshot = snapshot;
  }

  list(): readonly DisruptionBudget[] {
    const revision = this.snapshot.revision("podDisruptionBudgets");
    if (revision !== this.compiledAt) {
      this.compiled = this.snapshot.objects.podDisruptionBudgets.map(compile).filter((budget) => budget !== null);
      this.compiledAt = revision;
    }
    return this.compiled;
  }
}

// a budget without a selector, or with an empty one, protects nothing here
function compile(budget: PodDisruptionBudget): DisruptionBudget | null {
  const selector = compileLabelSelector(budget.spec?.selector);
  if (selector.isEmpty || selector.isNothing) return null;
  return {
    namespace: budget.metadata.namespace ?? "default",
    selector,
    disruptionsAllowed: budget.status?.disruptionsAllowed ?? 0,
    disrupted: new Set(Object.keys(budget.status?.disruptedPods ?? {})),
  };
}

/**
 * Splits pods into those whose removal would break a budget and the rest, both in the given order: earlier pods use up
 * what the budgets allow, later ones are too many.
 */
export function splitByViolation(
  pods: readonly PodInfo[],
  budgets: readonly DisruptionBudget[],
): { readonly violating: readonly PodInfo[]; readonly others: readonly PodInfo[] } {
  if (budgets.length === 0) return { violating: [], others: pods };
  const left = budgets.map((budget) => budget.disruptionsAllowed);
  const violating: PodInfo[] = [];
  const others: PodInfo[] = [];
  for (const pod of pods) {
    const { labels, namespace } = pod.shape;
    let violates = false;
    // a pod without labels is under no budget, not even under one that asks for the absence of a label
    if (Object.keys(labels).length > 0) {
      for (let i = 0; i < budgets.length; i++) {
        const budget = budgets[i]!;
        if (budget.namespace !== namespace || !budget.selector.matches(labels)) continue;
        if (budget.disrupted.has(pod.pod.metadata.name)) continue;
        left[i] = left[i]! - 1;
        if (left[i]! < 0) violates = true;
      }
    }
    (violates ? violating : others).push(pod);
  }
  return { violating, others };
}
