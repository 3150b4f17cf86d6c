// Which runs of a batch are shown in all detail: the first of each variant, and of each the first in which something was not as expected.
import type { RunHead } from "./report-data.ts";

export function chooseDetails(heads: readonly RunHead[], most: number): readonly RunHead[] {
  if (heads.length <= most) return heads;
  const first = new Map<string, RunHead>();
  const failed = new Map<string, RunHead>();
  for (const head of heads) {
    if (!first.has(head.scenario)) first.set(head.scenario, head);
    if (!failed.has(head.scenario) && hasFailed(head)) failed.set(head.scenario, head);
  }
  // a failure tells more than one more variant that went well
  const [one, ...others] = first.values();
  const wanted = [one!, ...failed.values(), ...others];
  return [...new Set(wanted)].slice(0, most).sort((a, b) => a.index - b.index);
}

export function hasFailed({ isValid, expectations }: RunHead): boolean {
  return !isValid || expectations.some(({ holds }) => !holds);
}
