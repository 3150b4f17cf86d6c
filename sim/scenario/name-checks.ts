// Names in faults and actions that must exist when the run begins: members of etcd, nodes, zones, pools, racks, replicas. What the
// cluster makes by itself (pods, machines of an autoscaler) cannot be known here.
import { POOL_LABEL } from "../model/annotations.ts";
import type { FaultLayer } from "../model/fault-layers.ts";
import type { ClusterObjects, Node } from "../model/objects.ts";
import { nearest, type Path, type Problem, shown } from "../model/problem.ts";
import { parseObjectName, wordOf } from "../model/resource-names.ts";
import { rackOf, zoneOf } from "../model/topology.ts";

/** What names are checked against. */
export interface FaultContext {
  /** Members of the etcd cluster by name, with their zones; null when they are not known, because of other mistakes. */
  readonly members: ReadonlyMap<string, string> | null;
  /** Are the zones of the members, and the nodes, known? */
  readonly areZonesKnown: boolean;
  /** Nodes by name, those that join later included. */
  readonly nodes: ReadonlyMap<string, Node>;
  /** How many replicas there are of what has any: names are `<prefix>-<number>`. */
  readonly replicas: Readonly<Partial<Record<FaultLayer, { readonly prefix: string; readonly count: number }>>>;
  /** Groups whose machines come and go: their names go on counting. */
  readonly groups: readonly { readonly pool: string; readonly zone: string }[];
}

const WORKLOADS: readonly (keyof ClusterObjects)[] = ["deployments", "statefulSets", "daemonSets"];

export class NameChecks {
  readonly problems: Problem[] = [];
  private readonly context: FaultContext;
  private readonly addsMembers: boolean;
  private readonly zones: readonly string[];
  private readonly pools: readonly string[];
  private readonly racks: readonly string[];

  constructor(context: FaultContext, addsMembers: boolean) {
    this.context = context;
    this.addsMembers = addsMembers;
    const nodes = [...context.nodes.values()];
    this.zones = distinct([...nodes.map(zoneOf), ...context.groups.map(({ zone }) => zone)]);
    this.racks = distinct(nodes.map(rackOf));
    const pools = nodes.map(({ metadata }) => metadata.labels?.[POOL_LABEL] ?? "");
    this.pools = distinct([...pools, ...context.groups.map(({ pool }) => pool)]);
  }

  /** The name of a target of this layer. */
  name(layer: FaultLayer, name: string, path: Path): void {
    if (layer === "etcd") return this.member(name, path);
    if (!this.context.areZonesKnown) return;
    if (layer === "nodes" || layer === "machines") return this.node(name, path);
    if (layer === "workloads") return this.workload(name, path);
    if (layer === "zones") return this.oneOf("zone", name, this.zones, path);
    if (layer === "racks") return this.oneOf("rack", name, this.racks, path);
    const replicas = this.context.replicas[layer];
    if (replicas === undefined) return;
    const names = Array.from({ length: replicas.count }, (_, i) => `${replicas.prefix}-${i}`);
    this.oneOf("replica", name, names, path);
  }

  /** @param ofMembers a zone of etcd members */
  place(field: string, value: string, path: Path, ofMembers: boolean): void {
    if (field === "zone" && ofMembers) return this.memberZone(value, path);
    if (!this.context.areZonesKnown) return;
    if (field === "zone") this.oneOf("zone", value, this.zones, path);
    if (field === "pool") this.oneOf("node pool", value, this.pools, path);
    if (field === "rack") this.oneOf("rack", value, this.racks, path);
    if (field === "node") this.node(value, path);
  }

  member(name: string, path: Path): void {
    const { members } = this.context;
    if (members === null || members.has(name)) return;
    const names = [...members.keys()];
    // names of members that a fault adds go on counting
    if (this.addsMembers && /^etcd-\d{1,6}$/.test(name)) return;
    const near = nearest(name, names);
    const hint = near === undefined ? "" : ` (did you mean ${near}?)`;
    this.note(path, `a member of etcd: one of ${names.join(", ")}${hint}`, name);
  }

  node(name: string, path: Path): void {
    const { areZonesKnown, nodes } = this.context;
    if (!areZonesKnown || nodes.size === 0 || nodes.has(name)) return;
    if (
      this.context.groups.some(
        ({ pool }) => name.startsWith(`${pool}-`) && /^\d{1,6}$/.test(name.slice(pool.length + 1)),
      )
    )
      return;
    const near = nearest(name, [...nodes.keys()]);
    const some = [...nodes.keys()].slice(0, 3).join(", ");
    this.note(path, near === undefined ? `the name of a node, such as ${some}` : `a node; did you mean ${near}?`, name);
  }

  private workload(text: string, path: Path): void {
    const name = parseObjectName(text);
    if ("expected" in name) return this.note(path, name.expected, text);
    if (!WORKLOADS.includes(name.list)) this.note(path, `one of ${WORKLOADS.map(wordOf).join(", ")}`, text);
  }

  private memberZone(zone: string, path: Path): void {
    const { members, areZonesKnown } = this.context;
    if (members === null || !areZonesKnown) return;
    const zones = distinct([...members.values()]);
    if (zones.includes(zone)) return;
    if (zones.length === 0) return this.note(path, "no zone: the members of etcd are in none", zone);
    const near = nearest(zone, zones);
    const hint = near === undefined ? "" : ` (did you mean ${near}?)`;
    this.note(path, `a zone with etcd members: one of ${zones.join(", ")}${hint}`, zone);
  }

  private oneOf(what: string, name: string, names: readonly string[], path: Path): void {
    if (names.includes(name)) return;
    if (names.length === 0) return this.note(path, `no ${what}: there is none`, name);
    const near = nearest(name, names);
    const hint = near === undefined ? "" : ` (did you mean ${near}?)`;
    const shownNames = names.length > 20 ? [...names.slice(0, 20), "..."] : names;
    this.note(path, `a ${what}: one of ${shownNames.join(", ")}${hint}`, name);
  }

  private note(path: Path, expected: string, name: string): void {
    this.problems.push({ path, expected, received: shown(name) });
  }
}

function distinct(names: readonly string[]): readonly string[] {
  return [...new Set(names)].filter((name) => name !== "");
}
