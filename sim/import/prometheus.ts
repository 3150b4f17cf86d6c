// The answer of Prometheus' /api/v1/query_range (matrix) or /api/v1/query (vector) as JSON. Series with a label of a Service become its rate of
// requests over time; series of pods or containers become what they use (the mean: use does not change over time here). Counters that only
// grow are turned into rates. Source: Prometheus' HTTP API.
import { formatDuration, SECOND } from "../engine/tick.ts";
import type { ParsedDocument } from "../model/documents.ts";
import { type Path, shown } from "../model/problem.ts";
import { type Draft, placeOf } from "./draft.ts";
import { isMapping, type Mapping } from "./flatten.ts";
import type { DocumentFormat } from "./format.ts";

/** Labels that name a Service, the surest first. */
const SERVICE_LABELS = [
  "destination_service_name",
  "service",
  "exported_service",
  "service_name",
  "kubernetes_service",
  "svc",
];
const NAMESPACE_LABELS = ["destination_service_namespace", "exported_namespace", "namespace", "kubernetes_namespace"];
/** More steps than this say no more. */
const MOST_STEPS = 2000;
/** From here on a number without a name is taken for bytes. */
const BYTES = 100_000;

export interface Series {
  readonly metric: Mapping;
  /** Seconds, and what was measured. */
  readonly samples: readonly (readonly [number, number])[];
  readonly path: Path;
}

export const prometheus: DocumentFormat = {
  by: "document",
  name: "prometheus",
  title: "Prometheus",
  matches: (value) => isMapping(value) && isMapping(value["data"]) && typeof value["data"]["resultType"] === "string",
  read(draft, document) {
    const value = document.value as Mapping;
    const data = isMapping(value["data"]) ? value["data"] : {};
    const part = { document, base: [] };
    if (value["status"] !== undefined && value["status"] !== "success") {
      draft.problem(part, ["status"], "success", shown(value["status"]));
      return;
    }
    const type = data["resultType"];
    if ((type !== "matrix" && type !== "vector") || !Array.isArray(data["result"])) {
      draft.problem(part, ["data", "resultType"], "a matrix (query_range) or a vector (query)", shown(type));
      return;
    }
    const all = (data["result"] as readonly unknown[]).map((series, index) =>
      readSeries(draft, document, series, ["data", "result", index]),
    );
    const start = all.reduce((least, series) => Math.min(least, series?.samples[0]?.[0] ?? Infinity), Infinity);
    for (const series of all) if (series !== null && series.samples.length > 0) take(draft, document, series, start);
  },
};

function readSeries(draft: Draft, document: ParsedDocument, series: unknown, path: Path): Series | null {
  const part = { document, base: [] };
  if (!isMapping(series) || !isMapping(series["metric"])) {
    draft.problem(part, path, "a series with metric and values", shown(series));
    return null;
  }
  const isRange = Array.isArray(series["values"]);
  const list = isRange ? (series["values"] as readonly unknown[]) : [series["value"]];
  const samples: (readonly [number, number])[] = [];
  for (const [index, sample] of list.entries()) {
    const at = [...path, ...(isRange ? ["values", index] : ["value"])];
    const [time, text] = Array.isArray(sample) ? (sample as readonly unknown[]) : [];
    if (typeof time !== "number" || typeof text !== "string") {
      draft.problem(part, at, 'a sample such as [1700000000, "1.5"]', shown(sample));
      return null;
    }
    const number = Number(text);
    if (text === "NaN" || text.endsWith("Inf")) {
      draft.remarks.noted(`samples that are ${text}`, "passed over", "", placeOf(part, at));
      continue;
    }
    if (!Number.isFinite(number) || (samples.length > 0 && time <= samples.at(-1)![0])) {
      draft.problem(
        part,
        at,
        Number.isFinite(number) ? "a time after the last one" : "a number as text",
        shown(sample),
      );
      return null;
    }
    samples.push([time, number]);
  }
  return { metric: series["metric"], samples, path };
}

