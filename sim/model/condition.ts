// Conditions over what can be observed in a run, such as `etcd.term >= 3 and etcd.leader != none`: parsed here into data, evaluated
// by sim/faults/facts.ts at every change. Comparisons of a fact with a value, joined by and, or, not and parentheses.
import { parseDurationMicros } from "../engine/tick.ts";
import { nearest } from "./problem.ts";
import { quantityError, value as quantityValue } from "./quantity.ts";

type FactUnit = "count" | "bytes" | "duration" | "text";

interface Fact {
  readonly name: string;
  readonly unit: FactUnit;
  readonly what: string;
  /** It is a fact about one etcd member, named in parentheses. */
  readonly ofMember?: boolean;
  /** The words that a text can be, where they are known beforehand. */
  readonly words?: readonly string[];
}

const ROLES = ["leader", "follower", "candidate", "preCandidate", "learner", "down"] as const;

/** What a condition may ask about. */
export const FACTS = [
  { name: "time", unit: "duration", what: "virtual time" },
  { name: "etcd.leader", unit: "text", what: "the member of the highest term that leads, or none" },
  { name: "etcd.term", unit: "count", what: "the highest term of any member" },
  { name: "etcd.leaderChanges", unit: "count", what: "how often a member became leader, the first time not counted" },
  { name: "etcd.elections", unit: "count", what: "campaigns begun so far, pre-votes not counted" },
  { name: "etcd.running", unit: "count", what: "members whose process runs" },
  { name: "etcd.revision", unit: "count", what: "the highest revision that a member has applied" },
  { name: "etcd.databaseBytes", unit: "bytes", what: "size of the largest database file" },
  { name: "etcd.alarms", unit: "count", what: "alarms that are raised" },
  { name: "etcd.failedRequests", unit: "count", what: "requests that etcd refused or let time out so far" },
  { name: "etcd.role", unit: "text", what: "role of a member", ofMember: true, words: ROLES },
  { name: "pods.created", unit: "count", what: "pods created so far, those of the start included" },
  { name: "pods.scheduled", unit: "count", what: "pods bound to a node so far, those of the start included" },
  { name: "pods.running", unit: "count", what: "pods that have started to run so far" },
  { name: "pods.finished", unit: "count", what: "pods that have run to their end so far" },
  { name: "pods.deleted", unit: "count", what: "pods deleted so far" },
  { name: "nodes.total", unit: "count", what: "nodes that are there" },
  { name: "faults.active", unit: "count", what: "faults that are injected and not undone" },
  { name: "faults.injected", unit: "count", what: "injections so far" },
  { name: "actions.active", unit: "count", what: "actions that have begun and whose kubectl has not come back" },
  { name: "actions.failed", unit: "count", what: "actions so far whose kubectl came back with an error" },
] as const satisfies readonly Fact[];

export type FactName = (typeof FACTS)[number]["name"];
export type Comparison = "==" | "!=" | "<" | "<=" | ">" | ">=";

/** A parsed condition. Plain data. */
export type Condition =
  | { readonly op: "and" | "or"; readonly left: Condition; readonly right: Condition }
  | { readonly op: "not"; readonly inner: Condition }
  | CompareCondition;

export interface CompareCondition {
  readonly op: "compare";
  readonly fact: FactName;
  /** Member that the fact is about; "" for facts about the whole. */
  readonly member: string;
  readonly comparison: Comparison;
  readonly value: number | string;
}

/** What is wrong with a condition, in words that follow "expected". */
export interface ConditionFault {
  readonly expected: string;
}

const MAX_LENGTH = 1000;
const MAX_DEPTH = 50;
const TOKEN = /\s*(?:(==|!=|<=|>=|<|>|\(|\))|([^\s()=!<>]+))/y;
const EXAMPLE = "such as etcd.term >= 3 or etcd.leader == etcd-0 and time > 10m";

/** Parses a condition, or says what was expected instead. */
export function parseCondition(text: string): Condition | ConditionFault {
  if (text.length > MAX_LENGTH) return { expected: `a condition of at most ${MAX_LENGTH} characters` };
  const tokens: string[] = [];
  TOKEN.lastIndex = 0;
  const trimmed = text.trimEnd();
  for (let at = 0; at < trimmed.length; at = TOKEN.lastIndex) {
    TOKEN.lastIndex = at;
    const match = TOKEN.exec(trimmed);
    if (match === null)
      return { expected: `a condition without ${JSON.stringify(trimmed.slice(at).trimStart().slice(0, 10))}` };
    tokens.push((match[1] ?? match[2])!);
  }
  return new Parser(tokens).parse();
}

/** The comparisons of a condition, from left to right. */
export function comparisonsOf(condition: Condition): readonly CompareCondition[] {
  if (condition.op === "compare") return [condition];
  if (condition.op === "not") return comparisonsOf(condition.inner);
  return [...comparisonsOf(condition.left), ...comparisonsOf(condition.right)];
}

