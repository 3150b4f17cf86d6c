// Whole answers of `get`, byte for byte as kubectl would write them.
import { test } from "uvu";
import * as assert from "uvu/assert";
import type { KubernetesObject, Service } from "../../sim/model/objects.ts";
import { type GetRequest, getObjects } from "../../sim/printers/get.ts";
import { servicePrinter } from "../../sim/printers/network.ts";
import { type ListName, ResourceNames } from "../../sim/printers/resource-names.ts";
import { fieldFilter, labelFilter } from "../../sim/printers/selection.ts";

type Fields = Readonly<Record<string, unknown>>;
const made = (name: string, fields: Fields = {}, metadata: Fields = {}): KubernetesObject =>
  ({
    metadata: { name, namespace: "default", creationTimestamp: "2026-01-01T00:00:00Z", ...metadata },
    ...fields,
  }) as never;

const template = { spec: { containers: [{ name: "web", image: "web:1" }] } };
const CLUSTER: Partial<Record<ListName, readonly KubernetesObject[]>> = {
  pods: [
    made(
      "web-b",
      { spec: { containers: [{}], nodeName: "n1" }, status: { phase: "Pending" } },
      { labels: { app: "web" } },
    ),
    made("web-a", { spec: { containers: [{}] }, status: { phase: "Pending" } }, { labels: { app: "web", tier: "x" } }),
    made("dns", { spec: { containers: [{}] }, status: { phase: "Pending" } }, { namespace: "kube-system" }),
  ],
  deployments: [
    made("web", {
      spec: { replicas: 3, template, selector: { matchLabels: { app: "web" } } },
      status: { readyReplicas: 2, updatedReplicas: 3, availableReplicas: 1 },
    }),
  ],
  nodes: [
    made(
      "n1",
      {
        spec: { unschedulable: true },
        status: { conditions: [{ type: "Ready", status: "True" }], nodeInfo: { kubeletVersion: "v1.36.2" } },
      },
      {
        namespace: undefined,
        labels: { "node-role.kubernetes.io/control-plane": "", "node-role.kubernetes.io/a": "" },
      },
    ),
    made(
      "n2",
      { status: { conditions: [{ type: "Ready", status: "Unknown" }], nodeInfo: { kubeletVersion: "v1.36.2" } } },
      { namespace: undefined },
    ),
  ],
  jobs: [
    made("j", {
      spec: { completions: 4, parallelism: 2, template, selector: {} },
      status: { succeeded: 1, startTime: "2026-01-01T00:00:10Z" },
    }),
  ],
  cronJobs: [
    made("c", {
      spec: { schedule: "*/5 * * * *", timeZone: "Europe/Berlin" },
      status: { lastScheduleTime: "2026-01-01T00:05:00Z", active: [{}] },
    }),
  ],
  services: [
    made("web", {
      spec: {
        type: "LoadBalancer",
        clusterIP: "10.96.0.9",
        ports: [
          { port: 80, nodePort: 30080, protocol: "TCP" },
          { port: 53, protocol: "UDP" },
        ],
      },
    }),
    made("db", { spec: { clusterIP: "None", ports: [] } }),
  ],
  events: [
    made("web-a.1", {
      involvedObject: { kind: "Pod", name: "web-a", namespace: "default" },
      type: "Warning",
      reason: "FailedScheduling",
      message: "0/2 nodes are available.\n",
      source: { component: "default-scheduler" },
      count: 3,
      firstTimestamp: "2026-01-01T00:00:01Z",
      lastTimestamp: "2026-01-01T00:05:00Z",
    }),
  ],
  horizontalPodAutoscalers: [
    made("web", {
      spec: {
        minReplicas: 2,
        maxReplicas: 9,
        scaleTargetRef: { kind: "Deployment", name: "web" },
        metrics: [
          { type: "Resource", resource: { name: "cpu", target: { type: "Utilization", averageUtilization: 80 } } },
        ],
      },
      status: {
        currentReplicas: 3,
        currentMetrics: [{ type: "Resource", resource: { name: "cpu", current: { averageUtilization: 43 } } }],
      },
    }),
  ],
  podDisruptionBudgets: [made("web", { spec: { minAvailable: "50%" }, status: { disruptionsAllowed: 1 } })],
  resourceQuotas: [
    made("q", {
      status: { hard: { pods: "10", "limits.cpu": "4", "requests.cpu": "2" }, used: { pods: "3", "limits.cpu": "1" } },
    }),
  ],
};
const NAMES = new ResourceNames(Object.keys(CLUSTER) as ListName[]);

