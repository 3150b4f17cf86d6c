// Durations and distributions of durations as a scenario writes them, and what they mean: microseconds.
import { z } from "zod";
import { type Distribution, distributionError, normalQuantile } from "../engine/distributions.ts";
import { log } from "../engine/math.ts";
import { parseDurationMicros } from "../engine/tick.ts";

const DURATION_HINT = "a duration, such as 30s, 250ms or 1h30m";
const DURATION = /^(0|\+?((\d+\.?\d*|\.\d+)(ns|us|µs|μs|ms|s|m|h|d))+)$/;

/** A length of time as text, read by {@link durationMicros}. */
export const durationSchema = z
  .string({ error: DURATION_HINT })
  .regex(DURATION, { error: DURATION_HINT })
  .refine((text) => parseDurationMicros(text) !== undefined, {
    error: "a duration of whole microseconds below 285 years",
  })
  .meta({ description: "A duration such as 30s, 250ms, 1h30m or 2d." });

/** An object with a fixed set of fields. Fields that it does not know are errors, and name the ones that it knows. */
export function fields<S extends z.ZodRawShape>(shape: S) {
  return z.strictObject(shape, {
    error: (issue) => (issue.code === "unrecognized_keys" ? Object.keys(shape).join(",") : undefined),
  });
}

const positive = z.number({ error: "a number above 0" }).positive({ error: "a number above 0" });
const notNegative = z.number({ error: "a number of at least 0" }).nonnegative({ error: "a number of at least 0" });
const list = <T extends z.ZodType>(item: T) =>
  z.array(item).min(1, { error: "a list that is not empty" }).max(100_000, { error: "at most 100000 items" });

/** The distributions by name; each is a mapping with that one key. */
const BY_NAME = {
  constant: durationSchema,
  uniform: fields({ min: durationSchema, max: durationSchema }),
  triangular: fields({ min: durationSchema, mode: durationSchema, max: durationSchema }),
  exponential: z.union([durationSchema, fields({ mean: durationSchema })], {
    error: `${DURATION_HINT}, or a mapping with mean`,
  }),
  normal: fields({ mean: durationSchema, sd: durationSchema }).describe("Values below 0 count as 0."),
  lognormal: z.union(
    [
      fields({ median: durationSchema, p90: durationSchema }),
      fields({ median: durationSchema, p99: durationSchema }),
      fields({ median: durationSchema, sigma: notNegative }),
    ],
    { error: "a mapping with median and one of p90, p99, sigma" },
  ),
  weibull: fields({ shape: positive, scale: durationSchema }),
  gamma: fields({ shape: positive, scale: durationSchema }),
  pareto: fields({ shape: positive, scale: durationSchema }),
  empirical: fields({ values: list(durationSchema), weights: list(notNegative).optional() }),
} as const;

const NAMES = Object.keys(BY_NAME);
const DISTRIBUTION_HINT = `${DURATION_HINT}, or a mapping with one of ${NAMES.join(", ")}`;

const optionalShapes = Object.fromEntries(
  Object.entries(BY_NAME).map(([name, schema]) => [name, schema.optional()]),
) as {
  [K in keyof typeof BY_NAME]: z.ZodOptional<(typeof BY_NAME)[K]>;
};

const namedSchema = fields(optionalShapes).refine((value) => Object.keys(value).length === 1, {
  error: `exactly one of ${NAMES.join(", ")}`,
});

/** A duration that may be random: a constant as text, or a mapping such as `{ exponential: 2s }`. */
export const randomDurationSchema = z
  .union([durationSchema, namedSchema], { error: DISTRIBUTION_HINT })
  .refine((value) => randomDurationError(value) === undefined, {
    error: (issue) => randomDurationError(issue.input as RandomDuration) ?? "",
  })
  .meta({
    description:
      "A duration, or a distribution of durations such as { exponential: 2s } or { lognormal: { median: 10m, p90: 1h } }.",
  });

export type RandomDuration = string | z.infer<typeof namedSchema>;

/** Microseconds of a duration that the schema accepted. */
export function durationMicros(text: string): number {
  return parseDurationMicros(text) ?? 0;
}

/** A random duration that the schema accepted, as a distribution of microseconds. */
export function distributionOf(value: RandomDuration): Distribution {
  const us = durationMicros;
  if (typeof value === "string") return { kind: "constant", value: us(value) };
  const { constant, uniform, triangular, exponential, normal, lognormal, weibull, gamma, pareto, empirical } = value;
  if (uniform !== undefined) return { kind: "uniform", min: us(uniform.min), max: us(uniform.max) };
  if (triangular !== undefined)
    return { kind: "triangular", min: us(triangular.min), mode: us(triangular.mode), max: us(triangular.max) };
  if (exponential !== undefined)
    return { kind: "exponential", mean: us(typeof exponential === "string" ? exponential : exponential.mean) };
  if (normal !== undefined) return { kind: "normal", mean: us(normal.mean), sd: us(normal.sd) };
  if (lognormal !== undefined) return lognormalOf(lognormal);
  if (weibull !== undefined) return { kind: "weibull", shape: weibull.shape, scale: us(weibull.scale) };
  if (gamma !== undefined) return { kind: "gamma", shape: gamma.shape, scale: us(gamma.scale) };
  if (pareto !== undefined) return { kind: "pareto", shape: pareto.shape, scale: us(pareto.scale) };
  if (empirical !== undefined) {
    return {
      kind: "empirical",
      values: empirical.values.map(us),
      ...(empirical.weights === undefined ? {} : { weights: empirical.weights }),
    };
  }
  return { kind: "constant", value: us(constant ?? "0") };
}

// people know a median and a high quantile; the distribution wants the mean and deviation of the logarithm
function lognormalOf(value: { median: string; p90?: string; p99?: string; sigma?: number }): Distribution {
  const median = durationMicros(value.median);
  const mu = log(Math.max(median, 1));
  const high = value.p90 ?? value.p99;
  if (high === undefined) return { kind: "lognormal", mu, sigma: value.sigma ?? 0 };
  const quantile = normalQuantile(value.p90 !== undefined ? 0.9 : 0.99);
  return { kind: "lognormal", mu, sigma: (log(Math.max(durationMicros(high), 1)) - mu) / quantile };
}

function randomDurationError(value: RandomDuration): string | undefined {
  if (typeof value !== "string" && Object.keys(value).length !== 1) return undefined; // noted already
  if (typeof value !== "string" && value.lognormal !== undefined) {
    const { median, ...rest } = value.lognormal as { median: string; p90?: string; p99?: string };
    if (durationMicros(median) === 0) return "a median above 0";
    const high = rest.p90 ?? rest.p99;
    if (high !== undefined && durationMicros(high) < durationMicros(median))
      return "a quantile that is not below the median";
  }
  const error = distributionError(distributionOf(value));
  return error === undefined ? undefined : `a distribution in which ${error}`;
}
