// What axe-core finds wrong with a page as it stands: rules of WCAG 2.2 A and AA, and best practices.
import axeCore from "axe-core";
import type { Page } from "playwright-core";

interface AxeResults {
  readonly violations: readonly {
    readonly id: string;
    readonly help: string;
    readonly nodes: readonly { readonly html: string; readonly failureSummary: string }[];
  }[];
  readonly passes: readonly unknown[];
}

export interface Findings {
  /** One line for each violation, with the first element that it is about. */
  readonly violations: readonly string[];
  /** Rules that were looked at and hold. */
  readonly passes: number;
}

export async function axe(page: Page): Promise<Findings> {
  // through the debugging protocol: the page's own policy lets no script in
  await page.evaluate(axeCore.source);
  const results = (await page.evaluate("axe.run()")) as AxeResults;
  const violations = results.violations.map(({ help, id, nodes }) => {
    const [first] = nodes;
    return `${id}: ${help} (${nodes.length}): ${first?.html.slice(0, 200)} ${first?.failureSummary.replaceAll("\n", " ")}`;
  });
  return { violations, passes: results.passes.length };
}
