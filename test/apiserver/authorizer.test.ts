// Who may do what: components by the built-in roles, others by bindings of the scenario, nobody whose rights were revoked.
import { test } from "uvu";
import * as assert from "uvu/assert";
import { ApiFaultPoints } from "../../sim/apiserver/fault-points.ts";
import { identityOf } from "../../sim/apiserver/identity.ts";
import { smallServer, textOf } from "./small-server.ts";

test("clients are who their names say", () => {
  assert.is(identityOf("kube-scheduler-1").user, "system:kube-scheduler");
  assert.is(identityOf("kube-controller-manager-0").user, "system:kube-controller-manager");
  assert.is(
    identityOf("kube-controller-manager-0/job-controller").user,
    "system:serviceaccount:kube-system:job-controller",
  );
  assert.equal(identityOf("kubelet/n1").groups, ["system:nodes", "system:authenticated"]);
  assert.ok(identityOf("anybody").groups.includes("system:masters"));
});

test("a scheduler binds and does not delete nodes; a kubelet does not create deployments", () => {
  const { api, ask } = smallServer();
  const scheduler = api.client("kube-scheduler-0");
  const kubelet = api.client("kubelet/n1");
  const bind = { namespace: "default", name: "p", uid: "u", nodeName: "n" };
  assert.match(textOf(ask((done) => scheduler.bind(bind, done))), /^404/);
  assert.is(
    textOf(ask((done) => scheduler.delete("nodes", "n", {}, done))),
    '403 nodes "n" is forbidden: User "system:kube-scheduler" cannot delete resource "nodes" in API group "" at the cluster scope',
  );
  const deployment = { metadata: { name: "d", namespace: "default" } };
  assert.is(
    textOf(ask((done) => kubelet.create("deployments", deployment, done))),
    '403 deployments.apps is forbidden: User "system:node:n1" cannot create resource "deployments" in API group "apps" in the namespace "default"',
  );
});

test("roles of the scenario count by their bindings, cluster-wide or in a namespace", () => {
  const { api, ask, create } = smallServer();
  const user = api.client({ name: "u", user: "jane", groups: ["dev"] });
  const get = (kind: "configMaps" | "secrets", key: string) => textOf(ask((done) => user.get(kind, key, done)));
  assert.match(get("configMaps", "a/x"), /^403/);
  create("roles", {
    metadata: { name: "reader", namespace: "a" },
    rules: [{ verbs: ["get"], apiGroups: [""], resources: ["configmaps"] }],
  });
  create("roleBindings", {
    metadata: { name: "b", namespace: "a" },
    subjects: [{ kind: "Group", name: "dev" }],
    roleRef: { kind: "Role", name: "reader" },
  });
  assert.match(get("configMaps", "a/x"), /^404/);
  assert.match(get("configMaps", "b/x"), /^403/);
  assert.match(get("secrets", "a/x"), /^403/);
  create("clusterRoles", {
    metadata: { name: "secrets" },
    rules: [{ verbs: ["*"], apiGroups: [""], resources: ["secrets"], resourceNames: ["one"] }],
  });
  create("clusterRoleBindings", {
    metadata: { name: "c" },
    subjects: [{ kind: "User", name: "jane" }],
    roleRef: { kind: "ClusterRole", name: "secrets" },
  });
  assert.match(get("secrets", "z/one"), /^404/);
  assert.match(get("secrets", "z/two"), /^403/);
});

test("revoked rights are refused at once, and come back", () => {
  const { api, ask } = smallServer();
  const scheduler = api.client("kube-scheduler-0");
  const list = () => textOf(ask((done) => scheduler.list("pods", {}, done)));
  assert.is(list(), "ok");
  const faults = new ApiFaultPoints(api);
  const restore = faults.revoke("system:kube-scheduler");
  const again = faults.revoke("system:kube-scheduler");
  assert.is(
    list(),
    '403 pods is forbidden: User "system:kube-scheduler" cannot list resource "pods" in API group "" at the cluster scope',
  );
  restore();
  assert.match(list(), /^403/);
  again();
  assert.is(list(), "ok");
});

test.run();
