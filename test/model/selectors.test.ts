// Selectors rule by rule as the API reference words them, and against a naive evaluation on random label maps.
import fc from "fast-check";
import { test } from "uvu";
import * as assert from "uvu/assert";
import type { LabelSelectorRequirement, Labels } from "../../sim/model/objects.ts";
import {
  compileLabelMap,
  compileLabelSelector,
  compileNodeSelector,
  compileNodeSelectorTerm,
  fieldRequirementError,
  intersection,
  NOTHING,
  parseInt64,
  requirement,
  requirementError,
  SelectorError,
} from "../../sim/model/selectors.ts";

const web: Labels = { app: "web", tier: "front" };

test("a missing selector matches nothing, an empty one everything", () => {
  for (const missing of [null, undefined]) {
    const matcher = compileLabelSelector(missing);
    assert.is(matcher.matches(web), false);
    assert.is(matcher.matches({}), false);
    assert.is(matcher.isNothing, true);
    assert.is(matcher.isEmpty, false);
  }
  for (const empty of [{}, { matchLabels: {} }, { matchLabels: null, matchExpressions: [] }]) {
    const matcher = compileLabelSelector(empty);
    assert.is(matcher.matches(web), true);
    assert.is(matcher.matches({}), true);
    assert.is(matcher.isEmpty, true);
    assert.is(matcher.isNothing, false);
  }
  assert.is(compileLabelMap(null), NOTHING);
  assert.is(compileLabelMap({}).matches(web), true);
});

test("matchLabels and matchExpressions must all hold", () => {
  const selector = {
    matchLabels: { app: "web" },
    matchExpressions: [{ key: "tier", operator: "In", values: ["front", "back"] }],
  };
  assert.is(compileLabelSelector(selector).matches(web), true);
  assert.is(compileLabelSelector(selector).matches({ app: "web" }), false);
  assert.is(compileLabelSelector(selector).matches({ app: "db", tier: "front" }), false);
});

test("operators", () => {
  const holds = (operator: string, values: string[] | null, labels: Labels, key = "k") =>
    requirement(key, operator, values).matches(labels);
  assert.is(holds("In", ["a", "b"], { k: "b" }), true);
  assert.is(holds("In", ["a", "b"], { k: "c" }), false);
  assert.is(holds("In", ["a"], {}), false);
  assert.is(holds("NotIn", ["a"], { k: "a" }), false);
  assert.is(holds("NotIn", ["a", "b"], { k: "c" }), true);
  assert.is(holds("NotIn", ["a"], {}), true, "NotIn holds when the label is missing");
  assert.is(holds("NotIn", ["a", "b"], {}), true);
  assert.is(holds("Exists", null, { k: "" }), true);
  assert.is(holds("Exists", [], {}), false);
  assert.is(holds("DoesNotExist", null, {}), true);
  assert.is(holds("DoesNotExist", null, { k: "x" }), false);
  assert.is(holds("Gt", ["5"], { k: "6" }), true);
  assert.is(holds("Gt", ["5"], { k: "5" }), false);
  assert.is(holds("Lt", ["5"], { k: "-7" }), true);
  assert.is(holds("Lt", ["5"], {}), false, "a missing label is neither greater nor less");
  assert.is(holds("Gt", ["5"], { k: "x" }), false, "text is no number");
  assert.is(holds("Gt", ["9223372036854775806"], { k: "9223372036854775807" }), true, "64 bits, exact");
  assert.is(holds("Gt", ["1"], { k: "9223372036854775808" }), false, "beyond 64 bits is no number");
});

test("labels named like members of every object are labels only when they are there", () => {
  for (const key of ["constructor", "toString", "__proto__", "hasOwnProperty"]) {
    assert.is(requirement(key, "Exists").matches({}), false, key);
    assert.is(requirement(key, "DoesNotExist").matches({}), true, key);
    assert.is(requirement(key, "In", ["x"]).matches({}), false, key);
    assert.is(requirement(key, "Gt", ["1"]).matches({}), false, key);
  }
  assert.is(requirement("constructor", "In", ["x"]).matches({ constructor: "x" } as unknown as Labels), true);
});

function isSelectorError(error: Error): boolean {
  return error instanceof SelectorError && error.message.length > 10;
}

