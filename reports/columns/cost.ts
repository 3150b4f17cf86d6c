// cost.csv: what nodes have cost, by pool, type, zone and lifecycle.
import { perPodHour } from "../../sim/metrics/cost.ts";
import { allRows, columnsOf, type Report } from "./report-column.ts";

const { text, number, computed } = columnsOf("cost");

const amount = (name: string, from: string, doc: string) =>
  computed(name, "real", doc, (column) => {
    const values = column(from);
    return (row) => values[row]! / 1_000_000;
  });

const hours = (name: string, from: string, doc: string) =>
  computed(name, "real", doc, (column) => {
    const values = column(from);
    return (row) => values[row]! / 3_600_000_000;
  });

export const costReport: Report = {
  name: "cost",
  doc: "One row per pool, type, zone and lifecycle of nodes. Amounts are in the currency of the prices (`nodePools[].price`, or the label `kubedrill.dev/price-per-hour` of a node); empty without one. Nodes cost from joining to leaving.",
  rows: allRows("cost"),
  columns: [
    text("pool", "pool", "node pool; empty for nodes of manifests"),
    text("type", "type", "label node.kubernetes.io/instance-type"),
    text("zone", "zone", "zone"),
    text("lifecycle", "lifecycle", "spot or on-demand; empty when nothing says"),
    number("nodes", "count", "nodes", "nodes that there have been"),
    hours("node_hours", "nodeMicros", "time that they were there"),
    hours("pod_hours", "podMicros", "time that pods held room on them"),
    amount("cost", "costMicros", "node_hours × price"),
    amount("idle_cost", "idleMicros", "of it: for what no pod had requested of the resource that was requested most"),
    amount(
      "wasted_cost",
      "wastedMicros",
      "of it: for CPU or memory, whichever was requested more, that was requested and not used; empty where use is not simulated",
    ),
    computed("cost_per_pod_hour", "real", "cost ÷ hours of pods on nodes with a price", (column) => {
      const [cost, pods] = [column("costMicros"), column("pricedPodMicros")];
      return (row) => perPodHour(cost[row]! / 1_000_000, pods[row]!);
    }),
  ],
};
