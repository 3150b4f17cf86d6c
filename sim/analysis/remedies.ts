// The smallest change that would make a pending pod schedulable: asks every filter on every node, not only the first that says
// no, takes the nodes with the fewest objections, and tries what would answer them. A change is offered only after the
// scheduler, asked again with it, found a node.
import type { Pod, Quantity, Taint, TopologySpreadConstraint } from "../model/objects.ts";
import { milliValue, value } from "../model/quantity.ts";
import { CycleState, type Plugin } from "../scheduler/framework.ts";
import type { NodeInfo } from "../scheduler/node-info.ts";
import type { Profile } from "../scheduler/profile.ts";
import type { Scheduler } from "../scheduler/scheduler.ts";
import type { PodInfo } from "../scheduler/shape.ts";
import { tolerated } from "../scheduler/tolerations.ts";
import { gpuAnswers } from "./gpu-remedies.ts";

export interface Remedy {
  /** In words, one part per objection: `tolerate taint gpu=yes:NoSchedule`. */
  readonly changes: readonly string[];
  /** A node that would take the pod then. */
  readonly node: string;
}

/** What one plugin has against one node. */
interface Objection {
  readonly plugin: string;
  readonly reasons: readonly string[];
}

/** What would answer an objection, or a part of it. */
interface Answer {
  readonly text: string;
  /** The pod with the change; null when it is one of the cluster. */
  readonly apply: ((pod: Pod) => Pod) | null;
  /** What a change of the cluster does away with. */
  readonly reasons?: readonly string[];
  /** Smaller is less to ask for, between answers of equal number. */
  readonly cost: number;
}

const MOST_SKEW = 1000;
const TOO_MANY_PODS = "Too many pods";
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
  const spread = new SpreadTrials(profile, pod);
  const candidates: { readonly node: NodeInfo; readonly answers: readonly Answer[] }[] = [];
  for (const node of scheduler.snapshot.nodes) {
    if (preFilter.nodeNames !== null && !preFilter.nodeNames.has(node.name)) continue;
    const answers = objections(profile, state, pod, node).map((objection) => answersTo(objection, spread, pod, node));
    if (answers.length > 0 && answers.every((list) => list.length > 0))
      candidates.push({ node, answers: answers.flat() });
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
    if (found.has(key) || !holds(scheduler, pod, node, answers)) continue;
    found.set(key, { changes, node: node.name });
  }
  return [...found.values()];
}

/** What the plugins that reject the node have against it, each asked by itself. */
function objections(profile: Profile, state: CycleState, pod: PodInfo, node: NodeInfo): Objection[] {
  const found: Objection[] = [];
  for (const plugin of profile.filterPlugins) {
    if (state.skipFilterPlugins.has(plugin.name)) continue;
    const said = plugin.filter?.(state, pod, node) ?? null;
    if (said !== null) found.push({ plugin: plugin.name, reasons: said.reasons });
  }
  return found;
}

/**
 * A change of the pod is tried on the scheduler. With one of the cluster, the changed pod must leave only those objections
 * on the node that the cluster's change answers.
 */
function holds(scheduler: Scheduler, pod: PodInfo, node: NodeInfo, answers: readonly Answer[]): boolean {
  let changed = pod.pod;
  for (const { apply } of answers) if (apply !== null) changed = apply(changed);
  const info = scheduler.snapshot.info(changed);
  const answered = new Set(answers.flatMap((a) => a.reasons ?? []));
  if (answered.size === 0) return scheduler.decidePlain(info).chosen !== null;
  const profile = scheduler.profileOf(info) as Profile;
  const state = new CycleState();
  if (profile.runPreFilter(state, info).status !== null) return false;
  return objections(profile, state, info, node).every(({ reasons }) => reasons.every((r) => answered.has(r)));
}

/** For a pod that no profile is responsible for: the profiles that would find it a node. */
export function otherSchedulers(scheduler: Scheduler, pod: PodInfo): Remedy[] {
  const found: Remedy[] = [];
  for (const schedulerName of scheduler.profiles.keys()) {
    const changed = scheduler.snapshot.info({ ...pod.pod, spec: { ...pod.pod.spec, schedulerName } });
    const { chosen } = scheduler.decidePlain(changed);
    if (chosen !== null) found.push({ changes: [`set schedulerName to ${schedulerName}`], node: chosen.name });
  }
  return found;
}

