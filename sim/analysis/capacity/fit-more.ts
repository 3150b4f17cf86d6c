// How many more of these pods fit: copies are added in their proportions until the scheduler refuses one. Nothing is evicted for them.
// Beside it stands a bound from the resources alone, which no scheduler could pass.
import type { Pod } from "../../model/objects.ts";
import type { PodInfo } from "../../scheduler/shape.ts";
import { type Amounts, addTo, freeOf, goesInto, requestsOf } from "./amounts.ts";
import type { Answer } from "./answer.ts";
import { type Binding, bindingOf } from "./binding.ts";
import type { Ground } from "./ground.ts";
import { Trial } from "./trial.ts";

export interface MorePods {
  /** What people call it. */
  readonly name: string;
  readonly pod: Pod;
  /** How many of it one set has. */
  readonly share: number;
}

export interface FitMoreOptions {
  /** Stops after so many copies. */
  readonly most: number;
  /** Whole sets that must fit. */
  readonly require?: number;
}

export interface FitMore {
  /** Whole sets. */
  readonly sets: number;
  /** Copies of each, those of a last part of a set included. */
  readonly copies: readonly number[];
  /** Copies by node, of all that fit. */
  readonly onNodes: ReadonlyMap<string, readonly number[]>;
  /** No scheduler could place more whole sets than this. */
  readonly bound: number;
  /** The resource that the bound comes from. */
  readonly boundBy: string;
  /** The pods of the cluster that wait themselves. */
  readonly pendingBefore: number;
  readonly binding: Binding | null;
}

// what these say of a node does not depend on other pods
const FIXED: ReadonlySet<string> = new Set(["NodeUnschedulable", "NodeName", "TaintToleration", "NodeAffinity"]);

export function fitMore(ground: Ground, asked: readonly MorePods[], most: number): FitMore {
  const trial = new Trial(ground);
  const { scheduler, snapshot } = trial;
  const before = trial.settle();
  const numbers = asked.map(() => 0);
  const onNodes = new Map<string, number[]>();
  const kinds = asked.map(({ pod }) => snapshot.info(copyOf(pod, 0)));
  const { bound, boundBy } = boundOf(trial, asked, kinds);
  let sets = 0;
  let total = 0;
  let binding: Binding | null = null;
  search: while (total < most) {
    for (const [kind, share] of orderOf(asked)) {
      for (let i = 0; i < share; i++) {
        const copy = snapshot.info(copyOf((asked[kind] as MorePods).pod, numbers[kind] as number));
        const { placed, unplaced } = trial.place([copy.pod]);
        if (placed === 0) {
          const [refused] = unplaced;
          if (refused !== undefined)
            binding = bindingOf(scheduler, refused.pod, refused.message.replace(NO_EVICTION, "."));
          break search;
        }
        numbers[kind] = (numbers[kind] as number) + 1;
        total++;
      }
    }
    sets++;
  }
  const names = new Map(asked.flatMap(({ pod }, kind) => [[nameOf(pod), kind] as const]));
  for (const node of snapshot.nodes)
    for (const { pod } of node.pods) {
      const kind = names.get(pod.metadata.annotations?.[COPY] ?? "");
      if (kind === undefined) continue;
      const counts = onNodes.get(node.name) ?? asked.map(() => 0);
      counts[kind] = (counts[kind] as number) + 1;
      onNodes.set(node.name, counts);
    }
  return { sets, copies: numbers, onNodes, bound, boundBy, pendingBefore: before.unplaced.length, binding };
}

// that copies evict nobody is our own wish
const NO_EVICTION = /\. no new claims to deallocate, preemption: not eligible due to preemptionPolicy=Never\.$/;
const COPY = "kubedrill.io/copy-of";

function orderOf(asked: readonly MorePods[]): readonly (readonly [kind: number, share: number])[] {
  return asked.map(({ share }, kind) => [kind, share]);
}

function nameOf({ metadata }: Pod): string {
  return `${metadata.namespace ?? "default"}/${metadata.name}`;
}

/** One more of the pod. It evicts nobody: then it would not be one more. */
function copyOf(pod: Pod, number: number): Pod {
  const name = `${pod.metadata.name}-copy-${number}`;
  const annotations = { ...pod.metadata.annotations, [COPY]: nameOf(pod) };
  const { nodeName: _, ...spec } = pod.spec;
  return {
    ...pod,
    metadata: { ...pod.metadata, name, uid: name, annotations },
    spec: { ...spec, preemptionPolicy: "Never" },
    status: { phase: "Pending" },
  };
}

