// What the control plane and Services did over time: leaders.csv, latencies.csv, service_timeseries.csv.
import { formatNumber } from "../../sim/metrics/column-format.ts";
import type { Result } from "../../sim/metrics/result.ts";
import { numbersOf, textReader } from "../../sim/metrics/table.ts";
import { allRows, columnsOf, type Report, type ReportColumn } from "./report-column.ts";

/** Rows of two tables: etcd's leaders, and behind them those of the other components. */
function leaderColumn(
  name: string,
  format: ReportColumn["format"],
  doc: string,
  ofEtcd: (result: Result) => (row: number) => string,
  ofOthers: (result: Result) => (row: number) => string,
): ReportColumn {
  return {
    ...{ name, format, doc },
    open: (result) => {
      const [etcd, others] = [ofEtcd(result), ofOthers(result)];
      const first = result.tables.leadership.rows;
      return (row) => (row < first ? etcd(row) : others(row - first));
    },
  };
}

const seconds = (table: "leadership" | "leases", from: string) => (result: Result) => {
  const values = numbersOf(result.tables[table], from);
  return (row: number) => formatNumber(values[row]!, "seconds");
};

export const leadersReport: Report = {
  name: "leaders",
  doc: "Who led from when to when, by its own account: etcd, then the components that elect a leader. An empty leader of etcd: nobody that a quorum knew.",
  rows: ({ tables }) => Array(tables.leadership.rows + tables.leases.rows).keys(),
  columns: [
    leaderColumn(
      "role",
      "text",
      "etcd, kube-scheduler, kube-controller-manager, …",
      () => () => "etcd",
      ({ tables }) => textReader(tables.leases, "role"),
    ),
    leaderColumn(
      "leader",
      "text",
      "member or component; empty: nobody led",
      ({ tables }) => textReader(tables.leadership, "member"),
      ({ tables }) => textReader(tables.leases, "leader"),
    ),
    leaderColumn(
      "from_s",
      "seconds",
      "since when",
      seconds("leadership", "fromMicros"),
      seconds("leases", "fromMicros"),
    ),
    leaderColumn("to_s", "seconds", "until when", seconds("leadership", "toMicros"), seconds("leases", "toMicros")),
  ],
};

const latency = columnsOf("latencies");

export const latenciesReport: Report = {
  name: "latencies",
  doc: "Requests at the API servers (watches left out) and writes at etcd, one row per step of virtual time in which there were any. Heartbeats that were accounted for count; what they take shows in steps without any other request.",
  rows: allRows("latencies"),
  columns: [
    latency.number("time_s", "seconds", "timeMicros", "end of the step"),
    latency.number("api_requests", "count", "apiRequests", "requests answered in the step"),
    latency.number("api_failed", "count", "apiFailed", "of these without an answer, with a code from 500, or 429"),
    latency.number("api_p99_ms", "millis", "apiP99Micros", "99th percentile of their latency"),
    latency.number("api_max_ms", "millis", "apiMaxMicros", "the longest"),
    latency.number("etcd_writes", "count", "etcdWrites", "writes that etcd answered with success"),
    latency.number("etcd_failed", "count", "etcdFailed", "requests of any kind that it answered with an error"),
    latency.number(
      "etcd_p99_ms",
      "millis",
      "etcdP99Micros",
      "99th percentile of the time from a write's arrival to its answer",
    ),
    latency.number("etcd_max_ms", "millis", "etcdMaxMicros", "the longest"),
  ],
};

const step = columnsOf("serviceSteps");

const ofService = (name: string, from: string, doc: string): ReportColumn => ({
  ...{ name, format: "text", doc },
  open: ({ tables }) => {
    const [service, text] = [numbersOf(tables.serviceSteps, "service"), textReader(tables.services, from)];
    return (row) => text(service[row]!);
  },
});

const requests = (name: string, from: string, doc: string) =>
  step.computed(name, "real", doc, (column) => {
    const millionths = column(from);
    return (row) => millionths[row]! / 1_000_000;
  });

export const serviceTimeseriesReport: Report = {
  name: "service_timeseries",
  doc: "What became of requests on each Service in each step of virtual time. A step that was as the one before has no row.",
  rows: allRows("serviceSteps"),
  columns: [
    ofService("namespace", "namespace", "namespace"),
    ofService("service", "name", "name"),
    step.number("time_s", "seconds", "timeMicros", "end of the step"),
    requests("requests", "requestMillionths", "requests in the step"),
    requests("requests_failed", "failedMillionths", "of these failed"),
    step.computed("availability_pct", "percent", "share of requests that were answered well", (column) => {
      const [all, failed] = [column("requestMillionths"), column("failedMillionths")];
      return (row) => (all[row]! > 0 ? (1 - failed[row]! / all[row]!) * 100 : Number.NaN);
    }),
    step.number(
      "least_available",
      "count",
      "leastAvailable",
      "fewest pods that really answered at any moment of the step",
    ),
  ],
};