/** Empty when nothing is known that would answer it. */
function answersTo({ plugin, reasons }: Objection, spread: SpreadTrials, pod: PodInfo, node: NodeInfo): Answer[] {
  switch (plugin) {
    case "NodeUnschedulable":
      return [{ text: `uncordon node ${node.name}`, apply: null, reasons, cost: 1 }];
    case "TaintToleration":
      return [tolerate(pod, node)];
    case "NodeAffinity":
      return [{ text: "drop the pod's nodeSelector and required node affinity", apply: withoutNodeAffinity, cost: 20 }];
    case "NodePorts":
      return [{ text: "drop the pod's host ports", apply: withoutHostPorts, cost: 10 }];
    case "NodeResourcesFit":
      return [...morePods(reasons, node), ...shrink(reasons, pod, node)];
    case "PodTopologySpread":
      return relaxSpread(spread, node);
    case "InterPodAffinity":
      return [
        {
          text: "drop the pod's required affinity and anti-affinity to other pods",
          apply: withoutPodAffinity,
          cost: 20,
        },
      ];
    case "GpuShare":
      return [...gpuAnswers(pod, node)];
    default:
      return [];
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

function morePods(reasons: readonly string[], node: NodeInfo): Answer[] {
  if (!reasons.includes(TOO_MANY_PODS)) return [];
  const text = `let node ${node.name} take more than ${node.allocatablePods} pods, or remove one of them`;
  return [{ text, apply: null, reasons: [TOO_MANY_PODS], cost: 30 }];
}

/** What the node lacks, per resource. The pod asks for less, or that much must become free: both say the same number. */
function shrink(reasons: readonly string[], pod: PodInfo, node: NodeInfo): Answer[] {
  const lacking: { readonly name: string; readonly amount: number; readonly of: number }[] = [];
  const note = (name: string, wanted: number, free: number) => {
    // on an overcommitted node nothing may be asked for
    if (reasons.includes(`Insufficient ${name}`))
      lacking.push({ name, amount: Math.min(wanted, wanted - free), of: wanted });
  };
  const r = pod.shape.requests;
  note("cpu", r.cpuMilli, node.allocatableCpuMilli - node.requestedCpuMilli);
  note("memory", r.memoryBytes, node.allocatableMemoryBytes - node.requestedMemoryBytes);
  note("ephemeral-storage", r.ephemeralBytes, node.allocatableEphemeralBytes - node.requestedEphemeralBytes);
  for (const [name, wanted] of r.scalar)
    note(name, wanted, (node.allocatableScalar.get(name) ?? 0) - (node.requestedScalar.get(name) ?? 0));
  if (lacking.length === 0) return [];
  const parts = lacking.map(({ name, amount, of }) => `${amountText(name, amount)} of ${amountText(name, of)} ${name}`);
  return [
    {
      text: `ask for ${parts.join(" and ")} less`,
      apply: (p) => lessRequests(p, new Map(lacking.map(({ name, amount }) => [name, amount]))),
      cost: lacking.reduce((sum, { amount, of }) => sum + (10 * amount) / of, 0),
    },
  ];
}

function amountText(name: string, amount: number): string {
  if (name === "cpu") return `${amount}m`;
  if (name !== "memory" && name !== "ephemeral-storage") return String(amount);
  const mebibytes = amount / (1024 * 1024);
  return `${Number.isInteger(mebibytes) ? mebibytes : Math.ceil(mebibytes)}Mi`;
}

/** Takes the amounts off the pod as a whole, through its overhead: what the containers share among themselves is theirs to say. */
function lessRequests(pod: Pod, amounts: ReadonlyMap<string, number>): Pod {
  const overhead: Record<string, Quantity> = { ...pod.spec.overhead };
  for (const [name, amount] of amounts) {
    const before = overhead[name] ?? 0;
    overhead[name] = name === "cpu" ? `${milliValue(before) - amount}m` : `${value(before) - amount}`;
  }
  return { ...pod, spec: { ...pod.spec, overhead } };
}

/** The least maxSkew of the constraints on this node's domains with which the plugin lets the pod pass. */
function relaxSpread(spread: SpreadTrials, node: NodeInfo): Answer[] {
  if (!spread.hasOwnConstraints) return [];
  let enough = 1;
  while (enough < MOST_SKEW && !spread.passes(node, enough)) enough *= 2;
  if (!spread.passes(node, enough))
    return [{ text: "make the hard spread constraints soft (ScheduleAnyway)", apply: softened, cost: 30 }];
  // between the last power of two that was too little and the first that was enough
  let low = enough >> 1;
  let high = enough;
  while (high - low > 1) {
    const middle = (low + high) >> 1;
    if (spread.passes(node, middle)) high = middle;
    else low = middle;
  }
  const text = `raise maxSkew of the hard spread constraints by ${high}`;
  return [{ text, apply: (p) => raised(p, high), cost: 5 + high }];
}

/** Tries PodTopologySpread with a greater maxSkew; what it counts over all nodes is counted once per skew. */
class SpreadTrials {
  private readonly plugin: Plugin | undefined;
  private readonly profile: Profile;
  private readonly pod: PodInfo;
  private readonly trials = new Map<number, { readonly info: PodInfo; readonly state: CycleState }>();

  constructor(profile: Profile, pod: PodInfo) {
    this.plugin = profile.filterPlugins.find((p) => p.name === "PodTopologySpread");
    this.profile = profile;
    this.pod = pod;
  }

  get hasOwnConstraints(): boolean {
    return this.pod.shape.spreadConstraints.length > 0;
  }

  passes(node: NodeInfo, extra: number): boolean {
    const { plugin, profile } = this;
    let trial = this.trials.get(extra);
    if (trial === undefined) {
      trial = { info: profile.snapshot.info(raised(this.pod.pod, extra)), state: new CycleState() };
      plugin?.preFilter?.(trial.state, trial.info, profile.snapshot.nodes);
      this.trials.set(extra, trial);
    }
    return (plugin?.filter?.(trial.state, trial.info, node) ?? null) === null;
  }
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
