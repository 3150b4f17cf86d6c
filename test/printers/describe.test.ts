// Descriptions as kubectl writes them.
import { test } from "uvu";
import * as assert from "uvu/assert";
import type { KubernetesObject } from "../../sim/model/objects.ts";
import { describeObjects } from "../../sim/printers/describe/describe.ts";
import { alignTabs, longTime } from "../../sim/printers/describe/writer.ts";
import { type ListName, ResourceNames } from "../../sim/printers/resource-names.ts";

type Fields = Readonly<Record<string, unknown>>;
const made = (name: string, fields: Fields, metadata: Fields = {}) =>
  ({
    metadata: { name, namespace: "default", uid: name, creationTimestamp: "2026-01-01T00:00:00Z", ...metadata },
    ...fields,
  }) as unknown as KubernetesObject;

const CLUSTER: Partial<Record<ListName, readonly KubernetesObject[]>> = {
  pods: [
    made(
      "web-x",
      {
        spec: {
          nodeName: "n1",
          priority: 0,
          containers: [
            {
              name: "web",
              image: "web:1",
              ports: [{ containerPort: 80 }],
              resources: { requests: { cpu: "500m", memory: "1Gi" }, limits: { memory: "2Gi" } },
              readinessProbe: { httpGet: { path: "/ok", port: 80 }, periodSeconds: 5 },
            },
          ],
          tolerations: [{ key: "a", operator: "Exists", effect: "NoExecute", tolerationSeconds: 300 }],
        },
        status: {
          phase: "Running",
          hostIP: "10.0.0.1",
          podIP: "10.1.0.2",
          startTime: "2026-01-01T00:00:01Z",
          qosClass: "Burstable",
          conditions: [{ type: "Ready", status: "False" }],
          containerStatuses: [
            {
              name: "web",
              ready: false,
              restartCount: 2,
              state: { waiting: { reason: "CrashLoopBackOff", message: "back-off 20s" } },
              lastState: {
                terminated: {
                  exitCode: 137,
                  reason: "OOMKilled",
                  startedAt: "2026-01-01T00:01:00Z",
                  finishedAt: "2026-01-01T00:02:00Z",
                },
              },
            },
          ],
        },
      },
      { labels: { app: "web", b: "c" }, ownerReferences: [{ kind: "ReplicaSet", name: "web", controller: true }] },
    ),
  ],
  nodes: [
    made("n1", { status: { allocatable: { cpu: "4", memory: "8Gi" } } }, { namespace: undefined, uid: "n1-uid" }),
  ],
  deployments: [
    made("db", {
      spec: {
        selector: { matchLabels: { app: "db" } },
        template: {
          metadata: { labels: { app: "db" } },
          spec: {
            containers: [
              {
                name: "db",
                image: "db:1",
                env: [{ name: "PASSWORD", valueFrom: { secretKeyRef: { name: "db", key: "password" } } }],
                resources: { limits: { cpu: "1000m", memory: "1024Mi" } },
                volumeMounts: [
                  { name: "conf", mountPath: "/etc/db", readOnly: true },
                  { name: "data", mountPath: "/data/db", subPath: "db" },
                ],
              },
            ],
            volumes: [
              { name: "data", persistentVolumeClaim: { claimName: "db" } },
              { name: "conf", configMap: { name: "conf" } },
              { name: "tmp", emptyDir: {} },
            ],
          },
        },
      },
    }),
  ],
  events: [
    made("web-x.1", {
      involvedObject: { kind: "Pod", name: "web-x", namespace: "default", uid: "web-x" },
      type: "Warning",
      reason: "BackOff",
      message: "Back-off restarting failed container",
      source: { component: "kubelet", host: "n1" },
      count: 4,
      firstTimestamp: "2026-01-01T00:02:00Z",
      lastTimestamp: "2026-01-01T00:09:00Z",
    }),
    made("web-x.0", {
      involvedObject: { kind: "Pod", name: "web-x", namespace: "default", uid: "another" },
      type: "Normal",
      reason: "Scheduled",
      message: "of a former pod of this name",
    }),
  ],
};
const NAMES = new ResourceNames(Object.keys(CLUSTER) as ListName[]);

function describe(kind: string, ...names: string[]) {
  const request = { resources: [NAMES.find(kind)!], names, namespace: "default", filters: [] };
  return describeObjects(request, { list: (list) => CLUSTER[list] ?? [], nowMicros: 600_000_000 });
}

