// Parses a line of `expect`. Binds, from loose to tight: scope, before, temporal words, or, and, not, comparison, + -, * /, minus.
// What follows a temporal word belongs to it up to `within`, `)` or the end. Refuses what has no meaning: units that do not go
// together, temporal words inside of each other, numbers of the finished run in the middle of it.
import { nearest } from "../problem.ts";
import { parseCall } from "./parse-call.ts";
import { parseName, type Word } from "./parse-name.ts";
import { Scanner } from "./scanner.ts";
import {
  type Claim,
  type ComparisonOperator,
  type Expectation,
  type Expression,
  partsOf,
  type Scope,
  type SyntaxFault,
  statesOf,
  type Unit,
} from "./syntax.ts";

const MAX_LENGTH = 1000;
const MAX_DEPTH = 50;
const COMPARISONS: readonly ComparisonOperator[] = ["==", "!=", "<=", ">=", "<", ">"];
const SCOPES = ["before", "during", "after", "since"] as const;

type Node = { readonly is: "state"; readonly state: Expression } | { readonly is: "claim"; readonly claim: Claim };

/** Parses one line, or says what is wrong with it and where. */
export function parseExpectation(text: string): Expectation | SyntaxFault {
  if (text.length > MAX_LENGTH)
    return { expected: `an expectation of at most ${MAX_LENGTH} characters`, at: 0, found: "" };
  return new Parser(text).expectation();
}

/** Parses an expression over the state of the cluster, as `when:` takes it. */
export function parseState(text: string): Expression | SyntaxFault {
  if (text.length > MAX_LENGTH)
    return { expected: `a condition of at most ${MAX_LENGTH} characters`, at: 0, found: "" };
  return new Parser(text).condition();
}

class Parser {
  private readonly scanner: Scanner;
  private depth = 0;

  constructor(text: string) {
    this.scanner = new Scanner(text);
  }

  expectation(): Expectation | SyntaxFault {
    const { scanner } = this;
    const begin = scanner.at;
    const scope = this.scope();
    let claim = scope === null ? null : this.claim();
    if (claim !== null && !scanner.isAtEnd && scanner.fault === null)
      claim = scanner.fail("and, or, an operator, or the end");
    if (claim !== null && scope !== null && scope.on !== "run")
      this.refuseMetrics(claim, begin, "in a part of the run");
    if (scanner.fault !== null || claim === null || scope === null)
      return scanner.fault ?? { expected: "an expectation", at: 0, found: "" };
    return { text: scanner.text.trim(), scope, claim };
  }

  condition(): Expression | SyntaxFault {
    const { scanner } = this;
    const node = this.either();
    if (node !== null && !scanner.isAtEnd) scanner.fail("and, or, an operator, or the end");
    if (node !== null && scanner.fault === null) {
      if (node.is === "claim") scanner.fail("a condition without always, never and eventually", 0);
      else {
        this.truth(node.state, 0);
        this.refuseMetrics({ op: "always", state: node.state }, 0, "while the run goes on");
      }
    }
    if (scanner.fault !== null || node?.is !== "state")
      return scanner.fault ?? { expected: "a condition", at: 0, found: "" };
    return node.state;
  }

  // --- scopes ---

  private scope(): Scope | null {
    const { scanner } = this;
    const at = scanner.at;
    if (scanner.takeWord("from")) {
      const fromMicros = this.duration("from");
      if (fromMicros === null) return null;
      const toAt = scanner.at;
      const toMicros = scanner.takeWord("to") ? this.duration("to") : null;
      if (scanner.fault !== null) return null;
      if (toMicros !== null && toMicros <= fromMicros) return scanner.fail("a time after from", toAt);
      return scanner.take(":") ? { on: "times", fromMicros, toMicros } : scanner.fail('":" after the time');
    }
    for (const on of SCOPES) {
      if (!scanner.takeWord(on)) continue;
      const named = this.faultId();
      if (named === null) return scanner.fail(`the id of a fault or an action after ${on}`);
      return named.hasColon || scanner.take(":")
        ? { on, fault: named.id }
        : scanner.fail(`":" after ${on} ${named.id}`);
    }
    scanner.at = at;
    return { on: "run" };
  }

  // the colon may touch the id, of which it could be a part
  private faultId(): { readonly id: string; readonly hasColon: boolean } | null {
    const quoted = this.scanner.quoted();
    if (quoted !== null) return { id: quoted, hasColon: false };
    const word = this.scanner.word();
    if (word === null) return null;
    return word.endsWith(":") ? { id: word.slice(0, -1), hasColon: true } : { id: word, hasColon: false };
  }

  private duration(after: string): number | null {
    const { scanner } = this;
    const at = scanner.at;
    const number = scanner.number();
    if (number?.unit === "duration") return number.value;
    if (number?.value === 0) return 0;
    return scanner.fail(`a duration after ${after}, such as 30s`, at);
  }

  // --- claims ---

