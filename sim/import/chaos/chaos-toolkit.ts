// Chaos Toolkit: an experiment in JSON or YAML: steady-state hypothesis, method, rollbacks. Activities of the Kubernetes extension (chaosk8s)
// become faults, actions and expectations; HTTP probes become requests. Source: the experiment specification and chaostoolkit-kubernetes.
import { MINUTE, SECOND } from "../../engine/tick.ts";
import type { ParsedDocument } from "../../model/documents.ts";
import type { Path } from "../../model/problem.ts";
import { type Draft, placeOf } from "../draft.ts";
import { isMapping, type Mapping } from "../flatten.ts";
import type { DocumentFormat } from "../format.ts";
import { readAction, readProbe } from "./chaos-toolkit-activities.ts";
import { microsOf } from "./selectors.ts";
import { nextStart } from "./strike.ts";

export const chaosToolkit: DocumentFormat = {
  by: "document",
  name: "chaos-toolkit",
  title: "Chaos Toolkit",
  matches: (value) =>
    isMapping(value) &&
    value["apiVersion"] === undefined &&
    Array.isArray(value["method"]) &&
    typeof value["title"] === "string",
  read(draft, document) {
    const value = document.value as Mapping;
    if (draft.description === "") draft.description = String(value["title"] ?? "");
    const reader = new Reader(draft, document, isMapping(value["configuration"]) ? value["configuration"] : {});
    const hypothesis = value["steady-state-hypothesis"];
    if (isMapping(hypothesis)) reader.probes(hypothesis["probes"], ["steady-state-hypothesis", "probes"]);
    reader.play(value["method"], ["method"]);
    reader.play(value["rollbacks"], ["rollbacks"]);
    draft.clockMicros = reader.nowMicros + 3 * MINUTE;
    draft.lasts(draft.clockMicros);
    if (Array.isArray(value["controls"]) && value["controls"].length > 0)
      draft.remarks.leftOut("controls", "code of others is not run", "", placeOf({ document, base: ["controls"] }));
  },
};

/** What an action without an end of its own takes before the next begins. */
const STEP = 10 * SECOND;

class Reader {
  private readonly draft: Draft;
  private readonly document: ParsedDocument;
  private readonly configuration: Mapping;
  nowMicros: number;

  constructor(draft: Draft, document: ParsedDocument, configuration: Mapping) {
    this.draft = draft;
    this.document = document;
    this.configuration = configuration;
    this.nowMicros = nextStart(draft, 0);
  }

  probes(list: unknown, path: Path): void {
    if (!Array.isArray(list)) return;
    for (const [index, probe] of list.entries()) if (isMapping(probe)) this.probe(probe, [...path, index]);
  }

  play(list: unknown, path: Path): void {
    if (!Array.isArray(list)) return;
    for (const [index, activity] of list.entries()) {
      if (!isMapping(activity)) continue;
      const at = [...path, index];
      if (activity["ref"] !== undefined) {
        this.draft.remarks.leftOut(
          "activity by ref",
          "named once and asked again: it holds all the time or at the end",
          String(activity["ref"]),
          placeOf({ document: this.document, base: at }),
        );
        continue;
      }
      const pauses = isMapping(activity["pauses"]) ? activity["pauses"] : {};
      this.nowMicros += microsOf(this.substituted(pauses["before"])) ?? 0;
      if (activity["type"] === "probe") this.probe(activity, at);
      else {
        const { provider, name } = this.parts(activity);
        const took = readAction(this.draft, provider, {
          name,
          timing: { atMicros: this.nowMicros },
          forMicros: null,
          what: whatOf(provider),
          object: name,
          place: placeOf({ document: this.document, base: at }),
        });
        if (activity["background"] !== true) this.nowMicros += Math.max(took, STEP);
      }
      this.nowMicros += microsOf(this.substituted(pauses["after"])) ?? 0;
    }
  }

  private probe(activity: Mapping, at: Path): void {
    const { name, provider } = this.parts(activity);
    readProbe(
      this.draft,
      provider,
      activity["tolerance"],
      whatOf(provider),
      name,
      placeOf({ document: this.document, base: at }),
    );
  }

  private parts(activity: Mapping): { readonly provider: Mapping; readonly name: string } {
    const provider = isMapping(activity["provider"]) ? activity["provider"] : {};
    return { provider: this.substituted(provider) as Mapping, name: String(activity["name"] ?? "activity") };
  }

  /** With `${name}` of the configuration put in, where it says a value and not where to find one. */
  private substituted(value: unknown): unknown {
    if (Array.isArray(value)) return value.map((item) => this.substituted(item));
    if (isMapping(value))
      return Object.fromEntries(Object.entries(value).map(([key, field]) => [key, this.substituted(field)]));
    if (typeof value !== "string") return value;
    const whole = /^\$\{(\w+)\}$/.exec(value)?.[1];
    if (whole !== undefined && this.valueOf(whole) !== undefined) return this.valueOf(whole);
    return value.replace(/\$\{(\w+)\}/g, (text, name: string) => String(this.valueOf(name) ?? text));
  }

  private valueOf(name: string): unknown {
    const said = this.configuration[name];
    return isMapping(said) ? said["default"] : said;
  }
}

function whatOf(provider: Mapping): string {
  if (provider["type"] === "python") return `${String(provider["module"])}.${String(provider["func"])}`;
  return `${String(provider["type"] ?? "no")} provider`;
}
