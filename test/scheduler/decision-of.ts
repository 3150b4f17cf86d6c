// One attempt on a fresh cluster, written out in full, for tests of single rules.
import { type Decision, decide } from "../../sim/analysis/decision.ts";
import type { ClusterObjects, Pod } from "../../sim/model/objects.ts";
import { readSchedulerConfiguration } from "../../sim/model/read-scheduler-configuration.ts";
import type { SchedulerConfiguration } from "../../sim/model/scheduler-configuration.ts";
import { Scheduler } from "../../sim/scheduler/scheduler.ts";
import { Snapshot } from "../../sim/scheduler/snapshot.ts";

/** A configuration with one profile of the default name. */
export function configurationOf(
  profile: Record<string, unknown>,
  top: Record<string, unknown> = {},
): SchedulerConfiguration {
  const { configuration, problems } = readSchedulerConfiguration({
    apiVersion: "kubescheduler.config.k8s.io/v1",
    kind: "KubeSchedulerConfiguration",
    profiles: [{ schedulerName: "default-scheduler", ...profile }],
    ...top,
  });
  if (problems.length > 0) throw new Error(JSON.stringify(problems));
  return configuration;
}

/** The default configuration with arguments for one plugin. */
export function withArgs(plugin: string, args: Record<string, unknown>): SchedulerConfiguration {
  return configurationOf({ pluginConfig: [{ name: plugin, args }] });
}

/** What becomes of the pod on this cluster. */
export function decisionOf(
  objects: Partial<ClusterObjects>,
  pod: Pod,
  configuration: SchedulerConfiguration = configurationOf({}),
): Decision {
  const snapshot = Snapshot.of(objects);
  const scheduler = new Scheduler({ configuration, snapshot, tieBreak: "first", plain: true });
  return decide(scheduler, snapshot.info(pod), 1, "nodes").decision;
}

/** Per node the plugin that rejected it with its reasons, "ok" where the pod fits. */
export function verdictsOf(
  objects: Partial<ClusterObjects>,
  pod: Pod,
  configuration?: SchedulerConfiguration,
): string[] {
  const decision = decisionOf(objects, pod, configuration);
  return (objects.nodes ?? []).map(({ metadata: { name } }) => {
    const said = decision.rejections[name];
    return said === undefined
      ? decision.feasible.includes(name)
        ? "ok"
        : "left out"
      : `${said.plugin}: ${said.reasons.join(", ")}`;
  });
}
