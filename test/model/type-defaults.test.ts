// Defaults of the API types: upstream's values, idempotent, and pods of one template keep one spec object.
import { test } from "uvu";
import * as assert from "uvu/assert";
import type { CronJob, Deployment, Job, Service, StatefulSet } from "../../sim/model/objects.ts";
import { TemplateDefaults } from "../../sim/model/template-defaults.ts";
import { withTypeDefaults } from "../../sim/model/type-defaults.ts";

const metadata = { name: "x" };
const template = { spec: { containers: [{ name: "c", image: "web:1", readinessProbe: { tcpSocket: {} } }] } };

test("workloads, jobs and services get upstream's values", () => {
  const templates = new TemplateDefaults();
  const deployment = withTypeDefaults("deployments", { metadata, spec: { template } } as Deployment, templates);
  assert.equal(
    [deployment.spec?.replicas, deployment.spec?.revisionHistoryLimit, deployment.spec?.progressDeadlineSeconds],
    [1, 10, 600],
  );
  assert.equal(deployment.spec?.strategy, {
    type: "RollingUpdate",
    rollingUpdate: { maxUnavailable: "25%", maxSurge: "25%" },
  });
  const [container] = deployment.spec!.template!.spec.containers;
  assert.is(container!.imagePullPolicy, "IfNotPresent");
  assert.equal(container!.readinessProbe, {
    tcpSocket: {},
    timeoutSeconds: 1,
    periodSeconds: 10,
    successThreshold: 1,
    failureThreshold: 3,
  });
  const set = withTypeDefaults("statefulSets", { metadata, spec: { template } } as StatefulSet, templates);
  assert.is(set.spec?.podManagementPolicy, "OrderedReady");
  assert.is(set.spec?.template?.spec, deployment.spec?.template?.spec, "one template, one spec");
  const job = withTypeDefaults("jobs", { metadata, spec: { parallelism: 3 } } as Job, templates);
  assert.equal(
    [job.spec?.completions, job.spec?.backoffLimit, job.spec?.completionMode, job.spec?.podReplacementPolicy],
    [undefined, 6, "NonIndexed", "TerminatingOrFailed"],
  );
  const cron = withTypeDefaults("cronJobs", { metadata, spec: {} } as CronJob, templates);
  assert.equal([cron.spec?.concurrencyPolicy, cron.spec?.jobTemplate?.spec?.completions], ["Allow", 1]);
  const service = withTypeDefaults("services", { metadata, spec: { ports: [{ port: 80 }] } } as Service, templates);
  assert.equal(service.spec?.ports, [{ port: 80, protocol: "TCP", targetPort: 80 }]);
  assert.is(service.spec?.type, "ClusterIP");
});

test("what is complete stays the same object", () => {
  const templates = new TemplateDefaults();
  const kinds = ["deployments", "statefulSets", "daemonSets", "replicaSets", "jobs", "cronJobs", "services"] as const;
  for (const kind of [...kinds, "horizontalPodAutoscalers", "persistentVolumeClaims", "storageClasses"] as const) {
    const spec = kind === "cronJobs" ? { jobTemplate: { spec: { template } } } : { template, maxReplicas: 3 };
    const once = withTypeDefaults(kind, { metadata, spec } as never, templates);
    assert.is(withTypeDefaults(kind, once, templates), once, kind);
  }
});

test("latest and untagged images are pulled always, digests and tags when they are missing", () => {
  const policy = (image: string) =>
    new TemplateDefaults().spec({ containers: [{ name: "c", image }] }).containers[0]!.imagePullPolicy;
  assert.equal(["web", "web:latest", "r:5000/web", "r:5000/web:2", "web@sha256:1"].map(policy), [
    "Always",
    "Always",
    "Always",
    "IfNotPresent",
    "IfNotPresent",
  ]);
});

test("a workload without a selector selects its template's labels, or gets one of its own", () => {
  const templates = new TemplateDefaults();
  const bare = withTypeDefaults("deployments", { metadata, spec: { template } } as Deployment, templates);
  assert.equal(bare.spec?.selector, { matchLabels: { "kubedrill.dev/workload": "x" } });
  assert.equal(bare.spec?.template?.metadata?.labels, { "kubedrill.dev/workload": "x" });
  const labelled = { ...template, metadata: { labels: { app: "a" } } };
  const set = withTypeDefaults("statefulSets", { metadata, spec: { template: labelled } } as StatefulSet, templates);
  assert.equal(set.spec?.selector, { matchLabels: { app: "a" } });
  assert.is(withTypeDefaults("statefulSets", set, templates), set, "idempotent");
});

test("specs of their own around the same containers get the same complete containers", () => {
  const templates = new TemplateDefaults();
  const containers = [{ name: "c", image: "app:v1", ports: [{ containerPort: 80 }] }];
  const [one, other] = [templates.spec({ containers }), templates.spec({ containers, nodeName: "n" })];
  assert.is(one.containers, other.containers);
  assert.is(templates.spec({ ...one, nodeName: "m" }).containers, one.containers);
  const onHost = templates.spec({ containers, hostNetwork: true }).containers;
  assert.is(onHost[0]?.ports?.[0]?.hostPort, 80);
  assert.is(one.containers[0]?.ports?.[0]?.hostPort, undefined);
});

test.run();
