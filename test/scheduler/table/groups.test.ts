// Counted groups and their sums over domains against a recount of the pods, through random events.
import { test } from "uvu";
import * as assert from "uvu/assert";
import type { NodeInfo } from "../../../sim/scheduler/node-info.ts";
import type { PodShape } from "../../../sim/scheduler/shape.ts";
import { Snapshot } from "../../../sim/scheduler/snapshot.ts";
import type { Counter, Eligibility, Group } from "../../../sim/scheduler/table/groups.ts";
import { NodeTable } from "../../../sim/scheduler/table/node-table.ts";
import { makeNode, makePod } from "../builders.ts";
import { HOSTNAME, ZONE } from "./history.ts";
import { RandomCluster } from "./random-cluster.ts";

const app = (value: string) => (shape: PodShape) => (shape.labels["app"] === value ? 1 : 0);
const untainted: Eligibility = { key: "untainted", test: (node: NodeInfo) => node.taints.length === 0 };

function recountGroup(group: Group, snapshot: Snapshot): number[] {
  const counts: number[] = [];
  for (let slot = 0; slot < snapshot.slotCount; slot++) {
    let count = 0;
    for (const pod of snapshot.nodeAt(slot)?.pods ?? [])
      if (!(group.ignoresTerminating && pod.terminating)) count += group.multiplicity(pod.shape);
    counts.push(count);
  }
  assert.equal(Array.from(group.counts.subarray(0, snapshot.slotCount)), counts, group.key);
  assert.is(
    group.total,
    counts.reduce((sum, n) => sum + n, 0),
  );
  return counts;
}

function recountCounter(counter: Counter, snapshot: Snapshot, eligible: (node: NodeInfo) => boolean): void {
  const counts = recountGroup(counter.group, snapshot);
  const sums = new Map<number, number>();
  for (let slot = 0; slot < snapshot.slotCount; slot++) {
    const node = snapshot.nodeAt(slot);
    const domain = counter.topology.domainOf[slot] as number;
    const counted = node !== undefined && domain >= 0 && eligible(node);
    if (counted) sums.set(domain, (sums.get(domain) ?? 0) + (counts[slot] as number));
    // asked for also where no node of the domain counts
    if (domain >= 0) assert.type(counter.sums[domain], "number");
  }
  for (let domain = 0; domain < counter.topology.domains; domain++)
    assert.is(counter.sums[domain] ?? 0, sums.get(domain) ?? 0, `domain ${domain} of ${counter.topology.key}`);
  assert.is(counter.domains, sums.size);
  assert.is(
    counter.total,
    [...sums.values()].reduce((a, b) => a + b, 0),
  );
  assert.is(counter.minimum, sums.size === 0 ? 2147483647 : Math.min(...sums.values()));
}

test("random events: counts per node, sums per domain, the least sum, made early and late", () => {
  for (let seed = 1; seed <= 10; seed++) {
    const cluster = new RandomCluster(seed, { racks: 30, sharedHostnames: 0.05 });
    const { snapshot, table } = cluster;
    const made: [app: string, key: string, eligibility: Eligibility | null, ignoresTerminating: boolean][] = [
      ["x", ZONE, null, true],
      ["x", "rack", untainted, true],
    ];
    for (let step = 0; step < 200; step++) {
      cluster.act();
      if (step === 50) made.push(["x", HOSTNAME, null, false]);
      if (step === 80) made.push(["y", "rack", untainted, false]);
      if (step === 120) made.push(["nobody", ZONE, untainted, true]);
      table.refreshGroups();
      for (const [value, key, eligibility, ignoresTerminating] of made) {
        const group = table.groups.group(`${value} ${ignoresTerminating}`, app(value), ignoresTerminating);
        const counter = table.groups.counter(group, key, eligibility);
        recountCounter(counter, snapshot, eligibility?.test ?? (() => true));
      }
    }
  }
});

test("groups of the pods that carry a term: counted by how often, from the first such pod on", () => {
  for (let seed = 1; seed <= 10; seed++) {
    const cluster = new RandomCluster(seed);
    const { snapshot } = cluster;
    for (let step = 0; step < 200; step++) {
      cluster.act();
      cluster.table.refreshGroups();
      const { carriedTerms } = cluster.table.groups;
      for (const { carriers } of carriedTerms) recountGroup(carriers, snapshot);
      const known = new Set(carriedTerms.map(({ kind, term }) => `${kind} ${term.key}`));
      for (const { shape } of cluster.pods) {
        for (const term of shape.requiredAntiAffinity) assert.ok(known.has(`requiredAnti ${term.key}`));
        for (const term of shape.preferredAffinity) assert.ok(known.has(`preferredAffinity ${term.key}`));
      }
      assert.is(known.size, carriedTerms.length, "each term once");
    }
  }
});

test("counts are made anew only when a term reads namespaces by their labels", () => {
  const term = (namespaceSelector?: object) => ({
    podAntiAffinity: {
      requiredDuringSchedulingIgnoredDuringExecution: [
        { topologyKey: ZONE, labelSelector: {}, ...(namespaceSelector === undefined ? {} : { namespaceSelector }) },
      ],
    },
  });
  for (const [selector, epochs] of [
    [undefined, 0],
    [{ matchLabels: { team: "t" } }, 1],
  ] as const) {
    const snapshot = Snapshot.of({ nodes: [makeNode("a")] });
    const table = new NodeTable(snapshot);
    snapshot.addPod(snapshot.info(makePod("p", { nodeName: "a", affinity: term(selector) })));
    snapshot.setNamespace({ metadata: { name: "default", labels: { team: "t" } } });
    table.refreshGroups();
    table.refreshGroups();
    assert.is(table.groupsEpoch, epochs);
    assert.is(table.groups.carriedTerms.length, 1);
    assert.is(table.groups.carriedTerms[0]?.carriers.total, 1);
  }
});

test("pods that go after the labels of their namespace changed, before the next cycle", () => {
  const snapshot = Snapshot.of({ nodes: [makeNode("a", {}, { [ZONE]: "1" })] });
  const there = snapshot.info(makePod("there", { nodeName: "a" }, { namespace: "other" }));
  snapshot.addPod(there);
  const table = new NodeTable(snapshot);
  table.groups.readsNamespaceLabels = true;
  const inTeam = (shape: PodShape) => (snapshot.namespaceLabels(shape.namespace)?.["team"] === "t" ? 1 : 0);
  const counted = () => table.groups.counter(table.groups.group("team", inTeam, false), ZONE, null);
  assert.is(counted().total, 0);
  snapshot.setNamespace({ metadata: { name: "other", labels: { team: "t" } } });
  snapshot.removePod(there);
  snapshot.removeNode("a");
  snapshot.addNode(makeNode("b", {}, { [ZONE]: "1" }));
  there.nodeName = "b";
  snapshot.addPod(there);
  table.refreshGroups();
  assert.is(counted().total, 1);
});

test("equal keys share groups and counters", () => {
  const { groups } = new NodeTable(Snapshot.of({ nodes: [makeNode("a")] }));
  const group = groups.group("g", app("x"), true);
  assert.is(groups.group("g", app("x"), true), group);
  assert.is(groups.counter(group, ZONE, null), groups.counter(group, ZONE, null));
  assert.is.not(groups.counter(group, ZONE, null), groups.counter(group, ZONE, untainted));
});

test.run();
