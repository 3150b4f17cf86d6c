// Kubernetes API objects (v1.36), reduced to the fields that the simulator reads. They are plain data, shaped as
// the API serves them, never mutated once stored. Source: Kubernetes API reference, v1.36.

/** A Kubernetes resource quantity as written by people: `2`, `"500m"`, `"1.5Gi"`. */
export type Quantity = string | number;
export type ResourceList = Readonly<Record<string, Quantity>>;
export type Labels = Readonly<Record<string, string>>;

export interface OwnerReference {
  readonly apiVersion?: string;
  readonly kind: string;
  readonly name: string;
  readonly uid?: string;
  readonly controller?: boolean;
  readonly blockOwnerDeletion?: boolean;
}

export interface ObjectMeta {
  readonly name: string;
  readonly generateName?: string;
  readonly namespace?: string;
  readonly uid?: string;
  readonly resourceVersion?: string;
  readonly generation?: number;
  readonly labels?: Labels;
  readonly annotations?: Labels;
  readonly ownerReferences?: readonly OwnerReference[];
  readonly finalizers?: readonly string[];
  readonly creationTimestamp?: string | null;
  readonly deletionTimestamp?: string | null;
  readonly deletionGracePeriodSeconds?: number;
}

/** A count, or a share such as "25%". */
export type IntOrString = number | string;

/** The condition of any object's status. */
export interface Condition {
  readonly type: string;
  readonly status: string;
  readonly reason?: string;
  readonly message?: string;
  readonly lastTransitionTime?: string | null;
  readonly lastUpdateTime?: string | null;
  readonly lastProbeTime?: string | null;
  readonly lastHeartbeatTime?: string | null;
  readonly observedGeneration?: number;
}

export interface ObjectReference {
  readonly apiVersion?: string;
  readonly kind?: string;
  readonly namespace?: string;
  readonly name?: string;
  readonly uid?: string;
  readonly fieldPath?: string;
}

export interface KubernetesObject {
  readonly apiVersion?: string;
  readonly kind?: string;
  readonly metadata: ObjectMeta;
}

export interface LabelSelectorRequirement {
  readonly key: string;
  readonly operator: string;
  readonly values?: readonly string[] | null;
}

export interface LabelSelector {
  readonly matchLabels?: Labels | null;
  readonly matchExpressions?: readonly LabelSelectorRequirement[] | null;
}

export interface NodeSelectorTerm {
  readonly matchExpressions?: readonly LabelSelectorRequirement[] | null;
  readonly matchFields?: readonly LabelSelectorRequirement[] | null;
}

export interface NodeSelector {
  readonly nodeSelectorTerms: readonly NodeSelectorTerm[];
}

export interface PreferredSchedulingTerm {
  readonly weight: number;
  readonly preference: NodeSelectorTerm;
}

export interface NodeAffinity {
  readonly requiredDuringSchedulingIgnoredDuringExecution?: NodeSelector | null;
  readonly preferredDuringSchedulingIgnoredDuringExecution?: readonly PreferredSchedulingTerm[] | null;
}

export interface PodAffinityTerm {
  readonly labelSelector?: LabelSelector | null;
  readonly namespaceSelector?: LabelSelector | null;
  readonly namespaces?: readonly string[] | null;
  readonly topologyKey: string;
  readonly matchLabelKeys?: readonly string[] | null;
  readonly mismatchLabelKeys?: readonly string[] | null;
}

export interface WeightedPodAffinityTerm {
  readonly weight: number;
  readonly podAffinityTerm: PodAffinityTerm;
}

export interface PodAffinity {
  readonly requiredDuringSchedulingIgnoredDuringExecution?: readonly PodAffinityTerm[] | null;
  readonly preferredDuringSchedulingIgnoredDuringExecution?: readonly WeightedPodAffinityTerm[] | null;
}

export interface Affinity {
  readonly nodeAffinity?: NodeAffinity | null;
  readonly podAffinity?: PodAffinity | null;
  readonly podAntiAffinity?: PodAffinity | null;
}

export interface Toleration {
  readonly key?: string;
  readonly operator?: string;
  readonly value?: string;
  readonly effect?: string;
  readonly tolerationSeconds?: number | null;
}

export interface Taint {
  readonly key: string;
  readonly value?: string;
  readonly effect: string;
  readonly timeAdded?: string | null;
}

export interface TopologySpreadConstraint {
  readonly maxSkew: number;
  readonly topologyKey: string;
  readonly whenUnsatisfiable: string;
  readonly labelSelector?: LabelSelector | null;
  readonly minDomains?: number | null;
  readonly nodeAffinityPolicy?: string | null;
  readonly nodeTaintsPolicy?: string | null;
  readonly matchLabelKeys?: readonly string[] | null;
}

export interface ResourceRequirements {
  readonly requests?: ResourceList | null;
  readonly limits?: ResourceList | null;
}

