// What the API server adds, default by default, and that doing it twice changes nothing.
import { test } from "uvu";
import * as assert from "uvu/assert";
import {
  type DefaultingContext,
  defaultClaim,
  defaultingContext,
  defaultPod,
  withDefaults,
  withMetadata,
} from "../../sim/model/defaults.ts";
import {
  type KubernetesObject,
  noObjects,
  type Pod,
  type PodSpec,
  type PriorityClass,
  type StorageClass,
} from "../../sim/model/objects.ts";
import type { Problem } from "../../sim/model/problem.ts";
import { podRequests } from "../../sim/model/resources.ts";

const EMPTY = defaultingContext({ priorityClasses: [], storageClasses: [] });

function defaulted(
  spec: Partial<PodSpec>,
  labels: Record<string, string> = {},
  context: DefaultingContext = EMPTY,
): PodSpec {
  const pod: Pod = { metadata: { name: "p", labels }, spec: { containers: [{ name: "c" }], ...spec } };
  const fail = (problem: Problem) => assert.unreachable(`${problem.path.join(".")}: ${problem.expected}`);
  const once = defaultPod(pod, context, fail);
  assert.equal(defaultPod(once, context, fail), once, "idempotent");
  return once.spec;
}

test("requests follow from limits, resource by resource", () => {
  const spec = defaulted({
    containers: [{ name: "c", resources: { requests: { cpu: "1" }, limits: { cpu: "2", memory: "1Gi" } } }],
    initContainers: [{ name: "i", resources: { limits: { "nvidia.com/gpu": 1 } } }],
  });
  assert.equal(spec.containers[0]?.resources?.requests, { cpu: "1", memory: "1Gi" });
  assert.equal(spec.initContainers?.[0]?.resources?.requests, { "nvidia.com/gpu": 1 });
});

test("pod-level requests follow from the containers, or else from the pod-level limits", () => {
  const spec = defaulted({
    containers: [{ name: "c", resources: { requests: { cpu: "250m", "hugepages-2Mi": "2Mi", "nvidia.com/gpu": 1 } } }],
    resources: { limits: { cpu: "2", memory: "1Gi", "hugepages-2Mi": "4Mi" } },
  });
  assert.equal(spec.resources?.requests, { cpu: "250m", memory: "1Gi", "hugepages-2Mi": "4Mi" });
  assert.is(podRequests({ metadata: { name: "p" }, spec }).cpuMilli, 250);
  assert.equal(defaulted({ resources: {} }).resources, {});
  assert.is(defaulted({}).resources, undefined);
});

test("plain defaults", () => {
  const spec = defaulted({});
  assert.is(spec.schedulerName, "default-scheduler");
  assert.is(spec.restartPolicy, "Always");
  assert.is(spec.terminationGracePeriodSeconds, 30);
  assert.is(spec.priority, 0);
  assert.is(spec.preemptionPolicy, "PreemptLowerPriority");
  const own = defaulted({
    schedulerName: "mine",
    restartPolicy: "Never",
    terminationGracePeriodSeconds: 0,
    preemptionPolicy: "Never",
  });
  assert.equal(
    [own.schedulerName, own.restartPolicy, own.terminationGracePeriodSeconds, own.preemptionPolicy],
    ["mine", "Never", 0, "Never"],
  );
});

test("host networking publishes the container ports", () => {
  const ports = [{ containerPort: 80 }, { containerPort: 53, protocol: "UDP", hostPort: 5353 }];
  assert.equal(defaulted({ hostNetwork: true, containers: [{ name: "c", ports }] }).containers[0]?.ports, [
    { containerPort: 80, protocol: "TCP", hostPort: 80 },
    { containerPort: 53, protocol: "UDP", hostPort: 5353 },
  ]);
  assert.equal(defaulted({ containers: [{ name: "c", ports }] }).containers[0]?.ports?.[0], {
    containerPort: 80,
    protocol: "TCP",
  });
});

