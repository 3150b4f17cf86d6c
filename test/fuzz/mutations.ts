// Ways to spoil a set of files. Each takes files and random numbers and gives other files; most change one file.
import { gzipSync } from "node:zlib";
import { parseAllDocuments, stringify } from "yaml";
import type { RandomStream } from "../../sim/engine/random.ts";
import { ENTRY, type Files } from "./corpus.ts";

export interface Mutation {
  readonly name: string;
  apply(files: Files, random: RandomStream): Files;
}

/** Values that do not belong where they are put. */
const ODD_VALUES: readonly unknown[] = [
  null,
  true,
  false,
  0,
  -1,
  1.5,
  1e308,
  -1e308,
  2 ** 53,
  9_007_199_254_740_994,
  1e-320,
  "",
  " ",
  "0",
  "-1",
  "NaN",
  "Infinity",
  "null",
  "yes",
  "1e9999",
  "-5Gi",
  "1Zi",
  "12 Gi",
  "0x10",
  "9999999Ei",
  "1e1000000000",
  "99999999h",
  "-3s",
  "5",
  "1s1",
  "../../../../etc/passwd",
  "/",
  ".",
  "..",
  "./nowhere.yaml",
  "**/*",
  "[",
  "[z-a]",
  "a".repeat(5000),
  "ü€😀",
  "__proto__",
  "constructor",
  "toString",
  "\u2028",
  "%s%n",
  "a/b/c",
  "A_B",
  "-a-",
  [],
  {},
  [[]],
  [null],
  [[], [1]],
  { "": "" },
  { a: { b: { c: [] } } },
  { __proto__: null },
  { constructor: "x" },
  { name: "x" },
  [1, 2, 3],
  ["a"],
  { exponential: "1s", constant: "2s" },
  { uniform: { min: "5s", max: "1s" } },
  { lognormal: { median: "0s", p90: "1s" } },
  { pareto: { shape: 1e-9, scale: "1s" } },
  { empirical: { values: [] } },
];

type Container = Record<string | number, unknown>;

// --- of the data ---

/** Changes one value somewhere in one YAML or JSON file. */
function ofData(
  name: string,
  change: (parent: Container, key: string | number, random: RandomStream, places: readonly Place[]) => void,
): Mutation {
  return {
    name,
    apply: (files, random) => {
      const file = pick(structured(files), random);
      const documents = parse(files.get(file));
      const places = documents.flatMap((document) => placesIn(document));
      if (places.length === 0) return files;
      const { parent, key } = pick(places, random);
      change(parent, key, random, places);
      return replaced(files, file, print(file, documents));
    },
  };
}

interface Place {
  readonly parent: Container;
  readonly key: string | number;
}

// the first few thousand; an anchor of an earlier mutation may contain itself
function placesIn(root: unknown): Place[] {
  const places: Place[] = [];
  const seen = new Set<unknown>();
  const pending: unknown[] = [root];
  for (let i = 0; i < pending.length && places.length < 5000; i++) {
    const value = pending[i];
    if (typeof value !== "object" || value === null || seen.has(value)) continue;
    seen.add(value);
    for (const key of Object.keys(value)) {
      places.push({ parent: value as Container, key: Array.isArray(value) ? Number(key) : key });
      pending.push((value as Container)[key]);
    }
  }
  return places;
}

