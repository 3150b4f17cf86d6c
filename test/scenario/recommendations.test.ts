// Recommended requests: CSV, VerticalPodAutoscaler objects, and what is neither.
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { loadRecommendations } from "../../sim/scenario/recommendations.ts";

const folder = mkdtempSync(join(tmpdir(), "kubedrill-recommendations-"));
test.after(() => rmSync(folder, { recursive: true }));

function load(name: string, text: string) {
  const path = join(folder, name);
  writeFileSync(path, text);
  return loadRecommendations(path);
}

test("CSV: empty cells recommend nothing, no container means all, no namespace the default one", () => {
  const { entries, problems } = load(
    "a.csv",
    "kind,name,namespace,container,cpu,memory\nDeployment,web,shop,main,500m,\nStatefulSet,db,,,2,4Gi\n",
  );
  assert.equal(problems, []);
  assert.equal(entries, [
    { namespace: "shop", kind: "Deployment", name: "web", container: "main", requests: { cpu: "500m" } },
    { namespace: "default", kind: "StatefulSet", name: "db", container: "*", requests: { cpu: "2", memory: "4Gi" } },
  ]);
});

test("CSV: mistakes with their line", () => {
  assert.match(
    load("b.csv", "kind,nmae\nDeployment,web\n").problems[0]?.expected ?? "",
    /a column "?name"?; did you mean nmae/,
  );
  const [wrong] = load("c.csv", "kind,name,cpu\nDeployment,web,much\n").problems;
  assert.is(wrong?.line, 2);
  assert.match(wrong?.expected ?? "", /a quantity/);
});

test("VerticalPodAutoscaler objects, also in a list", () => {
  const vpa = {
    kind: "VerticalPodAutoscaler",
    metadata: { name: "web", namespace: "shop" },
    spec: { targetRef: { kind: "Deployment", name: "web" } },
    status: {
      recommendation: {
        containerRecommendations: [{ containerName: "main", target: { cpu: "250m", memory: "262144k" } }],
      },
    },
  };
  const expected = [
    {
      namespace: "shop",
      kind: "Deployment",
      name: "web",
      container: "main",
      requests: { cpu: "250m", memory: "262144k" },
    },
  ];
  assert.equal(load("a.json", JSON.stringify(vpa)).entries, expected);
  assert.equal(load("b.json", JSON.stringify({ kind: "List", items: [vpa] })).entries, expected);
  const without = { ...vpa, status: {} };
  assert.match(load("c.json", JSON.stringify(without)).problems[0]?.expected ?? "", /at least one recommendation/);
  assert.match(
    load("d.json", JSON.stringify({ kind: "Pod" })).problems[0]?.expected ?? "",
    /VerticalPodAutoscaler objects/,
  );
  assert.is(loadRecommendations(join(folder, "nowhere.csv")).problems.length, 1);
});

test.run();