test("refuses what the API server refuses", () => {
  const refused: readonly (readonly [string, string[] | null])[] = [
    ["In", []],
    ["NotIn", null],
    ["Exists", ["a"]],
    ["DoesNotExist", ["a"]],
    ["Gt", []],
    ["Gt", ["1", "2"]],
    ["Lt", ["x"]],
    ["Lt", ["1.5"]],
    ["Equals", ["a"]],
    ["in", ["a"]],
    ["", []],
  ];
  for (const [operator, values] of refused) {
    assert.throws(() => requirement("k", operator, values), isSelectorError, `${operator} ${values}`);
  }
  assert.throws(() => compileLabelSelector({ matchExpressions: [{ key: "a", operator: "Nope" }] }), isSelectorError);
  assert.ok(requirementError("Gt", ["1"], false), "Gt is for nodes only");
  assert.is(requirementError("Gt", ["1"], true), undefined);
  assert.match(requirementError("Foo", [], false) ?? "", /In, NotIn, Exists or DoesNotExist$/);
  assert.match(requirementError("Foo", [], true) ?? "", /Gt or Lt$/);
});

test("node selector terms: expressions and fields of one term all hold, empty terms match nothing", () => {
  const zone = { key: "zone", operator: "In", values: ["a"] };
  const byName = { key: "metadata.name", operator: "In", values: ["n1"] };
  const both = compileNodeSelectorTerm({ matchExpressions: [zone], matchFields: [byName] });
  assert.is(both.matches({ zone: "a" }, "n1"), true);
  assert.is(both.matches({ zone: "b" }, "n1"), false);
  assert.is(both.matches({ zone: "a" }, "n2"), false);
  const notName = compileNodeSelectorTerm({ matchFields: [{ ...byName, operator: "NotIn" }] });
  assert.is(notName.matches({}, "n1"), false);
  assert.is(notName.matches({}, "n2"), true);
  for (const empty of [{}, null, undefined, { matchExpressions: [], matchFields: null }]) {
    assert.is(compileNodeSelectorTerm(empty).isNothing, true);
    assert.is(compileNodeSelectorTerm(empty).matches({}, "n1"), false);
  }
});

test("node selectors: one of the terms must match; empty terms do not help", () => {
  const terms = [
    { matchExpressions: [{ key: "zone", operator: "In", values: ["a"] }] },
    {},
    { matchExpressions: [{ key: "gpu", operator: "Exists" }] },
  ];
  const selector = compileNodeSelector({ nodeSelectorTerms: terms });
  assert.is(selector.matches({ zone: "a" }, "n"), true);
  assert.is(selector.matches({ gpu: "" }, "n"), true);
  assert.is(selector.matches({ zone: "b" }, "n"), false);
  for (const nothing of [null, undefined, { nodeSelectorTerms: [] }, { nodeSelectorTerms: [{}] }]) {
    assert.is(compileNodeSelector(nothing).isNothing, true);
    assert.is(compileNodeSelector(nothing).matches({ zone: "a" }, "n"), false);
  }
});

test("fields: only metadata.name, only In and NotIn, one value", () => {
  assert.is(fieldRequirementError("metadata.name", "In", ["a"]), undefined);
  assert.ok(fieldRequirementError("metadata.namespace", "In", ["a"]));
  assert.ok(fieldRequirementError("metadata.name", "Exists", []));
  assert.ok(fieldRequirementError("metadata.name", "In", ["a", "b"]));
  assert.throws(
    () => compileNodeSelectorTerm({ matchFields: [{ key: "x", operator: "In", values: ["a"] }] }),
    isSelectorError,
  );
});

test("keys are canonical", () => {
  const a = compileLabelSelector({
    matchLabels: { x: "1", y: "2" },
    matchExpressions: [{ key: "z", operator: "In", values: ["b", "a", "a"] }],
  });
  const b = compileLabelSelector({
    matchExpressions: [
      { key: "z", operator: "In", values: ["a", "b"] },
      { key: "y", operator: "In", values: ["2"] },
      { key: "x", operator: "In", values: ["1"] },
      { key: "x", operator: "In", values: ["1"] },
    ],
  });
  assert.is(a.key, b.key);
  assert.is.not(a.key, compileLabelSelector({ matchLabels: { x: "1", y: "2" } }).key);
  assert.is.not(compileLabelSelector({}).key, compileLabelSelector(null).key);
  const field = (name: string) => ({ key: "metadata.name", operator: "In", values: [name] });
  const term = (...names: string[]) => compileNodeSelectorTerm({ matchFields: names.map(field) }).key;
  assert.is(term("a", "b"), term("b", "a"));
  assert.is.not(term("a"), term("b"));
  const terms = [{ matchFields: [field("a")] }, { matchFields: [field("b")] }];
  assert.is(
    compileNodeSelector({ nodeSelectorTerms: terms }).key,
    compileNodeSelector({ nodeSelectorTerms: [...terms].reverse() }).key,
  );
});

