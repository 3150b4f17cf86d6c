// 03-node-failure and 04-zone-outage: what follows when nodes fall silent, and when they come back.
import { known, type PodLife, podLives } from "../pods.ts";
import type { Summary } from "../recordings.ts";
import { isReady, type Row } from "../rows.ts";
import { perStep, seconds, short, statistics } from "../statistics.ts";
import { actionsOf, type Timeline } from "../timeline.ts";

const NO_EXECUTE = "node.kubernetes.io/unreachable:NoExecute";
const NO_SCHEDULE = "node.kubernetes.io/unreachable:NoSchedule";

/** One node from the first kill on. Times are absolute. */
interface NodeLife {
  readonly name: string;
  readonly zone: string;
  readonly notReady: number | null;
  readonly noSchedule: number | null;
  readonly noExecute: number | null;
  readonly noExecuteRemoved: number | null;
  /** After the restore. */
  readonly readyAgain: number | null;
  readonly noScheduleRemoved: number | null;
  readonly noExecuteRemovedAfterRestore: number | null;
}

export function deriveNodeFailure(timeline: Timeline): Summary {
  const kills = actionsOf(timeline, "killNode", "killNodes");
  const kill = kills[0]?.t ?? 0;
  const restore = actionsOf(timeline, "restoreNode", "restoreAll")[0]?.t ?? Number.POSITIVE_INFINITY;
  const nodes = nodeLives(timeline.events, kill, restore);
  const silent = nodes.filter((node) => node.notReady !== null);
  const tainted = nodes.filter((node) => node.noExecute !== null);
  const names = new Set(nodes.map(({ name }) => name));
  const killed = new Set(
    [...killedNodes(timeline), ...silent.map(({ name }) => name)].filter((name) => names.has(name)),
  );
  const pods = podLives(timeline.events);
  const evicted = pods.filter(
    (pod) => killed.has(pod.node) && pod.deleted !== null && pod.deleted > kill && pod.deleted < restore,
  );
  const lateEvicted = pods.filter((pod) => killed.has(pod.node) && pod.deleted !== null && pod.deleted >= restore);
  const replacements = pods.filter((pod) => pod.created !== null && pod.created > kill && pod.created < restore);
  const since = (times: readonly (number | null)[]) => statistics(known(times).map((t) => t - kill));
  const taintTimes = known(tainted.map((node) => node.noExecute)).sort((a, b) => a - b);
  const evictions = known(evicted.map((pod) => pod.deleted)).sort((a, b) => a - b);
  const removedEarly = known(tainted.map((node) => node.noExecuteRemoved)).filter((t) => t < restore);
  return {
    nodesMarkedUnknown: silent.length,
    nodeNotReadyAfter: since(silent.map((node) => node.notReady)),
    noScheduleTaintAfter: since(nodes.map((node) => node.noSchedule)),
    noExecuteTaintAfter: since(taintTimes),
    nodesTaintedNoExecute: tainted.length,
    noExecuteTaintTimesAfterKill: taintTimes.map((t) => short(t - kill)),
    noExecuteAfterNotReady: statistics(
      tainted.filter((node) => node.notReady !== null).map((node) => node.noExecute! - node.notReady!),
    ),
    podsMarkedNotReadyAfter: since(pods.map((pod) => markedNotReady(pod, killed, kill, restore))),
    podsEvicted: evicted.length,
    firstEvictionAfter: evictions.length === 0 ? null : seconds(evictions[0]! - kill),
    lastEvictionAfter: evictions.length === 0 ? null : seconds(evictions.at(-1)! - kill),
    evictionAfterTaint: statistics(
      evicted.flatMap((pod) => {
        const taint = nodes.find(({ name }) => name === pod.node)?.noExecute;
        return taint == null ? [] : [pod.deleted! - taint];
      }),
    ),
    evictionsPerMinute: perStep(
      evictions.map((t) => t - kill),
      60,
    ),
    replacements: replacements.length,
    replacementCreatedAfter: since(replacements.map((pod) => pod.created)),
    replacementReadyAfter: since(replacements.map((pod) => pod.ready)),
    replacementCreateToReady: statistics(
      replacements.filter((pod) => pod.ready !== null).map((pod) => pod.ready! - pod.created!),
    ),
    endpoints: endpoints(timeline.events, kill, restore),
    ...(Number.isFinite(restore) ? { restore: restored(nodes, evicted, lateEvicted, restore) } : {}),
    taintsRemovedBeforeRestore: removedEarly.length,
    taintsRemovedBeforeRestoreAt: since(removedEarly),
    ...(timeline.family === "04-zone-outage" ? zones(timeline, tainted, kill) : {}),
  };
}

function killedNodes(timeline: Timeline): Set<string> {
  return new Set(timeline.nodes.filter(({ ev }) => ev === "kill").map(({ node }) => node));
}