function get(kinds: string, more: Partial<GetRequest> = {}) {
  const resources = kinds.split(",").map((word) => NAMES.find(word)!);
  const request = {
    resources,
    names: [],
    namespace: "default",
    filters: [],
    output: "",
    sortBy: "",
    noHeaders: false,
    showLabels: false,
    withKind: resources.length > 1,
    ...more,
  };
  return getObjects((list) => CLUSTER[list] ?? [], request, { nowMicros: 600_000_000 });
}

test("columns are as wide as their longest cell and three blanks; objects stand in the order of their keys", () => {
  assert.is(
    get("po").out,
    "NAME    READY   STATUS    RESTARTS   AGE\nweb-a   0/1     Pending   0          10m\nweb-b   0/1     Pending   0          10m\n",
  );
  assert.is(
    get("pods", { namespace: null }).out,
    "NAMESPACE     NAME    READY   STATUS    RESTARTS   AGE\ndefault       web-a   0/1     Pending   0          10m\n" +
      "default       web-b   0/1     Pending   0          10m\nkube-system   dns     0/1     Pending   0          10m\n",
  );
});

test("several kinds: a table each, names with their kind", () => {
  assert.is(
    get("deploy,svc").out,
    "NAME                  READY   UP-TO-DATE   AVAILABLE   AGE\ndeployment.apps/web   2/3     3            1           10m\n\n" +
      "NAME          TYPE           CLUSTER-IP   EXTERNAL-IP   PORT(S)               AGE\n" +
      "service/db    ClusterIP      None         <none>        <none>                10m\n" +
      "service/web   LoadBalancer   10.96.0.9    <pending>     80:30080/TCP,53/UDP   10m\n",
  );
});

test("addresses of a load balancer are cut to sixteen letters, and whole with -o wide", () => {
  const ingress = [{ hostname: "a1b2c3d4.elb.example" }, { ip: "203.0.113.9" }];
  const service = made("lb", {
    spec: { type: "LoadBalancer", clusterIP: "10.96.0.1" },
    status: { loadBalancer: { ingress } },
  });
  const cell = (isWide: boolean) => servicePrinter.cells(service as Service, { nowMicros: 0, isWide })[3];
  assert.is(cell(false), "203.0.113.9,a...");
  assert.is(cell(true), "203.0.113.9,a1b2c3d4.elb.example");
});

test("every kind has kubectl's columns", () => {
  assert.is(
    get("no").out,
    "NAME   STATUS                     ROLES             AGE   VERSION\n" +
      "n1     Ready,SchedulingDisabled   a,control-plane   10m   v1.36.2\n" +
      "n2     NotReady                   <none>            10m   v1.36.2\n",
  );
  assert.is(
    get("deployment", { output: "wide" }).out,
    "NAME   READY   UP-TO-DATE   AVAILABLE   AGE   CONTAINERS   IMAGES   SELECTOR\nweb    2/3     3            1           10m   web          web:1    app=web\n",
  );
  assert.is(
    get("job").out,
    "NAME   STATUS    COMPLETIONS   DURATION   AGE\nj      Running   1/4           9m50s      10m\n",
  );
  assert.is(
    get("cj").out,
    "NAME   SCHEDULE      TIMEZONE        SUSPEND   ACTIVE   LAST SCHEDULE   AGE\nc      */5 * * * *   Europe/Berlin   False     1        5m              10m\n",
  );
  assert.is(
    get("ev").out,
    "LAST SEEN   TYPE      REASON             OBJECT      MESSAGE\n5m          Warning   FailedScheduling   pod/web-a   0/2 nodes are available.\n",
  );
  assert.is(
    get("events", { output: "wide" }).out.split("\n")[0],
    "LAST SEEN   TYPE      REASON             OBJECT      SUBOBJECT   SOURCE              MESSAGE                    FIRST SEEN   COUNT   NAME",
  );
  assert.is(
    get("hpa").out,
    "NAME   REFERENCE        TARGETS        MINPODS   MAXPODS   REPLICAS   AGE\nweb    Deployment/web   cpu: 43%/80%   2         9         3          10m\n",
  );
  assert.is(
    get("pdb").out,
    "NAME   MIN AVAILABLE   MAX UNAVAILABLE   ALLOWED DISRUPTIONS   AGE\nweb    50%             N/A               1                     10m\n",
  );
  assert.is(
    get("quota").out,
    "NAME   REQUEST                          LIMIT             AGE\nq      pods: 3/10, requests.cpu: 0/2   limits.cpu: 1/4   10m\n".replace(
      "REQUEST                          ",
      "REQUEST                         ",
    ),
  );
});

