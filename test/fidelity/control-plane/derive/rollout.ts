// 02-rolling-update: each phase from the action that starts it to the next one.
import { isAvailable, known, type PodLife, podLives } from "../pods.ts";
import type { Summary } from "../recordings.ts";
import { condition, isTerminal, type Row } from "../rows.ts";
import { seconds, short } from "../statistics.ts";
import type { Timeline } from "../timeline.ts";

/** What tells one recording's objects from those of others on the same cluster. */
export function inNamespace(timeline: Timeline): Timeline {
  const ns = timeline.actions.find((action) => action.action === "create")?.ns;
  return { ...timeline, events: timeline.events.filter((row) => row.ns === undefined || row.ns === ns) };
}

export function deriveRollout(recorded: Timeline): Summary {
  const timeline = inNamespace(recorded);
  const steps = timeline.actions.filter(({ kind }) => kind === "Deployment");
  const pods = podLives(timeline.events);
  const deployment = timeline.events.filter((row) => row.k === "Deployment");
  const summary: Record<string, unknown> = {};
  for (const [i, step] of steps.entries()) {
    const until = steps[i + 1]?.t ?? Number.POSITIVE_INFINITY;
    const phase = new Phase(pods, deployment, step.t, until, step.action === "create");
    summary[step.action === "create" ? "initial" : step.action] =
      step.action === "create" ? phase.initial() : phase.update();
  }
  return summary;
}

class Phase {
  private readonly pods: readonly PodLife[];
  private readonly rows: readonly Row[];
  private readonly before: Row | undefined;
  private readonly from: number;
  private readonly until: number;

  constructor(pods: readonly PodLife[], deployment: readonly Row[], from: number, until: number, isCreate: boolean) {
    this.pods = pods;
    this.from = from;
    this.until = until;
    this.rows = deployment.filter((row) => this.has(row.t));
    this.before = isCreate ? undefined : deployment.findLast((row) => row.t < from);
  }

  initial(): Summary {
    const created = this.pods.filter((pod) => this.has(pod.created));
    return {
      rolloutDuration: this.duration(),
      podsCreated: created.length,
      createTimes: this.times(created.map((pod) => pod.created)),
      readyTimes: this.times(created.map((pod) => pod.ready)),
    };
  }

  update(): Summary {
    const created = this.pods.filter((pod) => this.has(pod.created));
    const deleted = this.pods.filter((pod) => this.has(pod.deleted));
    const first = known(created.map((pod) => pod.created)).sort((a, b) => a - b)[0];
    const deadline = this.rows.find((row) => condition(row, "Progressing") === "F:ProgressDeadlineExceeded");
    const seen = this.extremes();
    return {
      rolloutDuration: this.duration(),
      ...seen,
      statusMaxUnavailable: Math.max(...this.rows.map((row) => row.unav ?? 0)),
      statusMaxReplicas: Math.max(...this.rows.map((row) => row.rep ?? 0)),
      statusMinAvailable: Math.min(...this.rows.map((row) => row.avl ?? 0)),
      podsCreated: created.length,
      podsDeleted: deleted.length,
      firstCreateAfter: first === undefined ? null : seconds(first - this.from),
      createTimes: this.times(created.map((pod) => pod.created)),
      readyTimes: this.times(created.map((pod) => pod.ready)),
      deleteTimes: this.times(deleted.map((pod) => pod.deleted)),
      progressDeadlineExceededAfter: deadline === undefined ? null : seconds(deadline.t - this.from),
    };
  }

  private has(t: number | null): boolean {
    return t !== null && t >= this.from && t < this.until;
  }

  private times(at: readonly (number | null)[]): number[] {
    return known(at)
      .filter((t) => t < this.until)
      .map((t) => short(t - this.from))
      .sort((a, b) => a - b);
  }

  /** Until the status says that all replicas are of the new template, and available, and no others are left. */
  private duration(): number | null {
    const done = this.rows.find(
      (row) =>
        (row.obs ?? 0) >= (row.gen ?? 0) &&
        (row.gen ?? 0) > (this.before?.gen ?? 0) &&
        row.upd === row.spec &&
        row.rep === row.spec &&
        row.avl === row.spec,
    );
    return done === undefined ? null : seconds(done.t - this.from);
  }

  /** Counted from pods. */
  private extremes() {
    const desired = this.rows[0]?.spec ?? this.before?.spec ?? 0;
    const rows = this.pods.flatMap((pod) => pod.rows).sort((a, b) => a.t - b.t);
    const latest = new Map<string, Row>();
    let live = 0;
    let available = 0;
    let terminating = 0;
    const count = (row: Row, by: number) => {
      if (row.e === "D") return;
      if (row.del !== undefined) terminating += by;
      else if (!isTerminal(row)) live += by;
      if (isAvailable(row)) available += by;
    };
    let maxSurgeSeen = 0;
    let maxUnavailableSeen = 0;
    let maxTerminatingSeen = 0;
    for (const row of rows) {
      const key = `${row.n}/${row.uid}`;
      const last = latest.get(key);
      if (last !== undefined) count(last, -1);
      latest.set(key, row);
      count(row, 1);
      if (!this.has(row.t)) continue;
      maxSurgeSeen = Math.max(maxSurgeSeen, live - desired);
      maxUnavailableSeen = Math.max(maxUnavailableSeen, desired - available);
      maxTerminatingSeen = Math.max(maxTerminatingSeen, terminating);
    }
    return { maxSurgeSeen, maxUnavailableSeen, maxTerminatingSeen };
  }
}
