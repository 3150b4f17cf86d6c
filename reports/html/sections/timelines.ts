// A run over its time: faults and actions as lanes, and below them pods, nodes, queues, Services and the control plane, on one time axis with
// the faults as bands behind the lines.
import { escapeHtml } from "../escape.ts";
import { type Lane, lanes } from "../lanes.ts";
import type { Rows, RunDetail } from "../report-data.ts";
import { type Band, largest, type Series, smallest, type TimeChart, timeChart } from "../time-chart.ts";

const MOST_LANES = 14;
const MOST_APART = 3;
const MOST_BANDS = 120;
const MOST_LABELS = 3;
const MOST_SERVICES = 6;

export function timelines(detail: RunDetail, prefix: string): string {
  const end = detail.head.durationSeconds;
  const faults = united(bandsOf(detail), end);
  const charts = chartsOf(detail, prefix).map((chart) => ({ ...chart, bands: faults, endSeconds: end }));
  const measured = charts.filter(({ series }) =>
    series.some(({ values }) => largest(values) > Number.NEGATIVE_INFINITY),
  );
  // a line at 0 tells as much in a word
  const drawn = measured.filter(({ series }) => series.some(({ values }) => largest(values) > 0));
  const zero = measured.filter((chart) => !drawn.includes(chart)).map(({ title }) => title);
  const nothing = zero.length === 0 ? "" : `<p class="small muted">0 throughout: ${escapeHtml(zero.join(", "))}</p>`;
  const marks = faultLanes(detail);
  const lane =
    marks.length === 0
      ? ""
      : `<h3>Faults and actions</h3>${lanes(marks, end, "Faults and actions over time")}<p class="small muted"><a href="#table-faults">faults</a> and <a href="#table-actions">actions</a> as tables</p>`;
  const slider = `<div class="controls"><label>time <input class="time-cursor" type="range" min="0" max="1000" value="0"></label><output class="time-cursor muted"></output><span class="muted small">the cursor of all charts: drag it, use arrow keys, or point at a chart</span></div>`;
  return `<div class="timeline-group">${lane}${slider}<div class="charts">${drawn.map(timeChart).join("\n")}</div>${nothing}</div>`;
}

/** Stretches in which faults lasted; what did not happen is left out. */
function bandsOf({ head, tables }: RunDetail): readonly Band[] {
  const faults = tables.get("faults");
  if (faults === undefined) return [];
  return faults.records.flatMap((_, row) => {
    const [from, to] = spanOf(faults, row, "injected_s", "recovered_s", head.durationSeconds);
    if (Number.isNaN(from) || faults.text(row, "matched") === "false") return [];
    return [
      {
        from,
        to,
        label: `${faults.text(row, "fault")} (${faults.text(row, "kind")} on ${faults.text(row, "targets")})`,
      },
    ];
  });
}

function spanOf(rows: Rows, row: number, from: string, to: string, end: number): readonly [number, number] {
  const [begin, stop] = [rows.number(row, from), rows.number(row, to)];
  return [begin, Number.isNaN(stop) ? end : stop];
}

function faultLanes({ head, tables }: RunDetail): readonly Lane[] {
  const byName = new Map<string, { name: string; spans: Lane["spans"][number][] }>();
  const add = (name: string, span: Lane["spans"][number]) => {
    const lane = byName.get(name) ?? { name, spans: [] };
    byName.set(name, lane);
    lane.spans.push(span);
  };
  const [faults, actions] = [tables.get("faults"), tables.get("actions")];
  for (let row = 0; row < (faults?.records.length ?? 0); row++) {
    const [from, to] = spanOf(faults!, row, "injected_s", "recovered_s", head.durationSeconds);
    if (Number.isNaN(from) || faults!.text(row, "matched") === "false") continue;
    const [id, kind, targets] = ["fault", "kind", "targets"].map((name) => faults!.text(row, name));
    add(id!, {
      from,
      to,
      label: `${kind} ${targets}`,
      fill: "fault",
      about: `${kind} on ${targets}, ${faults!.text(row, "outcome")}`,
    });
  }
  for (let row = 0; row < (actions?.records.length ?? 0); row++) {
    const [from, to] = spanOf(actions!, row, "started_s", "ended_s", head.durationSeconds);
    if (Number.isNaN(from)) continue;
    const command = actions!.text(row, "command");
    add(actions!.text(row, "action"), {
      from,
      to,
      label: command,
      fill: "action",
      about: `kubectl ${command}: ${actions!.text(row, "outcome")}`,
    });
  }
  const all = [...byName.values()].flatMap(apart);
  if (all.length <= MOST_LANES) return all;
  const rest = all.slice(MOST_LANES - 1).flatMap(({ spans }) => spans);
  return [...all.slice(0, MOST_LANES - 1), { name: `${all.length - MOST_LANES + 1} others`, spans: rest }];
}

