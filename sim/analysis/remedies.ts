// The smallest change that would make a pending pod schedulable: asks every filter on every node, not only the first that says
// no, takes the nodes with the fewest objections, and tries what would answer them. A change is offered only after the
// scheduler, asked again with it, found a node.
import type { Pod, Taint, TopologySpreadConstraint } from "../model/objects.ts";
import { CycleState, type Plugin } from "../scheduler/framework.ts";
import type { NodeInfo } from "../scheduler/node-info.ts";
import type { Profile } from "../scheduler/profile.ts";
import type { Scheduler } from "../scheduler/scheduler.ts";
import type { PodInfo } from "../scheduler/shape.ts";
import { tolerated } from "../scheduler/tolerations.ts";

export interface Remedy {
  /** In words, one part per objection: `tolerate taint gpu=yes:NoSchedule`. */
  readonly changes: readonly string[];
  /** A node that would take the pod then. */
  readonly node: string;
}

/** What is said for one plugin's objection on one node; `apply` is null when the change is one of the cluster, not of the pod. */
interface Answer {
  readonly text: string;
  readonly apply: ((pod: Pod) => Pod) | null;
  /** Smaller is less to ask for, between answers of equal number. */
  readonly cost: number;
}

const MOST_SKEW = 1000;
/** Nodes whose objections are answered and tried, fewest objections first. */
const MOST_TRIED = 50;

/**
 * Up to `most` remedies, the smallest first; empty when none was found. The pod must not be on a node.
 *
 * @returns remedies that were verified, or that change the cluster and follow from the numbers alone
 */
export function remedies(scheduler: Scheduler, pod: PodInfo, most: number): Remedy[] {
  const profile = scheduler.profileOf(pod);
  if (profile === undefined) return [];
  const state = new CycleState();
  const preFilter = profile.runPreFilter(state, pod);
  if (preFilter.status !== null) return [];
  const candidates: { readonly node: NodeInfo; readonly answers: readonly Answer[] }[] = [];
  for (const node of scheduler.snapshot.nodes) {
    if (preFilter.nodeNames !== null && !preFilter.nodeNames.has(node.name)) continue;
    const answers = objections(profile, state, pod, node).map((plugin) => answerTo(plugin, profile, pod, node));
    if (answers.length > 0 && answers.every((a) => a !== null)) candidates.push({ node, answers: answers as Answer[] });
  }
  const cost = (answers: readonly Answer[]) => answers.reduce((sum, a) => sum + a.cost, 0);
  candidates.sort(
    (a, b) => a.answers.length - b.answers.length || cost(a.answers) - cost(b.answers) || a.node.slot - b.node.slot,
  );
  const found = new Map<string, Remedy>();
  for (const { node, answers } of candidates.slice(0, MOST_TRIED)) {
    if (found.size >= most) break;
    const changes = answers.map((a) => a.text);
    const key = changes.join("\n");
    if (found.has(key) || !holds(scheduler, pod, answers)) continue;
    found.set(key, { changes, node: node.name });
  }
  return [...found.values()];
}

/** The plugins that reject the node, each asked by itself. */
function objections(profile: Profile, state: CycleState, pod: PodInfo, node: NodeInfo): Plugin[] {
  return profile.filterPlugins.filter(
    (p) => !state.skipFilterPlugins.has(p.name) && (p.filter?.(state, pod, node) ?? null) !== null,
  );
}

/** A change of the pod is tried on the scheduler; one of the cluster is taken from the numbers. */
function holds(scheduler: Scheduler, pod: PodInfo, answers: readonly Answer[]): boolean {
  if (answers.some((a) => a.apply === null)) return true;
  let changed = pod.pod;
  for (const { apply } of answers) if (apply !== null) changed = apply(changed);
  return scheduler.decidePlain(scheduler.snapshot.info(changed)).chosen !== null;
}

function answerTo(plugin: Plugin, profile: Profile, pod: PodInfo, node: NodeInfo): Answer | null {
  switch (plugin.name) {
    case "NodeUnschedulable":
      return { text: `uncordon node ${node.name}`, apply: null, cost: 1 };
    case "TaintToleration":
      return tolerate(pod, node);
    case "NodeAffinity":
      return { text: "drop the pod's nodeSelector and required node affinity", apply: withoutNodeAffinity, cost: 20 };
    case "NodePorts":
      return { text: "drop the pod's host ports", apply: withoutHostPorts, cost: 10 };
    case "NodeResourcesFit":
      return shrink(pod, node);
    case "PodTopologySpread":
      return relaxSpread(plugin, profile, pod, node);
    case "InterPodAffinity":
      return {
        text: "drop the pod's required affinity and anti-affinity to other pods",
        apply: withoutPodAffinity,
        cost: 20,
      };
    default:
      return null;
  }
}

function tolerate(pod: PodInfo, node: NodeInfo): Answer {
  const refused = node.taints.filter((t) => t.effect !== "PreferNoSchedule" && !tolerated(t, pod.shape.tolerations));
  const text = (t: Taint) => `${t.key}${t.value ? `=${t.value}` : ""}:${t.effect}`;
  return {
    text: `tolerate ${refused.length === 1 ? "taint" : "taints"} ${refused.map(text).join(", ")}`,
    apply: (p) => ({
      ...p,
      spec: {
        ...p.spec,
        tolerations: [
          ...(p.spec.tolerations ?? []),
          ...refused.map((t) => ({ key: t.key, operator: "Equal", value: t.value ?? "", effect: t.effect })),
        ],
      },
    }),
    cost: 5 * refused.length,
  };
}

