// scaling.csv: what the cluster autoscaler decided, and what came of it.
import { allRows, columnsOf, type Report } from "./report-column.ts";

const { text, number } = columnsOf("scaling");

export const scalingReport: Report = {
  name: "scaling",
  doc: "One row per decision of the cluster autoscaler, in order of time. Without one there are no rows.",
  rows: allRows("scaling"),
  columns: [
    number("time_s", "seconds", "timeMicros", "when it decided"),
    text(
      "decision",
      "decision",
      "scaleUp, scaleDownEmpty, scaleDown (with pods that move), backOff, deleteUnregistered, deleteFailed, fixSize, unhealthy, or restart",
    ),
    text("group", "group", "node group"),
    text("node", "node", "node that it is about; empty = the group"),
    number("from_size", "count", "fromSize", "machines that the group was to have before"),
    number("to_size", "count", "toSize", "machines that it is to have after it"),
    number(
      "pods",
      "count",
      "pods",
      "pods that it is for, or that have to move; of groups that grow together the first counts them",
    ),
    text("outcome", "outcome", "done, failed, or running at the end of the run"),
    number(
      "ended_s",
      "seconds",
      "endedMicros",
      "scaleUp: all new nodes are ready; scaleDown: the machine is gone; backOff: until when; empty = not at all",
    ),
    text("message", "message", "why it failed, or what it found"),
  ],
};
