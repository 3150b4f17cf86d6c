// What stands in the way of the pod that found no place: which filters say no, on how many nodes, over which resource; and the smallest change
// that would let it in, each verified by the scheduler.
import type { Status } from "../../scheduler/framework.ts";
import type { NodeInfo } from "../../scheduler/node-info.ts";
import type { Scheduler } from "../../scheduler/scheduler.ts";
import type { PodInfo } from "../../scheduler/shape.ts";
import { noProfileFor } from "../decision.ts";
import { otherSchedulers, type Remedy, remedies } from "../remedies.ts";
import { typeAfter } from "./node-type.ts";

export interface Constraint {
  /** The filter. */
  readonly plugin: string;
  /** In the scheduler's words, such as `Insufficient cpu`. */
  readonly reason: string;
  /** What is short, where it is a resource; "" otherwise. */
  readonly resource: string;
  readonly nodes: number;
  /** One of them. */
  readonly example: string;
}

export interface Binding {
  /** namespace/name */
  readonly pod: string;
  /** As the FailedScheduling event says it. */
  readonly message: string;
  /** The one that decides first. */
  readonly constraints: readonly Constraint[];
  /** The smallest first. */
  readonly changes: readonly Remedy[];
}

const MOST_CHANGES = 3;
const MOST_KINDS = 20;
const NOTHING_LEFT = /(?:for|and) (\S+) of \1 /;
const HOSTNAME = "kubernetes.io/hostname";

/** The pod must have no node, and the snapshot must be as it was when it was refused. */
export function bindingOf(scheduler: Scheduler, pod: PodInfo, message: string): Binding {
  if (noProfileFor(scheduler, pod) !== null)
    return { pod: pod.key, message, constraints: [], changes: otherSchedulers(scheduler, pod) };
  const { statuses, preFilter } = scheduler.decidePlain(pod);
  const said: { readonly node: string; readonly status: Status }[] = [];
  if (preFilter?.status != null) said.push({ node: "", status: preFilter.status });
  else
    for (const { name } of scheduler.snapshot.nodes) {
      const status = statuses.byNode.get(name) ?? statuses.absent;
      if (status !== null) said.push({ node: name, status });
    }
  const byReason = new Map<string, { constraint: Constraint; nodes: number; isFixed: boolean }>();
  for (const { node, status } of said)
    for (const reason of status.reasons) {
      const key = `${status.plugin}\n${reason}`;
      const known = byReason.get(key);
      if (known !== undefined) known.nodes++;
      else
        byReason.set(key, {
          constraint: { plugin: status.plugin, reason, resource: resourceOf(reason), nodes: 0, example: node },
          nodes: 1,
          isFixed: status.code === "UnschedulableAndUnresolvable",
        });
    }
  // nodes that could take the pod if they were emptier say more than those that never will
  const constraints = [...byReason.values()]
    .sort((a, b) => Number(a.isFixed) - Number(b.isFixed) || b.nodes - a.nodes)
    .map(({ constraint, nodes }) => ({
      ...constraint,
      nodes: preFilter?.status != null ? scheduler.snapshot.nodeCount : nodes,
    }));
  // to ask for nothing at all is no answer
  const changes = remedies(scheduler, pod, MOST_CHANGES).filter(
    ({ changes: parts }) => !parts.some((text) => NOTHING_LEFT.test(text)),
  );
  return { pod: pod.key, message, constraints, changes: [...changes, ...oneMoreNode(scheduler, pod)] };
}

/** A further node of a kind that is there and that would take the pod; the smallest kind. */
function oneMoreNode(scheduler: Scheduler, pod: PodInfo): Remedy[] {
  const { snapshot } = scheduler;
  const kinds = new Map<string, NodeInfo>();
  for (const node of snapshot.nodes) {
    const { [HOSTNAME]: _, ...labels } = node.labels;
    const key = JSON.stringify([labels, node.taints, node.node.status?.allocatable, node.unschedulable]);
    if (!kinds.has(key)) kinds.set(key, node);
  }
  const models = [...kinds.values()].sort(
    (a, b) =>
      a.allocatableCpuMilli - b.allocatableCpuMilli ||
      a.allocatableMemoryBytes - b.allocatableMemoryBytes ||
      a.slot - b.slot,
  );
  for (const model of models.slice(0, MOST_KINDS)) {
    const [node] = typeAfter(model.name, [model.node]).nodes(1);
    if (node === undefined || snapshot.node(node.metadata.name) !== undefined) continue;
    snapshot.addNode(node);
    const { chosen } = scheduler.decidePlain(pod);
    snapshot.removeNode(node.metadata.name);
    if (chosen?.name === node.metadata.name) {
      const { cpu, memory } = node.status?.allocatable ?? {};
      return [{ changes: [`add one node like ${model.name} (cpu ${cpu}, memory ${memory})`], node: chosen.name }];
    }
  }
  return [];
}

function resourceOf(reason: string): string {
  if (reason === "Too many pods") return "pods";
  return /^Insufficient (\S+)/.exec(reason)?.[1] ?? "";
}