/** What the node lacks, per resource. The pod asks for less, or that much must become free: both say the same number. */
function shrink(pod: PodInfo, node: NodeInfo): Answer | null {
  const lacking: { readonly name: string; readonly amount: number; readonly of: number }[] = [];
  const note = (name: string, wanted: number, free: number) => {
    if (wanted > 0 && wanted > free) lacking.push({ name, amount: wanted - free, of: wanted });
  };
  const r = pod.shape.requests;
  note("cpu", r.cpuMilli, node.allocatableCpuMilli - node.requestedCpuMilli);
  note("memory", r.memoryBytes, node.allocatableMemoryBytes - node.requestedMemoryBytes);
  note("ephemeral-storage", r.ephemeralBytes, node.allocatableEphemeralBytes - node.requestedEphemeralBytes);
  for (const [name, wanted] of r.scalar)
    note(name, wanted, (node.allocatableScalar.get(name) ?? 0) - (node.requestedScalar.get(name) ?? 0));
  if (node.pods.length + 1 > node.allocatablePods) {
    return {
      text: `let node ${node.name} take more than ${node.allocatablePods} pods, or remove one of them`,
      apply: null,
      cost: 30,
    };
  }
  if (lacking.length === 0) return null;
  const parts = lacking.map(({ name, amount, of }) => `${amountText(name, amount)} of ${amountText(name, of)} ${name}`);
  return {
    text: `ask for ${parts.join(" and ")} less`,
    apply: (p) => lessRequests(p, new Map(lacking.map(({ name, amount }) => [name, amount]))),
    cost: lacking.reduce((sum, { amount, of }) => sum + (10 * amount) / of, 0),
  };
}

function amountText(name: string, amount: number): string {
  if (name === "cpu") return `${amount}m`;
  if (name !== "memory" && name !== "ephemeral-storage") return String(amount);
  const mebibytes = amount / (1024 * 1024);
  return `${Number.isInteger(mebibytes) ? mebibytes : Math.ceil(mebibytes)}Mi`;
}

/** Takes the amounts off the pod as a whole, as negative overhead: what the containers share among themselves is theirs to say. */
function lessRequests(pod: Pod, amounts: ReadonlyMap<string, number>): Pod {
  const overhead: Record<string, string> = {};
  for (const [name, amount] of amounts) overhead[name] = name === "cpu" ? `-${amount}m` : `-${amount}`;
  return { ...pod, spec: { ...pod.spec, overhead } };
}

/** The least maxSkew of the constraints on this node's domains with which the plugin lets the pod pass. */
function relaxSpread(plugin: Plugin, profile: Profile, pod: PodInfo, node: NodeInfo): Answer | null {
  const constraints = pod.shape.spreadConstraints;
  if (constraints.length === 0) return null;
  for (let extra = 1; extra <= MOST_SKEW; extra *= 2) {
    const least = passes(plugin, profile, pod, node, extra) ? lowest(plugin, profile, pod, node, extra) : null;
    if (least === null) continue;
    return {
      text: `raise maxSkew of the hard spread constraints by ${least}`,
      apply: (p) => raised(p, least),
      cost: 5 + least,
    };
  }
  return { text: "make the hard spread constraints soft (ScheduleAnyway)", apply: softened, cost: 30 };
}

function lowest(plugin: Plugin, profile: Profile, pod: PodInfo, node: NodeInfo, enough: number): number {
  let least = enough;
  while (least > 1 && passes(plugin, profile, pod, node, least - 1)) least--;
  return least;
}

function passes(plugin: Plugin, profile: Profile, pod: PodInfo, node: NodeInfo, extra: number): boolean {
  const changed = profile.snapshot.info(raised(pod.pod, extra));
  const state = new CycleState();
  plugin.preFilter?.(state, changed, profile.snapshot.nodes);
  return (plugin.filter?.(state, changed, node) ?? null) === null;
}

function mapConstraints(pod: Pod, change: (c: TopologySpreadConstraint) => TopologySpreadConstraint): Pod {
  const topologySpreadConstraints = (pod.spec.topologySpreadConstraints ?? []).map((c) =>
    c.whenUnsatisfiable === "DoNotSchedule" ? change(c) : c,
  );
  return { ...pod, spec: { ...pod.spec, topologySpreadConstraints } };
}

function raised(pod: Pod, extra: number): Pod {
  return mapConstraints(pod, (c) => ({ ...c, maxSkew: c.maxSkew + extra }));
}

function softened(pod: Pod): Pod {
  return mapConstraints(pod, (c) => ({ ...c, whenUnsatisfiable: "ScheduleAnyway" }));
}

function withoutNodeAffinity(pod: Pod): Pod {
  const nodeAffinity = { ...pod.spec.affinity?.nodeAffinity, requiredDuringSchedulingIgnoredDuringExecution: null };
  return { ...pod, spec: { ...pod.spec, nodeSelector: null, affinity: { ...pod.spec.affinity, nodeAffinity } } };
}

function withoutPodAffinity(pod: Pod): Pod {
  const { podAffinity, podAntiAffinity } = pod.spec.affinity ?? {};
  const without = <T extends object>(terms: T | null | undefined) =>
    terms == null ? terms : { ...terms, requiredDuringSchedulingIgnoredDuringExecution: null };
  const affinity = {
    ...pod.spec.affinity,
    podAffinity: without(podAffinity),
    podAntiAffinity: without(podAntiAffinity),
  };
  return { ...pod, spec: { ...pod.spec, affinity } };
}

function withoutHostPorts(pod: Pod): Pod {
  const containers = pod.spec.containers.map((c) => ({
    ...c,
    ports: (c.ports ?? []).map((p) => ({ ...p, hostPort: undefined })),
  }));
  return { ...pod, spec: { ...pod.spec, hostNetwork: false, containers } };
}