export interface ContainerPort {
  readonly name?: string;
  readonly containerPort: number;
  readonly hostPort?: number;
  readonly hostIP?: string;
  readonly protocol?: string;
}

/** How a kubelet asks a container: what is asked matters not, only when and how often. */
export interface Probe {
  readonly initialDelaySeconds?: number;
  readonly periodSeconds?: number;
  readonly timeoutSeconds?: number;
  readonly successThreshold?: number;
  readonly failureThreshold?: number;
  readonly terminationGracePeriodSeconds?: number | null;
  readonly httpGet?: unknown;
  readonly tcpSocket?: unknown;
  readonly exec?: unknown;
  readonly grpc?: unknown;
}

export interface LifecycleHandler {
  readonly exec?: { readonly command?: readonly string[] | null } | null;
  readonly httpGet?: unknown;
  readonly tcpSocket?: unknown;
  readonly sleep?: { readonly seconds: number } | null;
}

export interface Container {
  readonly name: string;
  readonly image?: string;
  readonly imagePullPolicy?: string;
  readonly command?: readonly string[] | null;
  readonly args?: readonly string[] | null;
  readonly env?: readonly { readonly name: string; readonly value?: string; readonly valueFrom?: unknown }[] | null;
  readonly resources?: ResourceRequirements | null;
  readonly volumeMounts?:
    | readonly {
        readonly name: string;
        readonly mountPath: string;
        readonly readOnly?: boolean;
        readonly subPath?: string;
      }[]
    | null;
  readonly ports?: readonly ContainerPort[] | null;
  readonly restartPolicy?: string | null;
  readonly livenessProbe?: Probe | null;
  readonly readinessProbe?: Probe | null;
  readonly startupProbe?: Probe | null;
  readonly lifecycle?: {
    readonly postStart?: LifecycleHandler | null;
    readonly preStop?: LifecycleHandler | null;
  } | null;
  readonly securityContext?: Readonly<Record<string, unknown>> | null;
}

export interface PersistentVolumeClaimSpec {
  readonly accessModes?: readonly string[] | null;
  readonly resources?: ResourceRequirements | null;
  readonly storageClassName?: string | null;
  readonly volumeName?: string;
  readonly volumeMode?: string | null;
  readonly selector?: LabelSelector | null;
  readonly volumeAttributesClassName?: string | null;
}

/** A pod volume; source fields that the scheduler does not read are kept as unknown data. */
export interface Volume {
  readonly name: string;
  readonly persistentVolumeClaim?: { readonly claimName: string; readonly readOnly?: boolean } | null;
  readonly ephemeral?: {
    readonly volumeClaimTemplate?: {
      readonly metadata?: Partial<ObjectMeta>;
      readonly spec: PersistentVolumeClaimSpec;
    } | null;
  } | null;
  readonly gcePersistentDisk?: {
    readonly pdName: string;
    readonly readOnly?: boolean;
    readonly fsType?: string;
  } | null;
  readonly awsElasticBlockStore?: { readonly volumeID: string; readonly readOnly?: boolean } | null;
  readonly azureDisk?: { readonly diskName: string; readonly diskURI?: string; readonly readOnly?: boolean } | null;
  readonly azureFile?: { readonly secretName?: string; readonly shareName: string } | null;
  readonly cinder?: { readonly volumeID: string; readonly readOnly?: boolean } | null;
  readonly vsphereVolume?: { readonly volumePath: string } | null;
  readonly portworxVolume?: { readonly volumeID: string; readonly readOnly?: boolean } | null;
  readonly iscsi?: {
    readonly iqn: string;
    readonly lun?: number;
    readonly targetPortal?: string;
    readonly readOnly?: boolean;
  } | null;
  readonly rbd?: {
    readonly monitors: readonly string[];
    readonly pool?: string;
    readonly image: string;
    readonly readOnly?: boolean;
  } | null;
  readonly csi?: { readonly driver: string; readonly readOnly?: boolean | null } | null;
  readonly image?: { readonly reference?: string; readonly pullPolicy?: string } | null;
  readonly emptyDir?: unknown;
  readonly hostPath?: unknown;
  readonly configMap?: unknown;
  readonly secret?: unknown;
  readonly projected?: unknown;
}

