// From a timeline to the numbers of summary.json, by the definitions of the recordings' README. Deriving them from a recording's own events
// gives that recording's summary.
import { deriveAutoscaling } from "./derive/autoscaling.ts";
import { deriveDaemonSet } from "./derive/daemon-set.ts";
import { deriveDrain } from "./derive/drain.ts";
import { deriveJobs } from "./derive/jobs.ts";
import { deriveLeaderElection } from "./derive/leader-election.ts";
import { deriveNodeFailure } from "./derive/node-failure.ts";
import { deriveOutage } from "./derive/outage.ts";
import { derivePreemption } from "./derive/preemption.ts";
import { deriveQuotaAndDeletion } from "./derive/quota-and-deletion.ts";
import { deriveRollout } from "./derive/rollout.ts";
import { deriveScaleUp } from "./derive/scale-up.ts";
import { deriveStatefulSet } from "./derive/stateful-set.ts";
import type { Summary } from "./recordings.ts";
import type { Timeline } from "./timeline.ts";

const FAMILIES: Readonly<Record<string, (timeline: Timeline) => Summary>> = {
  "01-scale-up": deriveScaleUp,
  "02-rolling-update": deriveRollout,
  "03-node-failure": deriveNodeFailure,
  "04-zone-outage": deriveNodeFailure,
  "05-drain-pdb": deriveDrain,
  "06-statefulset": deriveStatefulSet,
  "07-daemonset": deriveDaemonSet,
  "08-jobs": deriveJobs,
  "09-preemption": derivePreemption,
  "10-ha-leader-election": deriveLeaderElection,
  "11-etcd-failure": deriveOutage,
  "12-apiserver-restart": deriveOutage,
  "13-hpa": deriveAutoscaling,
  "14-quota-namespace-gc": deriveQuotaAndDeletion,
  "15-throughput": deriveScaleUp,
};

export function isFamily(name: string): boolean {
  return Object.hasOwn(FAMILIES, name);
}

export function deriveSummary(timeline: Timeline): Summary {
  const derive = FAMILIES[timeline.family];
  if (derive === undefined) throw new Error(`no family ${timeline.family}`);
  return derive(timeline);
}
