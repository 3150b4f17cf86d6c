// Would pods of this priority evict something? They are placed on the settled cluster with preemption as the scheduler does it; who gives way is
// placed again where there is room. Beside it stands what the same class with preemptionPolicy Never would do.
import type { Pod, PodDisruptionBudget } from "../../model/objects.ts";
import { compileLabelSelector } from "../../model/selectors.ts";
import type { Answer, Cell } from "./answer.ts";
import { type Binding, bindingOf } from "./binding.ts";
import { type Ground, unbound } from "./ground.ts";
import { settledGround } from "./settled-ground.ts";
import { Trial, type Victim } from "./trial.ts";

export interface PreemptOptions {
  readonly priority: number;
  readonly className: string;
  /** Never: they wait instead. */
  readonly policy: "PreemptLowerPriority" | "Never";
  readonly require?: boolean;
}

export interface Evicted extends Victim {
  readonly priority: number;
  /** Where it went; null = it stays pending. */
  readonly to: string | null;
  /** Disruption budgets over it, which preemption only tries to respect. */
  readonly budgets: readonly string[];
}

export interface Preemption {
  readonly asked: number;
  readonly placed: number;
  readonly evicted: readonly Evicted[];
  readonly pending: readonly string[];
  /** Of the asked pods, placed by a class that evicts nobody. */
  readonly placedWithout: number;
  readonly binding: Binding | null;
}

/** @param pods new ones, or those of the cluster that get the class: these are created again with it */
export function preempt(given: Ground, pods: readonly Pod[], options: PreemptOptions): Preemption {
  const { ground } = settledGround(given);
  const keyOf = ({ metadata }: Pod) => `${metadata.namespace ?? "default"}/${metadata.name}`;
  const again = new Set(pods.map(keyOf));
  const rest: Ground = {
    ...ground,
    objects: { ...ground.objects, pods: ground.objects.pods.filter((pod) => !again.has(keyOf(pod))) },
  };
  const withClass = (preemptionPolicy: PreemptOptions["policy"]): Pod[] =>
    pods.map((pod) => {
      const fresh = unbound(pod);
      const { priority, className: priorityClassName } = options;
      return { ...fresh, spec: { ...fresh.spec, priority, priorityClassName, preemptionPolicy } };
    });
  const trial = new Trial(rest);
  const { unplaced, victims } = trial.place(withClass(options.policy));
  const priorityOf = new Map(rest.objects.pods.map((pod) => [keyOf(pod), pod.spec.priority ?? 0]));
  const podOf = new Map(rest.objects.pods.map((pod) => [keyOf(pod), pod]));
  const at = new Map<string, string>();
  for (const node of trial.snapshot.nodes) for (const { key } of node.pods) at.set(key, node.name);
  const evicted = [...new Map(victims.filter(({ pod }) => !again.has(pod)).map((one) => [one.pod, one])).values()].map(
    (victim): Evicted => ({
      ...victim,
      priority: priorityOf.get(victim.pod) ?? 0,
      to: at.get(victim.pod) ?? null,
      budgets: budgetsOver(podOf.get(victim.pod), rest.objects.podDisruptionBudgets),
    }),
  );
  const without = new Trial(rest).place(withClass("Never")).placed;
  const [refused] = unplaced;
  return {
    asked: pods.length,
    placed: pods.filter((pod) => at.has(keyOf(pod))).length,
    evicted,
    pending: unplaced.map(({ pod }) => pod.key),
    placedWithout: without,
    binding: refused === undefined ? null : bindingOf(trial.scheduler, refused.pod, refused.message),
  };
}

function budgetsOver(pod: Pod | undefined, budgets: readonly PodDisruptionBudget[]): readonly string[] {
  if (pod === undefined) return [];
  return budgets
    .filter(
      ({ metadata, spec }) =>
        metadata.namespace === pod.metadata.namespace &&
        spec?.selector != null &&
        compileLabelSelector(spec.selector).matches(pod.metadata.labels ?? {}),
    )
    .map(({ metadata }) => metadata.name);
}

export function answerPreempt(ground: Ground, pods: readonly Pod[], options: PreemptOptions): Answer {
  const found = preempt(ground, pods, options);
  const { evicted, asked, placed, placedWithout } = found;
  const lost = evicted.filter(({ to }) => to === null).length;
  const what = `${asked} pod${asked === 1 ? "" : "s"} of ${options.className} (${options.priority})`;
  return {
    question: "preempt",
    answer:
      evicted.length === 0
        ? `${what} evict${asked === 1 ? "s" : ""} nothing; ${placed} of ${asked} find${placed === 1 ? "s" : ""} a place.`
        : `${what} would evict ${evicted.length} pod${evicted.length === 1 ? "" : "s"}; ${lost === 0 ? "all of these find another place" : `${lost} of these find${lost === 1 ? "s" : ""} no other place`}.`,
    values: {
      asked,
      placed,
      evicted: evicted.length,
      evicted_pending: lost,
      evicted_under_budget: evicted.filter(({ budgets }) => budgets.length > 0).length,
      placed_without_eviction: placedWithout,
    },
    table: {
      columns: ["evicted", "priority", "node", "for", "goes to", "budgets"],
      rows: evicted.map((one): Cell[] => [
        one.pod,
        one.priority,
        one.from,
        one.by,
        one.to ?? "pending",
        one.budgets.join(" "),
      ]),
    },
    reasoning: [
      "The pods were placed on the settled cluster one after the other, with preemption as the scheduler does it; who gave way was placed again behind everything of its own priority.",
      `With preemptionPolicy: Never, ${placedWithout} of ${asked} would be placed${placedWithout === asked ? ": nothing needs to be evicted for them" : ""}, and the others would wait.`,
      ...(evicted.some(({ budgets }) => budgets.length > 0)
        ? ["Preemption tries to respect disruption budgets, but does not have to."]
        : []),
    ],
    binding: found.binding,
    met: options.require === true ? evicted.length === 0 : null,
  };
}
