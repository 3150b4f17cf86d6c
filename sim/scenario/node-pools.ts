// Node pools to Node objects, as a cloud would register them.
import { INSTANCE_TYPE_LABEL, LIFECYCLE_LABEL, POOL_LABEL, PRICE_LABEL } from "../model/annotations.ts";
import { syntheticUid } from "../model/identity.ts";
import type { Node, Quantity } from "../model/objects.ts";
import { RACK_LABEL, ZONE_LABEL } from "../model/topology.ts";
import type { NodePool } from "./schema.ts";

/** The nodes of a pool: `<pool>-0`, `<pool>-1` …, spread over its zones in turn. */
export function poolNodes(pool: NodePool): readonly Node[] {
  const allocatable = allocatableOf(pool);
  const zones = pool.zones ?? [];
  return Array.from({ length: pool.count }, (_, i) => {
    const zone = zones[i % Math.max(zones.length, 1)];
    return readyNode(
      `${pool.name}-${i}`,
      allocatable,
      {
        ...baseLabels(pool, zone),
        ...(pool.racks === undefined ? {} : { [RACK_LABEL]: rackName(zone, i, zones.length, pool.racks) }),
        ...pool.labels,
      },
      pool.taints,
    );
  });
}

/** A node of the pool that has no name of its own yet, nor a rack. */
export function poolTemplate(pool: NodePool, zone: string | undefined): Node {
  const labels = { ...baseLabels(pool, zone), ...pool.labels };
  return readyNode(`template-node-for-${pool.name}`, allocatableOf(pool), labels, pool.taints);
}

function allocatableOf({ machine }: NodePool): Readonly<Record<string, Quantity>> {
  const allocatable: Record<string, Quantity> = { cpu: machine.cpu, memory: machine.memory, pods: machine.pods ?? 110 };
  if (machine.ephemeralStorage !== undefined) allocatable["ephemeral-storage"] = machine.ephemeralStorage;
  if (machine.gpu !== undefined) allocatable["nvidia.com/gpu"] = machine.gpu;
  return Object.assign(allocatable, machine.extended);
}

function baseLabels(pool: NodePool, zone: string | undefined): Readonly<Record<string, string>> {
  return {
    [POOL_LABEL]: pool.name,
    "kubernetes.io/arch": "amd64",
    "kubernetes.io/os": "linux",
    ...(zone === undefined ? {} : { [ZONE_LABEL]: zone }),
    ...priceLabels(pool),
  };
}

// as labels, so that they come with every node that is made from the pool, and may stand on nodes of manifests as well
function priceLabels({ autoscaling, instanceType, price = autoscaling?.price, spot }: NodePool) {
  return {
    ...(price === undefined ? {} : { [PRICE_LABEL]: decimal(price) }),
    ...(spot === undefined ? {} : { [LIFECYCLE_LABEL]: spot ? "spot" : "on-demand" }),
    ...(instanceType === undefined ? {} : { [INSTANCE_TYPE_LABEL]: instanceType }),
  };
}

// to a millionth, never with an exponent: it has to be a label's value
function decimal(price: number): string {
  return price.toFixed(6).replace(/\.?0+$/, "");
}

function rackName(zone: string | undefined, number: number, zones: number, racks: number): string {
  const inZone = Math.floor(number / Math.max(zones, 1));
  return `${zone === undefined ? "" : `${zone}-`}rack-${inZone % racks}`;
}

/** A node that is ready, with its hostname label. */
export function readyNode(
  name: string,
  allocatable: Readonly<Record<string, Quantity>>,
  labels: Readonly<Record<string, string>>,
  taints?: NodePool["taints"],
): Node {
  return {
    apiVersion: "v1",
    kind: "Node",
    metadata: { name, uid: syntheticUid("Node", "", name), labels: { "kubernetes.io/hostname": name, ...labels } },
    spec: taints !== undefined && taints.length > 0 ? { taints } : {},
    status: {
      allocatable,
      capacity: allocatable,
      conditions: [{ type: "Ready", status: "True", reason: "KubeletReady" }],
    },
  };
}
