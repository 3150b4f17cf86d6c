// Kinds of fault that act on the whole cluster: each does what it says to a small one, seen through the API and through requests.
// test-timeout: 240s
import { test } from "uvu";
import * as assert from "uvu/assert";
import { simulate } from "../../sim/cluster.ts";
import { loadScenarioText } from "../../sim/scenario/load.ts";

const HEAD = `apiVersion: kubedrill/v1alpha1
kind: Scenario
metadata: { name: kinds }
spec:
  duration: 5m
  cluster:
    start: settled
    controlPlane: { apiServers: 2, scheduler: { replicas: 2 }, controllerManager: { replicas: 2 } }
    nodePools: [{ name: n, count: 4, zones: [a, b], racks: 1, machine: { cpu: 4, memory: 8Gi, ephemeralStorage: 50Gi } }]
    objects:
      - apiVersion: apps/v1
        kind: Deployment
        metadata: { name: web }
        spec:
          replicas: 4
          selector: { matchLabels: { app: web } }
          template:
            metadata: { labels: { app: web } }
            spec: { containers: [{ name: web, image: "registry.example/web:v1", resources: { requests: { cpu: 100m } } }] }
      - { apiVersion: v1, kind: Service, metadata: { name: web }, spec: { selector: { app: web }, ports: [{ port: 80 }] } }
      - apiVersion: admissionregistration.k8s.io/v1
        kind: ValidatingWebhookConfiguration
        metadata: { name: policy }
        webhooks:
          - name: policy.example
            failurePolicy: Fail
            timeoutSeconds: 5
            clientConfig: { url: https://policy.example/validate }
            rules: [{ operations: [CREATE], apiGroups: [""], apiVersions: ["v1"], resources: [pods] }]
  traffic: { services: [{ service: web, rate: 100/s }] }
`;

/** Kind → its entry, further lines below spec, and what must be seen. */
const CASES: Readonly<Record<string, readonly [entry: string, ...expect: string[]]>> = {
  nodeCrash: ["{ node: n-0 }", "eventually condition(node/n-0, Ready) == Unknown", "failedRequests(service/web) > 0"],
  nodeReboot: [
    "{ node: n-0, graceful: false, down: 20s }",
    "eventually ready(deployment/web) < 4",
    "ready(deployment/web) == 4",
  ],
  nodeFreeze: ["{ node: n-0, for: 2m }", "eventually condition(node/n-0, Ready) == Unknown"],
  nodeFlap: ["{ node: n-0, down: 80s, up: 20s, for: 3m }", "events(reason=NodeNotReady, object=node/n-0) >= 1"],
  kubeletStop: [
    "{ node: n-0, for: 2m }",
    "eventually condition(node/n-0, Ready) == Unknown",
    "failedRequests(service/web) == 0",
  ],
  runtimeHang: ["{ node: n-0 }", "eventually condition(node/n-0, Ready) == False"],
  nodeSlow: ["{ node: n-0, factor: 50, for: 1m }", "condition(node/n-0, Ready) == True"],
  diskPressure: ["{ node: n-0, full: 97%, for: 2m }", "eventually condition(node/n-0, DiskPressure) == True"],
  memoryLeak: ["{ node: n-0, perSecond: 200Mi, for: 2m }", "eventually condition(node/n-0, MemoryPressure) == True"],
  clockSkew: [
    "{ node: n-0, offset: 10m, direction: behind, for: 2m }",
    "eventually condition(node/n-0, Ready) == Unknown",
  ],
  nodePartition: [
    "{ node: n-0, for: 2m }",
    "eventually condition(node/n-0, Ready) == Unknown",
    "failedRequests(service/web) == 0",
  ],
  zoneOutage: ["{ zone: a, controlPlane: false, for: 2m }", "eventually count(nodes, zone=a, ready=Unknown) == 2"],
  rackOutage: ["{ rack: a-rack-0, for: 2m }", "eventually count(nodes, zone=a, ready=Unknown) == 2"],
  networkPartition: ["{ zone: b, for: 2m }", "eventually count(nodes, ready=Unknown) >= 1"],
  podKill: ["{ selector: app=web, count: 2 }", "restarts(pods, app=web) == 2"],
  containerKill: ["{ selector: app=web, count: 1, exitCode: 3 }", "restarts(pods, app=web) == 1"],
  oomKill: ["{ selector: app=web, count: 1 }", "restarts(pods, app=web) == 1"],
  podHang: ["{ selector: app=web, count: 1 }", "failedRequests(service/web) > 0"],
  crashLoop: ["{ workload: deployment/web, after: 1s, for: 2m }", "restarts(pods, app=web) >= 8"],
  badRollout: [
    "{ workload: deployment/web, for: 2m, rollback: true }",
    "eventually updated(deployment/web) == 2",
    "ready(deployment/web) >= 3",
  ],
  massDeletion: ["{ what: deployments }", "not exists(deployment/web)", "count(pods, app=web) == 0"],
  apiServerCrash: ["{ server: apiserver-0, for: 1m }", "count(nodes, ready=True) == 4"],
  apiServerRestart: ["{ server: apiserver-0 }", "count(nodes, ready=True) == 4"],
  apiServerFreeze: ["{ server: apiserver-0, for: 20s }", "count(nodes, ready=True) == 4"],
  apiServerOverload: ["{ factor: 50, for: 1m }", "count(nodes, ready=True) == 4"],
  watchBreak: ["{ expired: true }", "count(nodes, ready=True) == 4"],
  schedulerCrash: [
    "{ role: leader, for: 1m }",
    "eventually events(reason=LeaderElection, source=default-scheduler) >= 1",
  ],
  controllerManagerCrash: [
    "{ role: leader, for: 1m }",
    "number(lease/kube-system/kube-controller-manager, spec.leaseTransitions) >= 1",
  ],
  leaderLoss: ["{ component: scheduler }", "number(lease/kube-system/kube-scheduler, spec.leaseTransitions) >= 1"],
  webhookDown: ["{ for: 1m }", "faultsInjected == 1"],
  webhookSlow: ["{ delay: 2s, for: 1m }", "faultsInjected == 1"],
  registryOutage: ["{ for: 1m }", "faultsInjected == 1"],
  registrySlow: ["{ factor: 10, for: 1m }", "faultsInjected == 1"],
  certificateExpiry: ["{ of: system:nodes }", "eventually count(nodes, ready=Unknown) == 4"],
  rbacRevoked: ["{ of: system:kube-scheduler, for: 1m }", "faultsInjected == 1"],
  dnsOutage: ["{ for: 1m }", "faultsInjected == 1"],
  metricsOutage: ["{ for: 1m }", "faultsInjected == 1"],
  loadSpike: ["{ service: web, factor: 10, for: 1m }", "requests(service/web) > 80000"],
};

