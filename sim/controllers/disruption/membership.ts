// Which pods a disruption budget selects, kept current with both sides, so that neither a pod's change nor a budget's recount looks at
// other pods. Pods of one owner share their labels object: what budgets select it is worked out once.
import type { Labels, Pod, PodDisruptionBudget } from "../../model/objects.ts";
import { compileLabelSelector, type LabelMatcher } from "../../model/selectors.ts";

const NO_PODS: ReadonlyMap<string, Pod> = new Map();

export class BudgetMembership {
  // budgets by namespace, each by key
  private readonly budgets = new Map<string, Map<string, LabelMatcher>>();
  private readonly pods = new Map<string, Map<string, Pod>>();
  private readonly memberships = new Map<string, readonly string[]>();
  private byLabels = new WeakMap<Labels, Map<string, readonly string[]>>();

  /** Pods by their key, in order of first sight. */
  podsOf(budgetKey: string): ReadonlyMap<string, Pod> {
    return this.pods.get(budgetKey) ?? NO_PODS;
  }

  /** Keys of the budgets that select the pod now. */
  budgetsOf(pod: Pod): readonly string[] {
    const { labels, namespace = "default" } = pod.metadata;
    const budgets = this.budgets.get(namespace);
    if (budgets === undefined || budgets.size === 0) return [];
    const shared = labels ?? NO_LABELS;
    let known = this.byLabels.get(shared);
    if (known === undefined) {
      known = new Map();
      this.byLabels.set(shared, known);
    }
    let found = known.get(namespace);
    if (found === undefined) {
      found = [...budgets].filter(([, matcher]) => matcher.matches(shared)).map(([key]) => key);
      known.set(namespace, found);
    }
    return found;
  }

  /** @returns keys of the budgets that select the pod, or did before */
  podSeen(key: string, pod: Pod): readonly string[] {
    const before = this.memberships.get(key);
    const now = this.budgetsOf(pod);
    for (const budget of now) this.pods.get(budget)?.set(key, pod);
    if (before === now) return now;
    for (const budget of before ?? []) if (!now.includes(budget)) this.pods.get(budget)?.delete(key);
    if (now.length === 0) this.memberships.delete(key);
    else this.memberships.set(key, now);
    return before === undefined ? now : [...new Set([...before, ...now])];
  }

  podGone(key: string): readonly string[] {
    const before = this.memberships.get(key) ?? [];
    for (const budget of before) this.pods.get(budget)?.delete(key);
    this.memberships.delete(key);
    return before;
  }

  /** @param candidates the pods of its namespace, by key */
  budgetSeen(key: string, budget: PodDisruptionBudget, candidates: Iterable<readonly [string, Pod]>): void {
    const { namespace = "default" } = budget.metadata;
    let budgets = this.budgets.get(namespace);
    if (budgets === undefined) {
      budgets = new Map();
      this.budgets.set(namespace, budgets);
    }
    const matcher = compileLabelSelector(budget.spec?.selector);
    budgets.set(key, matcher);
    const pods = new Map<string, Pod>();
    this.pods.set(key, pods);
    this.byLabels = new WeakMap();
    const matches = new Map<Labels, boolean>();
    for (const [podKey, pod] of candidates) {
      const labels = pod.metadata.labels ?? NO_LABELS;
      let isMatch = matches.get(labels);
      if (isMatch === undefined) {
        isMatch = matcher.matches(labels);
        matches.set(labels, isMatch);
      }
      if (!isMatch) continue;
      pods.set(podKey, pod);
      this.memberships.set(podKey, [...(this.memberships.get(podKey) ?? []), key]);
    }
  }

  budgetGone(key: string, { metadata }: PodDisruptionBudget): void {
    this.budgets.get(metadata.namespace ?? "default")?.delete(key);
    for (const podKey of this.podsOf(key).keys()) {
      const left = (this.memberships.get(podKey) ?? []).filter((budget) => budget !== key);
      if (left.length === 0) this.memberships.delete(podKey);
      else this.memberships.set(podKey, left);
    }
    this.pods.delete(key);
    this.byLabels = new WeakMap();
  }
}

const NO_LABELS: Labels = {};
