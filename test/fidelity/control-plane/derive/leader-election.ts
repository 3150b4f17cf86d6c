// 10-ha-leader-election: how long nobody acts when a leader goes.
import { podLives } from "../pods.ts";
import type { Summary } from "../recordings.ts";
import { seconds } from "../statistics.ts";
import { actionsOf, type Timeline } from "../timeline.ts";

const LEASES: Readonly<Record<string, string>> = { kcm: "kube-controller-manager", sched: "kube-scheduler" };

/** How long after the stop gaps are looked for. */
const WATCHED_SECONDS = 70;

export function deriveLeaderElection(timeline: Timeline): Summary {
  const stops = actionsOf(timeline, "stopLeader");
  return {
    takeovers: stops.map((stop, i) => {
      const until = stops[i + 1]?.t ?? timeline.durationSeconds;
      const component = (stop.component ?? "").replace(/\d+$/, "");
      const leases = timeline.events.filter((row) => row.k === "Lease" && row.n === LEASES[component]);
      const last = leases.findLast((row) => row.t <= stop.t);
      const exit = actionsOf(timeline, "exited").find((action) => action.t >= stop.t);
      const released = leases.find((row) => row.t > stop.t && row.t < until && (row.holder ?? "") === "");
      const acquired = leases.find(
        (row) => row.t > stop.t && row.t < until && (row.holder ?? "") !== "" && row.holder !== last?.holder,
      );
      const actions = doings(timeline, component).filter((t) => t < stop.t + WATCHED_SECONDS);
      const first = acquired === undefined ? undefined : actions.find((t) => t >= acquired.t);
      const around = [...actions.filter((t) => t <= stop.t).slice(-1), ...actions.filter((t) => t > stop.t)];
      const gaps = around.slice(1).map((t, k) => t - around[k]!);
      const since = (t: number | undefined) => (t === undefined ? null : seconds(t - stop.t));
      return {
        component,
        how: stop.how,
        at: stop.t,
        exitAfter: since(exit?.t),
        lastRenewBefore: last?.renew === undefined ? null : seconds(stop.t - last.renew),
        leaseReleasedAfter: since(released?.t),
        leaseAcquiredByStandbyAfter: since(acquired?.t),
        acquiredAfterLastRenew:
          acquired === undefined || last?.renew === undefined ? null : seconds(acquired.t - last.renew),
        firstActionByStandbyAfter: since(first),
        leaderTakeoverSeconds: since(first),
        maxGapInActions: gaps.length === 0 ? null : seconds(Math.max(...gaps)),
      };
    }),
  };
}

/** Instants at which the component visibly did its work: pods created, or pods bound. */
function doings(timeline: Timeline, component: string): number[] {
  const pods = podLives(timeline.events);
  const times = component === "kcm" ? pods.map((pod) => pod.created) : pods.map((pod) => pod.scheduled);
  return times.filter((t) => t !== null).sort((a, b) => a - b);
}
