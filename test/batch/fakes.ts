// Batches without simulations: manifests and outcomes made up, for tests of what keeps and orders them.
import { type BatchManifest, manifestOf } from "../../sim/batch/manifest.ts";
import type { RunOutcome } from "../../sim/batch/task.ts";
import type { UntilRule } from "../../sim/batch/until-rule.ts";
import { makePlan } from "../plans.ts";

/** One scenario with these variants. */
export function fakeManifest(variants: readonly string[], seeds: readonly string[], until?: UntilRule): BatchManifest {
  const plans = variants.map((variant, i) => makePlan({ name: "fake", variant, sha256: String(i).repeat(64) }));
  return manifestOf({ plans, seeds, until });
}

export function seedsUpTo(count: number): string[] {
  return Array.from({ length: count }, (_, i) => String(i + 1));
}

export function fakeOutcome(
  seed: string,
  summary: Readonly<Record<string, number>> = {},
  text = `row,${seed}\n`,
): RunOutcome {
  return {
    identity: {
      schemaVersion: "1",
      toolVersion: "0",
      scenario: "fake",
      scenarioSha256: "0".repeat(64),
      configSha256: "0",
      seed,
      runId: `run-${seed}`,
      simDurationMicros: 1,
      eventsProcessed: 2,
      digest: "d",
      invalidReasons: [],
      warnings: ['a warning, "quoted"'],
    },
    summary,
    verdicts: [{ text: "x == 1", holds: true, actual: Number.NaN, unit: "count", violatedMicros: undefined, note: "" }],
    timeline: null,
    parts: [
      { report: "summary", bytes: Buffer.from(text) },
      { report: "pods", bytes: Buffer.from("") },
    ],
  };
}
