// Services get the addresses that kube-apiserver would give them. Proves: "from the service CIDR, the lower end being left to those who
// ask"; "None stays None"; "node ports for NodePort and LoadBalancer"; "what was allocated stays at a replacement"; "free after deletion".
import { test } from "uvu";
import * as assert from "uvu/assert";
import { ApiError } from "../../sim/apiserver/client.ts";
import { ServiceAddresses } from "../../sim/apiserver/service-addresses.ts";
import { createStream } from "../../sim/engine/random.ts";
import type { Service } from "../../sim/model/objects.ts";
import { smallServer } from "./small-server.ts";

const addresses = () => new ServiceAddresses((path) => createStream("1", path));

function service(spec: Service["spec"], name = "web"): Service {
  return { apiVersion: "v1", kind: "Service", metadata: { name, namespace: "default" }, spec };
}

function given(from: ServiceAddresses, asked: Service): Service {
  const answer = from.allocate(`default/${asked.metadata.name}`, asked);
  assert.not(answer instanceof ApiError, "it is given");
  return answer as Service;
}

const portsOf = ({ spec }: Service) => (spec?.ports ?? []).map(({ nodePort }) => nodePort);

test("each Service gets an address of its own from the upper part of the range", () => {
  const all = addresses();
  const seen = new Set<string>();
  for (let i = 0; i < 500; i++) {
    const { clusterIP = "", clusterIPs } = given(all, service({ ports: [{ port: 80 }] }, `web-${i}`)).spec ?? {};
    const [a, b = 0, c = 0] = clusterIP.split(".").map(Number);
    assert.ok(a === 10 && b >= 96 && b < 112, clusterIP);
    assert.not(b === 96 && c === 0, "the first 256 are for those who ask");
    assert.equal(clusterIPs, [clusterIP]);
    seen.add(clusterIP);
  }
  assert.is(seen.size, 500);
});

test("headless and external ones get none", () => {
  assert.is(given(addresses(), service({ clusterIP: "None" })).spec?.clusterIP, "None");
  assert.is(given(addresses(), service({ type: "ExternalName" })).spec?.clusterIP, undefined);
});

test("every port of NodePort and LoadBalancer gets a node port, unless it is not to", () => {
  const all = addresses();
  const ports = [{ port: 80 }, { port: 443 }];
  const [first = 0, second = 0] = portsOf(given(all, service({ type: "NodePort", ports })));
  assert.ok(first !== second && first >= 30_000 && second >= 30_000 && first < 32_768 && second < 32_768);
  assert.is(portsOf(given(all, service({ type: "LoadBalancer", ports }, "balanced"))).filter(Boolean).length, 2);
  const spec = { type: "LoadBalancer", ports, allocateLoadBalancerNodePorts: false };
  assert.equal(portsOf(given(all, service(spec, "direct"))), [undefined, undefined]);
});

test("what somebody else has is refused, and can be had after he is gone", () => {
  const all = addresses();
  const asked = service({ type: "NodePort", clusterIP: "10.96.0.53", ports: [{ port: 80, nodePort: 30_001 }] }, "a");
  given(all, asked);
  const same = (spec: Service["spec"]) => all.allocate("default/b", service(spec, "b"));
  const ip = same({ clusterIP: "10.96.0.53" });
  assert.is(
    ip instanceof ApiError && ip.message,
    'Service "b" is invalid: spec.clusterIPs: Invalid value: ["10.96.0.53"]: failed to allocate IP 10.96.0.53: provided IP is already allocated',
  );
  const port = same({ type: "NodePort", ports: [{ port: 80, nodePort: 30_001 }] });
  assert.is(
    port instanceof ApiError && port.message,
    'Service "b" is invalid: spec.ports[0].nodePort: Invalid value: 30001: provided port is already allocated',
  );
  all.gone("default/a");
  assert.is(given(all, { ...asked, metadata: { name: "b" } }).spec?.clusterIP, "10.96.0.53");
});

test("a replacement that does not name them keeps them; another type lets node ports go", () => {
  const all = addresses();
  const before = given(all, service({ type: "LoadBalancer", ports: [{ port: 80 }] }));
  const after = all.replace(
    "default/web",
    before,
    service({ type: "LoadBalancer", ports: [{ port: 80 }, { port: 81 }] }),
  );
  assert.is(after.spec?.clusterIP, before.spec?.clusterIP);
  assert.is(portsOf(after)[0], portsOf(before)[0]);
  assert.ok(portsOf(after)[1]);
  const internal = all.replace("default/web", before, service({ ...before.spec, type: "ClusterIP" }));
  assert.equal(portsOf(internal), [undefined]);
  assert.is(internal.spec?.clusterIP, before.spec?.clusterIP);
});

test("the API server gives them, keeps them at an apply, and takes them back", () => {
  const { admin, ask, create } = smallServer({ serviceAddresses: addresses() });
  const made = create("services", service({ type: "LoadBalancer", ports: [{ port: 80 }] })) as Service;
  const { clusterIP } = made.spec ?? {};
  assert.match(clusterIP ?? "", /^10\./);
  const again = { ...made, spec: { type: "LoadBalancer", ports: [{ port: 80 }] } };
  const applied = ask<Service>((done) => admin.update("services", again, done)) as Service;
  assert.is(applied.spec?.clusterIP, clusterIP);
  assert.equal(portsOf(applied), portsOf(made));
  const wanted = service({ clusterIP }, "other");
  assert.ok(create("services", wanted) instanceof ApiError);
  ask<null>((done) => admin.delete("services", "default/web", {}, done));
  assert.not(create("services", wanted) instanceof ApiError);
});

test.run();
