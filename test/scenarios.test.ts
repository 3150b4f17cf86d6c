// The bundled scenarios can be loaded and expect something; `npm run scenarios` runs them all. Here is what their expectations cannot say:
// what is printed of two of them, and that those on real traces have what the trace has.
// test-timeout: 240s
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { problemText } from "../sim/model/problem.ts";
import { loadScenario } from "../sim/scenario/load.ts";
import { repositoryRoot } from "./checks/source-tree.ts";
import { kubedrill } from "./cli/command.ts";
import { fromShared } from "./shared.ts";
import { isThorough } from "./thorough.ts";

const out = mkdtempSync(join(tmpdir(), "kubedrill-scenarios-"));
test.after(() => rmSync(out, { recursive: true }));

const scenarios = readdirSync(join(repositoryRoot, "scenarios"), { recursive: true, encoding: "utf8" })
  .map((name) => name.replaceAll("\\", "/"))
  .filter((name) => name.endsWith(".yaml"))
  .filter((name) => /^kind: Scenario$/m.test(readFileSync(join(repositoryRoot, "scenarios", name), "utf8")))
  .sort();

function table(scenario: string, name: string): Record<string, string>[] {
  const [head, ...rows] = readFileSync(join(out, scenario, `${name}.csv`), "utf8")
    .trimEnd()
    .split("\n");
  const names = head!.split(",");
  // cells before the message are free of commas in these files
  return rows.map((row) => Object.fromEntries(row.split(",").map((cell, i) => [names[i] ?? "", cell])));
}

const sum = (rows: readonly Record<string, string>[], name: string) =>
  rows.reduce((total, row) => total + Number(row[name]), 0);

let skipped = 0;
for (const scenario of scenarios) {
  const path = join(repositoryRoot, "scenarios", scenario);
  if (readFileSync(path, "utf8").includes("../shared/") && !existsSync(fromShared("data"))) {
    skipped++;
    continue;
  }
  test(`${scenario} is valid, and expects what it should`, () => {
    const { plans, problems } = loadScenario(path);
    assert.equal(problems.map(problemText), []);
    assert.ok(plans.length > 0);
    const least = /^(failures|stories|operations)\//.test(scenario) ? 3 : 0;
    for (const plan of plans) assert.ok(plan.expectations.length >= least, plan.variant);
  });
}

/** What a run of a bundled scenario printed, with its tables below the folder `name`. */
function run(scenario: string, name: string, ...more: string[]): string {
  const {
    code,
    err,
    out: printed,
  } = kubedrill(["run", join("scenarios", scenario), "--out", join(out, name), ...more], repositoryRoot);
  assert.is(code, 0, err + printed);
  return printed;
}

