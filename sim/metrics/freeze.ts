// Turns what a run's recorder holds into its result, with the judgement whether it means anything.
import { costTable } from "./cost.ts";
import { etcdTable } from "./etcd-table.ts";
import { GpuMeter } from "./gpu-meter.ts";
import { latencyTable } from "./latency-steps.ts";
import { leaseTable } from "./lease-table.ts";
import { NodeCourse } from "./node-course.ts";
import type { Recorder } from "./recorder.ts";
import { RESOURCES } from "./resources.ts";
import { type Result, type RunIdentity, SCHEMA_VERSION, TOOL_VERSION, type Verdict } from "./result.ts";
import { sha256 } from "./sha256.ts";
import { sloTable } from "./slo.ts";
import { summarize } from "./summary.ts";
import { type Table, TableBuilder } from "./table.ts";

export interface RunFacts {
  readonly scenario: string;
  readonly scenarioSha256: string;
  /** What the run was done with besides the scenario's objects: hashed as JSON. */
  readonly configuration: unknown;
  readonly seed: string;
  readonly endMicros: number;
  readonly eventsProcessed: number;
  readonly digest: string;
  readonly warnings: readonly string[];
  readonly verdicts: readonly Verdict[];
  /** Why the run means nothing, besides what the recorder knows. */
  readonly voidReasons?: readonly string[];
}

export function freezeResult(recorder: Recorder, facts: RunFacts): Result {
  const configSha256 = sha256(JSON.stringify(facts.configuration));
  const named = [SCHEMA_VERSION, TOOL_VERSION, facts.scenario, facts.scenarioSha256, configSha256, facts.seed];
  const warnings = [...facts.warnings];
  const { faults } = recorder;
  if (faults.misses > 0) warnings.push(`${faults.misses} faults that were due did not happen: see faults.csv`);
  for (const id of faults.never(false)) warnings.push(`fault ${id} did not happen, by chance`);
  for (const [id, message] of recorder.actions.failures()) warnings.push(`action ${id} failed: ${message}`);
  if (recorder.eventsDropped > 0) warnings.push(`the event log is full: ${recorder.eventsDropped} events are missing`);
  const identity: RunIdentity = {
    schemaVersion: SCHEMA_VERSION,
    toolVersion: TOOL_VERSION,
    scenario: facts.scenario,
    scenarioSha256: facts.scenarioSha256,
    configSha256,
    seed: facts.seed,
    runId: sha256(named.join("\n")).slice(0, 16),
    simDurationMicros: facts.endMicros,
    eventsProcessed: facts.eventsProcessed,
    digest: facts.digest,
    invalidReasons: [...invalidReasons(recorder), ...(facts.voidReasons ?? [])],
    warnings,
  };
  const slo = sloTable(recorder, facts.endMicros);
  const cost = costTable(recorder, facts.endMicros);
  return Object.freeze({
    identity: Object.freeze(identity),
    verdicts: Object.freeze(facts.verdicts),
    summary: Object.freeze(summarize(recorder, facts.endMicros, { verdicts: facts.verdicts, slo, cost })),
    tables: Object.freeze({
      pods: recorder.pods.freeze(),
      nodes: recorder.nodes.freeze(),
      nodePeriods: recorder.nodes.periods.freeze(),
      nodeCourse: (recorder.nodes.course ?? new NodeCourse()).freeze(),
      timeseries: recorder.series.freeze(),
      gpus: (recorder.gpus?.meter ?? new GpuMeter([])).table().freeze(),
      scheduling: schedulingTable(recorder),
      cycles: recorder.cycles.freeze(),
      resources: resourcesTable(recorder),
      events: recorder.events.freeze(),
      etcd: etcdTable(recorder.etcd),
      faults: recorder.faults.table.freeze(),
      actions: recorder.actions.table.freeze(),
      scaling: recorder.autoscaler.table.freeze(),
      leadership: recorder.etcd.leadershipTable(),
      leases: leaseTable(recorder.events, facts.endMicros),
      latencies: latencyTable(
        recorder.api.steps,
        recorder.etcd.members.length > 0 ? recorder.etcd.steps : undefined,
        facts.endMicros,
      ),
      workloads: recorder.workloads.table.freeze(),
      rollouts: recorder.workloads.rollouts.freeze(),
      evictions: recorder.evictions.table.freeze(),
      controllers: recorder.controllers.table(),
      api: recorder.api.table(),
      slo,
      cost,
      services: recorder.services.table.freeze(),
      serviceCourse: recorder.services.course.freeze(),
      serviceWindows: recorder.services.windows.freeze(),
      serviceSteps: recorder.services.steps.table(facts.endMicros),
    }),
  });
}