/** Precedence: or, and, not, comparison. */
class Parser {
  private readonly tokens: readonly string[];
  private at = 0;
  private depth = 0;
  private fault: string | null = null;

  constructor(tokens: readonly string[]) {
    this.tokens = tokens;
  }

  parse(): Condition | ConditionFault {
    if (this.tokens.length === 0) return { expected: `a condition, ${EXAMPLE}` };
    const condition = this.either();
    if (condition !== null && this.fault === null && this.at < this.tokens.length)
      this.fail(`and, or, or the end after ${JSON.stringify(this.tokens.slice(0, this.at).join(" ").slice(-40))}`);
    return condition === null || this.fault !== null ? { expected: this.fault ?? "a condition" } : condition;
  }

  private either(): Condition | null {
    let left = this.both();
    while (left !== null && this.take("or")) {
      const right = this.both();
      left = right === null ? null : { op: "or", left, right };
    }
    return left;
  }

  private both(): Condition | null {
    let left = this.negated();
    while (left !== null && this.take("and")) {
      const right = this.negated();
      left = right === null ? null : { op: "and", left, right };
    }
    return left;
  }

  private negated(): Condition | null {
    if (++this.depth > MAX_DEPTH) return this.fail(`a condition of at most ${MAX_DEPTH} levels`);
    let found: Condition | null;
    if (this.take("not")) {
      const inner = this.negated();
      found = inner === null ? null : { op: "not", inner };
    } else if (this.take("(")) {
      found = this.either();
      if (found !== null && !this.take(")")) found = this.fail("a closing parenthesis");
    } else found = this.comparison();
    this.depth--;
    return found;
  }

  private comparison(): Condition | null {
    const name = this.next();
    const fact: Fact | undefined = FACTS.find((f) => f.name === name);
    if (fact === undefined) return this.unknownFact(name);
    const member = this.member(fact);
    if (member === null) return null;
    const comparison = COMPARISONS.find((c) => c === this.tokens[this.at]);
    if (comparison === undefined) return this.fail(`a comparison (${COMPARISONS.join(" ")}) after ${fact.name}`);
    this.at++;
    const value = this.value(fact, comparison);
    return value === null ? null : { op: "compare", fact: fact.name as FactName, member, comparison, value };
  }

  private member(fact: Fact): string | null {
    if (fact.ofMember !== true) return "";
    const name = this.take("(") ? this.next() : "";
    if (name === "" || name === ")" || !this.take(")"))
      return this.fail(`a member after ${fact.name}, such as ${fact.name}(etcd-0)`);
    return name;
  }

  private value(fact: Fact, comparison: Comparison): number | string | null {
    const text = this.next();
    if (text === "" || COMPARISONS.some((c) => c === text))
      return this.fail(`a value after ${fact.name} ${comparison}`);
    switch (fact.unit) {
      case "text":
        if (comparison !== "==" && comparison !== "!=") return this.fail(`== or != after ${fact.name}`);
        if (fact.words !== undefined && !fact.words.includes(text)) {
          const near = nearest(text, fact.words);
          return this.fail(`one of ${fact.words.join(", ")}${near === undefined ? "" : ` (did you mean ${near}?)`}`);
        }
        return text;
      case "duration":
        return parseDurationMicros(text) ?? this.fail(`a duration after ${fact.name} ${comparison}, such as 30s`);
      case "bytes":
        return bytesOf(text) ?? this.fail(`bytes after ${fact.name} ${comparison}, such as 1.5Gi`);
      default:
        return /^\d{1,15}$/.test(text) ? Number(text) : this.fail(`a whole number after ${fact.name} ${comparison}`);
    }
  }

  private unknownFact(name: string): null {
    const names = FACTS.map((f) => f.name);
    const near = nearest(name, names);
    if (name === "") return this.fail(`a fact at the end: one of ${names.join(", ")}`);
    return this.fail(
      near === undefined
        ? `a fact instead of ${JSON.stringify(name.slice(0, 40))}: one of ${names.join(", ")}`
        : `a known fact; did you mean ${near}?`,
    );
  }

  private next(): string {
    return this.tokens[this.at++] ?? "";
  }

  private take(token: string): boolean {
    if (this.tokens[this.at] !== token) return false;
    this.at++;
    return true;
  }

  // the first mistake is the one to show
  private fail(expected: string): null {
    this.fault ??= expected;
    return null;
  }
}

const COMPARISONS: readonly Comparison[] = ["==", "!=", "<=", ">=", "<", ">"];

function bytesOf(text: string): number | undefined {
  if (quantityError(text) !== undefined) return undefined;
  const bytes = quantityValue(text);
  return bytes >= 0 ? bytes : undefined;
}
