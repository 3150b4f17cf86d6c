// Every object as it was when the recording ended: all fields of its status that a recording holds.
import { type Facts, tally } from "./fact.ts";
import { isNumbered, ownerName, withoutRandom } from "./names.ts";
import type { Row } from "./rows.ts";
import type { Timeline } from "./timeline.ts";

const FIELDS: Readonly<Record<string, readonly (keyof Row)[]>> = {
  Deployment: ["spec", "gen", "obs", "rep", "upd", "rdy", "avl", "unav", "trm", "rev", "c", "fin"],
  ReplicaSet: ["spec", "rep", "lab", "rdy", "avl", "trm", "c", "fin"],
  StatefulSet: ["spec", "rep", "rdy", "avl", "cur", "upd"],
  DaemonSet: ["des", "cur", "upd", "rdy", "avl", "unav", "mis"],
  Job: ["act", "suc", "fail", "rdy", "trm", "unc", "cidx", "fidx", "c", "fin"],
  CronJob: ["act"],
  PDB: ["allowed", "cur", "des", "exp", "disrupted"],
  HPA: ["cur", "des", "util", "c"],
  ResourceQuota: ["hard", "used"],
  Namespace: ["ph", "c"],
};

export function addFinalFacts(facts: Facts, timeline: Timeline): void {
  const latest = new Map<string, Row>();
  for (const row of timeline.events) {
    if (row.k === "Event") continue;
    const key = `${row.k} ${row.ns}/${row.n}/${row.uid ?? ""}`;
    if (row.e === "D") latest.delete(key);
    else latest.set(key, row);
  }
  const slices = new Map<string, { rdy: number; srv: number; trm: number; tot: number; slices: number }>();
  const jobs = new JobNumbers([...latest.values()]);
  for (const row of latest.values()) {
    if (row.k === "Pod") tally(facts, `final Pod of ${ownerName(row.own ?? `nobody ${row.n}`)}: ${podText(row)}`);
    else if (row.k === "Node") tally(facts, `final Node: ${nodeText(row)}`);
    else if (row.k === "EndpointSlice") addSlice(slices, row);
    else if (row.k === "Lease") {
      if (row.ns === "kube-system" && row.tr !== undefined)
        facts.set(`final Lease ${row.n} transitions`, { kind: "exact", value: row.tr });
    } else addFields(facts, row, jobs);
  }
  for (const [svc, counts] of slices) {
    for (const [field, value] of Object.entries(counts))
      facts.set(`final EndpointSlices of ${svc} ${field}`, { kind: "exact", value });
  }
}

function addFields(facts: Facts, row: Row, jobs: JobNumbers): void {
  const name =
    row.k === "ReplicaSet"
      ? `${row.ns}/${withoutRandom(row.n ?? "")} revision ${row.rev}`
      : `${row.ns ?? ""}/${jobs.nameOf(row)}`;
  if (isNumbered(row.n ?? "")) {
    const texts = (FIELDS[row.k] ?? []).map((field) => `${field} ${valueText(row[field])}`);
    tally(facts, `final ${row.k} ${withoutRandom(name)}: ${texts.join("; ")}`);
    return;
  }
  for (const field of FIELDS[row.k] ?? []) {
    const value = row[field];
    const leaf = typeof value === "object" ? valueText(value) : (value ?? null);
    facts.set(`final ${row.k} ${name} ${field}`, { kind: "exact", value: leaf });
  }
  if (row.k === "StatefulSet")
    facts.set(`final StatefulSet ${name} one revision`, { kind: "exact", value: row.crev === row.urev });
}

function valueText(value: Row[keyof Row]): string {
  return typeof value === "object" ? sorted(value) : String(value ?? "none");
}

/** CronJobs' Jobs by how long ago they were scheduled: names hold the minute. */
class JobNumbers {
  private readonly last: number;

  constructor(rows: readonly Row[]) {
    const minutes = rows.filter((row) => row.k === "Job").map((row) => minuteOf(row));
    this.last = Math.max(0, ...minutes);
  }

  nameOf(row: Row): string {
    const minute = row.k === "Job" ? minuteOf(row) : 0;
    return minute === 0 ? (row.n ?? "") : `${withoutRandom(row.n ?? "")}-${this.last - minute}`;
  }
}

function minuteOf(row: Row): number {
  return Number(/-(\d{8})$/.exec(row.n ?? "")?.[1] ?? 0);
}

function sorted(value: object): string {
  if (Array.isArray(value)) return value.join(",");
  return Object.entries(value)
    .map(([key, each]) => `${key}=${String(each)}`)
    .sort()
    .join(",");
}

function podText(row: Row): string {
  const { RSC: _, ...conditions } = typeof row.c === "object" ? row.c : {};
  const parts = [row.ph ?? "", sorted(conditions), row.cs ?? "", row.node === undefined ? "unbound" : "bound"];
  if (row.rc !== undefined) parts.push(`restarts ${row.rc}`);
  if (row.idx !== undefined) parts.push(`index ${row.idx}`);
  if (row.fin !== undefined) parts.push(row.fin);
  if (row.del !== undefined) parts.push(`deleting with ${row.grace} s`);
  return parts.join("; ");
}

function nodeText(row: Row): string {
  return [row.ready, ...[...(row.taints ?? [])].sort(), row.zone, ...(row.unsched ? ["cordoned"] : [])].join(" ");
}

function addSlice(
  slices: Map<string, { rdy: number; srv: number; trm: number; tot: number; slices: number }>,
  row: Row,
) {
  const svc = row.svc ?? "";
  const sum = slices.get(svc) ?? { rdy: 0, srv: 0, trm: 0, tot: 0, slices: 0 };
  slices.set(svc, {
    rdy: sum.rdy + (row.rdy ?? 0),
    srv: sum.srv + (row.srv ?? 0),
    trm: sum.trm + (row.trm ?? 0),
    tot: sum.tot + (row.tot ?? 0),
    slices: sum.slices + 1,
  });
}
