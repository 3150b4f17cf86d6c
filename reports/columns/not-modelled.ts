// not_modelled.csv: what this version leaves out, so that whoever has only the tables knows how far they go.
import type { Report, ReportColumn } from "./report-column.ts";

/** By area; keep in step with "How far to trust it" in README.md. */
const ITEMS: readonly (readonly [area: string, what: string])[] = [
  [
    "API server",
    "watches do not end by themselves; no server-side apply with field ownership, conversions, dry run, ValidatingAdmissionPolicy or NodeRestriction; processor costs are estimates and memory is not counted; see docs/APISERVER.md",
  ],
  ["etcd", "no TLS, authentication or corrupt data; sizes of objects are estimated; see docs/ETCD.md"],
  [
    "controllers",
    "no pods whose identity labels were changed by hand, expansion of claims, or the label pod-template-generation; see docs/CONTROLLERS.md",
  ],
  [
    "nodes",
    "no static pods, ephemeral containers, in-place resize on the node, device plugins, image layers, probe durations, PIDs or logs; a node that is short of CPU slows nothing down; see docs/NODES.md",
  ],
  [
    "volumes",
    "binding, provisioning, attaching and mounting take time and can fail with their node; what is on a volume, snapshots and volumes lost with a zone are not modelled",
  ],
  [
    "scheduler",
    "no dynamic resource allocation, pod groups or extenders; one cycle after the other, as long as the scenario says; GPUs count in whole devices, unless a profile enables GpuShare, see docs/GPU.md",
  ],
  [
    "cloud",
    "no initialization of nodes with the uninitialized taint, no health checks of load balancers, no prices; see docs/CLOUD.md",
  ],
  [
    "traffic",
    "requests succeed or fail: no latency, retries, connections that outlive a change of endpoints, session affinity or topology hints; proxies run for Services with traffic only; see docs/TRAFFIC.md",
  ],
  ["networks", "no congestion control, TLS handshakes or network policies; see docs/NETWORK.md"],
  [
    "controllerManager: false",
    "such a run has no controllers and no kubelets: workload objects become their pods once, a pod starts and stops a fixed time after it is told to, and nothing reacts",
  ],
  [
    "node autoscalers",
    "no quotas, node autoprovisioning, capacity buffers or atomic groups; the autoscaler computes in no time and its own pod is not there; see docs/AUTOSCALING.md",
  ],
  ["costs", "nothing of them"],
];

const column = (name: string, doc: string, index: 0 | 1): ReportColumn => ({
  name,
  format: "text",
  doc,
  open: () => (row) => ITEMS[row]![index],
});

export const notModelledReport: Report = {
  name: "not_modelled",
  doc: "One row per area of a real cluster that the run leaves out or simplifies.",
  rows: () => ITEMS.keys(),
  columns: [column("area", "part of a cluster", 0), column("what", "what is left out or simplified", 1)],
};
