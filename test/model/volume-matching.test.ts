// The quick way to the first free volume of a node against the plain way through all of them.
import fc from "fast-check";
import { test } from "uvu";
import * as assert from "uvu/assert";
import type { Labels, NodeSelectorTerm, PersistentVolume } from "../../sim/model/objects.ts";
import { FreeVolumes, VolumeAffinity } from "../../sim/model/volume-matching.ts";

const key = fc.constantFrom("zone", "host");
const values = fc.array(fc.constantFrom("a", "b", "c"), { minLength: 1, maxLength: 3 });
const expression = fc.oneof(
  { weight: 4, arbitrary: fc.record({ key, operator: fc.constant("In"), values }) },
  { weight: 1, arbitrary: fc.record({ key, operator: fc.constant("NotIn"), values }) },
  { weight: 1, arbitrary: fc.record({ key, operator: fc.constant("Exists") }) },
);
const term: fc.Arbitrary<NodeSelectorTerm> = fc.record({
  matchExpressions: fc.array(expression, { minLength: 1, maxLength: 2, size: "max" }),
});
const terms = fc.oneof(
  { weight: 1, arbitrary: fc.constant(null) },
  { weight: 5, arbitrary: fc.array(term, { minLength: 1, maxLength: 2 }) },
);
const labels: fc.Arbitrary<Labels> = fc
  .record({ zone: fc.constantFrom("a", "b", ""), host: fc.constantFrom("a", "b", "c", "") })
  .map((all) => Object.fromEntries(Object.entries(all).filter(([, value]) => value !== "")));

test("the quick way finds what the plain way finds", () => {
  let found = 0;
  fc.assert(
    fc.property(fc.array(terms, { maxLength: 12 }), labels, fc.array(fc.boolean()), (affinities, nodeLabels, takes) => {
      const volumes = affinities.map(
        (nodeSelectorTerms, i): PersistentVolume => ({
          metadata: { name: `pv${i}` },
          spec: nodeSelectorTerms === null ? {} : { nodeAffinity: { required: { nodeSelectorTerms } } },
        }),
      );
      const taken = new Set(volumes.filter((_, i) => takes[i] === true));
      const affinity = new VolumeAffinity();
      const plain = volumes.find((volume) => !taken.has(volume) && affinity.allows(volume, nodeLabels)) ?? null;
      if (plain !== null) found++;
      assert.is(new FreeVolumes(volumes).first(nodeLabels, affinity, taken), plain);
    }),
    { seed: 20260102, numRuns: 2000 },
  );
  assert.ok(found > 500 && found < 2000, `${found} found`);
});

test.run();