function take(draft: Draft, document: ParsedDocument, series: Series, start: number): void {
  const { metric, path } = series;
  const label = (names: readonly string[]) =>
    names.map((name) => metric[name]).find((value) => typeof value === "string" && value !== "") as string | undefined;
  const name = String(metric["__name__"] ?? "");
  const namespace = label(NAMESPACE_LABELS) ?? "default";
  const place = placeOf({ document, base: path });
  const text = seriesText(metric);
  const pod = label(["pod", "pod_name", "exported_pod"]);
  const isUse = /cpu|memory/.test(name) || (pod !== undefined && !/request|http|rps/.test(name));
  const rated = isCounter(name, series) ? ratesOf(series) : series;
  if (rated !== series)
    draft.remarks.assumed("counters", "what only grows is a counter: its growth per second is taken", text, place);
  if (isUse && pod !== undefined) {
    const mean = rated.samples.reduce((sum, [, value]) => sum + value, 0) / rated.samples.length;
    const isMemory = /memory/.test(name) || (!/cpu/.test(name) && mean >= BYTES);
    if (name === "") draft.remarks.assumed("series without a name", isMemory ? "memory in bytes" : "CPUs", text, place);
    draft.uses.push({
      namespace,
      pod,
      container: label(["container", "container_name"]) ?? "",
      what: isMemory ? "memory-use" : "cpu-use",
      value: mean,
    });
    if (rated.samples.length > 1)
      draft.remarks.changed("use over time", "containers use the mean all the time", text, place);
    return;
  }
  const service = label(SERVICE_LABELS);
  if (service === undefined || isUse) {
    draft.remarks.leftOut("series", "no label names a Service or a pod", text, place);
    return;
  }
  const key = service.includes(".") ? serviceKey(service, namespace) : `${namespace}/${service}`;
  const steps = stepsOf(rated, start);
  if (steps.length > MOST_STEPS)
    draft.remarks.changed("rates", `every ${Math.ceil(steps.length / MOST_STEPS)}th step of them`, text, place);
  const every = Math.ceil(steps.length / MOST_STEPS);
  const kept = steps.filter((_, i) => i % every === 0);
  const [first] = kept;
  if (draft.services.some((known) => known.service === key)) {
    draft.remarks.leftOut("second series of a Service", "sum the rates of a Service in the query", text, place);
    return;
  }
  draft.services.push({ service: key, rate: kept.length === 1 ? first!.rate : kept });
  draft.lasts((rated.samples.at(-1)![0] - start) * SECOND + 60 * SECOND);
}

/** `web.shop.svc.cluster.local` */
function serviceKey(host: string, namespace: string): string {
  const [name = "", space] = host.split(".");
  return `${space ?? namespace}/${name}`;
}

function isCounter(name: string, { samples }: Series): boolean {
  return /_(total|count|sum|bucket)$/.test(name) && samples.length > 1;
}

/** Growth per second since the sample before; a counter that falls was reset. */
function ratesOf({ samples, ...rest }: Series): Series {
  const rates = samples.slice(1).map(([time, value], i): readonly [number, number] => {
    const [before, last] = samples[i]!;
    return [before, (value >= last ? value - last : value) / (time - before)];
  });
  return { ...rest, samples: rates };
}

/** Rates from each time on, where they change. */
function stepsOf({ samples }: Series, start: number): readonly { readonly at: string; readonly rate: string }[] {
  const steps: { at: string; rate: string }[] = [];
  for (const [time, value] of samples) {
    const rate = `${rateText(Math.max(0, value))}/s`;
    const at = formatDuration(steps.length === 0 ? 0 : Math.round((time - start) * SECOND));
    if (steps.at(-1)?.rate !== rate && steps.at(-1)?.at !== at) steps.push({ at, rate });
  }
  return steps;
}

function rateText(value: number): string {
  return value.toFixed(6).replace(/\.?0+$/, "");
}

/** `http_requests_total{service="web"}` */
function seriesText(metric: Mapping): string {
  const labels = Object.entries(metric).filter(([key]) => key !== "__name__");
  return `${String(metric["__name__"] ?? "")}{${labels.map(([key, value]) => `${key}="${String(value)}"`).join(",")}}`.slice(
    0,
    120,
  );
}
