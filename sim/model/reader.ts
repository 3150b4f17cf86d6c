// Reads untyped data (parsed YAML or JSON) field by field and notes what is wrong with it, with the path to each mistake.
// A value that is missing or null is not a mistake unless it is required. Reads own properties only.
import { nearest, type Path, type Problem, shown } from "./problem.ts";
import { quantityError } from "./quantity.ts";

export class Reader {
  readonly value: unknown;
  private readonly parent: Reader | null;
  private readonly key: string | number;
  private readonly problems: Problem[];

  /** A reader of the root. Mistakes are appended to `problems`. */
  constructor(value: unknown, problems: Problem[], parent: Reader | null = null, key: string | number = "") {
    this.value = value;
    this.problems = problems;
    this.parent = parent;
    this.key = key;
  }

  get path(): Path {
    const path: (string | number)[] = [];
    for (let at: Reader = this; at.parent !== null; at = at.parent) path.push(at.key);
    return path.reverse();
  }

  /** Is there a value that is not null? */
  get present(): boolean {
    return this.value !== undefined && this.value !== null;
  }

  /** Notes that something else was expected here. Returns undefined, for use in a return. */
  expected(what: string): undefined {
    this.problems.push({ path: this.path, expected: what, received: shown(this.value) });
    return undefined;
  }

  /** A field of a mapping. Absent when this is no mapping; call {@link mapping} first to have that noted. */
  field(name: string): Reader {
    const value = isMapping(this.value) && Object.hasOwn(this.value, name) ? this.value[name] : undefined;
    return new Reader(value, this.problems, this, name);
  }

  /** Is this a mapping? Notes when it is something else. Absent: false, and noted only when required. */
  mapping(required = false): boolean {
    if (isMapping(this.value)) return true;
    if (this.present || required) this.expected("a mapping");
    return false;
  }

  /** The entries of a mapping; none when absent. */
  entries(): readonly (readonly [string, Reader])[] {
    if (!this.mapping()) return [];
    return Object.entries(this.value as object).map(([name, value]) => [
      name,
      new Reader(value, this.problems, this, name),
    ]);
  }

  /** The items of a list; none when absent. */
  items(): readonly Reader[] {
    if (!this.present) return [];
    if (!Array.isArray(this.value)) {
      this.expected("a list");
      return [];
    }
    return this.value.map((value: unknown, index) => new Reader(value, this.problems, this, index));
  }

  /** Notes every field that is not among `names`, with the nearest of them. */
  only(names: readonly string[]): void {
    if (!isMapping(this.value)) return;
    for (const name of Object.keys(this.value)) {
      if (names.includes(name)) continue;
      const near = nearest(name, names);
      const hint = near === undefined ? `one of ${names.join(", ")}` : `a known field; did you mean ${near}?`;
      this.problems.push({
        path: [...this.path, name],
        expected: hint,
        received: `unknown field ${shown(name)}`,
        atKey: true,
      });
    }
  }

  text(): string | undefined {
    if (!this.present) return undefined;
    return typeof this.value === "string" ? this.value : this.expected("text");
  }

  /** Text that must be there and not be empty. */
  requiredText(): string | undefined {
    if (typeof this.value === "string" && this.value !== "") return this.value;
    return this.expected("text that is not empty");
  }

  boolean(): boolean | undefined {
    if (!this.present) return undefined;
    return typeof this.value === "boolean" ? this.value : this.expected("true or false");
  }

  integer(min: number, max: number): number | undefined {
    if (!this.present) return undefined;
    const value = this.value;
    if (typeof value === "number" && Number.isSafeInteger(value) && value >= min && value <= max) return value;
    return this.expected(
      max >= Number.MAX_SAFE_INTEGER ? `a whole number of at least ${min}` : `a whole number from ${min} to ${max}`,
    );
  }

  /** One of the words, or undefined when absent. */
  choice<T extends string>(words: readonly T[]): T | undefined {
    if (!this.present) return undefined;
    const word = words.find((w) => w === this.value);
    if (word !== undefined) return word;
    const near = typeof this.value === "string" ? nearest(this.value, words) : undefined;
    return this.expected(`one of ${words.join(", ")}${near === undefined ? "" : ` (did you mean ${near}?)`}`);
  }

  /** A resource quantity that is not negative. */
  quantity(): string | number | undefined {
    if (!this.present) return undefined;
    const value = this.value;
    if (typeof value !== "string" && typeof value !== "number")
      return this.expected('a quantity, such as 2, "500m" or "1.5Gi"');
    const error = quantityError(value);
    if (error !== undefined) {
      return this.expected(
        error.includes("too large") ? "a quantity below 2^53" : 'a quantity, such as 2, "500m" or "1.5Gi"',
      );
    }
    const negative = typeof value === "number" ? value < 0 : value.startsWith("-");
    return negative ? this.expected("a quantity that is not negative") : value;
  }

  /** A mapping of text to text, such as labels. */
  textMap(): void {
    for (const [, entry] of this.entries())
      if (typeof entry.value !== "string") entry.expected("text (quote numbers and true or false)");
  }
}

function isMapping(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
