// Do two pieces of plain data say the same? A field that is null or undefined is as good as none, as in the objects of the API.
// What two values share is not looked into.

export function sameValue(a: unknown, b: unknown): boolean {
  if (a === b) return true;
  if (typeof a !== "object" || typeof b !== "object" || a === null || b === null) return (a ?? null) === (b ?? null);
  if (Array.isArray(a) || Array.isArray(b)) {
    if (!Array.isArray(a) || !Array.isArray(b) || a.length !== b.length) return false;
    return a.every((item, i) => sameValue(item, b[i]));
  }
  return sameFields(a, b);
}

/** @param except a field that may differ */
export function sameFields(a: object, b: object, except = ""): boolean {
  const ours = a as Readonly<Record<string, unknown>>;
  const theirs = b as Readonly<Record<string, unknown>>;
  for (const name of Object.keys(ours)) {
    if (name !== except && !sameValue(ours[name], theirs[name])) return false;
  }
  for (const name of Object.keys(theirs)) {
    if (name !== except && theirs[name] != null && ours[name] == null) return false;
  }
  return true;
}
