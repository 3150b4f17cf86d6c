// One scheduling cycle, the plain way: every node in question is filtered and every feasible one scored by the plugins
// themselves. The node table's shortcut must come to the same result. Source: behaviour of Kubernetes 1.36.
import type { RandomStream } from "../engine/random.ts";
import { nodesToFind } from "./arithmetic.ts";
import { CycleState, type NodeStatuses, type Status, status } from "./framework.ts";
import { NO_NODES } from "./message.ts";
import type { NodeInfo } from "./node-info.ts";
import type { PreFilterOutcome, Profile } from "./profile.ts";
import { Ranking, type TieBreak } from "./ranking.ts";
import type { PodInfo } from "./shape.ts";

export interface CycleSettings {
  /** Position in the node order at which the search begins. */
  readonly startIndex: number;
  /** 0 = adaptive. */
  readonly percentageOfNodesToScore: number;
  readonly tieBreak: TieBreak;
  /** Only for seeded tie-breaking. */
  readonly stream: RandomStream | null;
  /** Proposes one node after PreFilter, from an earlier cycle's results; null = no proposal. Not asked for nominated pods. */
  readonly hint?: (state: CycleState) => string | null;
}

/** What a cycle may be asked to write down for explanations; costs nothing when not given. */
export interface CycleDetail {
  /** Nodes in the order in which they were filtered. */
  readonly visited: NodeInfo[];
  /** Weighted scores per plugin, in the order of the feasible nodes. */
  readonly scores: Map<string, Float64Array>;
}

export interface CycleResult {
  readonly outcome: "fits" | "unschedulable" | "error";
  /** Set when the outcome is an error. */
  readonly error: string | null;
  readonly state: CycleState;
  readonly preFilter: PreFilterOutcome | null;
  readonly chosen: NodeInfo | null;
  /** In the order of discovery. */
  readonly feasible: readonly NodeInfo[];
  /** Total scores of the feasible nodes; null when nothing was scored, as with a single feasible node. */
  readonly totals: Float64Array | null;
  /** Scored nodes except the chosen one. */
  readonly others: Ranking | null;
  readonly statuses: NodeStatuses;
  /** Plugins that rejected, and those that narrowed the nodes. */
  readonly rejectors: ReadonlySet<string>;
  readonly nextStartIndex: number;
  /** The hint that was tried, whether or not it was taken. */
  readonly hintedNode: string | null;
}

/** Evaluates the pod on the profile's snapshot. Changes nothing there. */
export function schedulePod(
  profile: Profile,
  pod: PodInfo,
  settings: CycleSettings,
  detail?: CycleDetail,
): CycleResult {
  return new Cycle(profile, pod, settings, detail).run();
}

class Cycle {
  private readonly profile: Profile;
  private readonly pod: PodInfo;
  private readonly settings: CycleSettings;
  private readonly detail: CycleDetail | undefined;
  private readonly state = new CycleState();
  private readonly byNode = new Map<string, Status>();
  private absent: Status | null = null;
  private rejectors = new Set<string>();
  private preFilter: PreFilterOutcome | null = null;
  private hintedNode: string | null = null;
  private nextStartIndex: number;

  constructor(profile: Profile, pod: PodInfo, settings: CycleSettings, detail: CycleDetail | undefined) {
    this.profile = profile;
    this.pod = pod;
    this.settings = settings;
    this.detail = detail;
    this.nextStartIndex = settings.startIndex;
  }

  run(): CycleResult {
    const { profile, pod, state } = this;
    if (profile.snapshot.nodeCount === 0) return this.result("error", NO_NODES);
    const preFilter = profile.runPreFilter(state, pod);
    this.preFilter = preFilter;
    this.rejectors = new Set(preFilter.narrowedBy);
    if (preFilter.status !== null) {
      if (preFilter.status.code === "Error") return this.result("error", preFilter.status.reasons.join(", "));
      this.absent = preFilter.status;
      if (preFilter.status.plugin !== "") this.rejectors.add(preFilter.status.plugin);
      return this.result("unschedulable");
    }
    const feasible = this.tryOneNode() ?? this.search(preFilter);
    if (!Array.isArray(feasible)) return this.result("error", feasible.reasons.join(", "));
    if (feasible.length === 0) return this.result("unschedulable");
    if (feasible.length === 1) return this.result("fits", null, feasible, feasible[0]);
    return this.score(feasible);
  }