test("tolerations for nodes that are not ready, unless the pod has its own", () => {
  const keys = (tolerations: PodSpec["tolerations"]) =>
    defaulted({ tolerations }).tolerations?.map(
      (t) => `${t.key ?? "*"} ${t.effect ?? "*"} ${t.tolerationSeconds ?? "-"}`,
    );
  assert.equal(keys(null), [
    "node.kubernetes.io/not-ready NoExecute 300",
    "node.kubernetes.io/unreachable NoExecute 300",
  ]);
  const own = { key: "node.kubernetes.io/not-ready", operator: "Exists", effect: "NoExecute", tolerationSeconds: 5 };
  assert.equal(keys([own]), [
    "node.kubernetes.io/not-ready NoExecute 5",
    "node.kubernetes.io/unreachable NoExecute 300",
  ]);
  assert.equal(keys([{ operator: "Exists" }]), ["* * -"], "one that tolerates everything is enough");
  assert.is(keys([{ ...own, effect: "NoSchedule" }])?.length, 3);
});

const class_ = (name: string, value: number, more: Partial<PriorityClass> = {}): PriorityClass => ({
  metadata: { name },
  value,
  ...more,
});

test("priority comes from the class, the global default or the built-in classes", () => {
  const context = defaultingContext({
    priorityClasses: [
      class_("high", 1000, { preemptionPolicy: "Never" }),
      class_("usual", 10, { globalDefault: true }),
      class_("other", 5, { globalDefault: true }),
    ],
    storageClasses: [],
  });
  const of = (spec: Partial<PodSpec>, c = context) => {
    const { priority, preemptionPolicy, priorityClassName } = defaulted(spec, {}, c);
    return [priority, preemptionPolicy, priorityClassName];
  };
  assert.equal(of({ priorityClassName: "high" }), [1000, "Never", "high"]);
  assert.equal(of({ priorityClassName: "high", preemptionPolicy: "PreemptLowerPriority" }), [
    1000,
    "PreemptLowerPriority",
    "high",
  ]);
  assert.equal(of({}), [5, "PreemptLowerPriority", "other"], "of two global defaults the lower");
  assert.equal(of({}, EMPTY), [0, "PreemptLowerPriority", undefined]);
  assert.equal(of({ priorityClassName: "system-node-critical" }), [
    2_000_001_000,
    "PreemptLowerPriority",
    "system-node-critical",
  ]);
  assert.equal(of({ priorityClassName: "system-cluster-critical" }), [
    2_000_000_000,
    "PreemptLowerPriority",
    "system-cluster-critical",
  ]);
  assert.equal(
    of({ priority: 7, priorityClassName: "gone" }),
    [7, "PreemptLowerPriority", "gone"],
    "a stored pod carries its priority",
  );
});

test("a class that does not exist is a problem at its name", () => {
  const problems: Problem[] = [];
  defaultPod(
    { metadata: { name: "p" }, spec: { containers: [], priorityClassName: "nope" } },
    EMPTY,
    (p) => problems.push(p),
    ["spec", "template", "spec"],
  );
  assert.is(problems.length, 1);
  assert.equal(problems[0]?.path, ["spec", "template", "spec", "priorityClassName"]);
  assert.match(problems[0]?.expected ?? "", /PriorityClass/);
});

test("matchLabelKeys become requirements, once, for keys that the pod carries", () => {
  const term = {
    topologyKey: "zone",
    labelSelector: { matchLabels: { app: "a" } },
    matchLabelKeys: ["rev", "none"],
    mismatchLabelKeys: ["tenant"],
  };
  const spec = defaulted(
    {
      affinity: {
        podAffinity: { requiredDuringSchedulingIgnoredDuringExecution: [term] },
        podAntiAffinity: { preferredDuringSchedulingIgnoredDuringExecution: [{ weight: 1, podAffinityTerm: term }] },
      },
      topologySpreadConstraints: [
        {
          maxSkew: 1,
          topologyKey: "zone",
          whenUnsatisfiable: "DoNotSchedule",
          labelSelector: {},
          matchLabelKeys: ["rev"],
        },
      ],
    },
    { rev: "1", tenant: "t" },
  );
  const added = [
    { key: "rev", operator: "In", values: ["1"] },
    { key: "tenant", operator: "NotIn", values: ["t"] },
  ];
  assert.equal(spec.affinity?.podAffinity?.requiredDuringSchedulingIgnoredDuringExecution?.[0]?.labelSelector, {
    matchLabels: { app: "a" },
    matchExpressions: added,
  });
  assert.equal(
    spec.affinity?.podAntiAffinity?.preferredDuringSchedulingIgnoredDuringExecution?.[0]?.podAffinityTerm.labelSelector
      ?.matchExpressions,
    added,
  );
  assert.equal(spec.topologySpreadConstraints?.[0]?.labelSelector, { matchExpressions: [added[0]] });
});

