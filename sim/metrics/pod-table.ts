// One row per pod that ever existed, written as the API server's objects change.
import { SOURCE_ANNOTATION } from "../model/annotations.ts";
import type { Pod } from "../model/objects.ts";
import type { Amounts } from "./resources.ts";
import { CPU, EPHEMERAL, GPU, MEMORY } from "./resources.ts";
import { TableBuilder } from "./table.ts";

/** Where a pod has come to. Each pod is in exactly one of them at the end of a run. */
export type PodState = "pending" | "gated" | "starting" | "running" | "succeeded" | "failed" | "deleted";

/** CPU of a container over a while. */
export interface CpuSpent {
  readonly usedMicros: number;
  /** Time in which its limit held it back. */
  readonly throttledMicros: number;
  /** Time in which the machine had no CPU for it. */
  readonly starvedMicros: number;
}

const NUMBERS = [
  "priority",
  "createdMicros",
  "scheduledMicros",
  "runningMicros",
  "finishedMicros",
  "deletionMicros",
  "deletedMicros",
  "attempts",
  "backoffMicros",
  "gatedMicros",
  "boundAtStart",
  "cpuMilli",
  "memoryBytes",
  "ephemeralBytes",
  "gpus",
  "readyMicros",
  "restarts",
  "workload",
  "isReady",
  "isLive",
  "cpuUsedMicros",
  "cpuThrottledMicros",
  "cpuStarvedMicros",
] as const;

const TEXTS = [
  "namespace",
  "name",
  "uid",
  "source",
  "owner",
  "scheduler",
  "node",
  "state",
  "cause",
  "rejectors",
  "message",
  "reason",
] as const;

export class PodTable extends TableBuilder<(typeof NUMBERS)[number], (typeof TEXTS)[number]> {
  private readonly byUid = new Map<string, number>();

  constructor() {
    super(NUMBERS, TEXTS);
  }

  /** The row of a pod; -1 when it was never seen. */
  row(uid: string): number {
    return this.byUid.get(uid) ?? -1;
  }

  /** Without it they stay empty: nobody has looked. */
  spent(row: number, { starvedMicros, throttledMicros, usedMicros }: CpuSpent): void {
    const { numbers } = this;
    const add = (name: "cpuUsedMicros" | "cpuThrottledMicros" | "cpuStarvedMicros", micros: number) =>
      numbers[name].set(row, (numbers[name].get(row) || 0) + Math.round(micros));
    add("cpuUsedMicros", usedMicros);
    add("cpuThrottledMicros", throttledMicros);
    add("cpuStarvedMicros", starvedMicros);
  }

  created(pod: Pod, requests: Amounts, nowMicros: number): number {
    const row = this.add();
    const { metadata, spec } = pod;
    const owner = metadata.ownerReferences?.find((o) => o.controller === true);
    this.byUid.set(metadata.uid ?? "", row);
    const { numbers, texts } = this;
    numbers.priority.set(row, spec.priority ?? 0);
    numbers.createdMicros.set(row, nowMicros);
    numbers.attempts.set(row, 0);
    numbers.boundAtStart.set(row, 0);
    numbers.cpuMilli.set(row, requests.fixed[CPU] as number);
    numbers.memoryBytes.set(row, requests.fixed[MEMORY] as number);
    numbers.ephemeralBytes.set(row, requests.fixed[EPHEMERAL] as number);
    numbers.gpus.set(row, requests.fixed[GPU] as number);
    texts.namespace.set(row, metadata.namespace ?? "default");
    texts.name.set(row, metadata.name);
    texts.uid.set(row, metadata.uid ?? "");
    texts.source.set(row, metadata.annotations?.[SOURCE_ANNOTATION] ?? "");
    texts.owner.set(row, owner === undefined ? "" : `${owner.kind}/${owner.name}`);
    texts.scheduler.set(row, spec.schedulerName ?? "default-scheduler");
    texts.state.set(row, "pending");
    return row;
  }
}
