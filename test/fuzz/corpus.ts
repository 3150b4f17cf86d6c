// What the fuzzer spoils: small sets of files that are right, each covering as many kinds of input as it can.

/** Contents by file name. Text is UTF-8. */
export type Files = ReadonlyMap<string, string | Uint8Array>;

export interface Seed {
  readonly name: string;
  readonly files: Files;
}

/** The file that is loaded in every seed. */
export const ENTRY = "scenario.yaml";

const SCENARIO = `apiVersion: kubedrill/v1alpha1
kind: Scenario
metadata: { name: fuzz, description: everything a scenario can say }
spec:
  seed: 7
  duration: 2m
  cluster:
    controlPlane:
      schedulerConfiguration: ./scheduler.yaml
      scheduler: { cycleLatency: 1ms, bindLatency: { uniform: { min: 1ms, max: 5ms } }, tieBreak: seeded, percentageOfNodesToScore: 50 }
    nodePools:
      - name: general
        count: 4
        zones: [a, b]
        machine: { cpu: 4, memory: 8Gi, pods: 20, ephemeralStorage: 10Gi, gpu: 1, extended: { "example.com/nic": 2 } }
        labels: { team: red }
        taints: [{ key: soft, effect: PreferNoSchedule }]
      - { name: late, count: 2, machine: { cpu: "2", memory: 4Gi }, boot: { lognormal: { median: 10s, p90: 20s } } }
    manifests: [./app.yaml, ./dump.json]
  workload:
    - arrivals: { shape: ./pod.yaml, every: { exponential: 5s }, count: 8, start: 1s, lifetime: { weibull: { shape: 1.5, scale: 30s } } }
    - pods: { shape: { spec: { containers: [{ name: c, resources: { requests: { cpu: 100m } } }] } }, count: 3, at: 10s, name: inline }
    - trace: { format: openb, nodes: ./nodes.csv, pods: ./pods.csv, timeScale: 0.5 }
    - trace: { format: csv, pods: ./table.csv, arrivals: { fixedRate: 2/s }, columns: { name: job, labels: [team] }, namespace: jobs, name: table }
  faults:
    - { at: 30s, keepQuorum: true, etcdMemberCrash: { role: follower, for: 10s } }
    - { id: slow, every: { exponential: 40s }, count: 2, etcdSlowDisk: { extra: 20ms, for: { uniform: { min: 1s, max: 9s } } } }
    - { after: slow, on: recovery, delay: 1s, etcdMoveLeader: {} }
  reports: { timeseriesStep: 10s }
  expect: ["scheduled <= all", "p99(pendingSeconds) < 2h", "mean(cpuRequested) >= 0%"]
`;

const SWEEP = `apiVersion: kubedrill/v1alpha1
kind: Scenario
metadata:
  name: sweep
spec:
  until: idle
  cluster:
    nodePools:
      - &pool
        name: a
        count: 2
        machine: { cpu: 2, memory: 2Gi }
      - { <<: *pool, name: b, count: 1 }
  workload:
    - pods:
        shape: ./pod.yaml
        count: 3
        lifetime: 5s
  sweep:
    "cluster.nodePools[0].count": [1, 2]
    "workload[0].pods.count": [1, 4]
  variants:
    - { name: first, set: { "cluster.controlPlane.scheduler.tieBreak": first } }
    - { name: heap, set: { "cluster.controlPlane.scheduler.tieBreak": heap } }
`;

const FAULTS = `apiVersion: kubedrill/v1alpha1
kind: Scenario
metadata: { name: faults }
spec:
  duration: 1m
  cluster:
    controlPlane: { etcd: { members: 5, zones: [a, b], disk: ssd, quotaBytes: 64Mi } }
    nodePools: [{ name: n, count: 2, machine: { cpu: 4, memory: 8Gi } }]
    network: { crossZone: { latency: 2ms, loss: 0.1% } }
  workload: [{ arrivals: { shape: ./pod.yaml, every: 4s, count: 5 } }]
  faults:
    - { id: lead, at: 5s, etcdLeaderFailure: { for: 3s } }
    - { every: 20s, start: 1s, until: 50s, etcdPause: { member: etcd-1, recover: 2s } }
    - { after: lead, on: recovery, delay: { exponential: 1s }, etcdPartition: { isolate: minority, direction: out, for: 4s } }
    - { when: etcd.term >= 3 and not faults.active == 2, coolDown: 10s, networkDelay: { zone: a, delay: { exponential: 30ms }, for: 5s } }
    - { mtbf: 30s, per: member, maxActive: 3, keepQuorum: true, etcdGracefulStop: { share: 50%, for: 1s } }
    - { at: 40s, networkLoss: { members: [etcd-0, etcd-2], loss: 20%, for: 5s } }
    - { at: 20s, etcdDisasterRestore: { backupEvery: 10s, for: 2s } }
    - { when: etcd.leader == etcd-3 or pods.scheduled >= 2, etcdMemberReplace: { role: follower, delay: 3s, learner: false } }
  expect: [faultsInjected >= 0, etcdLeaderlessSeconds < 1h, "max(faultRecoverySeconds) < 10m"]
`;

