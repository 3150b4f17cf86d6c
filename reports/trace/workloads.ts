// Workloads in a trace: rollouts and evictions.
import type { Result } from "../../sim/metrics/result.ts";
import { numbersOf, textReader } from "../../sim/metrics/table.ts";
import { GROUPS, type TraceWriter } from "./writer.ts";

const WORKLOADS = GROUPS.workloads;

export function workloads({ tables }: Result, trace: TraceWriter): void {
  const { rollouts, workloads: all, evictions, pods } = tables;
  if (rollouts.rows + evictions.rows === 0) return;
  trace.process(WORKLOADS, "workloads");
  const [kind, namespace, name] = [textReader(all, "kind"), textReader(all, "namespace"), textReader(all, "name")];
  const label = (row: number) => `${kind(row)} ${namespace(row)}/${name(row)}`;
  const rollout = (column: string) => numbersOf(rollouts, column);
  const [workload, from, to] = [rollout("workload"), rollout("startedMicros"), rollout("endedMicros")];
  const [surge, unavailable] = [rollout("surgeMax"), rollout("unavailableMax")];
  for (let row = 0; row < rollouts.rows; row++) {
    const args = { surge_max: surge[row]!, unavailable_max: unavailable[row]! };
    const track = trace.track(WORKLOADS, label(workload[row]!));
    // one that another overtook ends where that one begins
    const next = workload.findIndex((other, i) => i > row && other === workload[row]);
    const end = Number.isNaN(to[row]!) && next >= 0 ? from[next]! : to[row]!;
    trace.slice(
      WORKLOADS,
      track,
      Number.isNaN(to[row]!) ? "rollout (not completed)" : "rollout",
      from[row]!,
      end,
      args,
    );
  }
  const eviction = (column: string) => numbersOf(evictions, column);
  const [time, pod, replaced] = [eviction("timeMicros"), eviction("pod"), eviction("replacedMicros")];
  const [cause, of, podName] = [textReader(evictions, "cause"), numbersOf(pods, "workload"), textReader(pods, "name")];
  for (let row = 0; row < evictions.rows; row++) {
    const owner = of[pod[row]!]!;
    const track = trace.track(WORKLOADS, owner >= 0 ? label(owner) : "pods without a controller");
    const args = { pod: podName(pod[row]!), replaced_s: Number.isNaN(replaced[row]!) ? "" : replaced[row]! / 1e6 };
    trace.instant(WORKLOADS, track, `eviction: ${cause(row)}`, time[row]!, args);
  }
}
