// actions.csv: what a person did with kubectl, when, and what came of it.
import { allRows, columnsOf, type Report } from "./report-column.ts";

const { text, number } = columnsOf("actions");

export const actionsReport: Report = {
  name: "actions",
  doc: "One row per action that was done, in order of time. What kubectl printed is among the events.",
  rows: allRows("actions"),
  columns: [
    text("action", "id", "id of the entry in the scenario"),
    text("verb", "verb", "the verb"),
    number("started_s", "seconds", "startedMicros", "when it began"),
    number("ended_s", "seconds", "endedMicros", "when kubectl came back; empty = it was still running at the end"),
    text("outcome", "outcome", "done, failed, or running"),
    number("lines", "count", "lines", "lines that kubectl printed"),
    number("refusals", "count", "refusals", "of these: errors"),
    text("message", "message", "the first error"),
    text("command", "command", "as kubectl would be called"),
  ],
};
