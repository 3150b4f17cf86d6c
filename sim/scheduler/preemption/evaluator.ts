// Preemption: may the pod preempt at all, on which nodes would it help, which node is best. Decides only: the caller deletes
// the victims. Source: behaviour of DefaultPreemption in Kubernetes 1.36.
import {
  type CycleState,
  type Handle,
  type NodeStatuses,
  type PostFilterResult,
  type PreemptionCandidate,
  type Status,
  status,
} from "../framework.ts";
import { fitErrorMessage, statusCounts } from "../message.ts";
import type { NodeInfo } from "../node-info.ts";
import type { PodInfo } from "../shape.ts";
import { DisruptionBudgets } from "./disruption-budgets.ts";
import { DryRunCache, type DryRunOutcome, type ShapeOutcomes } from "./dry-run-cache.ts";
import { bestCandidates } from "./selection.ts";
import { mayPreempt, selectVictims } from "./victims.ts";

const NAME = "DefaultPreemption";
const NO_VICTIMS = status("UnschedulableAndUnresolvable", NAME, "No preemption victims found for incoming pod");
const NOT_HELPFUL = status("UnschedulableAndUnresolvable", NAME, "Preemption is not helpful for scheduling");

const NO_NODES: ReadonlyMap<string, Status> = new Map();

/** How many candidates a search may stop at: a share of the nodes in question, but not less than a number. */
export interface PreemptionArgs {
  /** 0 … 100 */
  readonly minCandidateNodesPercentage: number;
  readonly minCandidateNodesAbsolute: number;
}

interface DryRun {
  readonly candidates: readonly PreemptionCandidate[];
  readonly statuses: ReadonlyMap<string, Status>;
}

export class PreemptionEvaluator {
  private readonly handle: Handle;
  private readonly args: PreemptionArgs;
  private readonly budgets: DisruptionBudgets;
  private readonly cache: DryRunCache;

  constructor(handle: Handle, args: PreemptionArgs) {
    this.handle = handle;
    this.args = args;
    this.budgets = new DisruptionBudgets(handle.snapshot);
    this.cache = new DryRunCache(() => handle.snapshot.revision("podDisruptionBudgets"));
  }

  /** @param statuses why each node was rejected in this cycle */
  preempt(state: CycleState, pod: PodInfo, statuses: NodeStatuses): PostFilterResult {
    const ineligible = this.whyNotEligible(pod, statuses);
    if (ineligible !== null) return nothing(status("Unschedulable", NAME, ineligible), null);
    // a cluster without pods of lower priority needs no dry run to tell
    if (!this.handle.snapshot.hasPodsBelow(pod.shape.priority)) return this.withoutVictims(statuses);
    const { candidates, statuses: byNode } = this.dryRun(state, pod, this.potentialNodes(statuses));
    if (candidates.length === 0) {
      const errors = [
        ...new Set([...byNode.values()].filter((s) => s.code === "Error").map((s) => s.reasons.join(", "))),
      ];
      if (errors.length > 0)
        return nothing(status("Error", NAME, errors.length === 1 ? errors[0]! : `[${errors.join(", ")}]`), null);
      const message = fitErrorMessage(this.handle.snapshot.nodeCount, "", { byNode, absent: NOT_HELPFUL }, "");
      return nothing(status("Unschedulable", NAME, message), "");
    }
    const best = bestCandidates(candidates);
    // the scheduler takes any of them
    const { nodeName, victims, pdbViolations } = best[0]!;
    return {
      status: null,
      nominatedNodeName: nodeName,
      victims,
      pdbViolations,
      candidates,
      tiedNodes: best.map((candidate) => candidate.nodeName),
    };
  }

  /** A pod that has preempted waits for its victims to go, unless the node has become impossible meanwhile. */
  private whyNotEligible(pod: PodInfo, statuses: NodeStatuses): string | null {
    if (pod.shape.preemptNever) return "not eligible due to preemptionPolicy=Never.";
    const name = pod.nominatedNodeName;
    if (name === "") return null;
    const said = statuses.byNode.get(name) ?? statuses.absent;
    if (said === null || said.code === "UnschedulableAndUnresolvable") return null;
    const waiting =
      this.handle.snapshot.node(name)?.pods.some((p) => mayPreempt(pod, p) && isBeingPreempted(p)) ?? false;
    return waiting ? "not eligible due to a terminating pod on the nominated node." : null;
  }

