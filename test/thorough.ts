// How much a test tries. `npm test` tries enough to prove the rule and ends soon; `npm run test:thorough`, a step of its own in CI, runs the
// files that import this again, with many times as many cases.

/** Whether time does not matter. */
export const isThorough = process.env.KUBEDRILL_THOROUGH === "1";

/** How many cases to try. */
export function tries(few: number, many: number): number {
  return isThorough ? many : few;
}
