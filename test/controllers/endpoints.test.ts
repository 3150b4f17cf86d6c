// The Endpoints controller and the one that mirrors what people write into Endpoints: what they write, when, and what they leave alone.
import { test } from "uvu";
import * as assert from "uvu/assert";
import { ApiError } from "../../sim/apiserver/client.ts";
import { endpointSliceMirroringController } from "../../sim/controllers/endpoint-slice-mirroring.ts";
import { endpointsController } from "../../sim/controllers/endpoints.ts";
import type { EndpointSlice, Endpoints, Pod, Service } from "../../sim/model/objects.ts";
import { World } from "./world.ts";

const world = (options: Partial<ConstructorParameters<typeof World>[0]> = {}) =>
  new World({ controllers: [endpointsController, endpointSliceMirroringController], hasKubelets: false, ...options });

const service = (name: string, parts: Service["spec"] = {}): Service => ({
  apiVersion: "v1",
  kind: "Service",
  metadata: { name, namespace: "default", labels: { team: "a" } },
  spec: { selector: { app: name }, ports: [{ name: "http", port: 80, targetPort: 8080 }], ...parts },
});

const pod = (name: string, app: string, ip: string, ready = true): Pod => ({
  apiVersion: "v1",
  kind: "Pod",
  metadata: { name, namespace: "default", labels: { app } },
  spec: { nodeName: "node-0", containers: [{ name: "c", ports: [{ name: "web", containerPort: 9090 }] }] },
  status: { phase: "Running", podIP: ip, conditions: [{ type: "Ready", status: ready ? "True" : "False" }] },
});

/** Created and then run, as the API server takes no status with a new pod. */
function addPod(w: World, running: Pod): void {
  w.create("pods", running);
  w.run(0.1);
  w.patchStatus("pods", `default/${running.metadata.name}`, (before) => ({ ...before, status: running.status }));
}

function addressesOf(w: World, name: string): (readonly [string, string, string])[] {
  return (w.get("endpoints", `default/${name}`).subsets ?? []).map(({ addresses, notReadyAddresses, ports }) => [
    (addresses ?? []).map(({ ip }) => ip).join(" "),
    (notReadyAddresses ?? []).map(({ ip }) => ip).join(" "),
    (ports ?? []).map(({ port }) => port).join(" "),
  ]);
}

const writes = (w: World) => w.changes.filter(({ kind }) => kind === "endpoints").length;

const setReady = (w: World, name: string, status: string) =>
  w.patchStatus("pods", `default/${name}`, (before) => ({
    ...before,
    status: { ...before.status, conditions: [{ type: "Ready", status }] },
  }));

test("ready and unready pods with an address are in the object of the Service's name, in order of their addresses", () => {
  const w = world();
  w.create("services", service("web"));
  addPod(w, pod("b", "web", "10.0.0.2"));
  addPod(w, pod("a", "web", "10.0.0.1"));
  addPod(w, pod("c", "web", "10.0.0.3", false));
  addPod(w, pod("waiting", "web", ""));
  addPod(w, pod("other", "else", "10.0.0.9"));
  w.run(5);
  assert.equal(addressesOf(w, "web"), [["10.0.0.1 10.0.0.2", "10.0.0.3", "8080"]]);
  const { metadata, subsets } = w.get("endpoints", "default/web");
  assert.equal(metadata.labels, {
    team: "a",
    "endpoints.kubernetes.io/managed-by": "endpoint-controller",
    "service.kubernetes.io/headless": "",
  });
  assert.is(subsets?.[0]?.addresses?.[0]?.targetRef?.name, "a");
});

test("it is written only when something in it changes", () => {
  const w = world();
  w.create("services", service("web"));
  addPod(w, pod("a", "web", "10.0.0.1"));
  w.run(5);
  const before = writes(w);
  w.patch("pods", "default/a", (known) => ({ ...known, metadata: { ...known.metadata, annotations: { x: "1" } } }));
  w.run(60);
  assert.is(writes(w), before);
  setReady(w, "a", "False");
  w.run(1);
  assert.is(writes(w), before + 1);
  assert.equal(addressesOf(w, "web"), [["", "10.0.0.1", "8080"]]);
});

test("terminating and finished pods leave, unless the Service publishes what is not ready", () => {
  const w = world();
  w.create("services", service("web"));
  w.create("services", service("all", { selector: { app: "web" }, publishNotReadyAddresses: true }));
  addPod(w, pod("a", "web", "10.0.0.1"));
  addPod(w, pod("b", "web", "10.0.0.2", false));
  addPod(w, pod("c", "web", "10.0.0.3"));
  w.run(2);
  w.delete("pods", "default/a", 30);
  w.patchStatus("pods", "default/c", (known) => ({ ...known, status: { ...known.status, phase: "Failed" } }));
  w.run(2);
  assert.equal(addressesOf(w, "web"), [["", "10.0.0.2", "8080"]]);
  assert.equal(addressesOf(w, "all"), [["10.0.0.1 10.0.0.2", "", "8080"]]);
});

