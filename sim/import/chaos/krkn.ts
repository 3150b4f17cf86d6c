// krkn (Kraken): the configuration that lists scenario files by type, and the scenario files themselves. Source: krkn's own scenarios and
// their documentation, 2.x and 3.x.
import { SECOND } from "../../engine/tick.ts";
import type { ParsedDocument } from "../../model/documents.ts";
import { type Path, shown } from "../../model/problem.ts";
import { type Draft, placeOf } from "../draft.ts";
import { isMapping, type Mapping } from "../flatten.ts";
import type { DocumentFormat } from "../format.ts";
import type { Source } from "../source.ts";
import { isKnownEntry, KRKN_TYPES, readEntry } from "./krkn-scenarios.ts";
import { wholeOf } from "./selectors.ts";
import { nextStart } from "./strike.ts";

export const krkn: DocumentFormat = {
  by: "document",
  name: "krkn",
  title: "krkn",
  matches: (value) =>
    isMapping(value)
      ? isConfiguration(value) || scenarioKey(value) !== undefined
      : value.length > 0 && value.every(isListed),
  read(draft, document, source) {
    const { value } = document;
    if (isMapping(value) && isConfiguration(value)) readConfiguration(draft, document, source);
    else readScenario(draft, document);
  },
};

function isConfiguration(value: Mapping): boolean {
  return isMapping(value["kraken"]) && Array.isArray(value["kraken"]["chaos_scenarios"]);
}

const KEYS = [
  "node_scenarios",
  "time_scenarios",
  "zone_outage",
  "application_outage",
  "pvc_scenario",
  "network_chaos",
  "cluster_shut_down_scenario",
  "service_hijacking",
];

function scenarioKey(value: Mapping): string | undefined {
  if (value["apiVersion"] !== undefined) return undefined;
  if (KEYS.some((key) => value[key] !== undefined)) return KEYS.find((key) => value[key] !== undefined);
  if (value["hog-type"] !== undefined) return "hog-type";
  const { scenarios } = value as { readonly scenarios?: unknown };
  const isContainers =
    Array.isArray(scenarios) &&
    scenarios.some((s) => isMapping(s) && ("container_name" in s || "delete_count" in s || "action" in s));
  return isContainers ? "scenarios" : undefined;
}

function isListed(entry: unknown): boolean {
  return isMapping(entry) && typeof entry["id"] === "string" && isMapping(entry["config"]) && isKnownEntry(entry["id"]);
}

function readConfiguration(draft: Draft, document: ParsedDocument, source: Source): void {
  const { kraken } = document.value as { readonly kraken: Mapping };
  const lists = kraken["chaos_scenarios"] as readonly unknown[];
  for (const [index, list] of lists.entries()) {
    if (!isMapping(list)) continue;
    for (const [type, files] of Object.entries(list)) {
      const at: Path = ["kraken", "chaos_scenarios", index, type];
      if (!KRKN_TYPES.has(type)) {
        draft.remarks.leftOut(
          `krkn ${type}`,
          "not a type of scenario that is known",
          "",
          placeOf({ document, base: at }),
        );
        continue;
      }
      for (const [i, file] of (Array.isArray(files) ? files.flat() : []).entries()) {
        if (typeof file !== "string") continue;
        const found = draft.options.open(file, source.folder);
        if ("expected" in found) {
          draft.problem({ document, base: at }, [i], found.expected, found.received);
          continue;
        }
        for (const opened of found) {
          const { documents, problems } = opened.documents();
          draft.problems.push(...problems);
          for (const scenario of documents) readScenario(draft, scenario);
        }
      }
    }
  }
  const { tunings } = document.value as { readonly tunings?: Mapping };
  if (isMapping(tunings) && Number(tunings["wait_duration"] ?? 0) > 0)
    draft.remarks.noted("krkn tunings.wait_duration", "experiments have three minutes between them here");
  const alerts = (document.value as Mapping)["performance_monitoring"];
  if (isMapping(alerts) && alerts["enable_alerts"] === true)
    draft.remarks.leftOut(
      "krkn performance_monitoring",
      "there is no Prometheus; say what must hold under spec.expect",
      "",
      placeOf({ document, base: ["performance_monitoring"] }),
    );
}

function readScenario(draft: Draft, document: ParsedDocument): void {
  const { value } = document;
  if (Array.isArray(value)) {
    for (const [index, entry] of value.entries())
      if (isMapping(entry))
        read(draft, document, String(entry["id"] ?? ""), isMapping(entry["config"]) ? entry["config"] : entry, [index]);
    return;
  }
  const key = isMapping(value) ? scenarioKey(value) : undefined;
  if (!isMapping(value) || key === undefined) {
    draft.problem({ document, base: [] }, [], "a scenario of krkn", shown(value));
    return;
  }
  if (key === "hog-type") return read(draft, document, "hog", value, []);
  const body = value[key];
  if (Array.isArray(body))
    for (const [index, entry] of body.entries())
      read(draft, document, key, isMapping(entry) ? entry : {}, [key, index]);
  else read(draft, document, key, isMapping(body) ? body : {}, [key]);
}

function read(draft: Draft, document: ParsedDocument, id: string, body: Mapping, path: Path): void {
  const micros = wholeOf(body["duration"] ?? body["timeout"] ?? body["test_duration"], 1, 60) * SECOND;
  const name = String(body["name"] ?? id);
  readEntry(draft, id, body, {
    name,
    timing: { atMicros: nextStart(draft, micros) },
    forMicros: micros,
    what: `krkn ${id}`,
    object: name,
    place: placeOf({ document, base: path }),
  });
}
