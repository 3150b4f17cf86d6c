// JSON patches: applied without touching the document, which is shared with whoever else knows it. What an operation does not change stays
// the same object. Source: RFC 6902, RFC 6901; texts of mistakes as kube-apiserver 1.36 gives them.

const OPERATIONS = ["add", "remove", "replace", "move", "copy", "test"] as const;

export interface JsonPatchOperation {
  readonly op: (typeof OPERATIONS)[number];
  readonly path: string;
  readonly from?: string;
  readonly value?: unknown;
}

/** The document with the operations applied, or why that cannot be done. */
export type Patched = { readonly value: unknown } | { readonly problem: string };

type Container = readonly unknown[] | { readonly [key: string]: unknown };

/** null when it is an operation, otherwise what was expected of it. */
export function jsonPatchMistake(operation: unknown): string | null {
  if (!isContainer(operation) || Array.isArray(operation)) return "an operation with op and path";
  const { op, path, from } = operation as Partial<JsonPatchOperation>;
  if (!OPERATIONS.some((name) => name === op)) return `op: one of ${OPERATIONS.join(", ")}`;
  if (!isPointer(path)) return "path: a JSON pointer, such as /metadata/labels/team";
  if ((op === "move" || op === "copy") && !isPointer(from)) return "from: a JSON pointer";
  if ((op === "add" || op === "replace" || op === "test") && !Object.hasOwn(operation, "value")) return "a value";
  return null;
}

export function jsonPatched(document: unknown, operations: readonly JsonPatchOperation[]): Patched {
  let value = document;
  for (const operation of operations) {
    const patched = applied(value, operation);
    if ("problem" in patched) return patched;
    value = patched.value;
  }
  return { value };
}

function applied(document: unknown, { op, path, from = "", value }: JsonPatchOperation): Patched {
  switch (op) {
    case "add":
      return changed(document, pointerOf(path), op, path, () => value);
    case "replace":
      return changed(document, pointerOf(path), op, path, () => value);
    case "remove":
      return changed(document, pointerOf(path), op, path, () => undefined);
    case "test":
      return isSame(found(document, pointerOf(path)), value)
        ? { value: document }
        : { problem: `testing value ${path} failed: test failed` };
    default: {
      const source = pointerOf(from);
      const moved = found(document, source);
      if (moved === undefined) return missing(op, from);
      const rest = op === "move" ? changed(document, source, "remove", from, () => undefined) : { value: document };
      return "problem" in rest ? rest : changed(rest.value, pointerOf(path), "add", path, () => moved);
    }
  }
}

/** What is on the way is copied, everything beside it kept. */
function changed(
  document: unknown,
  pointer: readonly string[],
  op: "add" | "replace" | "remove",
  path: string,
  make: () => unknown,
): Patched {
  const [key, ...rest] = pointer;
  if (key === undefined) return { value: make() };
  if (!isContainer(document)) return missing(op, path);
  if (rest.length > 0) {
    const inner = child(document, key);
    if (!isContainer(inner)) return missing(op, path);
    const below = changed(inner, rest, op, path, make);
    if ("problem" in below) return below;
    if (!isList(document)) return { value: { ...document, [key]: below.value } };
    return { value: document.with(Number(key), below.value) };
  }
  const isThere = child(document, key) !== undefined;
  if (op !== "add" && !isThere) return { problem: missingKey(op, path, key) };
  if (isList(document)) return inList(document, key, op, path, make);
  if (op !== "remove") return { value: { ...document, [key]: make() } };
  const { [key]: _gone, ...kept } = document;
  return { value: kept };
}

function inList(list: readonly unknown[], key: string, op: string, path: string, make: () => unknown): Patched {
  const at = key === "-" ? list.length : indexOf(key);
  if (at < 0 || at > list.length) return { problem: `error in ${op} for path: '${path}': invalid index referenced` };
  const value = [...list];
  if (op === "remove") value.splice(at, 1);
  else value.splice(at, op === "add" ? 0 : 1, make());
  return { value };
}

function found(document: unknown, pointer: readonly string[]): unknown {
  let value = document;
  for (const key of pointer) {
    if (!isContainer(value)) return undefined;
    value = child(value, key);
  }
  return value;
}

function child(container: Container, key: string): unknown {
  if (isList(container)) return container[indexOf(key)];
  return Object.hasOwn(container, key) ? container[key] : undefined;
}

function missing(op: string, path: string): Patched {
  return { problem: `${op} operation does not apply: doc is missing path: "${path}": missing value` };
}

function missingKey(op: string, path: string, key: string): string {
  if (op === "replace") return `replace operation does not apply: doc is missing key: ${path}: missing value`;
  return `error in remove for path: '${path}': Unable to remove nonexistent key: ${key}: missing value`;
}

function isPointer(text: unknown): text is string {
  return typeof text === "string" && (text === "" || text.startsWith("/"));
}

function pointerOf(path: string): readonly string[] {
  return path
    .split("/")
    .slice(1)
    .map((part) => part.replaceAll("~1", "/").replaceAll("~0", "~"));
}

function indexOf(key: string): number {
  return /^(0|[1-9]\d*)$/.test(key) ? Number(key) : -1;
}

function isContainer(value: unknown): value is Container {
  return typeof value === "object" && value !== null;
}

function isList(value: Container): value is readonly unknown[] {
  return Array.isArray(value);
}

function isSame(a: unknown, b: unknown): boolean {
  if (a === b) return true;
  if (!isContainer(a) || !isContainer(b) || isList(a) !== isList(b)) return (a ?? null) === (b ?? null);
  const keys = Object.keys(a);
  if (keys.length !== Object.keys(b).length) return false;
  return keys.every((key) => isSame(child(a, key), child(b, key)));
}
