// Paths into objects: the part of kubectl's JSONPath that people type (fields, indexes, `[*]`, `[?(@.a=="b")]`, `range`/`end` not),
// used by `-o jsonpath=`, `--sort-by` and field selectors. Refuses, with a message, what it does not know.

export class PathError extends Error {}

type Step =
  | { readonly kind: "field"; readonly name: string }
  | { readonly kind: "index"; readonly index: number }
  | { readonly kind: "all" }
  | { readonly kind: "filter"; readonly path: readonly Step[]; readonly operator: string; readonly value: unknown };

/** A template such as `{.metadata.name}{"\n"}` as text; several values of one path stand with blanks between. */
export function jsonPathText(template: string, root: unknown): string {
  const source = template.includes("{") ? template : `{${template}}`;
  let text = "";
  for (let at = 0; at < source.length; ) {
    const open = source.indexOf("{", at);
    if (open < 0) return text + source.slice(at);
    text += source.slice(at, open);
    const close = closing(source, open);
    const inner = source.slice(open + 1, close).trim();
    if (/^(range|end)\b/.test(inner)) throw new PathError(`jsonpath: ${inner.split(" ")[0]} is not supported`);
    text += /^["']/.test(inner) ? unquote(inner) : valuesAt(parsePath(inner), root).map(cell).join(" ");
    at = close + 1;
  }
  return text;
}

/** The values that a path such as `.spec.containers[*].image` leads to. */
export function valuesOf(path: string, root: unknown): readonly unknown[] {
  return valuesAt(parsePath(path.replace(/^\{|\}$/g, "")), root);
}

function closing(source: string, open: number): number {
  let quote = "";
  for (let at = open + 1; at < source.length; at++) {
    const letter = source[at]!;
    if (quote !== "") {
      if (letter === "\\") at++;
      else if (letter === quote) quote = "";
    } else if (letter === '"' || letter === "'") quote = letter;
    else if (letter === "}") return at;
  }
  throw new PathError("jsonpath: unclosed action");
}

function unquote(text: string): string {
  return text
    .slice(1, -1)
    .replace(/\\(.)/g, (_, letter: string) => (letter === "n" ? "\n" : letter === "t" ? "\t" : letter));
}

function parsePath(path: string): readonly Step[] {
  const steps: Step[] = [];
  let rest = path.replace(/^[$@]/, "");
  if (rest !== "" && !/^[.[]/.test(rest)) rest = `.${rest}`;
  while (rest !== "" && rest !== ".") {
    const field = /^\.((?:\\.|[^.[\]\\])+)/.exec(rest);
    if (field !== null) {
      steps.push(field[1] === "*" ? { kind: "all" } : { kind: "field", name: field[1]!.replaceAll("\\", "") });
      rest = rest.slice(field[0].length);
      continue;
    }
    const filter = /^\[\?\(@([^=!<>]+?)\s*(==|!=)\s*(?:"([^"]*)"|'([^']*)'|([^)\s]+))\s*\)\]/.exec(rest);
    const inside = filter ?? /^\[([^\]]*)\]/.exec(rest);
    if (inside === null) throw new PathError(`jsonpath: cannot read ${JSON.stringify(rest)}`);
    rest = rest.slice(inside[0].length);
    if (filter !== null) {
      const literal = filter[3] ?? filter[4];
      const value = literal ?? (JSON.parse(filter[5]!) as unknown);
      steps.push({ kind: "filter", path: parsePath(filter[1]!), operator: filter[2]!, value });
    } else if (inside[1] === "*") steps.push({ kind: "all" });
    else if (/^-?\d+$/.test(inside[1]!)) steps.push({ kind: "index", index: Number(inside[1]) });
    else if (/^(['"]).*\1$/.test(inside[1]!)) steps.push({ kind: "field", name: inside[1]!.slice(1, -1) });
    else throw new PathError(`jsonpath: cannot read ${inside[0]}`);
  }
  return steps;
}

function valuesAt(steps: readonly Step[], root: unknown): unknown[] {
  let values: unknown[] = [root];
  for (const step of steps) values = values.flatMap((value) => walk(step, value));
  return values;
}

function walk(step: Step, value: unknown): unknown[] {
  if (typeof value !== "object" || value === null) return [];
  if (step.kind === "field") {
    const found = (value as Readonly<Record<string, unknown>>)[step.name];
    return found === undefined ? [] : [found];
  }
  const items: unknown[] = Array.isArray(value) ? value : Object.values(value);
  if (step.kind === "all") return items;
  if (step.kind === "index") {
    const found = items.at(step.index);
    return found === undefined ? [] : [found];
  }
  return items.filter((item) => {
    const [found] = valuesAt(step.path, item);
    return (found === step.value) === (step.operator === "==");
  });
}

function cell(value: unknown): string {
  return typeof value === "object" && value !== null ? JSON.stringify(value) : String(value);
}
