// Service level objectives of a run, judged in five-minute windows: how many windows were good, how much of the error budget the bad
// part has used, and how fast it burned. Objectives are Kubernetes' own for the control plane (requests within 1 s, lists within 30 s, pods
// started within 5 s, each for 99 %), and 99.9 % for Services and budgeted workloads.
import type { Recorder } from "./recorder.ts";
import type { Spans } from "./spans.ts";
import { type Table, TableBuilder } from "./table.ts";

const WINDOW_MICROS = 300_000_000;
const HOUR_WINDOWS = 12;
const STARTUP_MICROS = 5_000_000;
const CONTROL_PLANE_OBJECTIVE = 0.99;
const AVAILABILITY_OBJECTIVE = 0.999;

/** Events of one window: all, and those that were not as promised. */
interface Window {
  total: number;
  bad: number;
}

const NUMBERS = [
  "objectivePct",
  "windows",
  "goodWindows",
  "events",
  "badEvents",
  "budgetMicros",
  "badMicros",
  "budgetUsedPct",
  "burnRate1h",
  "burnRate6h",
] as const;

/** One row per objective and subject that anything was measured of. */
export function sloTable(recorder: Recorder, endMicros: number): Table {
  const table = new TableBuilder(NUMBERS, ["slo", "subject"]);
  for (const kind of ["mutating", "readonly"] as const) {
    const windows = recorder.api.windows[kind];
    const counted = Array.from({ length: windows.length }, (_, i): Window => {
      const { requests = 0, late = 0, failed = 0 } = windows[i] ?? {};
      return { total: requests, bad: late + failed };
    });
    byEvents(table, `api-${kind}-requests`, "", CONTROL_PLANE_OBJECTIVE, counted);
  }
  byEvents(table, "pod-startup", "", CONTROL_PLANE_OBJECTIVE, startups(recorder));
  services(table, recorder);
  workloads(table, recorder, endMicros);
  return table.freeze();
}

/** Windows of all rows that did not meet their objective; NaN when nothing was measured. */
export function sloViolations({ numbers, rows }: Table): number {
  let sum = 0;
  for (let row = 0; row < rows; row++) sum += numbers.windows![row]! - numbers.goodWindows![row]! || 0;
  return rows === 0 ? Number.NaN : sum;
}

/** Pods by the window in which they were ready for the first time. */
function startups({ pods }: Recorder): Window[] {
  const windows: Window[] = [];
  const { boundAtStart, createdMicros, readyMicros } = pods.numbers;
  for (let row = 0; row < pods.rows; row++) {
    const ready = readyMicros.get(row);
    if (Number.isNaN(ready) || boundAtStart.get(row) === 1) continue;
    const window = windowAt(windows, ready);
    window.total++;
    if (ready - createdMicros.get(row) > STARTUP_MICROS) window.bad++;
  }
  return windows;
}

function services(table: TableBuilder<(typeof NUMBERS)[number], "slo" | "subject">, recorder: Recorder): void {
  const { windows, table: services } = recorder.services;
  const byService = new Map<number, Window[]>();
  for (let row = 0; row < windows.rows; row++) {
    const service = windows.numbers.service.get(row);
    const list = byService.get(service) ?? [];
    byService.set(service, list);
    const window = windowAt(list, windows.numbers.startMicros.get(row));
    window.total += windows.numbers.requestMillionths.get(row) / 1_000_000;
    window.bad += windows.numbers.failedMillionths.get(row) / 1_000_000;
  }
  for (const [service, list] of byService) {
    const subject = `${services.texts.namespace.get(service)}/${services.texts.name.get(service)}`;
    byEvents(table, "service-availability", subject, AVAILABILITY_OBJECTIVE, list);
  }
}

