// Static pods of a scenario, and every way in which they can be wrong, with its place.
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { loadScenarioText } from "../../sim/scenario/load.ts";

const test = suite("scenario/static-pods");

const POD = "{ metadata: { name: etcd, namespace: kube-system }, spec: { containers: [{ name: etcd, image: etcd }] } }";

function load(kubelet: string, pool: string, controlPlane = "") {
  const text = `apiVersion: kubedrill/v1alpha1
kind: Scenario
metadata: { name: static }
spec:
  duration: 10m
  cluster:${controlPlane}
    kubelet: { staticPods: [${kubelet}] }
    nodePools: [{ name: n, count: 3, machine: { cpu: 4, memory: 8Gi }, staticPods: [${pool}] }]
`;
  return loadScenarioText(text, "s.yaml", ".");
}

const wrong = (...parts: Parameters<typeof load>) =>
  load(...parts).problems.map((p) => `${p.line}:${p.column} ${p.path}: ${p.expected}, not ${p.received}`);

test("pods of all nodes and of one pool, written out, with their defaults", () => {
  const { plans, problems } = load("{ metadata: { name: proxy }, spec: { containers: [{ name: c }] } }", POD);
  assert.equal(problems, []);
  const { staticPods } = plans[0]!.kubelet;
  assert.equal(
    staticPods.map(({ pool, pods }) => [pool, pods.map(({ metadata }) => `${metadata.namespace}/${metadata.name}`)]),
    [
      [null, ["default/proxy"]],
      ["n", ["kube-system/etcd"]],
    ],
  );
  assert.is(staticPods[0]!.pods[0]!.spec.restartPolicy, "Always");
});

test("mistakes are told with their place", () => {
  assert.equal(wrong("5", ""), ["7:29 spec.cluster.kubelet.staticPods[0]: the file of a pod, or a pod, not 5"]);
  assert.equal(wrong("", "none.yaml"), [
    '8:85 spec.cluster.nodePools[0].staticPods[0]: a file that exists, not "none.yaml"',
  ]);
  assert.match(wrong("{ spec: { containers: [{ name: c, imgae: x }, { name: c }] } }", "")[0]!, /7:\d+ spec\.cluster/);
});

test("only pods, which need nothing of the API server, each once", () => {
  const deployment =
    "{ apiVersion: apps/v1, kind: Deployment, spec: { selector: { matchLabels: { a: b } }, template: { metadata: { labels: { a: b } }, spec: { containers: [{ name: c }] } } } }";
  assert.match(wrong(deployment, "")[0]!, /a Pod: nothing else can be static/);
  assert.match(
    wrong("{ spec: { serviceAccountName: x, containers: [{ name: c }] } }", "")[0]!,
    /needs nothing of the API/,
  );
  assert.match(wrong(POD, POD)[0]!, /each static pod of a node with a name of its own/);
});

test("without kubelets there is nobody to run them", () => {
  const none = "\n    controlPlane: { controllerManager: false }";
  assert.match(wrong("", POD, none)[0]!, /no static pods where/);
});

test.run();
