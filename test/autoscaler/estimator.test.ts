import { test } from "uvu";
import * as assert from "uvu/assert";
import { estimate, podGroups } from "../../sim/autoscaler/estimator.ts";
import type { PodSpec } from "../../sim/model/objects.ts";
import type { PodInfo } from "../../sim/scheduler/shape.ts";
import { Snapshot } from "../../sim/scheduler/snapshot.ts";
import { infoOf, makeNode, requesting } from "../scheduler/builders.ts";
import { predicatesOn } from "./bed.ts";

const snapshot = new Snapshot();

/** So many pods of a size. */
function pods(name: string, count: number, cpu: string, spec: Partial<PodSpec> = {}): PodInfo[] {
  return Array.from({ length: count }, (_, i) =>
    infoOf(snapshot.shapes, `${name}-${i}`, { ...requesting({ cpu }), ...spec }, { labels: { app: name } }),
  );
}

/** On nodes of 4 CPUs. */
function need(list: readonly PodInfo[], maxNodes = 100, daemons: readonly PodInfo[] = []) {
  const template = { node: makeNode("t"), pods: daemons };
  const before = snapshot.nodes.length;
  const found = estimate(predicatesOn(snapshot), podGroups(list), template, "g", maxNodes);
  // the snapshot is as it was
  assert.is(snapshot.nodes.length, before);
  assert.ok(list.every(({ nodeName }) => nodeName === ""));
  return { nodes: found.nodes, pods: found.pods.length };
}

test("pods that are alike are one group, in order of the first of each", () => {
  const list = [...pods("a", 2, "1"), ...pods("b", 1, "1"), ...pods("a", 1, "1")];
  assert.equal(
    podGroups(list).map(({ pods: { length } }) => length),
    [3, 1],
  );
});

test("first-fit decreasing: the large ones first, the small ones into what they leave", () => {
  assert.equal(need([...pods("small", 3, "1"), ...pods("large", 3, "3")]), { nodes: 3, pods: 6 });
  assert.equal(need(pods("half", 5, "2")), { nodes: 3, pods: 5 });
});

test("no more nodes than may be added; the pods that they do not hold are left out", () => {
  assert.equal(need(pods("half", 9, "2"), 2), { nodes: 2, pods: 4 });
  assert.equal(need(pods("half", 9, "2"), 0), { nodes: 0, pods: 0 });
});

test("a pod that does not fit on an empty node needs none", () => {
  assert.equal(need(pods("huge", 3, "5")), { nodes: 0, pods: 0 });
  assert.equal(need([...pods("huge", 3, "5"), ...pods("half", 2, "2")]), { nodes: 1, pods: 2 });
});

test("what daemon sets put on each new node is not there for others", () => {
  assert.equal(need(pods("half", 4, "2"), 100, pods("agent", 1, "100m")), { nodes: 4, pods: 4 });
});

test("pods that keep away from each other get a node each", () => {
  const podAntiAffinity = {
    requiredDuringSchedulingIgnoredDuringExecution: [
      { topologyKey: "kubernetes.io/hostname", labelSelector: { matchLabels: { app: "alone" } } },
    ],
  };
  assert.equal(need(pods("alone", 3, "100m", { affinity: { podAntiAffinity } })), { nodes: 3, pods: 3 });
});

test.run();