/** A result that could not have come out otherwise is no answer. */
function invalidReasons(recorder: Recorder): string[] {
  const reasons: string[] = [];
  if (recorder.nodes.rows === 0) reasons.push("there was no node");
  if (recorder.pods.rows === 0) reasons.push("there was no pod");
  // a cluster in which pods run already has something to show, also when others fit nowhere
  else if (recorder.podsScheduled === 0 && boundAtStart(recorder) === 0) reasons.push("no pod was scheduled");
  for (const id of recorder.faults.never(true)) reasons.push(neverInjected(recorder, id));
  for (const id of recorder.actions.never())
    reasons.push(`action ${id} was never done: what it waits for did not come`);
  return reasons;
}

/** A fault that never happened was not rehearsed. */
function neverInjected({ faults }: Recorder, id: string): string {
  const { texts, rows } = faults.table;
  for (let row = 0; row < rows; row++)
    if (texts.id.get(row) === id)
      return texts.outcome.get(row) === "limit"
        ? `fault ${id} never happened: it stood against its limits`
        : `fault ${id} matched no target`;
  return `fault ${id} never happened: what it waits for did not come`;
}

function boundAtStart(recorder: Recorder): number {
  let count = 0;
  for (let row = 0; row < recorder.pods.rows; row++) count += recorder.pods.numbers.boundAtStart.get(row);
  return count;
}

const COUNTERS = [
  "attempts",
  "scheduled",
  "unschedulable",
  "errors",
  "bindFailures",
  "nodesEvaluated",
  "nodesFeasible",
  "nodesRejected",
  "attemptsRejected",
  "podsWaitingEnd",
  "preemptions",
  "victims",
] as const;

/** One row per profile with its totals (plugin empty), then one per plugin that rejected anything. */
function schedulingTable(recorder: Recorder): Table {
  const table = new TableBuilder(COUNTERS, ["profile", "plugin"]);
  const waiting = waitingByPlugin(recorder);
  for (const [profile, counters] of recorder.scheduling.profiles) {
    const total = table.add();
    table.texts.profile.set(total, profile);
    const { numbers } = table;
    numbers.attempts.set(total, counters.attempts);
    numbers.scheduled.set(total, counters.scheduled);
    numbers.unschedulable.set(total, counters.unschedulable);
    numbers.errors.set(total, counters.errors);
    numbers.bindFailures.set(total, counters.bindFailures);
    numbers.nodesEvaluated.set(total, counters.nodesEvaluated);
    numbers.nodesFeasible.set(total, counters.nodesFeasible);
    numbers.nodesRejected.set(
      total,
      [...counters.nodesRejected.values()].reduce((sum, n) => sum + n, 0),
    );
    numbers.attemptsRejected.set(total, counters.unschedulable);
    numbers.podsWaitingEnd.set(total, waiting.get(`${profile}\n`) ?? 0);
    numbers.preemptions.set(total, counters.preemptions);
    numbers.victims.set(total, counters.victims);
    const plugins = [...new Set([...counters.nodesRejected.keys(), ...counters.attemptsRejected.keys()])].sort();
    for (const plugin of plugins) {
      const row = table.add();
      table.texts.profile.set(row, profile);
      table.texts.plugin.set(row, plugin);
      numbers.nodesRejected.set(row, counters.nodesRejected.get(plugin) ?? 0);
      numbers.attemptsRejected.set(row, counters.attemptsRejected.get(plugin) ?? 0);
      numbers.podsWaitingEnd.set(row, waiting.get(`${profile}\n${plugin}`) ?? 0);
    }
  }
  return table.freeze();
}

/** Pods still waiting at the end, by profile and by each plugin that rejected them last. */
function waitingByPlugin(recorder: Recorder): ReadonlyMap<string, number> {
  const counts = new Map<string, number>();
  const { texts, rows } = recorder.pods;
  for (let row = 0; row < rows; row++) {
    if (texts.state.get(row) !== "pending") continue;
    const profile = texts.scheduler.get(row);
    for (const plugin of [
      "",
      ...texts.rejectors
        .get(row)
        .split(" ")
        .filter((name) => name !== ""),
    ]) {
      const key = `${profile}\n${plugin}`;
      counts.set(key, (counts.get(key) ?? 0) + 1);
    }
  }
  return counts;
}

/** Every resource of the cluster by its Kubernetes name. CPU in millicores, memory and storage in bytes. */
function resourcesTable(recorder: Recorder): Table {
  const table = new TableBuilder(["allocatable", "requested", "requestedPeak"] as const, ["resource"]);
  const { totals } = recorder;
  const add = (resource: string, allocatable: number, requested: number, requestedPeak: number) => {
    const row = table.add();
    table.texts.resource.set(row, resource);
    table.numbers.allocatable.set(row, allocatable);
    table.numbers.requested.set(row, requested);
    table.numbers.requestedPeak.set(row, requestedPeak);
  };
  const names = ["cpu", "memory", "ephemeral-storage", "pods"];
  for (const [r, name] of names.entries()) {
    if (RESOURCES[r] !== undefined) add(name, totals.allocatable[r]!, totals.requested[r]!, totals.peakRequested[r]!);
  }
  for (const name of [...totals.other.keys()].sort())
    add(name, ...(totals.other.get(name) as [number, number, number]));
  return table.freeze();
}
