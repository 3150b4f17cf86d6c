// The quick way through a scheduling cycle: filter, score and selection on the node table, for pods whose verdicts the table
// can hold. It answers exactly as the plain evaluation would, or declines (null) and leaves the pod to it.
import { assert } from "../../engine/assert.ts";
import type { RandomStream } from "../../engine/random.ts";
import type { Code, NodeStatuses, Status } from "../framework.ts";
import type { NodeInfo } from "../node-info.ts";
import { Ranking, type TieBreak } from "../ranking.ts";
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

/** What is kept of one shape, and how many bytes of it are counted. */
interface Entry {
  readonly cache: ShapeCache;
  readonly statics: SharedStatics;
  bytes: number;
}

interface SharedStatics {
  readonly key: string;
  readonly statics: StaticClass;
  readonly bytes: number;
  /** Number of caches that read it. */
  users: number;
}

export class TableEvaluator {
  readonly table: NodeTable;
  private readonly options: EvaluatorOptions;
  private readonly cacheBytes: number;
  // by shape id, in order of last use
  private readonly entries = new Map<number, Entry>();
  // shapes that the table cannot hold
  private readonly declined = new Set<number>();
  private readonly statics = new Map<string, SharedStatics>();
  private bytes = 0;
  private groupsEpoch: number;
  private last: Entry | null = null;
  // the cache that notes changes for a ranking that may still be asked for
  private capturing: ShapeCache | null = null;
  private lastShape: PodShape | null = null;
  private readonly selection: Selection = { slot: -1, score: -1, feasible: 0, evaluated: 0, nextStart: 0 };
  /** Nodes evaluated so far. */
  evaluations = 0;

  constructor(table: NodeTable, options: EvaluatorOptions) {
    this.table = table;
    this.options = options;
    this.cacheBytes = options.cacheBytes ?? 512 * 1024 * 1024;
    this.groupsEpoch = table.groupsEpoch;
  }

  /**
   * Brings what is known of the pod's shape up to date.
   *
   * @returns false when the pod needs the plain evaluation; nothing else may be asked for it then
   */
  prepare(pod: PodInfo): boolean {
    const { table } = this;
    // not pod.nodeName: a pod that names its node keeps doing so when it was assumed and taken off again
    if (pod.nominatedNodeName !== "" || pod.pod.spec.nodeName) return false;
    table.refreshGroups();
    if (this.groupsEpoch !== table.groupsEpoch) this.clear();
    const entry = this.lastShape === pod.shape && this.last !== null ? this.last : this.entryOf(pod);
    if (entry === null) return false;
    const { cache } = entry;
    const before = cache.evaluations;
    cache.sync();
    this.last = entry;
    this.lastShape = pod.shape;
    this.evaluations += cache.evaluations - before;
    if (cache.bytes !== entry.bytes) this.account(entry);
    if (cache.mixesBlankDomains) return false;
    // the table asks for devices before it looks at other nodes: what is said of a node that lacks both would be another reason
    if (cache.sharesGpus && (cache.dependsOnOtherNodes || table.snapshot.nominated.size > 0)) return false;
    // nominated pods count as present in the Filter: the table adds up their requests, but not their ports, nor what they
    // do to other nodes. Their anti-affinity counts only where a pod that is there has a term against this one.
    if (table.snapshot.nominated.size === 0) return true;
    return !cache.dependsOnOtherNodes && pod.shape.hostPorts.length === 0;
  }

  /** Would the node pass all filters for the prepared pod? */
  fits(slot: number): boolean {
    return this.current.fits(slot);
  }

  /** Filters, scores and selects for the prepared pod. The selection is valid until the next call. */
  select(start: number, limit: number): Selection {
    this.current.select(start, limit, this.options.tieBreak, this.options.stream, this.selection);
    return this.selection;
  }

  /** Why the last selection rejected nodes. Valid as long as nothing changes. */
  statuses(): LazyStatuses {
    return new LazyStatuses(this.table, this.current);
  }