function nodeLives(events: readonly Row[], kill: number, restore: number): NodeLife[] {
  const rows = new Map<string, Row[]>();
  for (const row of events) {
    if (row.k !== "Node" || row.n === undefined) continue;
    const list = rows.get(row.n);
    if (list === undefined) rows.set(row.n, [row]);
    else list.push(row);
  }
  return [...rows].map(([name, all]) => {
    const later = all.filter((row) => row.t > kill);
    const noExecute = later.find((row) => has(row, NO_EXECUTE))?.t ?? null;
    const noSchedule = later.find((row) => has(row, NO_SCHEDULE))?.t ?? null;
    const back = later.filter((row) => row.t >= restore);
    const lastBefore = all.findLast((row) => row.t < restore);
    return {
      name,
      zone: all[0]!.zone ?? "",
      notReady: later.find((row) => row.ready?.startsWith("Unknown") === true)?.t ?? null,
      noSchedule,
      noExecute,
      noExecuteRemoved:
        noExecute === null ? null : (later.find((row) => row.t > noExecute && !has(row, NO_EXECUTE))?.t ?? null),
      readyAgain:
        lastBefore?.ready?.startsWith("Unknown") === true
          ? (back.find((row) => row.ready?.startsWith("True") === true)?.t ?? null)
          : null,
      noScheduleRemoved:
        lastBefore !== undefined && has(lastBefore, NO_SCHEDULE)
          ? (back.find((row) => !has(row, NO_SCHEDULE))?.t ?? null)
          : null,
      noExecuteRemovedAfterRestore:
        lastBefore !== undefined && has(lastBefore, NO_EXECUTE)
          ? (back.find((row) => !has(row, NO_EXECUTE))?.t ?? null)
          : null,
    };
  });
}

function has(row: Row, taint: string): boolean {
  return row.taints?.includes(taint) === true;
}

function markedNotReady(pod: PodLife, killed: ReadonlySet<string>, kill: number, restore: number): number | null {
  if (!killed.has(pod.node)) return null;
  const at = pod.rows.findIndex((row, i) => {
    const before = pod.rows[i - 1];
    return before !== undefined && isReady(before) && !isReady(row) && row.t > kill && row.t < restore;
  });
  return pod.rows[at]?.t ?? null;
}

function restored(
  nodes: readonly NodeLife[],
  evicted: readonly PodLife[],
  late: readonly PodLife[],
  restore: number,
): Summary {
  const since = (times: readonly (number | null)[]) => statistics(known(times).map((t) => t - restore));
  return {
    nodeReadyAfterRestore: since(nodes.map((node) => node.readyAgain)),
    noScheduleTaintRemovedAfterRestore: since(nodes.map((node) => node.noScheduleRemoved)),
    noExecuteTaintRemovedAfterRestore: since(nodes.map((node) => node.noExecuteRemovedAfterRestore)),
    terminatingPodsGoneAfterRestore: since(evicted.map((pod) => pod.gone)),
    podsEvictedAfterRestore: late.length,
  };
}

function endpoints(events: readonly Row[], kill: number, restore: number): Summary {
  const services = new Map<string, Row[]>();
  for (const row of events) {
    if (row.k !== "EndpointSlice" || row.svc === undefined) continue;
    const list = services.get(row.svc);
    if (list === undefined) services.set(row.svc, [row]);
    else list.push(row);
  }
  const summary: Record<string, unknown> = {};
  for (const [svc, rows] of services) summary[svc] = endpointsOf(rows, kill, restore);
  return summary;
}

function endpointsOf(rows: readonly Row[], kill: number, restore: number): Summary {
  const ready = new Map<string, number>();
  let total = 0;
  let readyBefore = 0;
  let minReady = Number.POSITIVE_INFINITY;
  let firstDropAfter: number | null = null;
  let backToFullAfter: number | null = null;
  for (const row of rows) {
    const slice = row.n ?? "";
    const now = row.e === "D" ? 0 : (row.rdy ?? 0);
    total += now - (ready.get(slice) ?? 0);
    ready.set(slice, now);
    if (row.t <= kill) {
      readyBefore = total;
      minReady = total;
      continue;
    }
    minReady = Math.min(minReady, total);
    if (total < readyBefore) firstDropAfter ??= seconds(row.t - kill);
    if (total >= readyBefore && firstDropAfter !== null && row.t < restore) backToFullAfter ??= seconds(row.t - kill);
  }
  return { readyBefore, minReady, firstDropAfter, backToFullAfter };
}

function zones(timeline: Timeline, tainted: readonly NodeLife[], kill: number): Summary {
  const times: Record<string, number[]> = {};
  const intervals: Record<string, unknown> = {};
  const zoneNames = [...new Set(tainted.map(({ zone }) => zone))].sort();
  for (const zone of zoneNames) {
    const at = known(tainted.filter((node) => node.zone === zone).map((node) => node.noExecute)).sort((a, b) => a - b);
    times[zone] = at.map((t) => short(t - kill));
    intervals[zone] = statistics(at.slice(1).map((t, i) => t - at[i]!));
  }
  return {
    kills: actionsOf(timeline, "killNodes").map(({ t, zone, frac, count }) => ({ t, zone, frac, count })),
    noExecuteTaintTimesByZone: times,
    taintIntervalByZone: intervals,
  };
}