const CLUSTER = `apiVersion: kubedrill/v1alpha1
kind: Scenario
metadata: { name: cluster }
spec:
  duration: 3m
  cluster:
    start: settled
    cloud: { provisionMachine: { uniform: { min: 20s, max: 40s } }, replaceMachines: true, callsPerSecond: 5 }
    kubelet: { heartbeats: accounted }
    controlPlane: { apiServers: { replicas: 2, cpuCores: 4 }, scheduler: { replicas: 2 }, controllerManager: { replicas: 2 } }
    nodePools: [{ name: n, count: 3, zones: [a, b, c], racks: 1, machine: { cpu: 4, memory: 8Gi, ephemeralStorage: 50Gi } }]
    manifests: [./web.yaml]
    objects:
      - { apiVersion: v1, kind: Service, metadata: { name: web }, spec: { type: LoadBalancer, selector: { app: web }, ports: [{ port: 80 }] } }
  traffic:
    services:
      - { service: web, rate: [{ at: 0s, rate: 100/s }, { at: 1m, rate: 300/s }], minAvailable: 2, lookupsPerRequest: 0 }
    loadBalancer: { interval: 10s, unhealthyChecks: 3, healthyChecks: 2 }
    proxy: { minSyncPeriod: 1s, sync: { uniform: { min: 20ms, max: 60ms } } }
  actions:
    - { id: grow, at: 20s, scale: { object: deployment/web, replicas: 5 } }
    - { id: roll, after: grow, on: recovery, delay: 5s, setImage: { object: deployment/web, images: { web: "registry.example/web:v2" }, annotations: { kubedrill.io/ready: "3" } } }
    - { id: empty, at: 80s, drain: { selector: topology.kubernetes.io/zone=a, ignoreDaemonsets: true, timeout: 30s } }
    - { when: "tainted(node/n-0, node.kubernetes.io/unreachable)", uncordon: { node: n-0 } }
    - { at: 100s, patch: { object: pdb/web, patch: { spec: { minAvailable: 1 } } } }
    - { at: 110s, apply: { objects: [{ apiVersion: v1, kind: ConfigMap, metadata: { name: c }, data: { a: b } }] } }
    - { at: 120s, delete: { object: configmap/c } }
  faults:
    - { id: cut, at: 30s, nodePartition: { zone: b, from: everything, for: 50s } }
    - { at: 40s, machineDelete: { node: n-2 } }
    - { every: { exponential: 30s }, start: 10s, count: 2, podKill: { selector: app=web, share: 50% } }
    - { after: roll, delay: 1s, registryOutage: { for: 10s } }
    - { mtbf: { weibull: { shape: 0.7, scale: 10m } }, per: node, nodeCrash: { for: { lognormal: { median: 20s, p90: 1m } } } }
    - { at: 60s, apiServerOverload: { factor: 20, background: 50%, for: 10s } }
    - { when: "count(nodes, ready=True) < 3 and time > 1m", loadSpike: { service: web, factor: 3, for: 20s } }
    - { at: 90s, massDeletion: { what: pods, share: 40%, namespaces: default } }
  expect:
    - before cut: always ready(deployment/web) >= 0
    - during cut: eventually count(nodes, zone=b, ready=Unknown) == 1 within 90s
    - (never failing(service/web) > 100%) and availability(service/web) >= 0%
    - after grow: not (eventually rolledOut(deployment/web) within 1ms)
    - from 10s to 2m: distinct(pods, node.zone, app=web) <= 3
    - restarts(pods, app=web) - 1 < 1000 * 2
    - field(pod/x, status.reason) == none
`;

