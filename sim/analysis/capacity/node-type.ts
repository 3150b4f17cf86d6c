// A kind of node that could be added: what it offers, where, at what price. Made from a machine, from a pool of the scenario, or after a node that
// is there. Its nodes are spread over its zones in turn.
import { LIFECYCLE_LABEL, POOL_LABEL, PRICE_LABEL } from "../../model/annotations.ts";
import { syntheticUid } from "../../model/identity.ts";
import type { Node } from "../../model/objects.ts";
import { RACK_LABEL, zoneOf } from "../../model/topology.ts";
import { poolNodes } from "../../scenario/node-pools.ts";
import type { NodePool } from "../../scenario/schema.ts";
import type { Ground } from "./ground.ts";

export interface NodeType {
  readonly name: string;
  /** Per node and hour, in millionths of whatever money it is. */
  readonly priceMicros: number;
  /** Its nodes can be reclaimed at any time. */
  readonly isSpot: boolean;
  /** How many there can be at most. */
  readonly most: number;
  readonly zones: readonly string[];
  /** Any number of its nodes; those of a smaller number are the first of a larger. */
  readonly nodes: (count: number) => readonly Node[];
}

export interface TypeParts {
  readonly most?: number;
}

/** How many nodes of a type are tried where nobody says. */
export const MOST_NODES = 5000;

export function typeOfPool(pool: Omit<NodePool, "count">, parts: TypeParts = {}): NodeType {
  return {
    name: pool.name,
    priceMicros: Math.round((pool.price ?? 0) * 1_000_000),
    isSpot: pool.spot ?? false,
    most: parts.most ?? MOST_NODES,
    zones: pool.zones ?? [],
    nodes: (count) => poolNodes({ ...pool, count }),
  };
}

/** The type of a scenario's pool, by its nodes; null when there is none of that name. */
export function typeOfPoolNodes(ground: Ground, pool: string, parts: TypeParts = {}): NodeType | null {
  const nodes = poolNodesOf(ground, pool);
  return nodes.length === 0 ? null : typeAfter(pool, nodes, parts);
}

export function poolNodesOf({ objects }: Ground, pool: string): readonly Node[] {
  return objects.nodes.filter(({ metadata }) => metadata.labels?.[POOL_LABEL] === pool);
}

/** More nodes like these: the first of each zone is the model. */
export function typeAfter(name: string, models: readonly Node[], parts: TypeParts = {}): NodeType {
  const byZone = new Map<string, Node>();
  for (const node of models) if (!byZone.has(zoneOf(node))) byZone.set(zoneOf(node), node);
  const each = [...byZone.values()];
  return {
    name,
    priceMicros: Math.round(Number(each[0]?.metadata.labels?.[PRICE_LABEL] ?? 0) * 1_000_000),
    isSpot: each.some(({ metadata }) => metadata.labels?.[LIFECYCLE_LABEL] === "spot"),
    most: parts.most ?? MOST_NODES,
    zones: [...byZone.keys()].filter((zone) => zone !== ""),
    nodes: (count) =>
      Array.from({ length: count }, (_, i) => likeNode(each[i % each.length] as Node, `${name}-new-${i}`)),
  };
}

/** A new node of the same kind: nobody has cordoned it, and nothing is wrong with it. */
function likeNode(model: Node, name: string): Node {
  const { [RACK_LABEL]: _rack, ...labels } = model.metadata.labels ?? {};
  const taints = (model.spec?.taints ?? []).filter(({ key }) => !key.startsWith("node.kubernetes.io/"));
  return {
    ...model,
    metadata: {
      name,
      uid: syntheticUid("Node", "", name),
      labels: { ...labels, "kubernetes.io/hostname": name },
    },
    spec: taints.length > 0 ? { taints } : {},
    status: {
      allocatable: model.status?.allocatable ?? {},
      capacity: model.status?.capacity ?? model.status?.allocatable ?? {},
      conditions: [{ type: "Ready", status: "True", reason: "KubeletReady" }],
    },
  };
}

/** In words: `cpu 4, memory 16Gi in a, b`. */
export function typeText(type: NodeType): string {
  const [node] = type.nodes(1);
  const { cpu, memory } = node?.status?.allocatable ?? {};
  const gpu = node?.status?.allocatable?.["nvidia.com/gpu"];
  const where =
    type.zones.length === 0 ? "" : `, in ${type.zones.length === 1 ? "zone" : "zones"} ${type.zones.join(", ")}`;
  return `cpu ${cpu}, memory ${memory}${gpu === undefined ? "" : `, ${gpu} GPUs`}${where}`;
}
