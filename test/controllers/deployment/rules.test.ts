import fc from "fast-check";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { newSetAnnotations, REVISION, REVISION_HISTORY } from "../../../sim/controllers/deployment/annotations.ts";
import {
  activeOrLatest,
  findNewSet,
  isSaturated,
  maxSurge,
  maxUnavailable,
  newSetReplicas,
  progressDeadlineSeconds,
  proportionalSizes,
  revisionHistoryLimit,
} from "../../../sim/controllers/deployment/rules.ts";
import type { Deployment, IntOrString, ReplicaSet } from "../../../sim/model/objects.ts";
import { TemplateHashes } from "../../../sim/model/template-hash.ts";

const test = suite("controllers/deployment/rules");

function deployment(
  replicas: number,
  surge?: IntOrString,
  unavailable?: IntOrString,
  type = "RollingUpdate",
): Deployment {
  return {
    metadata: { name: "web", uid: "d" },
    spec: {
      replicas,
      strategy: { type, rollingUpdate: { maxSurge: surge ?? null, maxUnavailable: unavailable ?? null } },
    },
  };
}

function set(
  name: string,
  replicas: number,
  parts: { at?: string; max?: number; desired?: number; available?: number } = {},
): ReplicaSet {
  const { at = "2026-01-01T00:00:00Z", available = 0, desired, max } = parts;
  return {
    metadata: {
      name,
      creationTimestamp: at,
      annotations: {
        ...(desired === undefined ? {} : { "deployment.kubernetes.io/desired-replicas": String(desired) }),
        ...(max === undefined ? {} : { "deployment.kubernetes.io/max-replicas": String(max) }),
      },
    },
    spec: { replicas },
    status: { availableReplicas: available },
  };
}

test("surge is rounded up, unavailable down, both nothing is one unavailable", () => {
  const cases: readonly (readonly [number, IntOrString | undefined, IntOrString | undefined, number, number])[] = [
    [10, undefined, undefined, 3, 2],
    [3, undefined, undefined, 1, 0],
    [1, undefined, undefined, 1, 0],
    [10, "30%", "30%", 3, 3],
    [7, "10%", "10%", 1, 0],
    [10, 0, 0, 0, 1],
    [10, 0, "5%", 0, 1],
    [0, 0, 0, 0, 0],
    [4, 2, 9, 2, 4],
    [10, "100%", "0%", 10, 0],
  ];
  for (const [replicas, surge, unavailable, expectedSurge, expectedUnavailable] of cases) {
    const d = deployment(replicas, surge, unavailable);
    assert.equal(
      [maxSurge(d), maxUnavailable(d)],
      [expectedSurge, expectedUnavailable],
      `${replicas} ${surge} ${unavailable}`,
    );
  }
  const recreate = deployment(10, "25%", "25%", "Recreate");
  assert.equal([maxSurge(recreate), maxUnavailable(recreate)], [0, 0]);
});

test("the new set grows as far as the surge lets it, Recreate at once", () => {
  const d = deployment(10, "25%");
  assert.is(newSetReplicas(d, [set("old", 10)], 0), 3);
  assert.is(newSetReplicas(d, [set("old", 8), set("new", 3)], 3), 5);
  assert.is(newSetReplicas(d, [set("old", 10), set("new", 3)], 3), 3);
  assert.is(newSetReplicas(d, [set("old", 0), set("new", 9)], 9), 10);
  assert.is(newSetReplicas(deployment(10, 1, 0, "Recreate"), [set("old", 10)], 0), 10);
});

test("defaults, and the largest number for none", () => {
  const d = (spec: Deployment["spec"]): Deployment => ({ metadata: { name: "d" }, spec: spec ?? {} });
  assert.equal([progressDeadlineSeconds(d({})), revisionHistoryLimit(d({}))], [600, 10]);
  const none = d({ progressDeadlineSeconds: 2147483647, revisionHistoryLimit: 2147483647 });
  assert.equal([progressDeadlineSeconds(none), revisionHistoryLimit(none)], [null, null]);
});

