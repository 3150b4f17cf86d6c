// kubedrill plan from outside: every example of docs/PLAN.md, the three forms of an answer, exit codes and refusals; real manifests where they are.
// test-timeout: 240s
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { repositoryRoot } from "../checks/source-tree.ts";
import { fromShared } from "../shared.ts";
import { isThorough } from "../thorough.ts";
import { kubedrill } from "./command.ts";
import { assertRefused } from "./refused.ts";

const plan = (...args: string[]) => kubedrill(["plan", ...args], repositoryRoot);
const TYPES = "scenarios/capacity/plan/types.yaml";
const SHOP = "scenarios/capacity/own-shop.yaml";

// not met, on purpose
const NOT_MET = /^survive .*--of zone --require 1$/;

const examples = readFileSync(join(repositoryRoot, "docs/PLAN.md"), "utf8")
  .split("\n")
  .flatMap((line) => /^ {4}kubedrill plan (.+)$/.exec(line)?.[1] ?? []);

// a second or more each; the same questions are asked of real manifests below
const SLOW = /^(fit-more .*--at|headroom|mix .*--spot|nodes .*--expectations|drain .*--upgrade)/;
assert.is(examples.filter((example) => SLOW.test(example)).length, 5);

for (const example of examples.filter((each) => isThorough || !SLOW.test(each)))
  test(`docs/PLAN.md: ${example}`, () => {
    const { code, out, err } = plan(...example.split(" "), "--format", "json");
    assert.is(err, "");
    assert.is(code, NOT_MET.test(example) ? 1 : 0);
    const { question, answer, reasoning } = JSON.parse(out);
    assert.is(question, example.split(" ")[0]);
    assert.match(answer, /\.$/);
    assert.ok(reasoning.length > 0);
  });

test("an answer for people, as CSV, and as JSON", () => {
  const asked = ["fit-more", SHOP, "--pod", "cpu=1,memory=2Gi"];
  const table = plan(...asked).out;
  assert.match(table, /^9 more of cpu=1,memory=2Gi fit\.\n\nNODE/);
  assert.match(table, /NodeResourcesFit: Insufficient cpu \(6 nodes, such as general-0\)/);
  assert.match(table, /The smallest change that would lift it:\n {2}ask for \d+m of 1000m cpu less/);
  const csv = plan(...asked, "--format", "csv").out;
  assert.is(csv.split("\n")[0], 'node,"copies_of_cpu=1,memory=2Gi"');
  assert.is(csv.split("\n").at(-2), "all,9");
  const json = JSON.parse(plan(...asked, "-o", "json").out);
  assert.is(json.values.fits, 9);
  assert.is(json.values.is_most_possible, true);
  assert.is(json.met, null);
});

test("nodes alone are a cluster to ask about; a full node is answered with one more", () => {
  const folder = mkdtempSync(join(tmpdir(), "kubedrill-plan-"));
  const file = join(folder, "nodes.yaml");
  writeFileSync(
    file,
    'apiVersion: v1\nkind: Node\nmetadata: { name: a }\nstatus: { allocatable: { cpu: "4", memory: 8Gi, pods: "20" } }\n',
  );
  const { values, binding } = JSON.parse(plan("fit-more", file, "--pod", "cpu=1,memory=1Gi", "-o", "json").out);
  rmSync(folder, { recursive: true });
  assert.is(values.fits, 4);
  assert.is(values.pending_before, 0);
  assert.equal(binding.changes[0].changes, ["add one node like a (cpu 4, memory 8Gi)"]);
});

test("what is required and not there is exit code 1", () => {
  const asked = ["fit-more", SHOP, "--pod", "cpu=1,memory=2Gi", "--require"];
  assert.is(plan(...asked, "9").code, 0);
  const { code, out } = plan(...asked, "10");
  assert.is(code, 1);
  assert.match(out, /required: not met\n$/);
});

