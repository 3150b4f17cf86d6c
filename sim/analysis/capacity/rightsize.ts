// Rightsizing: containers get other requests, and all pods are placed anew by the scheduler, before and after. Says what fits, what is asked for, and
// how many nodes it then takes. Whether the new requests are enough for what the containers use is not asked here.
import type { Container, KubernetesObject, Pod, PodSpec, Quantity } from "../../model/objects.ts";
import { type Amounts, addTo, amountText, requestsOf } from "./amounts.ts";
import type { Answer, Cell } from "./answer.ts";
import { type Binding, bindingOf } from "./binding.ts";
import { emptied, type Ground } from "./ground.ts";
import { type Shrinking, shrink } from "./shrink.ts";
import { Trial } from "./trial.ts";

export interface Recommendation {
  readonly namespace: string;
  /** Of the workload: Deployment, StatefulSet … */
  readonly kind: string;
  readonly name: string;
  /** "*" = all of its containers. */
  readonly container: string;
  readonly requests: Readonly<Record<string, Quantity>>;
}

export interface Side {
  readonly placed: number;
  readonly pending: readonly string[];
  readonly requests: ReadonlyMap<string, number>;
  readonly shrinking: Shrinking;
  readonly binding: Binding | null;
}

export interface Rightsizing {
  readonly before: Side;
  readonly after: Side;
  readonly changes: readonly Change[];
  /** Recommendations that no pod goes by. */
  readonly unused: readonly Recommendation[];
}

export interface Change {
  readonly workload: string;
  readonly pods: number;
  readonly before: ReadonlyMap<string, number>;
  readonly after: ReadonlyMap<string, number>;
}

export function rightsize(
  ground: Ground,
  list: readonly Recommendation[],
  orders: number,
  mostPending: number,
): Rightsizing {
  const used = new Set<Recommendation>();
  const ownerOf = owners(ground);
  const specs = new Map<PodSpec, PodSpec>();
  const changes = new Map<string, { pods: number; before: Pod; after: Pod }>();
  const pods = ground.objects.pods.map((pod) => {
    const workload = ownerOf(pod);
    if (workload === null) return pod;
    const known = specs.get(pod.spec);
    const own = known === undefined ? list.filter((one) => keyOf(one) === workload) : [];
    for (const one of own) used.add(one);
    const spec = known ?? withRequests(pod.spec, own);
    specs.set(pod.spec, spec);
    if (spec === pod.spec) return pod;
    const after: Pod = { ...pod, spec };
    const change = changes.get(workload);
    if (change === undefined) changes.set(workload, { pods: 1, before: pod, after });
    else change.pods++;
    return after;
  });
  const changed: Ground = { ...ground, objects: { ...ground.objects, pods } };
  const { snapshot } = new Trial(ground);
  return {
    before: sideOf(ground, orders, mostPending),
    after: sideOf(changed, orders, mostPending),
    changes: [...changes].map(([workload, { pods: number, before, after }]) => ({
      workload,
      pods: number,
      before: requestsOf(snapshot.info(before).shape),
      after: requestsOf(snapshot.info(after).shape),
    })),
    unused: list.filter((one) => !used.has(one)),
  };
}

function sideOf(ground: Ground, orders: number, mostPending: number): Side {
  const trial = new Trial(emptied(ground));
  const { placed, unplaced } = trial.settle();
  const requests: Amounts = new Map();
  for (const pod of ground.objects.pods) addTo(requests, requestsOf(trial.snapshot.info(pod).shape));
  const [refused] = unplaced;
  return {
    placed,
    pending: unplaced.map(({ pod }) => pod.key),
    requests,
    shrinking: shrink(ground, { orders, mostPending, inPlace: false }),
    binding: refused === undefined ? null : bindingOf(trial.scheduler, refused.pod, refused.message),
  };
}

function keyOf({ kind, namespace, name }: Pick<Recommendation, "kind" | "namespace" | "name">): string {
  return `${kind}/${namespace}/${name}`;
}

