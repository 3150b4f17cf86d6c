// The published JSON Schemas of the documents that kubedrill writes: results.json of a batch, and `compare --format json`.
import { SCHEMA_VERSION } from "../sim/metrics/result.ts";
import { SUMMARY_COLUMNS } from "../sim/metrics/summary.ts";

type Schema = Readonly<Record<string, unknown>>;

const text = (description: string): Schema => ({ type: "string", description });
const number = (description: string): Schema => ({ type: "number", description });
const measured = (description: string): Schema => ({ type: ["number", "null"], description });
const whole = (description: string): Schema => ({ type: "integer", minimum: 0, description });
const truth = (description: string): Schema => ({ type: "boolean", description });
const list = (items: Schema, description: string): Schema => ({ type: "array", items, description });
const object = (properties: Readonly<Record<string, Schema>>, description?: string): Schema => ({
  type: "object",
  ...(description === undefined ? {} : { description }),
  properties,
  required: Object.keys(properties),
  additionalProperties: false,
});

const interval: Schema = {
  description: "95 % confidence interval: its ends; null when there is none.",
  anyOf: [{ type: "array", items: { type: "number" }, minItems: 2, maxItems: 2 }, { type: "null" }],
};
const names = {
  scenario: text("Name of the scenario, with its variant."),
  scenarioSha256: text("Over the scenario and every file that it names."),
};
const head = (kind: string) => ({
  schemaVersion: {
    const: SCHEMA_VERSION,
    description: "Moves when fields are renamed, removed or change their meaning.",
  },
  kind: { const: kind },
  toolVersion: text("Version of kubedrill."),
});
const metric = text("Column of summary.csv: its unit stands at the end of the name.");

const run = object({
  ...names,
  configSha256: text("Over the scheduler configuration and latencies in force."),
  seed: text("Of all random streams."),
  runId: text("Hash of the former."),
  digest: text("Hash of every event and decision."),
  simDurationSeconds: number("Virtual time at the end."),
  eventsProcessed: whole("Events of the engine."),
  isValid: truth("false when the result means nothing."),
  invalidReasons: list({ type: "string" }, "Why it means nothing."),
  warnings: list({ type: "string" }, "What to know about the run."),
  expectations: list(
    object({
      text: text("As it stands in the scenario."),
      holds: truth("Does it?"),
      actual: measured("Of what is said about one number at the end."),
      unit: { enum: ["count", "seconds", "share", "bytes"] },
      violatedSeconds: measured("The first moment at which it could not hold any more."),
      note: text("The values that it rests on, or why it was not judged."),
    }),
    "The scenario's expectations, judged.",
  ),
  summary: object(
    Object.fromEntries(SUMMARY_COLUMNS.map(({ name, doc }) => [name, measured(doc)])),
    "The columns of summary.csv; null = not measured.",
  ),
});

const statistic = object({
  ...names,
  variant: text("Empty for a scenario without sweep and variants."),
  metric,
  n: whole("Runs that measured it."),
  mean: number("Arithmetic mean."),
  sd: measured("Standard deviation of the sample."),
  min: number("Smallest."),
  p10: number("By nearest rank."),
  p50: number("By nearest rank."),
  p90: number("By nearest rank."),
  p99: number("By nearest rank."),
  max: number("Largest."),
  ci95: interval,
});

const difference = object({
  ...names,
  variant: text("What is compared."),
  baseline: text("The variant that it is compared with."),
  metric,
  n: whole("Seeds for which both were measured."),
  baselineMean: number("Mean of the baseline over these seeds."),
  mean: number("Mean of the variant over these seeds."),
  difference: number("Mean of variant - baseline."),
  sd: measured("Standard deviation of the differences."),
  ci95: interval,
  lowerPct: number("Seeds with a lower value."),
  higherPct: number("Seeds with a higher value."),
});

const failure = object({ ...names, seed: text("Of the run."), message: text("What went wrong.") });

const compared = object({
  metric,
  better: { enum: ["lower", "higher", "neutral"] },
  baseline: measured("Mean over the pairs."),
  candidate: measured("Mean over the pairs."),
  delta: measured("Mean of candidate - baseline."),
  deltaPct: measured("delta ÷ baseline in percent."),
  ci95: interval,
  nSeeds: whole("Pairs of which both were measured."),
  nDiffer: whole("Of these: differ."),
  tolerance: text("As it was given."),
  toleranceAbs: measured("The same as an amount."),
  verdict: { enum: ["worse", "better", "changed", "same", "undecided"] },
});

const DRAFT = "https://json-schema.org/draft/2020-12/schema";

const results = {
  $schema: DRAFT,
  title: "kubedrill results",
  ...object({
    ...head("Results"),
    runs: list(run, "In the order of scenarios, variants and seeds."),
    statistics: list(statistic, "Each number over the seeds; empty unless it is a batch."),
    differences: list(difference, "Each variant against the first of its scenario; empty unless it is a batch."),
    failures: list(failure, "Runs without an outcome."),
  }),
};

const comparison = {
  $schema: DRAFT,
  title: "kubedrill comparison",
  ...object({
    ...head("Comparison"),
    notes: list({ type: "string" }, "What to know about the comparison."),
    comparisons: list(
      object({
        baseline: object(names),
        candidate: object(names),
        seeds: list({ type: "string" }, "That both sides share."),
        metrics: list(compared, "Numbers that were compared."),
      }),
      "One per pair of scenarios or variants.",
    ),
  }),
};

/** As text with a final newline. */
export function documentSchema(kind: "results" | "comparison"): string {
  return `${JSON.stringify(kind === "results" ? results : comparison, null, 2)}\n`;
}