  private claim(): Claim | null {
    const { scanner } = this;
    if (scanner.isAtEnd)
      return scanner.fail("an expectation, such as pending == 0 or always ready(deployment/web) >= 3");
    const at = scanner.at;
    const node = this.either();
    if (node === null) return null;
    if (!scanner.takeWord("before")) return this.lifted(node, at);
    if (node.is === "claim") return scanner.fail("no before after always, never or eventually", at);
    const state = this.truth(node.state, at);
    const atMicros = this.duration("before");
    if (state === null || atMicros === null) return null;
    const claim: Claim = { op: "before", state, atMicros };
    this.refuseMetrics(claim, at, "before the end");
    return claim;
  }

  private lifted(node: Node, at: number): Claim | null {
    if (node.is === "claim") return node.claim;
    const state = this.truth(node.state, at);
    return state === null ? null : { op: "finally", state };
  }

  private temporal(op: "always" | "never" | "eventually", at: number): Node | null {
    const { scanner } = this;
    const from = scanner.at;
    const node = this.either();
    if (node === null) return null;
    if (node.is === "claim") return scanner.fail(`nothing temporal inside of ${op}`, from);
    const state = this.truth(node.state, from);
    if (state === null) return null;
    let claim: Claim = { op: "always", state };
    if (op === "eventually") {
      const withinMicros = scanner.takeWord("within") ? this.duration("within") : null;
      claim = { op, state, withinMicros };
    } else claim = { op, state };
    this.refuseMetrics(claim, at, op);
    return scanner.fault === null ? { is: "claim", claim } : null;
  }

  private refuseMetrics(claim: Claim, at: number, where: string): void {
    for (const state of statesOf(claim))
      for (const part of partsOf(state))
        if (part.op === "metric")
          this.scanner.fail(
            `something that is known while the run goes on, as ${part.metric} is not: it is a number of the finished run (${where})`,
            at,
          );
  }

  // --- and, or, not ---

  private either(): Node | null {
    return this.joined("or", () => this.joined("and", () => this.negated()));
  }

  private joined(op: "and" | "or", next: () => Node | null): Node | null {
    const { scanner } = this;
    const at = scanner.at;
    let left = next();
    while (left !== null && scanner.takeWord(op)) {
      const rightAt = scanner.at;
      const right = next();
      if (right === null) return null;
      if (left.is === "state" && right.is === "state") {
        const [a, b] = [this.truth(left.state, at), this.truth(right.state, rightAt)];
        left = a === null || b === null ? null : { is: "state", state: { op, unit: "truth", left: a, right: b } };
      } else {
        const [a, b]: [Claim | null, Claim | null] = [this.lifted(left, at), this.lifted(right, rightAt)];
        left = a === null || b === null ? null : { is: "claim", claim: { op, left: a, right: b } };
      }
    }
    return left;
  }

  private negated(): Node | null {
    const { scanner } = this;
    if (++this.depth > MAX_DEPTH) return scanner.fail(`an expectation of at most ${MAX_DEPTH} levels`);
    const node = this.negatedHere();
    this.depth--;
    return node;
  }

  private negatedHere(): Node | null {
    const { scanner } = this;
    const begin = scanner.at;
    if (scanner.takeWord("not")) {
      const at = scanner.at;
      const inner = this.negated();
      if (inner === null) return null;
      if (inner.is === "claim") return { is: "claim", claim: { op: "not", inner: inner.claim } };
      const state = this.truth(inner.state, at);
      return state === null ? null : { is: "state", state: { op: "not", unit: "truth", inner: state } };
    }
    for (const op of ["always", "never", "eventually"] as const)
      if (scanner.takeWord(op)) return this.temporal(op, begin);
    return this.comparison();
  }

  private truth(state: Expression, at: number): Expression | null {
    if (state.unit === "truth") return state;
    return this.scanner.fail("a comparison, such as pending == 0 or ready(deployment/web) >= 3", at);
  }

  // --- comparisons and arithmetic ---

  private comparison(): Node | null {
    const { scanner } = this;
    const at = scanner.at;
    const left = this.sum();
    if (left === null || isClaim(left)) return left;
    const op = COMPARISONS.find((symbol) => scanner.take(symbol));
    if (op === undefined) {
      const state = this.known(left, at);
      if (state !== null && state.unit !== "truth" && scanner.text[scanner.at] === "=")
        return scanner.fail("== instead of =");
      return state === null ? null : { is: "state", state };
    }
    const first = this.known(left, at);
    const rightAt = scanner.at;
    if (first === null) return null;
    const right = this.sum();
    if (right === null) return scanner.fail(`a value after ${op}`, rightAt);
    if (isClaim(right)) return scanner.fail(`a value after ${op}`, rightAt);
    const second = first.unit === "text" ? textOf(right) : this.known(right, rightAt, first.unit);
    if (second === null) return null;
    if (!isComparable(first.unit, second.unit)) return scanner.fail(VALUES[first.unit], rightAt);
    if ((first.unit === "text" || first.unit === "truth") && op !== "==" && op !== "!=")
      return scanner.fail(`== or != instead of ${op}`, at);
    return { is: "state", state: { op, unit: "truth", left: first, right: second } };
  }

