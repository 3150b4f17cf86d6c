import { suite } from "uvu";
import * as assert from "uvu/assert";
import { loadScenarioText } from "../../sim/scenario/load.ts";

const test = suite("scenario/traffic");

const scenario = (traffic: string): string => `apiVersion: kubedrill/v1alpha1
kind: Scenario
metadata: { name: t }
spec:
  duration: 1m
  cluster:
    nodePools: [{ name: a, count: 1, machine: { cpu: 4, memory: 8Gi } }]
    objects:
      - { apiVersion: v1, kind: Service, metadata: { name: front, namespace: shop }, spec: { type: LoadBalancer, selector: { app: front }, ports: [{ port: 80 }] } }
      - { apiVersion: v1, kind: Service, metadata: { name: back, namespace: shop }, spec: { selector: { app: back }, ports: [{ port: 80 }] } }
      - { apiVersion: v1, kind: Pod, metadata: { name: p, namespace: shop }, spec: { containers: [{ name: c }] } }
  traffic:
${traffic}
`;

const load = (traffic: string) => loadScenarioText(scenario(traffic), "t.yaml", ".");

test("defaults: load-balanced Services get requests from outside, others from every node", () => {
  const [plan] = load(
    '    services: [{ service: shop/front, rate: 90/m }, { service: shop/back, rate: "2/ms" }]',
  ).plans;
  assert.equal(
    plan?.traffic?.services.map(({ from, rate, minAvailable }) => [from, rate[0]?.perSecond, minAvailable]),
    [
      ["external", 1.5, 1],
      ["nodes", 2000, 1],
    ],
  );
  assert.is(plan?.traffic?.loadBalancer.intervalMicros, 10_000_000);
  assert.is(plan?.traffic?.proxy.minSyncMicros, 1_000_000);
});

test("steps of a rate, clients by labels in the Service's namespace", () => {
  const [plan] = load(
    "    services: [{ service: shop/back, rate: [{ at: 0s, rate: 1/s }, { at: 1m, rate: 3/s }], from: { labels: { app: front } }, lookupsPerRequest: 0.5 }]",
  ).plans;
  const [service] = plan?.traffic?.services ?? [];
  assert.equal(service?.rate, [
    { atMicros: 0, perSecond: 1 },
    { atMicros: 60_000_000, perSecond: 3 },
  ]);
  assert.equal(service?.from, { namespace: "shop", labels: { app: "front" } });
  assert.is(service?.lookupsPerRequest, 0.5);
});

test("mistakes are told where they stand", () => {
  const { problems } = load(
    "    services: [{ service: shop/back, rate: often }, { service: Shop, rate: 1/s, from: mars }, { service: shop/front, rate: [{ at: 5s, rate: 1/s }, { at: 5s, rate: 2/s }] }]",
  );
  assert.equal(
    problems.map(({ path, line }) => [path, line]),
    [
      ["spec.traffic.services[0].rate", 13],
      ["spec.traffic.services[1].service", 13],
      ["spec.traffic.services[1].from", 13],
      ["spec.traffic.services[2].rate", 13],
    ],
  );
  const [twice] = load("    services: [{ service: shop/back, rate: 1/s }, { service: shop/back, rate: 1/s }]").problems;
  assert.is(twice?.path, "spec.traffic.services[1].service");
  assert.is(twice?.expected, "each Service once");
});

test("objects written out in the scenario are checked as files are", () => {
  const text = scenario("    services: []").replace("selector: { app: back }", "selector: [back]");
  const [problem] = loadScenarioText(text, "t.yaml", ".").problems;
  assert.is(problem?.path, "spec.cluster.objects[1].spec.selector");
  assert.is(problem?.line, 10);
});

test.run();