const WEB = `apiVersion: apps/v1
kind: Deployment
metadata: { name: web }
spec:
  replicas: 3
  selector: { matchLabels: { app: web } }
  strategy: { rollingUpdate: { maxSurge: 1, maxUnavailable: 25% } }
  template:
    metadata:
      labels: { app: web }
      annotations: { kubedrill.io/ready: "uniform:2:5", kubedrill.io/stop: "2", kubedrill.io/cpu-use: 50m, kubedrill.io/cpu-per-request: "0.005" }
    spec:
      containers:
        - name: web
          image: registry.example/web:v1
          resources: { requests: { cpu: 500m, memory: 512Mi }, limits: { cpu: "1", memory: 1Gi } }
          readinessProbe: { httpGet: { path: /ready, port: 8080 }, periodSeconds: 5 }
          livenessProbe: { httpGet: { path: /live, port: 8080 }, periodSeconds: 10 }
---
apiVersion: policy/v1
kind: PodDisruptionBudget
metadata: { name: web }
spec: { minAvailable: 2, selector: { matchLabels: { app: web } } }
---
apiVersion: apps/v1
kind: DaemonSet
metadata: { name: agent }
spec:
  selector: { matchLabels: { app: agent } }
  template:
    metadata: { labels: { app: agent } }
    spec: { containers: [{ name: agent, image: registry.example/agent:v1, resources: { requests: { cpu: 100m } } }] }
---
apiVersion: batch/v1
kind: CronJob
metadata: { name: tick }
spec:
  schedule: "* * * * *"
  concurrencyPolicy: Forbid
  jobTemplate: { spec: { backoffLimit: 1, template: { metadata: { annotations: { kubedrill.io/run: "5" } }, spec: { restartPolicy: Never, containers: [{ name: c, image: "registry.example/t:v1" }] } } } }
---
apiVersion: autoscaling/v2
kind: HorizontalPodAutoscaler
metadata: { name: web }
spec:
  scaleTargetRef: { apiVersion: apps/v1, kind: Deployment, name: web }
  minReplicas: 2
  maxReplicas: 6
  metrics: [{ type: Resource, resource: { name: cpu, target: { type: Utilization, averageUtilization: 60 } } }]
`;

const SCHEDULER = `apiVersion: kubescheduler.config.k8s.io/v1
kind: KubeSchedulerConfiguration
percentageOfNodesToScore: 60
podInitialBackoffSeconds: 1
podMaxBackoffSeconds: 4
profiles:
  - schedulerName: default-scheduler
    plugins:
      multiPoint: { enabled: [{ name: NodeAffinity, weight: 3 }], disabled: [{ name: ImageLocality }] }
      score: { enabled: [{ name: NodeResourcesFit, weight: 5 }] }
    pluginConfig:
      - name: NodeResourcesFit
        args:
          scoringStrategy:
            type: RequestedToCapacityRatio
            resources: [{ name: cpu, weight: 2 }, { name: memory }]
            requestedToCapacityRatio: { shape: [{ utilization: 0, score: 0 }, { utilization: 100, score: 10 }] }
      - name: PodTopologySpread
        args: { defaultingType: List, defaultConstraints: [{ maxSkew: 2, topologyKey: zone, whenUnsatisfiable: ScheduleAnyway }] }
  - schedulerName: second
`;

const APP = `apiVersion: scheduling.k8s.io/v1
kind: PriorityClass
metadata: { name: high }
value: 1000
---
apiVersion: apps/v1
kind: Deployment
metadata: { name: web, labels: { app: web } }
spec:
  replicas: 3
  selector: { matchLabels: { app: web } }
  template:
    metadata: { labels: { app: web } }
    spec:
      priorityClassName: high
      nodeSelector: { kubernetes.io/os: linux }
      affinity:
        nodeAffinity:
          requiredDuringSchedulingIgnoredDuringExecution:
            nodeSelectorTerms: [{ matchExpressions: [{ key: kubernetes.io/arch, operator: In, values: [amd64] }] }]
        podAntiAffinity:
          preferredDuringSchedulingIgnoredDuringExecution:
            - { weight: 10, podAffinityTerm: { topologyKey: kubernetes.io/hostname, labelSelector: { matchLabels: { app: web } } } }
      topologySpreadConstraints:
        - { maxSkew: 1, topologyKey: topology.kubernetes.io/zone, whenUnsatisfiable: ScheduleAnyway, labelSelector: { matchLabels: { app: web } } }
      tolerations: [{ key: gpu, operator: Exists, effect: NoSchedule }]
      containers:
        - name: web
          image: registry/web:1
          resources: { requests: { cpu: 250m, memory: 64Mi }, limits: { memory: 128Mi } }
          ports: [{ containerPort: 80, hostPort: 8080 }]
      volumes: [{ name: data, emptyDir: {} }]
---
apiVersion: v1
kind: Service
metadata: { name: web }
spec: { selector: { app: web } }
---
apiVersion: apps/v1
kind: StatefulSet
metadata: { name: db }
spec:
  replicas: 2
  selector: { matchLabels: { app: db } }
  template: { metadata: { labels: { app: db } }, spec: { containers: [{ name: db, resources: { requests: { cpu: 100m } } }] } }
---
apiVersion: apps/v1
kind: DaemonSet
metadata: { name: agent }
spec: { selector: { matchLabels: { app: agent } }, template: { metadata: { labels: { app: agent } }, spec: { containers: [{ name: agent }] } } }
---
apiVersion: batch/v1
kind: Job
metadata: { name: once }
spec: { parallelism: 2, completions: 2, template: { spec: { restartPolicy: Never, containers: [{ name: c }] } } }
---
apiVersion: policy/v1
kind: PodDisruptionBudget
metadata: { name: web }
spec: { minAvailable: 50%, selector: { matchLabels: { app: web } } }
---
apiVersion: v1
kind: ConfigMap
metadata: { name: ignored }
data: { a: b }
`;

