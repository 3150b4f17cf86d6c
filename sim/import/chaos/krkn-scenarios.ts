// Each scenario of krkn as faults and actions, or why it has none.
import { SECOND } from "../../engine/tick.ts";
import type { Draft } from "../draft.ts";
import { isMapping, type Mapping } from "../flatten.ts";
import {
  addFault,
  changed,
  deletePods,
  hangPods,
  killContainers,
  leftOut,
  nodeFields,
  strikeNodes,
} from "./effects.ts";
import { tidied, wholeOf } from "./selectors.ts";
import { ALL_PODS, lengthOf, type NodeTarget, type PodTarget, type Strike } from "./strike.ts";

export const KRKN_TYPES: ReadonlySet<string> = new Set([
  "plugin_scenarios",
  "pod_scenarios",
  "pod_disruption_scenarios",
  "container_scenarios",
  "node_scenarios",
  "time_scenarios",
  "zone_outages",
  "zone_outages_scenarios",
  "application_outages",
  "application_outages_scenarios",
  "hog_scenarios",
  "arcaflow_scenarios",
  "network_chaos",
  "network_chaos_scenarios",
  "network_chaos_ng_scenarios",
  "pod_network_scenarios",
  "pvc_scenarios",
  "namespace_scenarios",
  "service_disruption_scenarios",
  "service_hijacking_scenarios",
  "syn_flood_scenarios",
  "cluster_shut_down_scenarios",
  "managedcluster_scenarios",
  "kubevirt_vm_outage",
]);

type Scenario = (draft: Draft, strike: Strike, body: Mapping) => void;

export function isKnownEntry(id: string): boolean {
  return SCENARIOS[id] !== undefined || WHY_NOT[id] !== undefined;
}

export function readEntry(draft: Draft, id: string, body: Mapping, strike: Strike): void {
  const scenario = SCENARIOS[id];
  if (scenario === undefined) leftOut(draft, strike, WHY_NOT[id] ?? "not a scenario that is known");
  else scenario(draft, strike, body);
}

/** A pattern that means one text: `^kube-system$`. */
function plainPattern(pattern: unknown): string | null {
  const text = String(pattern ?? "")
    .replace(/^\^/, "")
    .replace(/\$$/, "");
  return /^[a-z0-9][-a-z0-9]*$/.test(text) ? text : null;
}

function podsOf(draft: Draft, strike: Strike, body: Mapping): PodTarget {
  const pattern = body["namespace_pattern"] ?? body["namespace"];
  const namespace = plainPattern(pattern);
  const isAny = pattern === undefined || pattern === "" || pattern === "*" || /^\^?\.\*\$?$/.test(String(pattern));
  if (namespace === null && !isAny)
    changed(
      draft,
      { ...strike, what: `${strike.what} namespace_pattern` },
      "a pattern of several namespaces means all",
    );
  if (body["name_pattern"] != null && body["label_selector"] == null)
    changed(
      draft,
      { ...strike, what: `${strike.what} name_pattern` },
      "pods are not selected by patterns of their names: all of the namespace match",
    );
  const nodes = Array.isArray(body["node_names"]) ? body["node_names"].map(String) : [];
  const count = wholeOf(body["kill"] ?? body["count"] ?? body["instance_count"] ?? body["disruption_count"], 1, 1);
  return {
    ...ALL_PODS,
    namespace,
    selector: tidied(body["label_selector"]),
    node: nodes[0] ?? "",
    count,
  };
}

function nodesOf(body: Mapping): NodeTarget {
  const names = String(body["node_name"] ?? "")
    .split(",")
    .map((name) => name.trim())
    .filter((name) => name !== "");
  const selector = tidied(body["label_selector"] ?? body["node-selector"]).replace(/=$/, "");
  const count = wholeOf(body["instance_count"] ?? body["number-of-nodes"], 1, 1);
  return {
    nodes: names,
    selector,
    count: names.length > 0 ? null : count,
    share: null,
  };
}

