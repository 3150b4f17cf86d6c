// From options to the ground that a question is asked about, and to the pods that it names.
import { existsSync } from "node:fs";
import { type Ground, groundOfPlan, groundOfState, withoutNodes } from "../../analysis/capacity/ground.ts";
import { loadCustomPlugins } from "../../batch/custom-plugins.ts";
import { defaultingContext, defaultPod } from "../../model/defaults.ts";
import type { KubernetesObject, Pod } from "../../model/objects.ts";
import type { FileProblem } from "../../model/problem.ts";
import { parseObjectName } from "../../model/resource-names.ts";
import { InputFiles } from "../../scenario/load-files.ts";
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

/** @throws InputError for bad input */
export async function groundOf(given: QuestionOptions): Promise<Asked> {
  wholeNumber("arrivals", given.arrivals, 0);
  const plan = onePlan(given);
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
    const inCluster = podLike(text, objects.pods, (list) => objects[list] as readonly KubernetesObject[]);
    if (inCluster !== null) return inCluster;
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

function podLike(text: string, pods: readonly Pod[], list: (list: never) => readonly KubernetesObject[]): Pod | null {
  const named = parseObjectName(text);
  if ("expected" in named) return null;
  const keyOf = ({ metadata }: KubernetesObject) => `${metadata.namespace ?? "default"}/${metadata.name}`;
  const isOf = (pod: Pod, owner: KubernetesObject): boolean =>
    pod.metadata.namespace === owner.metadata.namespace &&
    (pod.metadata.ownerReferences ?? []).some((o) => o.controller === true && o.name === owner.metadata.name);
  if (named.list === "pods") {
    const found = pods.find((pod) => keyOf(pod) === named.key);
    if (found === undefined) throw new InputError(`--pod ${text}: there is no such pod`);
    return found;
  }
  const owner = list(named.list as never).find((object) => keyOf(object) === named.key);
  if (owner === undefined) throw new InputError(`--pod ${text}: there is no such object`);
  const sets = list("replicaSets" as never).filter((set) => isOf(set as Pod, owner));
  const found = pods.find((pod) => [owner, ...sets].some((one) => isOf(pod, one)));
  if (found === undefined) throw new InputError(`--pod ${text}: it has no pods`);
  return { ...found, metadata: { ...found.metadata, name: owner.metadata.name } };
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
