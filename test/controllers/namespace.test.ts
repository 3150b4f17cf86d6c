// Deletion of namespaces as recorded in 14-quota-namespace-gc, and what every namespace gets.
import { test } from "uvu";
import * as assert from "uvu/assert";
import { namespaceController } from "../../sim/controllers/namespace.ts";
import { rootCaPublisherController, serviceAccountController } from "../../sim/controllers/service-account.ts";
import type { Pod } from "../../sim/model/objects.ts";
import { SmallWorld } from "./small-world.ts";

const pod = (name: string, stop: string): Pod => ({
  apiVersion: "v1",
  kind: "Pod",
  metadata: { name, namespace: "doomed", annotations: { "kubedrill.io/stop": stop } },
  spec: { containers: [{ name: "c" }], terminationGracePeriodSeconds: 30 },
});

function doomed(controllers = [namespaceController]): SmallWorld {
  const w = new SmallWorld(controllers);
  w.create("namespaces", { apiVersion: "v1", kind: "Namespace", metadata: { name: "doomed" } }, 1);
  return w;
}

test("an empty namespace goes five seconds after it was asked to", () => {
  const w = doomed();
  w.delete("namespaces", "doomed", {}, 10);
  w.run(10.1);
  assert.is(w.get("namespaces", "doomed").status?.phase, "Terminating");
  w.run(20);
  const gone = w.changesOf("namespaces", "doomed").find(({ type }) => type === "DELETED");
  assert.ok(gone !== undefined && gone.t > 15 && gone.t < 15.5, `${gone?.t}`);
});

test("pods go first; the rest when they are gone, five seconds after the conditions were written", () => {
  const w = doomed();
  w.create("pods", pod("a", "2"), 2);
  w.create("pods", pod("b", "2"), 2);
  w.create("configMaps", { apiVersion: "v1", kind: "ConfigMap", metadata: { name: "c", namespace: "doomed" } }, 2);
  w.delete("namespaces", "doomed", {}, 10);
  w.run(16);
  const marked = w.changesOf("pods", "a").find(({ object }) => object.metadata.deletionTimestamp != null);
  assert.ok((marked?.t ?? 0) > 15 && (marked?.t ?? 0) < 15.1);
  assert.ok(w.has("configMaps", "doomed/c"), "the pods may need it");
  const conditions = w.get("namespaces", "doomed").status?.conditions ?? [];
  assert.equal(
    conditions.map(({ reason, status, type }) => `${type}=${status}:${reason}`),
    [
      "NamespaceDeletionDiscoveryFailure=False:ResourcesDiscovered",
      "NamespaceDeletionGroupVersionParsingFailure=False:ParsedGroupVersions",
      "NamespaceDeletionContentFailure=False:ContentDeleted",
      "NamespaceContentRemaining=False:ContentRemoved",
      "NamespaceFinalizersRemaining=False:ContentHasNoFinalizers",
    ],
  );
  w.run(30);
  const gone = w.changesOf("namespaces", "doomed").find(({ type }) => type === "DELETED")?.t ?? 0;
  assert.ok(gone > 20 && gone < 20.5, `${gone}`);
  assert.equal(w.list("configMaps"), []);
});

test("pods that take long are waited for by half of their grace at most", () => {
  const w = doomed();
  w.create("pods", pod("slow", "29"), 2);
  w.delete("namespaces", "doomed", {}, 10);
  w.run(60);
  const gone = w.changesOf("namespaces", "doomed").find(({ type }) => type === "DELETED")?.t ?? 0;
  // looked at 15, 20, 36 and 52 s; the pod is gone at 44 s
  assert.ok(gone > 51 && gone < 53, `${gone}`);
});

test("a finalizer that nobody removes keeps the namespace, and its conditions say so", () => {
  const w = doomed();
  const metadata = { name: "stuck", namespace: "doomed", finalizers: ["example.com/keep"] };
  w.create("configMaps", { apiVersion: "v1", kind: "ConfigMap", metadata }, 2);
  w.delete("namespaces", "doomed", {}, 10);
  w.run(60);
  const conditions = w.get("namespaces", "doomed").status?.conditions ?? [];
  const texts = conditions.filter(({ status }) => status === "True").map(({ message, type }) => `${type}: ${message}`);
  assert.equal(texts, [
    "NamespaceContentRemaining: Some resources are remaining: configmaps. has 1 resource instances",
    "NamespaceFinalizersRemaining: Some content in the namespace has finalizers remaining: example.com/keep in 1 resource instances",
  ]);
  w.patch("configMaps", "doomed/stuck", (c) => ({ ...c, metadata: { ...c.metadata, finalizers: [] } }));
  w.run(80);
  assert.not.ok(w.has("namespaces", "doomed"));
});

test("each namespace gets a service account and the root certificate, and gets them again", () => {
  const w = doomed([serviceAccountController, rootCaPublisherController]);
  w.run(5);
  assert.ok(w.has("serviceAccounts", "doomed/default"));
  assert.ok(w.has("configMaps", "doomed/kube-root-ca.crt"));
  w.delete("serviceAccounts", "doomed/default");
  w.run(6);
  assert.ok(w.has("serviceAccounts", "doomed/default"));
  assert.is(w.changesOf("serviceAccounts", "default").length, 3);
});

test.run();
