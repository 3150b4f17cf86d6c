// The moment of a run that commands look at: `--at 90s`, or the end.
import { loadCustomPlugins } from "../batch/custom-plugins.ts";
import { type ClusterState, stateAt } from "../cluster.ts";
import { formatDuration, parseDurationMicros } from "../engine/tick.ts";
import type { Plan } from "../scenario/plan.ts";
import { InputError } from "./failure.ts";
import { type InputOptions, loadPlans } from "./load-plans.ts";

/** null = the end of the run. */
export function atMicrosOf(at: string | undefined): number | null {
  if (at === undefined || at === "end") return null;
  const micros = parseDurationMicros(at);
  if (micros === undefined) throw new InputError(`--at ${at}: expected a time such as 90s, 5m or 1h30m, or end`);
  return micros;
}

/** The cluster of one plan at the moment. */
export async function clusterAt(plan: Plan, at: string | undefined, seed: string | undefined): Promise<ClusterState> {
  const atMicros = atMicrosOf(at);
  if (atMicros !== null && plan.durationMicros !== null && atMicros > plan.durationMicros)
    throw new InputError(`--at ${at}: the run ends after ${formatDuration(plan.durationMicros)}`);
  return stateAt(plan, seed ?? plan.seed, atMicros, { customPlugins: await loadCustomPlugins(plan) });
}

/** The one plan of what was named. */
export function onePlan(input: InputOptions): Plan {
  const plans = loadPlans(input);
  const [plan] = plans;
  if (plan === undefined || plans.length > 1)
    throw new InputError(`expected one cluster, found ${plans.length} variants: choose one with --set`);
  return plan;
}
