import fc from "fast-check";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { ServiceMembers } from "../../../sim/controllers/endpoint-slice/service-members.ts";
import type { Labels, Pod } from "../../../sim/model/objects.ts";

const test = suite("controllers/endpoint-slice/service-members");

const pod = (name: string, labels: Labels): Pod => ({
  metadata: { name, namespace: "ns", labels },
  spec: { containers: [] },
});
const labelsOf = fc.dictionary(fc.constantFrom("a", "b"), fc.constantFrom("1", "2"), { maxKeys: 2 });

test("after any history it holds what a comparison of all pods with all Services finds", () => {
  const step = fc.oneof(
    fc.record({ kind: fc.constant("service" as const), name: fc.constantFrom("x", "y", "z"), labels: labelsOf }),
    fc.record({ kind: fc.constant("pod" as const), name: fc.constantFrom("p", "q", "r"), labels: labelsOf }),
    fc.record({ kind: fc.constant("drop" as const), name: fc.constantFrom("p", "q", "r"), labels: labelsOf }),
  );
  fc.assert(
    fc.property(fc.array(step, { maxLength: 25 }), (steps) => {
      const pods = new Map<string, Pod>();
      const services = new Map<string, Labels>();
      const members = new ServiceMembers(() => [...pods.values()]);
      const expected = (service: string) =>
        [...pods.values()].filter((p) =>
          Object.entries(services.get(service) ?? {}).every(([k, v]) => p.metadata.labels?.[k] === v),
        );
      for (const { kind, name, labels } of steps) {
        const key = `ns/${name}`;
        if (kind === "service") {
          const selects = Object.keys(labels).length > 0;
          if (selects) services.set(name, labels);
          else services.delete(name);
          members.setService(name, "ns", selects ? labels : null);
        } else {
          const before = [...services.keys()].filter((s) => expected(s).some((p) => p.metadata.name === name));
          if (kind === "pod") pods.set(key, pod(name, labels));
          else pods.delete(key);
          const after = [...services.keys()].filter((s) => expected(s).some((p) => p.metadata.name === name));
          const told = kind === "pod" ? members.put(pods.get(key)!, key) : members.drop(key);
          assert.equal([...told].sort(), [...new Set([...before, ...after])].sort());
        }
        for (const service of services.keys()) {
          const names = (list: Iterable<Pod>) => [...list].map((p) => p.metadata.name).sort();
          assert.equal(names(members.podsOf(service)), names(expected(service)), service);
        }
      }
    }),
    { seed: 1, numRuns: 400 },
  );
});

test.run();
