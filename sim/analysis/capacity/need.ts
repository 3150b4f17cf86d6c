// What a set of nodes has to do: take all pods of the ground, or all but a few, and perhaps more that a run of the scenario shows. Answers for one
// candidate at a time, remembers what was asked, and knows bounds from the resources alone.
import { POOL_LABEL } from "../../model/annotations.ts";
import type { Node } from "../../model/objects.ts";
import { zoneOf } from "../../model/topology.ts";
import { type Amounts, addTo, amountText, freeOf, goesInto, requestsOf } from "./amounts.ts";
import { type Binding, bindingOf } from "./binding.ts";
import { type Ground, pinnedTo, withNodes } from "./ground.ts";
import type { NodeType } from "./node-type.ts";
import { Trial } from "./trial.ts";

export interface NeedOptions {
  /** Pods that may stay pending. */
  readonly mostPending?: number;
  /** A further test of a candidate that takes the pods; null when it passes, otherwise why not. */
  readonly accepts?: (nodes: readonly Node[]) => string | null;
}

export interface Verdict {
  readonly holds: boolean;
  /** What stood in the way. */
  readonly binding: Binding | null;
  /** Why a candidate that takes the pods is none. */
  readonly refusal: string | null;
  /** The refused pod found an empty new node in every zone of each type, and did not fit: more of them do not help. */
  readonly isHopeless: boolean;
}

export class Need {
  /** Candidates that were placed. */
  tried = 0;
  private readonly ground: Ground;
  private readonly options: NeedOptions;
  /** What waits and does not go into what is free, by resource. */
  private readonly missing: Amounts;
  private readonly perNode = new Map<NodeType, Amounts>();
  /** What single pods ask for that goes into no node which is there, each once. */
  private readonly large: readonly Amounts[];

  constructor(ground: Ground, options: NeedOptions = {}) {
    this.ground = ground;
    this.options = options;
    const trial = new Trial(ground);
    const sum: Amounts = new Map();
    const waiting = trial.waiting.filter((pod) => pinnedTo(pod) === null);
    const left = waiting.map((pod) => requestsOf(trial.snapshot.info(pod).shape));
    for (const one of left) addTo(sum, one);
    const free = trial.snapshot.nodes.map((node) => freeOf(node));
    for (const amounts of free) addTo(sum, amounts, -1);
    const large = new Map<string, Amounts>();
    for (const one of left) {
      const key = [...one].join(" ");
      if (!large.has(key) && free.every((amounts) => goesInto(one, amounts).times < 1)) large.set(key, one);
    }
    this.large = (options.mostPending ?? 0) > 0 ? [] : [...large.values()];
    // a bound must hold whichever pods stay pending: the largest might
    const most = options.mostPending ?? 0;
    if (most > 0)
      for (const resource of sum.keys()) {
        const largest = left.map((one) => one.get(resource) ?? 0).sort((a, b) => b - a);
        const spared = largest.slice(0, most).reduce((total, amount) => total + amount, 0);
        sum.set(resource, (sum.get(resource) ?? 0) - spared);
      }
    this.missing = sum;
  }

  /** What one node of the type has for pods, at most over its zones: its DaemonSet pods come off. */
  offerOf(type: NodeType): ReadonlyMap<string, number> {
    const known = this.perNode.get(type);
    if (known !== undefined) return known;
    const offer: Amounts = new Map();
    const { snapshot } = new Trial(this.ground);
    for (const node of type.nodes(Math.max(1, type.zones.length))) {
      const alone = withNodes({ ...this.ground, objects: { ...this.ground.objects, nodes: [], pods: [] } }, [node]);
      const info = new Trial(alone).snapshot.nodes[0];
      if (info === undefined) continue;
      const free = freeOf(info);
      for (const pod of alone.objects.pods) addTo(free, requestsOf(snapshot.info(pod).shape), -1);
      for (const [name, amount] of free) offer.set(name, Math.max(offer.get(name) ?? 0, amount, 0));
    }
    this.perNode.set(type, offer);
    return offer;
  }

