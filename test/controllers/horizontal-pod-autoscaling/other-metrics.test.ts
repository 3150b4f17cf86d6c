// Proposals by Pods, Object and External metrics: the amounts, what is missing, the texts, and the whole controller with several of them.
import { test } from "uvu";
import * as assert from "uvu/assert";
import { ApiError, type ApiKind, type Client } from "../../../sim/apiserver/client.ts";
import {
  type Failure,
  type Metric,
  type Proposed,
  proposeByOther,
  type Scene,
} from "../../../sim/controllers/horizontal-pod-autoscaling/other-metrics.ts";
import { runSteps } from "../../../sim/engine/steps.ts";
import { DEFAULT_CONTROLLER_FLAGS } from "../../../sim/model/controller-flags.ts";
import type { ExternalMetricValue, MetricValue, Pod } from "../../../sim/model/objects.ts";

type Served = Partial<Record<ApiKind, readonly unknown[] | ApiError>>;

function scene(served: Served, parts: Partial<Scene> = {}): Scene {
  const client = {
    list: (kind: ApiKind, _options: unknown, done: (answer: unknown) => void) => done(served[kind] ?? []),
  } as unknown as Client;
  return {
    client,
    namespace: "default",
    pods: [pod("a"), pod("b")],
    specReplicas: 2,
    statusReplicas: 2,
    tolerances: { up: 0.1, down: 0.1 },
    flags: DEFAULT_CONTROLLER_FLAGS,
    nowMicros: 600e6,
    ...parts,
  };
}

function pod(name: string, phase = "Running", ready = "True"): Pod {
  return {
    metadata: { name, namespace: "default" },
    spec: { containers: [] },
    status: { phase, conditions: [{ type: "Ready", status: ready }] },
  };
}

const custom = (kind: string, name: string, value: string): MetricValue => ({
  metadata: { name: `requests.${name}` },
  describedObject: { kind, name },
  metric: { name: "requests" },
  value,
});

const external = (value: string, labels = {}): ExternalMetricValue => ({
  metadata: { name: "queue" },
  metricName: "queue",
  metricLabels: labels,
  value,
});

function propose(metric: Metric, given: Scene): Proposed | Failure {
  const answers: (Proposed | Failure)[] = [];
  runSteps(proposeByOther(metric, given), (answer) => answers.push(answer));
  return answers[0]!;
}

const replicas = (answer: Proposed | Failure) => ("replicas" in answer ? answer.replicas : answer.message);

const PODS: Metric = {
  type: "Pods",
  pods: { metric: { name: "requests" }, target: { type: "AverageValue", averageValue: "100" } },
};

test("Pods: the average of all pods against the target", () => {
  const values = (a: string, b: string) => ({ customMetrics: [custom("Pod", "a", a), custom("Pod", "b", b)] });
  assert.is(replicas(propose(PODS, scene(values("150", "150")))), 3);
  assert.is(replicas(propose(PODS, scene(values("100", "118")))), 2, "within the tolerance");
  assert.is(replicas(propose(PODS, scene(values("20", "20")))), 1);
  const answer = propose(PODS, scene(values("150500m", "149500m"))) as Proposed;
  assert.is(answer.name, "pods metric requests");
  assert.equal(answer.status, {
    type: "Pods",
    pods: { metric: { name: "requests" }, current: { averageValue: "150" } },
  });
});

test("Pods: one without a value is taken to be at the target when it goes down, at 0 when it goes up", () => {
  const one = (value: string) => scene({ customMetrics: [custom("Pod", "a", value)] });
  assert.is(replicas(propose(PODS, one("20"))), 2, "(20 + 100) / 2 = 60 %: rounded up");
  assert.is(replicas(propose(PODS, one("300"))), 3);
  assert.is(replicas(propose(PODS, one("120"))), 2, "what turns round is not done");
});