test("what is not there is said in kubectl's words", () => {
  const missing = get("deployments", { names: ["shop"] });
  assert.is(missing.err, 'Error from server (NotFound): deployments.apps "shop" not found\n');
  assert.is(missing.isOk, false);
  const some = get("pods", { names: ["web-a", "x"] });
  assert.is(some.err, 'Error from server (NotFound): pods "x" not found\n');
  assert.match(some.out, /^NAME .*\nweb-a /);
  assert.equal(get("pods", { namespace: "empty" }), {
    out: "",
    err: "No resources found in empty namespace.\n",
    isOk: true,
  });
  assert.is(
    get("statefulsets" in NAMES ? "sts" : "pods", { namespace: null, filters: [() => false] }).err,
    "No resources found\n",
  );
});

test("selectors of labels and fields", () => {
  const names = (label: string) => get("pods", { filters: [labelFilter(label)], output: "name" }).out;
  assert.is(names("app=web"), "pod/web-a\npod/web-b\n");
  assert.is(names("app=web,tier!=x"), "pod/web-b\n");
  assert.is(names("tier in (x, y)"), "pod/web-a\n");
  assert.is(names("!tier"), "pod/web-b\n");
  assert.is(names("tier notin (x),app"), "pod/web-b\n");
  assert.throws(() => labelFilter("a b c"), /unable to parse requirement/);
  assert.is(get("pods", { filters: [fieldFilter("spec.nodeName=n1")], output: "name" }).out, "pod/web-b\n");
  assert.is(get("pods", { filters: [fieldFilter("spec.nodeName!=n1")], output: "name" }).out, "pod/web-a\n");
});

test("structured output: one object by name, else a List; jsonpath and --sort-by", () => {
  assert.match(get("pod", { names: ["web-a"], output: "yaml" }).out, /^apiVersion: v1\nkind: Pod\nmetadata:\n/);
  assert.match(get("deploy", { output: "json" }).out, /"apiVersion": "apps\/v1"/);
  assert.match(get("pods", { output: "yaml" }).out, /\nkind: List\nmetadata:\n {2}resourceVersion: ""\n$/);
  const path = (text: string, name?: string) =>
    get("pods", { output: `jsonpath=${text}`, names: name === undefined ? [] : [name] }).out;
  assert.is(path("{.items[*].metadata.name}"), "web-a web-b");
  assert.is(path('{.metadata.labels.tier}{"\\n"}', "web-a"), "x\n");
  assert.is(path('{.items[?(@.spec.nodeName=="n1")].metadata.name}'), "web-b");
  assert.throws(() => path("{range .items[*]}{end}"), /range is not supported/);
  assert.is(get("pods", { sortBy: ".spec.nodeName", output: "name" }).out, "pod/web-a\npod/web-b\n");
});

test("resources are found by plural, singular and short name, with group and version", () => {
  for (const word of ["deployments", "deployment", "deploy", "Deployment", "deploy.apps", "deployments.v1.apps"])
    assert.is(NAMES.find(word)?.list, "deployments", word);
  assert.is(NAMES.find("ing"), undefined);
});

test.run();
