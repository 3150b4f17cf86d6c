// Drain and upgrade pre-flight: the settled cluster with its controllers is run while kubectl drains its nodes, each by itself or one after the
// other with its return, and what disruption budgets refuse is written down: which drains they block, and for how long.
import { simulate } from "../../cluster.ts";
import { formatDuration, SECOND } from "../../engine/tick.ts";
import { numbersOf, textReader } from "../../metrics/table.ts";
import type { ActionPlan } from "../../model/action-plan.ts";
import type { Pod, PodDisruptionBudget } from "../../model/objects.ts";
import { compileLabelSelector } from "../../model/selectors.ts";
import type { Plan } from "../../scenario/plan.ts";
import type { Answer, Cell } from "./answer.ts";
import type { Binding } from "./binding.ts";
import type { Ground } from "./ground.ts";

export interface DrainOptions {
  readonly nodes: readonly string[];
  /** Each by itself, or one after the other, each coming back. */
  readonly mode: "each" | "upgrade";
  /** kubectl gives up a node after so long. */
  readonly timeoutMicros: number;
  /** Upgrade: from the end of a drain until the node takes pods again. */
  readonly downMicros: number;
  /** When the first drain begins. */
  readonly atMicros: number;
  readonly seed: string;
  readonly customPlugins?: Ground["customPlugins"];
}

export interface NodeDrain {
  readonly node: string;
  readonly outcome: "drained" | "gave up" | "refused" | "not begun";
  readonly tookMicros: number | null;
  /** From the first to the last refusal of an eviction; null = none was refused. */
  readonly blockedMicros: number | null;
  readonly refusals: number;
  /** Pods whose eviction was refused, `namespace/name`, and budgets over them. */
  readonly pods: readonly string[];
  readonly budgets: readonly string[];
  /** kubectl's last word where it failed. */
  readonly message: string;
}