  /** The least number of the type's nodes that have what is missing, and the resource that asks for it; Infinity when none can. */
  leastOf(type: NodeType): { readonly count: number; readonly resource: string } {
    const offer = this.offerOf(type);
    let count = 0;
    let resource = "";
    for (const [name, amount] of this.missing) {
      if (amount <= 0) continue;
      const each = offer.get(name) ?? 0;
      const needed = each === 0 ? Infinity : Math.ceil(amount / each);
      if (needed > count) {
        count = needed;
        resource = name;
      }
    }
    return { count, resource };
  }

  /** Is there a pod that is too large for the nodes that are there and for all these types? */
  isTooLargeFor(types: readonly NodeType[]): boolean {
    return this.large.some((one) => types.every((type) => goesInto(one, this.offerOf(type)).times < 1));
  }

  /** Could these numbers of nodes have enough, by resources alone? */
  couldHold(types: readonly NodeType[], counts: readonly number[]): boolean {
    for (const [name, amount] of this.missing) {
      if (amount <= 0) continue;
      let offered = 0;
      types.forEach((type, i) => {
        offered += (this.offerOf(type).get(name) ?? 0) * (counts[i] as number);
      });
      if (offered < amount) return false;
    }
    return true;
  }

  /** What it costs at least to have what these numbers of nodes still lack, with this type and later ones; Infinity when they cannot. */
  leastPrice(types: readonly NodeType[], prices: readonly number[], counts: readonly number[], from: number): number {
    let least = 0;
    for (const [name, amount] of this.missing) {
      let left = amount;
      for (let i = 0; i < types.length; i++) left -= this.amountOf(types[i] as NodeType, name) * (counts[i] as number);
      if (left <= 0) continue;
      let cheapest = Infinity;
      for (let i = from; i < types.length; i++) {
        const offered = this.amountOf(types[i] as NodeType, name);
        if (offered > 0) cheapest = Math.min(cheapest, (left / offered) * (prices[i] as number));
      }
      least = Math.max(least, cheapest);
    }
    return least;
  }

  private amountOf(type: NodeType, resource: string): number {
    return this.offerOf(type).get(resource) ?? 0;
  }

  /** What is missing, in words. */
  missingText(): string {
    const parts = [...this.missing].filter(([name, amount]) => amount > 0 && name !== "pods");
    if (parts.length === 0) return "nothing by the sums";
    return parts.map(([name, amount]) => `${amountText(name, amount)} ${name}`).join(", ");
  }

  /** Places everything with these nodes added. */
  judge(types: readonly NodeType[], counts: readonly number[]): Verdict {
    this.tried++;
    const nodes = nodesOf(types, counts);
    const trial = new Trial(withNodes(this.ground, nodes));
    const { unplaced, complete } = trial.settle(this.options.mostPending ?? 0);
    if (complete && unplaced.length <= (this.options.mostPending ?? 0)) {
      const refusal = this.options.accepts?.(nodes) ?? null;
      return { holds: refusal === null, binding: null, refusal, isHopeless: false };
    }
    const last = unplaced.at(-1);
    if (last === undefined) return { holds: false, binding: null, refusal: null, isHopeless: false };
    const binding = bindingOf(trial.scheduler, last.pod, last.message);
    const added = new Set(nodes.map(({ metadata }) => metadata.name));
    const empty = new Set<string>();
    for (const { name, pods, node } of trial.snapshot.nodes)
      if (added.has(name) && pods.every(({ pod }) => pinnedTo(pod) !== null)) empty.add(zoneKey(node));
    const wanted = new Set(types.flatMap((type) => type.nodes(Math.max(1, type.zones.length)).map(zoneKey)));
    const isHopeless = [...wanted].every((zone) => empty.has(zone));
    return { holds: false, binding, refusal: null, isHopeless };
  }
}

export function nodesOf(types: readonly NodeType[], counts: readonly number[]): readonly Node[] {
  return types.flatMap((type, i) => type.nodes(counts[i] as number));
}

function zoneKey(node: Node): string {
  return `${node.metadata.labels?.[POOL_LABEL] ?? ""}/${zoneOf(node)}`;
}
