// The HPA controller against the recording 13-hpa/default-behavior-2-12: when it scales, by how much, and what its conditions say.
import { test } from "uvu";
import * as assert from "uvu/assert";
import { deploymentController } from "../../sim/controllers/deployment.ts";
import { horizontalPodAutoscalingController } from "../../sim/controllers/horizontal-pod-autoscaling.ts";
import { replicaSetController } from "../../sim/controllers/replica-set.ts";
import { SECOND } from "../../sim/engine/tick.ts";
import type { HorizontalPodAutoscaler, PodMetrics } from "../../sim/model/objects.ts";
import { timestampAt } from "../../sim/model/timestamp.ts";
import { SmallWorld } from "./small-world.ts";

type Spec = NonNullable<HorizontalPodAutoscaler["spec"]>;

/** Deployment web, whose ready pods share a load in millicores. */
function world(replicas: number, loadAt: (seconds: number) => number, spec: Partial<Spec> = {}): SmallWorld {
  const w = new SmallWorld([deploymentController, replicaSetController, horizontalPodAutoscalingController]);
  const annotations = { "kubedrill.io/pull": "0.5", "kubedrill.io/start": "0.3", "kubedrill.io/ready": "3" };
  const labels = { app: "web" };
  const container = { name: "c", resources: { requests: { cpu: "200m" } } };
  w.create(
    "deployments",
    {
      apiVersion: "apps/v1",
      kind: "Deployment",
      metadata: { name: "web", namespace: "default" },
      spec: {
        replicas,
        selector: { matchLabels: labels },
        template: { metadata: { labels, annotations }, spec: { containers: [container] } },
      },
    },
    6,
  );
  w.create(
    "horizontalPodAutoscalers",
    {
      apiVersion: "autoscaling/v2",
      kind: "HorizontalPodAutoscaler",
      metadata: { name: "web", namespace: "default" },
      spec: {
        scaleTargetRef: { apiVersion: "apps/v1", kind: "Deployment", name: "web" },
        minReplicas: 2,
        maxReplicas: 12,
        metrics: [
          { type: "Resource", resource: { name: "cpu", target: { type: "Utilization", averageUtilization: 50 } } },
        ],
        ...spec,
      },
    },
    11.281,
  );
  w.server.aggregate("podMetrics", {
    list: () => {
      const ready = w.list("pods").filter(({ metadata, status }) => {
        const isReady = status?.conditions?.some(({ status: is, type }) => type === "Ready" && is === "True");
        return isReady && metadata.deletionTimestamp == null;
      });
      const each = Math.round(loadAt(w.engine.now / SECOND) / Math.max(1, ready.length));
      return ready.map(
        ({ metadata }): PodMetrics => ({
          apiVersion: "metrics.k8s.io/v1beta1",
          kind: "PodMetrics",
          metadata: { name: metadata.name, namespace: "default" },
          timestamp: timestampAt(w.engine.now),
          window: "15s",
          containers: [{ name: "c", usage: { cpu: `${each}m` } }],
        }),
      );
    },
  });
  return w;
}

const rescales = (w: SmallWorld) => {
  const found: string[] = [];
  for (const { object, t } of w.changesOf("deployments", "web")) {
    const text = String(object.spec?.replicas);
    if (found.at(-1)?.split(" ")[1] !== text) found.push(`${Math.round(t)} ${text}`);
  }
  return found;
};

const conditionsAt = (w: SmallWorld) =>
  (w.get("horizontalPodAutoscalers", "default/web").status?.conditions ?? []).map(
    ({ reason, status, type }) => `${type}=${status[0]}:${reason}`,
  );

