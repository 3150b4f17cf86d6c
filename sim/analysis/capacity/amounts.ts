// Amounts of all resources side by side, for bounds that hold whatever a scheduler does: what pods need, what nodes have left.
import type { NodeInfo } from "../../scheduler/node-info.ts";
import type { PodShape } from "../../scheduler/shape.ts";

/** CPU in millicores, bytes, counts; `pods` is one of them. */
export type Amounts = Map<string, number>;

export function requestsOf({ requests }: PodShape): Amounts {
  return new Map([
    ["cpu", requests.cpuMilli],
    ["memory", requests.memoryBytes],
    ["ephemeral-storage", requests.ephemeralBytes],
    ...requests.scalar,
    ["pods", 1],
  ]);
}

/** What pods can still ask for; never below 0. */
export function freeOf(node: NodeInfo): Amounts {
  const left = (has: number, taken: number) => Math.max(0, has - taken);
  const free: Amounts = new Map([
    ["cpu", left(node.allocatableCpuMilli, node.requestedCpuMilli)],
    ["memory", left(node.allocatableMemoryBytes, node.requestedMemoryBytes)],
    ["ephemeral-storage", left(node.allocatableEphemeralBytes, node.requestedEphemeralBytes)],
    ["pods", left(node.allocatablePods, node.pods.length)],
  ]);
  for (const [name, has] of node.allocatableScalar) free.set(name, left(has, node.requestedScalar.get(name) ?? 0));
  return free;
}

export function addTo(sum: Amounts, more: ReadonlyMap<string, number>, times = 1): void {
  for (const [name, amount] of more) sum.set(name, (sum.get(name) ?? 0) + amount * times);
}

/** How often `need` goes into `free`, and the resource that ends it; Infinity when nothing is needed. */
export function goesInto(
  need: ReadonlyMap<string, number>,
  free: ReadonlyMap<string, number>,
): { readonly times: number; readonly resource: string } {
  let times = Infinity;
  let resource = "";
  for (const [name, amount] of need) {
    if (amount <= 0) continue;
    const possible = Math.floor((free.get(name) ?? 0) / amount);
    if (possible < times) {
      times = possible;
      resource = name;
    }
  }
  return { times, resource };
}

/** As people write amounts. */
export function amountText(resource: string, amount: number): string {
  if (resource === "cpu") return amount % 1000 === 0 ? String(amount / 1000) : `${amount}m`;
  if (resource !== "memory" && resource !== "ephemeral-storage" && !resource.startsWith("hugepages-"))
    return String(amount);
  const gibi = amount / (1024 * 1024 * 1024);
  if (Number.isInteger(gibi)) return `${gibi}Gi`;
  return gibi >= 10 ? `${Math.round(gibi * 10) / 10}Gi` : `${Math.round(amount / (1024 * 1024))}Mi`;
}
