// Workload objects to the pods that their controllers would have created by the time everything is up: Deployment →
// ReplicaSet → pods, StatefulSet with its claims, DaemonSet on each eligible node, Job. Pods that exist already and
// belong to a controller count towards its number. Not done here: time (ordered start of StatefulSets), CronJobs.
// Source: the controllers of kube-controller-manager 1.36.
import { daemonPod, shouldRunOn } from "./daemon.ts";
import { type DefaultingContext, defaultClaim, defaultingContext, defaultPodSpec, withMetadata } from "./defaults.ts";
import { nameSuffix, suffixedName, syntheticUid } from "./identity.ts";
import type {
  ClusterObjects,
  Job,
  KubernetesObject,
  Labels,
  Node,
  OwnerReference,
  PersistentVolumeClaim,
  Pod,
  PodSpec,
  PodTemplateSpec,
  ReplicationController,
  Volume,
  Workload,
} from "./objects.ts";
import type { Problem } from "./problem.ts";
import { compileLabelMap, compileLabelSelector, type LabelMatcher } from "./selectors.ts";
import { TemplateDefaults } from "./template-defaults.ts";
import { TemplateHashes } from "./template-hash.ts";
import { settledVolumes } from "./volume-state.ts";

/** Receives a problem and the workload object that has it. */
export type NoteOn = (object: KubernetesObject, problem: Problem) => void;

export interface Expansion {
  /** The objects with pods, ReplicaSets and claims added behind those that were there. Finished pods are left out. */
  readonly objects: ClusterObjects;
  readonly warnings: readonly string[];
}

/**
 * Adds what controllers would have created. The order of the new pods: DaemonSets, Deployments, ReplicaSets,
 * ReplicationControllers, StatefulSets, Jobs, each in the order of the objects and by number.
 *
 * @param objects with defaults applied (see defaults.ts)
 */
export function expandWorkloads(objects: ClusterObjects, note: NoteOn): Expansion {
  return new Expander(objects, note).run();
}

/** The DaemonSet pods of one node, for a node that joins later. */
export function daemonPodsOf(node: Node, objects: ClusterObjects): readonly Pod[] {
  const context = defaultingContext(objects);
  const pods: Pod[] = [];
  const hashes = new TemplateHashes();
  const defaults = new TemplateDefaults();
  for (const set of objects.daemonSets) {
    const template = set.spec?.template;
    if (template === undefined) continue;
    const spec = defaultPodSpec(template.spec, template.metadata?.labels ?? {}, context, () => undefined);
    if (!shouldRunOn(node, spec)) continue;
    // nobody knows what others are called: more letters, so that no two get one name
    const { name, namespace = "default" } = set.metadata;
    const podName = `${name}-${nameSuffix(`${namespace}/${name}/${node.metadata.name}`, 10)}`;
    pods.push(daemonPod(set, template, spec, node, podName, hashes.hashOf(defaults.template(template))));
  }
  return pods;
}

const CRON_JOBS_LEFT_OUT = "CronJobs are not started: only their Jobs in the files run";

/** Is it the warning that nobody starts CronJobs? With controllers somebody does. */
export function isOfCronJobs(warning: string): boolean {
  return warning.endsWith(CRON_JOBS_LEFT_OUT);
}

/** `true` for pods that run or wait; a finished pod holds nothing and no controller counts it. */
export function isActive(pod: Pod): boolean {
  return pod.status?.phase !== "Succeeded" && pod.status?.phase !== "Failed" && pod.metadata.deletionTimestamp == null;
}

const MAX_PODS = 1_000_000;

/** A pod's or claim's name and index in a StatefulSet or an indexed Job. */
interface Numbered {
  readonly name: string;
  readonly labels: Labels;
  readonly spec: PodSpec;
}

class Expander {
  private readonly given: ClusterObjects;
  private readonly note: NoteOn;
  private readonly context: DefaultingContext;
  private readonly hashes = new TemplateHashes();
  private readonly defaults = new TemplateDefaults();
  private readonly pods: Pod[] = [];
  private readonly replicaSets: Workload[];
  private readonly claims: PersistentVolumeClaim[];
  private readonly warnings: string[] = [];
  // live pods by controller, "kind namespace/name"
  private readonly owned = new Map<string, Pod[]>();
  private readonly podNames = new Set<string>();
  private readonly claimNames: Set<string>;

