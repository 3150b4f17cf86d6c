// Names in expectations that are no functions of objects: metrics (with an aggregate where they need one), facts, and bare words, of
// which the place says whether they are a text.
import { FACTS, type FactName } from "../condition.ts";
import { nearest } from "../problem.ts";
import { FUNCTIONS } from "./functions.ts";
import { METRICS } from "./metrics.ts";
import type { Scanner } from "./scanner.ts";
import type { Expression, Unit } from "./syntax.ts";

/** A word that is neither metric nor fact. */
export interface Word {
  readonly op: "word";
  readonly text: string;
  /** What it could have been meant to be. */
  readonly candidates: readonly string[];
}

const AGGREGATE = /^(p(\d{1,2}(\.\d+)?|100)|mean|max|min)$/;
const UNITS: Readonly<Record<(typeof FACTS)[number]["unit"], Unit>> = {
  count: "number",
  bytes: "bytes",
  duration: "duration",
  text: "text",
};

const CANDIDATES: readonly string[] = [
  ...METRICS.map((metric) => metric.name),
  ...FACTS.map((fact) => fact.name),
  ...FUNCTIONS.map((f) => `${f.name}(...)`),
];

/** What the word is that was read at this place. */
export function parseName(scanner: Scanner, word: string, at: number): Expression | Word | null {
  if (scanner.take("(")) return parenthesised(scanner, word, at);
  const metric = METRICS.find((m) => m.name === word);
  if (metric?.aggregated === true)
    return scanner.fail(`an aggregate of ${word}, such as p99(${word}) or mean(${word})`, at);
  if (metric !== undefined) return { op: "metric", unit: metric.unit, metric: word, aggregate: null };
  const fact = FACTS.find((f) => f.name === word);
  if (fact !== undefined && "ofMember" in fact)
    return scanner.fail(`a member after ${word}, such as ${word}(etcd-0)`, at);
  if (fact !== undefined) return { op: "fact", unit: UNITS[fact.unit], fact: word as FactName, member: "" };
  return { op: "word", text: word, candidates: CANDIDATES };
}

function parenthesised(scanner: Scanner, word: string, at: number): Expression | null {
  const inner = scanner.at;
  const name = scanner.word();
  const fact = FACTS.find((f) => f.name === word && "ofMember" in f);
  if (fact !== undefined) {
    if (name === null || !scanner.take(")"))
      return scanner.fail(`a member after ${word}, such as ${word}(etcd-0)`, inner);
    return { op: "fact", unit: UNITS[fact.unit], fact: word as FactName, member: name };
  }
  const metric = METRICS.find((m) => m.name === name);
  if (!AGGREGATE.test(word)) {
    const names = FUNCTIONS.map((f) => f.name);
    const near = nearest(word, names);
    if (near !== undefined && metric === undefined) return scanner.fail(`a known function; did you mean ${near}?`, at);
    if (metric === undefined) return scanner.fail(`a function: one of ${names.join(", ")}`, at);
    return scanner.fail(
      metric.aggregated
        ? "an aggregate: p50, p99, p99.9 and so on, mean, max or min"
        : `${metric.name} without ${word}(...): it is a single number`,
      at,
    );
  }
  if (metric === undefined) {
    const names = METRICS.filter((m) => m.aggregated).map((m) => m.name);
    const near = nearest(name ?? "", names);
    return scanner.fail(
      near === undefined ? `a metric: one of ${names.join(", ")}` : `a known metric; did you mean ${near}?`,
      inner,
    );
  }
  if (!metric.aggregated) return scanner.fail(`${metric.name} without ${word}(...): it is a single number`, at);
  if (!scanner.take(")")) return scanner.fail("a closing parenthesis");
  return { op: "metric", unit: metric.unit, metric: metric.name, aggregate: word };
}
