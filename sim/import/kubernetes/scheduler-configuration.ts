// A KubeSchedulerConfiguration as others have it: older versions of the API are taken for v1, and what this scheduler does not know (plugins
// of other builds, extenders) is taken out piece by piece until the rest is a configuration that it reads. Every piece is listed.
import { type Path, pathText, shown } from "../../model/problem.ts";
import { readSchedulerConfiguration } from "../../model/read-scheduler-configuration.ts";
import { type Draft, type Part, placeOf } from "../draft.ts";
import { isMapping, type Mapping } from "../flatten.ts";
import type { ObjectFormat } from "../format.ts";
import { withGpuShare } from "./gpu-share-configuration.ts";

const VERSION = "kubescheduler.config.k8s.io/v1";
const KIND = "KubeSchedulerConfiguration";
const MOST_PIECES = 500;

/** The scheduler's configuration, as administrators have it beside a cluster. */
export const schedulerConfiguration: ObjectFormat = {
  by: "object",
  name: "scheduler-config",
  title: "a KubeSchedulerConfiguration",
  matches: (apiVersion, kind) => kind === KIND && apiVersion.startsWith("kubescheduler.config.k8s.io/"),
  read: takeConfiguration,
};

/** Makes the configuration that of the scenario. */
export function takeConfiguration(draft: Draft, part: Part): void {
  if (draft.schedulerConfiguration !== null) {
    draft.problem(part, ["kind"], `one ${KIND}`, "a second one");
    return;
  }
  if (!isMapping(part.value)) {
    draft.problem(part, [], `a ${KIND}`, shown(part.value));
    return;
  }
  const { apiVersion } = part.value;
  if (apiVersion !== undefined && apiVersion !== VERSION)
    draft.remarks.changed(`${KIND} (${String(apiVersion)})`, "taken for v1", "", placeOf(part));
  const shared = withGpuShare(part.value);
  if (shared !== null)
    draft.remarks.noted("Open-Gpu-Share and its score", "the plugin GpuShare with the same policy", "", placeOf(part));
  let value: unknown = { ...plainCopy(shared ?? part.value), apiVersion: VERSION, kind: KIND };
  for (let pieces = 0; pieces < MOST_PIECES; pieces++) {
    const [problem] = readSchedulerConfiguration(value).problems;
    if (problem === undefined) {
      draft.schedulerConfiguration = value;
      return;
    }
    const { expected, path, received } = problem;
    const what = received === "" ? "" : ` ${received}`;
    draft.remarks.leftOut(
      `${KIND} ${pathText(path).replace(/\[\d+\]/g, "[]")}${what}`,
      `it would have to be ${expected}`,
      "",
      placeOf(part, path),
    );
    const without = withoutPiece(value, path);
    if (sameText(without, value)) break;
    value = without;
  }
  draft.remarks.leftOut(
    KIND,
    "nothing of it is left that this scheduler takes: it has its defaults",
    "",
    placeOf(part),
  );
}

/** Without the argument, field of a profile, or else list item that the path leads to or into. */
function withoutPiece(value: unknown, path: Path): unknown {
  const last = path.findLastIndex((key) => typeof key === "number");
  const isOfProfile = last <= 1;
  if (isOfProfile) return removed(value, path);
  const without = path.includes("args") ? removed(value, path) : value;
  return without === value || sameText(without, value) ? removed(value, path.slice(0, last + 1)) : without;
}

function sameText(a: unknown, b: unknown): boolean {
  return JSON.stringify(a) === JSON.stringify(b);
}

function removed(value: unknown, [key, ...rest]: Path): unknown {
  if (Array.isArray(value)) {
    if (typeof key !== "number" || key >= value.length) return value;
    return rest.length === 0
      ? value.filter((_, i) => i !== key)
      : value.map((item, i) => (i === key ? removed(item, rest) : item));
  }
  if (!isMapping(value) || key === undefined || !Object.hasOwn(value, key)) return value;
  const field = String(key);
  if (rest.length > 0) return { ...value, [field]: removed(value[field], rest) };
  return Object.fromEntries(Object.entries(value).filter(([name]) => name !== field));
}

function plainCopy(value: Mapping): Mapping {
  return structuredClone(value) as Mapping;
}
