// Which lines the page draws of a run's time series, and where its faults stand behind them.

import type { SeriesAnswer, ShownFault } from "../../sim/serve/protocol.ts";
import type { Band, Series } from "../html/time-chart.ts";

export interface SeriesChart {
  readonly title: string;
  readonly unit: string;
  /** Column of timeseries.csv without its unit rules, and what the line is called. */
  readonly lines: readonly (readonly [column: string, name: string])[];
  /** What values are divided by. */
  readonly scale: number;
}

const MEBI = 1_048_576;

export const SERIES_CHARTS: readonly SeriesChart[] = [
  {
    title: "Pods",
    unit: "",
    scale: 1,
    lines: [
      ["podsRunning", "running"],
      ["podsStarting", "starting"],
      ["podsPending", "pending"],
      ["podsFailed", "failed so far"],
    ],
  },
  {
    title: "Nodes",
    unit: "",
    scale: 1,
    lines: [
      ["nodes", "all"],
      ["nodesReady", "ready and schedulable"],
    ],
  },
  {
    title: "CPU",
    unit: "cores",
    scale: 1000,
    lines: [
      ["requested_cpu_m", "requested"],
      ["allocatable_cpu_m", "allocatable"],
    ],
  },
  {
    title: "Memory",
    unit: "GiB",
    scale: 1024 * MEBI,
    lines: [
      ["requested_mem_b", "requested"],
      ["allocatable_mem_b", "allocatable"],
    ],
  },
  {
    title: "Scheduling queue",
    unit: "pods",
    scale: 1,
    lines: [
      ["queueActive", "to be tried"],
      ["queueBackoff", "in back-off"],
      ["queueUnschedulable", "unschedulable"],
    ],
  },
  {
    title: "GPUs",
    unit: "",
    scale: 1,
    lines: [
      ["requested_gpu", "requested"],
      ["allocatable_gpu", "allocatable"],
    ],
  },
];

/** null where the column has nothing to tell. */
export function seriesOf(
  answer: SeriesAnswer,
  column: string,
  name: string,
  slot: number,
  scale: number,
): Series | null {
  const values = answer.columns[column];
  if (values === undefined || values.every((value) => value === null || value === 0)) return null;
  return {
    name,
    slot,
    times: answer.timesMicros.map((micros) => micros / 1e6),
    values: values.map((value) => (value === null ? Number.NaN : value / scale)),
  };
}

/** More of them would hide each other: those that overlap become one. */
const MAX_BANDS = 8;

export function bandsOf(faults: readonly ShownFault[], endMicros: number): readonly Band[] {
  const bands = faults.flatMap(({ id, injectedMicros, kind, recoveredMicros, targets }) => {
    if (injectedMicros === null) return [];
    const label = `${id}: ${kind}${targets === "" ? "" : ` of ${targets}`}`;
    return [{ from: injectedMicros / 1e6, to: (recoveredMicros ?? endMicros) / 1e6, label }];
  });
  return bands.length > MAX_BANDS ? merged(bands) : bands;
}

function merged(bands: readonly Band[]): readonly Band[] {
  const groups: { from: number; to: number; labels: string[] }[] = [];
  for (const { from, label, to } of [...bands].sort((a, b) => a.from - b.from)) {
    const last = groups.at(-1);
    if (last !== undefined && from <= last.to) {
      last.to = Math.max(last.to, to);
      last.labels.push(label);
    } else groups.push({ from, to, labels: [label] });
  }
  return groups.map(({ from, labels, to }) => {
    const shown = labels.slice(0, 5).join("; ");
    return { from, to, label: labels.length > 5 ? `${labels.length} faults, such as ${shown}` : shown };
  });
}
