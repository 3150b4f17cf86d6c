// Dumps of clusters: what was declared comes back, what the cluster wrote itself does not, pods stay on their nodes, and importing the
// cluster that a run shows changes nothing more.
import { test } from "uvu";
import * as assert from "uvu/assert";
import { answerGet, SERVED } from "../../sim/cli/get-answer.ts";
import { importTexts, planOf, remarksOf, withFolder, write } from "./input.ts";

const NODE = `
apiVersion: v1
kind: Node
metadata:
  name: n1
  uid: 6b1b2b3c-0000-0000-0000-000000000001
  resourceVersion: "77"
  creationTimestamp: "2025-01-01T00:00:00Z"
  labels: { kubernetes.io/hostname: n1, topology.kubernetes.io/zone: a }
  managedFields: [{ manager: kubelet }]
spec: { podCIDR: 10.0.0.0/24 }
status:
  allocatable: { cpu: "4", memory: 8Gi, pods: "110" }
  capacity: { cpu: "4", memory: 9Gi, pods: "110" }
  conditions: [{ type: Ready, status: "True", lastHeartbeatTime: "2025-01-01T00:00:00Z" }]
  nodeInfo: { kubeletVersion: v1.33.1 }
`;

const SET = (labels: string) => `
apiVersion: apps/v1
kind: ReplicaSet
metadata: { name: web-5d8, namespace: shop, uid: u-1, generation: 3 }
spec:
  replicas: 2
  selector: { matchLabels: { ${labels} } }
  template:
    metadata: { labels: { ${labels} } }
    spec: { containers: [{ name: web, image: "web:1", resources: { requests: { cpu: 500m } } }] }
status: { replicas: 2, readyReplicas: 1 }
`;

const pod = (name: string, rest = "", status = "{ phase: Running, podIP: 10.0.0.7 }") => `
apiVersion: v1
kind: Pod
metadata:
  name: ${name}
  namespace: shop
  uid: p-${name}
  labels: { app: web }
  ownerReferences: [{ apiVersion: apps/v1, kind: ReplicaSet, name: web-5d8, uid: u-1, controller: true }]
spec: { nodeName: n1, containers: [{ name: web, image: "web:1", resources: { requests: { cpu: 500m } } }]${rest} }
status: ${status}
`;

test("runtime fields go, what is declared stays, pods stay on their nodes with their owners", () => {
  const imported = importTexts({
    "dump.yaml": [NODE, SET("app: web"), pod("web-5d8-a"), pod("web-5d8-b")].join("---"),
  });
  const plan = planOf(imported);
  assert.is(plan.objects.pods.length, 2);
  assert.equal(
    plan.objects.pods.map(({ spec }) => spec.nodeName),
    ["n1", "n1"],
  );
  const uid = plan.objects.replicaSets[0]?.metadata.uid;
  assert.is.not(uid, "u-1");
  assert.equal(
    plan.objects.pods.map(({ metadata }) => metadata.ownerReferences?.[0]?.uid),
    [uid, uid],
  );
  const text = imported.files.map((file) => file.text).join("");
  for (const word of [
    "resourceVersion",
    "managedFields",
    "uid",
    "creationTimestamp",
    "podIP",
    "kubeletVersion",
    "generation",
  ])
    assert.not.match(text, word);
  assert.equal(plan.objects.nodes[0]?.status?.allocatable, { cpu: "4", memory: "8Gi", pods: "110" });
  assert.is(plan.start, "settled");
  assert.equal(remarksOf(imported), {});
});