export interface PodSpec {
  readonly containers: readonly Container[];
  readonly initContainers?: readonly Container[] | null;
  readonly nodeName?: string;
  readonly nodeSelector?: Labels | null;
  readonly affinity?: Affinity | null;
  readonly tolerations?: readonly Toleration[] | null;
  readonly topologySpreadConstraints?: readonly TopologySpreadConstraint[] | null;
  readonly schedulingGates?: readonly { readonly name: string }[] | null;
  readonly schedulerName?: string;
  readonly priority?: number | null;
  readonly priorityClassName?: string;
  readonly preemptionPolicy?: string | null;
  readonly hostNetwork?: boolean;
  readonly overhead?: ResourceList | null;
  readonly runtimeClassName?: string | null;
  readonly resources?: ResourceRequirements | null;
  readonly volumes?: readonly Volume[] | null;
  readonly restartPolicy?: string;
  readonly terminationGracePeriodSeconds?: number | null;
  readonly activeDeadlineSeconds?: number | null;
  readonly readinessGates?: readonly { readonly conditionType: string }[] | null;
  readonly serviceAccountName?: string;
  readonly hostname?: string;
  readonly subdomain?: string;
  readonly hostPID?: boolean;
  readonly hostIPC?: boolean;
  readonly dnsPolicy?: string;
  readonly securityContext?: Readonly<Record<string, unknown>> | null;
}

export interface PodCondition {
  readonly type: string;
  readonly status: string;
  readonly reason?: string;
  readonly message?: string;
  readonly lastTransitionTime?: string | null;
  readonly observedGeneration?: number;
}

/** One of the three is set. */
export interface ContainerState {
  readonly waiting?: { readonly reason?: string; readonly message?: string } | null;
  readonly running?: { readonly startedAt?: string } | null;
  readonly terminated?: {
    readonly exitCode: number;
    readonly reason?: string;
    readonly message?: string;
    readonly signal?: number;
    readonly containerID?: string;
    readonly startedAt?: string;
    readonly finishedAt?: string;
  } | null;
}

export interface ContainerStatus {
  readonly name: string;
  readonly image?: string;
  readonly ready?: boolean;
  readonly started?: boolean;
  readonly restartCount?: number;
  /** Shown, not kept: see printers/complete.ts. */
  readonly containerID?: string;
  readonly imageID?: string;
  readonly state?: ContainerState;
  readonly lastState?: ContainerState;
  readonly allocatedResources?: ResourceList | null;
  readonly resources?: ResourceRequirements | null;
}

export interface PodStatus {
  readonly phase?: string;
  readonly reason?: string;
  readonly message?: string;
  readonly conditions?: readonly PodCondition[] | null;
  readonly containerStatuses?: readonly ContainerStatus[] | null;
  readonly initContainerStatuses?: readonly ContainerStatus[] | null;
  readonly startTime?: string | null;
  readonly podIP?: string;
  readonly hostIP?: string;
  readonly qosClass?: string;
  readonly observedGeneration?: number;
  readonly nominatedNodeName?: string;
  readonly resize?: string;
  readonly resources?: ResourceRequirements | null;
  readonly allocatedResources?: ResourceList | null;
}

export interface Pod extends KubernetesObject {
  readonly spec: PodSpec;
  readonly status?: PodStatus;
}

export interface PodTemplateSpec {
  readonly metadata?: Partial<ObjectMeta>;
  readonly spec: PodSpec;
}

export interface ContainerImage {
  readonly names?: readonly string[] | null;
  readonly sizeBytes?: number;
}

export interface NodeCondition {
  readonly type: string;
  readonly status: string;
  readonly reason?: string;
  readonly message?: string;
  readonly lastHeartbeatTime?: string | null;
  readonly lastTransitionTime?: string | null;
}

export interface Node extends KubernetesObject {
  readonly spec?: {
    readonly unschedulable?: boolean;
    readonly taints?: readonly Taint[] | null;
    readonly providerID?: string;
    readonly podCIDR?: string;
  };
  readonly status?: {
    readonly addresses?: readonly { readonly type: string; readonly address: string }[] | null;
    readonly nodeInfo?: Readonly<Record<string, string>>;
    readonly volumesAttached?: readonly { readonly name: string; readonly devicePath?: string }[] | null;
    readonly volumesInUse?: readonly string[] | null;
    readonly allocatable?: ResourceList | null;
    readonly capacity?: ResourceList | null;
    readonly images?: readonly ContainerImage[] | null;
    readonly conditions?: readonly NodeCondition[] | null;
  };
}

export interface Namespace extends KubernetesObject {
  readonly spec?: { readonly finalizers?: readonly string[] | null };
  readonly status?: { readonly phase?: string; readonly conditions?: readonly Condition[] | null };
}

export interface ServicePort {
  readonly name?: string;
  readonly port: number;
  readonly targetPort?: IntOrString;
  readonly nodePort?: number;
  readonly protocol?: string;
}

export interface Service extends KubernetesObject {
  readonly spec?: {
    readonly selector?: Labels | null;
    readonly type?: string;
    readonly clusterIP?: string;
    readonly clusterIPs?: readonly string[];
    readonly ipFamilies?: readonly string[];
    readonly ipFamilyPolicy?: string;
    readonly allocateLoadBalancerNodePorts?: boolean;
    readonly ports?: readonly ServicePort[] | null;
    readonly externalTrafficPolicy?: string;
    readonly internalTrafficPolicy?: string;
    readonly publishNotReadyAddresses?: boolean;
    readonly sessionAffinity?: string;
    readonly loadBalancerClass?: string | null;
  };
  readonly status?: {
    readonly loadBalancer?: {
      readonly ingress?: readonly { readonly ip?: string; readonly hostname?: string }[] | null;
    };
  };
}