const killPods: Scenario = (draft, strike, body) => {
  // krkn deletes pods one by one until so many are gone
  deletePods(draft, { ...strike, forMicros: 0 }, podsOf(draft, strike, body), null);
};

const NODE_ACTIONS: Readonly<Record<string, readonly [string, string]>> = {
  node_stop_start_scenario: ["nodeCrash", ""],
  node_stop_scenario: ["nodeCrash", ""],
  node_termination_scenario: ["machineDelete", ""],
  node_reboot_scenario: ["nodeReboot", ""],
  stop_kubelet_scenario: ["kubeletStop", ""],
  stop_start_kubelet_scenario: ["kubeletStop", ""],
  restart_kubelet_scenario: ["kubeletStop", "the kubelet is away for a short time"],
  node_crash_scenario: ["nodeCrash", ""],
  node_block_scenario: ["nodePartition", ""],
  node_disk_detach_attach_scenario: ["", "disks are not taken from machines"],
};

const nodes: Scenario = (draft, strike, body) => {
  const actions = Array.isArray(body["actions"]) ? body["actions"].map(String) : [];
  for (const action of actions) {
    const [kind, note] = NODE_ACTIONS[action] ?? [
      "",
      action === "node_start_scenario"
        ? "nodes start again when what stopped them ends"
        : "not an action that is known",
    ];
    const one = { ...strike, what: `krkn ${action}`, name: action.replace(/_scenario$/, "") };
    if (kind === "") leftOut(draft, one, note);
    else {
      if (note !== "") changed(draft, one, note);
      const target = nodesOf(body);
      if (kind === "machineDelete" && target.selector !== "")
        changed(draft, one, "machines are not selected by labels");
      const isInstant = kind === "machineDelete" || kind === "nodeReboot";
      const fields = kind === "machineDelete" ? { ...target, selector: "" } : target;
      if (isInstant)
        addFault(draft, one, kind, {
          ...nodeFields(draft, fields),
          ...(kind === "nodeReboot" ? { graceful: false } : {}),
        });
      else if (kind === "kubeletStop" && action === "restart_kubelet_scenario")
        strikeNodes(draft, { ...one, forMicros: 10 * SECOND }, kind, target);
      else strikeNodes(draft, action === "node_stop_scenario" ? { ...one, forMicros: null } : one, kind, target);
    }
  }
};

const namespaces: Scenario = (draft, strike, body) => {
  if (body["delete_count"] === undefined && body["action"] === undefined) return void containers(draft, strike, body);
  const name = plainPattern(body["namespace"]);
  const what = ["deployments", "statefulSets", "daemonSets", "services"] as const;
  changed(
    draft,
    { ...strike, what: "krkn service disruption" },
    "all Deployments, StatefulSets, DaemonSets and Services are deleted, and not made again",
  );
  for (const kind of what)
    addFault(draft, { ...strike, name: `delete-${kind}` }, "massDeletion", {
      what: kind,
      ...(name === null ? {} : { namespaces: name }),
    });
};

const containers: Scenario = (draft, strike, body) => {
  const name = String(body["container_name"] ?? "");
  const target = podsOf(draft, strike, body);
  const pods =
    Array.isArray(body["pod_names"]) && target.namespace !== null
      ? body["pod_names"].map((pod) => `${target.namespace}/${String(pod)}`)
      : [];
  killContainers(
    draft,
    { ...strike, forMicros: 0 },
    { ...target, pods, count: pods.length > 0 ? null : target.count },
    name === "" ? [] : [name],
  );
};

