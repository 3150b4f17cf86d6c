// A strategic merge of a patch into an object, as far as the recorded patches need it: maps merge, lists of things with names merge by
// name, null removes, everything else replaces.

export function mergePatch(before: unknown, patch: unknown): unknown {
  if (Array.isArray(patch)) return Array.isArray(before) && patch.every(hasName) ? mergeNamed(before, patch) : patch;
  if (!isMapping(patch)) return patch;
  const merged: Record<string, unknown> = isMapping(before) ? { ...before } : {};
  for (const [key, value] of Object.entries(patch)) {
    if (value === null) delete merged[key];
    else merged[key] = mergePatch(merged[key], value);
  }
  return merged;
}

function mergeNamed(before: readonly unknown[], patch: readonly { name: string }[]): unknown[] {
  const merged = before.map((item) => {
    const change = patch.find(({ name }) => hasName(item) && item.name === name);
    return change === undefined ? item : mergePatch(item, change);
  });
  const added = patch.filter(({ name }) => !before.some((item) => hasName(item) && item.name === name));
  return [...merged, ...added];
}

function isMapping(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function hasName(value: unknown): value is { readonly name: string } {
  return isMapping(value) && typeof value.name === "string";
}
