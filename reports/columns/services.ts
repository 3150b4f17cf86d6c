// services.csv: every Service that got requests, and what became of them.
import { FAILURE_CAUSES } from "../../sim/metrics/service-recorder.ts";
import { allRows, columnsOf, type Report } from "./report-column.ts";

const { text, number, computed } = columnsOf("services");

const CAUSES: Readonly<Record<(typeof FAILURE_CAUSES)[number], readonly [name: string, doc: string]>> = {
  dns: ["failed_dns", "failed, as the name could not be looked up"],
  noEndpoint: ["failed_no_endpoint", "failed on a node whose proxy knew no endpoint"],
  loadBalancer: ["failed_dead_node", "sent by the load balancer to a node that was dead"],
  unreachable: ["failed_unreachable", "sent to a pod that the network did not reach"],
  notServing: ["failed_not_serving", "sent to a pod that did not answer any more, or not yet"],
  overloaded: ["failed_overloaded", "sent to a pod that had more than it can take"],
};

const requests = (name: string, from: string, doc: string) =>
  computed(name, "count", doc, (column) => {
    const millionths = column(from);
    return (row) => Math.round(millionths[row]! / 1_000_000);
  });

export const servicesReport: Report = {
  name: "services",
  doc: "One row per Service that the scenario sends requests to. Counted exactly: the shares that fail are worked out anew at every change.",
  rows: allRows("services"),
  columns: [
    text("namespace", "namespace", "namespace"),
    text("service", "name", "name"),
    requests("requests", "requestMillionths", "requests in all"),
    requests("requests_failed", "failedMillionths", "of these failed"),
    computed("availability_pct", "percent", "share of requests that were answered well", (column) => {
      const [all, failed] = [column("requestMillionths"), column("failedMillionths")];
      return (row) => (all[row]! > 0 ? (1 - failed[row]! / all[row]!) * 100 : Number.NaN);
    }),
    ...FAILURE_CAUSES.map((cause) => requests(CAUSES[cause][0], `failed_${cause}`, CAUSES[cause][1])),
    number("min_available", "count", "minAvailable", "pods that the scenario asks for"),
    number("below_min_available_s", "seconds", "belowMinAvailableMicros", "time with fewer pods that really answered"),
    number("none_available_s", "seconds", "noneAvailableMicros", "time without any"),
    number("least_available", "count", "leastAvailable", "fewest at any moment"),
    computed("worst_failed_pct", "percent", "largest share of requests that failed at any moment", (column) => {
      const worst = column("worstFailedShare");
      return (row) => worst[row]! * 100;
    }),
    number("first_failure_s", "seconds", "firstFailureMicros", "when the first request failed"),
    number("last_failure_s", "seconds", "lastFailureMicros", "until when requests failed"),
    number("failing_s", "seconds", "failingMicros", "time in which any failed"),
  ],
};
