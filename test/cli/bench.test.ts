// kubedrill bench from outside: named workloads, scenarios, several configurations, the CSV, and bad input.
// test-timeout: 240s
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { kubedrill } from "./command.ts";
import { assertRefused } from "./refused.ts";

const folder = mkdtempSync(join(tmpdir(), "kubedrill-bench-"));
test.after(() => rmSync(folder, { recursive: true }));

const SMALL = ["--nodes", "20", "--pods", "20", "--repeat", "1"];
const bench = (...args: string[]) => kubedrill(["bench", ...args], folder);

function rows(file = "out/bench.csv"): Record<string, string>[] {
  const [head, ...lines] = readFileSync(join(folder, file), "utf8").trimEnd().split("\n");
  const names = head!.split(",");
  return lines.map((line) => Object.fromEntries(line.split(",").map((cell, i) => [names[i]!, cell])));
}

const configuration = (percentage: number) => `apiVersion: kubescheduler.config.k8s.io/v1
kind: KubeSchedulerConfiguration
percentageOfNodesToScore: ${percentage}
profiles:
  - schedulerName: default-scheduler
    pluginConfig:
      - name: NodeResourcesFit
        args: { scoringStrategy: { type: ${percentage === 10 ? "MostAllocated" : "LeastAllocated"}, resources: [ { name: cpu, weight: 1 } ] } }
`;
writeFileSync(join(folder, "pack.yaml"), configuration(10));
writeFileSync(join(folder, "spread.yaml"), configuration(100));
writeFileSync(
  join(folder, "scenario.yaml"),
  `apiVersion: kubedrill/v1alpha1
kind: Scenario
metadata: { name: mine }
spec:
  duration: 10m
  cluster:
    nodePools: [ { name: n, count: 5, machine: { cpu: "4", memory: 8Gi } } ]
  workload:
    - arrivals: { name: web, shape: ./shape.yaml, every: 30s }
`,
);
writeFileSync(
  join(folder, "shape.yaml"),
  `apiVersion: v1
kind: Pod
metadata: { name: web }
spec: { containers: [ { name: c, image: x, resources: { requests: { cpu: 1, memory: 1Gi } } } ] }
`,
);

test("the list names every workload", () => {
  const { code, out } = bench("--list");
  assert.is(code, 0);
  for (const name of ["SchedulingBasic", "PreemptionBasic", "plain", "50-shapes"])
    assert.match(out, new RegExp(`^${name} `, "m"));
  assert.not(existsSync(join(folder, "out")));
});

test("all workloads on a small cluster, every decision verified", () => {
  const { code, out, err } = bench(...SMALL);
  assert.is(code, 0, err);
  const all = rows();
  assert.is(all.length, 15);
  for (const row of all) {
    assert.is(row["differences"], "none", row["workload"]);
    assert.is(row["verified_decisions"], row["attempts"]);
    assert.ok(Number(row["pods_per_s"]) > 0);
    assert.ok(Number(row["latency_p50_us"]) <= Number(row["latency_max_us"]));
    assert.match(out, new RegExp(`^${row["workload"]} `, "m"));
    assert.match(err, new RegExp(`measuring ${row["workload"]}, `));
  }
  assert.match(out, /wrote .*out\/bench\.csv/);
});

test("several configurations side by side", () => {
  const args = ["scenario.yaml", "--pods", "8", "--repeat", "1", "--config", "pack.yaml", "--config", "spread.yaml"];
  const { code, err } = bench(...args, "--out", "two");
  assert.is(code, 0, err);
  const [pack, spread] = rows("two/bench.csv");
  assert.equal(
    [pack!["workload"], pack!["configuration"], spread!["configuration"]],
    ["mine", "pack.yaml", "spread.yaml"],
  );
  assert.equal([pack!["pods"], pack!["scheduled"], pack!["nodes"]], ["8", "8", "5"]);
  assert.equal([pack!["nodes_used"], spread!["nodes_used"]], ["2", "5"]);
});

test("a percentage of nodes to score, and no verification", () => {
  const args = ["plain", "--nodes", "300", "--pods", "20", "--repeat", "1", "--verify", "false"];
  const evaluated = (...more: string[]) => {
    assert.is(bench(...args, ...more).code, 0);
    const [row] = rows();
    assert.equal([row!["verified_decisions"], row!["differences"]], ["", ""]);
    return Number(row!["nodes_evaluated_per_attempt"]);
  };
  assert.is(evaluated("--percentage", "100"), 300);
  assert.is(evaluated("--percentage", "50"), 150);
});

test("bad input leaves nothing behind", () => {
  const refused = (args: readonly string[], message: RegExp) =>
    assertRefused(["bench", ...args, "--out", "never"], folder, message);
  refused(["SchedulingBasc"], /neither a workload nor a file: did you mean SchedulingBasic\?/);
  refused(["nothing-like-it"], /neither a workload nor a file \(bench --list names the workloads\)/);
  for (const option of ["--nodes", "--pods", "--repeat"])
    for (const value of ["0", "-2", "1.5", "many"])
      refused(["plain", `${option}=${value}`], new RegExp(`${option}: expected a (whole )?number`));
  refused(["plain", "--percentage", "101"], /--percentage: expected 0 … 100/);
  refused(["plain", "--percentage", "x"], /--percentage: expected a (whole )?number/);
  refused(["plain", "--tie-break", "random"], /Choices: "heap", "first"/);
  refused(["plain", "--config", "none.yaml"], /--config none\.yaml: expected a file that exists/);
  refused(["plain", "--config", "scenario.yaml"], /kind: expected KubeSchedulerConfiguration/);
  refused(["plain", "--reapet", "2"], /unknown option --reapet: did you mean --repeat\?/);
  writeFileSync(join(folder, "empty.yaml"), "");
  refused(["plain", "--config", "empty.yaml"], /expected a KubeSchedulerConfiguration, found nothing/);
  assert.not(existsSync(join(folder, "never")));
});

test.run();
