// kubedrill compare from outside: scenarios, settings, manifests and finished batches, every format, and the exit code.
// test-timeout: 180s
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { repositoryRoot } from "../checks/source-tree.ts";
import { kubedrill } from "./command.ts";

const folder = mkdtempSync(join(tmpdir(), "kubedrill-compare-test-"));
test.after(() => rmSync(folder, { recursive: true }));

const fixture = (name: string) => join(repositoryRoot, "test/fixtures/batch", name);
const tiny = fixture("tiny.yaml");
const few = ["--seeds", "1..4", "--workers", "1"];
const fewer = ["--candidate-set", "cluster.nodePools[0].count=1", ...few];
// the two of `fewer`, finished by the first test
const whole = ["whole", "--base-variant", "baseline", "--candidate-variant", "candidate"];

interface Json {
  readonly notes: readonly string[];
  readonly comparisons: readonly {
    readonly baseline: { readonly scenario: string };
    readonly candidate: { readonly scenario: string };
    readonly seeds: readonly string[];
    readonly metrics: readonly {
      readonly metric: string;
      readonly delta: number | null;
      readonly verdict: string;
      readonly nSeeds: number;
      readonly ci95: readonly number[] | null;
    }[];
  }[];
}

function json(args: readonly string[]): Json {
  const { out, err } = kubedrill(["compare", ...args, "--format", "json"], folder);
  assert.is(err, "");
  return JSON.parse(out) as Json;
}

test("fewer nodes: what got worse is said, and the exit code is 1", () => {
  const { code, out } = kubedrill(["compare", tiny, ...fewer, "--out", "whole"], folder);
  assert.is(code, 1);
  assert.match(out, "tiny[candidate] against tiny[baseline], 4 seeds (1 … 4)");
  assert.match(out, /pods_never_scheduled .* worse/);
  assert.equal(readdirSync(folder), ["whole"]);
  for (const name of ["summary.csv", "statistics.csv", "pods.csv"])
    assert.ok(existsSync(join(folder, "whole", name)), name);
});

test("within a tolerance that is wide enough it is the same, and --fail-on says what else counts", () => {
  const wide = ["--metrics", "pods_never_scheduled,nodes_end", "--tolerance", "pods_never_scheduled:1000"];
  const { code, out } = kubedrill(["compare", ...whole, ...wide], folder);
  assert.is(code, 0, out);
  assert.match(out, "1 changed, 1 same");
  assert.is(kubedrill(["compare", ...whole, ...wide, "--fail-on", "changed"], folder).code, 1);
});

test("variants of one file: the first against all others, or the two that are named", () => {
  const variants = fixture("tiny-variants.yaml");
  const names = ({ comparisons }: Json) => comparisons.map((c) => `${c.baseline.scenario} ${c.candidate.scenario}`);
  assert.equal(names(json([variants, ...few, "--out", "all"])), ["tiny[few] tiny[many]", "tiny[few] tiny[fast]"]);
  const chosen = ["--base-variant", "fast", "--candidate-variant", "many"];
  assert.equal(names(json(["all", ...chosen])), ["tiny[fast] tiny[many]"]);
});

test("the same on both sides differs in nothing, and that is said", () => {
  const { comparisons, notes } = json([tiny, tiny, ...few]);
  for (const { delta, verdict } of comparisons[0]!.metrics) assert.equal([delta, verdict], [0, "same"]);
  assert.match(notes[0]!, "the same: nothing can differ");
});

test("finished batches give the same answer as running them, byte for byte, and a mix of both, too", () => {
  const own = kubedrill(["compare", tiny, ...fewer, "--format", "csv"], folder);
  assert.is(readFileSync(join(folder, "whole/compare.csv"), "utf8"), own.out);
  assert.equal(readdirSync(folder).sort(), ["all", "whole"]);
  const again = kubedrill(["compare", ...whole, "--format", "csv"], folder);
  assert.is(again.out, own.out);
  assert.is(again.code, 1);
  kubedrill(["batch", tiny, ...few, "--out", join(folder, "base")], folder);
  const mixed = json([join(folder, "base"), tiny, "--candidate-set", "cluster.nodePools[0].count=1", "--workers", "1"]);
  assert.equal(mixed.comparisons[0]!.seeds, ["1", "2", "3", "4"]);
  assert.equal(mixed.comparisons[0]!.metrics, json(whole).comparisons[0]!.metrics);
});