const DUMP = JSON.stringify(
  {
    apiVersion: "v1",
    kind: "List",
    items: [
      {
        apiVersion: "v1",
        kind: "Node",
        metadata: {
          name: "own-0",
          labels: { "kubernetes.io/hostname": "own-0", zone: "a" },
          managedFields: [{ manager: "kubelet" }],
        },
        spec: { taints: [{ key: "dedicated", value: "x", effect: "NoSchedule" }] },
        status: {
          allocatable: { cpu: "3900m", memory: "7Gi", pods: "30", "ephemeral-storage": "20Gi" },
          conditions: [{ type: "Ready", status: "True" }],
          images: [{ names: ["registry/web:1"], sizeBytes: 123456789 }],
        },
      },
      {
        apiVersion: "v1",
        kind: "Pod",
        metadata: {
          name: "bound",
          namespace: "kube-system",
          uid: "u-1",
          ownerReferences: [{ kind: "DaemonSet", name: "x", controller: true }],
        },
        spec: {
          nodeName: "own-0",
          containers: [{ name: "c", resources: { requests: { cpu: "100m", memory: "50Mi" } } }],
          tolerations: [{ operator: "Exists" }],
        },
        status: {
          phase: "Running",
          startTime: "2026-01-01T00:00:00Z",
          containerStatuses: [{ name: "c", resources: { requests: { cpu: "100m" } } }],
        },
      },
      { apiVersion: "v1", kind: "Namespace", metadata: { name: "kube-system", labels: { a: "b" } } },
    ],
  },
  null,
  2,
);

const POD = `apiVersion: v1
kind: Pod
metadata: { name: batch, labels: { app: batch } }
spec:
  initContainers: [{ name: init, restartPolicy: Always, resources: { requests: { cpu: 50m } } }]
  containers:
    - { name: main, resources: { requests: { cpu: 500m, memory: 256Mi }, limits: { cpu: "1" } } }
  overhead: { cpu: 10m }
  priority: 5
`;

const NODES_CSV = "sn,cpu_milli,memory_mib,gpu,model\nt-0,8000,16384,2,T4\nt-1,8000,16384,0,\n";
const PODS_CSV = `name,cpu_milli,memory_mib,num_gpu,gpu_milli,gpu_spec,qos,pod_phase,creation_time,deletion_time,scheduled_time
p-0,1000,1024,1,500,,LS,Running,1,20,2
p-1,2000,1024,0,0,,BE,Pending,3,30,
p-2,500,0,1,1000,T4|P100,LS,Running,2,40,4
`;
const TABLE_CSV =
  'job,arrival,lifetime,cpu,memory,team,priority\nj-0,0,30,500m,128Mi,red,1\n"j-1",1.5,20s,1,1Gi,blue,\n';

export const SEEDS: readonly Seed[] = [
  {
    name: "everything",
    files: new Map<string, string>([
      [ENTRY, SCENARIO],
      ["scheduler.yaml", SCHEDULER],
      ["app.yaml", APP],
      ["dump.json", DUMP],
      ["pod.yaml", POD],
      ["nodes.csv", NODES_CSV],
      ["pods.csv", PODS_CSV],
      ["table.csv", TABLE_CSV],
    ]),
  },
  {
    name: "sweep",
    files: new Map<string, string>([
      [ENTRY, SWEEP],
      ["pod.yaml", POD],
    ]),
  },
  {
    name: "faults",
    files: new Map<string, string>([
      [ENTRY, FAULTS],
      ["pod.yaml", POD],
    ]),
  },
  {
    name: "cluster",
    files: new Map<string, string>([
      [ENTRY, CLUSTER],
      ["web.yaml", WEB],
    ]),
  },
];
