// The quota controller: what is counted, and when it is counted again.
import { test } from "uvu";
import * as assert from "uvu/assert";
import { kindsOf } from "../../sim/controllers/resource-quota/recount.ts";
import { resourceQuotaController } from "../../sim/controllers/resource-quota.ts";
import type { Pod, ResourceQuota } from "../../sim/model/objects.ts";
import { SmallWorld } from "./small-world.ts";

const quota = (
  hard: Record<string, string>,
  more: Partial<NonNullable<ResourceQuota["spec"]>> = {},
): ResourceQuota => ({
  apiVersion: "v1",
  kind: "ResourceQuota",
  metadata: { name: "q", namespace: "default" },
  spec: { hard, ...more },
});
const pod = (name: string, requests: Record<string, string>, spec = {}, annotations = {}): Pod => ({
  apiVersion: "v1",
  kind: "Pod",
  metadata: { name, namespace: "default", annotations },
  spec: { containers: [{ name: "c", resources: { requests } }], terminationGracePeriodSeconds: 30, ...spec },
});
const used = (w: SmallWorld) => w.get("resourceQuotas", "default/q").status?.used;

test("a new quota is counted at once, in the words of the API", () => {
  const w = new SmallWorld([resourceQuotaController]);
  w.create("pods", pod("a", { cpu: "100m", memory: "64Mi" }), 1);
  w.create("pods", pod("b", { cpu: "1900m", memory: "64Mi" }), 1);
  w.create("configMaps", { apiVersion: "v1", kind: "ConfigMap", metadata: { name: "c", namespace: "default" } }, 1);
  w.create(
    "resourceQuotas",
    quota({ pods: "4", "requests.cpu": "2", "requests.memory": "1Gi", "count/configmaps": "6", services: "3" }),
    3,
  );
  w.run(4);
  assert.equal(used(w), {
    "count/configmaps": "1",
    pods: "2",
    "requests.cpu": "2",
    "requests.memory": "128Mi",
    services: "0",
  });
  assert.equal(w.get("resourceQuotas", "default/q").status?.hard?.pods, "4");
});

test("a pod that ends, or is gone, gives back what it used", () => {
  const w = new SmallWorld([resourceQuotaController]);
  w.create("pods", pod("ends", { cpu: "300m" }, {}, { "kubedrill.io/run": "8" }), 1);
  w.create("pods", pod("stays", { cpu: "200m" }, {}, { "kubedrill.io/stop": "5" }), 1);
  w.create("resourceQuotas", quota({ pods: "4", "requests.cpu": "2" }), 3);
  w.run(5);
  assert.equal(used(w), { pods: "2", "requests.cpu": "500m" });
  w.run(15);
  assert.equal(used(w), { pods: "1", "requests.cpu": "200m" });
  w.delete("pods", "default/stays", {}, 20);
  w.run(24);
  assert.equal(used(w), { pods: "1", "requests.cpu": "200m" }, "it may still run");
  w.run(26);
  assert.equal(used(w), { pods: "0", "requests.cpu": "0" });
});

test("scopes leave out what they do not mean", () => {
  const w = new SmallWorld([resourceQuotaController]);
  w.create("pods", pod("effort", {}), 1);
  w.create("pods", pod("burst", { cpu: "1" }), 1);
  w.create("resourceQuotas", quota({ pods: "4" }, { scopes: ["BestEffort"] }), 3);
  w.run(4);
  assert.equal(used(w), { pods: "1" });
});

test("creations are admission's: without it they are seen after five minutes", () => {
  const w = new SmallWorld([resourceQuotaController]);
  w.create("resourceQuotas", quota({ "count/secrets": "4" }), 3);
  w.create("secrets", { apiVersion: "v1", kind: "Secret", metadata: { name: "s", namespace: "default" } }, 10);
  w.run(250);
  const before = used(w)?.["count/secrets"];
  w.run(310);
  assert.equal([before, used(w)?.["count/secrets"]].at(-1), "1");
});

test("a changed limit is taken over", () => {
  const w = new SmallWorld([resourceQuotaController]);
  w.create("resourceQuotas", quota({ pods: "4" }), 3);
  w.patch("resourceQuotas", "default/q", (before) => ({ ...before, spec: { hard: { pods: "20" } } }), 5);
  w.run(6);
  assert.equal(w.get("resourceQuotas", "default/q").status, { hard: { pods: "20" }, used: { pods: "0" } });
});

test("each resource belongs to its kind", () => {
  assert.equal(kindsOf("requests.nvidia.com/gpu"), ["pods"]);
  assert.equal(kindsOf("requests.storage"), ["persistentVolumeClaims"]);
  assert.equal(kindsOf("fast.storageclass.storage.k8s.io/persistentvolumeclaims"), ["persistentVolumeClaims"]);
  assert.equal(kindsOf("count/deployments.apps"), ["deployments"]);
  assert.equal(kindsOf("services.nodeports"), ["services"]);
  assert.equal(kindsOf("configmaps"), ["configMaps"]);
});

test.run();
