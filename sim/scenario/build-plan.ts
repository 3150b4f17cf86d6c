// Builds the plan of one variant piece by piece. A piece that the schema found fault with is passed over, all others are
// built, so that the mistakes in the files they name are found as well.

import type { Distribution } from "../engine/distributions.ts";
import { SECOND } from "../engine/tick.ts";
import type { ActionPlan } from "../model/action-plan.ts";
import type { NodeGroupPlan } from "../model/autoscaler-plan.ts";
import { checkLabels } from "../model/check-objects.ts";
import { checkTaint } from "../model/check-pod.ts";
import { defaultingContext } from "../model/defaults.ts";
import { daemonPodsOf, isOfCronJobs } from "../model/expand.ts";
import type { Expectation } from "../model/expectation/syntax.ts";
import type { FaultPlan } from "../model/fault-plan.ts";
import { type IgnoredKind, ManifestCollector, type Manifests } from "../model/manifests.ts";
import type { ClusterObjects, Node, Pod } from "../model/objects.ts";
import type { FileProblem, Path, Problem } from "../model/problem.ts";
import type { SchedulerConfiguration } from "../model/scheduler-configuration.ts";
import { apiServersPlan } from "./api-server-schema.ts";
import { autoscalerPlan, autoscalerProblem, nodeGroups } from "./autoscaler.ts";
import { buildActions } from "./build-actions.ts";
import { addsMembers, buildFaults } from "./build-faults.ts";
import { TriggerBuilder } from "./build-triggers.ts";
import { cloudPlan } from "./cloud.ts";
import { comparePlan } from "./compare-schema.ts";
import { etcdPlan, etcdProblem, networkPlan, zonesOf } from "./control-plane.ts";
import { controllerManagerPlan, electionProblem } from "./controller-manager.ts";
import { distributionOf, durationMicros } from "./duration-schema.ts";
import { buildExpectations } from "./expectation.ts";
import { imagePlans, kubeletPlan } from "./kubelet.ts";
import { type CompleteObjects, collect, completeObjects } from "./load-manifests.ts";
import { metricsPlan } from "./metrics.ts";
import { type FaultContext, NameChecks } from "./name-checks.ts";
import { poolNodes } from "./node-pools.ts";
import type { LateNodes, Plan, WorkloadSource } from "./plan.ts";
import { schedulerPlan } from "./scheduler-plan.ts";
import type { NodePool, ScenarioInput, WorkloadSpec } from "./schema.ts";
import { searchPlan } from "./search-schema.ts";
import { staticPodSets } from "./static-pod-sets.ts";
import { openbNodes, type TraceNodes } from "./trace.ts";
import { trafficPlan } from "./traffic.ts";
import { typicalPodsOf, withTypicalPods } from "./typical-pods.ts";
import { valueAt } from "./validate.ts";
import { type SharedInputs, VariantReading } from "./variant-reading.ts";
import { workloadSources } from "./workload-sources.ts";

const MAX_NODES = 1_000_000;

export class PlanBuilder {
  private readonly reading: VariantReading;
  private readonly variant: string;
  private groups: readonly NodeGroupPlan[] = [];

  constructor(value: unknown, variant: string, inputs: SharedInputs, schemaProblems: readonly Problem[]) {
    this.reading = new VariantReading(value, inputs, schemaProblems);
    this.variant = variant;
  }

  get problems(): readonly FileProblem[] {
    return this.reading.problems;
  }

