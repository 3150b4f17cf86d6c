// Reads a JSON Schema for the editor: which schemas a path of a document may have, and what can stand there. Pure.
import type { Path } from "./place.ts";

export interface Schema {
  readonly $ref?: string;
  readonly $defs?: Readonly<Record<string, Schema>>;
  readonly type?: string | readonly string[];
  readonly title?: string;
  readonly description?: string;
  readonly default?: unknown;
  readonly enum?: readonly unknown[];
  readonly const?: unknown;
  readonly properties?: Readonly<Record<string, Schema>>;
  readonly required?: readonly string[];
  readonly additionalProperties?: boolean | Schema;
  readonly items?: Schema | boolean;
  readonly anyOf?: readonly Schema[];
  readonly oneOf?: readonly Schema[];
  readonly allOf?: readonly Schema[];
  readonly minimum?: number;
  readonly maximum?: number;
}

export interface KeyOption {
  readonly name: string;
  readonly isRequired: boolean;
  readonly doc: string;
  /** What its value is: "text", "a list", … */
  readonly what: string;
  /** What is put behind the key: nothing yet, a mapping, or a list. */
  readonly opens: "value" | "mapping" | "list";
}

export interface ValueOption {
  readonly text: string;
  readonly doc: string;
}

export class SchemaReader {
  private readonly root: Schema;

  constructor(root: Schema) {
    this.root = root;
  }

  /** All schemas that may hold at the path: alternatives are followed side by side. */
  at(path: Path): readonly Schema[] {
    let found = this.spread(this.root);
    for (const key of path) {
      const next: Schema[] = [];
      for (const schema of found) {
        const below = typeof key === "number" ? schema.items : propertyOf(schema, key);
        if (typeof below === "object") next.push(...this.spread(below));
      }
      found = next;
    }
    return found;
  }

  keysAt(path: Path): readonly KeyOption[] {
    const options = new Map<string, KeyOption>();
    for (const schema of this.at(path)) {
      for (const [name, property] of Object.entries(schema.properties ?? {})) {
        if (options.has(name)) continue;
        const alternatives = this.spread(property);
        const isRequired = schema.required?.includes(name) ?? false;
        options.set(name, {
          name,
          isRequired,
          doc: this.docOf(property),
          what: whatOf(alternatives),
          opens: opensOf(alternatives),
        });
      }
    }
    return [...options.values()];
  }

  valuesAt(path: Path): readonly ValueOption[] {
    const options = new Map<string, ValueOption>();
    const add = (value: unknown, doc: string) => {
      const text = scalarText(value);
      if (!options.has(text)) options.set(text, { text, doc });
    };
    for (const schema of this.at(path)) {
      for (const value of schema.enum ?? []) add(value, "");
      if (schema.const !== undefined) add(schema.const, "");
      if (schema.default !== undefined && typeof schema.default !== "object") add(schema.default, "default");
      if (schema.type === "boolean") for (const value of [true, false]) add(value, "");
    }
    return [...options.values()];
  }

  /** Does a list belong there? */
  isList(path: Path): boolean {
    return this.at(path).some(({ type }) => type === "array");
  }

  /** What to tell somebody who points at the key at the end of the path. */
  docAt(path: Path): { readonly doc: string; readonly what: string; readonly values: readonly string[] } | null {
    const key = path[path.length - 1];
    if (key === undefined) return null;
    const parents = this.at(path.slice(0, -1));
    const properties = parents.flatMap((parent) => {
      const below = typeof key === "number" ? parent.items : propertyOf(parent, key);
      return typeof below === "object" ? [below] : [];
    });
    const [first] = properties;
    if (first === undefined) return null;
    const alternatives = properties.flatMap((property) => this.spread(property));
    return {
      doc: this.docOf(first),
      what: whatOf(alternatives),
      values: this.valuesAt(path).map(({ text }) => text),
    };
  }

  /** The schema itself, what it refers to, and its alternatives, without those that only lead to others. */
  private spread(schema: Schema, depth = 0): readonly Schema[] {
    if (depth > 12) return [];
    if (schema.$ref !== undefined) {
      const target = this.resolve(schema.$ref);
      return target === undefined ? [] : this.spread(target, depth + 1);
    }
    const parts = [...(schema.anyOf ?? []), ...(schema.oneOf ?? []), ...(schema.allOf ?? [])];
    const below = parts.flatMap((part) => this.spread(part, depth + 1));
    return parts.length > 0 && schema.properties === undefined ? below : [schema, ...below];
  }

  private resolve(reference: string): Schema | undefined {
    if (reference === "#") return this.root;
    let value: unknown = this.root;
    for (const part of reference.replace(/^#\//, "").split("/")) {
      const key = part.replaceAll("~1", "/").replaceAll("~0", "~");
      if (typeof value !== "object" || value === null || !Object.hasOwn(value, key)) return undefined;
      value = (value as Readonly<Record<string, unknown>>)[key];
    }
    return value as Schema;
  }

  private docOf(schema: Schema): string {
    if (schema.description !== undefined) return schema.description;
    if (schema.$ref === undefined) return "";
    const target = this.resolve(schema.$ref);
    return target === undefined ? "" : this.docOf(target);
  }
}

function propertyOf(schema: Schema, key: string | number): Schema | boolean | undefined {
  const { additionalProperties, properties } = schema;
  if (properties !== undefined && Object.hasOwn(properties, String(key))) return properties[String(key)];
  return additionalProperties;
}

function opensOf(alternatives: readonly Schema[]): KeyOption["opens"] {
  const types = alternatives.map(({ type }) => type);
  if (types.every((type) => type === "array") && types.length > 0) return "list";
  return types.every((type) => type === "object") && types.length > 0 ? "mapping" : "value";
}

const TYPE_NAMES: Readonly<Record<string, string>> = {
  string: "text",
  number: "a number",
  integer: "a whole number",
  boolean: "true or false",
  array: "a list",
  object: "a mapping",
  null: "nothing",
};

function whatOf(alternatives: readonly Schema[]): string {
  const names = alternatives.flatMap((schema) => {
    if (schema.enum !== undefined) return ["one of several words"];
    if (schema.const !== undefined) return [scalarText(schema.const)];
    return typeof schema.type === "string" ? [TYPE_NAMES[schema.type] ?? schema.type] : [];
  });
  return [...new Set(names)].join(", or ");
}

function scalarText(value: unknown): string {
  return typeof value === "string" && /^(true|false|null|~|[\d.+-].*|)$/.test(value)
    ? JSON.stringify(value)
    : String(value);
}