test("without a selector, matchLabelKeys add nothing", () => {
  const term = { topologyKey: "zone", matchLabelKeys: ["rev"] };
  const spec = defaulted(
    { affinity: { podAffinity: { requiredDuringSchedulingIgnoredDuringExecution: [term] } } },
    { rev: "1" },
  );
  assert.equal(
    spec.affinity?.podAffinity?.requiredDuringSchedulingIgnoredDuringExecution?.[0]?.labelSelector,
    undefined,
  );
});

const storage = (name: string, isDefault: boolean, creationTimestamp?: string): StorageClass => ({
  metadata: {
    name,
    ...(isDefault ? { annotations: { "storageclass.kubernetes.io/is-default-class": "true" } } : {}),
    ...(creationTimestamp === undefined ? {} : { creationTimestamp }),
  },
});

test("claims without a class get the default one, the youngest of several", () => {
  const claim = (storageClassName?: string | null) => ({
    metadata: { name: "c" },
    spec: storageClassName === undefined ? {} : { storageClassName },
  });
  const context = (...storageClasses: StorageClass[]) => defaultingContext({ priorityClasses: [], storageClasses });
  const one = context(storage("slow", false), storage("fast", true));
  assert.is(defaultClaim(claim(), one).spec.storageClassName, "fast");
  assert.is(defaultClaim(claim(null), one).spec.storageClassName, "fast");
  assert.is(defaultClaim(claim(""), one).spec.storageClassName, "", "an empty name asks for no class");
  assert.is(defaultClaim(claim("slow"), one).spec.storageClassName, "slow");
  assert.is(defaultClaim(claim(), context(storage("slow", false))).spec.storageClassName, undefined);
  const two = context(storage("old", true, "2020-01-01T00:00:00Z"), storage("new", true, "2024-01-01T00:00:00Z"));
  assert.is(defaultClaim(claim(), two).spec.storageClassName, "new");
  assert.is(defaultClaim(claim(), context(storage("b", true), storage("a", true))).spec.storageClassName, "a");
});

test("namespaces and uids are filled in, and stay", () => {
  const made = withMetadata<KubernetesObject>({ metadata: { name: "a" } }, "Pod", true);
  assert.is(made.metadata.namespace, "default");
  assert.match(made.metadata.uid ?? "", /^[0-9a-f]{8}-[0-9a-f]{4}-8[0-9a-f]{3}-a[0-9a-f]{3}-[0-9a-f]{12}$/);
  assert.is(withMetadata(made, "Pod", true), made);
  const node = withMetadata<KubernetesObject>({ metadata: { name: "a" } }, "Node", false);
  assert.is(node.metadata.namespace, undefined);
  assert.is.not(node.metadata.uid, made.metadata.uid);
  assert.is(withMetadata<KubernetesObject>({ metadata: { name: "a", uid: "own" } }, "Pod", true).metadata.uid, "own");
});

test("all objects of a cluster keep their order and their places", () => {
  const objects = {
    ...noObjects(),
    pods: [
      { metadata: { name: "b" }, spec: { containers: [{ name: "c" }], priorityClassName: "x" } },
      { metadata: { name: "a" }, spec: { containers: [] } },
    ],
    persistentVolumeClaims: [{ metadata: { name: "c" }, spec: {} }],
    storageClasses: [storage("s", true)],
    nodes: [{ metadata: { name: "n" } }],
  };
  const noted: unknown[] = [];
  const complete = withDefaults(objects, (object) => noted.push(object));
  assert.equal(
    complete.pods.map((pod) => pod.metadata.name),
    ["b", "a"],
  );
  assert.is(complete.persistentVolumeClaims[0]?.spec.storageClassName, "s");
  assert.equal(noted, [objects.pods[0]], "problems come with the object as it was given");
  assert.is(complete.nodes[0]?.metadata.namespace, undefined);
});

test.run();
