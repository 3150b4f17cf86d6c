// Builds the plan of one variant piece by piece. A piece that the schema found fault with is passed over, all others are
// built, so that the mistakes in the files they name are found as well.

import { type Distribution, meanOf } from "../engine/distributions.ts";
import { MILLISECOND, SECOND } from "../engine/tick.ts";
import type { ActionPlan } from "../model/action-plan.ts";
import type { NodeGroupPlan } from "../model/autoscaler-plan.ts";
import { checkLabels } from "../model/check-objects.ts";
import { checkTaint } from "../model/check-pod.ts";
import { type DefaultingContext, defaultingContext, defaultPod } from "../model/defaults.ts";
import { located, type ParsedDocument, parseDocuments } from "../model/documents.ts";
import { daemonPodsOf, isOfCronJobs } from "../model/expand.ts";
import type { Expectation } from "../model/expectation/syntax.ts";
import type { FaultPlan } from "../model/fault-plan.ts";
import { type IgnoredKind, ManifestCollector, type Manifests } from "../model/manifests.ts";
import type { ClusterObjects, Node, Pod } from "../model/objects.ts";
import type { FileProblem, Path, Problem } from "../model/problem.ts";
import { defaultSchedulerConfiguration, readSchedulerConfiguration } from "../model/read-scheduler-configuration.ts";
import { Reader } from "../model/reader.ts";
import type {
  PluginRef,
  PluginSet,
  SchedulerConfiguration,
  SchedulerProfile,
} from "../model/scheduler-configuration.ts";
import { apiReference, type StaticPodSet } from "../model/static-pods.ts";
import { apiServersPlan } from "./api-server-schema.ts";
import { autoscalerPlan, autoscalerProblem, nodeGroups } from "./autoscaler.ts";
import { buildActions } from "./build-actions.ts";
import { addsMembers, buildFaults } from "./build-faults.ts";
import { TriggerBuilder } from "./build-triggers.ts";
import { cloudPlan } from "./cloud.ts";
import { comparePlan } from "./compare-schema.ts";
import { etcdPlan, etcdProblem, networkPlan, zonesOf } from "./control-plane.ts";
import { controllerManagerPlan, electionPlan, electionProblem } from "./controller-manager.ts";
import { distributionOf, durationMicros, type RandomDuration } from "./duration-schema.ts";
import { buildExpectations } from "./expectation.ts";
import { imagePlans, kubeletPlan } from "./kubelet.ts";
import type { StaticPodsSpec } from "./kubelet-schema.ts";
import { type InputFiles, isFault } from "./load-files.ts";
import { type CompleteObjects, collect, completeObjects } from "./load-manifests.ts";
import { loadShape } from "./load-shape.ts";
import { metricsPlan } from "./metrics.ts";
import { type FaultContext, NameChecks } from "./name-checks.ts";
import { poolNodes } from "./node-pools.ts";
import type { LateNodes, Plan, SchedulerPlan, WorkloadSource } from "./plan.ts";
import type { NodePool, ScenarioInput, TraceSpec, WorkloadSpec } from "./schema.ts";
import { searchPlan } from "./search-schema.ts";
import { openbNodes, type TraceNodes, type TracePods, tracePods } from "./trace.ts";
import { trafficPlan } from "./traffic.ts";
import { typicalPodsOf, withTypicalPods } from "./typical-pods.ts";
import { valueAt } from "./validate.ts";

const MAX_ARRIVALS = 1e8;
const MAX_NODES = 1_000_000;

/** What all variants of a scenario share: the document, its files, and what was parsed of them. */
export class SharedInputs {
  readonly document: ParsedDocument;
  readonly files: InputFiles;
  private readonly made = new Map<string, unknown>();

  constructor(document: ParsedDocument, files: InputFiles) {
    this.document = document;
    this.files = files;
  }

  /** The value made for the key, made now if it was not. */
  once<T>(key: readonly unknown[], make: () => T): T {
    const text = JSON.stringify(key);
    if (!this.made.has(text)) this.made.set(text, make());
    return this.made.get(text) as T;
  }
}

