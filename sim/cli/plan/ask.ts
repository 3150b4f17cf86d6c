// From options to the ground that a question is asked about, and to the pods that it names.
import { existsSync } from "node:fs";
import { type Ground, groundOfPlan, groundOfState, withoutNodes } from "../../analysis/capacity/ground.ts";
import type { PreemptOptions } from "../../analysis/capacity/preempt.ts";
import { loadCustomPlugins } from "../../batch/custom-plugins.ts";
import { defaultingContext, defaultPod } from "../../model/defaults.ts";
import type { ClusterObjects, KubernetesObject, Pod, PriorityClass } from "../../model/objects.ts";
import type { FileProblem } from "../../model/problem.ts";
import { parseObjectName } from "../../model/resource-names.ts";
import { InputFiles } from "../../scenario/load-files.ts";
import { loadManifests } from "../../scenario/load-manifests.ts";
import { loadShape } from "../../scenario/load-shape.ts";
import type { Plan } from "../../scenario/plan.ts";
import { InputError } from "../failure.ts";
import { isScenario } from "../load-plans.ts";
import { clusterAt, onePlan } from "../moment.ts";
import { formatProblems } from "../problems.ts";
import type { QuestionOptions } from "./question.ts";

export interface Asked {
  readonly plan: Plan;
  readonly ground: Ground;
}

// the loader refuses a cluster without pods, which is a good one to ask about; where no time passes this pod never comes
const NOBODY = { pods: { name: "nobody", at: "1h", count: 1, shape: { spec: { containers: [{ name: "c" }] } } } };

/** @throws InputError for bad input */
export async function groundOf(given: QuestionOptions): Promise<Asked> {
  wholeNumber("arrivals", given.arrivals, 0);
  const plan = onePlan(given.at === undefined && given.arrivals === 0 ? { ...given, workload: [NOBODY] } : given);
  const seed = given.seed ?? plan.seed;
  const customPlugins = await loadCustomPlugins(plan);
  const ground =
    given.at === undefined
      ? groundOfPlan(plan, given.arrivals, customPlugins)
      : groundOfState(plan, await clusterAt(plan, given.at, seed), customPlugins);
  return { plan, ground: { ...ground, seed } };
}

/**
 * The same where nodes are what is asked for: manifests need none.
 *
 * @throws InputError for bad input
 */
export async function groundForNodes(given: QuestionOptions): Promise<Asked> {
  const { machine: _machine, zones: _zones, ...input } = given;
  if (given.files.some(isScenario)) return groundOf(input);
  // the loader wants a node to begin with; it is of no pool that people could have
  const { plan, ground } = await groundOf({ ...input, nodes: 1, machine: "cpu=1,memory=1Gi" });
  const first = new Set(ground.objects.nodes.map(({ metadata }) => metadata.name).filter((name) => name === "node-0"));
  return { plan, ground: withoutNodes(ground, first) };
}

/** @throws InputError */
export function wholeNumber(option: string, value: number | undefined, least: number): void {
  if (value !== undefined && !(Number.isInteger(value) && value >= least))
    throw new InputError(`--${option}: expected a whole number of at least ${least}`);
}

/**
 * A pod as people name it: the file of a pod or of what makes pods, `kind/name` of something in the cluster, or `cpu=1,memory=2Gi`.
 *
 * @throws InputError
 */
export function podNamed(text: string, { objects }: Ground): Pod {
  const context = defaultingContext(objects);
  const problems: FileProblem[] = [];
  const finish = (pod: Pod): Pod =>
    defaultPod(
      { ...pod, metadata: { ...pod.metadata, namespace: pod.metadata.namespace ?? "default" } },
      context,
      ({ expected, received }) => problems.push({ file: text, line: 1, column: 1, path: "spec", expected, received }),
    );
  if (!existsSync(text)) {
    const found = podsLike("--pod", text, objects.pods, (list) => objects[list] as readonly KubernetesObject[]);
    const [first] = found?.pods ?? [];
    if (found !== null && first !== undefined) return { ...first, metadata: { ...first.metadata, name: found.name } };
    if (/^[\w./-]+=/.test(text)) return finish(podOfRequests(text));
  }
  const document = { file: "--pod", value: text, locate: () => ({ file: "--pod", line: 1, column: 1 }) };
  const loaded = loadShape(text, document as never, [], new InputFiles(process.cwd()));
  if (loaded.pod === null) {
    const lines = loaded.problems.map((p) => ({ ...p, path: p.path === "" ? "" : p.path }));
    throw new InputError(formatProblems(lines));
  }
  const pod = finish(loaded.pod);
  if (problems.length > 0) throw new InputError(formatProblems(problems));
  return pod;
}