  constructor(objects: ClusterObjects, note: NoteOn) {
    this.given = objects;
    this.note = note;
    this.context = defaultingContext(objects);
    this.replicaSets = [...objects.replicaSets];
    this.claims = [...objects.persistentVolumeClaims];
    this.claimNames = new Set(this.claims.map(({ metadata }) => `${metadata.namespace}/${metadata.name}`));
    let finished = 0;
    for (const pod of objects.pods) {
      this.podNames.add(`${pod.metadata.namespace}/${pod.metadata.name}`);
      if (pod.status?.phase === "Succeeded" || pod.status?.phase === "Failed") {
        finished++;
        continue;
      }
      this.pods.push(pod);
      const owner = pod.metadata.ownerReferences?.find((o) => o.controller === true);
      if (owner === undefined || !isActive(pod)) continue;
      const key = `${owner.kind} ${pod.metadata.namespace}/${owner.name}`;
      const list = this.owned.get(key);
      if (list === undefined) this.owned.set(key, [pod]);
      else list.push(pod);
    }
    if (finished > 0)
      this.warnings.push(
        `${finished} finished pod${finished === 1 ? " is left out: it holds" : "s are left out: they hold"} nothing`,
      );
  }

  run(): Expansion {
    const { given } = this;
    for (const set of given.daemonSets) this.daemonSet(set);
    for (const deployment of given.deployments) this.deployment(deployment);
    for (const set of given.replicaSets) this.replicaSet(set, set);
    for (const controller of given.replicationControllers) this.replicationController(controller);
    for (const set of given.statefulSets) this.statefulSet(set);
    for (const job of given.jobs) this.job(job);
    if (given.cronJobs.length > 0) this.warnings.push(`${given.cronJobs.length} ${CRON_JOBS_LEFT_OUT}`);
    const expanded = { ...given, pods: this.pods, replicaSets: this.replicaSets, persistentVolumeClaims: this.claims };
    return {
      objects: { ...expanded, ...settledVolumes(expanded, this.context) },
      warnings: this.warnings,
    };
  }

  private daemonSet(set: Workload): void {
    const template = this.templateOf(set, set.spec?.template, selectorOf(set));
    if (template === undefined) return;
    const spec = this.defaulted(set, template);
    const hash = this.hashes.hashOf(this.defaults.template(template));
    const placed = new Set(this.live("DaemonSet", set).map((pod) => daemonNodeName(pod)));
    for (const node of this.given.nodes) {
      if (placed.has(node.metadata.name) || !shouldRunOn(node, spec)) continue;
      const named = `${set.metadata.namespace}/${set.metadata.name}/${node.metadata.name}`;
      this.push(daemonPod(set, template, spec, node, this.freeName(set, named), hash));
    }
  }

  private deployment(deployment: Workload): void {
    const wanted = deployment.spec?.replicas ?? 1;
    const { namespace, name } = deployment.metadata;
    const own = this.given.replicaSets.filter(
      (set) =>
        set.metadata.namespace === namespace &&
        set.metadata.ownerReferences?.some((o) => o.kind === "Deployment" && o.name === name),
    );
    const present = own.reduce((sum, set) => sum + (set.spec?.replicas ?? 1), 0);
    if (own.length > 0 && present >= wanted) return;
    const template = this.templateOf(deployment, deployment.spec?.template, selectorOf(deployment));
    if (template === undefined) return;
    // as the controller would name it
    const hash = this.hashes.hashOf(this.defaults.template(template));
    const labels = { ...template.metadata?.labels, "pod-template-hash": hash };
    const set: Workload = {
      apiVersion: "apps/v1",
      kind: "ReplicaSet",
      metadata: {
        name: suffixedName(name, hash),
        namespace,
        uid: syntheticUid("ReplicaSet", namespace ?? "default", suffixedName(name, hash)),
        labels,
        ownerReferences: [controllerReference("apps/v1", "Deployment", deployment)],
      },
      spec: {
        replicas: wanted - present,
        selector: {
          ...deployment.spec?.selector,
          matchLabels: { ...deployment.spec?.selector?.matchLabels, "pod-template-hash": hash },
        },
        template: { ...template, metadata: { ...template.metadata, labels } },
      },
    };
    this.replicaSets.push(set);
    this.replicaSet(set, deployment);
  }

  // `source` is what stands in a file, for problems
  private replicaSet(set: Workload, source: KubernetesObject): void {
    const template = this.templateOf(source, set.spec?.template, selectorOf(set), set.spec?.replicas ?? 1);
    if (template === undefined) return;
    this.replicas(set, "apps/v1", "ReplicaSet", set.spec?.replicas ?? 1, template, source);
  }

  private replicationController(controller: ReplicationController): void {
    const labels = controller.spec?.template?.metadata?.labels ?? {};
    const selector = compileLabelMap(controller.spec?.selector ?? labels);
    const template = this.templateOf(controller, controller.spec?.template, selector, controller.spec?.replicas ?? 1);
    if (template === undefined) return;
    this.replicas(controller, "v1", "ReplicationController", controller.spec?.replicas ?? 1, template, controller);
  }

