// Defaults of the API types, as the API server fills them in when an object is created or replaced; pods and what admission adds are in
// defaults.ts. Idempotent, and an object that lacks nothing stays the same object.
// Source: defaulting of the API groups, 1.36. Only fields that objects.ts knows.
import { WORKLOAD_LABEL } from "./annotations.ts";
import type {
  ClusterObjects,
  CronJob,
  DaemonSet,
  Deployment,
  HorizontalPodAutoscaler,
  Job,
  KubernetesObject,
  PersistentVolume,
  PersistentVolumeClaim,
  Pod,
  PodTemplateSpec,
  PriorityLevelConfiguration,
  ReplicaSet,
  ReplicationController,
  ScalingRules,
  Service,
  StatefulSet,
  StorageClass,
  WebhookConfiguration,
} from "./objects.ts";
import type { TemplateDefaults } from "./template-defaults.ts";

const MAX_INT32 = 2_147_483_647;

/** The object as its kind's defaults complete it. */
export function withTypeDefaults<T extends KubernetesObject>(
  kind: keyof ClusterObjects,
  object: T,
  templates: TemplateDefaults,
): T {
  const complete = defaulter(kind, templates);
  return complete === null ? object : (complete(object as never) as unknown as T);
}

function defaulter(
  kind: keyof ClusterObjects,
  templates: TemplateDefaults,
): ((object: never) => KubernetesObject) | null {
  switch (kind) {
    case "pods":
      return (pod: Pod) => replaced(pod, templates.spec(pod.spec));
    case "deployments":
      return (object: Deployment) => deployment(object, templates);
    case "replicaSets":
      return (object: ReplicaSet) => replicaSet(object, templates);
    case "replicationControllers":
      return (object: ReplicationController) => replicationController(object, templates);
    case "statefulSets":
      return (object: StatefulSet) => statefulSet(object, templates);
    case "daemonSets":
      return (object: DaemonSet) => daemonSet(object, templates);
    case "jobs":
      return (object: Job) => filledJob(object, templates);
    case "cronJobs":
      return (object: CronJob) => cronJob(object, templates);
    case "services":
      return service;
    case "horizontalPodAutoscalers":
      return autoscaler;
    case "persistentVolumeClaims":
      return (claim: PersistentVolumeClaim) => filled(claim, { volumeMode: "Filesystem" });
    case "persistentVolumes":
      return (volume: PersistentVolume) =>
        filled(volume, { persistentVolumeReclaimPolicy: "Retain", volumeMode: "Filesystem" });
    case "storageClasses":
      return (object: StorageClass) => filledAtTop(object, { reclaimPolicy: "Delete", volumeBindingMode: "Immediate" });
    case "csiDrivers":
      return (object: KubernetesObject) => filled(object, { attachRequired: true, storageCapacity: false });
    case "validatingWebhookConfigurations":
    case "mutatingWebhookConfigurations":
      return (object: WebhookConfiguration) => webhooks(object, kind === "mutatingWebhookConfigurations");
    case "flowSchemas":
      return (object: KubernetesObject) => filled(object, { matchingPrecedence: 1000 });
    case "priorityLevelConfigurations":
      return priorityLevel;
    default:
      return null;
  }
}

interface WithSpec extends KubernetesObject {
  readonly spec?: object;
}

function replaced<T extends WithSpec>(object: T, spec: object): T {
  return spec === object.spec ? object : { ...object, spec };
}

/** Fields that are missing (or null) get the default. */
function fill<T extends object>(given: T | null | undefined, defaults: Readonly<Record<string, unknown>>): T {
  const own = (given ?? {}) as Readonly<Record<string, unknown>>;
  let result: Record<string, unknown> | null = given == null ? {} : null;
  for (const name of Object.keys(defaults)) {
    if (own[name] != null || defaults[name] === undefined) continue;
    result ??= { ...own };
    result[name] = defaults[name];
  }
  return (result ?? own) as unknown as T;
}

function filled<T extends KubernetesObject>(object: T, defaults: Readonly<Record<string, unknown>>): T {
  const { spec } = object as unknown as WithSpec;
  const complete = fill(spec, defaults);
  return complete === spec ? object : ({ ...object, spec: complete } as T);
}

function filledAtTop<T extends KubernetesObject>(object: T, defaults: Readonly<Record<string, unknown>>): T {
  return fill(object, defaults);
}

function withTemplate<T extends { readonly template?: unknown }>(spec: T, templates: TemplateDefaults): T {
  const template = templates.template(spec.template as never);
  return template === spec.template ? spec : { ...spec, template };
}

