// The numbers behind the scores, as pure functions of numbers: shared by the plugins and by the node table, so that both
// compute the same bits. Integer divisions are exact and truncate, as 64-bit integers do; floating-point steps are in
// the order in which Kubernetes 1.36 takes them.
import { log } from "../engine/math.ts";

/** Highest score of a plugin on a node. */
export const MAX_SCORE = 100;

/**
 * floor(value × factor / divisor), exact also where the product has no exact double.
 *
 * @param value non-negative integer
 * @param factor non-negative integer
 * @param divisor positive integer
 */
export function scaledQuotient(value: number, factor: number, divisor: number): number {
  const product = value * factor;
  // the floor of a rounded quotient of two integers below 2^53 is the floor of the true quotient
  if (product <= Number.MAX_SAFE_INTEGER) return Math.floor(product / divisor);
  return Number((BigInt(value) * BigInt(factor)) / BigInt(divisor));
}

/** Share of a node's resource that stays free, 0 … 100; 0 when it is overcommitted. `allocatable` is positive. */
export function leastRequested(requested: number, allocatable: number): number {
  return requested > allocatable ? 0 : scaledQuotient(allocatable - requested, MAX_SCORE, allocatable);
}

/** Share of a node's resource that is taken, 0 … 100; overcommitted counts as full. `allocatable` is positive. */
export function mostRequested(requested: number, allocatable: number): number {
  return scaledQuotient(Math.min(requested, allocatable), MAX_SCORE, allocatable);
}

/**
 * A score over several resources. Resources whose allocatable amount is 0 are left out.
 * The arrays hold one number per scored resource, in the order of the weights; `requested` has the pod counted in.
 */
export type ResourceScorer = (
  requested: ArrayLike<number>,
  allocatable: ArrayLike<number>,
  weights: ArrayLike<number>,
) => number;

/** NodeResourcesFit with LeastAllocated: the weighted mean of what stays free, truncated per resource and once more at the end. */
export const leastAllocated: ResourceScorer = (requested, allocatable, weights) =>
  weightedMean(leastRequested, requested, allocatable, weights);

/** NodeResourcesFit with MostAllocated. */
export const mostAllocated: ResourceScorer = (requested, allocatable, weights) =>
  weightedMean(mostRequested, requested, allocatable, weights);

function weightedMean(
  score: (requested: number, allocatable: number) => number,
  requested: ArrayLike<number>,
  allocatable: ArrayLike<number>,
  weights: ArrayLike<number>,
): number {
  let sum = 0;
  let weightSum = 0;
  for (let i = 0; i < weights.length; i++) {
    const capacity = allocatable[i]!;
    if (capacity === 0) continue;
    sum += score(requested[i]!, capacity) * weights[i]!;
    weightSum += weights[i]!;
  }
  return weightSum === 0 ? 0 : Math.floor(sum / weightSum);
}

/** One corner of a utilization-to-score line: utilization 0 … 100, score 0 … 10, ascending utilization. */
export interface ShapePoint {
  readonly utilization: number;
  readonly score: number;
}

/** Height of the broken line at `utilization`, times 10; constant beyond its ends; divisions truncate towards zero. */
export function brokenLine(points: readonly ShapePoint[], utilization: number): number {
  for (let i = 0; i < points.length; i++) {
    const right = points[i]!;
    if (utilization > right.utilization) continue;
    if (i === 0) return right.score * 10;
    const left = points[i - 1]!;
    const rise = (right.score - left.score) * 10;
    return (
      left.score * 10 + Math.trunc((rise * (utilization - left.utilization)) / (right.utilization - left.utilization))
    );
  }
  return points[points.length - 1]!.score * 10;
}

/** NodeResourcesFit with RequestedToCapacityRatio: resources that score 0 leave the mean, and the mean is rounded. */
export function requestedToCapacityRatio(points: readonly ShapePoint[]): ResourceScorer {
  return (requested, allocatable, weights) => {
    let sum = 0;
    let weightSum = 0;
    for (let i = 0; i < weights.length; i++) {
      const capacity = allocatable[i]!;
      if (capacity === 0) continue;
      const utilization = requested[i]! > capacity ? 100 : scaledQuotient(requested[i]!, 100, capacity);
      const score = brokenLine(points, utilization);
      if (score <= 0) continue;
      sum += score * weights[i]!;
      weightSum += weights[i]!;
    }
    return weightSum === 0 ? 0 : Math.round(sum / weightSum);
  };
}

/**
 * How evenly a node's resources are used: 100 when all fractions are equal, 50 at worst. Resources with allocatable 0 are
 * left out; fractions above 1 count as 1.
 */
