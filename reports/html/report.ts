// The HTML report as text, from what was collected of a folder's tables: verdicts first, then what happened, then everything to look into. The same
// tables give the same bytes.
import { escapeHtml } from "./escape.ts";
import { page } from "./page.ts";
import type { ReportData, RunDetail } from "./report-data.ts";
import { identitySection, notModelledSection } from "./sections/about.ts";
import { distributionsSection } from "./sections/distributions.ts";
import { leaders } from "./sections/leaders.ts";
import { placement } from "./sections/placement.ts";
import { badges, subtitle, summarySection, title } from "./sections/summary.ts";
import { tablesSection } from "./sections/tables.ts";
import { timelines } from "./sections/timelines.ts";
import { variantsSection } from "./sections/variants.ts";
import { verdictsSection } from "./sections/verdicts.ts";
import { STYLE } from "./style.ts";
import { section } from "./table-html.ts";

/** @param script of the page: client-script.ts */
export function renderReport(data: ReportData, script: string): string {
  const sections = [
    summarySection(data),
    verdictsSection(data),
    perRun(data, "timelines", "Timelines", timelines),
    perRun(data, "leaders", "Who led when", leaders),
    perRun(data, "placement", "Placement", placement),
    variantsSection(data),
    distributionsSection(data),
    tablesSection(data),
    notModelledSection(data),
    identitySection(data),
  ].filter((html) => html !== "");
  const contents = sections.map((html) => {
    const [, id = "", name = ""] = /id="([\w-]+)" aria-labelledby="[\w-]+"><h2 id="[\w-]+">([^<]*)</.exec(html) ?? [];
    return `<a href="#${id}">${name}</a>`;
  });
  const body = `<a class="skip" href="#content">to the content</a>
<div class="wrap"><header class="top"><div><h1>${escapeHtml(title(data))}</h1><p class="muted">${escapeHtml(subtitle(data))}</p><p>${badges(data)}</p></div>
<div class="theme" role="group" aria-label="colours"><button type="button" data-set="" aria-pressed="true">auto</button><button type="button" data-set="light" aria-pressed="false">light</button><button type="button" data-set="dark" aria-pressed="false">dark</button></div></header>
<nav class="contents" aria-label="contents">${contents.join("\n")}</nav>
<main id="content">
${sections.join("\n")}
</main></div>`;
  return page({ title: `${title(data)} – kubedrill`, style: STYLE, body, script });
}

/** A section that is about one run at a time: the first is shown, others are chosen from a list. */
function perRun(
  { details, runs }: ReportData,
  id: string,
  heading: string,
  render: (detail: RunDetail, prefix: string) => string,
): string {
  if (details.length === 0) return "";
  if (details.length === 1) return section(id, heading, render(details[0]!, `${id}-0`));
  const options = details.map(
    ({ head }, i) => `<option value="${i}">${escapeHtml(`${head.scenario}, seed ${head.seed}`)}</option>`,
  );
  const all =
    details.length === runs.length
      ? ""
      : `<span class="muted small">the first run of each variant, and the first in which something was not as expected</span>`;
  const picker = `<div class="controls"><label for="${id}-run">run</label><select class="run" id="${id}-run">${options.join("")}</select>${all}</div>`;
  const blocks = details.map(
    (detail, i) =>
      `<div class="of-run" data-run="${i}">${i === 0 ? "" : `<h3 class="print-only">${escapeHtml(detail.head.scenario)}, seed ${escapeHtml(detail.head.seed)}</h3>`}${render(detail, `${id}-${i}`)}</div>`,
  );
  return section(id, heading, `${picker}${blocks.join("\n")}`);
}