  private sum(): Expression | Word | Node | null {
    return this.chain(["+", "-"], () => this.product());
  }

  private product(): Expression | Word | Node | null {
    return this.chain(["*", "/"], () => this.signed());
  }

  private chain(
    operators: readonly ("+" | "-" | "*" | "/")[],
    next: () => Expression | Word | Node | null,
  ): Expression | Word | Node | null {
    const { scanner } = this;
    const at = scanner.at;
    let left = next();
    for (;;) {
      if (left === null || isClaim(left)) return left;
      const op = operators.find((symbol) => scanner.take(symbol));
      if (op === undefined) return left;
      const rightAt = scanner.at;
      const right = next();
      if (right === null || isClaim(right)) return scanner.fail(`a number after ${op}`, rightAt);
      const [a, b]: [Expression | null, Expression | null] = [this.known(left, at), this.known(right, rightAt)];
      if (a === null || b === null) return null;
      const unit = resultOf(op, a.unit, b.unit);
      if (unit === null) return scanner.fail(`numbers of units that go together around ${op}`, at);
      left = { op, unit, left: a, right: b };
    }
  }

  private signed(): Expression | Word | Node | null {
    const { scanner } = this;
    if (!scanner.take("-")) return this.primary();
    const at = scanner.at;
    const inner = this.primary();
    if (inner === null || isClaim(inner)) return scanner.fail("a number after -", at);
    const number = this.known(inner, at);
    if (number === null) return null;
    if (number.unit === "text" || number.unit === "truth") return scanner.fail("a number after -", at);
    return { op: "negate", unit: number.unit, inner: number };
  }

  private primary(): Expression | Word | Node | null {
    const { scanner } = this;
    if (scanner.take("(")) {
      const node = this.either();
      if (node === null) return null;
      if (!scanner.take(")")) return scanner.fail("a closing parenthesis");
      return node.is === "claim" ? node : node.state;
    }
    const text = scanner.quoted();
    if (text !== null) return { op: "literal", unit: "text", value: text };
    const number = scanner.number();
    if (number !== null) return { op: "literal", ...number };
    if (scanner.fault !== null) return null;
    const at = scanner.at;
    const word = scanner.word();
    if (word === null) return scanner.fail("a metric, a fact, a function of objects, or a value");
    if (word === "true" || word === "false") return { op: "literal", unit: "truth", value: word === "true" };
    return parseCall(scanner, word, at) ?? parseName(scanner, word, at);
  }

  /** What a bare word means where it is no text. */
  private known(found: Expression | Word, at: number, wanted?: Unit): Expression | null {
    if (found.op !== "word") return found;
    if (found.text === "all" && wanted === "number")
      return { op: "metric", unit: "number", metric: "created", aggregate: null };
    if (wanted !== undefined && wanted !== "text") return this.scanner.fail(VALUES[wanted], at);
    const near = nearest(found.text, found.candidates);
    return this.scanner.fail(
      near === undefined
        ? `a metric, a fact or a function: one of ${found.candidates.join(", ")}`
        : `a known name; did you mean ${near}?`,
      at,
    );
  }
}

const VALUES: Readonly<Record<Unit, string>> = {
  number: "a number, all (= created), or something else that counts",
  duration: "a duration, such as 30s or 500ms",
  share: "a share, such as 60% or 0.6",
  bytes: "an amount of bytes, such as 512Mi",
  text: "a text",
  truth: "true or false",
};

function isClaim(found: Expression | Word | Node): found is Node {
  return "is" in found;
}

function textOf(found: Expression | Word): Expression {
  if (found.op === "word") return { op: "literal", unit: "text", value: found.text };
  if (found.op === "metric" && found.aggregate === null) return { op: "literal", unit: "text", value: found.metric };
  // a number can be the text of a field
  if (found.op === "literal") return { op: "literal", unit: "text", value: String(found.value) };
  return found;
}

function isComparable(a: Unit, b: Unit): boolean {
  return (
    a === b || (isPlain(a) && isPlain(b)) || (a === "bytes" && b === "number") || (a === "number" && b === "bytes")
  );
}

function isPlain(unit: Unit): boolean {
  return unit === "number" || unit === "share";
}

function resultOf(op: "+" | "-" | "*" | "/", a: Unit, b: Unit): Unit | null {
  if (a === "text" || a === "truth" || b === "text" || b === "truth") return null;
  if (op === "+" || op === "-") return isComparable(a, b) ? (isPlain(a) ? b : a) : null;
  if (isPlain(b)) return a === "number" && op === "*" ? b : a;
  if (op === "*") return isPlain(a) ? b : null;
  return a === b ? "number" : null;
}
