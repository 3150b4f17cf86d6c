// Metrics in scenario files: what is read, what is refused, and what adapters serve of it in a run.
import { test } from "uvu";
import * as assert from "uvu/assert";
import type { ApiKind, ApiObject } from "../../sim/apiserver/client.ts";
import { serveMetricSeries } from "../../sim/cluster/metric-series.ts";
import type { ExternalMetricValue, MetricValue, Pod, PodMetrics } from "../../sim/model/objects.ts";
import { problemText } from "../../sim/model/problem.ts";
import { loadScenarioText } from "../../sim/scenario/load.ts";

function load(metrics: string) {
  const text = `apiVersion: kubedrill/v1alpha1
kind: Scenario
metadata: { name: m }
spec:
  duration: 10m
  cluster:
    nodePools: [{ name: n, count: 1, machine: { cpu: 4, memory: 8Gi } }]
    objects: [{ apiVersion: v1, kind: Pod, metadata: { name: p }, spec: { containers: [{ name: c }] } }]
  metrics: ${metrics}
`;
  const { plans, problems } = loadScenarioText(text, "m.yaml", ".");
  return { metrics: plans[0]?.metrics ?? [], problems: problems.map(problemText) };
}

test("values are kept in thousandths, times in microseconds", () => {
  const { metrics, problems } = load(
    "[{ name: q, external: {}, values: 1.5 }, { name: r, namespace: x, object: { kind: Ingress, name: main }, between: linear, values: [{ at: 1m, value: 2 }, { at: 2m, value: null }] }]",
  );
  assert.equal(problems, []);
  assert.equal(metrics, [
    {
      metric: "q",
      namespace: "default",
      of: { kind: "external", labels: {} },
      points: [{ atMicros: 0, milli: 1500 }],
      isLinear: false,
    },
    {
      metric: "r",
      namespace: "x",
      of: { kind: "object", objectKind: "Ingress", name: "main" },
      points: [
        { atMicros: 60e6, milli: 2000 },
        { atMicros: 120e6, milli: null },
      ],
      isLinear: true,
    },
  ]);
});

test("a metric of nothing, of two things, out of order or below 0 is refused", () => {
  for (const [metrics, expected] of [
    ["[{ name: q, values: 1 }]", "one of external, object, pods"],
    ["[{ name: q, external: {}, pods: { labels: { a: b } }, values: 1 }]", "one of external, object, pods"],
    ["[{ name: q, external: {}, values: [{ at: 2m, value: 1 }, { at: 1m, value: 1 }] }]", "in order of time"],
    ["[{ name: q, external: {}, values: -1 }]", "a number"],
  ] as const)
    assert.ok(load(metrics).problems[0]?.includes(expected), `${metrics}: ${load(metrics).problems.join()}`);
});

const pod = (name: string, app: string, ready: string): Pod => ({
  metadata: { name, namespace: "default", labels: { app } },
  spec: { containers: [] },
  status: { phase: "Running", conditions: [{ type: "Ready", status: ready }] },
});

function served(metrics: string, seconds: number) {
  const pods = [pod("a", "web", "True"), pod("b", "web", "True"), pod("c", "web", "False"), pod("d", "db", "True")];
  const lists = new Map<ApiKind, (namespace?: string) => readonly unknown[] | null>();
  const api = {
    aggregate: (kind: ApiKind, { list }: { list: (namespace?: string) => readonly unknown[] | null }) =>
      lists.set(kind, list),
    get: (_kind: ApiKind, key: string) => pods.find(({ metadata }) => key === `default/${metadata.name}`) as ApiObject,
  };
  const running = { list: () => pods.map(({ metadata }): PodMetrics => ({ metadata, containers: [] })) };
  serveMetricSeries(load(metrics).metrics, api as never, running, () => seconds * 1e6);
  return lists;
}

test("those that are ready share a metric of pods, or each pod has it; pods without the labels have none", () => {
  const of = (shared: boolean) => `[{ name: r, pods: { labels: { app: web }, shared: ${shared} }, values: 300 }]`;
  const values = (shared: boolean) =>
    (served(of(shared), 1).get("customMetrics")!("default") as MetricValue[]).map(
      ({ describedObject, value }) => `${describedObject.name} ${value}`,
    );
  assert.equal(values(true), ["a 150", "b 150", "c 0"]);
  assert.equal(values(false), ["a 300", "b 300", "c 300"]);
});

test("an external series has its labels; in another namespace and before its first point there is none; nobody serves what is not given", () => {
  const lists = served("[{ name: q, external: { labels: { x: y } }, values: [{ at: 1m, value: 0.25 }] }]", 60);
  const list = lists.get("externalMetrics")!;
  const [value] = list("default") as ExternalMetricValue[];
  assert.equal([value?.metricName, value?.metricLabels, value?.value], ["q", { x: "y" }, "250m"]);
  assert.equal(list("other"), []);
  assert.is(lists.has("customMetrics"), false);
  const early = served("[{ name: q, external: {}, values: [{ at: 1m, value: 1 }] }]", 59);
  assert.equal(early.get("externalMetrics")!("default"), []);
});

test.run();
