// NodeAffinity: nodeSelector, required and preferred node affinity of the pod, and the affinity that the configuration adds
// to all pods of the profile. Terms that name nodes narrow the search to those.

import type { NodeSelector, PreferredSchedulingTerm } from "../../model/objects.ts";
import type { NodeAffinityArgs } from "../../model/scheduler-plugin-args.ts";
import { compileNodeSelector, compileNodeSelectorTerm, type NodeMatcher } from "../../model/selectors.ts";
import { type PluginFactory, type PreFilterResult, status } from "../framework.ts";
import type { NodeInfo } from "../node-info.ts";
import { normalizeByMax } from "../normalize.ts";
import { PerShape } from "../per-shape.ts";
import { requiredNodes } from "../required-node-affinity.ts";
import type { PodShape } from "../shape.ts";

const NAME = "NodeAffinity";

export interface WeightedTerm {
  readonly weight: number;
  readonly term: NodeMatcher;
}

export const nodeAffinity: PluginFactory = (rawArgs) => {
  const added = (rawArgs as NodeAffinityArgs).addedAffinity;
  const enforced = added?.requiredDuringSchedulingIgnoredDuringExecution;
  const enforcedNodes = enforced == null ? null : compileNodeSelector(enforced);
  const addedTerms = weightedTerms(added?.preferredDuringSchedulingIgnoredDuringExecution);
  const addsPreferences = (added?.preferredDuringSchedulingIgnoredDuringExecution ?? []).length > 0;
  const required = new PerShape(requiredNodes);
  const preferred = new PerShape((shape) => weightedTerms(preferredTerms(shape)));
  const notEnforced = status(
    "UnschedulableAndUnresolvable",
    NAME,
    "node(s) didn't match scheduler-enforced node affinity",
  );
  const notRequired = status("UnschedulableAndUnresolvable", NAME, "node(s) didn't match Pod's node affinity/selector");
  const skipScore = status("Skip", NAME);
  return {
    name: NAME,
    filtersByNodeAlone: true,
    preFilter: (_state, pod) => preFilterResult(pod.shape, required.get(pod.shape).any && enforcedNodes === null),
    filter(_state, pod, node) {
      if (enforcedNodes !== null && !enforcedNodes.matches(node.labels, node.name)) return notEnforced;
      return required.get(pod.shape).matches(node) ? null : notRequired;
    },
    preScore: (_state, pod) => (addsPreferences || preferredTerms(pod.shape).length > 0 ? null : skipScore),
    score: (_state, pod, node) => sumOfMatching(addedTerms, node) + sumOfMatching(preferred.get(pod.shape), node),
    normalizeScore: (_state, _pod, _nodes, scores) => normalizeByMax(scores, false),
    signPod: (pod) =>
      JSON.stringify([
        pod.shape.exemplar.spec.nodeSelector ?? null,
        pod.shape.exemplar.spec.affinity?.nodeAffinity ?? null,
      ]),
  };
};

export function preferredTerms(shape: PodShape): readonly PreferredSchedulingTerm[] {
  return shape.exemplar.spec.affinity?.nodeAffinity?.preferredDuringSchedulingIgnoredDuringExecution ?? [];
}

/** Terms that can add to a score: those without weight or without requirements match nothing. */
export function weightedTerms(terms: readonly PreferredSchedulingTerm[] | null | undefined): readonly WeightedTerm[] {
  return (terms ?? [])
    .filter((t) => t.weight !== 0)
    .map((t) => ({ weight: t.weight, term: compileNodeSelectorTerm(t.preference) }))
    .filter(({ term }) => !term.isNothing);
}

export function sumOfMatching(terms: readonly WeightedTerm[], node: NodeInfo): number {
  let sum = 0;
  for (const { weight, term } of terms) if (term.matches(node.labels, node.name)) sum += weight;
  return sum;
}

function preFilterResult(shape: PodShape, nothingToDo: boolean): PreFilterResult {
  if (nothingToDo) return { status: status("Skip", NAME) };
  const names = namedNodes(shape.exemplar.spec.affinity?.nodeAffinity?.requiredDuringSchedulingIgnoredDuringExecution);
  if (names === null) return { status: null };
  if (names.size === 0) return { status: status("UnschedulableAndUnresolvable", NAME, "pod affinity terms conflict") };
  return { status: null, nodeNames: names };
}

/** The nodes that the terms name by metadata.name, or null when some term leaves the name open. */
function namedNodes(selector: NodeSelector | null | undefined): ReadonlySet<string> | null {
  const terms = selector?.nodeSelectorTerms ?? [];
  if (terms.length === 0) return null;
  const names = new Set<string>();
  for (const term of terms) {
    const lists = (term.matchFields ?? [])
      .filter((field) => field.key === "metadata.name" && field.operator === "In")
      .map((field) => field.values ?? []);
    const [first, ...others] = lists;
    if (first === undefined) return null;
    for (const name of first) if (others.every((list) => list.includes(name))) names.add(name);
  }
  return names;
}
