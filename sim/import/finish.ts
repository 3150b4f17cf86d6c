// From a filled draft to files: Kubernetes objects in one file per kind, and a scenario that names them. What the input leaves open and a
// scenario must have (nodes, pods, priority classes) is assumed, and said.
import { formatDuration, MINUTE, SECOND } from "../engine/tick.ts";
import { kindOfList } from "../model/kinds.ts";
import type { ClusterObjects, KubernetesObject } from "../model/objects.ts";
import { type FileProblem, shown } from "../model/problem.ts";
import { toYaml } from "../printers/yaml.ts";
import { loadUnwritten } from "../scenario/load.ts";
import type { Plan } from "../scenario/plan.ts";
import { assumePriorityClasses, assumeStorageClasses, SOURCES_OF_PODS } from "./assumed-classes.ts";
import { assumeNodes } from "./assumed-nodes.ts";
import type { Draft, DraftFile } from "./draft.ts";
import { finishedObjects, type ObjectLists } from "./kubernetes/import-objects.ts";
import { remarkLines } from "./remarks.ts";
import { scenarioText } from "./scenario-text.ts";
import { assumeTargets, resolveNodes } from "./targets.ts";
import { applyUses } from "./uses.ts";

export const SCENARIO_FILE = "scenario.yaml";

/** Without faults and traffic nothing happens in a settled cluster: long enough to see that. */
const DEFAULT_MICROS = 10 * MINUTE;

export interface Finished {
  /** The scenario first. */
  readonly files: readonly DraftFile[];
  /** null when there are problems. */
  readonly plan: Plan | null;
}

/** The files to be written, and the plan that they load to; problems are noted in the draft. */
export function finish(draft: Draft, name: string, comments: readonly string[]): Finished {
  const objects = finishedObjects(draft);
  if (draft.problems.length > 0) return { files: [], plan: null };
  applyUses(draft, objects);
  assumeTargets(draft, objects);
  assumePods(draft, objects);
  assumePriorityClasses(draft, objects);
  assumeStorageClasses(draft, objects);
  assumeNodes(draft, objects);
  resolveNodes(draft, nodeNames(draft, objects));
  const manifests = manifestFiles(objects);
  for (;;) {
    const scenario = scenarioOf(draft, name, objects, manifests);
    const remarks = remarkLines(draft.remarks, ({ file, line }) => `${file.slice(file.lastIndexOf("/") + 1)}:${line}`);
    const text = scenarioText(scenario, [...comments, ...remarks]);
    const files = [{ name: SCENARIO_FILE, text }, ...manifests, ...draft.files];
    const { plans, problems } = loadUnwritten(new Map(files.map((file) => [file.name, file.text])));
    const [plan] = plans;
    if (plan !== undefined) return { files, plan };
    if (!withoutRefused(draft, problems)) {
      draft.problems.push(...problems);
      return { files: [], plan: null };
    }
  }
}

/** Takes out what the loader refuses, entry by entry. @returns whether anything was */
function withoutRefused(draft: Draft, problems: readonly FileProblem[]): boolean {
  const lists = {
    faults: draft.faults,
    actions: draft.actions,
    expect: draft.expect,
    "traffic.services": draft.services,
  };
  let isLess = false;
  for (const [key, list] of Object.entries(lists) as [string, unknown[]][]) {
    const refused = new Map<number, FileProblem>();
    for (const problem of problems) {
      const prefix = `spec.${key}[`;
      if (problem.file !== SCENARIO_FILE || !problem.path.startsWith(prefix)) continue;
      const index = Number.parseInt(problem.path.slice(prefix.length), 10);
      if (!refused.has(index)) refused.set(index, problem);
    }
    for (const [index, { expected, received }] of [...refused].sort(([a], [b]) => b - a)) {
      const [entry] = list.splice(index, 1) as [unknown];
      const id = String((entry as { readonly id?: string } | undefined)?.id ?? "");
      const { object, place, what } = draft.causes.get(id) ?? { object: "", place: null, what: shown(entry) };
      draft.remarks.leftOut(
        what,
        `it would have to be ${expected}${received === "" ? "" : `, not ${received}`}`,
        object,
        place,
      );
      isLess = true;
    }
  }
  return isLess;
}