test("a pod: fields, containers with their states, conditions, and its own Events only", () => {
  assert.is(
    describe("pod", "web-x").out,
    `Name:             web-x
Namespace:        default
Priority:         0
Service Account:  default
Node:             n1/10.0.0.1
Start Time:       Thu, 01 Jan 2026 00:00:01 +0000
Labels:           app=web
                  b=c
Annotations:      <none>
Status:           Running
IP:               10.1.0.2
IPs:
  IP:           10.1.0.2
Controlled By:  ReplicaSet/web
Containers:
  web:
    Container ID:   containerd://81567262341061211b396525ee7d5d2fb219f4dc88336f9378b37bff202e0f26
    Image:          web:1
    Image ID:       docker.io/library/web@sha256:6d2b2e5698ddb3ae7ed22945839e2ff126a77afa1242b457c80734732909c9b7
    Port:           80/TCP
    Host Port:      0/TCP
    State:          Waiting
      Reason:       CrashLoopBackOff
      Message:      back-off 20s
    Last State:     Terminated
      Reason:       OOMKilled
      Exit Code:    137
      Started:      Thu, 01 Jan 2026 00:01:00 +0000
      Finished:     Thu, 01 Jan 2026 00:02:00 +0000
    Ready:          False
    Restart Count:  2
    Limits:
      memory:  2Gi
    Requests:
      cpu:        500m
      memory:     1Gi
    Readiness:    http-get http://:80/ok delay=0s timeout=1s period=5s #success=1 #failure=3
    Environment:  <none>
    Mounts:
      /var/run/secrets/kubernetes.io/serviceaccount from kube-api-access-frh6h (ro)
Conditions:
  Type    Status
  Ready   False 
Volumes:
  kube-api-access-frh6h:
    Type:                    Projected (a volume that contains injected data from multiple sources)
    TokenExpirationSeconds:  3607
    ConfigMapName:           kube-root-ca.crt
    Optional:                false
    DownwardAPI:             true
QoS Class:                   Burstable
Node-Selectors:              <none>
Tolerations:                 a:NoExecute op=Exists for 300s
Events:
  Type     Reason   Age               From     Message
  ----     ------   ----              ----     -------
  Warning  BackOff  60s (x4 over 8m)  kubelet  Back-off restarting failed container
`,
  );
});

test("a pod template: mounts, volumes by their kind, amounts as the API gives them back", () => {
  const { out } = describe("deployment", "db");
  for (const line of [
    /^ +Limits:\n +cpu: +1\n +memory: +1Gi$/m,
    /^ +PASSWORD: +<set to the key 'password' in secret 'db'> {2}Optional: false$/m,
    /^ +Mounts:\n +\/data\/db from data \(rw,path="db"\)\n +\/etc\/db from conf \(ro\)$/m,
    /^ +data:\n +Type: +PersistentVolumeClaim \(a reference to a PersistentVolumeClaim in the same namespace\)\n +ClaimName: +db\n +ReadOnly: +false$/m,
    /^ +conf:\n +Type: +ConfigMap \(a volume populated by a ConfigMap\)\n +Name: +conf\n +Optional: +false$/m,
    /^ +tmp:\n +Type: +EmptyDir \(a temporary directory that shares a pod's lifetime\)\n +Medium: *\n +SizeLimit: +<unset>$/m,
  ])
    assert.match(out, line);
});

test("a node: what its pods ask for, in shares of what it has", () => {
  const { out } = describe("node", "n1");
  assert.match(out, /\nNon-terminated Pods: +\(1 in total\)\n/);
  assert.match(out, /\n {2}default +web-x +500m \(12%\) +0 \(0%\) +1Gi \(12%\) +2Gi \(25%\) +10m\n/);
  assert.match(out, /\nEvents: +<none>\n$/);
});

test("the beginning of a name is enough; what is not there is said in kubectl's words", () => {
  assert.match(describe("pods", "we").out, /^Name: +web-x\n/);
  assert.equal(describe("pods", "zz"), {
    out: "",
    err: 'Error from server (NotFound): pods "zz" not found\n',
    isOk: false,
  });
});

test("columns are aligned over neighbouring lines only", () => {
  assert.is(alignTabs(["a:\tb", "long key:\tc", "no cells", "x:\ty"]), "a:         b\nlong key:  c\nno cells\nx:  y\n");
  assert.is(longTime("2026-03-08T05:06:07Z"), "Sun, 08 Mar 2026 05:06:07 +0000");
  assert.is(longTime("2025-12-01T00:00:00Z"), "Mon, 01 Dec 2025 00:00:00 +0000");
});

test.run();