interface Selecting {
  readonly selector?: unknown;
  readonly template?: PodTemplateSpec | null;
}

/**
 * The spec of a workload, with a selector. An API server refuses one without; manifests as people have them do leave it out, and mean
 * the labels of the template, or any when it has none.
 */
function selected<S extends Selecting>({
  metadata,
  spec,
}: {
  readonly metadata: { readonly name: string };
  readonly spec?: S;
}): S {
  const given = spec ?? ({} as S);
  if (given.selector != null || given.template == null) return given;
  const { labels } = given.template.metadata ?? {};
  if (labels != null && Object.keys(labels).length > 0) return { ...given, selector: { matchLabels: labels } };
  const matchLabels = { [WORKLOAD_LABEL]: metadata.name };
  const template = { ...given.template, metadata: { ...given.template.metadata, labels: matchLabels } };
  return { ...given, selector: { matchLabels }, template };
}

function deployment(object: Deployment, templates: TemplateDefaults): Deployment {
  const spec = withTemplate(selected(object), templates);
  const type = spec.strategy?.type || "RollingUpdate";
  const rollingUpdate =
    type === "RollingUpdate"
      ? fill(spec.strategy?.rollingUpdate, { maxUnavailable: "25%", maxSurge: "25%" })
      : spec.strategy?.rollingUpdate;
  const isWhole = spec.strategy?.type === type && rollingUpdate === spec.strategy.rollingUpdate;
  const strategy = isWhole ? spec.strategy : { type, ...(rollingUpdate == null ? {} : { rollingUpdate }) };
  const complete = fill(isWhole ? spec : { ...spec, strategy }, {
    replicas: 1,
    revisionHistoryLimit: 10,
    progressDeadlineSeconds: 600,
  });
  return replaced(object, complete);
}

function replicaSet(object: ReplicaSet, templates: TemplateDefaults): ReplicaSet {
  return replaced(object, fill(withTemplate(selected(object), templates), { replicas: 1 }));
}

function replicationController(object: ReplicationController, templates: TemplateDefaults): ReplicationController {
  const selector = object.spec?.template?.metadata?.labels;
  return replaced(object, fill(withTemplate(object.spec ?? {}, templates), { replicas: 1, selector }));
}

function statefulSet(object: StatefulSet, templates: TemplateDefaults): StatefulSet {
  const given = withTemplate(selected(object), templates);
  const type = given.updateStrategy?.type || "RollingUpdate";
  const rollingUpdate =
    type === "RollingUpdate"
      ? fill(given.updateStrategy?.rollingUpdate, { partition: 0, maxUnavailable: 1 })
      : given.updateStrategy?.rollingUpdate;
  const isWhole = given.updateStrategy?.type === type && rollingUpdate === given.updateStrategy.rollingUpdate;
  const updateStrategy = { type, ...(rollingUpdate == null ? {} : { rollingUpdate }) };
  const retention = fill(given.persistentVolumeClaimRetentionPolicy, { whenDeleted: "Retain", whenScaled: "Retain" });
  const isKept = retention === given.persistentVolumeClaimRetentionPolicy;
  const spec =
    isWhole && isKept
      ? given
      : {
          ...given,
          ...(isWhole ? {} : { updateStrategy }),
          persistentVolumeClaimRetentionPolicy: retention,
        };
  const defaults = { replicas: 1, podManagementPolicy: "OrderedReady", revisionHistoryLimit: 10 };
  return replaced(object, fill(spec, defaults));
}

function daemonSet(object: DaemonSet, templates: TemplateDefaults): DaemonSet {
  const given = withTemplate(selected(object), templates);
  const type = given.updateStrategy?.type || "RollingUpdate";
  const rollingUpdate =
    type === "RollingUpdate"
      ? fill(given.updateStrategy?.rollingUpdate, { maxUnavailable: 1, maxSurge: 0 })
      : given.updateStrategy?.rollingUpdate;
  const isWhole = given.updateStrategy?.type === type && rollingUpdate === given.updateStrategy.rollingUpdate;
  const updateStrategy = { type, ...(rollingUpdate == null ? {} : { rollingUpdate }) };
  return replaced(object, fill(isWhole ? given : { ...given, updateStrategy }, { revisionHistoryLimit: 10 }));
}

type JobSpec = NonNullable<Job["spec"]>;

function jobSpec(given: JobSpec, templates: TemplateDefaults): JobSpec {
  const isSingle = given.completions == null && given.parallelism == null;
  return fill(withTemplate(given, templates), {
    completions: isSingle ? 1 : undefined,
    parallelism: 1,
    backoffLimit: given.backoffLimitPerIndex == null ? 6 : MAX_INT32,
    completionMode: "NonIndexed",
    suspend: false,
    podReplacementPolicy: given.podFailurePolicy == null ? "TerminatingOrFailed" : "Failed",
  });
}