test("the new set has the template but for its hash label, and is the oldest of several", () => {
  const template = (image: string, hash?: string) => ({
    metadata: { labels: { app: "web", ...(hash === undefined ? {} : { "pod-template-hash": hash }) } },
    spec: { containers: [{ name: "c", image }] },
  });
  const of = (name: string, image: string, at: string): ReplicaSet => ({
    metadata: { name, creationTimestamp: at },
    spec: { template: template(image, name) },
  });
  const d: Deployment = { metadata: { name: "web" }, spec: { template: template("v1") } };
  const sets = [of("a", "v2", "1"), of("b", "v1", "3"), of("c", "v1", "2")];
  assert.is(findNewSet(d, sets, new TemplateHashes())?.metadata.name, "c");
  assert.is(findNewSet(d, sets.slice(0, 1), new TemplateHashes()), undefined);
});

test("the only active set, or the newest when none is", () => {
  const name = (s: ReplicaSet | undefined) => s?.metadata.name;
  assert.is(name(activeOrLatest(set("new", 0), [set("old", 3)])), "old");
  assert.is(name(activeOrLatest(set("new", 1), [set("old", 3)])), undefined);
  assert.is(name(activeOrLatest(set("new", 0), [set("old", 0)])), "new");
  assert.is(name(activeOrLatest(undefined, [set("a", 0, { at: "1" }), set("b", 0, { at: "2" })])), "b");
  assert.is(name(activeOrLatest(undefined, [])), undefined);
});

test("saturated is the new set that has all, available, for the present size", () => {
  const d = deployment(5);
  assert.is(isSaturated(d, set("new", 5, { desired: 5, available: 5 })), true);
  assert.is(isSaturated(d, set("new", 5, { desired: 4, available: 5 })), false);
  assert.is(isSaturated(d, set("new", 5, { desired: 5, available: 4 })), false);
  assert.is(isSaturated(d, undefined), false);
});

test("proportional scaling, as the documentation's example: 8 and 5 of 10 become 11 and 7 of 15", () => {
  const sets = [set("old", 8, { max: 13, at: "1" }), set("new", 5, { max: 13, at: "2" })];
  const sizes = proportionalSizes(deployment(15, 3, 2), sets);
  assert.equal([...sizes.values()], [11, 7]);
});

test("proportional scaling always comes to exactly the allowed number, and no set below nothing", () => {
  fc.assert(
    fc.property(
      fc.array(fc.nat({ max: 60 }), { minLength: 1, maxLength: 5 }),
      fc.nat({ max: 100 }),
      fc.nat({ max: 20 }),
      (sizes, wanted, surge) => {
        const before = sizes.reduce((a, b) => a + b, 0);
        const sets = sizes.filter((n) => n > 0).map((n, i) => set(`s${i}`, n, { max: before, at: String(i) }));
        if (sets.length === 0) return;
        const after = [...proportionalSizes(deployment(wanted, surge, 1), sets).values()];
        assert.ok(
          after.every((n) => n >= 0),
          `${after}`,
        );
        assert.is(
          after.reduce((a, b) => a + b, 0),
          wanted === 0 ? 0 : wanted + surge,
        );
      },
    ),
    { seed: 4, numRuns: 500 },
  );
});

test("annotations of the new set: its own revision, and what it was before when it comes back", () => {
  const sizes = { desired: 10, max: 13 };
  const d: Deployment = {
    metadata: {
      name: "web",
      annotations: { team: "a", [REVISION]: "9", "kubectl.kubernetes.io/last-applied-configuration": "{}" },
    },
  };
  const first = newSetAnnotations(d, null, 1, sizes);
  assert.equal(first, {
    team: "a",
    [REVISION]: "1",
    "deployment.kubernetes.io/desired-replicas": "10",
    "deployment.kubernetes.io/max-replicas": "13",
  });
  assert.is(newSetAnnotations(d, first, 1, { desired: 99, max: 99 }), first, "sizes are written when it is scaled");
  const third = newSetAnnotations(d, first, 3, sizes);
  assert.equal([third[REVISION], third[REVISION_HISTORY]], ["3", "1"]);
  const fifth = newSetAnnotations(d, third, 5, sizes);
  assert.equal([fifth[REVISION], fifth[REVISION_HISTORY]], ["5", "1,3"]);
});

test("the history of revisions stays within 2000 characters", () => {
  let annotations = newSetAnnotations({ metadata: { name: "web" } }, null, 1, { desired: 1, max: 1 });
  for (let revision = 3; revision < 3000; revision += 2) {
    annotations = newSetAnnotations({ metadata: { name: "web" } }, annotations, revision, { desired: 1, max: 1 });
  }
  const history = annotations[REVISION_HISTORY] ?? "";
  assert.ok(history.length <= 2000 && history.length > 1900);
  assert.ok(history.endsWith(",2997"));
});

test.run();