test("what a cluster makes itself, and what is over, is left behind and counted", () => {
  const imported = importTexts({
    "dump.yaml": [
      NODE,
      pod("done", "", "{ phase: Succeeded }"),
      "apiVersion: v1\nkind: Event\nmetadata: { name: e }\n",
      "apiVersion: v1\nkind: Namespace\nmetadata: { name: shop, labels: { kubernetes.io/metadata.name: shop } }\n",
      "apiVersion: v1\nkind: Namespace\nmetadata: { name: prod, labels: { stage: prod } }\n",
      "apiVersion: networking.k8s.io/v1\nkind: NetworkPolicy\nmetadata: { name: deny }\n",
      "apiVersion: example.com/v1\nkind: Widget\nmetadata: { name: w }\n",
      "apiVersion: v1\nkind: Pod\nmetadata: { name: lone }\nspec: { containers: [{ name: c }], nodeName: n1 }\n",
    ].join("---\n"),
  });
  assert.equal(remarksOf(imported), {
    "noted Pod (v1) that is over": 1,
    "noted Event (v1)": 1,
    "noted Namespace (v1)": 1,
    "leftOut NetworkPolicy (networking.k8s.io/v1)": 1,
    "leftOut Widget (example.com/v1)": 1,
  });
  const widget = imported.remarks.list("leftOut")[1];
  assert.is(widget?.reason, "its controller is not simulated");
  assert.is(widget?.place?.line, 46);
  assert.match(imported.files[0]?.text ?? "", /^# {3}1 × Widget \(example.com\/v1\): its controller is not simulated/m);
  assert.equal(
    planOf(imported).objects.namespaces.map(({ metadata }) => metadata.name),
    ["prod"],
  );
});

test("pods without their ReplicaSet get one, pods of a stranger stand alone, missing nodes are made", () => {
  const stranger = pod("job-1").replace("kind: ReplicaSet, name: web-5d8", "kind: Rollout, name: r");
  const imported = importTexts({ "pods.yaml": [pod("web-5d8-a"), pod("web-5d8-b"), stranger].join("---") });
  const plan = planOf(imported);
  assert.equal(remarksOf(imported), {
    "assumed ReplicaSets that are not in the input": 2,
    "changed Pod of a Rollout": 1,
    "assumed nodes that pods are bound to and the input does not have": 1,
  });
  assert.is(plan.objects.replicaSets[0]?.spec?.replicas, 2);
  assert.equal(
    plan.objects.pods.map(({ metadata, spec }) => [metadata.ownerReferences?.[0]?.name, spec.nodeName]),
    [
      ["web-5d8", "n1"],
      ["web-5d8", "n1"],
      [undefined, "n1"],
    ],
  );
});

test("classes that are named and missing are made: the value from the pods, volumes when a pod has a node", () => {
  const lone = pod("a", ", priorityClassName: high, priority: 7").replace(/ {2}ownerReferences.*\n/, "");
  const claim = (name: string, rest: string) =>
    `apiVersion: v1\nkind: PersistentVolumeClaim\nmetadata: { name: ${name}, namespace: shop }\nspec: { accessModes: [ReadWriteOnce], resources: { requests: { storage: 1Gi } }${rest} }\n`;
  const imported = importTexts({
    "dump.yaml": [
      NODE,
      lone,
      claim("data", ", storageClassName: disk"),
      claim("old", ", storageClassName: gone, volumeName: pv-1"),
    ].join("---\n"),
  });
  const plan = planOf(imported);
  assert.equal(
    plan.objects.priorityClasses.map(({ metadata, value }) => [metadata.name, value]),
    [["high", 7]],
  );
  assert.equal(
    plan.objects.storageClasses.map(({ metadata, volumeBindingMode }) => [metadata.name, volumeBindingMode]),
    [["disk", "WaitForFirstConsumer"]],
  );
  assert.equal(Object.keys(remarksOf(imported)), ["assumed PriorityClass high", "assumed StorageClass disk"]);
});

test("mistakes have their places, and then nothing is made", () => {
  const imported = importTexts({
    "bad.yaml": `${NODE}---\n${SET("app: web").replace("replicas: 2", "replicas: many")}`,
  });
  assert.is(imported.files.length, 0);
  const [problem] = imported.problems;
  assert.is(problem?.file, "bad.yaml");
  assert.is(problem?.path, "spec.replicas");
});

test("what a run shows, imported again, is the same cluster: a fixed point", async () => {
  await withFolder(async (folder) => {
    let imported = importTexts({ "dump.yaml": [NODE, SET("app: web"), pod("web-5d8-a")].join("---") });
    const rounds: string[] = [];
    for (let round = 0; round < 3; round++) {
      const scenario = write(imported, `${folder}/${round}`);
      const { out } = await answerGet({
        words: [SERVED.join(","), scenario],
        allNamespaces: true,
        output: "yaml",
        at: "0s",
        headers: true,
        showLabels: false,
      } as never);
      imported = importTexts({ "again.yaml": out });
      rounds.push(JSON.stringify(imported.files.slice(1)));
    }
    assert.is(rounds[1], rounds[0]);
    assert.is(rounds[2], rounds[0]);
  });
});

test.run();
