// The tally of a set's pods, told change by change, says what counting all of them says: over random lives of pods, some of which lose
// their owner or change their labels, and some of which are deleted in another state than was told last.
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { isPodActive, isPodTerminating } from "../../../sim/controllers/framework/pod-state.ts";
import { PodTally } from "../../../sim/controllers/replica-set/pod-tally.ts";
import { countPods, countTallies } from "../../../sim/controllers/replica-set/status.ts";
import { createStream } from "../../../sim/engine/random.ts";
import type { Labels, Pod } from "../../../sim/model/objects.ts";
import { tries } from "../../thorough.ts";

const test = suite("controllers/replica-set/pod-tally");

const OWNERS = ["a", "b"];
const LABELS: readonly Labels[] = [{ app: "x" }, { app: "x", extra: "y" }, { other: "z" }];
const TEMPLATE: Labels = { app: "x" };

test("equals the count of all pods after every change", () => {
  for (let seed = 0; seed < tries(20, 500); seed++) {
    const random = createStream(seed, "tally");
    const pick = <T>(from: readonly T[]): T => from[Math.floor(random.nextDouble() * from.length)]!;
    const draw = (name: string): Pod => ({
      metadata: {
        name,
        labels: pick(LABELS),
        ...(random.nextDouble() < 0.1
          ? {}
          : {
              ownerReferences: [
                { apiVersion: "apps/v1", kind: "ReplicaSet", name: "s", uid: pick(OWNERS), controller: true },
              ],
            }),
        ...(random.nextDouble() < 0.2 ? { deletionTimestamp: "2026-01-01T00:00:00Z" } : {}),
      },
      spec: { containers: [] },
      status: {
        phase: pick(["Pending", "Running", "Failed"]),
        conditions: [{ type: "Ready", status: pick(["True", "False"]) }],
      },
    });
    const tally = new PodTally();
    const { added, deleted, updated } = tally.handlers;
    const pods = new Map<string, Pod>();
    for (let step = 0; step < 60; step++) {
      const name = `p${Math.floor(random.nextDouble() * 12)}`;
      const before = pods.get(name);
      const after = draw(name);
      if (before !== undefined && random.nextDouble() < 0.3) {
        deleted?.(after, name, before);
        pods.delete(name);
      } else {
        if (before === undefined) added?.(after, name);
        else updated?.(before, after, name);
        pods.set(name, after);
      }
      for (const uid of OWNERS) {
        const owned = [...pods.values()].filter((pod) => pod.metadata.ownerReferences?.[0]?.uid === uid);
        assert.equal(countTallies(tally.of(uid), TEMPLATE), countPods(owned.filter(isPodActive), TEMPLATE, 0, 0));
        let terminating = 0;
        for (const one of tally.of(uid)) terminating += one.terminating;
        assert.is(terminating, owned.filter(isPodTerminating).length);
      }
    }
  }
});

test.run();