/** The same of the cloud behind the cluster. */
const CLOUD_CASES: typeof CASES = {
  machineDelete: [
    "{ node: n-0 }",
    "eventually not exists(node/n-0)",
    "eventually condition(node/n-0-r1, Ready) == True",
    "ready(deployment/web) == 4",
  ],
  spotReclaim: [
    "{ node: n-0, notice: 30s }",
    // it runs on until the notice is over
    "from 1m to 90s: always failing(service/web) == 0%",
    "failedRequests(service/web) > 0",
    "deleted(nodes) == 1",
    "eventually count(nodes, ready=True) == 4",
  ],
  // whose machine is gone is asked of the cloud, and new ones come from it
  cloudApiOutage: [
    "{ for: 2m } }, { at: 70s, machineDelete: { node: n-0 }",
    "from 70s to 3m: always condition(node/n-0, Ready) != none",
    "count(nodes, ready=True) == 4",
  ],
  cloudStockout: [
    "{ zones: [a], for: 2m } }, { at: 70s, machineDelete: { node: n-0 } }, { at: 71s, machineDelete: { node: n-1 }",
    "exists(node/n-1-r1) before 130s",
    "from 70s to 3m: never exists(node/n-0-r1)",
    "count(nodes, ready=True) == 4",
  ],
};

/** And of its autoscaler. */
const AUTOSCALER_CASES: typeof CASES = {
  // its lease is given back only by one that is asked to end
  autoscalerCrash: [
    "{ role: leader, for: 1m }",
    "number(lease/kube-system/cluster-autoscaler, spec.leaseTransitions) >= 1",
    "eventually exists(configmap/kube-system/cluster-autoscaler-status)",
  ],
};

const AUTOSCALER_HEAD = HEAD.replace(
  "    start: settled\n",
  "    start: settled\n    autoscaler: { replicas: 2 }\n",
).replace("count: 4,", "count: 4, autoscaling: { min: 2, max: 4 },");

const CLOUD_HEAD = HEAD.replace("    start: settled\n", "    start: settled\n    cloud: { provisionMachine: 30s }\n");

for (const [head, kind, entry, expect] of [
  ...Object.entries(CASES).map(([kind, [entry, ...expect]]) => [HEAD, kind, entry, expect] as const),
  ...Object.entries(CLOUD_CASES).map(([kind, [entry, ...expect]]) => [CLOUD_HEAD, kind, entry, expect] as const),
  ...Object.entries(AUTOSCALER_CASES).map(
    ([kind, [entry, ...expect]]) => [AUTOSCALER_HEAD, kind, entry, expect] as const,
  ),
]) {
  test(kind, () => {
    const text = `${head}  faults: [{ at: 1m, ${kind}: ${entry} }]\n  expect: ${JSON.stringify(expect)}\n`;
    const { plans, problems } = loadScenarioText(text, "x.yaml", ".");
    assert.equal(problems, []);
    const { identity, verdicts } = simulate(plans[0]!);
    assert.equal(identity.invalidReasons, []);
    for (const { holds, note, text: line } of verdicts) assert.ok(holds, `${line}: ${note}`);
  });
}

test.run();
