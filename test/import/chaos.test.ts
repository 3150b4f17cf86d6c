// Experiments of Chaos Mesh, Litmus, krkn and Chaos Toolkit: what each becomes, what has no equivalent, and that the whole runs at once.

import { readFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { parse } from "yaml";
import { serviceOf } from "../../sim/import/chaos/probes.ts";
import { expressionsText, microsOf, tidied } from "../../sim/import/chaos/selectors.ts";
import type { Imported } from "../../sim/import/import-sources.ts";
import { Source } from "../../sim/import/source.ts";
import { repositoryRoot } from "../checks/source-tree.ts";
import { importFiles, importTexts, planOf, remarksOf } from "./input.ts";

const fixture = (name: string) => join(repositoryRoot, "test/fixtures/import", name);

type Entry = Readonly<Record<string, Readonly<Record<string, unknown>>>>;
interface Spec {
  readonly duration: string;
  readonly faults?: readonly Entry[];
  readonly actions?: readonly Entry[];
  readonly expect?: readonly string[];
}

function specOf(imported: Imported): Spec {
  assert.equal(imported.problems, []);
  return (parse(imported.files[0]?.text ?? "") as { readonly spec: Spec }).spec;
}

/** `kind`, or `verb`, by id. */
function kindsOf({ actions = [], faults = [] }: Spec): Readonly<Record<string, string>> {
  return Object.fromEntries(
    [...faults, ...actions].map((entry) => {
      const kind = Object.keys(entry).find((key) => typeof entry[key] === "object");
      return [String(entry["id"]), String(kind)];
    }),
  );
}

const withId = (list: readonly Entry[] | undefined, id: string) =>
  list?.find((entry) => String(entry["id"]) === id) ?? {};

test("Chaos Mesh: each kind becomes what is nearest, or is listed", () => {
  const imported = importFiles([fixture("chaos-mesh.yaml")]);
  const spec = specOf(imported);
  assert.equal(kindsOf(spec), {
    "kill-some": "podKill",
    "fail-one": "podHang",
    "slow-etcd": "networkDelay",
    "slow-disk": "etcdSlowDisk",
    stress: "oomKill",
    "every-five": "containerKill",
    "story-2": "dnsOutage",
    "kill-all-web": "delete",
    story: "delete",
  });
  assert.equal(withId(spec.faults, "kill-some")["podKill"], {
    namespace: "shop",
    selector: "app in (api, web)",
    share: 0.5,
  });
  assert.equal(withId(spec.faults, "slow-etcd")["networkDelay"], { role: "any", delay: "120ms", for: "2m" });
  assert.is(String(withId(spec.faults, "every-five")["every"]), "5m");
  assert.is(withId(spec.actions, "kill-all-web")["delete"]?.["namespace"], "shop");
  // Suspend takes its two minutes, the first step its forty seconds
  assert.is(String(withId(spec.actions, "story")["at"]), "1h39m30s");
  assert.is(String(withId(spec.faults, "story-2")["at"]), "1h42m10s");
  assert.equal(
    imported.remarks.list("leftOut").map(({ what }) => what),
    ["NetworkChaos loss", "StressChaos cpu", "TimeChaos"],
  );
  // the plan has targets for all of it
  const plan = planOf(imported);
  assert.equal(
    plan.objects.deployments.map(({ metadata }) => `${metadata.namespace}/${metadata.name}`),
    ["shop/web", "shop/api"],
  );
});

test("Chaos Mesh: a mistake in a workflow, a schedule or a duration has its place", () => {
  const base = "apiVersion: chaos-mesh.org/v1alpha1\n";
  const { problems } = importTexts({
    "a.yaml": `${base}kind: Workflow\nmetadata: { name: w }\nspec: { entry: none, templates: [] }\n`,
    "b.yaml": `${base}kind: Schedule\nmetadata: { name: s }\nspec: { schedule: "61 * * * *", type: PodChaos, podChaos: {} }\n`,
    "c.yaml": `${base}kind: PodChaos\nmetadata: { name: p }\nspec: { action: pod-kill, mode: all, duration: soon }\n`,
    "d.yaml": `${base}kind: Workflow\nmetadata: { name: round }\nspec: { entry: a, templates: [{ name: a, templateType: Serial, children: [a] }] }\n`,
  });
  assert.equal(
    problems.map(({ file, path }) => `${file} ${path}`),
    ["a.yaml spec.entry", "b.yaml spec.schedule", "c.yaml spec.duration", "d.yaml spec"],
  );
});

test("Litmus: experiments with their defaults, probes and schedules", () => {
  const imported = importFiles([fixture("litmus.yaml")]);
  const spec = specOf(imported);
  assert.equal(kindsOf(spec), {
    "kubelet-service-kill": "kubeletStop",
    "container-kill": "containerKill",
    "container-kill-2": "containerKill",
    "container-kill-3": "containerKill",
    "container-kill-4": "containerKill",
    "pod-delete": "delete",
    "node-drain": "drain",
    "node-drain-undone": "uncordon",
    "node-taint": "taint",
    "node-taint-undone": "taint",
    "pod-autoscaler": "scale",
    "pod-autoscaler-undone": "scale",
  });
  assert.is(String(withId(spec.actions, "pod-delete")["every"]), "20s");
  assert.is(withId(spec.faults, "kubelet-service-kill")["kubeletStop"]?.["for"], "1m30s");
  assert.equal(withId(spec.actions, "node-taint-undone")["taint"]?.["taints"], ["key:NoExecute-"]);
  assert.equal(spec.expect, ["during pod-delete: never failing(service/shop/web) > 0%"]);
  assert.equal(
    imported.remarks.list("leftOut").map(({ what }) => what),
    ["cmdProbe", "pod-cpu-hog", "made-up"],
  );
  planOf(imported);
});

test("krkn: a configuration opens the scenario files that it names", () => {
  const open = (path: string) => {
    const file = fixture(`krkn/${path}`);
    return [new Source(file, fixture("krkn"), readFileSync(file))];
  };
  const imported = importFiles([fixture("krkn/config.yaml")], "", { open });
  const spec = specOf(imported);
  assert.equal(kindsOf(spec), {
    "kill-pods": "podKill",
    "node-reboot": "nodeReboot",
    "stop-start-kubelet": "kubeletStop",
    "application-outage": "podHang",
    hog: "nodeSlow",
  });
  assert.equal(spec.expect, ["count(pods, app=web, namespace=shop, ready=true) >= 3"]);
  assert.is(remarksOf(imported)["leftOut krkn made_up_scenarios"], 1);
  // nodes are assumed with the label that is selected
  assert.is(planOf(imported).objects.nodes[0]?.metadata.labels?.["node-role.kubernetes.io/worker"], "");
  const alone = importFiles([fixture("krkn/nodes.yaml"), fixture("krkn/pods.yaml")]);
  assert.is(planOf(alone).faults.length, 3);
});

test("Chaos Toolkit: hypothesis, method and rollbacks in their order", () => {
  const imported = importFiles([fixture("chaos-toolkit.json")]);
  const spec = specOf(imported);
  assert.equal(kindsOf(spec), { kill: "podKill", more: "scale", drain: "drain", back: "uncordon" });
  // of the configuration, with its default
  assert.is(withId(spec.actions, "more")["scale"]?.["replicas"], 5);
  assert.equal(
    [...(spec.actions ?? [])].map((entry) => String(entry["at"])),
    ["2m", "4m10s", "5m20s"],
  );
  assert.equal(spec.expect, ["failedRequests(service/shop/web) == 0", "rolledOut(deployment/shop/web)"]);
  planOf(imported);
});

test("experiments beside a cluster: nothing is made, and what matches nothing is said", () => {
  const cluster = `
apiVersion: v1
kind: Node
metadata: { name: worker-7 }
status: { allocatable: { cpu: "4", memory: 8Gi, pods: "110" } }
---
apiVersion: apps/v1
kind: Deployment
metadata: { name: web, namespace: shop }
spec:
  selector: { matchLabels: { app: web } }
  template: { metadata: { labels: { app: web } }, spec: { containers: [{ name: main }] } }
`;
  const imported = importFiles([fixture("litmus.yaml"), fixture("chaos-mesh.yaml")]);
  assert.ok(imported.files.some(({ name }) => name === "deployments.yaml"));
  const both = importTexts({
    "cluster.yaml": cluster,
    "litmus.yaml": readFileSync(fixture("litmus.yaml"), "utf8"),
    "mesh.yaml": readFileSync(fixture("chaos-mesh.yaml"), "utf8"),
  });
  const spec = specOf(both);
  assert.is(withId(spec.actions, "node-drain")["drain"]?.["node"], "worker-7");
  const remarks = Object.keys(remarksOf(both));
  assert.not.ok(remarks.some((text) => text.startsWith("assumed workloads") || text.startsWith("assumed nodes")));
  assert.ok(remarks.includes("changed pods app=api in shop"));
  assert.is(planOf(both).objects.nodes.length, 1);
});

test("the words of the tools", () => {
  assert.equal(["1m30s", "500ms", "45", 2, "soon", ""].map(microsOf), [90e6, 500e3, 45e6, 2e6, undefined, undefined]);
  assert.is(
    expressionsText([
      { key: "a", operator: "In", values: ["x", "y"] },
      { key: "b", operator: "DoesNotExist" },
    ]),
    "a in (x, y),!b",
  );
  assert.is(expressionsText([{ key: "a", operator: "Gt", values: ["1"] }]), undefined);
  assert.is(tidied(" app = web , tier!= db,"), "app=web,tier!=db");
  assert.is(serviceOf("http://web.shop.svc.cluster.local:80/x"), "shop/web");
  assert.is(serviceOf("https://web"), "default/web");
  assert.is(serviceOf("https://www.example.com"), null);
  assert.is(serviceOf("http://localhost:8080"), null);
});

test.run();
