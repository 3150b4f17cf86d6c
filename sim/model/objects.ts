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

export interface Container {
  readonly name: string;
  readonly image?: string;
  readonly resources?: ResourceRequirements | null;
  readonly ports?: readonly ContainerPort[] | null;
  readonly restartPolicy?: string | null;
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
}

export interface PodCondition {
  readonly type: string;
  readonly status: string;
  readonly reason?: string;
  readonly message?: string;
  readonly lastTransitionTime?: string | null;
  readonly observedGeneration?: number;
}

export interface ContainerStatus {
  readonly name: string;
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
}

export interface Node extends KubernetesObject {
  readonly spec?: {
    readonly unschedulable?: boolean;
    readonly taints?: readonly Taint[] | null;
    readonly providerID?: string;
    readonly podCIDR?: string;
  };
  readonly status?: {
    readonly allocatable?: ResourceList | null;
    readonly capacity?: ResourceList | null;
    readonly images?: readonly ContainerImage[] | null;
    readonly conditions?: readonly NodeCondition[] | null;
  };
}

export interface Namespace extends KubernetesObject {
  readonly spec?: unknown;
}

export interface Service extends KubernetesObject {
  readonly spec?: { readonly selector?: Labels | null; readonly type?: string; readonly clusterIP?: string };
}

export interface ReplicationController extends KubernetesObject {
  readonly spec?: {
    readonly replicas?: number | null;
    readonly selector?: Labels | null;
    readonly template?: PodTemplateSpec | null;
  };
}

/** Deployment, ReplicaSet, StatefulSet and DaemonSet share what the simulator reads of them today. */
export interface Workload extends KubernetesObject {
  readonly spec?: {
    readonly replicas?: number | null;
    readonly selector?: LabelSelector | null;
    readonly template?: PodTemplateSpec;
    readonly serviceName?: string;
    readonly volumeClaimTemplates?: readonly PersistentVolumeClaim[] | null;
  };
}

export interface Job extends KubernetesObject {
  readonly spec?: {
    readonly parallelism?: number | null;
    readonly completions?: number | null;
    readonly suspend?: boolean | null;
    readonly completionMode?: string | null;
    readonly template?: PodTemplateSpec;
  };
  readonly status?: { readonly succeeded?: number; readonly conditions?: readonly PodCondition[] | null };
}

export interface CronJob extends KubernetesObject {
  readonly spec?: {
    readonly schedule?: string;
    readonly suspend?: boolean | null;
    readonly jobTemplate?: { readonly spec?: Job["spec"] };
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
  };
  readonly status?: {
    readonly disruptionsAllowed?: number;
    readonly disruptedPods?: Readonly<Record<string, string>> | null;
    readonly currentHealthy?: number;
    readonly desiredHealthy?: number;
    readonly expectedPods?: number;
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

/** All objects of a cluster by kind, as the loaders give them and as the scheduler is fed. Every list may be empty. */
export interface ClusterObjects {
  readonly nodes: readonly Node[];
  readonly pods: readonly Pod[];
  readonly namespaces: readonly Namespace[];
  readonly services: readonly Service[];
  readonly replicationControllers: readonly ReplicationController[];
  readonly replicaSets: readonly Workload[];
  readonly statefulSets: readonly Workload[];
  readonly deployments: readonly Workload[];
  readonly daemonSets: readonly Workload[];
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
  };
}
