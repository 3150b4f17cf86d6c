// The scheduler's answer for a cluster held in memory: which pod goes where, without time and without files.
import { createStream } from "../engine/random.ts";
import { withDefaults } from "../model/defaults.ts";
import { expandWorkloads } from "../model/expand.ts";
import { type ClusterObjects, noObjects } from "../model/objects.ts";
import { type Problem, pathText } from "../model/problem.ts";
import { defaultSchedulerConfiguration } from "../model/read-scheduler-configuration.ts";
import type { SchedulerConfiguration } from "../model/scheduler-configuration.ts";
import type { PluginFactory } from "../scheduler/framework.ts";
import type { TieBreak } from "../scheduler/ranking.ts";
import { type FitReport, fit } from "./fit.ts";

export interface ScheduleOptions {
  /** Default: as kube-scheduler 1.36 without a configuration file. */
  readonly configuration?: SchedulerConfiguration;
  /** How to pick among nodes of equal score. Default: heap, as kube-scheduler 1.36.2. */
  readonly tieBreak?: TieBreak;
  /** For `tieBreak: "seeded"`. */
  readonly seed?: string | number;
  readonly customPlugins?: ReadonlyMap<string, PluginFactory>;
}

/**
 * Places all pods without a node, those of workload objects included, highest priority first. Objects get the defaults of
 * the API server before.
 *
 * @throws Error when an object is not valid, with all that is wrong
 */
export function schedule(objects: Partial<ClusterObjects>, options: ScheduleOptions = {}): FitReport {
  const problems: string[] = [];
  const note = (object: { metadata: { name: string } }, problem: Problem) => {
    problems.push(
      `${object.metadata.name}: ${pathText(problem.path)}: expected ${problem.expected}, found ${problem.received}`,
    );
  };
  const complete = expandWorkloads(withDefaults({ ...noObjects(), ...objects }, note), note).objects;
  if (problems.length > 0) throw new Error(problems.join("\n"));
  return fit({
    objects: complete,
    configuration: options.configuration ?? defaultSchedulerConfiguration(),
    tieBreak: options.tieBreak ?? "heap",
    stream: createStream(options.seed ?? 1, "scheduler/tie-break"),
    customPlugins: options.customPlugins,
  });
}