test("up by doubling, in steps of 15 s, to the maximum; down when five minutes have passed", () => {
  const w = world(2, (seconds) => (seconds < 41 ? 200 : seconds < 191 ? 2400 : 600));
  w.run(30);
  assert.equal(conditionsAt(w), [
    "AbleToScale=T:ReadyForNewScale",
    "ScalingActive=T:ValidMetricFound",
    "ScalingLimited=F:DesiredWithinRange",
  ]);
  w.run(43);
  assert.equal(conditionsAt(w), [
    "AbleToScale=T:SucceededRescale",
    "ScalingActive=T:ValidMetricFound",
    "ScalingLimited=T:ScaleUpLimit",
  ]);
  w.run(75);
  assert.equal(conditionsAt(w)[2], "ScalingLimited=T:TooManyReplicas");
  w.run(90);
  assert.equal(
    conditionsAt(w)[0],
    "AbleToScale=T:ScaleDownStabilized",
    "new pods count as idle until their metrics are whole",
  );
  w.run(105);
  assert.equal(conditionsAt(w)[0], "AbleToScale=T:ReadyForNewScale");
  w.run(200);
  assert.equal(conditionsAt(w)[0], "AbleToScale=T:ScaleDownStabilized");
  w.run(500);
  const scaled = rescales(w);
  assert.equal(scaled.slice(0, 4), ["6 2", "41 4", "56 8", "71 12"]);
  assert.match(scaled[4] ?? "", /^47\d|^48\d/);
  assert.is(scaled[4]?.split(" ")[1], "6");
  assert.equal(
    w.events("web").filter((text) => text.startsWith("SuccessfulRescale")),
    [
      "SuccessfulRescale: New size: 4; reason: cpu resource utilization (percentage of request) above target",
      "SuccessfulRescale: New size: 8; reason: cpu resource utilization (percentage of request) above target",
      "SuccessfulRescale: New size: 12; reason: cpu resource utilization (percentage of request) above target",
      "SuccessfulRescale: New size: 6; reason: All metrics below target",
    ],
  );
});

test("a use within a tenth of the target changes nothing", () => {
  const w = world(4, () => 420);
  w.run(120);
  assert.equal(rescales(w), ["6 4"]);
  assert.is(w.get("horizontalPodAutoscalers", "default/web").status?.desiredReplicas, 4);
});

test("outside of its limits the number is corrected without metrics", () => {
  const w = world(1, () => 0);
  w.run(30);
  assert.equal(rescales(w).at(-1), "26 2");
  assert.ok(
    w
      .events("web")
      .includes("SuccessfulRescale: New size: 2; reason: Current number of replicas below Spec.MinReplicas"),
  );
});

test("without metrics nothing is done, and it is told", () => {
  const w = new SmallWorld([deploymentController, replicaSetController, horizontalPodAutoscalingController]);
  const labels = { app: "web" };
  const template = {
    metadata: { labels },
    spec: { containers: [{ name: "c", resources: { requests: { cpu: "1" } } }] },
  };
  const spec = { replicas: 3, selector: { matchLabels: labels }, template };
  w.create(
    "deployments",
    { apiVersion: "apps/v1", kind: "Deployment", metadata: { name: "web", namespace: "default" }, spec },
    1,
  );
  const scaleTargetRef = { apiVersion: "apps/v1", kind: "Deployment", name: "web" };
  w.create(
    "horizontalPodAutoscalers",
    {
      apiVersion: "autoscaling/v2",
      kind: "HorizontalPodAutoscaler",
      metadata: { name: "web", namespace: "default" },
      spec: { scaleTargetRef, minReplicas: 1, maxReplicas: 10 },
    },
    2,
  );
  w.create(
    "horizontalPodAutoscalers",
    {
      apiVersion: "autoscaling/v2",
      kind: "HorizontalPodAutoscaler",
      metadata: { name: "lost", namespace: "default" },
      spec: { scaleTargetRef: { ...scaleTargetRef, name: "none" }, maxReplicas: 10 },
    },
    2,
  );
  w.server.aggregate("podMetrics", { list: () => [] });
  w.run(30);
  assert.equal(conditionsAt(w), ["AbleToScale=T:SucceededGetScale", "ScalingActive=F:FailedGetResourceMetric"]);
  assert.match(
    w.events("web").join("\n"),
    /FailedComputeMetricsReplicas: invalid metrics \(1 invalid out of 1\), first error is: failed to get cpu utilization: unable to get metrics for resource cpu: no metrics returned from resource metrics API/,
  );
  assert.match(w.events("lost").join("\n"), /^FailedGetScale: .*"none" not found/);
});

test("a behavior limits how fast it grows and shrinks", () => {
  const behavior = {
    scaleUp: { policies: [{ type: "Pods", value: 1, periodSeconds: 60 }] },
    scaleDown: { stabilizationWindowSeconds: 0, policies: [{ type: "Percent", value: 50, periodSeconds: 60 }] },
  };
  const w = world(2, (seconds) => (seconds < 200 ? 2400 : 50), { behavior });
  w.run(190);
  assert.equal(
    rescales(w).map((text) => text.split(" ")[1]),
    ["2", "3", "4", "5"],
    "one each minute",
  );
  w.run(260);
  assert.equal(rescales(w).at(-1)?.split(" ")[1], "2", "by half, and not below the minimum");
});

test.run();