/** Spans of one name that overlap lie in lanes below each other, of which the last takes what finds no room. */
function apart({ name, spans }: Lane): Lane[] {
  const rows: Lane["spans"][number][][] = [];
  for (const span of [...spans].sort((a, b) => a.from - b.from)) {
    const free = rows.find((row) => row.at(-1)!.to <= span.from);
    if (free !== undefined) free.push(span);
    else if (rows.length < MOST_APART) rows.push([span]);
    // what finds no room has no label, which would lie on another
    else rows.at(-1)!.push({ ...span, label: "" });
  }
  return rows.map((row, i) => ({ name: i === 0 ? name : "", spans: row }));
}

/** Bands that overlap are one: a darker shade would only hide the lines. Where there are many, those that nearly touch are, too. */
function united(bands: readonly Band[], endSeconds: number): readonly Band[] {
  const gap = bands.length > MOST_BANDS ? endSeconds / MOST_BANDS : 0;
  const all: { from: number; to: number; labels: string[]; count: number }[] = [];
  for (const { from, to, label } of [...bands].sort((a, b) => a.from - b.from)) {
    const last = all.at(-1);
    if (last === undefined || last.to + gap < from) {
      all.push({ from, to, labels: [label], count: 1 });
      continue;
    }
    last.to = Math.max(last.to, to);
    last.count++;
    if (last.labels.length < MOST_LABELS) last.labels.push(label);
  }
  return all.map(({ count, from, labels, to }) => {
    const more = count > labels.length ? ` and ${count - labels.length} more` : "";
    return { from, to, label: labels.join(", ") + more };
  });
}

type Draft = Pick<TimeChart, "id" | "title" | "unit" | "series" | "least">;

function chartsOf(detail: RunDetail, prefix: string): readonly Draft[] {
  const { timeseries, latencies } = detail;
  const of = (name: string) => timeseries[name] ?? new Float64Array(0);
  const times = of("time_s");
  const line = (name: string, label: string, slot: number): Series => ({ name: label, slot, times, values: of(name) });
  const charts: Draft[] = [
    {
      id: "pods",
      title: "Pods",
      unit: "",
      series: [
        line("pods_running", "running", 1),
        line("pods_starting", "starting", 3),
        line("pods_pending", "pending", 2),
      ],
    },
    {
      id: "nodes",
      title: "Nodes",
      unit: "",
      series: [{ ...line("nodes", "all", 6), isDashed: true }, line("nodes_ready", "ready", 3)],
    },
    {
      id: "requested",
      title: "Requested of what ready nodes offer",
      unit: "%",
      least: 10,
      series: [
        line("alloc_cpu_pct", "CPU", 1),
        line("alloc_mem_pct", "memory", 2),
        line("alloc_gpu_pct", "GPU", 4),
      ].filter(({ values }) => largest(values) > 0),
    },
    {
      id: "queue",
      title: "Scheduling queue",
      unit: "pods",
      series: [
        line("queue_active", "active", 1),
        line("queue_backoff", "in back-off", 4),
        line("queue_unschedulable", "unschedulable", 2),
      ],
    },
    ...serviceCharts(detail),
    ...controlPlaneCharts(latencies),
  ];
  if (largest(of("pods_failed")) > 0)
    charts.push({
      id: "failed",
      title: "Pods failed so far",
      unit: "pods",
      series: [line("pods_failed", "failed", 5)],
    });
  return charts.map((chart) => ({
    ...chart,
    id: `${prefix}-${chart.id}`,
    // a folder of another version may lack a column
    series: chart.series.filter(({ values }) => values.length > 0),
  }));
}

