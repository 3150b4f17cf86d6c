// Functions of objects in expectations: `ready(deployment/shop/web)`, `condition(node/a-1, Ready)`, `count(pods, app=web, ready=true)`.

import type { ClusterObjects } from "../objects.ts";
import { kindNamed, nearestKind, type ObjectName, parseObjectName, wordOf } from "../resource-names.ts";
import { FUNCTIONS, type FunctionDeclaration } from "./functions.ts";
import type { Scanner } from "./scanner.ts";
import type { CallExpression, Filter } from "./syntax.ts";

/** The call of a function of this name, whose name was read already; null when it is none. A mistake is noted in the scanner. */
export function parseCall(scanner: Scanner, name: string, at: number): CallExpression | null {
  const declared = FUNCTIONS.find((f) => f.name === name);
  // a fact may bear the name of a function; a parenthesis tells them apart
  if (declared === undefined || !scanner.take("(")) return null;
  const call = new CallParser(scanner, declared, at).parse();
  if (call !== null && !scanner.take(")")) return scanner.fail("a comma or a closing parenthesis");
  return call;
}

class CallParser {
  private readonly scanner: Scanner;
  private readonly declared: FunctionDeclaration;
  private readonly at: number;

  constructor(scanner: Scanner, declared: FunctionDeclaration, at: number) {
    this.scanner = scanner;
    this.declared = declared;
    this.at = at;
  }

  parse(): CallExpression | null {
    const { form, kinds, name, unit } = this.declared;
    const base = { op: "call", unit, name } as const;
    if (form === "filters") {
      const filters = this.filters(false);
      return filters === null ? null : { ...base, list: kinds[0]!, key: "", argument: "", filters };
    }
    const begin = this.scanner.at;
    const word = this.scanner.quoted() ?? this.scanner.word();
    if (word === null) return this.scanner.fail(this.hint(), begin);
    const isObject = form === "object" || form === "objectKey" || (form === "objectOrKind" && word.includes("/"));
    const what: ObjectName | null = isObject ? this.object(word, begin) : this.kind(word, begin);
    if (what === null) return null;
    let argument = "";
    if (form === "objectKey" || form === "kindKey") {
      const key = this.argument();
      if (key === null) return null;
      argument = key;
    }
    const filters = isObject ? [] : this.filters(true);
    return filters === null ? null : { ...base, ...what, argument, filters };
  }

  private object(text: string, at: number): ObjectName | null {
    if (!text.includes("/")) return this.scanner.fail(this.hint(), at);
    const name = parseObjectName(text);
    if ("expected" in name) return this.scanner.fail(name.expected, at);
    return this.isAllowed(name.list, at) ? name : null;
  }

  private kind(text: string, at: number): ObjectName | null {
    const known = kindNamed(text);
    if (known === undefined) {
      const near = nearestKind(text);
      return this.scanner.fail(near === undefined ? this.hint() : `a kind; did you mean ${near}?`, at);
    }
    return this.isAllowed(known.list, at) ? { list: known.list, key: "" } : null;
  }

  private isAllowed(list: keyof ClusterObjects, at: number): boolean {
    const { kinds, name } = this.declared;
    if (kinds.length === 0 || kinds.includes(list)) return true;
    this.scanner.fail(`${name} of one of ${kinds.map(wordOf).join(", ")}, not of a ${wordOf(list)}`, at);
    return false;
  }

  private argument(): string | null {
    const { scanner } = this;
    if (!scanner.take(",")) return scanner.fail(`a comma: ${this.hint()}`);
    return scanner.quoted() ?? scanner.filterKey() ?? scanner.fail(this.hint());
  }

  private filters(afterOther: boolean): readonly Filter[] | null {
    const { scanner } = this;
    const filters: Filter[] = [];
    if (!afterOther && scanner.text[scanner.at] === ")") return filters;
    for (let first = !afterOther; first || scanner.take(","); first = false) {
      const filter = this.filter();
      if (filter === null) return null;
      filters.push(filter);
    }
    return filters;
  }

  private filter(): Filter | null {
    const { scanner } = this;
    const isAbsent = scanner.take("!");
    const field = scanner.quoted() ?? scanner.filterKey();
    if (field === null) return scanner.fail("a filter, such as app=web, phase!=Running or node.zone=a");
    if (isAbsent) return { field, negate: true, value: null };
    const negate = scanner.take("!=");
    if (!negate && !scanner.take("==") && !scanner.take("=")) return { field, negate: false, value: null };
    const value = scanner.filterValue();
    return value === null ? scanner.fail(`a value after ${field}`) : { field, negate, value };
  }

  private hint(): string {
    return `a call such as ${this.declared.example}`;
  }
}
