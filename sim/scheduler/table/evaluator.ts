// The quick way through a scheduling cycle: filter, score and selection on the node table, for pods whose verdicts the table
// can hold. It answers exactly as the plain evaluation would, or declines (null) and leaves the pod to it.
import { assert } from "../../engine/assert.ts";
import type { RandomStream } from "../../engine/random.ts";
import type { NodeStatuses, Status } from "../framework.ts";
import type { NodeInfo } from "../node-info.ts";
import type { TieBreak } from "../ranking.ts";
import type { PodInfo, PodShape } from "../shape.ts";
import type { NodeTable } from "./node-table.ts";
import type { ShapeRules, StaticRules } from "./rules.ts";
import { type Selection, ShapeCache } from "./shape-cache.ts";
import { StaticClass } from "./static-class.ts";

/** Builds the rules of a shape under the evaluator's profile; null when the table cannot hold them. */
export type RulesFactory = (pod: PodInfo) => ShapeRules | null;

export interface EvaluatorOptions {
  readonly rules: RulesFactory;
  readonly tieBreak: TieBreak;
  readonly stream: RandomStream | null;
  /** Memory that the caches of all shapes may take together; the least recently used go first. Default 512 MiB. */
  readonly cacheBytes?: number;
}

export class TableEvaluator {
  readonly table: NodeTable;
  private readonly options: EvaluatorOptions;
  private readonly cacheBytes: number;
  // by shape id, in order of last use; null: the table cannot hold this shape
  private readonly caches = new Map<number, ShapeCache>();
  private readonly declined = new Set<number>();
  private readonly statics = new Map<string, StaticClass>();
  private bytes = 0;
  private groupsEpoch: number;
  private last: ShapeCache | null = null;
  private lastShape: PodShape | null = null;
  private readonly selection: Selection = { slot: -1, score: -1, feasible: 0, evaluated: 0, nextStart: 0 };
  /** Cycles served, and nodes evaluated in them. */
  cycles = 0;
  evaluations = 0;

  constructor(table: NodeTable, options: EvaluatorOptions) {
    this.table = table;
    this.options = options;
    this.cacheBytes = options.cacheBytes ?? 512 * 1024 * 1024;
    this.groupsEpoch = table.groupsEpoch;
  }

  /**
   * Filters, scores and selects for one pod.
   * @returns the selection, valid until the next call; null when the pod needs the plain evaluation.
   */
  select(pod: PodInfo, start: number, limit: number): Selection | null {
    const { table } = this;
    if (pod.nominatedNodeName !== "" || pod.nodeName !== "") return null;
    table.refreshGroups();
    if (this.groupsEpoch !== table.groupsEpoch) this.clear();
    const cache = this.lastShape === pod.shape && this.last !== null ? this.last : this.cacheOf(pod);
    if (cache === null) return null;
    const before = cache.evaluations;
    cache.sync();
    this.last = cache;
    this.lastShape = pod.shape;
    this.evaluations += cache.evaluations - before;
    if (table.snapshot.nominated.size > 0 && this.nominationsMatter(pod.shape, cache)) return null;
    this.cycles++;
    cache.select(start, limit, this.options.tieBreak, this.options.stream, this.selection);
    return this.selection;
  }

  /** Statuses of the nodes that the last cycle rejected; for its pod only, before anything changes. Empty `byNode` entries are made lazily. */
  statuses(): LazyStatuses {
    assert(this.last !== null, "statuses follow a selection");
    return new LazyStatuses(this.table, this.last);
  }

  /** The last cycle's feasible nodes in order of discovery, from position `start`, with their totals. */
  ranking(start: number, feasible: number): { readonly nodes: NodeInfo[]; readonly totals: Float64Array } {
    const cache = this.last;
    assert(cache !== null, "a ranking follows a selection");
    const { order, snapshot } = this.table;
    const nodes: NodeInfo[] = [];
    const totals = new Float64Array(feasible);
    for (let i = 0; i < order.length && nodes.length < feasible; i++) {
      const slot = order[(start + i) % order.length] as number;
      if (!cache.isFeasible(slot)) continue;
      totals[nodes.length] = cache.totalOf(slot);
      nodes.push(snapshot.nodeAt(slot) as NodeInfo);
    }
    return { nodes, totals };
  }

  private cacheOf(pod: PodInfo): ShapeCache | null {
    const { shape } = pod;
    const known = this.caches.get(shape.id);
    if (known !== undefined) {
      if (this.caches.size > 1) {
        this.caches.delete(shape.id);
        this.caches.set(shape.id, known);
      }
      return known;
    }
    if (this.declined.has(shape.id)) return null;
    const rules = this.options.rules(pod);
    if (rules === null) {
      this.declined.add(shape.id);
      return null;
    }
    const made = new ShapeCache(this.table, rules, this.staticClass(rules.staticRules));
    this.caches.set(shape.id, made);
    this.bytes += made.bytes;
    for (const [id, cache] of this.caches) {
      if (this.bytes <= this.cacheBytes || cache === made) break;
      this.caches.delete(id);
      this.bytes -= cache.bytes;
    }
    return made;
  }

  private staticClass(rules: StaticRules): StaticClass {
    let known = this.statics.get(rules.key);
    if (known === undefined) {
      known = new StaticClass(this.table, rules);
      this.statics.set(rules.key, known);
    }
    return known;
  }

  /** Nominated pods count as present in the Filter: the table adds up their requests, but not what they do to other nodes. */
  private nominationsMatter(shape: PodShape, cache: ShapeCache): boolean {
    if (cache.dependsOnOtherNodes || shape.hostPorts.length > 0) return true;
    return this.table.groups.carriedTerms.some((c) => c.kind === "requiredAnti");
  }

  private clear(): void {
    this.caches.clear();
    this.declined.clear();
    this.statics.clear();
    this.bytes = 0;
    this.last = null;
    this.lastShape = null;
    this.groupsEpoch = this.table.groupsEpoch;
  }
}

/** Rejections of a cycle on the table: counted at once, listed per node only when somebody asks. */
export class LazyStatuses implements NodeStatuses {
  readonly absent: Status | null = null;
  /** How many nodes each status was given to. */
  readonly counts = new Map<Status, number>();
  private readonly table: NodeTable;
  private readonly verdicts: (Status | null)[] = [];
  private map: Map<string, Status> | null = null;

  constructor(table: NodeTable, cache: ShapeCache) {
    this.table = table;
    for (let p = 0; p < table.order.length; p++) {
      const verdict = cache.verdict(table.order[p] as number);
      this.verdicts.push(verdict);
      if (verdict !== null) this.counts.set(verdict, (this.counts.get(verdict) ?? 0) + 1);
    }
  }

  get byNode(): ReadonlyMap<string, Status> {
    if (this.map === null) {
      this.map = new Map();
      for (let p = 0; p < this.verdicts.length; p++) {
        const verdict = this.verdicts[p];
        if (verdict) this.map.set((this.table.snapshot.nodes[p] as NodeInfo).name, verdict);
      }
    }
    return this.map;
  }
}