export interface ReplicationController extends KubernetesObject {
  readonly spec?: {
    readonly replicas?: number | null;
    readonly selector?: Labels | null;
    readonly template?: PodTemplateSpec | null;
    readonly minReadySeconds?: number;
  };
  readonly status?: ReplicaSet["status"];
}

/** What Deployment, ReplicaSet, StatefulSet and DaemonSet share. */
export interface Workload extends KubernetesObject {
  readonly spec?: {
    readonly replicas?: number | null;
    readonly selector?: LabelSelector | null;
    readonly template?: PodTemplateSpec;
    readonly minReadySeconds?: number;
    readonly serviceName?: string;
    readonly volumeClaimTemplates?: readonly PersistentVolumeClaim[] | null;
  };
}

type WorkloadSpec = NonNullable<Workload["spec"]>;

export interface RollingUpdate {
  readonly maxSurge?: IntOrString | null;
  readonly maxUnavailable?: IntOrString | null;
  /** StatefulSets: ordinals below it stay at the current revision. */
  readonly partition?: number | null;
}

export interface Deployment extends Workload {
  readonly spec?: WorkloadSpec & {
    readonly strategy?: { readonly type?: string; readonly rollingUpdate?: RollingUpdate | null };
    readonly paused?: boolean;
    readonly progressDeadlineSeconds?: number | null;
    readonly revisionHistoryLimit?: number | null;
  };
  readonly status?: {
    readonly observedGeneration?: number;
    readonly replicas?: number;
    readonly updatedReplicas?: number;
    readonly readyReplicas?: number;
    readonly availableReplicas?: number;
    readonly unavailableReplicas?: number;
    readonly terminatingReplicas?: number;
    readonly collisionCount?: number;
    readonly conditions?: readonly Condition[] | null;
  };
}

export interface ReplicaSet extends Workload {
  readonly status?: {
    readonly observedGeneration?: number;
    readonly replicas?: number;
    readonly fullyLabeledReplicas?: number;
    readonly readyReplicas?: number;
    readonly availableReplicas?: number;
    readonly terminatingReplicas?: number;
    readonly conditions?: readonly Condition[] | null;
  };
}

export interface StatefulSet extends Workload {
  readonly spec?: WorkloadSpec & {
    readonly podManagementPolicy?: string;
    readonly updateStrategy?: { readonly type?: string; readonly rollingUpdate?: RollingUpdate | null };
    readonly revisionHistoryLimit?: number | null;
    readonly ordinals?: { readonly start?: number } | null;
    readonly persistentVolumeClaimRetentionPolicy?: {
      readonly whenDeleted?: string;
      readonly whenScaled?: string;
    } | null;
  };
  readonly status?: {
    readonly observedGeneration?: number;
    readonly replicas?: number;
    readonly readyReplicas?: number;
    readonly currentReplicas?: number;
    readonly updatedReplicas?: number;
    readonly availableReplicas?: number;
    readonly currentRevision?: string;
    readonly updateRevision?: string;
    readonly collisionCount?: number;
    readonly conditions?: readonly Condition[] | null;
  };
}

export interface DaemonSet extends Workload {
  readonly spec?: WorkloadSpec & {
    readonly updateStrategy?: { readonly type?: string; readonly rollingUpdate?: RollingUpdate | null };
    readonly revisionHistoryLimit?: number | null;
  };
  readonly status?: {
    readonly observedGeneration?: number;
    readonly desiredNumberScheduled?: number;
    readonly currentNumberScheduled?: number;
    readonly numberMisscheduled?: number;
    readonly numberReady?: number;
    readonly numberAvailable?: number;
    readonly numberUnavailable?: number;
    readonly updatedNumberScheduled?: number;
    readonly collisionCount?: number;
    readonly conditions?: readonly Condition[] | null;
  };
}

/** A template of a StatefulSet or DaemonSet as it was at one revision. */
export interface ControllerRevision extends KubernetesObject {
  readonly revision: number;
  readonly data?: unknown;
}

export interface PodFailurePolicyRule {
  readonly action: string;
  readonly onExitCodes?: {
    readonly containerName?: string | null;
    readonly operator: string;
    readonly values: readonly number[];
  } | null;
  readonly onPodConditions?: readonly { readonly type: string; readonly status?: string }[] | null;
}

