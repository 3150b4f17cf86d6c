// What a scenario says about the scheduler: its configuration, written out or in a file of its own, with the plugins that it names; its
// replicas, and how long it takes.
import type { Distribution } from "../engine/distributions.ts";
import { MILLISECOND } from "../engine/tick.ts";
import { located, parseDocuments } from "../model/documents.ts";
import type { Path } from "../model/problem.ts";
import { defaultSchedulerConfiguration, readSchedulerConfiguration } from "../model/read-scheduler-configuration.ts";
import type {
  PluginRef,
  PluginSet,
  SchedulerConfiguration,
  SchedulerProfile,
} from "../model/scheduler-configuration.ts";
import { electionPlan } from "./controller-manager.ts";
import { distributionOf, type RandomDuration } from "./duration-schema.ts";
import { isFault } from "./load-files.ts";
import type { SchedulerPlan } from "./plan.ts";
import type { VariantReading } from "./variant-reading.ts";

export function schedulerPlan(reading: VariantReading): SchedulerPlan | null {
  const at: Path = ["spec", "cluster", "controlPlane"];
  if (!reading.hasMapping(...(at as string[]))) return null;
  const controlPlane = reading.scenario.spec.cluster?.controlPlane ?? {};
  const configuration = reading.clean([...at, "schedulerConfiguration"])
    ? configurationOf(reading, controlPlane.schedulerConfiguration, [...at, "schedulerConfiguration"])
    : null;
  if (configuration === null || !reading.clean([...at, "scheduler"])) return null;
  const { cycleLatency, bindLatency, tieBreak, percentageOfNodesToScore } = controlPlane.scheduler ?? {};
  const latency = (value: RandomDuration | undefined, micros: number): Distribution =>
    value === undefined ? { kind: "constant", value: micros } : distributionOf(value);
  return {
    configuration:
      percentageOfNodesToScore === undefined
        ? configuration
        : {
            ...configuration,
            percentageOfNodesToScore,
            profiles: configuration.profiles.map((p) => ({ ...p, percentageOfNodesToScore: null })),
          },
    tieBreak: tieBreak ?? "heap",
    replicas: controlPlane.controllerManager === false ? 1 : (controlPlane.scheduler?.replicas ?? 1),
    election: electionPlan(controlPlane.scheduler),
    cycleLatencyMicros: latency(cycleLatency, MILLISECOND),
    bindLatencyMicros: latency(bindLatency, 5 * MILLISECOND),
  };
}

function configurationOf(reading: VariantReading, value: unknown, at: Path): SchedulerConfiguration | null {
  if (value === undefined) return defaultSchedulerConfiguration();
  let { document } = reading.inputs;
  let base = at;
  let read: unknown = value;
  let folder = "";
  if (typeof value === "string") {
    const file = reading.text(value, at);
    if (file === null) return null;
    const parsed = parseDocuments(file.text, file.name);
    reading.problems.push(...parsed.problems);
    const [only] = parsed.documents;
    if (only === undefined || parsed.documents.length > 1) {
      if (parsed.problems.length === 0)
        reading.note([
          {
            path: at,
            expected: "a file with one KubeSchedulerConfiguration",
            received: `${parsed.documents.length} documents`,
          },
        ]);
      return null;
    }
    document = only;
    base = [];
    read = only.value;
    folder = value.slice(0, value.lastIndexOf("/") + 1);
  }
  const result = readSchedulerConfiguration(read);
  reading.problems.push(...located(document, result.problems, base));
  const resolved = new Map<string, string>();
  for (const { file, path } of result.pluginFiles) {
    const name = file.startsWith("/") ? file : `${folder}${file}`;
    const plugin = reading.inputs.files.text(name);
    if (isFault(plugin))
      reading.problems.push(
        ...located(document, [{ path, expected: plugin.expected, received: plugin.received }], base),
      );
    resolved.set(file, reading.inputs.files.absolute(name));
  }
  return resolved.size === 0 ? result.configuration : withPluginFiles(result.configuration, resolved);
}

function withPluginFiles(
  configuration: SchedulerConfiguration,
  files: ReadonlyMap<string, string>,
): SchedulerConfiguration {
  const plugin = (ref: PluginRef): PluginRef =>
    ref.file === null ? ref : { ...ref, file: files.get(ref.file) ?? ref.file };
  const set = (s: PluginSet): PluginSet => ({ ...s, enabled: s.enabled.map(plugin) });
  const profiles = configuration.profiles.map(
    (profile): SchedulerProfile => ({
      ...profile,
      multiPoint: set(profile.multiPoint),
      points: Object.fromEntries(
        Object.entries(profile.points).map(([point, s]) => [point, set(s)]),
      ) as SchedulerProfile["points"],
    }),
  );
  return { ...configuration, profiles };
}
