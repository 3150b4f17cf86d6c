// Objects as `kubectl get -o yaml` and `-o json` write them: keys in alphabetical order at every level, lists not indented, texts in
// quotes only where they would be read as something else. Writes; reads nothing.

/** YAML with a final newline. What is undefined is left out. */
export function toYaml(value: unknown): string {
  const lines: string[] = [];
  write(lines, plain(value), 0, "");
  return `${lines.join("\n")}\n`;
}

/** JSON as kubectl indents it: by four blanks. */
export function toJson(value: unknown): string {
  return `${JSON.stringify(plain(value), null, 4)}\n`;
}

type Plain = null | boolean | number | string | readonly Plain[] | { readonly [key: string]: Plain };

/** The same with sorted keys, and without what is undefined. */
function plain(value: unknown): Plain {
  if (value === null || typeof value === "boolean" || typeof value === "number" || typeof value === "string")
    return value;
  if (Array.isArray(value)) return value.map(plain);
  if (typeof value !== "object") return null;
  const fields = Object.entries(value).filter(([, field]) => field !== undefined);
  fields.sort(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0));
  return Object.fromEntries(fields.map(([key, field]) => [key, plain(field)]));
}

/** @param lead what stands on the first line before the value, such as "key:" or "-" */
function write(lines: string[], value: Plain, indent: number, lead: string): void {
  const pad = " ".repeat(indent);
  if (value === null || typeof value !== "object") {
    lines.push(...scalarLines(value, indent, lead === "" ? pad : `${pad}${lead} `));
    return;
  }
  if (Array.isArray(value)) {
    if (value.length === 0) lines.push(`${pad}${lead}${lead === "" ? "" : " "}[]`);
    else {
      if (lead !== "") lines.push(pad + lead);
      for (const item of value as readonly Plain[]) writeItem(lines, item, indent);
    }
    return;
  }
  const fields = Object.entries(value as { readonly [key: string]: Plain });
  if (fields.length === 0) {
    lines.push(`${pad}${lead}${lead === "" ? "" : " "}{}`);
    return;
  }
  if (lead !== "") lines.push(pad + lead);
  const inner = lead === "" ? indent : indent + 2;
  // lists stand at the column of their key
  for (const [key, field] of fields) write(lines, field, inner, `${scalar(key)}:`);
}

// the first field of an item stands behind its dash
function writeItem(lines: string[], item: Plain, indent: number): void {
  const at = lines.length;
  if (item === null || typeof item !== "object" || Object.keys(item).length === 0) write(lines, item, indent, "-");
  else {
    write(lines, item, indent + 2, "");
    lines[at] = `${" ".repeat(indent)}- ${lines[at]!.slice(indent + 2)}`;
  }
}

function scalarLines(value: Plain, indent: number, before: string): string[] {
  if (typeof value === "string" && value.includes("\n") && !/[^\n\t\x20-\x7e\u00a0-\ufffd]/.test(value)) {
    const chomp = value.endsWith("\n\n") ? "+" : value.endsWith("\n") ? "" : "-";
    const body = value.replace(/\n$/, "").split("\n");
    const hint = body[0]!.startsWith(" ") ? "2" : "";
    const pad = " ".repeat(indent + 2);
    return [`${before}|${hint}${chomp}`, ...body.map((line) => (line === "" ? "" : pad + line))];
  }
  return [folded(before, scalar(value), " ".repeat(indent + 2))];
}

/** Beyond this column a text goes on in the next line, at its next single blank. */
const FOLD_COLUMN = 80;

function folded(before: string, text: string, pad: string): string {
  if (before.length + text.length <= FOLD_COLUMN || text.startsWith('"')) return before + text;
  let [line, lines] = [before, ""];
  for (let at = 0; at < text.length; at++) {
    const isSingle = text[at] === " " && text[at - 1] !== " " && text[at + 1] !== " ";
    const isInside = at > (text.startsWith("'") ? 1 : 0) && at < text.length - 1;
    if (isSingle && isInside && line.length > FOLD_COLUMN) {
      lines += `${line}\n`;
      line = pad;
    } else line += text[at];
  }
  return lines + line;
}

function scalar(value: Plain): string {
  if (typeof value !== "string") return String(value);
  if (/[^\x20-\x7e\u00a0-\ufffd]/.test(value)) return JSON.stringify(value);
  // would be read as null, a boolean, a number, a time
  if (value === "" || LOOKS_TYPED.test(value)) return `"${value}"`;
  if (NEEDS_QUOTES.test(value)) return `'${value.replaceAll("'", "''")}'`;
  return value;
}

const LOOKS_TYPED =
  /^(?:~|null|Null|NULL|true|True|TRUE|false|False|FALSE|y|Y|yes|Yes|YES|n|N|no|No|NO|on|On|ON|off|Off|OFF|[-+]?(?:\d[\d_]*)(?:\.\d*)?(?:[eE][-+]?\d+)?|[-+]?\.\d+(?:[eE][-+]?\d+)?|0x[\da-fA-F]+|0o?[0-7]+|[-+]?\.(?:inf|Inf|INF)|\.(?:nan|NaN|NAN)|[-+]?\d[\d_]*(?::[0-5]?\d)+(?:\.[\d_]*)?|\d{4}-\d\d?-\d\d?(?:[Tt ].*)?)$/;
const NEEDS_QUOTES = /^[-?:](?:\s|$)|^[,[\]{}#&*!|>'"%@`]|^\s|\s$|:\s|:$|\s#|^(?:---|\.\.\.)|^=$/;