test("Pods: no values, and an adapter that does not answer, are failures with upstream's texts", () => {
  assert.equal(propose(PODS, scene({})), {
    reason: "FailedGetPodsMetric",
    message:
      "failed to get pods metric value: unable to get metric requests: no metrics returned from custom metrics API",
  });
  const down = new ApiError("ServiceUnavailable", "the server is currently unable to handle the request");
  assert.match(
    (propose(PODS, scene({ customMetrics: down })) as Failure).message,
    "unable to fetch metrics from custom metrics API: the server is currently unable to handle the request",
  );
});

const object = (target: NonNullable<Metric["object"]>["target"]): Metric => ({
  type: "Object",
  object: { describedObject: { kind: "Ingress", name: "main" }, metric: { name: "requests" }, target },
});

test("Object: a value for the whole is shared by the pods that are ready", () => {
  const byValue = object({ type: "Value", value: "1k" });
  const served = (value: string) => ({ customMetrics: [custom("Pod", "a", "7"), custom("Ingress", "main", value)] });
  assert.is(replicas(propose(byValue, scene(served("3k")))), 6);
  assert.is(replicas(propose(byValue, scene(served("1050")))), 2);
  const half = { pods: [pod("a"), pod("b", "Running", "False")] };
  assert.is(replicas(propose(byValue, scene(served("3k"), half))), 3, "one of two is ready");
  assert.is((propose(byValue, scene(served("3k"))) as Proposed).name, "Ingress metric requests");
});

test("Object: an average value is divided by the pods that there are", () => {
  const byAverage = object({ type: "AverageValue", averageValue: "100" });
  const served = (value: string) => ({ customMetrics: [custom("Ingress", "main", value)] });
  assert.is(replicas(propose(byAverage, scene(served("510")))), 6);
  assert.is(replicas(propose(byAverage, scene(served("215")))), 2);
  const { status } = propose(byAverage, scene(served("215"))) as Proposed;
  assert.equal(status.object?.current, { averageValue: "107500m" });
});

test("Object: a metric that nobody has is a failure", () => {
  assert.match(
    (propose(object({ type: "Value", value: "1" }), scene({})) as Failure).message,
    "failed to get object metric value: unable to get metric requests: Ingress on default main",
  );
});

const queue = (target: NonNullable<Metric["external"]>["target"], labels?: Record<string, string>): Metric => ({
  type: "External",
  external: {
    metric: { name: "queue", ...(labels === undefined ? {} : { selector: { matchLabels: labels } }) },
    target,
  },
});

test("External: all series that the selector matches are added up", () => {
  const served = {
    externalMetrics: [external("30", { of: "mail" }), external("12", { of: "mail" }), external("500", { of: "web" })],
  };
  const answer = propose(
    queue({ type: "AverageValue", averageValue: "10" }, { of: "mail" }),
    scene(served),
  ) as Proposed;
  assert.is(answer.replicas, 5);
  assert.is(
    answer.name,
    "external metric queue(&LabelSelector{MatchLabels:map[string]string{of: mail,},MatchExpressions:[]LabelSelectorRequirement{},})",
  );
  assert.is(replicas(propose(queue({ type: "Value", value: "21" }, { of: "mail" }), scene(served))), 4);
  assert.is(replicas(propose(queue({ type: "Value", value: "542" }), scene(served))), 2);
});

test("External: nothing left of a queue asks for none, nothing known of it is a failure", () => {
  assert.is(
    replicas(propose(queue({ type: "AverageValue", averageValue: "10" }), scene({ externalMetrics: [external("0")] }))),
    0,
  );
  assert.equal(propose(queue({ type: "AverageValue", averageValue: "10" }), scene({})), {
    reason: "FailedGetExternalMetric",
    message:
      "failed to get queue external metric: unable to get external metric default/queue/nil: no metrics returned from external metrics API",
  });
});

test("a type that does not exist is a failure", () => {
  assert.is((propose({ type: "Odd" }, scene({})) as Failure).message, 'unknown metric source type "Odd"');
});

test.run();