/** Whole sets by resources alone: of one kind node by node, of several over all nodes that any of them may use. */
function boundOf(
  trial: Trial,
  asked: readonly MorePods[],
  kinds: readonly PodInfo[],
): { bound: number; boundBy: string } {
  const { scheduler, snapshot } = trial;
  const allowed = kinds.map((kind) => {
    if (scheduler.profileOf(kind) === undefined) return new Set<string>();
    const { statuses, preFilter } = scheduler.decidePlain(kind);
    return new Set(
      snapshot.nodes
        .map(({ name }) => name)
        .filter(
          (name) =>
            preFilter?.status != null || !FIXED.has((statuses.byNode.get(name) ?? statuses.absent)?.plugin ?? ""),
        ),
    );
  });
  if (asked.length === 1) {
    const need = requestsOf((kinds[0] as PodInfo).shape);
    const counts = new Map<string, number>();
    let copies = 0;
    for (const node of snapshot.nodes) {
      if (!allowed[0]?.has(node.name)) continue;
      const { times, resource } = goesInto(need, freeOf(node));
      copies += times;
      counts.set(resource, (counts.get(resource) ?? 0) + 1);
    }
    const [most = ["", 0]] = [...counts].sort((a, b) => b[1] - a[1]);
    return { bound: Math.floor(copies / (asked[0] as MorePods).share), boundBy: most[0] };
  }
  const need: Amounts = new Map();
  asked.forEach(({ share }, i) => {
    addTo(need, requestsOf((kinds[i] as PodInfo).shape), share);
  });
  const free: Amounts = new Map();
  for (const node of snapshot.nodes) if (allowed.some((names) => names.has(node.name))) addTo(free, freeOf(node));
  const { times, resource } = goesInto(need, free);
  return { bound: times, boundBy: resource };
}

/** The question with its answer in words. */
export function answerFitMore(ground: Ground, asked: readonly MorePods[], options: FitMoreOptions): Answer {
  const found = fitMore(ground, asked, options.most);
  const { sets, copies, bound, boundBy, binding } = found;
  const [only] = asked;
  const isOne = asked.length === 1 && only?.share === 1;
  const what = isOne && only !== undefined ? `more of ${only.name}` : `more sets of ${setText(asked)}`;
  const stopped = binding === null;
  const reasoning = [
    `Copies were added one by one, as the scheduler places them, until ${stopped ? `${options.most} were there (--most)` : "one was refused"}; nothing was evicted for them.`,
    ...(found.pendingBefore > 0 ? [`${found.pendingBefore} pods of the cluster itself are pending before.`] : []),
    bound === sets
      ? `That is as many as the free resources allow on the nodes that they may use (${boundBy}): no scheduler could place more.`
      : `By the free resources alone ${bound === Infinity ? "there is no bound" : `at most ${bound} could fit (${boundBy})`}; the rest is lost to ${lossText(binding)}.`,
  ];
  return {
    question: "fit-more",
    answer: stopped ? `At least ${sets} ${what} fit.` : `${sets} ${what} fit${sets === 1 ? "s" : ""}.`,
    values: {
      fits: sets,
      bound: bound === Infinity ? null : bound,
      bound_by: boundBy,
      is_most_possible: bound === sets,
      stopped_at_limit: stopped,
      pending_before: found.pendingBefore,
    },
    table: {
      columns: ["node", ...asked.map(({ name }) => `copies of ${name}`)],
      rows: [
        ...[...found.onNodes].sort((a, b) => (a[0] < b[0] ? -1 : 1)).map(([node, counts]) => [node, ...counts]),
        ["all", ...copies],
      ],
    },
    reasoning,
    binding,
    met: options.require === undefined ? null : sets >= options.require,
  };
}

function setText(asked: readonly MorePods[]): string {
  return asked.map(({ name, share }) => `${share} × ${name}`).join(" + ");
}

function lossText(binding: Binding | null): string {
  const [first] = binding?.constraints ?? [];
  if (first === undefined) return "the limit of copies";
  return first.resource === ""
    ? `${first.plugin} (${first.reason})`
    : `what is left over on each node and too small (${first.resource})`;
}
