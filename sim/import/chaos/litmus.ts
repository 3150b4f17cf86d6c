// Litmus: ChaosEngine with its experiments and probes, ChaosSchedule around one, and ChaosExperiment, whose environment holds the defaults.
// Source: litmuschaos.io/v1alpha1, the experiments of the hub's kubernetes and kube-aws charts, 3.x.
import { HOUR, MINUTE, SECOND } from "../../engine/tick.ts";
import type { Path } from "../../model/problem.ts";
import { type Draft, type Part, placeOf } from "../draft.ts";
import { isMapping, type Mapping } from "../flatten.ts";
import type { ObjectFormat } from "../format.ts";
import { nameOf } from "../kubernetes/import-objects.ts";
import { applyLitmus, type LitmusTarget } from "./litmus-experiments.ts";
import { checkUrl } from "./probes.ts";
import { microsOf, tidied, wholeOf } from "./selectors.ts";
import { nextStart, type Strike } from "./strike.ts";

export const litmus: ObjectFormat = {
  by: "object",
  name: "litmus",
  title: "Litmus",
  matches: (apiVersion) => apiVersion.startsWith("litmuschaos.io/"),
  read(draft, part) {
    const object = part.value as Mapping;
    const spec = isMapping(object["spec"]) ? object["spec"] : {};
    switch (object["kind"]) {
      case "ChaosExperiment": {
        const definition = isMapping(spec["definition"]) ? spec["definition"] : {};
        const { name } = (object["metadata"] ?? {}) as { readonly name?: string };
        draft.litmusDefaults.set(String(name), environment(definition["env"]));
        return;
      }
      case "ChaosEngine":
        draft.atEnd.push(() => engine(draft, part, spec, ["spec"]));
        return;
      case "ChaosSchedule":
        draft.atEnd.push(() => schedule(draft, part, spec));
        return;
      default:
        draft.remarks.noted(
          `${String(object["kind"])} (litmuschaos.io)`,
          "Litmus' own record",
          nameOf(object),
          placeOf(part),
        );
    }
  },
};

function environment(list: unknown): Mapping {
  if (!Array.isArray(list)) return {};
  return Object.fromEntries(
    list.filter(isMapping).map((entry) => [String(entry["name"]), String(entry["value"] ?? "")] as const),
  );
}

interface Repeat {
  readonly everyMicros: number;
  readonly times: number;
}

function engine(
  draft: Draft,
  part: Part,
  spec: Mapping,
  path: Path,
  repeat: Repeat = { everyMicros: 0, times: 1 },
): void {
  const object = part.value as Mapping;
  const { namespace: home = "default" } = (object["metadata"] ?? {}) as { readonly namespace?: string };
  if (spec["engineState"] === "stop") {
    draft.remarks.noted("ChaosEngine that is stopped", "engineState: stop", nameOf(object), placeOf(part));
    return;
  }
  const experiments = Array.isArray(spec["experiments"]) ? (spec["experiments"] as readonly unknown[]) : [];
  if (experiments.length === 0) draft.problem(part, [...path, "experiments"], "a list of experiments", "");
  for (const [index, experiment] of experiments.entries()) {
    if (!isMapping(experiment)) continue;
    const at: Path = [...path, "experiments", index];
    const name = String(experiment["name"] ?? "");
    const body = isMapping(experiment["spec"]) ? experiment["spec"] : {};
    const components = isMapping(body["components"]) ? body["components"] : {};
    const env: Mapping = { ...draft.litmusDefaults.get(name), ...environment(components["env"]) };
    const forMicros = wholeOf(env["TOTAL_CHAOS_DURATION"], 1, 30) * SECOND;
    const start = nextStart(draft, repeat.times > 1 ? repeat.everyMicros * repeat.times : forMicros);
    const probes = Array.isArray(body["probe"]) ? (body["probe"] as readonly unknown[]) : [];
    for (let time = 0; time < repeat.times; time++) {
      const strike: Strike = {
        name,
        timing: { atMicros: start + time * repeat.everyMicros },
        forMicros,
        what: name,
        object: nameOf(object),
        place: placeOf(part, at),
      };
      const before = new Set(draft.ids);
      applyLitmus(draft, strike, name, env, targetOf(spec, env, home));
      const id = [...draft.ids].find((other) => !before.has(other)) ?? "never";
      if (time === 0)
        for (const [i, probe] of probes.entries()) readProbe(draft, part, probe, [...at, "spec", "probe", i], id);
    }
  }
}