test("one seed has no interval: everything that differs is undecided", () => {
  const { comparisons, notes } = json([
    tiny,
    "--candidate-set",
    "cluster.nodePools[0].count=1",
    "--seeds",
    "3",
    "--workers",
    "1",
  ]);
  for (const { ci95, verdict } of comparisons[0]!.metrics) assert.equal([ci95, verdict], [null, "undecided"]);
  assert.match(notes.join(), "one seed decides nothing");
});

test("markdown: a table for a comment, worse first, what is the same folded away", () => {
  const { out } = kubedrill(["compare", ...whole, "--format", "markdown"], folder);
  const lines = out.split("\n");
  assert.is(lines[0], "### `tiny[candidate]` against `tiny[baseline]`: **worse**");
  const rows = lines.filter((line) => line.startsWith("| "));
  const cells = (line: string) => line.replaceAll("\\|", "").split("|").length;
  for (const row of rows) assert.is(cells(row), cells(rows[0]!), row);
  assert.match(rows[1]!, "**worse**");
  assert.ok(out.includes("<details>"));
});

test("a scenario's own metrics and tolerances count, and the command line's more", () => {
  const text = readFileSync(tiny, "utf8").replace("./job.yaml", fixture("job.yaml"));
  const own = `${text}\n  compare:\n    metrics: [pods_never_scheduled]\n    tolerances: { pods_never_scheduled: 1000 }\n`;
  writeFileSync(join(folder, "own.yaml"), own);
  const quiet = json(["own.yaml", ...fewer]).comparisons[0]!.metrics;
  assert.equal(
    quiet.map(({ metric, verdict }) => [metric, verdict]),
    [["pods_never_scheduled", "same"]],
  );
  const strict = json(["own.yaml", ...fewer, "--tolerance", "pods_never_scheduled:0"]).comparisons[0]!.metrics;
  assert.is(strict[0]!.verdict, "worse");
});

test("versions of manifests on the same nodes", () => {
  const pod = (cpu: string) =>
    [1, 2, 3]
      .map(
        (i) =>
          `apiVersion: v1\nkind: Pod\nmetadata: { name: p${i} }\nspec: { containers: [{ name: c, image: x, resources: { requests: { cpu: ${cpu} } } }] }\n`,
      )
      .join("---\n");
  writeFileSync(join(folder, "v1.yaml"), pod("300m"));
  writeFileSync(join(folder, "v2.yaml"), pod("700m"));
  const { comparisons } = json(["v1.yaml", "v2.yaml", "--nodes", "1", "--machine", "cpu=1,memory=1Gi", ...few]);
  const row = comparisons[0]!.metrics.find(({ metric }) => metric === "pods_never_scheduled")!;
  assert.equal([row.delta, row.verdict, row.ci95], [2, "worse", [2, 2]]);
});

test("what cannot be compared is refused", () => {
  const refused = (args: readonly string[], message: string | RegExp) => {
    const { code, err } = kubedrill(["compare", ...args], folder);
    assert.is(code, 2, err);
    assert.match(err, message);
  };
  refused([tiny], "nothing to be compared with");
  refused([tiny, fixture("tiny-variants.yaml"), "--base-variant", "x"], "no variant x");
  refused([fixture("tiny-variants.yaml"), tiny], "do not pair up");
  refused([tiny, tiny, "--tolerance", "pending_s_p99:5%"], "did you mean pending_p99_s?");
  refused([tiny, tiny, "--metrics", "pendig_p99_s"], "did you mean pending_p99_s?");
  refused([join(folder, "whole"), join(folder, "whole"), "--set", "seed=2"], "finished runs");
});

test.run();
