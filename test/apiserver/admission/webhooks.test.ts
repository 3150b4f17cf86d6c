// Webhooks: whom they are asked about, and what their absence, slowness and refusals do to requests.
import { test } from "uvu";
import * as assert from "uvu/assert";
import { ApiFaultPoints } from "../../../sim/apiserver/fault-points.ts";
import { SECOND } from "../../../sim/engine/tick.ts";
import { namespace, type SmallServer, smallServer, textOf } from "../small-server.ts";

const PODS = [{ operations: ["CREATE"], apiGroups: [""], apiVersions: ["v1"], resources: ["pods"] }];
const SERVICE = { service: { namespace: "system", name: "hook" } };

function withWebhook(webhook: object, answers?: () => "open" | "refused" | "silent"): SmallServer {
  const server = smallServer({ admission: answers === undefined ? {} : { answers } });
  for (const name of ["default", "system"]) server.create("namespaces", namespace(name, { team: name }));
  server.create("validatingWebhookConfigurations", {
    metadata: { name: "policy" },
    webhooks: [{ name: "policy.example.com", rules: PODS, clientConfig: SERVICE, timeoutSeconds: 5, ...webhook }],
  });
  return server;
}

function service(server: SmallServer, ready = true): void {
  server.create("services", { metadata: { name: "hook", namespace: "system" }, spec: {} });
  server.create("endpointSlices", {
    metadata: { name: "hook-1", namespace: "system", labels: { "kubernetes.io/service-name": "hook" } },
    addressType: "IPv4",
    endpoints: [{ addresses: ["10.0.0.1"], conditions: { ready }, targetRef: { kind: "Pod", uid: "u" } }],
  });
}

const pod = (name: string, space = "default") => ({
  metadata: { name, namespace: space },
  spec: { containers: [{ name: "c", image: "i" }] },
});
const create = (server: SmallServer, name: string, space?: string) => textOf(server.create("pods", pod(name, space)));
const POST =
  'failed calling webhook "policy.example.com": failed to call webhook: Post "https://hook.system.svc:443/?timeout=5s"';

test("a webhook that answers costs its latency", () => {
  const server = withWebhook({});
  service(server);
  assert.is(create(server, "a"), "ok");
  const begin = server.engine.now;
  let end = 0;
  server.admin.create("pods", pod("b") as never, () => {
    end = server.engine.now;
  });
  server.run(1);
  assert.ok(end - begin >= 6000, `${end - begin}`);
});

test("nobody behind its Service: requests fail, or pass where the policy is Ignore", () => {
  const server = withWebhook({});
  assert.is(create(server, "a"), `500 Internal error occurred: ${POST}: service "hook" not found`);
  service(server, false);
  assert.is(create(server, "a"), `500 Internal error occurred: ${POST}: no endpoints available for service "hook"`);
  assert.is(create(withWebhook({ failurePolicy: "Ignore" }), "a"), "ok");
});

test("endpoints that are said to be ready and answer nobody cost the time-out", () => {
  const server = withWebhook({}, () => "silent");
  service(server);
  const begin = server.engine.now;
  const seen: string[] = [];
  server.admin.create("pods", pod("a") as never, (answer) =>
    seen.push(`${textOf(answer)} ${server.engine.now - begin}`),
  );
  server.run(6);
  assert.is(seen.length, 1);
  assert.match(seen[0]!, /context deadline exceeded 5001000$/);
});

test("selectors: kube-system is not exempt unless they say so", () => {
  const all = withWebhook({});
  assert.match(create(all, "a", "system"), /^500/);
  const some = withWebhook({
    namespaceSelector: { matchExpressions: [{ key: "team", operator: "NotIn", values: ["system"] }] },
  });
  assert.is(create(some, "a", "system"), "ok");
  assert.match(create(some, "a"), /^500/);
  const labelled = withWebhook({ objectSelector: { matchLabels: { checked: "yes" } } });
  assert.is(create(labelled, "a"), "ok");
});

test("heartbeats pass through webhooks too", () => {
  const rules = [{ operations: ["*"], apiGroups: ["*"], apiVersions: ["*"], resources: ["leases", "nodes/status"] }];
  const server = withWebhook({ rules });
  const lease = { metadata: { name: "n", namespace: "default" }, spec: {} };
  assert.match(textOf(server.create("leases", lease)), /^500/);
  server.create("nodes", { metadata: { name: "n" } });
  const answer = server.ask((done) =>
    server.admin.patchStatus("nodes", "n", (node) => ({ ...node, status: {} }), done),
  );
  assert.match(textOf(answer), /^500/);
});

test("faults: down, slow, denying", () => {
  const server = withWebhook({});
  service(server);
  const faults = new ApiFaultPoints(server.api);
  assert.equal(faults.webhooks(), ["policy"]);
  const up = faults.webhookDown("policy");
  assert.match(create(server, "a"), /connect: connection refused$/);
  up();
  const quick = faults.webhookSlow("", 4 * SECOND);
  assert.is(create(server, "a"), "ok", "slow, within its time-out");
  const quicker = faults.webhookSlow("policy", SECOND);
  assert.match(create(server, "b"), /context deadline exceeded$/);
  quick();
  quicker();
  const allow = faults.webhookDeny("policy");
  assert.is(create(server, "b"), '403 admission webhook "policy.example.com" denied the request: denied by policy');
  allow();
  assert.is(create(server, "b"), "ok");
});

test.run();
