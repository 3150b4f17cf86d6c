// From what a scenario says about kube-controller-manager and about leader election to the plan, defaults filled in.
import { type ControllerFlags, DEFAULT_CONTROLLER_FLAGS } from "../model/controller-flags.ts";
import type { Problem } from "../model/problem.ts";
import { type ControllerManagerSpec, DURATION_FLAGS, PLAIN_FLAGS } from "./controller-manager-schema.ts";
import { durationMicros } from "./duration-schema.ts";
import type { ControllerManagerPlan, LeaderElectionPlan } from "./plan.ts";

/** What a component says about its election. */
export interface ElectionSpec {
  readonly replicas?: number;
  readonly leaderElect?: boolean;
  readonly leaderElectLeaseDuration?: string;
  readonly leaderElectRenewDeadline?: string;
  readonly leaderElectRetryPeriod?: string;
}

const { leaseDurationMicros, renewDeadlineMicros, retryPeriodMicros } = DEFAULT_CONTROLLER_FLAGS;
export const DEFAULT_ELECTION: LeaderElectionPlan = { leaseDurationMicros, renewDeadlineMicros, retryPeriodMicros };

/** Waits between attempts to get a lease are stretched by so much at most. */
const JITTER = 1.2;

/** @returns null when each replica works without asking for a lease */
export function electionPlan(spec: ElectionSpec | undefined): LeaderElectionPlan | null {
  return spec?.leaderElect === false ? null : electionTimes(spec);
}

/** What is wrong between fields that are right each on its own. Source: the checks of client-go's leader election. */
export function electionProblem(spec: ElectionSpec | undefined): Problem | null {
  const times = electionTimes(spec);
  if (spec?.leaderElect === false && (spec.replicas ?? 1) > 1) {
    return {
      path: ["replicas"],
      expected: "one replica where none is elected",
      received: `${spec.replicas} with leaderElect: false`,
    };
  }
  if (times.leaseDurationMicros <= times.renewDeadlineMicros) {
    return {
      path: [spec?.leaderElectLeaseDuration === undefined ? "leaderElectRenewDeadline" : "leaderElectLeaseDuration"],
      expected: "a lease that lasts longer than the renew deadline",
      received: `${times.leaseDurationMicros / 1_000_000}s for ${times.renewDeadlineMicros / 1_000_000}s`,
    };
  }
  if (times.renewDeadlineMicros <= JITTER * times.retryPeriodMicros) {
    return {
      path: [spec?.leaderElectRenewDeadline === undefined ? "leaderElectRetryPeriod" : "leaderElectRenewDeadline"],
      expected: "a renew deadline of more than 1.2 retry periods",
      received: `${times.renewDeadlineMicros / 1_000_000}s for ${times.retryPeriodMicros / 1_000_000}s`,
    };
  }
  return null;
}

/** Defaults are kube-controller-manager's. null when the cluster has none. */
export function controllerManagerPlan(spec: ControllerManagerSpec | undefined): ControllerManagerPlan | null {
  if (spec === false) return null;
  const flags: { -readonly [K in keyof ControllerFlags]: ControllerFlags[K] } = {
    ...DEFAULT_CONTROLLER_FLAGS,
    ...electionTimes(spec),
    leaderElect: spec?.leaderElect ?? true,
  };
  for (const name of PLAIN_FLAGS) {
    const value = spec?.[name];
    if (value !== undefined) flags[name] = value;
  }
  for (const name of DURATION_FLAGS) {
    const value = spec?.[name];
    if (value !== undefined) flags[`${name}Micros`] = durationMicros(value);
  }
  return { replicas: spec?.replicas ?? 1, flags };
}

function electionTimes(spec: ElectionSpec | undefined): LeaderElectionPlan {
  const micros = (text: string | undefined, standard: number) => (text === undefined ? standard : durationMicros(text));
  return {
    leaseDurationMicros: micros(spec?.leaderElectLeaseDuration, leaseDurationMicros),
    renewDeadlineMicros: micros(spec?.leaderElectRenewDeadline, renewDeadlineMicros),
    retryPeriodMicros: micros(spec?.leaderElectRetryPeriod, retryPeriodMicros),
  };
}