  private replicas(
    owner: KubernetesObject,
    version: string,
    kind: string,
    wanted: number,
    template: PodTemplateSpec,
    source: KubernetesObject,
  ): void {
    const missing = wanted - this.live(kind, owner).length;
    if (!this.hasRoom(source, missing, "replicas")) return;
    // one spec and one label map for all: the scheduler recognises pods that are alike by them
    const spec = this.defaulted(source, template);
    const reference = controllerReference(version, kind, owner);
    for (let i = 0; i < missing; i++) {
      this.push(
        podOf(
          owner,
          this.freeName(owner, `${owner.metadata.namespace}/${owner.metadata.name}/${i}`),
          template,
          template.metadata?.labels ?? {},
          spec,
          [reference],
        ),
      );
    }
  }

  private statefulSet(set: Workload): void {
    const wanted = set.spec?.replicas ?? 1;
    const template = this.templateOf(set, set.spec?.template, selectorOf(set), wanted);
    if (template === undefined) return;
    if (!this.hasRoom(set, wanted, "replicas")) return;
    const present = new Set(this.live("StatefulSet", set).map((pod) => pod.metadata.name));
    const spec = this.defaulted(set, template);
    const revision = suffixedName(set.metadata.name, this.hashes.hashOf(this.defaults.template(template)));
    const reference = controllerReference("apps/v1", "StatefulSet", set);
    for (let ordinal = 0; ordinal < wanted; ordinal++) {
      const name = `${set.metadata.name}-${ordinal}`;
      const volumes = this.claimVolumes(set, name);
      if (present.has(name)) continue;
      const labels = {
        ...template.metadata?.labels,
        "apps.kubernetes.io/pod-index": String(ordinal),
        "controller-revision-hash": revision,
        "statefulset.kubernetes.io/pod-name": name,
      };
      this.push(
        podOf(
          set,
          name,
          template,
          labels,
          volumes.length === 0 ? spec : { ...spec, volumes: withVolumes(spec, volumes) },
          [reference],
        ),
      );
    }
  }

  // the claims of one ordinal, made where they do not exist, as volumes
  private claimVolumes(set: Workload, podName: string): readonly Volume[] {
    return (set.spec?.volumeClaimTemplates ?? []).map((template) => {
      const { namespace } = set.metadata;
      const name = `${template.metadata.name}-${podName}`;
      if (!this.claimNames.has(`${namespace}/${name}`)) {
        this.claimNames.add(`${namespace}/${name}`);
        const claim: PersistentVolumeClaim = {
          ...template,
          apiVersion: "v1",
          kind: "PersistentVolumeClaim",
          metadata: { ...template.metadata, name, namespace },
        };
        this.claims.push(defaultClaim(withMetadata(claim, "PersistentVolumeClaim", true), this.context));
      }
      return { name: template.metadata.name, persistentVolumeClaim: { claimName: name } };
    });
  }

  private job(job: Job): void {
    const spec = job.spec;
    if (spec === undefined || spec.suspend === true || isFinished(job)) return;
    const parallelism = spec.parallelism ?? 1;
    const left = spec.completions == null ? parallelism : spec.completions - (job.status?.succeeded ?? 0);
    const labels = {
      "batch.kubernetes.io/controller-uid": job.metadata.uid ?? "",
      "batch.kubernetes.io/job-name": job.metadata.name,
      "job-name": job.metadata.name,
    };
    const template = this.templateOf(job, spec.template, null);
    if (template === undefined) return;
    const pods: Numbered[] = [];
    const podSpec = this.defaulted(job, template);
    const missing = Math.min(parallelism, left) - this.live("Job", job).length;
    if (!this.hasRoom(job, missing, "parallelism")) return;
    const indexed = spec.completionMode === "Indexed";
    const same = { ...template.metadata?.labels, ...labels };
    for (let i = 0; i < missing; i++) {
      const own = `${job.metadata.namespace}/${job.metadata.name}/${i}`;
      if (indexed)
        pods.push({
          name: `${job.metadata.name}-${i}-${nameSuffix(own, 5)}`,
          labels: { ...same, "batch.kubernetes.io/job-completion-index": String(i) },
          spec: podSpec,
        });
      else pods.push({ name: this.freeName(job, own), labels: same, spec: podSpec });
    }
    const reference = controllerReference("batch/v1", "Job", job);
    for (const pod of pods) this.push(podOf(job, pod.name, template, pod.labels, pod.spec, [reference]));
  }