export interface Job extends KubernetesObject {
  readonly spec?: {
    readonly parallelism?: number | null;
    readonly completions?: number | null;
    readonly suspend?: boolean | null;
    readonly completionMode?: string | null;
    readonly backoffLimit?: number | null;
    readonly backoffLimitPerIndex?: number | null;
    readonly maxFailedIndexes?: number | null;
    readonly activeDeadlineSeconds?: number | null;
    readonly ttlSecondsAfterFinished?: number | null;
    readonly podFailurePolicy?: { readonly rules: readonly PodFailurePolicyRule[] } | null;
    readonly podReplacementPolicy?: string | null;
    readonly successPolicy?: {
      readonly rules: readonly { readonly succeededIndexes?: string | null; readonly succeededCount?: number | null }[];
    } | null;
    readonly selector?: LabelSelector | null;
    readonly manualSelector?: boolean | null;
    readonly template?: PodTemplateSpec;
  };
  readonly status?: {
    readonly active?: number;
    readonly ready?: number | null;
    readonly succeeded?: number;
    readonly failed?: number;
    readonly terminating?: number | null;
    readonly completedIndexes?: string;
    readonly failedIndexes?: string | null;
    readonly uncountedTerminatedPods?: {
      readonly succeeded?: readonly string[] | null;
      readonly failed?: readonly string[] | null;
    } | null;
    readonly startTime?: string | null;
    readonly completionTime?: string | null;
    readonly conditions?: readonly Condition[] | null;
  };
}

export interface CronJob extends KubernetesObject {
  readonly spec?: {
    readonly schedule?: string;
    readonly timeZone?: string | null;
    readonly suspend?: boolean | null;
    readonly concurrencyPolicy?: string;
    readonly startingDeadlineSeconds?: number | null;
    readonly successfulJobsHistoryLimit?: number | null;
    readonly failedJobsHistoryLimit?: number | null;
    readonly jobTemplate?: { readonly metadata?: Partial<ObjectMeta>; readonly spec?: Job["spec"] };
  };
  readonly status?: {
    readonly active?: readonly ObjectReference[] | null;
    readonly lastScheduleTime?: string | null;
    readonly lastSuccessfulTime?: string | null;
  };
}

export interface PriorityClass extends KubernetesObject {
  readonly value: number;
  readonly globalDefault?: boolean;
  readonly preemptionPolicy?: string | null;
}

export interface PodDisruptionBudget extends KubernetesObject {
  readonly spec?: {
    readonly selector?: LabelSelector | null;
    readonly minAvailable?: number | string | null;
    readonly maxUnavailable?: number | string | null;
    readonly unhealthyPodEvictionPolicy?: string | null;
  };
  readonly status?: {
    readonly disruptionsAllowed?: number;
    readonly disruptedPods?: Readonly<Record<string, string>> | null;
    readonly currentHealthy?: number;
    readonly desiredHealthy?: number;
    readonly expectedPods?: number;
    readonly observedGeneration?: number;
    readonly conditions?: readonly Condition[] | null;
  };
}

export interface PersistentVolume extends KubernetesObject {
  readonly spec: {
    readonly capacity?: ResourceList | null;
    readonly accessModes?: readonly string[] | null;
    readonly storageClassName?: string;
    readonly volumeMode?: string | null;
    readonly claimRef?: { readonly namespace?: string; readonly name?: string; readonly uid?: string } | null;
    readonly nodeAffinity?: { readonly required?: NodeSelector | null } | null;
    readonly csi?: { readonly driver: string; readonly volumeHandle?: string } | null;
    readonly gcePersistentDisk?: { readonly pdName: string } | null;
    readonly awsElasticBlockStore?: { readonly volumeID: string } | null;
    readonly azureDisk?: { readonly diskName: string; readonly diskURI?: string } | null;
    readonly azureFile?: { readonly secretName?: string; readonly shareName: string } | null;
    readonly cinder?: { readonly volumeID: string } | null;
    readonly vsphereVolume?: { readonly volumePath: string } | null;
    readonly portworxVolume?: { readonly volumeID: string } | null;
    readonly volumeAttributesClassName?: string | null;
    readonly persistentVolumeReclaimPolicy?: string;
    readonly local?: unknown;
    readonly hostPath?: unknown;
  };
  readonly status?: { readonly phase?: string };
}

export interface PersistentVolumeClaim extends KubernetesObject {
  readonly spec: PersistentVolumeClaimSpec;
  readonly status?: { readonly phase?: string };
}

export interface StorageClass extends KubernetesObject {
  readonly provisioner?: string;
  readonly reclaimPolicy?: string | null;
  readonly allowVolumeExpansion?: boolean | null;
  readonly volumeBindingMode?: string | null;
  readonly allowedTopologies?:
    | readonly {
        readonly matchLabelExpressions?: readonly { readonly key: string; readonly values: readonly string[] }[] | null;
      }[]
    | null;
}

export interface CSINode extends KubernetesObject {
  readonly spec?: {
    readonly drivers?:
      | readonly {
          readonly name: string;
          readonly nodeID?: string;
          readonly topologyKeys?: readonly string[] | null;
          readonly allocatable?: { readonly count?: number | null } | null;
        }[]
      | null;
  };
}

