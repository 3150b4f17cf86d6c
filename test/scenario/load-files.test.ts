// Which files a loader may read: all of them, or nothing outside of a folder, by whatever name, pattern or link.
import { mkdirSync, mkdtempSync, realpathSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { loadScenarioText } from "../../sim/scenario/load.ts";
import { InputFiles, isFault, isWithin } from "../../sim/scenario/load-files.ts";

const top = realpathSync(mkdtempSync(join(tmpdir(), "kubedrill-load-files-")));
test.after(() => rmSync(top, { recursive: true }));
mkdirSync(join(top, "root/sub"), { recursive: true });
mkdirSync(join(top, "root-beside"));
const POD = "apiVersion: v1\nkind: Pod\nmetadata: { name: a }\nspec: { containers: [{ name: c }] }\n";
for (const name of ["root/in.yaml", "root/sub/deep.yaml", "out.yaml", "root-beside/out.yaml"])
  writeFileSync(join(top, name), POD);
writeFileSync(join(top, "plugin.mjs"), "export const plugin = () => ({ name: 'Outside' });\n");
symlinkSync(join(top, "out.yaml"), join(top, "root/link.yaml"));
symlinkSync(join(top, "root-beside"), join(top, "root/linked"));
symlinkSync(join(top, "root/in.yaml"), join(top, "root/sub/inner-link.yaml"));

const OUTSIDE = [
  "../../out.yaml",
  "../../root-beside/out.yaml",
  join(top, "out.yaml"),
  "../link.yaml",
  "../linked/out.yaml",
  "/etc/hostname",
];

test("without a limit everything is read", () => {
  const files = new InputFiles(join(top, "root/sub"));
  for (const name of OUTSIDE.slice(0, -1)) assert.not.ok(isFault(files.text(name)), name);
});

test("within a folder, what lies there is read, also by a link that stays in it", () => {
  const files = new InputFiles(join(top, "root/sub"), join(top, "root"));
  for (const name of ["deep.yaml", "../in.yaml", "inner-link.yaml", join(top, "root/in.yaml")])
    assert.not.ok(isFault(files.text(name)), name);
  assert.not.ok(isFault(files.manifestFiles("../sub/*.yaml")));
});

test("nothing else is, by no name, pattern, folder or link", () => {
  const files = new InputFiles(join(top, "root/sub"), join(top, "root"));
  const isRefused = (found: object) => isFault(found) && found.expected === `a file below ${join(top, "root")}`;
  for (const name of OUTSIDE) assert.ok(isRefused(files.text(name)), name);
  for (const name of ["../../*.yaml", "../..", join(top, "*.yaml"), "/etc/*", "../../root-beside", "../linked"])
    assert.ok(isRefused(files.manifestFiles(name)), name);
  assert.ok(isRefused(files.text("../../nowhere.yaml")), "not even whether it is there");
  assert.equal(files.files(), []);
});

test("isWithin goes by where a path really is", () => {
  const root = join(top, "root");
  assert.equal(
    [
      "root",
      "root/in.yaml",
      "root/new/file",
      "root-beside",
      "",
      "root/..",
      "root/link.yaml",
      "root/linked/new",
      "root/..x",
    ].map((name) => isWithin(root, join(top, name))),
    [true, true, true, false, false, false, false, false, true],
  );
});

test("a scenario reaches out by none of its fields, plugins of schedulers included", () => {
  const scenario = (cluster: string, more = "") =>
    `apiVersion: kubedrill/v1alpha1\nkind: Scenario\nmetadata: { name: x }\nspec:\n  duration: 1m\n  cluster: { ${cluster} }\n${more}`;
  const plugin =
    "{ apiVersion: kubescheduler.config.k8s.io/v1, kind: KubeSchedulerConfiguration, profiles: [{ plugins: { multiPoint: { enabled: [{ name: ../plugin.mjs }] } } }] }";
  const texts = [
    scenario("manifests: [../out.yaml]"),
    scenario("controlPlane: { schedulerConfiguration: ../out.yaml }"),
    scenario(`controlPlane: { schedulerConfiguration: ${plugin} }`),
    scenario("", "  workload: [{ pods: { shape: ../out.yaml, count: 1 } }]\n"),
    scenario("", "  workload: [{ trace: { format: csv, pods: ../out.yaml } }]\n"),
  ];
  for (const text of texts) {
    const { plans, problems } = loadScenarioText(text, "x.yaml", join(top, "root"), [], join(top, "root"));
    assert.equal(plans, []);
    assert.ok(
      problems.some(({ expected }) => expected === `a file below ${join(top, "root")}`),
      `${text}\n${JSON.stringify(problems)}`,
    );
  }
});

test.run();
