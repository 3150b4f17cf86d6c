// What is shown of objects beyond what is kept of them: alike every time, and only where the real thing has it.
import { test } from "uvu";
import * as assert from "uvu/assert";
import type { Deployment, Pod } from "../../sim/model/objects.ts";
import { completed, withUuids } from "../../sim/printers/complete.ts";

const pod = (spec: object = {}, status: object = {}, metadata: object = {}): Pod =>
  ({
    kind: "Pod",
    metadata: { name: "web-1", namespace: "default", uid: "pods/default/web-1", ...metadata },
    spec: { containers: [{ name: "web", image: "nginx:1.27" }], ...spec },
    status,
  }) as Pod;

test("the ServiceAccount admission's volume and mounts, in init containers too", () => {
  const { spec } = completed(pod({ initContainers: [{ name: "first", image: "i" }] }));
  const [volume] = spec.volumes ?? [];
  assert.match(volume!.name, /^kube-api-access-[bcdfghjklmnpqrstvwxz2456789]{5}$/);
  const mount = {
    name: volume!.name,
    mountPath: "/var/run/secrets/kubernetes.io/serviceaccount",
    readOnly: true,
  };
  assert.equal(spec.containers[0]!.volumeMounts, [mount]);
  assert.equal(spec.initContainers?.at(0)?.volumeMounts, [mount]);
  assert.is(spec.serviceAccountName, "default");
  assert.equal(completed(pod()), completed(pod()));
});

test("none for mirror pods, for pods that do not want it, and for those that have it", () => {
  const mirror = completed(pod({}, {}, { annotations: { "kubernetes.io/config.mirror": "x" } }));
  assert.is(mirror.spec.volumes, undefined);
  assert.is(completed(pod({ automountServiceAccountToken: false })).spec.volumes, undefined);
  const { spec } = completed(pod());
  assert.is(completed(pod(spec)).spec.volumes?.length, 1);
});

test("each start of a container has an id of its own, and the last state that of the start before", () => {
  const ended = { exitCode: 1, startedAt: "2026-01-01T00:00:00Z", finishedAt: "2026-01-01T00:00:01Z" };
  const of = (status: object) =>
    completed(pod({}, { containerStatuses: [{ name: "web", image: "nginx:1.27", ...status }] })).status!
      .containerStatuses![0]!;
  const first = of({ restartCount: 0, state: { running: {} }, lastState: {} });
  assert.match(first.containerID!, /^containerd:\/\/[0-9a-f]{64}$/);
  assert.match(first.imageID!, /^docker\.io\/library\/nginx@sha256:[0-9a-f]{64}$/);
  const waiting = of({ restartCount: 0, state: { waiting: {} }, lastState: { terminated: ended } });
  assert.is(waiting.containerID, first.containerID);
  assert.is(waiting.lastState!.terminated!.containerID, first.containerID);
  const second = of({ restartCount: 1, state: { running: {} }, lastState: { terminated: ended } });
  assert.is.not(second.containerID, first.containerID);
  assert.is(second.lastState!.terminated!.containerID, first.containerID);
  const never = of({ restartCount: 0, state: { waiting: { reason: "ImagePullBackOff" } }, lastState: {} });
  assert.is(never.containerID, undefined);
  assert.is(never.imageID, "");
});

test("images are named as containerd names them", () => {
  const id = (image: string) =>
    completed(
      pod({}, { containerStatuses: [{ name: "web", image, restartCount: 0, state: { running: {} } }] }),
    ).status!.containerStatuses![0]!.imageID!.split("@")[0];
  assert.is(id("bitnami/redis:7"), "docker.io/bitnami/redis");
  assert.is(id("registry.example:5000/a/b:v1"), "registry.example:5000/a/b");
  assert.is(id("localhost/a"), "localhost/a");
});

test("addresses in plural, defaults of containers in pods and templates", () => {
  const shown = completed(pod({}, { hostIP: "172.16.0.1", podIP: "10.1.0.2" }));
  assert.equal((shown.status as { podIPs?: unknown }).podIPs, [{ ip: "10.1.0.2" }]);
  assert.equal((shown.status as { hostIPs?: unknown }).hostIPs, [{ ip: "172.16.0.1" }]);
  const deployment = completed({
    kind: "Deployment",
    metadata: { name: "web" },
    spec: { template: { spec: { containers: [{ name: "c", image: "i" }] } } },
  } as Deployment);
  const [container] = deployment.spec!.template!.spec.containers;
  assert.equal(container, {
    name: "c",
    image: "i",
    resources: {},
    terminationMessagePath: "/dev/termination-log",
    terminationMessagePolicy: "File",
  } as never);
});

test("uids have their usual form, one for one, and whoever speaks of an object uses the same", () => {
  const shown = withUuids({
    metadata: { uid: "pods/default/a", ownerReferences: [{ uid: "replicaSets/default/r" }] },
    spec: { claimRef: { uid: "pods/default/a" } },
  }) as { metadata: { uid: string; ownerReferences: { uid: string }[] }; spec: { claimRef: { uid: string } } };
  assert.match(shown.metadata.uid, /^[0-9a-f]{8}-[0-9a-f]{4}-8[0-9a-f]{3}-a[0-9a-f]{3}-[0-9a-f]{12}$/);
  assert.is(shown.spec.claimRef.uid, shown.metadata.uid);
  assert.is.not(shown.metadata.ownerReferences[0]!.uid, shown.metadata.uid);
  assert.equal(withUuids(shown), shown);
});

test.run();