  /** The result when no pod may be preempted anywhere: the same as a dry run on every node comes to. */
  private withoutVictims(statuses: NodeStatuses): PostFilterResult {
    const { nodeCount } = this.handle.snapshot;
    let resolvable = 0;
    let listed = 0;
    for (const [said, nodes] of statusCounts(statuses)) {
      listed += nodes;
      if (said.code === "Unschedulable") resolvable += nodes;
    }
    if (statuses.absent?.code === "Unschedulable") resolvable += nodeCount - listed;
    // the search begins at a random node; the draw is taken here too, so that later ones are the same
    if (resolvable > 0) this.handle.stream?.int(resolvable);
    const counts = new Map(resolvable > 0 ? [[NO_VICTIMS, resolvable]] : []);
    const message = fitErrorMessage(nodeCount, "", { byNode: NO_NODES, counts, absent: NOT_HELPFUL }, "");
    return nothing(status("Unschedulable", NAME, message), "");
  }

  /** Nodes whose rejection may go away with pods, in the order in which they were added. */
  private potentialNodes(statuses: NodeStatuses): readonly NodeInfo[] {
    if (statuses.nodesWith !== undefined && statuses.absent === null) return statuses.nodesWith("Unschedulable");
    const { snapshot } = this.handle;
    const nodes: NodeInfo[] = [];
    for (let slot = 0; slot < snapshot.slotCount; slot++) {
      const node = snapshot.nodeAt(slot);
      if (node === undefined) continue;
      const said = statuses.byNode.get(node.name) ?? statuses.absent;
      if (said?.code === "Unschedulable") nodes.push(node);
    }
    return nodes;
  }

  /** Goes round from a random node until there are enough candidates and one of them breaks no disruption budget. */
  private dryRun(state: CycleState, pod: PodInfo, nodes: readonly NodeInfo[]): DryRun {
    const count = nodes.length;
    const failures: (readonly [nodeName: string, said: Status])[] = [];
    // those found from the offset on, and those found after going round: together in the order of the nodes
    const late: PreemptionCandidate[] = [];
    const early: PreemptionCandidate[] = [];
    let found = 0;
    let harmless = 0;
    const wanted = candidatesWanted(this.args, count);
    const offset = count > 0 ? (this.handle.stream?.int(count) ?? 0) : 0;
    const known = this.keepsOutcomes(state, pod) ? this.cache.open(pod.shape) : null;
    for (let i = 0; i < count; i++) {
      const at = offset + i;
      const node = nodes[at < count ? at : at - count]!;
      const outcome = this.outcomeOn(node, state, pod, known);
      if ("code" in outcome) {
        failures.push([node.name, outcome]);
        continue;
      }
      if (outcome.pdbViolations === 0) harmless++;
      // no more than enough of those that break budgets, however long the search for one that does not
      else if (found - harmless >= wanted) continue;
      found++;
      (at < count ? late : early).push(outcome);
      if (harmless > 0 && found >= wanted) break;
    }
    // nobody asks why the others failed when one did not
    return { candidates: [...early, ...late], statuses: found > 0 ? NO_NODES : new Map(failures) };
  }

  private outcomeOn(node: NodeInfo, state: CycleState, pod: PodInfo, known: ShapeOutcomes | null): DryRunOutcome {
    const { handle } = this;
    const outcomes = known !== null && !handle.snapshot.nominated.has(node.name) ? known : null;
    const before = outcomes?.get(node) ?? null;
    if (before !== null) return before;
    const lower = node.pods.filter((p) => mayPreempt(pod, p));
    let outcome: DryRunOutcome = NO_VICTIMS;
    if (lower.length > 0) {
      const found = selectVictims(handle, state, pod, node, lower, this.budgets.list());
      outcome =
        "code" in found ? found : { nodeName: node.name, victims: found.pods, pdbViolations: found.pdbViolations };
    }
    outcomes?.set(node, outcome, lower);
    return outcome;
  }

  /** Does a dry run for this pod read nothing but its shape and the node? */
  private keepsOutcomes(state: CycleState, pod: PodInfo): boolean {
    return !pod.pod.spec.nodeName && this.handle.filtersByNodeAlone(state);
  }
}

/** Number of candidates to stop at. */
export function candidatesWanted(args: PreemptionArgs, nodes: number): number {
  const share = Math.floor((nodes * args.minCandidateNodesPercentage) / 100);
  return Math.min(Math.max(share, args.minCandidateNodesAbsolute), nodes);
}

/** Is the pod on its way out because the scheduler preempted it? The first condition of that type tells. */
function isBeingPreempted(pod: PodInfo): boolean {
  if (!pod.terminating) return false;
  const condition = pod.pod.status?.conditions?.find((c) => c.type === "DisruptionTarget");
  return condition?.status === "True" && condition.reason === "PreemptionByScheduler";
}

function nothing(said: Status, nominatedNodeName: string | null): PostFilterResult {
  return { status: said, nominatedNodeName, victims: [], pdbViolations: 0, candidates: [], tiedNodes: [] };
}