  // undefined, with a problem noted, when the workload cannot have pods
  private templateOf(
    workload: KubernetesObject,
    template: PodTemplateSpec | null | undefined,
    selector: LabelMatcher | null,
    wanted = 1,
  ): PodTemplateSpec | undefined {
    if (template == null) {
      // dumps that are cut down to what the scheduler reads have no templates; their pods stand beside them
      if (
        wanted > 0 &&
        this.owned.get(`${workload.kind} ${workload.metadata.namespace}/${workload.metadata.name}`) === undefined
      ) {
        this.warnings.push(
          `${workload.kind} ${workload.metadata.namespace}/${workload.metadata.name} has no pod template: it gets no pods`,
        );
      }
      return undefined;
    }
    if (selector !== null && !selector.matches(template.metadata?.labels ?? {})) {
      const received = JSON.stringify(template.metadata?.labels ?? {});
      this.note(workload, {
        path: ["spec", "template", "metadata", "labels"],
        expected: "labels that spec.selector selects",
        received,
      });
      return undefined;
    }
    return template;
  }

  private defaulted(workload: KubernetesObject, template: PodTemplateSpec): PodSpec {
    const note = (problem: Problem) => this.note(workload, problem);
    return defaultPodSpec(template.spec, template.metadata?.labels ?? {}, this.context, note, [
      "spec",
      "template",
      "spec",
    ]);
  }

  private live(kind: string, owner: KubernetesObject): readonly Pod[] {
    return this.owned.get(`${kind} ${owner.metadata.namespace}/${owner.metadata.name}`) ?? [];
  }

  // a slip of the finger must not end in a process without memory
  private hasRoom(workload: KubernetesObject, more: number, field: string): boolean {
    if (this.pods.length + more <= MAX_PODS) return true;
    this.note(workload, {
      path: ["spec", field],
      expected: `at most ${MAX_PODS} pods in the cluster`,
      received: `${more} more`,
    });
    return false;
  }

  // five letters can collide within a large set: others are taken, as the API server would
  private freeName({ metadata }: KubernetesObject, text: string): string {
    let name = `${metadata.name}-${nameSuffix(text, 5)}`;
    for (let again = 1; this.podNames.has(`${metadata.namespace}/${name}`); again++)
      name = `${metadata.name}-${nameSuffix(`${text}/${again}`, 5)}`;
    this.podNames.add(`${metadata.namespace}/${name}`);
    return name;
  }

  private push(pod: Pod): void {
    this.podNames.add(`${pod.metadata.namespace}/${pod.metadata.name}`);
    this.pods.push(pod);
  }
}

function selectorOf(workload: Workload): LabelMatcher | null {
  // older API versions took the template's labels where there was no selector
  return workload.spec?.selector == null ? null : compileLabelSelector(workload.spec.selector);
}

function isFinished(job: Job): boolean {
  return (
    job.status?.conditions?.some((c) => (c.type === "Complete" || c.type === "Failed") && c.status === "True") === true
  );
}

function daemonNodeName(pod: Pod): string {
  if (pod.spec.nodeName) return pod.spec.nodeName;
  const terms =
    pod.spec.affinity?.nodeAffinity?.requiredDuringSchedulingIgnoredDuringExecution?.nodeSelectorTerms ?? [];
  return terms[0]?.matchFields?.[0]?.values?.[0] ?? "";
}

// a claim's volume takes the place of a template's volume of the same name
function withVolumes(spec: PodSpec, added: readonly Volume[]): readonly Volume[] {
  const names = new Set(added.map((v) => v.name));
  return [...(spec.volumes ?? []).filter((v) => !names.has(v.name)), ...added];
}

/** The reference of an object to the controller that owns it. */
export function controllerReference(apiVersion: string, kind: string, owner: KubernetesObject): OwnerReference {
  return {
    apiVersion,
    kind,
    name: owner.metadata.name,
    uid: owner.metadata.uid,
    controller: true,
    blockOwnerDeletion: true,
  };
}

function podOf(
  owner: KubernetesObject,
  name: string,
  template: PodTemplateSpec,
  labels: Labels,
  spec: PodSpec,
  ownerReferences: readonly OwnerReference[],
): Pod {
  const namespace = owner.metadata.namespace ?? "default";
  const { annotations } = template.metadata ?? {};
  return {
    apiVersion: "v1",
    kind: "Pod",
    metadata: {
      name,
      namespace,
      uid: syntheticUid("Pod", namespace, name),
      labels,
      ...(annotations ? { annotations } : {}),
      ownerReferences,
    },
    spec,
    status: { phase: "Pending" },
  };
}