function filledJob(object: Job, templates: TemplateDefaults): Job {
  return replaced(object, jobSpec(object.spec ?? {}, templates));
}

function cronJob(object: CronJob, templates: TemplateDefaults): CronJob {
  const spec = object.spec ?? {};
  const template = spec.jobTemplate;
  const own = template?.spec ?? {};
  const job = jobSpec(own, templates);
  const complete = fill(job === own ? spec : { ...spec, jobTemplate: { ...template, spec: job } }, {
    concurrencyPolicy: "Allow",
    suspend: false,
    successfulJobsHistoryLimit: 3,
    failedJobsHistoryLimit: 1,
  });
  return replaced(object, complete);
}

function service(object: Service): Service {
  const given = object.spec ?? {};
  const isWhole = (given.ports ?? []).every((port) => port.protocol !== undefined && port.targetPort !== undefined);
  const ports = given.ports?.map((port) => fill(port, { protocol: "TCP", targetPort: port.port }));
  const type = given.type || "ClusterIP";
  const isExternal = type === "NodePort" || type === "LoadBalancer";
  const spec = fill(isWhole ? given : { ...given, ports }, {
    type,
    sessionAffinity: "None",
    internalTrafficPolicy: type === "ExternalName" ? undefined : "Cluster",
    externalTrafficPolicy: isExternal ? "Cluster" : undefined,
    allocateLoadBalancerNodePorts: type === "LoadBalancer" ? true : undefined,
  });
  return replaced(object, spec);
}

const SCALE_UP: ScalingRules = {
  stabilizationWindowSeconds: 0,
  selectPolicy: "Max",
  policies: [
    { type: "Pods", value: 4, periodSeconds: 15 },
    { type: "Percent", value: 100, periodSeconds: 15 },
  ],
};
const SCALE_DOWN: ScalingRules = {
  selectPolicy: "Max",
  policies: [{ type: "Percent", value: 100, periodSeconds: 15 }],
};

function autoscaler(object: HorizontalPodAutoscaler): HorizontalPodAutoscaler {
  const given = object.spec;
  if (given === undefined) return object;
  const target = { type: "Utilization", averageUtilization: 80 };
  const metrics =
    (given.metrics ?? []).length > 0 ? given.metrics : [{ type: "Resource", resource: { name: "cpu", target } }];
  // the defaults of behaviour are shown only where somebody has said something of it
  const behavior =
    given.behavior == null
      ? undefined
      : {
          scaleUp: fill(given.behavior.scaleUp, SCALE_UP as never),
          scaleDown: fill(given.behavior.scaleDown, SCALE_DOWN as never),
        };
  const isWhole =
    metrics === given.metrics &&
    (behavior === undefined ||
      (behavior.scaleUp === given.behavior?.scaleUp && behavior.scaleDown === given.behavior?.scaleDown));
  const spec = isWhole ? given : { ...given, metrics, ...(behavior === undefined ? {} : { behavior }) };
  return replaced(object, fill(spec, { minReplicas: 1 }));
}

function webhooks(object: WebhookConfiguration, isMutating: boolean): WebhookConfiguration {
  const given = object.webhooks ?? [];
  const complete = given.map((webhook) =>
    fill(webhook, {
      failurePolicy: "Fail",
      timeoutSeconds: 10,
      matchPolicy: "Equivalent",
      namespaceSelector: {},
      objectSelector: {},
      reinvocationPolicy: isMutating ? "Never" : undefined,
    }),
  );
  return complete.every((webhook, i) => webhook === given[i]) ? object : { ...object, webhooks: complete };
}

function priorityLevel(object: PriorityLevelConfiguration): PriorityLevelConfiguration {
  const { spec } = object;
  if (spec?.type !== "Limited") return object;
  const limited = fill(spec.limited, {
    nominalConcurrencyShares: 30,
    lendablePercent: 0,
    limitResponse: { type: "Reject" },
  });
  const response = limited.limitResponse;
  const queuing =
    response?.type === "Queue" ? fill(response.queuing, { queues: 64, handSize: 8, queueLengthLimit: 50 }) : undefined;
  if (limited === spec.limited && queuing === (response?.queuing ?? undefined)) return object;
  const limitResponse = queuing === undefined ? response : { type: "Queue", queuing };
  return { ...object, spec: { ...spec, limited: { ...limited, limitResponse } } };
}