test("pods that give a named port different numbers are in subsets of their own; one that has it not is in none", () => {
  const w = world();
  w.create("services", service("web", { ports: [{ port: 80, targetPort: "web" }] }));
  const odd = pod("b", "web", "10.0.0.2");
  addPod(w, pod("a", "web", "10.0.0.1"));
  addPod(w, {
    ...odd,
    spec: { ...odd.spec, containers: [{ name: "c", ports: [{ name: "web", containerPort: 70 }] }] },
  });
  addPod(w, { ...pod("c", "web", "10.0.0.3"), spec: { nodeName: "node-0", containers: [{ name: "c" }] } });
  w.run(2);
  assert.equal(addressesOf(w, "web"), [
    ["10.0.0.2", "", "70"],
    ["10.0.0.1", "", "9090"],
  ]);
});

test("a deleted Service takes it along; one that was deleted by hand is made again", () => {
  const w = world();
  w.create("services", service("web"));
  w.run(1);
  w.delete("endpoints", "default/web");
  w.run(1);
  assert.is(w.list("endpoints").length, 1);
  w.delete("services", "default/web");
  w.run(1);
  assert.is(w.list("endpoints").length, 0);
});

test("what was left behind while no controller ran goes when one starts, but not what an old leader election keeps there", () => {
  const w = world();
  const orphan = (name: string, annotations = {}): Endpoints => ({
    metadata: { name, namespace: "default", annotations },
  });
  w.create("endpoints", orphan("gone"));
  w.create("endpoints", orphan("election", { "control-plane.alpha.kubernetes.io/leader": "{}" }));
  w.run(1);
  w.restartControllers();
  w.run(1);
  assert.equal(
    w.list("endpoints").map(({ metadata }) => metadata.name),
    ["election"],
  );
});

test("a restarted controller finds nothing to do", () => {
  const w = world();
  w.create("services", service("web"));
  addPod(w, pod("a", "web", "10.0.0.1"));
  w.run(5);
  const before = writes(w);
  w.restartControllers();
  w.run(60);
  assert.is(writes(w), before);
});

test("a creation that fails is an Event in `default`, and tried again", () => {
  let refusals = 0;
  const refuses = (kind: string) =>
    kind === "endpoints" && refusals++ < 2 ? new ApiError("AlreadyExists", 'endpoints "web" already exists') : null;
  const w = world({ refuses });
  w.create("services", service("web"));
  w.run(5);
  assert.equal(w.messages("Endpoints", "FailedToCreateEndpoint").slice(0, 1), [
    'Failed to create endpoint for service default/web: endpoints "web" already exists',
  ]);
  assert.is(w.list("endpoints").length, 1);
});

const own = (parts: Partial<Endpoints["metadata"]> = {}): Endpoints => ({
  apiVersion: "v1",
  kind: "Endpoints",
  metadata: { name: "db", namespace: "default", ...parts },
  subsets: [
    { addresses: [{ ip: "1.2.3.4" }], notReadyAddresses: [{ ip: "1.2.3.5" }], ports: [{ name: "sql", port: 5432 }] },
  ],
});

const mirrored = (w: World) =>
  (w.list("endpointSlices") as EndpointSlice[]).map(({ endpoints, metadata, ports }) => [
    metadata.labels?.["endpointslice.kubernetes.io/managed-by"],
    metadata.labels?.["kubernetes.io/service-name"],
    endpoints.map(({ addresses, conditions }) => `${addresses[0]} ${conditions?.ready}`).join(", "),
    ports?.map(({ port }) => port).join(" "),
  ]);
const MIRROR = "endpointslicemirroring-controller.k8s.io";

test("Endpoints that people write for a Service without selector are mirrored into a slice, and follow", () => {
  const w = world();
  w.create("endpoints", own());
  w.run(1);
  assert.equal(mirrored(w), [], "no Service yet");
  w.create("services", service("db", { selector: null }));
  w.run(1);
  assert.equal(mirrored(w), [[MIRROR, "db", "1.2.3.4 true, 1.2.3.5 false", "5432"]]);
  w.patch("endpoints", "default/db", (before) => ({
    ...before,
    subsets: [{ addresses: [{ ip: "1.2.3.6" }], ports: [{ name: "sql", port: 5432 }] }],
  }));
  w.run(1);
  assert.equal(mirrored(w), [[MIRROR, "db", "1.2.3.6 true", "5432"]]);
  w.delete("endpoints", "default/db");
  w.run(1);
  assert.equal(mirrored(w), []);
});

test("what says so, what the Endpoints controller keeps and leader elections are not mirrored", () => {
  const w = world();
  w.create("services", service("db", { selector: null }));
  w.create("endpoints", own({ labels: { "endpointslice.kubernetes.io/skip-mirror": "true" } }));
  w.create("services", service("web"));
  addPod(w, pod("a", "web", "10.0.0.1"));
  w.run(5);
  assert.is(w.list("endpoints").length, 2);
  assert.equal(mirrored(w), []);
});

test.run();
