// The answer of `kubedrill explain` as text or JSON.
import { noProfileFor } from "../analysis/decision.ts";
import { type Explanation, explain } from "../analysis/explain.ts";
import { podRemarks, podsOf, workloadRemarks } from "../analysis/pod-remarks.ts";
import { AttemptQueue, schedulerOf } from "../analysis/replay.ts";
import { loadCustomPlugins } from "../batch/custom-plugins.ts";
import { stateAt } from "../cluster.ts";
import { formatDuration, parseDurationMicros } from "../engine/tick.ts";
import { WORKLOAD_KINDS } from "../metrics/workload-recorder.ts";
import { type ClusterObjects, noObjects, type Pod, type Workload } from "../model/objects.ts";
import { nearest } from "../model/problem.ts";
import { type ListObjects, notFound } from "../printers/get.ts";
import { ResourceNames } from "../printers/resource-names.ts";
import type { ReferenceCase } from "../scenario/reference-case.ts";
import type { Scheduler } from "../scheduler/scheduler.ts";
import { InputError } from "./failure.ts";
import type { InputOptions } from "./load-plans.ts";
import { readInput } from "./read-case.ts";
import { bold, renderTable } from "./table.ts";

export interface ExplainOptions {
  readonly at: string | undefined;
  readonly seed: string | undefined;
  readonly top: number;
  readonly output: "text" | "json";
  readonly namespace?: string;
}

const NAMES = new ResourceNames(Object.keys(noObjects()) as (keyof ClusterObjects)[]);

interface Scene {
  readonly scheduler: Scheduler;
  readonly pods: readonly Pod[];
  /** null where no time passes. */
  readonly nowMicros: number | null;
  /** What the API server stores; null where there is none. */
  readonly list: ListObjects | null;
}

const WORKLOADS: ReadonlySet<string> = new Set(WORKLOAD_KINDS);

/** @throws InputError for bad input and for a pod or workload that is not there */
export async function answerExplain(name: string, input: InputOptions, options: ExplainOptions): Promise<string> {
  if (!(Number.isInteger(options.top) && options.top > 0))
    throw new InputError("--top: expected a whole number of at least 1");
  const scene = await sceneOf(input, options);
  const { pod, remarks } = subjectOf(scene, name, options.namespace);
  if (pod === null) {
    if (options.output === "json") return `${JSON.stringify({ at_us: scene.nowMicros, remarks }, null, 1)}\n`;
    return `${remarks.join("\n")}\n`;
  }
  if (scene.list !== null && scene.nowMicros !== null)
    remarks.push(...podRemarks(pod, { list: scene.list, nowMicros: scene.nowMicros }));
  const explanation = explain(scene.scheduler, pod, options.top);
  if (options.output === "json")
    return `${JSON.stringify({ at_us: scene.nowMicros, ...explanation, remarks }, null, 1)}\n`;
  return textOf(explanation, scene.nowMicros, remarks);
}

/** A pod by `name`, `namespace/name` or `pod/name`; a workload by `kind/name`, of which the first pod that is not ready is looked at. */
function subjectOf(scene: Scene, name: string, namespace: string | undefined): { pod: Pod | null; remarks: string[] } {
  const [word = "", rest, ...more] = name.split("/");
  const resource = rest === undefined || more.length > 0 ? undefined : NAMES.find(word);
  // a namespace may be called like a kind
  const isNamespace = scene.pods.some(({ metadata }) => (metadata.namespace ?? "default") === word);
  if (rest === undefined || resource === undefined || (isNamespace && resource.list === "pods"))
    return { pod: findPod(scene.pods, within(name, namespace), scene.nowMicros), remarks: [] };
  if (resource.list === "pods")
    return { pod: findPod(scene.pods, within(rest, namespace), scene.nowMicros), remarks: [] };
  const { list, nowMicros } = scene;
  if (!WORKLOADS.has(resource.list) || list === null || nowMicros === null)
    throw new InputError(`explain is about pods and what makes pods, not about ${resource.plural}`);
  const found = list(resource.list).filter(
    ({ metadata }) => metadata.name === rest && (namespace === undefined || metadata.namespace === namespace),
  );
  const [workload] = found as readonly Workload[];
  if (workload === undefined) throw new InputError(notFound(resource, rest));
  if (found.length > 1) throw new InputError(`${found.length} ${resource.plural} are named ${rest}: say which with -n`);
  const pods = podsOf(workload, { list, nowMicros });
  const isReady = (pod: Pod) => pod.status?.conditions?.some((of) => of.type === "Ready" && of.status === "True");
  const pod = pods.find((candidate) => isReady(candidate) !== true) ?? pods[0] ?? null;
  return { pod, remarks: workloadRemarks(resource.kind, workload, { list, nowMicros }) };
}

function within(name: string, namespace: string | undefined): string {
  return namespace === undefined || name.includes("/") ? name : `${namespace}/${name}`;
}

async function sceneOf(input: InputOptions, options: ExplainOptions): Promise<Scene> {
  const read = readInput(input);
  const atMicros = options.at === undefined || options.at === "end" ? null : parseDurationMicros(options.at);
  if (atMicros === undefined) throw new InputError(`--at ${options.at}: expected a time such as 90s, 5m or 1h30m`);
  if (read.kind === "case") {
    if (atMicros !== null) throw new InputError("--at: no time passes in a reference case");
    const [only] = read.cases;
    if (only === undefined || read.cases.length > 1)
      throw new InputError(`expected one reference case, found ${read.cases.length}`);
    return sceneOfCase(only);
  }
  const { plan } = read;
  if (atMicros !== null && plan.durationMicros !== null && atMicros > plan.durationMicros) {
    throw new InputError(`--at ${options.at}: the run ends after ${formatDuration(plan.durationMicros)}`);
  }
  const state = stateAt(plan, options.seed ?? plan.seed, atMicros, { customPlugins: await loadCustomPlugins(plan) });
  return { ...state, list: (list) => state.list(list) };
}