const DATA: readonly Mutation[] = [
  ofData("wrong type", (parent, key, random) => {
    const value = parent[key];
    parent[key] =
      typeof value === "string"
        ? { nested: value }
        : Array.isArray(value)
          ? "list"
          : typeof value === "object"
            ? [value]
            : String(value);
    if (random.int(3) === 0) parent[key] = pick([7, true, null, [], {}], random);
  }),
  ofData("odd value", (parent, key, random) => {
    parent[key] = pick(ODD_VALUES, random);
  }),
  ofData("huge number", (parent, key, random) => {
    parent[key] = pick(
      [1e300, 2 ** 31, 2 ** 53 + 2, 10 ** 15, -(2 ** 63), 4_294_967_296, "1e400", "9".repeat(200), Number.MAX_VALUE],
      random,
    );
  }),
  ofData("impossible quantity", (parent, _key, random, places) => {
    const amounts = places.filter(
      ({ parent: p, key: k }) =>
        /^(cpu|memory|pods|gpu|count|replicas|ephemeral|value|weight|priority)/.test(String(k)) &&
        typeof p[k] !== "object",
    );
    const place = amounts.length === 0 ? undefined : pick(amounts, random);
    if (place !== undefined)
      place.parent[place.key] = pick(
        [
          "-1",
          "1x",
          "1.5.5",
          "8Ei",
          "1e99",
          "",
          "Gi",
          "١",
          "1Gb",
          "--1",
          -5,
          1e20,
          "100m5",
          "1e",
          "0.0000000000001",
          "4000000000000Ti",
        ],
        random,
      );
    else parent["quantity"] = "1x";
  }),
  ofData("unknown field", (parent, _key, random) => {
    if (!Array.isArray(parent))
      parent[pick(["foo", "repilcas", "nodepool", "", "a.b", "x y", "спец", "__proto__x", "faults", "etcd"], random)] =
        pick(ODD_VALUES, random);
  }),
  ofData("misspelt field", (parent, key, random) => {
    if (Array.isArray(parent) || typeof key === "number") return;
    const at = random.int(Math.max(1, key.length));
    const wrong = pick(
      [
        key.slice(0, at) + key.slice(at + 1),
        `${key}s`,
        key.toUpperCase(),
        key.slice(0, at) + (key[at + 1] ?? "") + (key[at] ?? "") + key.slice(at + 2),
      ],
      random,
    );
    parent[wrong] = parent[key];
    if (wrong !== key) delete parent[key];
  }),
  ofData("removed field", (parent, key) => {
    if (Array.isArray(parent)) parent.splice(Number(key), 1);
    else delete parent[key];
  }),
  ofData("null", (parent, key) => {
    parent[key] = null;
  }),
  ofData("repeated items", (parent, key, random) => {
    const value = parent[key];
    if (Array.isArray(value) && value.length > 0)
      for (let i = 0; i < 1 + random.int(20); i++) value.push(structuredClone(value[0]));
    else parent[key] = [value, structuredClone(value)];
  }),
  ofData("values swapped", (parent, key, random, places) => {
    const other = pick(places, random);
    const value = structuredClone(parent[key]);
    parent[key] = structuredClone(other.parent[other.key]);
    other.parent[other.key] = value;
  }),
  ofData("name taken twice", (parent, _key, random, places) => {
    const names = places.filter(({ key }) => key === "name");
    if (names.length < 2) parent["name"] = "x";
    else {
      const [a, b] = [pick(names, random), pick(names, random)];
      a.parent["name"] = b.parent["name"];
    }
  }),
  ofData("deep value", (parent, key, random) => {
    let value: unknown = 1;
    const depth = pick([50, 198, 250, 1000], random);
    for (let i = 0; i < depth; i++) value = random.int(2) === 0 ? [value] : { a: value };
    parent[key] = value;
  }),
  ofData("wide value", (parent, key, random) => {
    parent[key] =
      random.int(2) === 0
        ? Array.from({ length: 3000 }, (_, i) => i)
        : Object.fromEntries(Array.from({ length: 3000 }, (_, i) => [`k${i}`, i]));
  }),
];

// --- of the text ---

/** Changes the text of one file. */
function ofText(
  name: string,
  change: (text: string, random: RandomStream, file: string) => string | Uint8Array,
  wanted: (file: string) => boolean = () => true,
): Mutation {
  return {
    name,
    apply: (files, random) => {
      const names = [...files.keys()].filter(wanted);
      if (names.length === 0) return files;
      const file = pick(names, random);
      return replaced(files, file, change(textOf(files.get(file)), random, file));
    },
  };
}

const isYaml = (file: string) => file.endsWith(".yaml");
const isCsv = (file: string) => file.endsWith(".csv");

function insert(text: string, random: RandomStream, what: string): string {
  const at = random.int(text.length + 1);
  return text.slice(0, at) + what + text.slice(at);
}