/** Services whose requests failed most come first; more than a few lines cannot be told apart. */
function serviceCharts({ head, tables }: RunDetail): Draft[] {
  const rows = tables.get("service_timeseries");
  if (rows === undefined || rows.records.length === 0) return [];
  const services = new Map<string, { times: number[]; available: number[]; pods: number[] }>();
  for (let row = 0; row < rows.records.length; row++) {
    const name = `${rows.text(row, "namespace")}/${rows.text(row, "service")}`;
    const service = services.get(name) ?? { times: [], available: [], pods: [] };
    services.set(name, service);
    service.times.push(rows.number(row, "time_s"));
    service.available.push(rows.number(row, "availability_pct"));
    service.pods.push(rows.number(row, "least_available"));
  }
  const worst = [...services]
    .sort(([, a], [, b]) => smallest(a.available) - smallest(b.available))
    .slice(0, MOST_SERVICES);
  // a value holds until the next one, and the last one until the end
  const series = (part: "available" | "pods"): Series[] =>
    worst.map(([name, service], i) => ({
      name,
      slot: i + 1,
      isStep: true,
      times: [...service.times, head.durationSeconds],
      values: [...service[part], service[part].at(-1)!],
    }));
  const of = services.size > worst.length ? ` (the ${worst.length} worst of ${services.size})` : "";
  return [
    {
      id: "availability",
      title: `Requests answered well by Service${of}`,
      unit: "%",
      series: series("available"),
      least: 100,
    },
    { id: "answering", title: `Pods that answer, fewest at once${of}`, unit: "pods", series: series("pods") },
  ];
}

function controlPlaneCharts(columns: RunDetail["latencies"]): Draft[] {
  const times = columns.time_s ?? new Float64Array(0);
  if (times.length === 0) return [];
  const step = stepOf(times);
  const values = (name: string) => columns[name] ?? new Float64Array(0);
  const line = (name: string, label: string, slot: number): Series => ({
    ...{ name: label, slot },
    ...withGaps(times, values(name), step, Number.NaN),
  });
  const rate = (name: string, label: string, slot: number): Series => ({
    ...{ name: label, slot },
    // no row: nothing was asked
    ...withGaps(
      times,
      values(name).map((count) => count / step),
      step,
      0,
    ),
  });
  return [
    {
      id: "api-latency",
      title: "Latency at the API servers",
      unit: "ms",
      series: [{ ...line("api_max_ms", "longest", 6), isDashed: true }, line("api_p99_ms", "P99", 1)],
    },
    {
      id: "api-requests",
      title: "Requests at the API servers",
      unit: "/s",
      series: [rate("api_requests", "answered", 1), rate("api_failed", "failed", 2)],
    },
    {
      id: "etcd-latency",
      title: "Latency of writes at etcd",
      unit: "ms",
      series: [{ ...line("etcd_max_ms", "longest", 6), isDashed: true }, line("etcd_p99_ms", "P99", 3)],
    },
    {
      id: "etcd-writes",
      title: "Writes at etcd",
      unit: "/s",
      series: [rate("etcd_writes", "committed", 3), rate("etcd_failed", "requests failed", 2)],
    },
  ];
}

/** The distance of most rows, in seconds. */
function stepOf(times: ArrayLike<number>): number {
  let step = Number.POSITIVE_INFINITY;
  for (let i = 2; i < times.length; i++) step = Math.min(step, times[i]! - times[i - 1]!);
  return Number.isFinite(step) && step > 0 ? step : times[0]! || 1;
}

/** Steps without a row have a value of their own: NaN leaves a gap in the line. */
function withGaps(
  times: Float64Array,
  values: Float64Array,
  step: number,
  missing: number,
): Pick<Series, "times" | "values"> {
  const [to, of]: [number[], number[]] = [[], []];
  for (let i = 0; i < times.length; i++) {
    if (i > 0 && times[i]! - times[i - 1]! > step * 1.5) {
      to.push(times[i - 1]! + step, times[i]! - step);
      of.push(missing, missing);
    }
    to.push(times[i]!);
    of.push(values[i] ?? Number.NaN);
  }
  return { times: to, values: of };
}