/** The case after all its pods were tried. */
function sceneOfCase(referenceCase: ReferenceCase): Scene {
  const scheduler = schedulerOf(referenceCase, { plain: false });
  const { snapshot } = scheduler;
  const queue = new AttemptQueue(referenceCase, snapshot);
  const nodeOf = new Map<string, string>();
  for (let next = queue.next(); next !== undefined; next = queue.next()) {
    if (noProfileFor(scheduler, next.pod) !== null) continue;
    if (next.attempt === 1 && scheduler.preEnqueue(next.pod) !== null) continue;
    const attempt = scheduler.attempt(next.pod);
    for (const victim of attempt.victims) nodeOf.delete(victim.key);
    if (attempt.nodeName !== null) nodeOf.set(next.pod.key, attempt.nodeName);
    queue.done(next, attempt.victims, attempt.nominatedNodeName, attempt.outcome === "scheduled");
  }
  const placed = (pod: Pod): Pod => {
    const nodeName = nodeOf.get(snapshot.info(pod).key);
    return nodeName === undefined ? pod : { ...pod, spec: { ...pod.spec, nodeName } };
  };
  return {
    scheduler,
    pods: [...referenceCase.objects.pods, ...referenceCase.pending.map(placed)],
    nowMicros: null,
    list: null,
  };
}

function findPod(pods: readonly Pod[], name: string, nowMicros: number | null): Pod {
  const keyOf = (p: Pod) => `${p.metadata.namespace ?? "default"}/${p.metadata.name}`;
  const found = pods.filter((p) => keyOf(p) === name || p.metadata.name === name);
  const [first] = found;
  const when = nowMicros === null ? "" : ` at ${formatDuration(nowMicros)}`;
  if (first === undefined) {
    const near =
      nearest(name, pods.map(keyOf)) ??
      nearest(
        name,
        pods.map((p) => p.metadata.name),
      ) ??
      pods.map(keyOf).find((key) => key.startsWith(name) || key.includes(`/${name}`));
    throw new InputError(
      `no pod ${name}${when}${near === undefined ? "" : `: did you mean ${near}?`} (${pods.length} pods are there)`,
    );
  }
  if (found.length > 1)
    throw new InputError(
      `${found.length} pods are named ${name}: say which, such as ${found.slice(0, 3).map(keyOf).join(" or ")}`,
    );
  return first;
}

function textOf(e: Explanation, nowMicros: number | null, remarks: readonly string[]): string {
  const when = nowMicros === null ? "" : ` at ${formatDuration(nowMicros)}`;
  const lines: string[] = [];
  if (e.node !== null) lines.push(`${bold(e.pod)} is on ${bold(e.node)} (${e.phase})${when}.`);
  else lines.push(`${bold(e.pod)} has no node (${e.phase})${when}.`);
  lines.push(...remarks);
  if (e.gate !== null) lines.push(`It may not be scheduled yet: ${e.gate}`);
  if (e.choice === null) lines.push(`No node would take it now: ${e.message}`);
  else if (e.node === null)
    lines.push(`The scheduler would now take ${e.choice}: ${e.feasibleNodes} of ${e.nodes} nodes are feasible.`);
  else if (e.choice === e.node)
    lines.push(`The scheduler would choose the same node again; ${e.feasibleNodes} of ${e.nodes} nodes are feasible.`);
  else
    lines.push(
      `As the cluster is now, the scheduler would choose ${e.choice} instead; ${e.feasibleNodes} of ${e.nodes} nodes are feasible.`,
    );
  if (e.ranking.length > 0) {
    const plugins = Object.keys(e.ranking[0]?.scores ?? {});
    const rows = e.ranking.map((n) => [
      n.node,
      String(n.total),
      ...plugins.map((plugin) => String(n.scores[plugin] ?? 0)),
    ]);
    const head = ["NODE", "TOTAL", ...plugins];
    lines.push(
      "",
      "Best nodes, with weighted scores per plugin:",
      renderTable(rows, { head, align: head.map((_, i) => (i === 0 ? "left" : "right")) }),
    );
  }
  if (e.rejections.length > 0) {
    const rows = e.rejections.map((r) => [
      r.plugin,
      r.reasons.join("; "),
      String(r.nodes),
      r.nodes > r.examples.length ? `${r.examples.join(", ")} …` : r.examples.join(", "),
    ]);
    lines.push(
      "",
      "Rejected:",
      renderTable(rows, { head: ["PLUGIN", "REASONS", "NODES", "SUCH AS"], align: ["left", "left", "right", "left"] }),
    );
  }
  if (e.choice === null && e.gate === null) {
    lines.push(
      "",
      e.remedies.length === 0
        ? "No single change of the pod was found that would help."
        : "Smallest changes that would make it schedulable:",
    );
    for (const remedy of e.remedies) lines.push(`- ${remedy.changes.join(", and ")} (then ${remedy.node} takes it)`);
  }
  return `${lines.join("\n")}\n`;
}