  /** The plan, or null when there are problems. */
  build(): Plan | null {
    if (valueAt(this.reading.scenario, ["spec"]) === undefined || !this.reading.hasMapping("spec")) return null;
    const { spec } = this.reading.scenario;
    const cluster = this.reading.hasMapping("spec", "cluster") ? (spec.cluster ?? {}) : {};
    const pools = this.pools(cluster.nodePools);
    const manifests = this.manifests(cluster.manifests, cluster.objects);
    const traceNodes = this.traceNodes(spec.workload);
    const scheduler = schedulerPlan(this.reading);
    this.checkEtcd();
    this.checkElections();
    this.groups = nodeGroups(pools.map(({ pool }) => pool));
    this.checkAutoscaler();
    const complete = this.complete(
      manifests,
      pools.flatMap((p) => (p.boot === null ? p.nodes : [])),
      traceNodes,
    );
    const workload = workloadSources(this.reading, spec.workload, defaultingContext(complete.objects));
    const { actions, faults } = this.disturbances(
      complete.objects.nodes,
      pools.flatMap((pool) => pool.nodes),
      manifests,
    );
    const images = this.reading.clean(["spec", "cluster", "images"])
      ? imagePlans(cluster.images, (problem) =>
          this.reading.note([{ ...problem, path: ["spec", "cluster", "images", ...problem.path] }]),
        )
      : [];
    const staticPods = staticPodSets(this.reading, cluster, defaultingContext(complete.objects));
    const traffic = this.reading.clean(["spec", "traffic"])
      ? trafficPlan(spec.traffic, complete.declared.services, (problem) =>
          this.reading.note([{ ...problem, path: ["spec", "traffic", ...problem.path] }]),
        )
      : null;
    const expectations = this.expectations([...faults, ...actions].map(({ id }) => id));
    if (this.reading.problems.length > 0 || scheduler === null) return null;

    const lateNodes = pools.flatMap((pool) => this.late(pool, complete.objects));
    const isHomeless = homelessness(complete.objects, lateNodes);
    const objects = this.withoutHomeless(complete.objects, isHomeless);
    this.checkMeaning(complete.objects, lateNodes, workload, scheduler.configuration, staticPods.length > 0);
    if (this.reading.problems.length > 0) return null;
    const etcd = etcdPlan(cluster.controlPlane?.etcd, zonesOf(objects.nodes, lateNodes));
    const controllerManagers = controllerManagerPlan(cluster.controlPlane?.controllerManager);
    // what the expansion leaves out is done by controllers where there are some
    const expansion = complete.warnings.filter((text) => controllerManagers === null || !isOfCronJobs(text));
    const durationMicrosOrNull = spec.duration === undefined ? null : durationMicros(spec.duration);
    const typicalPods = typicalPodsOf(objects.pods, workload, durationMicrosOrNull);
    return {
      name: this.reading.scenario.metadata.name,
      description: this.reading.scenario.metadata.description ?? spec.description ?? "",
      variant: this.variant,
      sha256: "",
      seed: String(spec.seed ?? 1),
      durationMicros: durationMicrosOrNull,
      objects,
      declared: without(complete.declared, isHomeless),
      start: cluster.start ?? "fresh",
      controllerManagers,
      kubelet: { ...kubeletPlan(cluster.kubelet), images, staticPods },
      // an autoscaler is nothing without a provider
      cloud: cloudPlan(cluster.cloud ?? (this.groups.length > 0 ? {} : undefined)),
      nodeGroups: this.groups,
      autoscaler: controllerManagers === null ? null : autoscalerPlan(cluster.autoscaler, this.groups),
      lateNodes,
      workload,
      faults,
      actions,
      traffic,
      ...(spec.metrics === undefined ? {} : { metrics: metricsPlan(spec.metrics) }),
      scheduler: withTypicalPods(scheduler, typicalPods),
      typicalPods,
      etcd,
      apiServers: apiServersPlan(
        cluster.controlPlane?.apiServers,
        etcd.members.map(({ zone }) => zone),
      ),
      network: networkPlan(cluster.network),
      reports: {
        timeseriesStepMicros:
          spec.reports?.timeseriesStep === undefined
            ? defaultStepMicros(durationMicrosOrNull)
            : durationMicros(spec.reports.timeseriesStep),
      },
      expectations,
      ...(spec.compare === undefined ? {} : { compare: comparePlan(spec.compare) }),
      ...(spec.search === undefined ? {} : { search: searchPlan(spec.search) }),
      warnings: [...new Set([...this.reading.warnings, ...expansion])],
      ignored: manifests.ignored satisfies readonly IgnoredKind[],
      files: [],
    };
  }

  // --- nodes ---