export class PlanBuilder {
  readonly problems: FileProblem[] = [];
  private readonly scenario: ScenarioInput;
  private readonly variant: string;
  private readonly inputs: SharedInputs;
  private readonly schemaProblems: readonly Problem[];
  private readonly warnings: string[] = [];
  private groups: readonly NodeGroupPlan[] = [];

  constructor(value: unknown, variant: string, inputs: SharedInputs, schemaProblems: readonly Problem[]) {
    // pieces are only read where `clean` says that they have this type
    this.scenario = value as ScenarioInput;
    this.variant = variant;
    this.inputs = inputs;
    this.schemaProblems = schemaProblems;
    this.note(schemaProblems);
  }

  /** The plan, or null when there are problems. */
  build(): Plan | null {
    if (valueAt(this.scenario, ["spec"]) === undefined || !this.hasMapping("spec")) return null;
    const { spec } = this.scenario;
    const cluster = this.hasMapping("spec", "cluster") ? (spec.cluster ?? {}) : {};
    const pools = this.pools(cluster.nodePools);
    const manifests = this.manifests(cluster.manifests, cluster.objects);
    const traceNodes = this.traceNodes(spec.workload);
    const scheduler = this.scheduler();
    this.checkEtcd();
    this.checkElections();
    this.groups = nodeGroups(pools.map(({ pool }) => pool));
    this.checkAutoscaler();
    const complete = this.complete(
      manifests,
      pools.flatMap((p) => (p.boot === null ? p.nodes : [])),
      traceNodes,
    );
    const workload = this.workload(spec.workload, defaultingContext(complete.objects));
    const { actions, faults } = this.disturbances(
      complete.objects.nodes,
      pools.flatMap((pool) => pool.nodes),
      manifests,
    );
    const images = this.clean(["spec", "cluster", "images"])
      ? imagePlans(cluster.images, (problem) =>
          this.note([{ ...problem, path: ["spec", "cluster", "images", ...problem.path] }]),
        )
      : [];
    const staticPods = this.staticPods(cluster, defaultingContext(complete.objects));
    const traffic = this.clean(["spec", "traffic"])
      ? trafficPlan(spec.traffic, complete.declared.services, (problem) =>
          this.note([{ ...problem, path: ["spec", "traffic", ...problem.path] }]),
        )
      : null;
    const expectations = this.expectations([...faults, ...actions].map(({ id }) => id));
    if (this.problems.length > 0 || scheduler === null) return null;

    const lateNodes = pools.flatMap((pool) => this.late(pool, complete.objects));
    const isHomeless = homelessness(complete.objects, lateNodes);
    const objects = this.withoutHomeless(complete.objects, isHomeless);
    this.checkMeaning(complete.objects, lateNodes, workload, scheduler.configuration, staticPods.length > 0);
    if (this.problems.length > 0) return null;
    const etcd = etcdPlan(cluster.controlPlane?.etcd, zonesOf(objects.nodes, lateNodes));
    const controllerManagers = controllerManagerPlan(cluster.controlPlane?.controllerManager);
    // what the expansion leaves out is done by controllers where there are some
    const expansion = complete.warnings.filter((text) => controllerManagers === null || !isOfCronJobs(text));
    const durationMicrosOrNull = spec.duration === undefined ? null : durationMicros(spec.duration);
    const typicalPods = typicalPodsOf(objects.pods, workload, durationMicrosOrNull);
    return {
      name: this.scenario.metadata.name,
      description: this.scenario.metadata.description ?? spec.description ?? "",
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
      warnings: [...new Set([...this.warnings, ...expansion])],
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
    const pools = this.items(list, ["spec", "cluster", "nodePools"]);
    for (const { item, path } of pools) {
      this.read(item, path, (pool) => {
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
      nodes: this.problems.length > 0 ? [] : poolNodes(item),
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
    return this.items(workload, ["spec", "workload"]).flatMap(({ item, path }) => {
      const { trace } = item;
      if (trace?.nodes === undefined) return [];
      const at = [...path, "trace", "nodes"];
      if (trace.format !== "openb") {
        this.note([{ path: at, expected: "no node list: only the openb format has one", received: "" }]);
        return [];
      }
      const file = this.text(trace.nodes, at);
      if (file === null) return [];
      const { name, text } = file;
      const loaded = this.inputs.once(
        ["trace nodes", trace.nodes, trace.firstNodes, trace.gpus],
        (): TraceNodes => openbNodes(text, name, trace.firstNodes, trace.gpus),
      );
      this.problems.push(...loaded.problems);
      return loaded.nodes;
    });
  }

  // --- objects ---

  private manifests(list: readonly string[] | undefined, inline: readonly unknown[] | undefined): Manifests {
    const at: Path = ["spec", "cluster", "manifests"];
    const paths = this.items(list, at).map(({ item }) => item);
    const objectsAt: Path = ["spec", "cluster", "objects"];
    const objects = this.items(inline, objectsAt).map(({ item }) => item);
    const loaded = this.inputs.once(["manifests", paths, objects], () => {
      const collector = new ManifestCollector();
      const faults = paths.map((path) => collect(collector, this.inputs.files, path));
      objects.forEach((object, i) => {
        collector.addPart(this.inputs.document, [...objectsAt, i], object);
      });
      return { manifests: collector.result(), faults };
    });
    loaded.faults.forEach((fault, i) => {
      if (fault !== null) this.note([{ path: [...at, i], ...fault }]);
    });
    this.problems.push(...loaded.manifests.problems);
    this.warnings.push(...loaded.manifests.warnings);
    return loaded.manifests;
  }

  private complete(manifests: Manifests, poolNodes: readonly Node[], traceNodes: readonly Node[]): CompleteObjects {
    const nodes = [...manifests.objects.nodes, ...poolNodes, ...traceNodes];
    const names = new Set<string>();
    for (const node of nodes) {
      if (names.has(node.metadata.name)) {
        this.note([
          { path: ["spec", "cluster"], expected: "each node once", received: `two nodes named ${node.metadata.name}` },
        ]);
        break;
      }
      names.add(node.metadata.name);
    }
    const complete = completeObjects(manifests, { ...manifests.objects, nodes });
    this.problems.push(...complete.problems);
    return complete;
  }

  // --- scheduler ---

  private scheduler(): SchedulerPlan | null {
    const at: Path = ["spec", "cluster", "controlPlane"];
    if (!this.hasMapping(...(at as string[]))) return null;
    const controlPlane = this.scenario.spec.cluster?.controlPlane ?? {};
    const configuration = this.clean([...at, "schedulerConfiguration"])
      ? this.configuration(controlPlane.schedulerConfiguration, [...at, "schedulerConfiguration"])
      : null;
    if (configuration === null || !this.clean([...at, "scheduler"])) return null;
    const { cycleLatency, bindLatency, tieBreak, percentageOfNodesToScore } = controlPlane.scheduler ?? {};
    const latency = (value: RandomDuration | undefined, micros: number): Distribution =>
      value === undefined ? { kind: "constant", value: micros } : distributionOf(value);
    return {
      configuration:
        percentageOfNodesToScore === undefined
          ? configuration
          : {
              ...configuration,
              percentageOfNodesToScore,
              profiles: configuration.profiles.map((p) => ({ ...p, percentageOfNodesToScore: null })),
            },
      tieBreak: tieBreak ?? "heap",
      replicas: controlPlane.controllerManager === false ? 1 : (controlPlane.scheduler?.replicas ?? 1),
      election: electionPlan(controlPlane.scheduler),
      cycleLatencyMicros: latency(cycleLatency, MILLISECOND),
      bindLatencyMicros: latency(bindLatency, 5 * MILLISECOND),
    };
  }

  // what the schema cannot say: it looks at one field at a time
  private checkElections(): void {
    const at: Path = ["spec", "cluster", "controlPlane"];
    if (!this.hasMapping(...(at as string[]))) return;
    const { controllerManager, scheduler } = this.scenario.spec.cluster?.controlPlane ?? {};
    for (const [name, spec] of [
      ["controllerManager", controllerManager || undefined],
      ["scheduler", scheduler],
    ] as const) {
      if (!this.clean([...at, name])) continue;
      const problem = electionProblem(spec);
      if (problem !== null) this.note([{ ...problem, path: [...at, name, ...problem.path] }]);
    }
  }

  private checkAutoscaler(): void {
    const at: Path = ["spec", "cluster", "autoscaler"];
    if (!this.hasMapping("spec", "cluster") || !this.clean(["spec", "cluster", "nodePools"]) || !this.clean(at)) return;
    const { autoscaler, controlPlane } = this.scenario.spec.cluster ?? {};
    const problem = autoscalerProblem(autoscaler, this.groups, controlPlane?.controllerManager !== false);
    if (problem !== null) this.note([{ ...problem, path: [...at, ...problem.path] }]);
  }

  private checkEtcd(): void {
    const at: Path = ["spec", "cluster", "controlPlane", "etcd"];
    if (!this.hasMapping(...(at as string[])) || !this.clean(at)) return;
    const problem = etcdProblem(this.scenario.spec.cluster?.controlPlane?.etcd);
    if (problem !== null) this.note([{ ...problem, path: [...at, ...problem.path] }]);
  }

  private configuration(value: unknown, at: Path): SchedulerConfiguration | null {
    if (value === undefined) return defaultSchedulerConfiguration();
    let { document } = this.inputs;
    let base = at;
    let read: unknown = value;
    let folder = "";
    if (typeof value === "string") {
      const file = this.text(value, at);
      if (file === null) return null;
      const parsed = parseDocuments(file.text, file.name);
      this.problems.push(...parsed.problems);
      const [only] = parsed.documents;
      if (only === undefined || parsed.documents.length > 1) {
        if (parsed.problems.length === 0)
          this.note([
            {
              path: at,
              expected: "a file with one KubeSchedulerConfiguration",
              received: `${parsed.documents.length} documents`,
            },
          ]);
        return null;
      }
      document = only;
      base = [];
      read = only.value;
      folder = value.slice(0, value.lastIndexOf("/") + 1);
    }
    const result = readSchedulerConfiguration(read);
    this.problems.push(...located(document, result.problems, base));
    const resolved = new Map<string, string>();
    for (const { file, path } of result.pluginFiles) {
      const name = file.startsWith("/") ? file : `${folder}${file}`;
      const plugin = this.inputs.files.text(name);
      if (isFault(plugin))
        this.problems.push(
          ...located(document, [{ path, expected: plugin.expected, received: plugin.received }], base),
        );
      resolved.set(file, this.inputs.files.absolute(name));
    }
    return resolved.size === 0 ? result.configuration : withPluginFiles(result.configuration, resolved);
  }

  // --- workload ---

  private workload(list: readonly WorkloadSpec[] | undefined, context: DefaultingContext): readonly WorkloadSource[] {
    const names = new Set<string>();
    return this.items(list, ["spec", "workload"]).flatMap(({ item, path }, index) => {
      const source =
        item.trace !== undefined
          ? this.trace(item.trace, [...path, "trace"], context)
          : this.stamped(item, path, context);
      if (source === null) return [];
      // a second source of the same name gets a number, the first keeps it
      let { name } = source;
      for (let n = 2; names.has(name); n++) name = `${source.name}-${n}`;
      names.add(name);
      if (source.kind === "trace" || index < 0) return [{ ...source, name }];
      return [{ ...source, name, shape: { ...source.shape, metadata: { ...source.shape.metadata, name } } }];
    });
  }

  private stamped(item: WorkloadSpec, path: Path, context: DefaultingContext): WorkloadSource | null {
    const { arrivals, pods } = item;
    const spec = arrivals ?? pods;
    if (spec === undefined) return null;
    const at = [...path, arrivals !== undefined ? "arrivals" : "pods"];
    const shape = this.shape(spec.shape, [...at, "shape"], spec.name, spec.namespace, context);
    const lifetimeMicros = spec.lifetime === undefined ? null : distributionOf(spec.lifetime);
    const name = shape?.metadata.name ?? "";
    if (pods !== undefined) {
      return (
        shape && {
          kind: "pods",
          name,
          shape,
          atMicros: durationMicros(pods.at ?? "0s"),
          count: pods.count,
          lifetimeMicros,
        }
      );
    }
    if (arrivals === undefined) return null;
    const everyMicros = distributionOf(arrivals.every);
    const startMicros = durationMicros(arrivals.start ?? "0s");
    const stopMicros = arrivals.stop === undefined ? null : durationMicros(arrivals.stop);
    const count = arrivals.count ?? null;
    this.checkArrivals(at, everyMicros, startMicros, stopMicros, count);
    return shape && { kind: "arrivals", name, shape, everyMicros, startMicros, stopMicros, count, lifetimeMicros };
  }

  // a source that would never end, or not within a life
  private checkArrivals(at: Path, every: Distribution, start: number, stop: number | null, count: number | null): void {
    const { duration, until } = this.scenario.spec;
    const ends = [
      stop,
      duration !== undefined && this.clean(["spec", "duration"]) ? durationMicros(duration) : null,
    ].filter((end) => end !== null);
    if (stop !== null && stop <= start)
      this.note([{ path: [...at, "stop"], expected: "a time after start", received: "" }]);
    if (count !== null) return;
    if (ends.length === 0) {
      if (until === "idle")
        this.note([
          {
            path: at,
            expected: "count or stop, as the run ends only when nothing is left to happen",
            received: "neither",
          },
        ]);
    } else if (!(Math.min(...ends) / Math.max(meanOf(every), 1e-9) <= MAX_ARRIVALS)) {
      this.note([
        {
          path: [...at, "every"],
          expected: "a longer time between pods, or a count: at most a hundred million pods",
          received: "",
        },
      ]);
    }
  }

  private shape(
    value: unknown,
    at: Path,
    name: string | undefined,
    namespace: string | undefined,
    context: DefaultingContext,
  ): Pod | null {
    const loaded = loadShape(value, this.inputs.document, at, this.inputs.files);
    this.problems.push(...loaded.problems);
    if (loaded.pod === null) return null;
    const { metadata } = loaded.pod;
    const pod: Pod = {
      ...loaded.pod,
      metadata: { ...metadata, name: name ?? metadata.name, namespace: namespace ?? (metadata.namespace || "default") },
    };
    return defaultPod(
      pod,
      context,
      (problem) => this.problems.push(...located(loaded.document, [problem])),
      loaded.specPath,
    );
  }

  // --- manifests of nodes ---

  private staticPods(
    cluster: NonNullable<ScenarioInput["spec"]["cluster"]>,
    context: DefaultingContext,
  ): readonly StaticPodSet[] {
    const sets: StaticPodSet[] = [];
    const add = (pool: string | null, list: StaticPodsSpec, path: Path): void => {
      if (list === undefined) return;
      const pods = this.items(list, path).flatMap(({ item, path: at }) => this.staticPod(item, at, context) ?? []);
      if (pods.length > 0) sets.push({ pool, pods });
    };
    if (this.hasMapping("spec", "cluster", "kubelet")) {
      add(null, cluster.kubelet?.staticPods, ["spec", "cluster", "kubelet", "staticPods"]);
    }
    this.items(cluster.nodePools, ["spec", "cluster", "nodePools"]).forEach(({ item, path }) => {
      add(item.name, item.staticPods, [...path, "staticPods"]);
    });
    this.checkStaticNames(sets);
    if (sets.length > 0 && cluster.controlPlane?.controllerManager === false) {
      this.note([
        {
          path: ["spec", "cluster"],
          expected: "no static pods where there are no controllers and kubelets",
          received: "",
        },
      ]);
    }
    return sets;
  }

  private staticPod(item: unknown, at: Path, context: DefaultingContext): Pod | null {
    const { pod: found, specPath } = loadShape(item, this.inputs.document, at, this.inputs.files);
    if (found !== null && specPath.includes("template")) {
      this.note([{ path: at, expected: "a Pod: nothing else can be static", received: "a workload object" }]);
      return null;
    }
    const pod = this.shape(item, at, undefined, undefined, context);
    const reference = pod === null ? null : apiReference(pod.spec);
    if (reference !== null) {
      const expected = "a static pod that needs nothing of the API server";
      this.note([{ path: at, expected, received: `${pod?.metadata.name} with ${reference}` }]);
    }
    return pod;
  }

  // two manifests of one name on one node would be one pod
  private checkStaticNames(sets: readonly StaticPodSet[]): void {
    const known = new Map<string, string | null>();
    for (const { pods, pool } of sets) {
      for (const { metadata } of pods) {
        const name = `${metadata.namespace ?? "default"}/${metadata.name}`;
        if (known.has(name) && (known.get(name) === pool || known.get(name) === null)) {
          const expected = "each static pod of a node with a name of its own";
          this.note([{ path: ["spec", "cluster"], expected, received: `two named ${name}` }]);
        }
        known.set(name, pool);
      }
    }
  }

  private trace(spec: TraceSpec, at: Path, context: DefaultingContext): WorkloadSource | null {
    const file = this.text(spec.pods, [...at, "pods"]);
    if (file === null) return null;
    if (spec.format === "openb" && spec.columns !== undefined) {
      this.note([{ path: [...at, "columns"], expected: "no columns: the openb format has its own", received: "" }]);
    }
    const name = spec.name ?? "trace";
    const loaded = this.inputs.once(["trace pods", spec], (): TracePods => tracePods(file.text, file.name, spec, name));
    this.problems.push(...loaded.problems);
    this.warnings.push(...loaded.warnings);
    this.checkArrangement(spec, at);
    return {
      ...loaded.source,
      shapes: loaded.source.shapes.map((pod) => defaultPod(pod, context, () => undefined)),
    };
  }

  private checkArrangement(spec: TraceSpec, at: Path): void {
    if (typeof spec.arrivals !== "object")
      for (const field of ["shuffle", "tune"] as const)
        if (spec[field] !== undefined && spec[field] !== false)
          this.note([{ path: [...at, field], expected: "arrivals at a fixedRate with it", received: "" }]);
    if (spec.gpus !== undefined && spec.format !== "openb")
      this.note([
        { path: [...at, "gpus"], expected: "format openb: other tables have no column for shares", received: "" },
      ]);
  }

  // --- faults ---

  private disturbances(
    nodes: readonly Node[],
    poolNodes: readonly Node[],
    manifests: Manifests,
  ): { readonly faults: readonly FaultPlan[]; readonly actions: readonly ActionPlan[] } {
    const { spec } = this.scenario;
    const faults = this.items(spec.faults, ["spec", "faults"]);
    const actions = this.items(spec.actions, ["spec", "actions"]);
    const isTimed = spec.duration !== undefined && this.clean(["spec", "duration"]);
    const checks = new NameChecks(this.faultContext(nodes, poolNodes), addsMembers(faults));
    const triggers = new TriggerBuilder({
      durationMicros: isTimed ? durationMicros(spec.duration!) : null,
      checkMember: (name, path) => checks.member(name, path),
    });
    const builtFaults = buildFaults(faults, triggers, checks);
    const { document, files } = this.inputs;
    const builtActions = buildActions(actions, { document, files, manifests }, triggers, checks);
    triggers.checkFollowing([...builtFaults.faults, ...builtActions.actions]);
    this.note([...builtFaults.problems, ...builtActions.problems, ...checks.problems, ...triggers.problems]);
    this.problems.push(...builtActions.fileProblems);
    this.warnings.push(...builtActions.warnings);
    return { faults: builtFaults.faults, actions: builtActions.actions };
  }

  private autoscalers(): number {
    const { autoscaler, controlPlane } = this.scenario.spec.cluster ?? {};
    return controlPlane?.controllerManager === false ? 0 : (autoscalerPlan(autoscaler, this.groups)?.replicas ?? 0);
  }

  private faultContext(nodes: readonly Node[], poolNodes: readonly Node[]): FaultContext {
    const isClean = this.clean(["spec", "cluster"]);
    const controlPlane = isClean ? this.scenario.spec.cluster?.controlPlane : {};
    const { members } = etcdPlan(controlPlane?.etcd, zonesOf([...nodes, ...poolNodes], []));
    return {
      members: isClean ? new Map(members.map(({ name, zone }) => [name, zone])) : null,
      areZonesKnown: this.problems.length === 0,
      nodes: new Map([...nodes, ...poolNodes].map((node) => [node.metadata.name, node])),
      replicas: isClean ? replicasOf(controlPlane, this.autoscalers()) : {},
      groups: this.groups,
    };
  }

  // --- expectations and meaning ---

  /** @param ids of faults and actions */
  private expectations(ids: readonly string[]): readonly Expectation[] {
    const items = this.items(this.scenario.spec.expect, ["spec", "expect"]);
    // ids of entries with mistakes are not known
    const built = buildExpectations(items, this.problems.length > 0 ? null : ids);
    this.note(built.problems);
    return built.expectations;
  }

  // what is bound to a node that never exists is collected by the real garbage collector; its requests are on no node
  private withoutHomeless(objects: ClusterObjects, isHomeless: (pod: Pod) => boolean): ClusterObjects {
    const homeless = objects.pods.filter(isHomeless);
    const [first] = homeless;
    if (first === undefined) return objects;
    this.warnings.push(
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
    const spec = this.scenario.spec;
    const noNodes = objects.nodes.length === 0 && late.length === 0;
    if (noNodes && (spec.cluster?.nodePools ?? []).length === 0) {
      this.note([
        {
          path: ["spec", "cluster"],
          expected: "nodes: nodePools, manifests with nodes, or a trace with a node list",
          received: "none",
        },
      ]);
    } else if (noNodes) this.warnings.push("the cluster has no nodes");
    if (objects.pods.length === 0 && workload.length === 0 && !hasStaticPods) {
      this.note([
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
      this.warnings.push(`no scheduler profile is named ${name}: pods that ask for it stay pending`);
  }

  // --- reading ---

  private read(value: unknown, path: Path, check: (reader: Reader) => void): void {
    const problems: Problem[] = [];
    check(new Reader(value, problems));
    this.note(problems.map((problem) => ({ ...problem, path: [...path, ...problem.path] })));
  }

  private text(name: string, at: Path): { readonly name: string; readonly text: string } | null {
    const file = this.inputs.files.text(name);
    if (!isFault(file)) return file;
    this.note([{ path: at, expected: file.expected, received: file.received }]);
    return null;
  }

  private note(problems: readonly Problem[]): void {
    this.problems.push(...located(this.inputs.document, problems));
  }

  // the items of a list that the schema found nothing wrong with, with their paths
  private items<T>(list: readonly T[] | undefined, path: Path): readonly { readonly item: T; readonly path: Path }[] {
    if (!Array.isArray(list)) return [];
    return list.map((item: T, index) => ({ item, path: [...path, index] })).filter(({ path: at }) => this.clean(at));
  }

  private hasMapping(...path: readonly string[]): boolean {
    let value: unknown = this.scenario;
    for (const key of path) {
      if (typeof value !== "object" || value === null) return false;
      value = (value as Readonly<Record<string, unknown>>)[key];
      if (value === undefined) return true;
    }
    return typeof value === "object" && value !== null && !Array.isArray(value);
  }

  private clean(path: Path): boolean {
    const inside = (problem: Problem) => path.every((key, i) => problem.path[i] === key);
    return !this.schemaProblems.some(inside);
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

function withPluginFiles(
  configuration: SchedulerConfiguration,
  files: ReadonlyMap<string, string>,
): SchedulerConfiguration {
  const plugin = (ref: PluginRef): PluginRef =>
    ref.file === null ? ref : { ...ref, file: files.get(ref.file) ?? ref.file };
  const set = (s: PluginSet): PluginSet => ({ ...s, enabled: s.enabled.map(plugin) });
  const profiles = configuration.profiles.map(
    (profile): SchedulerProfile => ({
      ...profile,
      multiPoint: set(profile.multiPoint),
      points: Object.fromEntries(
        Object.entries(profile.points).map(([point, s]) => [point, set(s)]),
      ) as SchedulerProfile["points"],
    }),
  );
  return { ...configuration, profiles };
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
