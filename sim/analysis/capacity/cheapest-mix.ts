// The cheapest mix of several types of nodes that the pods need besides the nodes that are there. Numbers of each type are gone through in the
// order of a price that no completion of them can undercut (A*, by resources alone), so the first that the scheduler copes with is the cheapest.
import { Heap, type Heaped } from "../../scheduler/heap.ts";
import type { Answer, Cell } from "./answer.ts";
import type { Binding } from "./binding.ts";
import { type FewestNodes, fewestNodes } from "./fewest-nodes.ts";
import type { Need, Verdict } from "./need.ts";
import { type NodeType, typeText } from "./node-type.ts";

export interface MixOptions {
  /** Share of the new nodes that may be spot; 1 = all. */
  readonly mostSpot: number;
  /** Mixes that are placed at most. */
  readonly tries: number;
}

export interface CheapestMix {
  /** Of each type; null: none was found. */
  readonly counts: readonly number[] | null;
  readonly priceMicros: number;
  /** No mix is cheaper than this. */
  readonly boundMicros: number;
  readonly isProven: boolean;
  /** Of the last mix that was refused. */
  readonly verdict: Verdict | null;
  readonly placed: number;
  /** Each type by itself. */
  readonly alone: readonly FewestNodes[];
}

interface Candidate extends Heaped {
  readonly counts: readonly number[];
  /** Only this type and later ones are added to it: each mix comes up once. */
  readonly from: number;
  readonly price: number;
  readonly atLeast: number;
  readonly nodes: number;
}

/** Mixes that are looked at, whether placed or not. */
const MOST_LOOKED_AT = 1_000_000;

export function cheapestMix(need: Need, types: readonly NodeType[], { mostSpot, tries }: MixOptions): CheapestMix {
  const prices = pricesOf(types);
  const alone = types.map((type) => fewestNodes(need, type));
  let verdict: Verdict | null = null;
  let placed = 0;
  const keepsSpot = (counts: readonly number[]): boolean => {
    const spot = sum(types.map((type, i) => (type.isSpot ? (counts[i] as number) : 0)));
    return spot <= mostSpot * sum(counts) + 1e-9;
  };
  const priceOf = (counts: readonly number[]) => sum(counts.map((count, i) => count * (prices[i] as number)));
  const result = (counts: readonly number[] | null, boundMicros: number, isProven: boolean): CheapestMix => ({
    counts,
    priceMicros: counts === null ? 0 : priceOf(counts),
    boundMicros,
    isProven,
    verdict,
    placed,
    alone,
  });
  const open = new Heap<Candidate>(isBefore);
  const push = (counts: readonly number[], from: number): void => {
    const rest = need.leastPrice(types, prices, counts, from);
    if (rest === Infinity) return;
    const price = priceOf(counts);
    open.push({ counts, from, price, atLeast: price + rest, nodes: sum(counts), heapIndex: -1 });
  };
  if (need.isTooLargeFor(types)) {
    verdict = need.judge(
      types,
      types.map(({ zones, most }) => Math.min(most, Math.max(1, zones.length))),
    );
    return result(null, Infinity, true);
  }
  push(
    types.map(() => 0),
    0,
  );
  for (let looked = 0; looked < MOST_LOOKED_AT; looked++) {
    const best = open.pop();
    if (best === undefined) return result(null, Infinity, true);
    const { counts, from } = best;
    if (best.atLeast === best.price && keepsSpot(counts) && need.couldHold(types, counts)) {
      if (placed >= tries) return result(cheapestAlone(types, prices, alone, mostSpot), best.atLeast, false);
      placed++;
      const said = need.judge(types, counts);
      if (said.holds) return result(counts, best.price, true);
      verdict = said;
      if (said.isHopeless) return result(null, Infinity, true);
    }
    for (let i = from; i < types.length; i++) {
      const count = counts[i] as number;
      if (count < (types[i] as NodeType).most) push(counts.with(i, count + 1), i);
    }
  }
  return result(cheapestAlone(types, prices, alone, mostSpot), 0, false);
}

/** Without any prices every node counts the same. */
function pricesOf(types: readonly NodeType[]): readonly number[] {
  return types.every(({ priceMicros }) => priceMicros === 0)
    ? types.map(() => 1_000_000)
    : types.map((t) => t.priceMicros);
}