/** The workload that a pod belongs to, through its ReplicaSet, as `Kind/namespace/name`. */
function owners({ objects }: Ground): (pod: Pod) => string | null {
  const controllerOf = ({ metadata }: KubernetesObject) => metadata.ownerReferences?.find((o) => o.controller === true);
  const sets = new Map(objects.replicaSets.map((set) => [`${set.metadata.namespace}/${set.metadata.name}`, set]));
  return (pod) => {
    const { namespace = "default" } = pod.metadata;
    const owner = controllerOf(pod);
    if (owner === undefined) return null;
    const set = owner.kind === "ReplicaSet" ? sets.get(`${namespace}/${owner.name}`) : undefined;
    const top = (set === undefined ? undefined : controllerOf(set)) ?? owner;
    return keyOf({ kind: top.kind, namespace, name: top.name });
  };
}

/** Requests that are named are replaced; limits play no part in scheduling. */
function withRequests(spec: PodSpec, list: readonly Recommendation[]): PodSpec {
  if (list.length === 0) return spec;
  const change = (container: Container): Container => {
    const own = list.filter(({ container: name }) => name === "*" || name === container.name);
    if (own.length === 0) return container;
    const requests = Object.assign({ ...container.resources?.requests }, ...own.map((one) => one.requests));
    return { ...container, resources: { ...container.resources, requests } };
  };
  return { ...spec, containers: spec.containers.map(change) };
}

export function answerRightsize(
  ground: Ground,
  list: readonly Recommendation[],
  options: { readonly orders: number; readonly mostPending: number; readonly require?: boolean },
): Answer {
  const found = rightsize(ground, list, options.orders, options.mostPending);
  const { before, after, changes, unused } = found;
  const nodesText = ({ shrinking }: Side) =>
    shrinking.p90 === null ? "more nodes than there are" : `${shrinking.p90} node${shrinking.p90 === 1 ? "" : "s"}`;
  const total = (side: Side, name: string) => amountText(name, side.requests.get(name) ?? 0);
  const fits = after.pending.length === 0;
  return {
    question: "rightsize",
    answer: `With the new requests ${fits ? "all pods fit" : `${after.pending.length} pods stay pending`}, and they need ${nodesText(after)} in place of ${nodesText(before)}.`,
    values: {
      pods_changed: changes.reduce((sum, { pods }) => sum + pods, 0),
      pending_before: before.pending.length,
      pending_after: after.pending.length,
      nodes: before.shrinking.nodes,
      nodes_needed_p90_before: before.shrinking.p90,
      nodes_needed_p90_after: after.shrinking.p90,
      cpu_m_before: before.requests.get("cpu") ?? 0,
      cpu_m_after: after.requests.get("cpu") ?? 0,
      mem_b_before: before.requests.get("memory") ?? 0,
      mem_b_after: after.requests.get("memory") ?? 0,
    },
    table: {
      columns: ["workload", "pods", "cpu before", "cpu after", "memory before", "memory after"],
      rows: changes.map(({ workload, pods, before: was, after: is }): Cell[] => [
        workload,
        pods,
        ...["cpu", "memory"].flatMap((name) => [
          amountText(name, was.get(name) ?? 0),
          amountText(name, is.get(name) ?? 0),
        ]),
      ]),
    },
    reasoning: [
      "All pods were placed anew by the scheduler, with the old requests and with the new ones.",
      `In all they ask for ${total(after, "cpu")} cpu and ${total(after, "memory")} memory, in place of ${total(before, "cpu")} and ${total(before, "memory")}.`,
      `Nodes needed: the 90th percentile over ${options.orders} random orders of removing nodes (see plan shrink).`,
      ...unused.map((one) => `No pod goes by the recommendation for ${keyOf(one)}, container ${one.container}.`),
    ],
    // where all fit: of what keeps the nodes from being fewer
    binding: after.binding ?? after.shrinking.binding,
    met: options.require === true ? fits : null,
  };
}