const hog: Scenario = (draft, strike, body) => {
  const type = String(body["hog-type"]);
  const target = nodesOf(body);
  if (type === "cpu") {
    changed(draft, strike, "everything on the node takes ten times as long (nodeSlow)");
    strikeNodes(draft, strike, "nodeSlow", target, { factor: 10 });
  } else if (type === "memory") {
    changed(draft, strike, "a process takes 100 MiB more each second (memoryLeak)");
    strikeNodes(draft, strike, "memoryLeak", target, { perSecond: "100Mi" });
  } else leftOut(draft, strike, "disks of nodes are not loaded; diskPressure fills them");
};

const SCENARIOS: Readonly<Record<string, Scenario>> = {
  "kill-pods": killPods,
  hog,
  node_scenarios: nodes,
  scenarios: namespaces,
  zone_outage: (draft, strike, body) => {
    changed(
      draft,
      strike,
      `subnets of ${String(body["vpc_id"] ?? body["cloud_type"] ?? "a cloud")} are any zone, cut off from the others (networkPartition)`,
    );
    addFault(draft, strike, "networkPartition", { count: 1, ...lengthOf(strike) });
  },
  application_outage: (draft, strike, body) => {
    const labels = isMapping(body["pod_selector"]) ? body["pod_selector"] : {};
    const selector = Object.entries(labels)
      .map(([key, value]) => `${key}=${String(value)}`)
      .join(",");
    hangPods(
      draft,
      strike,
      { ...ALL_PODS, namespace: plainPattern(body["namespace"]), selector },
      "cut off by a network policy",
    );
  },
  pvc_scenario: (draft, strike) => leftOut(draft, strike, "volumes do not fill up"),
  cluster_shut_down_scenario: (draft, strike, body) => {
    const down = wholeOf(body["shut_down_duration"], 1, 600);
    const times = Math.min(100, wholeOf(body["runs"], 1, 1));
    changed(draft, strike, "nodes lose their power; the control plane goes on");
    const forMicros = down * SECOND;
    for (let i = 0; i < times; i++)
      addFault(
        draft,
        { ...strike, name: "shut-down", timing: { atMicros: strike.timing.atMicros + i * 2 * forMicros }, forMicros },
        "nodeCrash",
        { share: "100%", ...lengthOf({ ...strike, forMicros }) },
      );
  },
  time_scenarios: (draft, strike, body) => {
    if (body["object_type"] !== "node") return leftOut(draft, strike, "clocks inside of containers are not simulated");
    changed(draft, strike, "the clocks are an hour ahead for as long");
    strikeNodes(
      draft,
      strike,
      "clockSkew",
      { nodes: [], selector: tidied(body["label_selector"]).replace(/=$/, ""), count: 1, share: null },
      { offset: "1h" },
    );
    return undefined;
  },
  node_network_filter: (draft, strike, body) => {
    changed(draft, strike, "the node is cut off from everything, not from some ports");
    strikeNodes(draft, strike, "nodePartition", nodesOf(body), { from: "everything" });
  },
  "wait-for-pods": (draft, _, body) => {
    const selector = tidied(body["label_selector"]);
    const namespace = plainPattern(body["namespace_pattern"]);
    const count = wholeOf(body["count"], 0, 1);
    const filters = [
      ...selector.split(",").filter((part) => /^[^!=]+=[^=]+$/.test(part)),
      ...(namespace === null ? [] : [`namespace=${namespace}`]),
    ];
    draft.expect.push(`count(pods, ${[...filters, "ready=true"].join(", ")}) >= ${count}`);
  },
};

const NETWORK = "what single pods send and receive is not delayed, lost or limited";
const WHY_NOT: Readonly<Record<string, string>> = {
  network_chaos: "links of nodes are cut or whole: nodePartition",
  node_network_chaos: "links of nodes are cut or whole: nodePartition",
  pod_network_outage: NETWORK,
  pod_egress_shaping: NETWORK,
  pod_ingress_shaping: NETWORK,
  pod_network_chaos: NETWORK,
  pod_network_filter: NETWORK,
  service_hijacking: "what a Service answers is not simulated",
  "vm-outage": "virtual machines of KubeVirt are not simulated",
};