test("the summary of a run with faults draws who led when, and lists them with their effects", () => {
  const printed = run("failures/etcd-leader-failure.yaml", "leader", "--set", "duration=100s", "--set", "expect=[]");
  assert.match(printed, /^etcd: who led when \(one character is [\d.]+s\)$/m);
  assert.match(printed, /^etcd-[012] +#+\+?\.+$/m);
  assert.match(printed, /^no leader +x+$/m);
  assert.match(printed, /^faults +1-+$/m);
  assert.match(
    printed,
    /^1 +etcdLeaderFailure +1m +etcd-[012] +lasted 30s +noticed after .*no leader .*1 leader change/m,
  );
  const [row] = table("leader", "faults");
  assert.equal(
    [row?.fault, row?.outcome, row?.matched, row?.leader_changes],
    ["etcdLeaderFailure", "recovered", "true", "1"],
  );
  const [whole, ...members] = table("leader", "etcd");
  assert.equal([whole?.leader_changes, members.length, whole?.restarts], ["1", 3, "1"]);
});

// long runs: with the thorough tests
if (isThorough)
  test("the README shows what the first run prints", () => {
    const readme = readFileSync(join(repositoryRoot, "README.md"), "utf8");
    const shown = readme
      .split("\n")
      .filter((line) => /^ {4}(pods created|pending s|attempts|digest| {2}scheduled)/.test(line));
    const printed = run("capacity/first-run.yaml", "readme");
    assert.ok(shown.length >= 5);
    for (const line of shown) assert.ok(printed.replace(/ +/g, " ").includes(line.trim().replace(/ +/g, " ")), line);
  });

if (skipped > 0) console.log(`skipped: ${skipped} (no ../shared/data)`);

const openb = fromShared("data/01-openb-gpu-2023");
if (isThorough && existsSync(openb)) {
  const csv = (name: string) => {
    const [head, ...rows] = readFileSync(join(openb, name), "utf8").trim().split("\n");
    const names = head!.trim().split(",");
    return rows.map((row) =>
      Object.fromEntries(
        row
          .trim()
          .split(",")
          .map((cell, i) => [names[i]!, cell]),
      ),
    );
  };
  const nodes = csv("openb_node_list_all_node.csv");
  const pods = csv("openb_pod_list_default.csv");

  for (const scenario of ["traces/openb-file-order.yaml", "traces/openb-own-times.yaml"]) {
    test(`${scenario}: every pod and node of the trace, with its amounts`, () => {
      run(scenario, scenario);
      const [simulated, machines] = [table(scenario, "pods"), table(scenario, "nodes")];
      assert.equal([simulated.length, machines.length], [8152, 1523]);
      const byName = new Map(simulated.map((pod) => [pod.pod, pod]));
      for (const pod of pods) {
        const { cpu_m, mem_b, gpu } = byName.get(pod.name!) ?? {};
        assert.equal([cpu_m, mem_b, gpu], [pod.cpu_milli, String(Number(pod.memory_mib) * 2 ** 20), pod.num_gpu]);
      }
      for (const [row, machine] of machines.entries()) {
        const node = nodes[row]!;
        const amounts = [node.sn, node.cpu_milli, String(Number(node.memory_mib) * 2 ** 20), node.gpu];
        assert.equal(
          [machine.node, machine.allocatable_cpu_m, machine.allocatable_mem_b, machine.allocatable_gpu],
          amounts,
        );
      }
      const holding = simulated.filter((pod) => pod.state === "running" || pod.state === "starting");
      const [summary] = table(scenario, "summary");
      for (const resource of ["cpu_m", "mem_b", "gpu"]) {
        assert.is(sum(holding, resource), Number(summary![`requested_${resource}`]));
        assert.is(sum(machines, `requested_${resource}`), Number(summary![`requested_${resource}`]));
      }
      const waiting = simulated.filter((pod) => pod.scheduled_s === "");
      assert.is(table(scenario, "unschedulable").length, waiting.length);
      assert.is(simulated.length - waiting.length, Number(summary!.pods_scheduled));
    });
  }

  /** Half of the request's latency and a commit of etcd later. */
  const soonAfter = (seconds: string | undefined, request: number) => {
    const late = Number(seconds) - request;
    assert.ok(late > 0.0005 && late < 0.03, `${seconds} is soon after ${request}`);
  };

  test("openb-own-times: pods arrive and leave at the trace's times, a hundred times as fast", () => {
    const byName = new Map(table("traces/openb-own-times.yaml", "pods").map((pod) => [pod.pod, pod]));
    for (const pod of pods) {
      const { created_s, deleted_s } = byName.get(pod.name!) ?? {};
      soonAfter(created_s, Number(pod.creation_time) / 100);
      soonAfter(deleted_s, Number(pod.deletion_time) / 100);
    }
  });

  test("openb-file-order: a pod every 10 ms, and at the end hardly a GPU is left", () => {
    const simulated = table("traces/openb-file-order.yaml", "pods");
    for (const [i, pod] of simulated.entries()) soonAfter(pod.created_s, i / 100);
    assert.ok(Number(table("traces/openb-file-order.yaml", "summary")[0]!.alloc_gpu_pct) > 99);
  });
}

test("online-boutique: as many pods as the manifests have Deployments", () => {
  if (!existsSync(fromShared("data/15-manifests"))) return;
  run("capacity/online-boutique.yaml", "capacity/online-boutique.yaml");
  const text = readFileSync(fromShared("data/15-manifests/online-boutique/kubernetes-manifests.yaml"), "utf8");
  const deployments = text.split("\n---").filter((document) => /^kind: Deployment$/m.test(document)).length;
  const [summary] = table("capacity/online-boutique.yaml", "summary");
  assert.equal([summary?.pods_created, summary?.pods_scheduled], [String(deployments), String(deployments)]);
  const cpu = [...text.matchAll(/requests:\s+cpu: (\d+)m/g)].reduce((total, match) => total + Number(match[1]), 0);
  assert.is(summary?.requested_cpu_m, String(cpu));
});

test.run();