const RETRY_MICROS = 5 * SECOND;
const REFUSED = /^error when evicting pods\/"(.+?)" -n "(.+?)" \(will retry/;

export function drains(plan: Plan, options: DrainOptions): readonly NodeDrain[] {
  if (options.mode === "upgrade") return drainRun(plan, options.nodes, options);
  return options.nodes.flatMap((node) => drainRun(plan, [node], options));
}

function drainRun(plan: Plan, nodes: readonly string[], options: DrainOptions): readonly NodeDrain[] {
  const { timeoutMicros, downMicros, atMicros, seed, customPlugins } = options;
  const perNode = timeoutMicros + (nodes.length > 1 ? downMicros : 0) + 2 * 60 * SECOND;
  const refusals = new Map<string, { first: number; last: number; count: number; pods: Set<string> }>();
  const result = simulate(
    {
      ...plan,
      start: "settled",
      durationMicros: atMicros + nodes.length * perNode,
      faults: [],
      expectations: [],
      actions: nodes.flatMap((node, i) => actionsOf(node, i, nodes.length, options)),
    },
    seed,
    {
      customPlugins,
      onEvent: ({ kind, object, message, timeMicros }) => {
        const refused = kind === "Action" ? REFUSED.exec(message) : null;
        if (refused === null) return;
        const pod = `${refused[2]}/${refused[1]}`;
        const known = refusals.get(object);
        if (known === undefined)
          refusals.set(object, { first: timeMicros, last: timeMicros, count: 1, pods: new Set([pod]) });
        else {
          known.last = timeMicros;
          known.count++;
          known.pods.add(pod);
        }
      },
    },
  );
  const { actions } = result.tables;
  const idOf = textReader(actions, "id");
  const outcome = textReader(actions, "outcome");
  const message = textReader(actions, "message");
  const started = numbersOf(actions, "startedMicros");
  const ended = numbersOf(actions, "endedMicros");
  const rows = new Map(Array.from({ length: actions.rows }, (_, row) => [idOf(row), row]));
  const budgets = budgetsOf(plan);
  return nodes.map((node, i): NodeDrain => {
    const id = idOfDrain(i);
    const row = rows.get(id);
    const refused = refusals.get(id);
    const names = [...(refused?.pods ?? [])];
    const base = {
      node,
      refusals: refused?.count ?? 0,
      blockedMicros: refused === undefined ? null : refused.last - refused.first + RETRY_MICROS,
      pods: names,
      budgets: [...new Set(names.flatMap((name) => budgets(name)))],
    };
    if (row === undefined) return { ...base, outcome: "not begun", tookMicros: null, message: "" };
    const text = message(row);
    const took = (ended[row] as number) - (started[row] as number);
    const blockedMicros =
      base.blockedMicros === null ? null : Math.min(base.blockedMicros, Number.isNaN(took) ? Infinity : took);
    const isDone = outcome(row) === "done";
    return {
      ...base,
      blockedMicros,
      outcome: isDone
        ? "drained"
        : text.includes("global timeout reached") || outcome(row) === "running"
          ? "gave up"
          : "refused",
      tookMicros: Number.isNaN(took) ? null : took,
      message: isDone ? "" : text,
    };
  });
}

const idOfDrain = (i: number) => `plan-drain-${i}`;
const idOfReturn = (i: number) => `plan-uncordon-${i}`;

function actionsOf(node: string, i: number, count: number, options: DrainOptions): ActionPlan[] {
  const { timeoutMicros, downMicros, atMicros } = options;
  const after = (fault: string, delayMicros: number): ActionPlan["trigger"] => ({
    on: "after",
    fault,
    moment: "recovery",
    delayMicros: { kind: "constant", value: delayMicros },
  });
  const drain: ActionPlan = {
    id: idOfDrain(i),
    stream: idOfDrain(i),
    verb: "drain",
    command: `drain ${node} --ignore-daemonsets --delete-emptydir-data --force --timeout=${formatDuration(timeoutMicros)}`,
    trigger: i === 0 ? { on: "at", atMicros } : after(idOfReturn(i - 1), 0),
    parameters: {
      node: [node],
      ignoreDaemonsets: true,
      deleteEmptydirData: true,
      force: true,
      timeout: timeoutMicros,
      disableEviction: false,
      skipWaitForDeleteTimeout: 0,
    },
  };
  if (count === 1) return [drain];
  return [
    drain,
    {
      id: idOfReturn(i),
      stream: idOfReturn(i),
      verb: "uncordon",
      command: `uncordon ${node}`,
      trigger: after(idOfDrain(i), downMicros),
      parameters: { node: [node] },
    },
  ];
}

/** Budgets by the pods that they are over; pods that come later are known by the beginning of their names. */
function budgetsOf({ objects }: Plan): (pod: string) => readonly string[] {
  const over = (pod: Pod, { metadata, spec }: PodDisruptionBudget) =>
    metadata.namespace === pod.metadata.namespace &&
    spec?.selector != null &&
    compileLabelSelector(spec.selector).matches(pod.metadata.labels ?? {});
  const stem = (name: string) => name.replace(/-[^-]+$/, "");
  const byStem = new Map<string, readonly string[]>();
  for (const pod of objects.pods) {
    const key = stem(`${pod.metadata.namespace ?? "default"}/${pod.metadata.name}`);
    if (byStem.has(key)) continue;
    byStem.set(
      key,
      objects.podDisruptionBudgets
        .filter((budget) => over(pod, budget))
        .map(({ metadata }) => `${metadata.namespace ?? "default"}/${metadata.name}`),
    );
  }
  return (pod) => byStem.get(stem(pod)) ?? [];
}

export function answerDrain(plan: Plan, options: DrainOptions & { readonly require?: boolean }): Answer {
  const found = drains(plan, options);
  const stuck = found.filter(({ outcome }) => outcome !== "drained");
  const delayed = found.filter(({ outcome, blockedMicros }) => outcome === "drained" && blockedMicros !== null);
  const [first] = stuck;
  const longest = Math.max(0, ...delayed.map(({ blockedMicros }) => blockedMicros ?? 0));
  const isUpgrade = options.mode === "upgrade";
  const seconds = (micros: number | null) => (micros === null ? null : Math.round(micros / 1000) / 1000);
  const budgets = [...new Set(stuck.flatMap((one) => one.budgets))];
  const total = found.reduce((sum, { tookMicros }) => sum + (tookMicros ?? 0), 0);
  const nodesText = (count: number) => `${count} node${count === 1 ? "" : "s"}`;
  return {
    question: "drain",
    answer:
      stuck.length === 0
        ? `${isUpgrade ? "The upgrade goes through" : "Every node can be drained"}: ${delayed.length === 0 ? "no eviction is refused" : `budgets delay ${nodesText(delayed.length)}, the longest for ${formatDuration(Math.ceil(longest / SECOND) * SECOND)}`}.`
        : `${nodesText(stuck.length)} of ${found.length} cannot be drained within ${formatDuration(options.timeoutMicros)}${budgets.length === 0 ? "" : `: ${budgets.length === 1 ? "budget" : "budgets"} ${budgets.join(", ")}`}.`,
    values: {
      nodes: found.length,
      drains_blocked: stuck.length,
      drains_delayed: delayed.length,
      longest_delay_s: seconds(longest),
      drain_time_total_s: seconds(total),
      refusals: found.reduce((sum, { refusals }) => sum + refusals, 0),
    },
    table: {
      columns: ["node", "outcome", "took s", "blocked s", "refusals", "pods refused", "budgets"],
      rows: found.map((one): Cell[] => [
        one.node,
        one.outcome,
        seconds(one.tookMicros),
        seconds(one.blockedMicros),
        one.refusals,
        one.pods.slice(0, 3).join(" ") + (one.pods.length > 3 ? ` +${one.pods.length - 3}` : ""),
        one.budgets.join(" "),
      ]),
    },
    reasoning: [
      isUpgrade
        ? `One run: nodes are drained one after the other, each takes pods again ${formatDuration(options.downMicros)} after its drain has ended.`
        : "One run per node: the settled cluster, in which this node alone is drained.",
      `kubectl drain --ignore-daemonsets --delete-emptydir-data --force --timeout=${formatDuration(options.timeoutMicros)}: refused evictions are tried again every 5 s.`,
      "Blocked is the time from the first to the last refusal; evicted pods come back through their controllers, the scheduler and the kubelets.",
      ...(first === undefined || first.message === ""
        ? []
        : [`kubectl's last word on ${first.node}: ${first.message}`]),
    ],
    binding: first === undefined ? null : bindingOfDrain(plan, first, options),
    met: options.require === true ? stuck.length === 0 : null,
  };
}

/** By how much a budget is loosened at most to look whether that helps. */
const MOST_LOOSER = 3;

/** Budgets that stand in the way of a drain, and how much looser each has to be for it: tried by draining again. */
function bindingOfDrain(plan: Plan, { node, pods, budgets, message }: NodeDrain, options: DrainOptions): Binding {
  const changes = budgets.flatMap((key) => {
    for (let by = 1; by <= MOST_LOOSER; by++) {
      const looser = withLooserBudget(plan, key, by);
      if (looser === null) break;
      const [again] = drainRun(looser.plan, [node], options);
      if (again?.outcome === "drained") return [{ changes: [looser.text], node }];
    }
    return [];
  });
  return {
    pod: pods[0] ?? node,
    message: message || "the eviction is refused",
    constraints: budgets.map((key) => {
      return { plugin: "PodDisruptionBudget", reason: key, resource: "", nodes: 1, example: node };
    }),
    changes,
  };
}

/** null where the budget is not a number of pods. */
function withLooserBudget(plan: Plan, key: string, by: number): { readonly plan: Plan; readonly text: string } | null {
  let text = "";
  const change = (budget: PodDisruptionBudget): PodDisruptionBudget => {
    const { metadata, spec } = budget;
    if (`${metadata.namespace ?? "default"}/${metadata.name}` !== key) return budget;
    const { minAvailable, maxUnavailable } = spec ?? {};
    if (typeof maxUnavailable === "number") {
      text = `set maxUnavailable of budget ${key} to ${maxUnavailable + by}`;
      return { ...budget, spec: { ...spec, maxUnavailable: maxUnavailable + by } };
    }
    if (typeof minAvailable !== "number" || minAvailable < by) return budget;
    text = `set minAvailable of budget ${key} to ${minAvailable - by}`;
    return { ...budget, spec: { ...spec, minAvailable: minAvailable - by } };
  };
  const changed = <T extends Plan["objects"]>(objects: T): T => ({
    ...objects,
    podDisruptionBudgets: objects.podDisruptionBudgets.map(change),
  });
  const looser = { ...plan, objects: changed(plan.objects), declared: changed(plan.declared) };
  return text === "" ? null : { plan: looser, text };
}