function targetOf(spec: Mapping, env: Mapping, home: string): LitmusTarget {
  const info = isMapping(spec["appinfo"]) ? spec["appinfo"] : {};
  const selectors = isMapping(spec["selectors"]) ? spec["selectors"] : {};
  const workloads = Array.isArray(selectors["workloads"]) ? selectors["workloads"].filter(isMapping) : [];
  const [workload = {}] = workloads as readonly Mapping[];
  return {
    namespace: String(info["appns"] || workload["namespace"] || env["APP_NAMESPACE"] || home),
    selector: tidied(info["applabel"] || workload["labels"] || env["APP_LABEL"] || ""),
    kind: String(info["appkind"] || workload["kind"] || env["APP_KIND"] || "deployment"),
    names: typeof workload["names"] === "string" ? workload["names"].split(",").map((name) => name.trim()) : [],
  };
}

function readProbe(draft: Draft, part: Part, probe: unknown, path: Path, id: string): void {
  if (!isMapping(probe)) return;
  const type = String(probe["type"] ?? "");
  const name = String(probe["name"] ?? "");
  const inputs = probe[`${type}/inputs`] ?? probe["inputs"];
  if (type === "httpProbe" && isMapping(inputs)) {
    const isDuring = probe["mode"] === "Continuous" || probe["mode"] === "OnChaos";
    checkUrl(draft, String(inputs["url"] ?? ""), "httpProbe", placeOf(part, path), isDuring ? id : "never");
    return;
  }
  const why: Readonly<Record<string, string>> = {
    cmdProbe: "commands are not run",
    k8sProbe: "what it asks has to be said in the words of docs/EXPECT.md",
    promProbe: "there is no Prometheus; metrics of the run are in docs/TABLES.md",
    sloProbe: "there is no observability platform; slo.csv has error budgets",
  };
  draft.remarks.leftOut(
    type === "" ? "probe" : type,
    why[type] ?? "not a probe that is known",
    name,
    placeOf(part, path),
  );
}

function schedule(draft: Draft, part: Part, spec: Mapping): void {
  const plan = isMapping(spec["schedule"]) ? spec["schedule"] : {};
  const template = isMapping(spec["engineTemplateSpec"]) ? spec["engineTemplateSpec"] : {};
  const repeat = isMapping(plan["repeat"]) ? plan["repeat"] : null;
  const properties = repeat !== null && isMapping(repeat["properties"]) ? repeat["properties"] : {};
  const interval = isMapping(properties["minChaosInterval"]) ? properties["minChaosInterval"] : {};
  const minutes = isMapping(interval["minute"]) ? wholeOf(interval["minute"]["everyNthMinute"], 0, 0) : 0;
  const hours = isMapping(interval["hour"]) ? wholeOf(interval["hour"]["everyNthHour"], 0, 0) : 0;
  const everyMicros = minutes * MINUTE + hours * HOUR || (microsOf(properties["minChaosInterval"]) ?? 0);
  if (repeat === null) {
    if (plan["once"] !== undefined)
      draft.remarks.changed(
        "ChaosSchedule once",
        "it runs in its turn, not at its time of day",
        nameOf(part.value as Mapping),
        placeOf(part),
      );
    engine(draft, part, template, ["spec", "engineTemplateSpec"]);
    return;
  }
  if (everyMicros === 0) {
    draft.problem(part, ["spec", "schedule", "repeat", "properties", "minChaosInterval"], "minutes or hours", "");
    return;
  }
  const times = Math.max(1, Math.min(10, Math.floor(HOUR / everyMicros)));
  draft.remarks.assumed(
    "how long schedules run",
    "an hour of each, at most 10 times; days and hours of work are passed over",
    nameOf(part.value as Mapping),
    placeOf(part),
  );
  engine(draft, part, template, ["spec", "engineTemplateSpec"], { everyMicros, times });
}