  /** The nominated node, or else the hinted one, is tried alone first and taken when it passes. */
  private tryOneNode(): NodeInfo[] | null {
    let name: string | null = this.pod.nominatedNodeName;
    if (name === "") name = this.hintedNode = this.settings.hint?.(this.state) ?? null;
    if (name === null) return null;
    const node = this.profile.snapshot.node(name);
    if (node === undefined) return null;
    const found = this.filter([node], 0);
    // an error here does not end the cycle: the search over all nodes comes upon it again
    return Array.isArray(found) && found.length > 0 ? found : null;
  }

  private search(preFilter: PreFilterOutcome): NodeInfo[] | Status {
    const all = this.profile.snapshot.nodes;
    const names = preFilter.nodeNames;
    if (names !== null) {
      // plugins that rejected the nominated node are named here as well
      const plugins = [...this.rejectors].sort().join(" ");
      this.absent = status("UnschedulableAndUnresolvable", "", `node(s) didn't satisfy plugin(s) [${plugins}]`);
    }
    const found = this.filter(
      names === null ? all : all.filter((node) => names.has(node.name)),
      this.settings.startIndex,
    );
    const processed = (Array.isArray(found) ? found.length : 0) + this.byNode.size;
    this.nextStartIndex = (this.settings.startIndex + processed) % all.length;
    return found;
  }

  /** Filters until enough feasible nodes are found; it takes one more feasible node to notice that. */
  private filter(nodes: readonly NodeInfo[], startIndex: number): NodeInfo[] | Status {
    const { profile, pod, state, byNode, rejectors, detail } = this;
    const count = nodes.length;
    const wanted = profile.scorePlugins.length === 0 ? 1 : nodesToFind(count, this.settings.percentageOfNodesToScore);
    const feasible: NodeInfo[] = [];
    for (let i = 0; i < count; i++) {
      const node = nodes[(startIndex + i) % count]!;
      const said = profile.filterWithNominatedPods(state, pod, node);
      detail?.visited.push(node);
      if (said === null) {
        if (feasible.length >= wanted) break;
        feasible.push(node);
      } else if (said.code === "Error") {
        return said;
      } else {
        byNode.set(node.name, said);
        rejectors.add(said.plugin);
      }
    }
    return feasible;
  }

  private score(feasible: readonly NodeInfo[]): CycleResult {
    const { profile, pod, state, settings } = this;
    const refused = profile.runPreScore(state, pod, feasible);
    if (refused !== null) return this.result("error", refused.reasons.join(", "), feasible);
    const { totals, error } = profile.runScore(state, pod, feasible, this.detail?.scores);
    if (error !== null) return this.result("error", error.reasons.join(", "), feasible);
    const ranking = new Ranking(feasible, totals, settings.tieBreak, settings.stream);
    const chosen = ranking.pop();
    return this.result("fits", null, feasible, chosen, totals, ranking);
  }

  private result(
    outcome: CycleResult["outcome"],
    error: string | null = null,
    feasible: readonly NodeInfo[] = [],
    chosen: NodeInfo | null = null,
    totals: Float64Array | null = null,
    others: Ranking | null = null,
  ): CycleResult {
    return {
      outcome,
      error,
      state: this.state,
      preFilter: this.preFilter,
      chosen,
      feasible,
      totals,
      others,
      statuses: { byNode: this.byNode, absent: this.absent },
      rejectors: this.rejectors,
      nextStartIndex: this.nextStartIndex,
      hintedNode: this.hintedNode,
    };
  }
}
