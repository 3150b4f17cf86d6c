// 11-etcd-failure and 12-apiserver-restart: a steady load of requests, leases, nodes and pods before, during and after an outage.
import { known, podLives } from "../pods.ts";
import type { Summary } from "../recordings.ts";
import { condition, type RequestRow, type Row } from "../rows.ts";
import { seconds, statistics } from "../statistics.ts";
import { actionsOf, type Timeline } from "../timeline.ts";

const NO_EXECUTE = "node.kubernetes.io/unreachable:NoExecute";

/** How long before the outage requests are looked at. */
const BEFORE_SECONDS = 15;

export function deriveOutage(timeline: Timeline): Summary {
  const isEtcd = timeline.family === "11-etcd-failure";
  const from = actionsOf(timeline, isEtcd ? "kill -9 etcd" : "stopApiserver")[0]?.t ?? 0;
  const exited = actionsOf(timeline, "apiserverExited")[0]?.t;
  const started = actionsOf(timeline, "apiserverStarted")[0]?.t;
  const ready = actionsOf(timeline, "apiserverReady")[0]?.t;
  const until = (isEtcd ? actionsOf(timeline, "etcdRestarted")[0]?.t : ready) ?? Number.POSITIVE_INFINITY;
  const restart = until;
  // requests are counted from when the process is there again, not from when it says that it is ready
  const back = started ?? restart;
  const creates = timeline.requests.filter(({ v }) => v === "create");
  const gap = longestGap(creates);
  const firstAfter = succeeded(creates).filter((t) => t >= restart)[0];
  const nodes = nodeTimes(timeline, from, restart);
  const pods = podLives(timeline.events);
  const evicted = known(pods.map((pod) => pod.deleted)).filter((t) => t > from);
  const since = (times: readonly number[], t: number) => statistics(times.map((at) => at - t));
  const outcome: Record<string, number> = {};
  for (const { code } of creates) outcome[String(code)] = (outcome[String(code)] ?? 0) + 1;
  return {
    ...(isEtcd
      ? {}
      : {
          apiserverExitAfter: exited === undefined ? null : seconds(exited - from),
          apiserverReadyAfterStart: started === undefined || ready === undefined ? null : seconds(ready - started),
        }),
    longestGapBetweenSuccessfulCreates: gap === null ? null : seconds(gap.length),
    gapStartAfter: gap === null ? null : seconds(gap.from - from),
    firstSuccessfulCreateAfterRestart: firstAfter === undefined ? null : seconds(firstAfter - restart),
    createsOutcome: outcome,
    componentExits: actionsOf(timeline, "componentExited").map(({ component, rc, t }) => ({
      component,
      rc,
      after: seconds(t - from),
    })),
    componentRestarts: actionsOf(timeline, "componentRestarted").map(({ component, t }) => ({
      component,
      after: seconds(t - from),
    })),
    nodesMarkedUnknown: nodes.unknown.length,
    nodesMarkedUnknownAfter: since(nodes.unknown, from),
    nodesMarkedUnknownAfterRestart: since(nodes.unknown, restart),
    nodesReadyAgainAfterRestart: since(nodes.again, restart),
    nodesTaintedNoExecute: nodes.tainted,
    podsEvicted: evicted.length,
    podsEvictedAfterRestart: since(evicted, restart),
    podNotReadyUpdates: notReadyUpdates(timeline.events, from),
    ...leaseSummary(timeline.events, "kube-controller-manager", from, restart),
    ...leaseSummary(timeline.events, "kube-scheduler", from, restart),
    nodeLeaseLongestGap: nodeLeases(timeline.events, from),
    ...(isEtcd ? etcdLeader(timeline, from, restart) : {}),
    requests: {
      before: requests(timeline.requests.filter(({ t }) => t >= from - BEFORE_SECONDS && t < from)),
      during: requests(timeline.requests.filter(({ t }) => t >= from && t < back)),
      after: requests(timeline.requests.filter(({ t }) => t >= back)),
    },
  };
}

/** Instants of the answers to creations that succeeded. */
function succeeded(creates: readonly RequestRow[]): number[] {
  return creates
    .filter(({ code }) => code === 201)
    .map(({ t, lat }) => t + lat)
    .sort((a, b) => a - b);
}

