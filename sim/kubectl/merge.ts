// What `kubectl apply` and `kubectl patch` make of an object: a three-way merge by the strategic rules of the types (lists of named things
// merge by their names), and a JSON merge patch (RFC 7386). Gives back the very object where nothing changes.

/** Field by which the items of a list are told apart, by the name of the list. */
const MERGE_KEYS: Readonly<Record<string, readonly string[]>> = {
  containers: ["name"],
  initContainers: ["name"],
  volumes: ["name"],
  env: ["name"],
  imagePullSecrets: ["name"],
  volumeMounts: ["mountPath"],
  // of a container, and of a Service
  ports: ["containerPort", "port"],
  topologySpreadConstraints: ["topologyKey"],
  hostAliases: ["ip"],
};

type Mapping = Readonly<Record<string, unknown>>;

/**
 * @param last what was applied before; undefined = nothing was
 * @param wanted what is applied now
 * @param current what is stored
 */
export function threeWayMerge(last: unknown, wanted: unknown, current: unknown, field = ""): unknown {
  if (isMapping(wanted)) {
    const before = isMapping(last) ? last : {};
    const merged: Record<string, unknown> = isMapping(current) ? { ...current } : {};
    for (const key of Object.keys(before)) if (wanted[key] === undefined || wanted[key] === null) delete merged[key];
    for (const [key, value] of Object.entries(wanted)) {
      if (value === null || value === undefined) delete merged[key];
      else merged[key] = threeWayMerge(before[key], value, merged[key], key);
    }
    return unlessSame(merged, current);
  }
  const keys = MERGE_KEYS[field];
  if (keys !== undefined && Array.isArray(wanted) && Array.isArray(current))
    return unlessSame(mergeList(keys, Array.isArray(last) ? last : [], wanted, current), current);
  return unlessSame(wanted, current);
}

/** RFC 7386: mappings merge, null removes, everything else replaces. */
export function mergePatch(current: unknown, patch: unknown): unknown {
  if (!isMapping(patch)) return unlessSame(patch, current);
  const merged: Record<string, unknown> = isMapping(current) ? { ...current } : {};
  for (const [key, value] of Object.entries(patch)) {
    if (value === null) delete merged[key];
    else merged[key] = mergePatch(merged[key], value);
  }
  return unlessSame(merged, current);
}

/** Equal as JSON, whatever the order of keys. */
export function isSame(a: unknown, b: unknown): boolean {
  if (a === b) return true;
  if (Array.isArray(a)) return Array.isArray(b) && a.length === b.length && a.every((item, i) => isSame(item, b[i]));
  if (!isMapping(a) || !isMapping(b)) return false;
  const [left, right] = [Object.keys(a), Object.keys(b)];
  return left.length === right.length && left.every((key) => Object.hasOwn(b, key) && isSame(a[key], b[key]));
}

// in the order that is wanted now, then what others have added
function mergeList(
  keys: readonly string[],
  last: readonly unknown[],
  wanted: readonly unknown[],
  current: readonly unknown[],
) {
  const idOf = (item: unknown) => {
    const key = isMapping(item) ? keys.find((k) => item[k] !== undefined) : undefined;
    return key === undefined ? JSON.stringify(item) : String((item as Mapping)[key]);
  };
  const known = new Map(current.map((item) => [idOf(item), item]));
  const before = new Map(last.map((item) => [idOf(item), item]));
  const merged = wanted.map((item) => threeWayMerge(before.get(idOf(item)), item, known.get(idOf(item))));
  const taken = new Set([...wanted.map(idOf), ...before.keys()]);
  return [...merged, ...current.filter((item) => !taken.has(idOf(item)))];
}

function unlessSame(value: unknown, current: unknown): unknown {
  return isSame(value, current) ? current : value;
}

function isMapping(value: unknown): value is Mapping {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
