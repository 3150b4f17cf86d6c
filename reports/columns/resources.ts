// resources.csv: every resource of the cluster by its Kubernetes name, extended ones included.
import { allRows, columnsOf, type Report, share } from "./report-column.ts";

const { text, number, computed } = columnsOf("resources");

export const resourcesReport: Report = {
  name: "resources",
  doc: "One row per resource. CPU in millicores, memory and storage in bytes, others in pieces.",
  rows: allRows("resources"),
  columns: [
    text("resource", "resource", "name"),
    number("allocatable", "count", "allocatable", "at the end, over ready and schedulable nodes"),
    number("requested", "count", "requested", "at the end, by pods that hold a node and have not finished"),
    number("requested_peak", "count", "requestedPeak", "the most at once"),
    computed("alloc_pct", "percent", "requested ÷ allocatable at the end", (column) => {
      const [requested, allocatable] = [column("requested"), column("allocatable")];
      return (row) => share(requested[row]!, allocatable[row]!);
    }),
  ],
};