/** By time: bad is a second with fewer ready pods than the disruption budget wants. */
function workloads(
  table: TableBuilder<(typeof NUMBERS)[number], "slo" | "subject">,
  { workloads }: Recorder,
  endMicros: number,
): void {
  const { numbers, rows, texts } = workloads.table;
  for (let workload = 0; workload < rows; workload++) {
    const observed = numbers.observedMicros.get(workload);
    if (Number.isNaN(numbers.minAvailable.get(workload)) || observed === 0) continue;
    const row = table.add();
    table.texts.slo.set(row, "workload-availability");
    const [kind, namespace, name] = [texts.kind, texts.namespace, texts.name].map((text) => text.get(workload));
    table.texts.subject.set(row, `${kind} ${namespace}/${name}`);
    const bad = numbers.unavailableMicros.get(workload);
    const budget = Math.round(observed * (1 - AVAILABILITY_OBJECTIVE));
    table.numbers.objectivePct.set(row, AVAILABILITY_OBJECTIVE * 100);
    table.numbers.budgetMicros.set(row, budget);
    table.numbers.badMicros.set(row, bad);
    table.numbers.budgetUsedPct.set(row, budget === 0 ? Number.NaN : (bad / budget) * 100);
    const from = numbers.createdMicros.get(workload);
    const deleted = numbers.deletedMicros.get(workload);
    const windows = overTime(from, Number.isNaN(deleted) ? endMicros : deleted, workloads.unavailable.get(workload));
    judge(table, row, AVAILABILITY_OBJECTIVE, windows);
  }
}

function byEvents(
  table: TableBuilder<(typeof NUMBERS)[number], "slo" | "subject">,
  slo: string,
  subject: string,
  objective: number,
  windows: readonly (Window | undefined)[],
): void {
  let [total, bad] = [0, 0];
  for (const window of windows) {
    total += window?.total ?? 0;
    bad += window?.bad ?? 0;
  }
  if (total === 0) return;
  const row = table.add();
  table.texts.slo.set(row, slo);
  table.texts.subject.set(row, subject);
  const { numbers } = table;
  numbers.objectivePct.set(row, objective * 100);
  numbers.events.set(row, total);
  numbers.badEvents.set(row, bad);
  numbers.budgetUsedPct.set(row, (bad / (total * (1 - objective))) * 100);
  judge(table, row, objective, windows);
}

/** Counts the windows that were good, and finds the worst stretches. */
function judge(
  { numbers }: TableBuilder<(typeof NUMBERS)[number], "slo" | "subject">,
  row: number,
  objective: number,
  windows: readonly (Window | undefined)[],
): void {
  let [measured, good] = [0, 0];
  for (const window of windows) {
    if (window === undefined || window.total === 0) continue;
    measured++;
    if (window.bad <= window.total * (1 - objective)) good++;
  }
  numbers.windows.set(row, measured);
  numbers.goodWindows.set(row, good);
  numbers.burnRate1h.set(row, worstBurn(windows, HOUR_WINDOWS, objective));
  numbers.burnRate6h.set(row, worstBurn(windows, 6 * HOUR_WINDOWS, objective));
}

/** A time and the part of it that was bad, cut into windows. */
function overTime(fromMicros: number, toMicros: number, bad: Spans | undefined): Window[] {
  const windows: Window[] = [];
  fill(fromMicros, toMicros, (window, micros) => {
    window.total += micros;
  });
  for (let i = 0; i < (bad?.from.length ?? 0); i++)
    fill(bad!.from.get(i), bad!.to.get(i), (window, micros) => {
      window.bad += micros;
    });
  return windows;

  function fill(from: number, to: number, add: (window: Window, micros: number) => void): void {
    for (let at = from; at < to; ) {
      const end = Math.min(to, (Math.floor(at / WINDOW_MICROS) + 1) * WINDOW_MICROS);
      add(windowAt(windows, at), end - at);
      at = end;
    }
  }
}

/** The largest share of bad events in any so many windows in a row, as a multiple of what the objective allows. */
function worstBurn(windows: readonly (Window | undefined)[], span: number, objective: number): number {
  let [worst, total, bad] = [0, 0, 0];
  for (let i = 0; i < windows.length; i++) {
    total += windows[i]?.total ?? 0;
    bad += windows[i]?.bad ?? 0;
    const left = windows[i - span];
    total -= left?.total ?? 0;
    bad -= left?.bad ?? 0;
    if (total > 0) worst = Math.max(worst, bad / total);
  }
  return worst / (1 - objective);
}

function windowAt(windows: Window[], micros: number): Window {
  const index = Math.floor(micros / WINDOW_MICROS);
  // no holes: they would be passed over by some loops and not by others
  while (windows.length <= index) windows.push({ total: 0, bad: 0 });
  return windows[index]!;
}
