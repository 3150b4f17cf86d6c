// Plans of small scenarios that are written out in a test.

import { problemText } from "../../../sim/model/problem.ts";
import { loadScenarioText } from "../../../sim/scenario/load.ts";
import type { Plan } from "../../../sim/scenario/plan.ts";

// a scenario must have pods; this one takes no part
const GATED = {
  apiVersion: "v1",
  kind: "Pod",
  metadata: { name: "gated" },
  spec: { schedulingGates: [{ name: "never" }], containers: [{ name: "c", image: "r/c:1" }] },
};

/** @param objects Kubernetes objects of the cluster */
export function planOf(spec: object, cluster: object, objects: readonly object[]): Plan {
  const scenario = {
    apiVersion: "kubedrill/v1alpha1",
    kind: "Scenario",
    metadata: { name: "test" },
    spec: { duration: "5m", ...spec, cluster: { ...cluster, objects: [...objects, GATED] } },
  };
  const { plans, problems } = loadScenarioText(JSON.stringify(scenario), "test", ".");
  const [plan] = plans;
  if (plan === undefined) throw new Error(problems.map(problemText).join("\n"));
  return plan;
}
