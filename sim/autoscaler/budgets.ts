// Which disruption budgets a pod is under, and whether each of them lets it go. Source: behaviour of core/scaledown/pdb, 1.36.
import type { Labels, PodDisruptionBudget } from "../model/objects.ts";
import { compileLabelSelector, type LabelMatcher } from "../model/selectors.ts";
import type { PodInfo } from "../scheduler/shape.ts";
import type { Snapshot } from "../scheduler/snapshot.ts";

interface Budget {
  readonly name: string;
  readonly matcher: LabelMatcher;
  readonly allowed: number;
}

export class Budgets {
  private readonly snapshot: Snapshot;
  private readonly byNamespace = new Map<string, Budget[]>();
  private revision = -1;

  constructor(snapshot: Snapshot) {
    this.snapshot = snapshot;
  }

  /** Moves with every change of a budget. */
  get changes(): number {
    return this.snapshot.revision("podDisruptionBudgets");
  }

  isUnderOne({ shape }: PodInfo): boolean {
    return this.of(shape.namespace, shape.labels).length > 0;
  }

  /** A budget that does not let the pod go; null when there is none. */
  blocks({ shape }: PodInfo): string | null {
    return this.of(shape.namespace, shape.labels).find(({ allowed }) => allowed < 1)?.name ?? null;
  }

  private of(namespace: string, labels: Labels): readonly Budget[] {
    this.refresh();
    return this.byNamespace.get(namespace)?.filter(({ matcher }) => matcher.matches(labels)) ?? [];
  }

  private refresh(): void {
    if (this.revision === this.changes) return;
    this.revision = this.changes;
    this.byNamespace.clear();
    for (const budget of this.snapshot.objects.podDisruptionBudgets) {
      const { namespace = "default" } = budget.metadata;
      const list = this.byNamespace.get(namespace);
      if (list === undefined) this.byNamespace.set(namespace, [budgetOf(budget)]);
      else list.push(budgetOf(budget));
    }
  }
}

function budgetOf({ metadata, spec, status }: PodDisruptionBudget): Budget {
  const matcher = compileLabelSelector(spec?.selector);
  return { name: metadata.name, matcher, allowed: status?.disruptionsAllowed ?? 0 };
}
