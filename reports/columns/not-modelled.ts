// not_modelled.csv: what this version leaves out, so that whoever has only the tables knows how far they go.
import type { Report, ReportColumn } from "./report-column.ts";

/** By area; keep in step with "How far to trust it" in README.md. */
const ITEMS: readonly (readonly [area: string, what: string])[] = [
  [
    "API server",
    "one, which never fails itself; a fixed latency beside what etcd takes; no quota, webhooks, flow control or client rate limits",
  ],
  [
    "etcd",
    "no TLS, authentication or corrupt data; holds the objects of the run only, no Events or node leases, in estimated sizes",
  ],
  [
    "controllers",
    "workload objects become their pods once, at the start; deleted pods are not made anew, nothing scales or rolls out; disruption budgets keep the status that they came with",
  ],
  [
    "nodes",
    "a pod starts and stops a fixed time after it is told to; no image pulls, probes, restarts, usage, pressure or node failures",
  ],
  [
    "volumes",
    "decided by the scheduler's plugins; no controller binds or provisions them afterwards, and attachments are not counted",
  ],
  [
    "scheduler",
    "no dynamic resource allocation, pod groups or extenders; one cycle after the other; GPUs count in whole devices",
  ],
  ["faults", "they strike etcd and its network; nodes, zones and API servers do not fail"],
  ["networks, autoscalers, traffic, costs", "nothing of them"],
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