test("an intersection holds where all hold", () => {
  const both = intersection(
    { matchLabels: { app: "web" } },
    { matchExpressions: [{ key: "tier", operator: "Exists" }] },
  );
  assert.is(both.matches(web), true);
  assert.is(both.matches({ app: "web" }), false);
  assert.is(intersection({}, null).isNothing, true);
  assert.is(intersection({}, {}).isEmpty, true);
});

test("64-bit integers as Go reads them", () => {
  assert.is(parseInt64("+7"), 7n);
  assert.is(parseInt64("-0"), 0n);
  assert.is(parseInt64("-9223372036854775808"), -(1n << 63n));
  for (const text of ["", "1.0", " 1", "1 ", "0x1", "1e3", "--1", "9223372036854775808", "1".repeat(50)])
    assert.is(parseInt64(text), undefined, text);
});

const KEYS = ["a", "b", "c"];
const VALUES = ["x", "y", "1", "20"];
const labelMaps = fc.dictionary(fc.constantFrom(...KEYS), fc.constantFrom(...VALUES), {
  maxKeys: 3,
  noNullPrototype: true,
});
const requirements = fc.oneof(
  fc.record({
    key: fc.constantFrom(...KEYS),
    operator: fc.constantFrom("In", "NotIn"),
    values: fc.uniqueArray(fc.constantFrom(...VALUES), { minLength: 1 }),
  }),
  fc.record({ key: fc.constantFrom(...KEYS), operator: fc.constantFrom("Exists", "DoesNotExist") }),
  fc.record({
    key: fc.constantFrom(...KEYS),
    operator: fc.constantFrom("Gt", "Lt"),
    values: fc.constantFrom(["0"], ["5"], ["20"]),
  }),
) as fc.Arbitrary<LabelSelectorRequirement>;

function naive(r: LabelSelectorRequirement, labels: Labels): boolean {
  const has = Object.keys(labels).includes(r.key);
  const value = labels[r.key] ?? "";
  const listed = (r.values ?? []).includes(value);
  if (r.operator === "In") return has && listed;
  if (r.operator === "NotIn") return !(has && listed);
  if (r.operator === "Exists") return has;
  if (r.operator === "DoesNotExist") return !has;
  if (!has || !/^\d+$/.test(value)) return false;
  return r.operator === "Gt" ? Number(value) > Number(r.values?.[0]) : Number(value) < Number(r.values?.[0]);
}

test("agrees with a naive evaluation", () => {
  fc.assert(
    fc.property(fc.array(fc.array(requirements, { maxLength: 3 }), { maxLength: 3 }), labelMaps, (terms, labels) => {
      const selector = compileNodeSelector({
        nodeSelectorTerms: terms.map((matchExpressions) => ({ matchExpressions })),
      });
      const wanted = terms.some((term) => term.length > 0 && term.every((r) => naive(r, labels)));
      assert.is(selector.matches(labels, "node"), wanted);
      for (const term of terms) {
        assert.is(
          compileLabelSelector({ matchExpressions: term }).matches(labels),
          term.every((r) => naive(r, labels)),
        );
      }
    }),
    { seed: 20260803, numRuns: 3000 },
  );
});

test("equal keys mean equal verdicts", () => {
  fc.assert(
    fc.property(
      fc.array(requirements, { maxLength: 3 }),
      fc.array(requirements, { maxLength: 3 }),
      labelMaps,
      (one, two, labels) => {
        const [a, b] = [
          compileLabelSelector({ matchExpressions: one }),
          compileLabelSelector({ matchExpressions: two }),
        ];
        if (a.key === b.key) assert.is(a.matches(labels), b.matches(labels));
        assert.is(compileLabelSelector({ matchExpressions: [...one].reverse() }).key, a.key);
      },
    ),
    { seed: 20260804, numRuns: 1000 },
  );
});

test.run();
