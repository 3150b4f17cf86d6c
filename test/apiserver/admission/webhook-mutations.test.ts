// Mutating webhooks: what they make of objects, in which order, and who sees it again.
import { test } from "uvu";
import * as assert from "uvu/assert";
import { ApiFaultPoints } from "../../../sim/apiserver/fault-points.ts";
import type { Pod } from "../../../sim/model/objects.ts";
import { namespace, type SmallServer, smallServer, textOf } from "../small-server.ts";

const rules = (resources: string[], operations = ["CREATE"]) => [
  { operations, apiGroups: ["*"], apiVersions: ["*"], resources },
];

function webhook(server: SmallServer, name: string, patch: string, more: object = {}): void {
  server.create("mutatingWebhookConfigurations", {
    metadata: { name, annotations: { "kubedrill.io/webhook-patch": patch } },
    webhooks: [{ name: `${name}.example.com`, rules: rules(["pods"]), clientConfig: { url: "https://x" }, ...more }],
  });
}

function withNamespaces(): SmallServer {
  const server = smallServer({ admission: {} });
  server.create("namespaces", namespace("default"));
  server.create("namespaces", namespace("mesh", { inject: "yes", "pod-security.kubernetes.io/enforce": "restricted" }));
  return server;
}

const pod = (name: string, space = "default", labels = {}) => ({
  metadata: { name, namespace: space, labels },
  spec: { containers: [{ name: "c", image: "i:1" }] },
});
const create = (server: SmallServer, ...of: Parameters<typeof pod>) => server.create("pods", pod(...of)) as Pod;
const names = ({ spec }: Pod) => spec.containers.map(({ name }) => name);

const SIDECAR = "spec: { containers: [{ name: proxy, image: 'proxy:1' }] }";

test("a sidecar is injected where selectors say so, and gets the defaults of its type", () => {
  const server = withNamespaces();
  webhook(server, "mesh", SIDECAR, { objectSelector: { matchLabels: { mesh: "on" } } });
  assert.equal(names(create(server, "a")), ["c"]);
  const injected = create(server, "b", "default", { mesh: "on" });
  assert.equal(names(injected), ["c", "proxy"]);
  assert.is(injected.spec.containers[1]!.imagePullPolicy, "IfNotPresent");
  assert.equal(injected.spec.tolerations?.map(({ key }) => key).length, 2, "plugins have seen it");
});

test("webhooks see what those before them have made", () => {
  const server = withNamespaces();
  webhook(server, "a", "metadata: { labels: { first: a } }");
  webhook(server, "b", SIDECAR, { objectSelector: { matchLabels: { first: "a" } } });
  assert.equal(names(create(server, "x")), ["c", "proxy"]);
});

test("reinvocationPolicy: IfNeeded sees it again when somebody after it has changed it, Never does not, and there is one round more", () => {
  const twice = `[{ op: add, path: /spec/containers/-, value: { name: again, image: "i:1" } }]`;
  for (const [reinvocationPolicy, expected] of [
    ["Never", ["c", "again", "proxy"]],
    ["IfNeeded", ["c", "again", "proxy", "again"]],
  ] as const) {
    const server = withNamespaces();
    webhook(server, "a", twice, { reinvocationPolicy });
    webhook(server, "b", SIDECAR);
    assert.equal(names(create(server, "x")), expected);
  }
  const alone = withNamespaces();
  webhook(alone, "a", twice, { reinvocationPolicy: "IfNeeded" });
  assert.equal(names(create(alone, "x")), ["c", "again"], "nobody after it has changed anything");
});

test("what plugins only check is checked after webhooks: PodSecurity sees what they mended, and what they broke", () => {
  const mend = `
spec:
  securityContext: { runAsNonRoot: true, seccompProfile: { type: RuntimeDefault } }
  containers: [{ name: c, securityContext: { allowPrivilegeEscalation: false, capabilities: { drop: [ALL] } } }]`;
  const server = withNamespaces();
  assert.match(textOf(create(server, "a", "mesh")), /violates PodSecurity "restricted:latest"/);
  webhook(server, "a", mend);
  assert.is(textOf(create(server, "a", "mesh")), "ok");
  webhook(server, "b", SIDECAR);
  assert.match(textOf(create(server, "b", "mesh")), /container "proxy" must set/);
});

test("a webhook that is ignored for its failure changes nothing; with Fail nothing is stored", () => {
  const server = withNamespaces();
  const down = new ApiFaultPoints(server.api).webhookDown("mesh");
  webhook(server, "mesh", SIDECAR, { failurePolicy: "Ignore" });
  assert.equal(names(create(server, "a")), ["c"]);
  down();
  assert.equal(names(create(server, "b")), ["c", "proxy"]);
});

test("a patch that does not fit is an error whatever the failurePolicy", () => {
  const server = withNamespaces();
  webhook(server, "a", "[{ op: add, path: /spec/imagePullSecrets/-, value: { name: s } }]", {
    failurePolicy: "Ignore",
  });
  assert.is(
    textOf(create(server, "a")),
    '500 Internal error occurred: add operation does not apply: doc is missing path: "/spec/imagePullSecrets/-": missing value',
  );
});

test("updates are mutated too, as what is there allows", () => {
  const server = withNamespaces();
  webhook(server, "labels", "metadata: { labels: { seen: update } }", { rules: rules(["*"], ["UPDATE"]) });
  const made = server.create("configMaps", { metadata: { name: "c", namespace: "default" }, data: {} });
  assert.is((made as Pod).metadata.labels, undefined);
  const change = server.ask<Pod>((done) =>
    server.admin.patch("configMaps", "default/c", (map) => ({ ...map, data: { a: "1" } }), done as never),
  ) as Pod;
  assert.equal(change.metadata.labels, { seen: "update" });
  webhook(server, "spec", SIDECAR, { rules: rules(["pods"], ["UPDATE"]) });
  create(server, "p");
  const refused = server.ask((done) =>
    server.admin.patch("pods", "default/p", (one) => ({ ...one, metadata: { ...one.metadata, labels: {} } }), done),
  );
  assert.match(textOf(refused), /^422 .*pod updates may not change fields/, "validation comes after webhooks");
});

test("workloads: a template that webhooks change is what the controller finds", () => {
  const server = withNamespaces();
  webhook(server, "nodes", "spec: { template: { spec: { nodeSelector: { disk: ssd } } } }", {
    rules: rules(["deployments"]),
  });
  const made = server.create("deployments", {
    metadata: { name: "web", namespace: "default" },
    spec: {
      selector: { matchLabels: { a: "b" } },
      template: { metadata: { labels: { a: "b" } }, spec: pod("x").spec },
    },
  }) as unknown as { spec: { template: { spec: Pod["spec"] } } };
  assert.equal(made.spec.template.spec.nodeSelector, { disk: "ssd" });
});

test.run();
