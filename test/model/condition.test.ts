// The language of `when`: what it reads, and how it refuses.
import fc from "fast-check";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { type Condition, comparisonsOf, FACTS, parseCondition } from "../../sim/model/condition.ts";

function parsed(text: string): Condition {
  const result = parseCondition(text);
  if ("expected" in result) throw new Error(`${text}: ${result.expected}`);
  return result;
}

const compare = (fact: string, comparison: string, value: number | string, member = "") => ({
  op: "compare",
  fact,
  member,
  comparison,
  value,
});

test("facts, comparisons and values with their units", () => {
  assert.equal(parsed("etcd.term >= 3"), compare("etcd.term", ">=", 3));
  assert.equal(parsed("etcd.leader==etcd-0"), compare("etcd.leader", "==", "etcd-0"));
  assert.equal(parsed(" time > 1m30s "), compare("time", ">", 90_000_000));
  assert.equal(parsed("etcd.databaseBytes >= 1.5Gi"), compare("etcd.databaseBytes", ">=", 1.5 * 2 ** 30));
  assert.equal(parsed("etcd.role(etcd-1) != leader"), compare("etcd.role", "!=", "leader", "etcd-1"));
});

test("not binds before and, and before or, parentheses before all", () => {
  const [a, b, c] = [compare("etcd.term", ">", 1), compare("etcd.running", "<", 3), compare("pods.created", "==", 7)];
  const text = ["etcd.term > 1", "etcd.running < 3", "pods.created == 7"];
  assert.equal(parsed(`${text[0]} or ${text[1]} and not ${text[2]}`), {
    op: "or",
    left: a,
    right: { op: "and", left: b, right: { op: "not", inner: c } },
  });
  assert.equal(parsed(`(${text[0]} or ${text[1]}) and ${text[2]}`), {
    op: "and",
    left: { op: "or", left: a, right: b },
    right: c,
  });
  assert.equal(
    comparisonsOf(parsed(text.join(" and "))).map(({ fact }) => fact),
    ["etcd.term", "etcd.running", "pods.created"],
  );
});

test("refuses the rest, with a hint", () => {
  const cases: readonly (readonly [string, RegExp])[] = [
    ["", /a condition, such as/],
    ["etcd.trem > 1", /did you mean etcd\.term/],
    ["weather == fine", /a fact instead of "weather": one of time/],
    ["etcd.term", /a comparison \(== != <= >= < >\) after etcd\.term/],
    ["etcd.term > ", /a value after etcd\.term >/],
    ["etcd.term > three", /a whole number after etcd\.term >/],
    ["etcd.term > -1", /a whole number/],
    ["time > 5", /a duration after time >/],
    ["etcd.databaseBytes > lots", /bytes after etcd\.databaseBytes >/],
    ["etcd.leader > etcd-0", /== or != after etcd\.leader/],
    ["etcd.role == leader", /a member after etcd\.role, such as etcd\.role\(etcd-0\)/],
    ["etcd.role(etcd-0) == leeder", /did you mean leader/],
    ["etcd.term > 1 and", /a fact at the end/],
    ["(etcd.term > 1", /closing parenthesis/],
    ["etcd.term > 1 etcd.term > 2", /and, or, or the end after "etcd\.term > 1"/],
    ["etcd.term = 1", /a condition without "= 1"/],
    ["not ".repeat(60), /at most 50 levels/],
    [`time > ${"1".repeat(2000)}`, /at most 1000 characters/],
  ];
  for (const [text, wanted] of cases) {
    const result = parseCondition(text);
    assert.ok("expected" in result, text);
    assert.match(result.expected, wanted, text);
  }
});

test("never throws, whatever the text", () => {
  const word = fc.constantFrom(
    "and",
    "or",
    "not",
    "(",
    ")",
    ">=",
    "==",
    "3",
    "10m",
    "x",
    "=",
    ...FACTS.map((f) => f.name),
  );
  fc.assert(
    fc.property(
      fc.oneof(
        fc.string(),
        fc.array(word).map((words) => words.join(" ")),
      ),
      (text) => {
        const result = parseCondition(text);
        assert.ok("expected" in result ? result.expected.length > 3 : comparisonsOf(result).length > 0);
      },
    ),
    { seed: 21, numRuns: 2000 },
  );
});

test.run();