function cheapestAlone(
  types: readonly NodeType[],
  prices: readonly number[],
  alone: readonly FewestNodes[],
  mostSpot: number,
): readonly number[] | null {
  let best: readonly number[] | null = null;
  let least = Infinity;
  alone.forEach(({ count }, i) => {
    if (count === null || ((types[i] as NodeType).isSpot && mostSpot < 1 && count > 0)) return;
    if (count * (prices[i] as number) >= least) return;
    least = count * (prices[i] as number);
    best = types.map((_, j) => (i === j ? count : 0));
  });
  return best;
}

/** Cheapest first, then fewest nodes, then more of the first types. */
function isBefore(a: Candidate, b: Candidate): boolean {
  if (a.atLeast !== b.atLeast) return a.atLeast < b.atLeast;
  if (a.nodes !== b.nodes) return a.nodes < b.nodes;
  for (let i = 0; i < a.counts.length; i++) if (a.counts[i] !== b.counts[i]) return a.counts[i]! > b.counts[i]!;
  return false;
}

function sum(list: readonly number[]): number {
  return list.reduce((total, one) => total + one, 0);
}

export interface MixAnswerOptions extends MixOptions {
  readonly waiting: number;
  readonly present: number;
  /** Most that it may cost per hour. */
  readonly require?: number;
}

export function answerCheapestMix(need: Need, types: readonly NodeType[], options: MixAnswerOptions): Answer {
  const found = cheapestMix(need, types, options);
  const { counts, isProven, alone } = found;
  const hasPrices = types.some(({ priceMicros }) => priceMicros > 0);
  const money = (micros: number) => Math.round(micros) / 1_000_000;
  const price = counts === null ? null : money(found.priceMicros);
  const parts = (counts ?? []).flatMap((count, i) => (count > 0 ? [`${count} ${(types[i] as NodeType).name}`] : []));
  const cost = hasPrices ? `, ${price} per hour` : "";
  const binding: Binding | null = counts === null || isProven ? (found.verdict?.binding ?? null) : null;
  const spot = counts === null ? 0 : sum(types.map((type, i) => (type.isSpot ? (counts[i] as number) : 0)));
  return {
    question: "mix",
    answer:
      counts === null
        ? isProven
          ? "No mix of these types is enough."
          : "No mix was found; not all were tried."
        : parts.length === 0
          ? "No further node is needed."
          : `${parts.join(" + ")} ${isProven ? `are the ${hasPrices ? "cheapest" : "smallest"} mix` : "are enough"}${cost}.`,
    values: {
      price_per_hour: hasPrices ? price : null,
      nodes: counts === null ? null : sum(counts),
      spot_nodes: spot,
      is_proven: isProven,
      no_mix_below: hasPrices && Number.isFinite(found.boundMicros) ? money(found.boundMicros) : null,
      mixes_placed: found.placed,
    },
    table: {
      columns: ["type", "machine", "spot", "price per hour", "in the mix", "alone it takes", "alone it costs"],
      rows: types.map((type, i): Cell[] => {
        const own = alone[i]?.count ?? null;
        return [
          type.name,
          typeText(type),
          type.isSpot ? "yes" : "no",
          hasPrices ? money(type.priceMicros) : null,
          counts?.[i] ?? null,
          own === null ? "never enough" : own,
          own === null || !hasPrices ? null : money(own * type.priceMicros),
        ];
      }),
    },
    reasoning: [
      `${options.waiting} pods wait for a place beside ${options.present} nodes. Missing: ${need.missingText()}.`,
      isProven && counts !== null
        ? `${found.placed} mixes were placed in the order of their price; every cheaper one lacks resources or was refused by the scheduler.`
        : isProven
          ? "A pod is left that no node of any of these types takes, or all numbers allowed were tried."
          : `${found.placed} mixes were placed (--tries) and refused; this is the cheapest single type. No mix below ${money(found.boundMicros)} is enough.`,
      ...(options.mostSpot < 1
        ? [`At most ${Math.round(options.mostSpot * 100)} % of the new nodes may be spot.`]
        : []),
    ],
    binding,
    met: options.require === undefined ? null : counts !== null && (price ?? 0) <= options.require,
  };
}
