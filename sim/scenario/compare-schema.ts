// What a scenario says about being compared: which numbers, and how much they may change. Names are checked by whoever compares, who knows
// the numbers that there are.
import { z } from "zod";
import { fields } from "./duration-schema.ts";
import type { ComparePlan } from "./plan.ts";

const HINT = "a share of the baseline such as 5%, an amount such as 2, or both, such as 5%+2";
const METRICS_HINT = "a list of columns of summary.csv";

const toleranceSchema = z.union(
  [
    z.number({ error: HINT }).nonnegative({ error: HINT }),
    z.string({ error: HINT }).regex(/^\d+(\.\d+)?%?(\+\d+(\.\d+)?%?)?$/, { error: HINT }),
  ],
  { error: HINT },
);

export const compareSchema = fields({
  tolerances: z
    .record(z.string(), toleranceSchema, { error: "a mapping of columns of summary.csv to tolerances" })
    .optional()
    .describe(
      "Column of summary.csv (* stands for any text) → how much it may change: 5% of the baseline, or an amount.",
    ),
  metrics: z
    .array(z.string({ error: METRICS_HINT }).min(1, { error: METRICS_HINT }), { error: METRICS_HINT })
    .optional()
    .describe("Columns of summary.csv (* stands for any text) that are compared, instead of the usual ones."),
}).describe("For kubedrill compare.");

export function comparePlan({ tolerances = {}, metrics }: z.infer<typeof compareSchema>): ComparePlan {
  // as decimals: a number may come with an exponent
  const text = (value: string | number) => (typeof value === "number" ? value.toFixed(9).replace(/\.?0+$/, "") : value);
  return { tolerances: Object.entries(tolerances).map(([name, value]) => `${name}:${text(value)}`), metrics };
}