function longestGap(creates: readonly RequestRow[]): { length: number; from: number } | null {
  const times = succeeded(creates);
  let found: { length: number; from: number } | null = null;
  for (const [i, t] of times.slice(1).entries()) {
    const length = t - times[i]!;
    if (found === null || length > found.length) found = { length, from: times[i]! };
  }
  return found;
}

function nodeTimes(timeline: Timeline, from: number, restart: number) {
  const unknown = new Map<string, number>();
  const again = new Map<string, number>();
  const tainted = new Set<string>();
  for (const row of timeline.events) {
    if (row.k !== "Node" || row.n === undefined || row.t <= from) continue;
    if (row.ready?.startsWith("Unknown") === true && !unknown.has(row.n)) unknown.set(row.n, row.t);
    if (row.ready?.startsWith("True") === true && unknown.has(row.n) && !again.has(row.n) && row.t >= restart)
      again.set(row.n, row.t);
    if (row.taints?.includes(NO_EXECUTE) === true) tainted.add(row.n);
  }
  return { unknown: [...unknown.values()], again: [...again.values()], tainted: tainted.size };
}

/** Writes that say that a running pod is not ready, though nobody deletes it. */
function notReadyUpdates(events: readonly Row[], from: number): number {
  return events.filter(
    (row) =>
      row.k === "Pod" &&
      row.e === "M" &&
      row.t > from &&
      row.ph === "Running" &&
      row.del === undefined &&
      condition(row, "R").startsWith("F"),
  ).length;
}

function leaseSummary(events: readonly Row[], name: string, from: number, restart: number): Summary {
  const rows = events.filter((row) => row.k === "Lease" && row.n === name && row.renew !== undefined);
  let longest: { gap: number; from: number } | null = null;
  for (const [i, row] of rows.slice(1).entries()) {
    const before = rows[i]!;
    const gap = row.renew! - before.renew!;
    if (row.t > from && (longest === null || gap > longest.gap)) longest = { gap, from: before.renew! };
  }
  if (longest === null) return {};
  const holder = rows.findLast((row) => row.t <= from)?.holder;
  const first = rows.find((row) => row.t >= restart);
  return {
    [`lease ${name}`]: {
      longestRenewGap: seconds(longest.gap),
      gapStartAfter: seconds(longest.from - from),
      holderChanged: rows.some((row) => row.t > from && row.holder !== holder),
      firstRenewAfterRestart: first === undefined ? null : seconds(first.renew! - restart),
    },
  };
}

function nodeLeases(events: readonly Row[], from: number) {
  const last = new Map<string, number>();
  const gaps = new Map<string, number>();
  for (const row of events) {
    if (row.k !== "Lease" || row.ns !== "kube-node-lease" || row.n === undefined || row.renew === undefined) continue;
    const before = last.get(row.n);
    if (before !== undefined && row.t > from) gaps.set(row.n, Math.max(gaps.get(row.n) ?? 0, row.renew - before));
    last.set(row.n, row.renew);
  }
  return statistics([...gaps.values()]);
}

function etcdLeader(timeline: Timeline, from: number, restart: number): Summary {
  const next = timeline.etcd.find((row) => row.t > from && row.isLeader);
  return {
    leaderWas: actionsOf(timeline, "kill -9 etcd")[0]?.leaderWas ?? null,
    newEtcdLeaderAfter: next === undefined ? null : seconds(next.t - from),
    newEtcdLeaderAfterRestart: next === undefined ? null : seconds(next.t - restart),
  };
}

function requests(rows: readonly RequestRow[]): Summary {
  const summary: Record<string, unknown> = {};
  for (const verb of [...new Set(rows.map(({ v }) => v))].sort()) {
    const own = rows.filter(({ v }) => v === verb);
    const codes: Record<string, number> = {};
    for (const { code } of own) codes[String(code)] = (codes[String(code)] ?? 0) + 1;
    summary[verb] = { n: own.length, codes, latency: statistics(own.map(({ lat }) => lat)) };
  }
  return summary;
}