  private pools(
    list: readonly NodePool[] | undefined,
  ): readonly { pool: NodePool; nodes: readonly Node[]; boot: Distribution | null }[] {
    const names = new Set<string>();
    const groups = new Map<string, string>();
    let total = 0;
    const pools = this.reading.items(list, ["spec", "cluster", "nodePools"]);
    for (const { item, path } of pools) {
      this.reading.read(item, path, (pool) => {
        checkLabels(pool.field("labels"));
        const seen = new Set<string>();
        for (const taint of pool.field("taints").items()) checkTaint(taint, seen);
        if (names.has(item.name)) pool.field("name").expected("a name that no other pool has");
        names.add(item.name);
        const { autoscaling } = item;
        if (autoscaling !== undefined && autoscaling.min > autoscaling.max)
          pool.field("autoscaling").field("min").expected(`at most max, which is ${autoscaling.max}`);
        for (const { id } of nodeGroups([item])) {
          const owner = groups.get(id) ?? item.name;
          if (owner !== item.name)
            pool.field("name").expected(`another name: a node group of ${owner} is called ${id}`);
          groups.set(id, owner);
        }
        total += item.count;
        if (total > MAX_NODES) pool.field("count").expected(`at most ${MAX_NODES} nodes in all pools`);
      });
    }
    // a million nodes are not made for a file that has mistakes
    return pools.map(({ item }) => ({
      pool: item,
      nodes: this.reading.problems.length > 0 ? [] : poolNodes(item),
      boot: item.boot === undefined ? null : distributionOf(item.boot),
    }));
  }

  private late(
    pool: { pool: NodePool; nodes: readonly Node[]; boot: Distribution | null },
    objects: ClusterObjects,
  ): readonly LateNodes[] {
    if (pool.boot === null || pool.nodes.length === 0) return [];
    return [
      {
        pool: pool.pool.name,
        nodes: pool.nodes,
        bootMicros: pool.boot,
        daemonPods: pool.nodes.map((node) => daemonPodsOf(node, objects)),
      },
    ];
  }

  private traceNodes(workload: readonly WorkloadSpec[] | undefined): readonly Node[] {
    return this.reading.items(workload, ["spec", "workload"]).flatMap(({ item, path }) => {
      const { trace } = item;
      if (trace?.nodes === undefined) return [];
      const at = [...path, "trace", "nodes"];
      if (trace.format !== "openb") {
        this.reading.note([{ path: at, expected: "no node list: only the openb format has one", received: "" }]);
        return [];
      }
      const file = this.reading.text(trace.nodes, at);
      if (file === null) return [];
      const { name, text } = file;
      const loaded = this.reading.inputs.once(
        ["trace nodes", trace.nodes, trace.firstNodes, trace.gpus],
        (): TraceNodes => openbNodes(text, name, trace.firstNodes, trace.gpus),
      );
      this.reading.problems.push(...loaded.problems);
      return loaded.nodes;
    });
  }

  // --- objects ---

  private manifests(list: readonly string[] | undefined, inline: readonly unknown[] | undefined): Manifests {
    const at: Path = ["spec", "cluster", "manifests"];
    const paths = this.reading.items(list, at).map(({ item }) => item);
    const objectsAt: Path = ["spec", "cluster", "objects"];
    const objects = this.reading.items(inline, objectsAt).map(({ item }) => item);
    const loaded = this.reading.inputs.once(["manifests", paths, objects], () => {
      const collector = new ManifestCollector();
      const faults = paths.map((path) => collect(collector, this.reading.inputs.files, path));
      objects.forEach((object, i) => {
        collector.addPart(this.reading.inputs.document, [...objectsAt, i], object);
      });
      return { manifests: collector.result(), faults };
    });
    loaded.faults.forEach((fault, i) => {
      if (fault !== null) this.reading.note([{ path: [...at, i], ...fault }]);
    });
    this.reading.problems.push(...loaded.manifests.problems);
    this.reading.warnings.push(...loaded.manifests.warnings);
    return loaded.manifests;
  }

  private complete(manifests: Manifests, poolNodes: readonly Node[], traceNodes: readonly Node[]): CompleteObjects {
    const nodes = [...manifests.objects.nodes, ...poolNodes, ...traceNodes];
    const names = new Set<string>();
    for (const node of nodes) {
      if (names.has(node.metadata.name)) {
        this.reading.note([
          { path: ["spec", "cluster"], expected: "each node once", received: `two nodes named ${node.metadata.name}` },
        ]);
        break;
      }
      names.add(node.metadata.name);
    }
    const complete = completeObjects(manifests, { ...manifests.objects, nodes });
    this.reading.problems.push(...complete.problems);
    return complete;
  }

