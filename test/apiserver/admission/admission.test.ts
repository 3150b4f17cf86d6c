// Admission as clients meet it: namespaces, limits, priorities, tolerations, pod security, quotas; with upstream's texts.
import { test } from "uvu";
import * as assert from "uvu/assert";
import { ApiError } from "../../../sim/apiserver/client.ts";
import type { Node, Pod } from "../../../sim/model/objects.ts";
import { namespace, type SmallServer, smallServer, textOf } from "../small-server.ts";

const admitting = () => {
  const server = smallServer({ admission: {} });
  server.create("namespaces", namespace("default"));
  return server;
};

const bare = (name: string, spec = {}, space = "default") => ({
  metadata: { name, namespace: space },
  spec: { containers: [{ name: "c", image: "i" }], ...spec },
});

const limited = (name: string, resources: object) => bare(name, { containers: [{ name: "c", image: "i", resources }] });

function made(server: SmallServer, object: object): Pod {
  const answer = server.create("pods", object);
  if (answer instanceof ApiError) throw new Error(answer.message);
  return answer as Pod;
}

test("nothing is created in a namespace that is not there, or is going; the cluster's own stay", () => {
  const server = admitting();
  assert.is(textOf(server.create("pods", bare("a", {}, "shop"))), '404 namespaces "shop" not found');
  server.create("namespaces", namespace("shop"));
  assert.is(textOf(server.create("pods", bare("a", {}, "shop"))), "ok");
  server.ask((done) => server.admin.delete("namespaces", "shop", {}, done));
  assert.is(
    textOf(server.create("pods", bare("b", {}, "shop"))),
    '403 pods "b" is forbidden: unable to create new content in namespace shop because it is being terminated',
  );
  const refusal = server.ask((done) => server.admin.delete("namespaces", "default", {}, done));
  assert.is(textOf(refusal), '403 namespaces "default" is forbidden: this namespace may not be deleted');
});

test("a pod gets priority, tolerations and account; pods of one template share one spec object", () => {
  const server = admitting();
  server.create("priorityClasses", { metadata: { name: "high" }, value: 1000, preemptionPolicy: "Never" });
  const template = bare("x", { priorityClassName: "high" }).spec;
  const one = made(server, { metadata: { name: "one", namespace: "default" }, spec: template });
  const two = made(server, { metadata: { name: "two", namespace: "default" }, spec: template });
  assert.is(one.spec, two.spec);
  assert.equal([one.spec.priority, one.spec.preemptionPolicy, one.spec.serviceAccountName], [1000, "Never", "default"]);
  assert.equal(
    one.spec.tolerations?.map(({ key, tolerationSeconds }) => [key, tolerationSeconds]),
    [
      ["node.kubernetes.io/not-ready", 300],
      ["node.kubernetes.io/unreachable", 300],
    ],
  );
  assert.is(
    textOf(server.create("pods", bare("b", { priorityClassName: "gone" }))),
    '403 pods "b" is forbidden: no PriorityClass with name gone was found',
  );
});

test("a new node is not ready yet", () => {
  const node = admitting().create("nodes", { metadata: { name: "n" } }) as Node;
  assert.equal(node.spec?.taints, [{ key: "node.kubernetes.io/not-ready", effect: "NoSchedule" }]);
});

test("limit ranges fill in and refuse", () => {
  const server = admitting();
  server.create("limitRanges", {
    metadata: { name: "l", namespace: "default" },
    spec: {
      limits: [
        {
          type: "Container",
          default: { cpu: "500m" },
          defaultRequest: { cpu: "100m" },
          min: { cpu: "50m" },
          max: { cpu: "1" },
        },
      ],
    },
  });
  assert.equal(made(server, bare("a")).spec.containers[0]!.resources, {
    requests: { cpu: "100m" },
    limits: { cpu: "500m" },
  });
  assert.is(
    textOf(server.create("pods", limited("b", { requests: { cpu: "2" }, limits: { cpu: "2" } }))),
    '403 pods "b" is forbidden: [maximum cpu usage per Container is 1, but limit is 2, maximum cpu usage per Container is 1, but request is 2]',
  );
});

test("pod security holds by the label of the namespace", () => {
  const server = admitting();
  server.create("namespaces", namespace("safe", { "pod-security.kubernetes.io/enforce": "baseline" }));
  const privileged = { containers: [{ name: "c", image: "i", securityContext: { privileged: true } }] };
  assert.is(
    textOf(server.create("pods", bare("a", privileged, "safe"))),
    '403 pods "a" is forbidden: violates PodSecurity "baseline:latest": privileged (container "c" must not set securityContext.privileged=true)',
  );
  assert.is(textOf(server.create("pods", bare("a", {}, "safe"))), "ok");
  assert.is(textOf(server.create("pods", bare("a", privileged))), "ok");
  server.create("namespaces", namespace("strict", { "pod-security.kubernetes.io/enforce": "restricted" }));
  assert.match(
    textOf(server.create("pods", bare("a", {}, "strict"))),
    /allowPrivilegeEscalation != false \(container "c"/,
  );
});

test("a quota is booked by admission, and refuses with its numbers", () => {
  const server = admitting();
  const quota = {
    metadata: { name: "q", namespace: "default" },
    spec: { hard: { pods: "2", "requests.cpu": "2", "count/configmaps": "1" } },
  };
  const stored = server.create("resourceQuotas", quota);
  assert.match(textOf(server.create("pods", limited("a", { requests: { cpu: 1 } }))), /status unknown for quota: q/);
  const status = { hard: quota.spec.hard, used: { pods: "0", "requests.cpu": "0", "count/configmaps": "0" } };
  server.ask((done) => server.admin.updateStatus("resourceQuotas", { ...(stored as object), status } as never, done));
  const answers: string[] = [];
  for (const name of ["a", "b", "c"]) {
    server.admin.create("pods", limited(name, { requests: { cpu: "400m" } }) as Pod, (it) => answers.push(textOf(it)));
  }
  server.run(1);
  assert.equal(answers.sort(), [
    '403 pods "c" is forbidden: exceeded quota: q, requested: pods=1, used: pods=2, limited: pods=2',
    "ok",
    "ok",
  ]);
  assert.equal(server.api.get("resourceQuotas", "default/q")!.status?.used, {
    pods: "2",
    "requests.cpu": "800m",
    "count/configmaps": "0",
  });
  assert.is(textOf(server.create("configMaps", { metadata: { name: "a", namespace: "default" } })), "ok");
  assert.is(
    textOf(server.create("configMaps", { metadata: { name: "b", namespace: "default" } })),
    '403 configmaps "b" is forbidden: exceeded quota: q, requested: count/configmaps=1, used: count/configmaps=1, limited: count/configmaps=1',
  );
  assert.match(textOf(server.create("pods", bare("d"))), /failed quota: q: must specify requests.cpu for: c/);
});

test("a claim without a class gets the default one", () => {
  const server = admitting();
  const annotations = { "storageclass.kubernetes.io/is-default-class": "true" };
  server.create("storageClasses", { metadata: { name: "fast", annotations }, provisioner: "p" });
  const claim = server.create("persistentVolumeClaims", { metadata: { name: "c", namespace: "default" }, spec: {} });
  assert.is((claim as { spec: { storageClassName?: string } }).spec.storageClassName, "fast");
});

test.run();
