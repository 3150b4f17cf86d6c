// What a search tries for a parameter of a fault, as it is written in a scenario: what its declaration says, or else what follows from
// its type, its default and its limits. A new kind of fault needs nothing here.
import { meanOf } from "../../engine/distributions.ts";
import { formatDuration, MINUTE, SECOND } from "../../engine/tick.ts";
import type { ParameterSpec } from "../../model/fault-plan.ts";
import type { Written } from "./disturbance.ts";

const DURATION_FACTORS = [0.25, 0.5, 2, 4];
const NUMBER_FACTORS = [0.1, 0.3, 3, 10, 100];
const BYTE_FACTORS = [0.25, 4, 16];
const SHARES = [0.1, 0.3, 0.5, 0.8, 1];
const DURATIONS_WITHOUT_DEFAULT = [10 * SECOND, MINUTE, 5 * MINUTE];

/** Values besides the default; empty: there is nothing to vary. */
export function parameterValues(spec: ParameterSpec): readonly Written[] {
  if (spec.search !== undefined) return spec.search;
  switch (spec.type) {
    case "duration":
      return durations(spec.default, spec.max);
    case "randomDuration":
      return durations(spec.default === undefined ? undefined : meanOf(spec.default), spec.max);
    case "share":
      return SHARES.filter((share) => share <= (spec.max ?? 1) && share !== spec.default).map(percent);
    case "number":
      return around(spec.default ?? 1, NUMBER_FACTORS, spec);
    case "count":
      return around(spec.default ?? spec.min, NUMBER_FACTORS, spec, true);
    case "bytes":
      return spec.default === undefined ? [] : around(spec.default, BYTE_FACTORS, { min: 1, max: Infinity }, true);
    case "choice":
      return spec.words.filter((word) => word !== spec.default);
    case "flag":
      return [spec.default !== true];
    default:
      // names mean something only to who knows the cluster
      return [];
  }
}

function durations(standard: number | undefined, max = Infinity): readonly Written[] {
  const micros =
    standard === undefined || standard === 0
      ? DURATIONS_WITHOUT_DEFAULT
      : DURATION_FACTORS.map((factor) => Math.round(standard * factor));
  return micros.filter((value) => value <= max).map(formatDuration);
}

function around(
  standard: number,
  factors: readonly number[],
  { max, min }: { readonly min: number; readonly max: number },
  isWhole = false,
): readonly number[] {
  const values = factors.map((factor) => {
    const value = Math.min(max, Math.max(min, standard * factor));
    return isWhole ? Math.round(value) : Number(value.toPrecision(6));
  });
  return [...new Set(values)].filter((value) => value !== standard);
}

function percent(share: number): string {
  return `${Math.round(share * 100)}%`;
}
