// gpu.csv: how well the GPUs can be used as pods arrive, by the share of the cluster's GPUs that pods have asked for.
import { FRAGMENT_DOCS } from "../../sim/metrics/gpu-meter.ts";
import { allRows, columnsOf, type Report, share } from "./report-column.ts";

const { number, computed } = columnsOf("gpus");

const ofTotal = (name: string, from: string, doc: string) =>
  computed(name, "percent", doc, (column) => {
    const [part, total] = [column(from), column("totalMilli")];
    return (row) => share(part[row]!, total[row]!);
  });

export const gpuReport: Report = {
  name: "gpu",
  doc: "GPUs by milli (a device has 1,000), where pods ask for GPUs: one row per whole percent of the cluster's GPUs that pods have asked for so far, each the mean over what stood after every pod that was bound, or found no node for the first time, in that percent. Typical pods are the most frequent classes of the workload that make up 95 % of its pods.",
  rows: allRows("gpus"),
  columns: [
    number(
      "arrived_pct",
      "count",
      "arrivedPct",
      "GPU milli that all pods so far asked for ÷ those of all nodes, rounded",
    ),
    number("pods", "count", "pods", "pods that were submitted in this percent"),
    number("time_s", "seconds", "timeMicros", "virtual time of the last of them"),
    number("gpu_milli", "count", "totalMilli", "GPU milli of all nodes, at the end"),
    ofTotal("alloc_pct", "usedMilli", "GPU milli that pods hold ÷ those of all nodes"),
    ofTotal(
      "frag_amount_pct",
      "fragmentMilli",
      "idle GPU milli that a typical pod cannot use, expected ÷ those of all nodes",
    ),
    computed("frag_ratio_pct", "percent", "the same ÷ idle GPU milli", (column) => {
      const ratio = column("fragmentRatio");
      return (row) => ratio[row]! * 100;
    }),
    ...FRAGMENT_DOCS.map(([kind, doc]) => ofTotal(`${kind}_pct`, `${kind}_milli`, doc)),
  ],
};
