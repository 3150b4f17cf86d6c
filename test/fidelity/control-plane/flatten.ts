// A summary as a flat list: `restore.nodeReadyAfterRestore.p50` and its value.

/** About the machine and the recording itself, not about the cluster. */
const NOT_COMPARED: ReadonlySet<string> = new Set([
  "scenario",
  "recording",
  "machineLoadClass",
  "machineCpuMean",
  "params",
  "loadavgStart",
  "loadavgEnd",
  "processes",
]);

export type Leaf = string | number | boolean | null;

/** Paths of leaves; an empty list or object is the leaf null at its own path. */
export function flatten(summary: Readonly<Record<string, unknown>>): Map<string, Leaf> {
  const leaves = new Map<string, Leaf>();
  for (const [key, value] of Object.entries(summary)) if (!NOT_COMPARED.has(key)) visit(value, key, leaves);
  return leaves;
}

function visit(value: unknown, path: string, leaves: Map<string, Leaf>): void {
  if (typeof value !== "object" || value === null) {
    if (value !== undefined) leaves.set(path, value as Leaf);
    return;
  }
  if (Array.isArray(value)) leaves.set(`${path}.length`, value.length);
  for (const [key, child] of Object.entries(value)) visit(child, `${path}.${key}`, leaves);
}