export interface CSIDriver extends KubernetesObject {
  readonly spec?: { readonly storageCapacity?: boolean | null; readonly attachRequired?: boolean | null };
}

export interface CSIStorageCapacity extends KubernetesObject {
  readonly storageClassName: string;
  readonly capacity?: Quantity | null;
  readonly maximumVolumeSize?: Quantity | null;
  readonly nodeTopology?: LabelSelector | null;
}

/** Time fields of a Lease have microseconds, as the API writes them: see model/timestamp.ts, microTimestampAt. */
export interface Lease extends KubernetesObject {
  readonly spec?: {
    readonly holderIdentity?: string | null;
    readonly leaseDurationSeconds?: number | null;
    readonly acquireTime?: string | null;
    readonly renewTime?: string | null;
    readonly leaseTransitions?: number | null;
  };
}

/** An Event of the core group (named so as not to be mistaken for events of the engine or of watches). */
export interface EventObject extends KubernetesObject {
  readonly involvedObject: ObjectReference;
  readonly reason: string;
  readonly message: string;
  readonly type: "Normal" | "Warning";
  readonly source?: { readonly component?: string; readonly host?: string };
  readonly reportingComponent?: string;
  readonly count?: number;
  readonly firstTimestamp?: string | null;
  readonly lastTimestamp?: string | null;
}

export interface Endpoint {
  readonly addresses: readonly string[];
  readonly conditions?: {
    readonly ready?: boolean | null;
    readonly serving?: boolean | null;
    readonly terminating?: boolean | null;
  };
  readonly targetRef?: ObjectReference | null;
  readonly nodeName?: string | null;
  readonly zone?: string | null;
}

/** `kubernetes.io/service-name` among its labels names the service. */
export interface EndpointSlice extends KubernetesObject {
  readonly addressType: string;
  readonly endpoints: readonly Endpoint[];
  readonly ports?: readonly { readonly name?: string; readonly port?: number; readonly protocol?: string }[] | null;
}

export interface EndpointAddress {
  readonly ip: string;
  readonly hostname?: string;
  readonly nodeName?: string | null;
  readonly targetRef?: ObjectReference | null;
}

/** All its addresses answer on all its ports. */
export interface EndpointSubset {
  readonly addresses?: readonly EndpointAddress[] | null;
  readonly notReadyAddresses?: readonly EndpointAddress[] | null;
  readonly ports?: readonly { readonly name?: string; readonly port: number; readonly protocol?: string }[] | null;
}

/** The older form of EndpointSlices: one object for a Service, of the same name. */
export interface Endpoints extends KubernetesObject {
  readonly subsets?: readonly EndpointSubset[] | null;
}

export interface ResourceQuota extends KubernetesObject {
  readonly spec?: {
    readonly hard?: ResourceList | null;
    readonly scopes?: readonly string[] | null;
    readonly scopeSelector?: {
      readonly matchExpressions?:
        | readonly {
            readonly scopeName: string;
            readonly operator: string;
            readonly values?: readonly string[] | null;
          }[]
        | null;
    } | null;
  };
  readonly status?: { readonly hard?: ResourceList | null; readonly used?: ResourceList | null };
}

export interface LimitRange extends KubernetesObject {
  readonly spec?: {
    readonly limits?:
      | readonly {
          readonly type: string;
          readonly max?: ResourceList | null;
          readonly min?: ResourceList | null;
          readonly default?: ResourceList | null;
          readonly defaultRequest?: ResourceList | null;
          readonly maxLimitRequestRatio?: ResourceList | null;
        }[]
      | null;
  };
}

export interface ServiceAccount extends KubernetesObject {
  readonly secrets?: readonly ObjectReference[] | null;
}

export interface MetricTarget {
  readonly type: string;
  readonly averageUtilization?: number | null;
  readonly averageValue?: Quantity | null;
  readonly value?: Quantity | null;
}

export interface MetricIdentifier {
  readonly name: string;
  readonly selector?: LabelSelector | null;
}

export interface ScalingRules {
  readonly stabilizationWindowSeconds?: number | null;
  readonly selectPolicy?: string | null;
  readonly policies?:
    | readonly { readonly type: string; readonly value: number; readonly periodSeconds: number }[]
    | null;
  readonly tolerance?: Quantity | null;
}