test("mistakes are named", () => {
  assertRefused(["plan"], repositoryRoot, /Which question\?/);
  assertRefused(["plan", "fit-mroe", SHOP], repositoryRoot, /did you mean fit-more/);
  assertRefused(["plan", "fit-more", SHOP], repositoryRoot, /pod/);
  assertRefused(["plan", "fit-more", SHOP, "--pod", "nowhere.yaml"], repositoryRoot, /nowhere\.yaml/);
  assertRefused(["plan", "fit-more", SHOP, "--pod", "deployment/shop/nothing"], repositoryRoot, /no such object/);
  assertRefused(["plan", "fit-more", SHOP, "--pod", "cpu="], repositoryRoot, /cpu=/);
  assertRefused(["plan", "fit-more", SHOP, "--pod", "cpu=abc"], repositoryRoot, /quantity/);
  assertRefused(["plan", "nodes", SHOP], repositoryRoot, /of which type/);
  assertRefused(["plan", "nodes", SHOP, "--pool", "nothing"], repositoryRoot, /it has no nodes/);
  assertRefused(["plan", "nodes", SHOP, "--like", "nothing"], repositoryRoot, /no such node/);
  assertRefused(
    ["plan", "nodes", SHOP, "--machine", "cpu=1,memory=1Gi", "--nodes", "3"],
    repositoryRoot,
    /--nodes is what is asked for/,
  );
  assertRefused(
    ["plan", "survive", SHOP, "--most", "0"],
    repositoryRoot,
    /--most: expected a whole number of at least 1/,
  );
  assertRefused(["plan", "survive", SHOP, "--of", "continent"], repositoryRoot, /of/);
});

const boutique = fromShared("data/15-manifests/online-boutique");
const hotel = fromShared("data/15-manifests/hotel-reservation");

if (existsSync(boutique) && existsSync(hotel))
  test("real manifests: nodes for two applications, how many more, and what they survive", () => {
    for (const [files, machine] of [
      [boutique, "cpu=2,memory=4Gi"],
      [hotel, "cpu=2,memory=8Gi"],
    ] as const) {
      const { values } = JSON.parse(plan("nodes", files, "--machine", machine, "-o", "json").out);
      assert.ok(values.nodes >= 1 && values.is_proven);
      const on = [files, "--nodes", String(values.nodes + 1), "--machine", machine, "--zones", "a,b", "-o", "json"];
      assert.is(JSON.parse(plan("survive", ...on, "--require", "1").out).values.survives_nodes_k >= 1, true);
      const more = JSON.parse(plan("fit-more", ...on, "--pod", "cpu=500m,memory=512Mi").out).values;
      assert.ok(more.fits >= 1 && more.bound >= more.fits);
    }
  });

if (existsSync(boutique) && existsSync(hotel))
  test("real manifests: mixes, shrinking, bursts, drains, priorities", () => {
    for (const files of [boutique, hotel]) {
      const json = (...args: string[]) => JSON.parse(plan(...args, "-o", "json").out);
      const on = [files, "--nodes", "4", "--machine", "cpu=4,memory=16Gi", "--zones", "a,b"];
      assert.is(json("mix", files, "--types", TYPES).values.is_proven, true);
      const { values } = json("shrink", ...on);
      assert.ok(values.nodes_needed_p90 >= 1 && values.nodes_needed_p90 <= 4);
      assert.is(
        json("headroom", ...on, "--pod", "cpu=100m", "--count", "5", "--seeds", "2").values.headroom_holds,
        true,
      );
      assert.is(json("drain", ...on, "--node", "node-0").values.drains_blocked, 0);
      assert.ok(json("preempt", ...on, "--class", "100", "--pod", "4*cpu=3900m").values.evicted > 0);
    }
    const upgrade = plan(
      "drain",
      "scenarios/capacity/plan/boutique-upgrade.yaml",
      "--upgrade",
      "--timeout",
      "1m",
      "--require",
    );
    assert.is(upgrade.code, 1);
    assert.match(upgrade.out, /cannot be drained within 1m: budget default\/frontend\./);
  });

test.run();