function nodeNames(draft: Draft, objects: ObjectLists): readonly string[] {
  const pools = draft.nodePools as readonly { readonly name: string; readonly count: number }[];
  return [
    ...(objects.get("nodes") ?? []).map(({ metadata }) => metadata.name),
    ...pools.flatMap(({ count, name }) => Array.from({ length: count }, (_, i) => `${name}-${i}`)),
  ];
}

function scenarioOf(draft: Draft, name: string, objects: ObjectLists, manifests: readonly DraftFile[]): object {
  const isSettled =
    !draft.isTrace && (draft.faults.length > 0 || draft.services.length > 0 || (objects.get("nodes") ?? []).length > 0);
  const micros = Math.max(draft.durationMicros, draft.isTrace ? 0 : DEFAULT_MICROS);
  const controlPlane = {
    ...(draft.isTrace ? { controllerManager: false } : {}),
    ...(draft.schedulerConfiguration === null ? {} : { schedulerConfiguration: draft.schedulerConfiguration }),
    ...(draft.scheduler === null ? {} : { scheduler: draft.scheduler }),
  };
  const some = (list: readonly unknown[], key: string) => (list.length === 0 ? {} : { [key]: list });
  return {
    apiVersion: "kubedrill/v1alpha1",
    kind: "Scenario",
    metadata: { name, ...(draft.description === "" ? {} : { description: draft.description }) },
    spec: {
      seed: 1,
      ...(draft.untilIdle ? { until: "idle" } : { duration: formatDuration(Math.ceil(micros / SECOND) * SECOND) }),
      cluster: {
        ...(isSettled ? { start: "settled" } : {}),
        ...(Object.keys(controlPlane).length === 0 ? {} : { controlPlane }),
        ...some(draft.nodePools, "nodePools"),
        ...some(
          manifests.map((file) => `./${file.name}`),
          "manifests",
        ),
      },
      ...some(draft.workload, "workload"),
      ...(draft.traceSeconds > 0
        ? { reports: { timeseriesStep: `${Math.max(1, Math.ceil(draft.traceSeconds / 1000))}s` } }
        : {}),
      ...(draft.services.length === 0 ? {} : { traffic: { services: draft.services } }),
      ...some(draft.faults, "faults"),
      ...some(draft.actions, "actions"),
      ...some(draft.expect, "expect"),
    },
  };
}

function manifestFiles(objects: ObjectLists): readonly DraftFile[] {
  return [...objects]
    .filter(([, list]) => list.length > 0)
    .map(([list, all]) => ({
      name: `${list.replace(/[A-Z]+/g, (letters) => `-${letters.toLowerCase()}`)}.yaml`,
      text: all.map((object) => toYaml(withVersion(list, object))).join("---\n"),
    }));
}

function withVersion(list: keyof ClusterObjects, object: KubernetesObject): KubernetesObject {
  return { apiVersion: "v1", ...object, kind: object.kind ?? kindOfList(list).kind };
}

// a cluster in which nothing is to run is a mistake in a scenario
function assumePods(draft: Draft, objects: ObjectLists): void {
  if (draft.workload.length > 0 || SOURCES_OF_PODS.some((list) => (objects.get(list) ?? []).length > 0)) return;
  const requests = { cpu: "100m", memory: "128Mi" };
  draft.workload.push({
    pods: { name: "probe", count: 1, shape: { spec: { containers: [{ name: "main", resources: { requests } }] } } },
  });
  draft.remarks.assumed("pods", "the input has none: one small pod that a run may begin with");
}