  // what the schema cannot say: it looks at one field at a time
  private checkElections(): void {
    const at: Path = ["spec", "cluster", "controlPlane"];
    if (!this.reading.hasMapping(...(at as string[]))) return;
    const { controllerManager, scheduler } = this.reading.scenario.spec.cluster?.controlPlane ?? {};
    for (const [name, spec] of [
      ["controllerManager", controllerManager || undefined],
      ["scheduler", scheduler],
    ] as const) {
      if (!this.reading.clean([...at, name])) continue;
      const problem = electionProblem(spec);
      if (problem !== null) this.reading.note([{ ...problem, path: [...at, name, ...problem.path] }]);
    }
  }

  private checkAutoscaler(): void {
    const at: Path = ["spec", "cluster", "autoscaler"];
    if (
      !this.reading.hasMapping("spec", "cluster") ||
      !this.reading.clean(["spec", "cluster", "nodePools"]) ||
      !this.reading.clean(at)
    )
      return;
    const { autoscaler, controlPlane } = this.reading.scenario.spec.cluster ?? {};
    const problem = autoscalerProblem(autoscaler, this.groups, controlPlane?.controllerManager !== false);
    if (problem !== null) this.reading.note([{ ...problem, path: [...at, ...problem.path] }]);
  }

  private checkEtcd(): void {
    const at: Path = ["spec", "cluster", "controlPlane", "etcd"];
    if (!this.reading.hasMapping(...(at as string[])) || !this.reading.clean(at)) return;
    const problem = etcdProblem(this.reading.scenario.spec.cluster?.controlPlane?.etcd);
    if (problem !== null) this.reading.note([{ ...problem, path: [...at, ...problem.path] }]);
  }

  // --- faults ---

  private disturbances(
    nodes: readonly Node[],
    poolNodes: readonly Node[],
    manifests: Manifests,
  ): { readonly faults: readonly FaultPlan[]; readonly actions: readonly ActionPlan[] } {
    const { spec } = this.reading.scenario;
    const faults = this.reading.items(spec.faults, ["spec", "faults"]);
    const actions = this.reading.items(spec.actions, ["spec", "actions"]);
    const isTimed = spec.duration !== undefined && this.reading.clean(["spec", "duration"]);
    const checks = new NameChecks(this.faultContext(nodes, poolNodes), addsMembers(faults));
    const triggers = new TriggerBuilder({
      durationMicros: isTimed ? durationMicros(spec.duration!) : null,
      checkMember: (name, path) => checks.member(name, path),
    });
    const builtFaults = buildFaults(faults, triggers, checks);
    const { document, files } = this.reading.inputs;
    const builtActions = buildActions(actions, { document, files, manifests }, triggers, checks);
    triggers.checkFollowing([...builtFaults.faults, ...builtActions.actions]);
    this.reading.note([...builtFaults.problems, ...builtActions.problems, ...checks.problems, ...triggers.problems]);
    this.reading.problems.push(...builtActions.fileProblems);
    this.reading.warnings.push(...builtActions.warnings);
    return { faults: builtFaults.faults, actions: builtActions.actions };
  }

  private autoscalers(): number {
    const { autoscaler, controlPlane } = this.reading.scenario.spec.cluster ?? {};
    return controlPlane?.controllerManager === false ? 0 : (autoscalerPlan(autoscaler, this.groups)?.replicas ?? 0);
  }

  private faultContext(nodes: readonly Node[], poolNodes: readonly Node[]): FaultContext {
    const isClean = this.reading.clean(["spec", "cluster"]);
    const controlPlane = isClean ? this.reading.scenario.spec.cluster?.controlPlane : {};
    const { members } = etcdPlan(controlPlane?.etcd, zonesOf([...nodes, ...poolNodes], []));
    return {
      members: isClean ? new Map(members.map(({ name, zone }) => [name, zone])) : null,
      areZonesKnown: this.reading.problems.length === 0,
      nodes: new Map([...nodes, ...poolNodes].map((node) => [node.metadata.name, node])),
      replicas: isClean ? replicasOf(controlPlane, this.autoscalers()) : {},
      groups: this.groups,
    };
  }

  // --- expectations and meaning ---

