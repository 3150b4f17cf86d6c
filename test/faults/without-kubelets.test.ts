// Faults in runs without controllers, in which nodes have no kubelets: what needs them finds no target or does nothing, and nothing breaks.
import { test } from "uvu";
import * as assert from "uvu/assert";
import { simulate } from "../../sim/cluster.ts";
import { FAULT_KINDS } from "../../sim/faults/registry.ts";
import { loadScenarioText } from "../../sim/scenario/load.ts";

for (const { name } of FAULT_KINDS) {
  test(name, () => {
    const scenario = {
      apiVersion: "kubedrill/v1alpha1",
      kind: "Scenario",
      metadata: { name: "plain" },
      spec: {
        duration: "40s",
        cluster: {
          controlPlane: { controllerManager: false },
          nodePools: [{ name: "n", count: 3, zones: ["a", "b", "c"], racks: 1, machine: { cpu: 4, memory: "8Gi" } }],
        },
        workload: [
          {
            pods: { count: 3, shape: { spec: { containers: [{ name: "main", image: "registry.example/main:v1" }] } } },
          },
        ],
        faults: [{ at: "10s", [name]: {} }],
      },
    };
    const { plans, problems } = loadScenarioText(JSON.stringify(scenario), "plain", ".");
    assert.equal(problems, []);
    assert.is(simulate(plans[0]!).identity.simDurationMicros, 40e6);
  });
}

test.run();
