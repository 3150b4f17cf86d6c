// Scheduler plugins from a user's file: TypeScript and JavaScript, in this thread and in a worker, and what is said of bad files.
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Worker } from "node:worker_threads";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { loadCustomPlugins, loadPlugin, PluginLoadError } from "../../sim/batch/custom-plugins.ts";
import { readSchedulerConfiguration } from "../../sim/model/read-scheduler-configuration.ts";
import { repositoryRoot } from "../checks/source-tree.ts";
import { Cluster, node, pod } from "../scheduler/cluster.ts";

const example = join(repositoryRoot, "scenarios/plugins/example.ts");

function configurationWith(name: string, args: Record<string, unknown> = {}) {
  const { configuration, problems } = readSchedulerConfiguration({
    apiVersion: "kubescheduler.config.k8s.io/v1",
    kind: "KubeSchedulerConfiguration",
    profiles: [
      {
        schedulerName: "default-scheduler",
        plugins: { multiPoint: { enabled: [{ name, weight: 50 }] } },
        pluginConfig: [{ name, args }],
      },
    ],
  });
  assert.equal(problems, []);
  return configuration;
}

const cases = mkdtempSync(join(tmpdir(), "plugins-"));

function file(name: string, source: string): string {
  const path = join(cases, name);
  writeFileSync(path, source);
  return path;
}

async function failure(path: string): Promise<string> {
  try {
    const factory = await loadPlugin(path);
    factory({}, {} as never);
  } catch (error) {
    assert.instance(error, PluginLoadError);
    return (error as Error).message;
  }
  throw new Error(`${path} was accepted`);
}

test("the documented example filters and scores, with the arguments of the configuration", async () => {
  const configuration = configurationWith("./example.ts", { key: "disk", value: "nvme" });
  const customPlugins = await loadCustomPlugins(
    { scheduler: { configuration } },
    join(repositoryRoot, "scenarios/plugins"),
  );
  assert.equal([...customPlugins.keys()], ["./example.ts"]);
  const nodes = [node("a"), node("b", { disk: "nvme" }), node("c", { "example.com/reserved-for": "team-a" })];
  const cluster = new Cluster({ nodes }, configuration, { customPlugins });
  const { attempt, trace } = cluster.try(pod("p", { cpu: "1" }));
  assert.is(attempt.nodeName, "b");
  assert.equal([...(trace.detail.scores.get("PreferLabelledNodes") ?? [])], [0, 5000]);
  assert.equal(
    cluster.verdicts(pod("q", { cpu: "3" })).c,
    "PreferLabelledNodes UnschedulableAndUnresolvable: node(s) were reserved",
  );
  assert.is(
    new Cluster({ nodes: [node("c", { "example.com/reserved-for": "team-a" })] }, configuration, {
      customPlugins,
    }).place(pod("r", { namespace: "team-a" })),
    "c",
  );
});

test("the node table leaves profiles with custom plugins to the plain evaluation", async () => {
  const configuration = configurationWith("./example.ts");
  const customPlugins = await loadCustomPlugins(
    { scheduler: { configuration } },
    join(repositoryRoot, "scenarios/plugins"),
  );
  const nodes = [node("a"), node("b", { "example.com/preferred": "true" })];
  const cluster = new Cluster({ nodes }, configuration, { customPlugins, plain: false });
  const info = cluster.snapshot.info(pod("p"));
  assert.is(cluster.scheduler.attempt(info).nodeName, "b");
  assert.is(cluster.scheduler.tableCycles, 0);
});

test("JavaScript files, exporting a factory by name or by default, and TypeScript that imports TypeScript", async () => {
  const named = await loadPlugin(file("named.mjs", "export const plugin = () => ({ name: 'Named', score: () => 1 });"));
  assert.is(named({}, {} as never).name, "Named");
  const byDefault = await loadPlugin(file("default.mjs", "export default () => ({ name: 'Default' });"));
  assert.is(byDefault({}, {} as never).name, "Default");
  file("helper.ts", "export const helperName: string = 'Helped';");
  const typed = await loadPlugin(
    file(
      "typed.ts",
      "import { helperName } from './helper.ts';\nexport const plugin = (): { name: string } => ({ name: helperName });",
    ),
  );
  assert.is(typed({}, {} as never).name, "Helped");
});

test("what is said of files that hold no plugin", async () => {
  assert.match(await failure(join(cases, "missing.ts")), /missing\.ts: ENOENT/);
  assert.match(await failure(file("empty.mjs", "export const other = 1;")), /exports no function named plugin/);
  assert.match(await failure(file("nameless.mjs", "export const plugin = () => ({});")), /the plugin has no name/);
  assert.match(await failure(file("number.mjs", "export const plugin = () => 3;")), /the factory returned no object/);
  assert.match(
    await failure(file("filter.mjs", "export const plugin = () => ({ name: 'F', filter: 1 });")),
    /filter is not a function/,
  );
  assert.match(await failure(file("broken.mjs", "export const plugin = (")), /broken\.mjs: /);
  assert.match(
    await failure(file("enum.ts", "enum E { A }\nexport const plugin = () => ({ name: String(E.A) });")),
    /enum\.ts: .*enum/i,
  );
});

test("a worker thread loads TypeScript for itself", async () => {
  const loader = new URL("../../sim/batch/custom-plugins.js", import.meta.url).href;
  const source = `
    import { parentPort } from "node:worker_threads";
    import { loadPlugin } from ${JSON.stringify(loader)};
    const factory = await loadPlugin(${JSON.stringify(example)});
    parentPort.postMessage(factory({}, {}).name);`;
  const worker = new Worker(new URL(`data:text/javascript,${encodeURIComponent(source)}`));
  const name = await new Promise((resolve, reject) => {
    worker.once("message", resolve);
    worker.once("error", reject);
  });
  await worker.terminate();
  assert.is(name, "PreferLabelledNodes");
});

test.after(() => rmSync(cases, { recursive: true }));

test.run();
