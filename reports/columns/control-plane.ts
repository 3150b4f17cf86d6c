// controllers.csv: the work queues of controllers. api.csv: requests that API servers answered. slo.csv: objectives and error budgets.
import { allRows, columnsOf, type Report } from "./report-column.ts";

const queue = columnsOf("controllers");

const times = (name: "wait" | "work", doc: string) => [
  queue.number(`${name}_p50_s`, "seconds", `${name}P50Micros`, `${doc}, median`),
  queue.number(`${name}_p99_s`, "seconds", `${name}P99Micros`, `${doc}, 99th percentile`),
  queue.number(`${name}_max_s`, "seconds", `${name}MaxMicros`, `${doc}, longest`),
];

export const controllersReport: Report = {
  name: "controllers",
  doc: "One row per controller, over all lives of all replicas. Quantiles are off by less than 0.8 % of the value.",
  rows: allRows("controllers"),
  columns: [
    queue.text("controller", "controller", "name"),
    queue.number("adds", "count", "adds", "keys that were put into its queue"),
    queue.number("syncs", "count", "syncs", "keys that were worked on"),
    queue.number("retries", "count", "retries", "keys that failed and came again after a back-off"),
    queue.number("depth_max", "count", "depthMax", "most keys that waited at once"),
    ...times("wait", "time in the queue"),
    ...times("work", "time of a sync"),
  ],
};

const api = columnsOf("api");

export const apiReport: Report = {
  name: "api",
  doc: "One row per client, verb, kind and status code. Quantiles are off by less than 0.8 % of the value.",
  rows: allRows("api"),
  columns: [
    api.text("client", "client", "the component that asked; nodes are one"),
    api.text("verb", "verb", "get, list, watch, create, update, patch, delete or deletecollection"),
    api.text("kind", "kind", "what it was about, with its subresource"),
    api.number("code", "count", "code", "status code; 429 is too many requests, 0 no answer at all"),
    api.number("requests", "count", "requests", "requests that were answered so"),
    api.number("latency_p50_ms", "millis", "latencyP50Micros", "from the client's asking to its answer, median"),
    api.number("latency_p90_ms", "millis", "latencyP90Micros", "the same, 90th percentile"),
    api.number("latency_p99_ms", "millis", "latencyP99Micros", "the same, 99th percentile"),
    api.number("latency_max_ms", "millis", "latencyMaxMicros", "the same, longest"),
    api.number("seats", "count", "seats", "seats that they took in priority and fairness, summed; 0 = exempt"),
  ],
};

const slo = columnsOf("slo");

export const sloReport: Report = {
  name: "slo",
  doc: "One row per objective and subject of which anything was measured. Windows are five minutes long and count from the start of the run.",
  rows: allRows("slo"),
  columns: [
    slo.text(
      "slo",
      "slo",
      "api-mutating-requests and api-readonly-requests: answered without 429 or 5xx within 1 s, lists within 30 s; pod-startup: ready within 5 s of creation, image pulls and init containers included; service-availability: requests answered; workload-availability: as many ready pods as the disruption budget wants",
    ),
    slo.text("subject", "subject", "the Service or workload; empty for the whole cluster"),
    slo.number("objective_pct", "percent", "objectivePct", "share of events, or of time, that has to be good"),
    slo.number("slo_total_windows", "count", "windows", "windows in which anything was measured"),
    slo.number("slo_good_windows", "count", "goodWindows", "windows that met the objective"),
    slo.computed("slo_violations", "count", "windows that did not", (column) => {
      const [all, good] = [column("windows"), column("goodWindows")];
      return (row) => all[row]! - good[row]!;
    }),
    slo.number("events", "count", "events", "requests, or pods"),
    slo.number("bad_events", "count", "badEvents", "of these: not as promised"),
    slo.number("error_budget_s", "seconds", "budgetMicros", "time that may be bad: (1 − objective) × time observed"),
    slo.number("bad_s", "seconds", "badMicros", "time that was"),
    slo.number("budget_used_pct", "percent", "budgetUsedPct", "bad ÷ (1 − objective) of all, of events or of time"),
    slo.number(
      "burn_rate_1h",
      "real",
      "burnRate1h",
      "worst hour: share that was bad ÷ (1 − objective); at the start of the run what there is of an hour",
    ),
    slo.number("burn_rate_6h", "real", "burnRate6h", "worst six hours, likewise"),
  ],
};
