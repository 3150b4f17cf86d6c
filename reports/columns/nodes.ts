// nodes.csv: one row per node that ever existed, in the order in which they joined.
import { RESOURCES } from "../../sim/metrics/resources.ts";
import { allRows, columnsOf, type Report, share } from "./report-column.ts";

const { text, number, computed } = columnsOf("nodes");

/** cpu_m → cpu */
const bare = (resource: string) => resource.replace(/_.*/, "");

export const nodesReport: Report = {
  name: "nodes",
  doc: "One row per node, in the order in which they joined. Requests are those of pods that hold the node and have not finished.",
  rows: allRows("nodes"),
  columns: [
    text("node", "name", "name"),
    text("zone", "zone", "topology.kubernetes.io/zone"),
    text("pool", "pool", "node pool of the scenario"),
    number("added_s", "seconds", "addedMicros", "when it joined"),
    number("removed_s", "seconds", "removedMicros", "when it left"),
    number("ready_end", "flag", "ready", "condition Ready at the end"),
    number("schedulable_end", "flag", "schedulable", "ready and not cordoned at the end"),
    computed("ready_s", "seconds", "time in which it was there and ready", (column, result) => {
      const [added, removed, notReady] = [column("addedMicros"), column("removedMicros"), column("notReadyMicros")];
      const end = result.identity.simDurationMicros;
      return (row) => (Number.isNaN(removed[row]!) ? end : removed[row]!) - added[row]! - notReady[row]!;
    }),
    number("not_ready_s", "seconds", "notReadyMicros", "time in which its condition Ready was not True"),
    number("not_ready_periods", "count", "notReadyPeriods", "how often that began"),
    number("cordoned_s", "seconds", "cordonedMicros", "time in which it was cordoned"),
    text("taints_end", "taints", "key=value:effect of its taints at the end"),
    number("pods_started", "count", "podsStarted", "pods that were bound to it, those at the start included"),
    ...[
      ["cpu_m", "cpuMilliMicros", "cpuPeakMilli", "CPU in millicores"] as const,
      ["mem_b", "memoryByteMicros", "memoryPeakBytes", "memory"] as const,
    ].flatMap(([name, integral, peak, what]) => [
      computed(
        `used_mean_${name}`,
        "count",
        `${what} that its containers used, mean over the node's time; empty without kubelets`,
        (column, result) => {
          const [sum, added, removed] = [column(integral), column("addedMicros"), column("removedMicros")];
          const end = result.identity.simDurationMicros;
          return (row) => {
            const lifeMicros = (Number.isNaN(removed[row]!) ? end : removed[row]!) - added[row]!;
            return lifeMicros > 0 ? Math.round(sum[row]! / lifeMicros) : Number.NaN;
          };
        },
      ),
      computed(`used_peak_${name}`, "count", `${what} that its containers used at once, at most`, (column) => {
        const most = column(peak);
        return (row) => Math.round(most[row]!);
      }),
    ]),
    ...RESOURCES.flatMap((name) => [
      number(`allocatable_${name}`, "count", `allocatable_${name}`, "for pods, in total"),
      number(`requested_${name}`, "count", `requested_${name}`, "at the end"),
      number(`requested_peak_${name}`, "count", `peak_${name}`, "the most at once"),
      computed(`alloc_${bare(name)}_pct`, "percent", "requested ÷ allocatable at the end", (column) => {
        const [requested, allocatable] = [column(`requested_${name}`), column(`allocatable_${name}`)];
        return (row) => share(requested[row]!, allocatable[row]!);
      }),
      computed(`alloc_${bare(name)}_mean_pct`, "percent", "mean over the node's time", (column, result) => {
        const [integral, allocatable] = [column(`integral_${name}`), column(`allocatable_${name}`)];
        const [added, removed] = [column("addedMicros"), column("removedMicros")];
        const end = result.identity.simDurationMicros;
        return (row) => {
          const lifeMicros = (Number.isNaN(removed[row]!) ? end : removed[row]!) - added[row]!;
          return share(integral[row]!, allocatable[row]! * lifeMicros);
        };
      }),
    ]),
  ],
};