export interface HorizontalPodAutoscaler extends KubernetesObject {
  readonly spec?: {
    readonly scaleTargetRef: { readonly apiVersion?: string; readonly kind: string; readonly name: string };
    readonly minReplicas?: number | null;
    readonly maxReplicas: number;
    readonly metrics?:
      | readonly {
          readonly type: string;
          readonly resource?: { readonly name: string; readonly target: MetricTarget } | null;
          readonly containerResource?: {
            readonly name: string;
            readonly container: string;
            readonly target: MetricTarget;
          } | null;
          readonly pods?: { readonly metric: MetricIdentifier; readonly target: MetricTarget } | null;
          readonly object?: {
            readonly describedObject: ObjectReference;
            readonly metric: MetricIdentifier;
            readonly target: MetricTarget;
          } | null;
          readonly external?: { readonly metric: MetricIdentifier; readonly target: MetricTarget } | null;
        }[]
      | null;
    readonly behavior?: { readonly scaleUp?: ScalingRules | null; readonly scaleDown?: ScalingRules | null } | null;
  };
  readonly status?: {
    readonly observedGeneration?: number | null;
    readonly currentReplicas?: number;
    readonly desiredReplicas?: number;
    readonly lastScaleTime?: string | null;
    readonly currentMetrics?: readonly unknown[] | null;
    readonly conditions?: readonly Condition[] | null;
  };
}

/** What metrics.k8s.io serves of a pod: usage over the last window, as its kubelet's cAdvisor saw it. */
export interface PodMetrics extends KubernetesObject {
  readonly timestamp?: string;
  readonly window?: string;
  readonly containers: readonly { readonly name: string; readonly usage: ResourceList }[];
}

/** What custom.metrics.k8s.io serves of an object, such as a pod. */
export interface MetricValue extends KubernetesObject {
  readonly describedObject: ObjectReference;
  readonly metric: { readonly name: string };
  readonly timestamp?: string;
  readonly value: Quantity;
}

/** What external.metrics.k8s.io serves of something outside of the cluster. */
export interface ExternalMetricValue extends KubernetesObject {
  readonly metricName: string;
  readonly metricLabels: Labels;
  readonly timestamp?: string;
  readonly value: Quantity;
}

export interface WebhookRule {
  readonly operations: readonly string[];
  readonly apiGroups: readonly string[];
  readonly apiVersions?: readonly string[];
  readonly resources: readonly string[];
  readonly scope?: string | null;
}

/** Validating and mutating alike; what a webhook decides is data of the scenario. */
export interface WebhookConfiguration extends KubernetesObject {
  readonly webhooks?:
    | readonly {
        readonly name: string;
        readonly failurePolicy?: string | null;
        readonly timeoutSeconds?: number | null;
        readonly namespaceSelector?: LabelSelector | null;
        readonly objectSelector?: LabelSelector | null;
        readonly rules?: readonly WebhookRule[] | null;
        readonly clientConfig?: {
          readonly service?: { readonly namespace: string; readonly name: string; readonly port?: number } | null;
          readonly url?: string | null;
        };
        readonly matchPolicy?: string | null;
        readonly reinvocationPolicy?: string | null;
      }[]
    | null;
}

export interface PolicyRule {
  readonly verbs: readonly string[];
  readonly apiGroups?: readonly string[] | null;
  readonly resources?: readonly string[] | null;
  readonly resourceNames?: readonly string[] | null;
  readonly nonResourceURLs?: readonly string[] | null;
}

/** Role and ClusterRole. */
export interface Role extends KubernetesObject {
  readonly rules?: readonly PolicyRule[] | null;
  readonly aggregationRule?: { readonly clusterRoleSelectors?: readonly LabelSelector[] | null } | null;
}

/** RoleBinding and ClusterRoleBinding. */
export interface RoleBinding extends KubernetesObject {
  readonly subjects?:
    | readonly {
        readonly kind: string;
        readonly name: string;
        readonly namespace?: string;
        readonly apiGroup?: string;
      }[]
    | null;
  readonly roleRef: { readonly apiGroup?: string; readonly kind: string; readonly name: string };
}

export interface FlowSchema extends KubernetesObject {
  readonly spec?: {
    readonly matchingPrecedence?: number;
    readonly priorityLevelConfiguration: { readonly name: string };
    readonly distinguisherMethod?: { readonly type: string } | null;
    readonly rules?:
      | readonly {
          readonly subjects: readonly {
            readonly kind: string;
            readonly user?: { readonly name: string } | null;
            readonly group?: { readonly name: string } | null;
            readonly serviceAccount?: { readonly namespace: string; readonly name: string } | null;
          }[];
          readonly resourceRules?:
            | readonly {
                readonly verbs: readonly string[];
                readonly apiGroups: readonly string[];
                readonly resources: readonly string[];
                readonly clusterScope?: boolean;
                readonly namespaces?: readonly string[] | null;
              }[]
            | null;
          readonly nonResourceRules?:
            | readonly { readonly verbs: readonly string[]; readonly nonResourceURLs: readonly string[] }[]
            | null;
        }[]
      | null;
  };
}