  /** @param ids of faults and actions */
  private expectations(ids: readonly string[]): readonly Expectation[] {
    const items = this.reading.items(this.reading.scenario.spec.expect, ["spec", "expect"]);
    // ids of entries with mistakes are not known
    const built = buildExpectations(items, this.reading.problems.length > 0 ? null : ids);
    this.reading.note(built.problems);
    return built.expectations;
  }

  // what is bound to a node that never exists is collected by the real garbage collector; its requests are on no node
  private withoutHomeless(objects: ClusterObjects, isHomeless: (pod: Pod) => boolean): ClusterObjects {
    const homeless = objects.pods.filter(isHomeless);
    const [first] = homeless;
    if (first === undefined) return objects;
    this.reading.warnings.push(
      `${homeless.length === 1 ? "1 pod is" : `${homeless.length} pods are`} left out, bound to nodes that are not there; ` +
        `the first: ${first.metadata.namespace}/${first.metadata.name} on ${first.spec.nodeName}`,
    );
    return without(objects, isHomeless);
  }

  // a run that could not mean anything is a mistake; one that means less than it seems is a warning
  private checkMeaning(
    objects: ClusterObjects,
    late: readonly LateNodes[],
    workload: readonly WorkloadSource[],
    configuration: SchedulerConfiguration,
    hasStaticPods: boolean,
  ): void {
    const spec = this.reading.scenario.spec;
    const noNodes = objects.nodes.length === 0 && late.length === 0;
    if (noNodes && (spec.cluster?.nodePools ?? []).length === 0) {
      this.reading.note([
        {
          path: ["spec", "cluster"],
          expected: "nodes: nodePools, manifests with nodes, or a trace with a node list",
          received: "none",
        },
      ]);
    } else if (noNodes) this.reading.warnings.push("the cluster has no nodes");
    if (objects.pods.length === 0 && workload.length === 0 && !hasStaticPods) {
      this.reading.note([
        { path: ["spec"], expected: "pods: workload, or manifests with pods or workload objects", received: "none" },
      ]);
    }
    const profiles = new Set(configuration.profiles.map((profile) => profile.schedulerName));
    const shapes = workload.flatMap((source) => (source.kind === "trace" ? source.shapes : [source.shape]));
    const strangers = new Set(
      [...objects.pods.filter((pod) => !pod.spec.nodeName), ...shapes]
        .map((pod) => pod.spec.schedulerName ?? "")
        .filter((name) => !profiles.has(name)),
    );
    for (const name of strangers)
      this.reading.warnings.push(`no scheduler profile is named ${name}: pods that ask for it stay pending`);
  }
}

/** Names of the control plane's processes that have replicas. */
function replicasOf(
  controlPlane: NonNullable<NonNullable<ScenarioInput["spec"]["cluster"]>["controlPlane"]> = {},
  autoscalers: number,
): FaultContext["replicas"] {
  const { controllerManager, scheduler } = controlPlane;
  return {
    schedulers: { prefix: "kube-scheduler", count: scheduler?.replicas ?? 1 },
    controllerManagers: {
      prefix: "kube-controller-manager",
      count: controllerManager === false ? 0 : (controllerManager?.replicas ?? 1),
    },
    autoscalers: { prefix: "cluster-autoscaler", count: autoscalers },
  };
}

const STEPS_SECONDS = [1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1800, 3600, 7200, 14_400, 21_600, 43_200, 86_400];

// the shortest round step that gives at most 1000 rows
function defaultStepMicros(duration: number | null): number {
  if (duration === null) return 10 * SECOND;
  return (STEPS_SECONDS.find((seconds) => duration / (seconds * SECOND) <= 1000) ?? 604_800) * SECOND;
}

/** Is a pod bound to a node that is not there, nor will be? */
function homelessness(objects: ClusterObjects, late: readonly LateNodes[]): (pod: Pod) => boolean {
  const names = new Set(objects.nodes.map((node) => node.metadata.name));
  for (const group of late) for (const node of group.nodes) names.add(node.metadata.name);
  return ({ spec }) => Boolean(spec.nodeName) && !names.has(spec.nodeName ?? "");
}

function without(objects: ClusterObjects, isLeftOut: (pod: Pod) => boolean): ClusterObjects {
  return objects.pods.some(isLeftOut) ? { ...objects, pods: objects.pods.filter((pod) => !isLeftOut(pod)) } : objects;
}