function bomb(levels: number): string {
  const lines = ['a0: &a0 ["x","x","x","x","x","x","x","x","x","x"]'];
  for (let i = 1; i < levels; i++)
    lines.push(
      `a${i}: &a${i} [${Array(10)
        .fill(`*a${i - 1}`)
        .join(",")}]`,
    );
  return `${lines.join("\n")}\n`;
}

const TEXT: readonly Mutation[] = [
  ofText("truncated", (text, random) => text.slice(0, random.int(text.length))),
  ofText("NUL byte", (text, random) => insert(text, random, "\0")),
  ofText("bad UTF-8", (text, random) => {
    const bytes = Buffer.from(text);
    const at = random.int(bytes.length + 1);
    return Buffer.concat([
      bytes.subarray(0, at),
      Buffer.from(pick([[0xff], [0xc3, 0x28], [0xed, 0xa0, 0x80], [0xfe, 0xff, 0x00]], random)),
      bytes.subarray(at),
    ]);
  }),
  ofText("flipped bytes", (text, random) => {
    const bytes = Buffer.from(text);
    for (let i = 0; i < 1 + random.int(6); i++) bytes[random.int(Math.max(1, bytes.length))] = random.int(256);
    return bytes;
  }),
  ofText("alias bomb", (text, random) => `${bomb(pick([4, 8, 30], random))}${text}`, isYaml),
  ofText(
    "alias bomb in a value",
    (text, random) => `${text}${random.int(2) === 0 ? "  " : ""}bomb:\n${bomb(9).replace(/^/gm, "    ")}`,
    isYaml,
  ),
  ofText(
    "anchor that contains itself",
    (text, random) =>
      pick(
        [
          `${text}\nself: &self { x: *self }\n`,
          text.replace(/: \{/, ": &self { self: *self, "),
          text.replace(/: \[/, ": &self [*self, "),
        ],
        random,
      ),
    isYaml,
  ),
  ofText("unknown alias", (text) => text.replace(/: (\w)/, ": *nothing $1"), isYaml),
  ofText("duplicate key", (text, random) => {
    const lines = text.split("\n");
    const at = random.int(lines.length);
    return [...lines.slice(0, at + 1), lines[at] ?? "", ...lines.slice(at + 1)].join("\n");
  }),
  ofText("deep nesting", (text, random) =>
    insert(text, random, pick(["[", "{a: ", "- ", "? ", "((", "{{"], random).repeat(pick([150, 2000, 20_000], random))),
  ),
  ofText("tabs", (text) => text.replace(/^ {2}/gm, "\t")),
  ofText("lines left out", (text, random) => {
    const lines = text.split("\n");
    lines.splice(random.int(lines.length), 1 + random.int(4));
    return lines.join("\n");
  }),
  ofText("lines in another order", (text, random) => {
    const lines = text.split("\n");
    const [a, b] = [random.int(lines.length), random.int(lines.length)];
    [lines[a], lines[b]] = [lines[b] ?? "", lines[a] ?? ""];
    return lines.join("\n");
  }),
  ofText("special characters", (text, random) =>
    insert(
      text,
      random,
      pick(
        [
          "&",
          "*",
          "!",
          "!!binary ",
          "%YAML 9.9\n",
          "|",
          ">",
          "'",
          '"',
          "@",
          "`",
          "#",
          "---\n",
          "...\n",
          "\r",
          "\u0085",
          "\u2028",
          "\ufeff",
          "<<: ",
          "? ",
          "!!js/function ",
        ],
        random,
      ),
    ),
  ),
  ofText(
    "another indent",
    (text, random) => text.replace(/^( +)/gm, (space) => (random.int(8) === 0 ? space.slice(1) : space)),
    isYaml,
  ),
  ofText("empty file", () => ""),
  ofText("white space", (_, random) =>
    pick([" ", "\n\n\n", "\t", "\ufeff", "---", "...", "# only a comment", "\r\n"], random),
  ),
  ofText("another text", (_, random) =>
    pick(
      ["null", "[]", "{}", "42", "text", "- a\n- b", '"', "{", "]", "<html></html>", "\u0000\u0001\u0002", "a: b: c"],
      random,
    ),
  ),
  ofText(
    "many documents",
    (text, random) =>
      Array(2 + random.int(5))
        .fill(text)
        .join("\n---\n"),
    isYaml,
  ),
  ofText("cut gzip", (text, random) => {
    const bytes = gzipSync(text);
    return bytes.subarray(0, 2 + random.int(bytes.length - 2));
  }),
  ofText("gzip", (text) => gzipSync(text)),
  ofText("UTF-16", (text) => Buffer.from(`\ufeff${text}`, "utf16le")),
  ofText(
    "CSV cell",
    (text, random) =>
      changeCell(
        text,
        random,
        pick(
          [
            "",
            "-1",
            "x",
            "1e999",
            "NaN",
            "1.5",
            "99999999999999999999",
            "1;2",
            "a,b",
            '"',
            '"a""b"',
            "é",
            "A B",
            " 1 ",
            "0x1",
            "-0",
            "Infinity",
            "1m",
            "=1+1",
          ],
          random,
        ),
      ),
    isCsv,
  ),
  ofText(
    "CSV column",
    (text, random) =>
      text.replace(/^[^\n]*/, (header) =>
        changeCell(header, random, pick(["", "x", "name", "cpu", "cpu_mill", "__proto__", "arrival "], random), true),
      ),
    isCsv,
  ),
  ofText(
    "CSV row length",
    (text, random) => {
      const lines = text.split("\n");
      const at = random.int(lines.length);
      lines[at] = random.int(2) === 0 ? `${lines[at]},extra` : (lines[at] ?? "").split(",").slice(0, -1).join(",");
      return lines.join("\n");
    },
    isCsv,
  ),
  ofText("CSV repeated row", (text) => `${text}${text.split("\n")[1] ?? ""}\n`, isCsv),
];

function changeCell(text: string, random: RandomStream, cell: string, header = false): string {
  const lines = text.split("\n");
  const row = header ? 0 : 1 + random.int(Math.max(1, lines.length - 2));
  const cells = (lines[row] ?? "").split(",");
  cells[random.int(cells.length)] = cell;
  lines[row] = cells.join(",");
  return lines.join("\n");
}

// --- of the set of files ---

const SET: readonly Mutation[] = [
  {
    name: "missing file",
    apply: (files, random) => {
      const rest = new Map(files);
      rest.delete(pick([...files.keys()], random));
      return rest;
    },
  },
  {
    name: "files exchanged",
    apply: (files, random) => {
      const names = [...files.keys()];
      const [a, b] = [pick(names, random), pick(names, random)];
      return new Map(files).set(a, files.get(b) ?? "").set(b, files.get(a) ?? "");
    },
  },
  {
    name: "object twice in two files",
    apply: (files) => (files.has("app.yaml") ? replaced(files, "dump.json", files.get("app.yaml") ?? "") : files),
  },
];

export const MUTATIONS: readonly Mutation[] = [...DATA, ...TEXT, ...SET];

// --- common ---

function pick<T>(items: readonly T[], random: RandomStream): T {
  return items[random.int(items.length)] as T;
}

function replaced(files: Files, file: string, content: string | Uint8Array): Files {
  return new Map(files).set(file, content);
}

function textOf(content: string | Uint8Array | undefined): string {
  return typeof content === "string" ? content : Buffer.from(content ?? []).toString();
}

function structured(files: Files): string[] {
  const names = [...files.keys()].filter((name) => /\.(yaml|json)$/.test(name));
  // the scenario itself is what people write by hand
  return [...names, ENTRY, ENTRY];
}

// what an earlier mutation has made unreadable, or endless, is null
function parse(content: string | Uint8Array | undefined): unknown[] {
  const parsed = parseAllDocuments(textOf(content), { merge: true, logLevel: "silent" });
  return (Array.isArray(parsed) ? parsed : []).map((document) => {
    if (document.errors.length > 0) return null;
    try {
      const value = document.toJS({ maxAliasCount: 50 }) as unknown;
      JSON.stringify(value);
      return value;
    } catch {
      return null;
    }
  });
}

function print(file: string, documents: readonly unknown[]): string {
  if (file.endsWith(".json")) return documents.map((document) => JSON.stringify(document, null, 1)).join("\n");
  return documents.map((document) => stringify(document, { aliasDuplicateObjects: false })).join("---\n");
}
