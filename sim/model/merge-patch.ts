// Strategic merge patches, as far as webhooks need them: mappings are merged, null removes, lists of things with a name of their own are merged
// by it, what is not there yet comes at the end. Applying one twice changes nothing more. Refuses the directives ($patch, $retainKeys).
// Source: the merge keys of core/v1, 1.36. One difference: tolerations, which upstream replaces, are added to those that are there.

/** By the name of the field; "" = by the whole item. */
const MERGE_KEYS: ReadonlyMap<string, string> = new Map([
  ["containers", "name"],
  ["initContainers", "name"],
  ["volumes", "name"],
  ["env", "name"],
  ["imagePullSecrets", "name"],
  ["volumeMounts", "mountPath"],
  ["volumeDevices", "devicePath"],
  ["hostAliases", "ip"],
  ["topologySpreadConstraints", "topologyKey"],
  ["ownerReferences", "uid"],
  ["conditions", "type"],
  ["tolerations", ""],
  ["finalizers", ""],
]);

type Mapping = Readonly<Record<string, unknown>>;

export class MergePatch {
  private readonly patch: Mapping;
  // of objects that many share, such as the specs and labels of pods of one template, what becomes of them is shared too
  private readonly known = new WeakMap<object, WeakMap<object, unknown>>();

  constructor(patch: Mapping) {
    this.patch = patch;
  }

  /** The same object when nothing changes. */
  applied<T extends object>(object: T): T {
    // metadata is everybody's own: remembering it would be of no use
    const merged = this.merged(object as Mapping, this.patch, (key, value, patch) =>
      key === "metadata" && isMapping(value) && isMapping(patch)
        ? this.merged(value, patch, (name, inner, change) => this.became(name, inner, change))
        : this.became(key, value, patch),
    );
    return merged as T;
  }

  private merged(
    target: Mapping,
    patch: Mapping,
    became: (key: string, value: unknown, patch: unknown) => unknown,
  ): Mapping {
    let merged: Record<string, unknown> | null = null;
    for (const key of Object.keys(patch)) {
      const before = Object.hasOwn(target, key) ? target[key] : undefined;
      const after = became(key, before, patch[key]);
      if (after === before) continue;
      merged ??= { ...target };
      if (after === undefined) delete merged[key];
      else merged[key] = after;
    }
    return merged ?? target;
  }

  private became(key: string, before: unknown, patch: unknown): unknown {
    if (patch === null) return undefined;
    if (Array.isArray(patch)) return this.list(key, Array.isArray(before) ? before : [], patch);
    if (!isMapping(patch)) return patch;
    const target = isMapping(before) ? before : EMPTY;
    let known = this.known.get(patch);
    if (known === undefined) {
      known = new WeakMap();
      this.known.set(patch, known);
    }
    let merged = known.get(target);
    if (merged === undefined) {
      merged = this.merged(target, patch, (name, inner, change) => this.became(name, inner, change));
      known.set(target, merged);
    }
    return merged;
  }

  private list(key: string, before: readonly unknown[], patch: readonly unknown[]): readonly unknown[] {
    const mergeKey = MERGE_KEYS.get(key);
    if (mergeKey === undefined) return sameItems(before, patch) ? before : patch;
    const merged = [...before];
    for (const item of patch) {
      const at = merged.findIndex((there) => (mergeKey === "" ? sameItem(there, item) : sameBy(mergeKey, there, item)));
      if (at < 0) merged.push(this.became("", undefined, item));
      else if (mergeKey !== "") merged[at] = this.became("", merged[at], item);
    }
    return sameItems(before, merged) ? before : merged;
  }
}

const EMPTY: Mapping = {};

function isMapping(value: unknown): value is Mapping {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function sameBy(key: string, a: unknown, b: unknown): boolean {
  return isMapping(a) && isMapping(b) && a[key] === b[key];
}

function sameItems(a: readonly unknown[], b: readonly unknown[]): boolean {
  return a.length === b.length && a.every((item, i) => sameItem(item, b[i]));
}

function sameItem(a: unknown, b: unknown): boolean {
  if (a === b) return true;
  if (Array.isArray(a) && Array.isArray(b)) return sameItems(a, b);
  if (!isMapping(a) || !isMapping(b)) return false;
  const keys = Object.keys(a);
  return keys.length === Object.keys(b).length && keys.every((key) => sameItem(a[key], b[key]));
}