export function evenness(requested: ArrayLike<number>, allocatable: ArrayLike<number>, count: number): number {
  let fractions = 0;
  let total = 0;
  let first = 0;
  let second = 0;
  for (let i = 0; i < count; i++) {
    if (allocatable[i] === 0) continue;
    const fraction = usedFraction(requested[i]!, allocatable[i]!);
    total += fraction;
    if (fractions === 0) first = fraction;
    else if (fractions === 1) second = fraction;
    fractions++;
  }
  if (fractions < 2) return MAX_SCORE;
  if (fractions === 2) return evennessOfTwo(first, second);
  const mean = total / fractions;
  let squares = 0;
  for (let i = 0; i < count; i++) {
    if (allocatable[i] === 0) continue;
    const off = usedFraction(requested[i]!, allocatable[i]!) - mean;
    squares += off * off;
  }
  return Math.trunc((1 - Math.sqrt(squares / fractions)) * MAX_SCORE);
}

/** `evenness` of two used fractions, each 0 … 1. */
export function evennessOfTwo(first: number, second: number): number {
  return Math.trunc((1 - Math.abs((first - second) / 2)) * MAX_SCORE);
}

/** Used part of a resource, at most 1. `allocatable` is positive. */
export function usedFraction(requested: number, allocatable: number): number {
  const fraction = requested / allocatable;
  return fraction > 1 ? 1 : fraction;
}

/** NodeResourcesBalancedAllocation: 75 when the pod leaves the evenness as it is, 50 … 100. */
export function balancedAllocation(evennessWith: number, evennessWithout: number): number {
  return 50 + Math.trunc((50 + evennessWith - evennessWithout) / 2);
}

/** Default normalization of one score, given the highest of all: 100 × score / max, or 100 minus that. */
export function normalizedByMax(score: number, max: number, reverse: boolean): number {
  if (max === 0) return reverse ? MAX_SCORE : score;
  const scaled = scaledQuotient(score, MAX_SCORE, max);
  return reverse ? MAX_SCORE - scaled : scaled;
}

/** InterPodAffinity's normalization: 0 … 100 between the lowest and the highest; 0 for all when they are equal. */
export function normalizedBetween(score: number, min: number, max: number): number {
  const range = max - min;
  return range > 0 ? Math.trunc(MAX_SCORE * ((score - min) / range)) : 0;
}

/** Stretches scores to 0 … 100 between the lowest and the highest, in whole numbers; 0 for all when they are equal. */
export function normalizedRange(scores: Float64Array): void {
  let min = Number.POSITIVE_INFINITY;
  let max = Number.NEGATIVE_INFINITY;
  for (const score of scores) {
    if (score < min) min = score;
    if (score > max) max = score;
  }
  for (let i = 0; i < scores.length; i++) scores[i] = stretched(scores[i] as number, min, max);
}

/** One score between the lowest and the highest: 0 … 100. */
export function stretched(score: number, min: number, max: number): number {
  return max > min ? Math.trunc(((score - min) * MAX_SCORE) / (max - min)) : 0;
}

/** Weight of a spread constraint by the number of its topology domains. */
export function spreadWeight(domains: number): number {
  return log(domains + 2);
}

/** What a constraint adds to a node's raw spread score. */
export function spreadTerm(matchingPods: number, maxSkew: number, weight: number): number {
  return matchingPods * weight + (maxSkew - 1);
}

/** PodTopologySpread's normalization of one raw score: fewer matching pods are better. */
export function normalizedSpread(score: number, min: number, max: number): number {
  return max === 0 ? MAX_SCORE : scaledQuotient(max + min - score, MAX_SCORE, max);
}

const MEBIBYTE = 1024 * 1024;
const IMAGE_MIN_BYTES = 23 * MEBIBYTE;
const IMAGE_MAX_BYTES = 1000 * MEBIBYTE;

/** What an image that a node holds adds to the node's sum: its size, scaled by how widely it is spread over the nodes. */
export function spreadImageBytes(sizeBytes: number, nodesWithImage: number, nodes: number): number {
  return Math.trunc(sizeBytes * (nodesWithImage / nodes));
}

/** ImageLocality's score of a node from the sum over its images, 0 at 23 MiB up to 100 at 1000 MiB per container. */
export function imageScore(sumBytes: number, containers: number): number {
  const most = IMAGE_MAX_BYTES * containers;
  const clamped = Math.min(Math.max(sumBytes, IMAGE_MIN_BYTES), most);
  return scaledQuotient(clamped - IMAGE_MIN_BYTES, MAX_SCORE, most - IMAGE_MIN_BYTES);
}

const ALWAYS_SEARCHED = 100;

/**
 * How many feasible nodes a search looks for before it stops.
 *
 * @param percentage percentageOfNodesToScore; 0 = adaptive: 50 % less one for every 125 nodes, at least 5 %
 */
export function nodesToFind(nodes: number, percentage: number): number {
  if (nodes < ALWAYS_SEARCHED) return nodes;
  const share = percentage === 0 ? Math.max(5, 50 - Math.floor(nodes / 125)) : percentage;
  if (share >= 100) return nodes;
  return Math.max(ALWAYS_SEARCHED, Math.floor((nodes * share) / 100));
}