export interface PriorityLevelConfiguration extends KubernetesObject {
  readonly spec?: {
    readonly type: string;
    readonly limited?: {
      readonly nominalConcurrencyShares?: number | null;
      readonly lendablePercent?: number | null;
      readonly borrowingLimitPercent?: number | null;
      readonly limitResponse?: {
        readonly type: string;
        readonly queuing?: {
          readonly queues?: number;
          readonly handSize?: number;
          readonly queueLengthLimit?: number;
        } | null;
      } | null;
    } | null;
    readonly exempt?: {
      readonly nominalConcurrencyShares?: number | null;
      readonly lendablePercent?: number | null;
    } | null;
  };
}

export interface VolumeAttachment extends KubernetesObject {
  readonly spec: {
    readonly attacher: string;
    readonly nodeName: string;
    readonly source: { readonly persistentVolumeName?: string | null };
  };
  readonly status?: { readonly attached: boolean };
}

/** ConfigMaps and Secrets: kept for what they weigh and for who owns them. */
export interface DataObject extends KubernetesObject {
  readonly data?: Readonly<Record<string, string>> | null;
}

/** All objects of a cluster by kind, as the loaders give them and as the scheduler is fed. Every list may be empty. */
export interface ClusterObjects {
  readonly nodes: readonly Node[];
  readonly pods: readonly Pod[];
  readonly namespaces: readonly Namespace[];
  readonly services: readonly Service[];
  readonly replicationControllers: readonly ReplicationController[];
  readonly replicaSets: readonly ReplicaSet[];
  readonly statefulSets: readonly StatefulSet[];
  readonly deployments: readonly Deployment[];
  readonly daemonSets: readonly DaemonSet[];
  readonly jobs: readonly Job[];
  readonly cronJobs: readonly CronJob[];
  readonly priorityClasses: readonly PriorityClass[];
  readonly podDisruptionBudgets: readonly PodDisruptionBudget[];
  readonly persistentVolumes: readonly PersistentVolume[];
  readonly persistentVolumeClaims: readonly PersistentVolumeClaim[];
  readonly storageClasses: readonly StorageClass[];
  readonly csiNodes: readonly CSINode[];
  readonly csiDrivers: readonly CSIDriver[];
  readonly csiStorageCapacities: readonly CSIStorageCapacity[];
  readonly leases: readonly Lease[];
  readonly events: readonly EventObject[];
  readonly endpointSlices: readonly EndpointSlice[];
  readonly endpoints: readonly Endpoints[];
  readonly controllerRevisions: readonly ControllerRevision[];
  readonly resourceQuotas: readonly ResourceQuota[];
  readonly limitRanges: readonly LimitRange[];
  readonly serviceAccounts: readonly ServiceAccount[];
  readonly horizontalPodAutoscalers: readonly HorizontalPodAutoscaler[];
  readonly podMetrics: readonly PodMetrics[];
  readonly customMetrics: readonly MetricValue[];
  readonly externalMetrics: readonly ExternalMetricValue[];
  readonly validatingWebhookConfigurations: readonly WebhookConfiguration[];
  readonly mutatingWebhookConfigurations: readonly WebhookConfiguration[];
  readonly roles: readonly Role[];
  readonly clusterRoles: readonly Role[];
  readonly roleBindings: readonly RoleBinding[];
  readonly clusterRoleBindings: readonly RoleBinding[];
  readonly flowSchemas: readonly FlowSchema[];
  readonly priorityLevelConfigurations: readonly PriorityLevelConfiguration[];
  readonly volumeAttachments: readonly VolumeAttachment[];
  readonly configMaps: readonly DataObject[];
  readonly secrets: readonly DataObject[];
}

/** A ClusterObjects with every list empty, to be spread over. */
export function noObjects(): { -readonly [K in keyof ClusterObjects]: ClusterObjects[K][number][] } {
  return {
    nodes: [],
    pods: [],
    namespaces: [],
    services: [],
    replicationControllers: [],
    replicaSets: [],
    statefulSets: [],
    deployments: [],
    daemonSets: [],
    jobs: [],
    cronJobs: [],
    priorityClasses: [],
    podDisruptionBudgets: [],
    persistentVolumes: [],
    persistentVolumeClaims: [],
    storageClasses: [],
    csiNodes: [],
    csiDrivers: [],
    csiStorageCapacities: [],
    leases: [],
    events: [],
    endpointSlices: [],
    endpoints: [],
    controllerRevisions: [],
    resourceQuotas: [],
    limitRanges: [],
    serviceAccounts: [],
    horizontalPodAutoscalers: [],
    podMetrics: [],
    customMetrics: [],
    externalMetrics: [],
    validatingWebhookConfigurations: [],
    mutatingWebhookConfigurations: [],
    roles: [],
    clusterRoles: [],
    roleBindings: [],
    clusterRoleBindings: [],
    flowSchemas: [],
    priorityLevelConfigurations: [],
    volumeAttachments: [],
    configMaps: [],
    secrets: [],
  };
}
