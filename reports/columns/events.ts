// events.csv: what `kubectl get events` would have shown, and what happened to parts that have no Event objects, in order of time.
import { messageReader, subjectReader } from "../../sim/metrics/event-log.ts";
import type { Result } from "../../sim/metrics/result.ts";
import { allRows, type CellReader, columnsOf, type Report, type ReportColumn } from "./report-column.ts";

const { text, number } = columnsOf("events");

const made = (name: string, doc: string, open: (tables: Result["tables"]) => CellReader): ReportColumn => ({
  name,
  format: "text",
  doc,
  open: (result) => open(result.tables),
});

export const eventsReport: Report = {
  name: "events",
  doc: "Event objects by their first time, and what happened to components, machines, faults and actions. Without controllers there are no Event objects: then each event is a row.",
  rows: allRows("events"),
  columns: [
    number("time_s", "seconds", "timeMicros", "virtual time"),
    text("type", "type", "Normal or Warning"),
    text("reason", "reason", "as Kubernetes names it"),
    made("kind", "of the object that it is about", ({ events, pods }) => {
      const subject = subjectReader(events, pods);
      return (row) => subject(row).kind;
    }),
    made("object", "namespace/name, or name", ({ events, pods }) => {
      const subject = subjectReader(events, pods);
      return (row) => subject(row).name;
    }),
    text("node", "node", "the node that it happened on"),
    text("component", "component", "who wrote the Event; empty for what has no Event object"),
    number("count", "count", "count", "how often it was seen by the end; empty for what has no Event object"),
    number("last_s", "seconds", "lastMicros", "when it was seen for the last time"),
    made("message", "text", ({ events, pods }) => messageReader(events, pods)),
  ],
};
