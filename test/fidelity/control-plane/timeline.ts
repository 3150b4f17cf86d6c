// A timeline: everything that was seen of one run of a cluster, recorded or simulated, in one form. All that is compared is derived from it.
import type { Action, DrainRow, EtcdRow, NodeRow, RequestRow, Row } from "./rows.ts";

export interface Timeline {
  /** Such as `03-node-failure`. */
  readonly family: string;
  readonly recording: string;
  readonly params: Readonly<Record<string, unknown>>;
  readonly durationSeconds: number;
  readonly actions: readonly Action[];
  /** Of the namespace that was worked in where several recordings share a cluster, and of no namespace. In order of time. */
  readonly events: readonly Row[];
  readonly nodes: readonly NodeRow[];
  readonly requests: readonly RequestRow[];
  readonly etcd: readonly EtcdRow[];
  readonly drain: readonly DrainRow[];
  /** UTC wall clock of time 0, in seconds within the minute: what CronJobs follow. */
  readonly startsAt: string;
}

/** Actions of a kind. */
export function actionsOf(timeline: Timeline, ...names: readonly string[]): readonly Action[] {
  return timeline.actions.filter(({ action }) => names.includes(action));
}