  /** The scored nodes of the last selection except the chosen one, to be made when somebody asks. */
  others(start: number): () => Ranking {
    const { order, snapshot } = this.table;
    const { tieBreak, stream } = this.options;
    const chosen = this.selection.slot;
    const cache = this.current;
    if (this.capturing !== cache) this.capturing?.dropCapture();
    this.capturing = cache;
    const captured = cache.capture(start % order.length, this.selection.feasible);
    // in the order of `order`; some of them may be gone from the snapshot when somebody asks
    const nodesThen = snapshot.nodes;
    return () => {
      const { positions, totals } = cache.ranked(captured);
      const nodes = Array.from(positions, (position) => nodesThen[position] as NodeInfo);
      if (tieBreak === "heap") {
        const ranking = new Ranking(nodes, totals, tieBreak, stream);
        ranking.pop();
        return ranking;
      }
      // the draw among the best was taken by the selection: the chosen node is left out without another
      const at = nodes.findIndex((node) => node.slot === chosen);
      return new Ranking(
        nodes.filter((_, i) => i !== at),
        totals.filter((_, i) => i !== at),
        tieBreak,
        stream,
      );
    };
  }

  private get current(): ShapeCache {
    assert(this.last !== null, "a pod was prepared");
    return this.last.cache;
  }

  private entryOf(pod: PodInfo): Entry | null {
    const { shape } = pod;
    const known = this.entries.get(shape.id);
    if (known !== undefined) {
      this.entries.delete(shape.id);
      this.entries.set(shape.id, known);
      return known;
    }
    if (this.declined.has(shape.id)) return null;
    const rules = this.options.rules(pod);
    if (rules === null) {
      this.declined.add(shape.id);
      return null;
    }
    const statics = this.staticsOf(rules.staticRules);
    const entry = { cache: new ShapeCache(this.table, rules, statics.statics), statics, bytes: 0 };
    this.entries.set(shape.id, entry);
    return entry;
  }

  private staticsOf(rules: StaticRules): SharedStatics {
    let shared = this.statics.get(rules.key);
    if (shared === undefined) {
      const statics = new StaticClass(this.table, rules);
      shared = { key: rules.key, statics, bytes: statics.bytes, users: 0 };
      this.statics.set(rules.key, shared);
      this.bytes += shared.bytes;
    }
    shared.users++;
    return shared;
  }

  /** Counts what the entry holds now, and makes room for it. */
  private account(entry: Entry): void {
    this.bytes += entry.cache.bytes - entry.bytes;
    entry.bytes = entry.cache.bytes;
    for (const [id, oldest] of this.entries) {
      if (this.bytes <= this.cacheBytes || oldest === entry) break;
      this.entries.delete(id);
      this.bytes -= oldest.bytes;
      const { statics } = oldest;
      if (--statics.users > 0) continue;
      this.statics.delete(statics.key);
      this.bytes -= statics.bytes;
    }
  }

  private clear(): void {
    this.entries.clear();
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
  private readonly bySlot: (Status | null)[];
  private map: Map<string, Status> | null = null;

  constructor(table: NodeTable, cache: ShapeCache) {
    this.table = table;
    const { order, snapshot } = table;
    this.bySlot = new Array<Status | null>(snapshot.slotCount).fill(null);
    for (let p = 0; p < order.length; p++) {
      const slot = order[p] as number;
      const verdict = cache.verdict(slot);
      if (verdict === null) continue;
      this.bySlot[slot] = verdict;
      this.counts.set(verdict, (this.counts.get(verdict) ?? 0) + 1);
    }
  }

  get byNode(): ReadonlyMap<string, Status> {
    if (this.map === null) {
      this.map = new Map();
      for (const node of this.table.snapshot.nodes) {
        const verdict = this.bySlot[node.slot];
        if (verdict) this.map.set(node.name, verdict);
      }
    }
    return this.map;
  }

  nodesWith(code: Code): readonly NodeInfo[] {
    const nodes: NodeInfo[] = [];
    for (let slot = 0; slot < this.bySlot.length; slot++) {
      if (this.bySlot[slot]?.code === code) nodes.push(this.table.snapshot.nodeAt(slot) as NodeInfo);
    }
    return nodes;
  }
}