/** `3*web.yaml`: so many of it. */
export function timesOf(text: string): { readonly times: number; readonly name: string } {
  const [, times = "1", name = ""] = /^(?:(\d+)\*)?(.+)$/.exec(text) ?? [];
  if (Number(times) < 1) throw new InputError(`--pod ${text}: expected at least one of it`);
  return { times: Number(times), name };
}

/**
 * A priority class: a file, the name of one in the cluster, or a priority.
 *
 * @throws InputError
 */
export function classNamed(
  text: string,
  { objects }: Ground,
): Pick<PreemptOptions, "priority" | "className" | "policy"> {
  const of = ({ metadata, value, preemptionPolicy }: PriorityClass) => ({
    priority: value,
    className: metadata.name,
    policy: preemptionPolicy === "Never" ? ("Never" as const) : ("PreemptLowerPriority" as const),
  });
  if (/^-?\d+$/.test(text)) return { priority: Number(text), className: "priority", policy: "PreemptLowerPriority" };
  const known = objects.priorityClasses.find(({ metadata }) => metadata.name === text);
  if (known !== undefined) return of(known);
  const loaded = loadManifests([text]);
  if (loaded.problems.length > 0) throw new InputError(formatProblems(loaded.problems));
  const [only] = loaded.objects.priorityClasses;
  if (only === undefined || loaded.objects.priorityClasses.length > 1)
    throw new InputError(`--class ${text}: expected one PriorityClass, found ${loaded.objects.priorityClasses.length}`);
  return of(only);
}

/**
 * The pods of something in the cluster.
 *
 * @throws InputError
 */
export function podsOfNamed(text: string, { objects }: Ground): readonly Pod[] {
  const found = podsLike("--for", text, objects.pods, (list) => objects[list] as readonly KubernetesObject[]);
  if (found === null) throw new InputError(`--for ${text}: expected kind/name or kind/namespace/name`);
  return found.pods;
}

interface NamedPods {
  readonly name: string;
  readonly pods: readonly Pod[];
}

function podsLike(
  option: string,
  text: string,
  pods: readonly Pod[],
  list: (list: keyof ClusterObjects) => readonly KubernetesObject[],
): NamedPods | null {
  const named = parseObjectName(text);
  if ("expected" in named) return null;
  const keyOf = ({ metadata }: KubernetesObject) => `${metadata.namespace ?? "default"}/${metadata.name}`;
  const isOf = (pod: Pod, owner: KubernetesObject): boolean =>
    pod.metadata.namespace === owner.metadata.namespace &&
    (pod.metadata.ownerReferences ?? []).some((o) => o.controller === true && o.name === owner.metadata.name);
  if (named.list === "pods") {
    const found = pods.find((pod) => keyOf(pod) === named.key);
    if (found === undefined) throw new InputError(`${option} ${text}: there is no such pod`);
    return { name: found.metadata.name, pods: [found] };
  }
  const owner = list(named.list).find((object) => keyOf(object) === named.key);
  if (owner === undefined) throw new InputError(`${option} ${text}: there is no such object`);
  const sets = list("replicaSets").filter((set) => isOf(set as Pod, owner));
  const found = pods.filter((pod) => [owner, ...sets].some((one) => isOf(pod, one)));
  if (found.length === 0) throw new InputError(`${option} ${text}: it has no pods`);
  return { name: owner.metadata.name, pods: found };
}

function podOfRequests(text: string): Pod {
  const requests: Record<string, string> = {};
  for (const part of text.split(",")) {
    const [name = "", amount = ""] = part.split("=");
    if (name === "" || amount === "")
      throw new InputError(`--pod ${text}: expected a file, kind/name, or cpu=1,memory=2Gi`);
    requests[name === "gpu" ? "nvidia.com/gpu" : name] = amount;
  }
  return {
    apiVersion: "v1",
    kind: "Pod",
    metadata: { name: "pod", namespace: "default", labels: {} },
    spec: { containers: [{ name: "main", image: "any", resources: { requests, limits: limitsOf(requests) } }] },
  };
}

// extended resources cannot be asked for without a limit
function limitsOf(requests: Readonly<Record<string, string>>): Record<string, string> {
  return Object.fromEntries(Object.entries(requests).filter(([name]) => name.includes("/")));
}
