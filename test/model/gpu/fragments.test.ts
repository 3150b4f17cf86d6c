// What typical pods cannot use of a node's idle GPUs: the definition, rule by rule, and the fast measure against it.
import fc from "fast-check";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { FRAGMENT_KINDS, Fragments } from "../../../sim/model/gpu/fragments.ts";
import type { TypicalPod } from "../../../sim/model/gpu/typical-pods.ts";

interface Node {
  readonly model: string;
  readonly cpu: number;
  readonly left: readonly number[];
}

/** The definition: f(n, m) for each typical pod, one after the other. */
function plain(typical: readonly TypicalPod[], { cpu, left, model }: Node): number {
  const idle = left.reduce((sum, l) => sum + l, 0);
  let sum = 0;
  for (const m of typical) {
    const fitting = left.filter((l) => l >= m.gpuMilli);
    // "m CPU-only -> idle; model not allowed -> idle; node fits m in CPU and GPU -> Σ of left over devices with left < m.gpu_milli;
    // otherwise idle"
    if (m.gpuCount === 0) sum += m.count * idle;
    else if (m.models.length > 0 && !m.models.includes(model)) sum += m.count * idle;
    else if (m.cpuMilli <= cpu && fitting.length >= m.gpuCount)
      sum += m.count * left.filter((l) => l < m.gpuMilli).reduce((s, l) => s + l, 0);
    else sum += m.count * idle;
  }
  return sum;
}

function amount(fragments: Fragments, { cpu, left, model }: Node): number {
  const measure = fragments.of(model);
  measure.prepare(cpu);
  return measure.amount(left);
}

const pod = (parts: Partial<TypicalPod>): TypicalPod => ({
  cpuMilli: 1000,
  gpuMilli: 500,
  gpuCount: 1,
  models: [],
  count: 1,
  ...parts,
});
const node: Node = { model: "T4", cpu: 4000, left: [300, 600] };

test("what is idle is a fragment to a pod without GPUs, to one of another model, and to one that does not fit", () => {
  for (const parts of [
    { gpuCount: 0, gpuMilli: 0 },
    { models: ["P100"] },
    { cpuMilli: 5000 },
    { gpuMilli: 700 },
    { gpuMilli: 600, gpuCount: 2 },
  ])
    assert.is(amount(new Fragments([pod(parts)]), node), 900, JSON.stringify(parts));
});

test("where it fits, devices with less than it asks for are a fragment, and the others are not", () => {
  assert.is(amount(new Fragments([pod({})]), node), 300);
  assert.is(amount(new Fragments([pod({ gpuMilli: 300, gpuCount: 2 })]), node), 0);
  assert.is(amount(new Fragments([pod({ models: ["P100", "T4"] })]), node), 300);
});

test("classes count as often as they are there", () => {
  const fragments = new Fragments([pod({ count: 3 }), pod({ gpuCount: 0, gpuMilli: 0, count: 2 })]);
  assert.is(fragments.total, 5);
  assert.is(amount(fragments, node), 3 * 300 + 2 * 900);
});

const anyPod = fc.record<TypicalPod>({
  cpuMilli: fc.constantFrom(0, 1000, 2000, 4000),
  gpuMilli: fc.constantFrom(100, 250, 500, 1000),
  gpuCount: fc.constantFrom(0, 1, 1, 2, 4),
  models: fc.constantFrom([], ["A"], ["A", "B"]),
  count: fc.integer({ min: 1, max: 9 }),
});
const anyNode = fc.record<Node>({
  model: fc.constantFrom("", "A", "B"),
  cpu: fc.constantFrom(-500, 0, 999, 1000, 3000, 9000),
  left: fc.array(fc.constantFrom(0, 99, 100, 250, 400, 500, 999, 1000), { maxLength: 8 }),
});

test("the measure is the definition's, on any node and any typical pods", () => {
  fc.assert(
    fc.property(fc.array(anyPod, { maxLength: 12 }), anyNode, (typical, on) => {
      assert.is(amount(new Fragments(typical), on), plain(typical, on));
    }),
    { seed: 11, numRuns: 3000 },
  );
});

test("the kinds add up to all that is idle, and without q3 to the fragments", () => {
  fc.assert(
    fc.property(fc.array(anyPod, { minLength: 1, maxLength: 12 }), anyNode, (typical, on) => {
      const fragments = new Fragments(typical);
      const kinds = new Float64Array(FRAGMENT_KINDS.length);
      fragments.of(on.model).addKinds(on.left, on.cpu, kinds);
      const idle = on.left.reduce((sum, l) => sum + l, 0);
      const all = kinds.reduce((sum, k) => sum + k, 0);
      assert.is(all, idle * fragments.total);
      assert.is(all - kinds[FRAGMENT_KINDS.indexOf("q3_satisfied")]!, plain(typical, on));
    }),
    { seed: 12, numRuns: 1000 },
  );
});

test("kinds by what is lacking", () => {
  const kindOf = (parts: Partial<TypicalPod>) => {
    const kinds = new Float64Array(FRAGMENT_KINDS.length);
    new Fragments([pod(parts)]).of("T4").addKinds(node.left, node.cpu, kinds);
    return FRAGMENT_KINDS.filter((_, k) => kinds[k]! > 0).join(" ");
  };
  assert.is(kindOf({}), "q2_lack_gpu q3_satisfied");
  assert.is(kindOf({ gpuMilli: 300 }), "q3_satisfied");
  assert.is(kindOf({ gpuMilli: 700 }), "q2_lack_gpu");
  assert.is(kindOf({ cpuMilli: 5000 }), "q4_lack_cpu");
  assert.is(kindOf({ cpuMilli: 5000, gpuMilli: 700 }), "q1_lack_both");
  assert.is(kindOf({ gpuCount: 0, gpuMilli: 0 }), "xl_satisfied");
  assert.is(kindOf({ gpuCount: 0, gpuMilli: 0, cpuMilli: 5000 }), "xr_lack_cpu");
  assert.is(kindOf({ models: ["P100"] }), "no_access");
});

test.run();
