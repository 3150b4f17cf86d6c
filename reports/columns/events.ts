// events.csv: what `kubectl get events` would have shown, one row each, in order of time.
import { allRows, columnsOf, type Report } from "./report-column.ts";

const { text, number } = columnsOf("events");

export const eventsReport: Report = {
  name: "events",
  doc: "Events in order of time, not aggregated.",
  rows: allRows("events"),
  columns: [
    number("time_s", "seconds", "timeMicros", "virtual time"),
    text("type", "type", "Normal or Warning"),
    text("reason", "reason", "as Kubernetes names it"),
    text("kind", "kind", "of the object that it is about"),
    text("object", "object", "namespace/name, or name"),
    text("node", "node", "the node that it happened on"),
    text("message", "message", "text"),
  ],
};
