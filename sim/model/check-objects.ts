// Notes mistakes in the fields that the simulator reads, kind by kind; see check-pod.ts for pods.
import { checkCronJobFields, checkJobFields } from "./check-batch.ts";
import {
  checkClaimSpec,
  checkConditions,
  checkGpuAnnotations,
  checkPodSpec,
  checkPodStatus,
  checkResourceList,
  checkTaint,
} from "./check-pod.ts";
import { checkLabelSelector, checkNodeSelector } from "./check-selectors.ts";
import type { ClusterObjects } from "./objects.ts";
import type { Reader } from "./reader.ts";
import { readWebhookPatch, WEBHOOK_PATCH_ANNOTATION } from "./webhook-patch.ts";

const INT32_MAX = 2_147_483_647;
const MAX_NAME_LENGTH = 253;
const NAME = /^[a-z0-9]([-a-z0-9.]*[a-z0-9])?$/;
const LABEL_VALUE = /^(([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9])?$/;
const LABEL_KEY = /^([a-z0-9]([-a-z0-9.]*[a-z0-9])?\/)?[A-Za-z0-9]([-A-Za-z0-9_.]*[A-Za-z0-9])?$/;

/** Checks an object that goes into the list of this name. */
export function checkObject(list: keyof ClusterObjects, object: Reader): void {
  checkMetadata(object.field("metadata"), list === "pods");
  CHECKS[list](object);
}

const CHECKS: { readonly [K in keyof ClusterObjects]: (object: Reader) => void } = {
  nodes: checkNode,
  pods: (pod) => {
    checkGpuAnnotations(pod.field("metadata").field("annotations"));
    checkPodSpec(pod.field("spec"), { containersRequired: true });
    checkPodStatus(pod.field("status"));
  },
  namespaces: () => undefined,
  services: (service) => {
    const spec = service.field("spec");
    if (spec.mapping()) spec.field("selector").textMap();
  },
  replicationControllers: (controller) => {
    const spec = controller.field("spec");
    if (!spec.mapping()) return;
    checkReplicas(spec);
    spec.field("selector").textMap();
    checkTemplate(spec.field("template"), false);
  },
  replicaSets: checkWorkload,
  statefulSets: (set) => {
    checkWorkload(set);
    for (const claim of set.field("spec").field("volumeClaimTemplates").items()) {
      if (!claim.mapping(true)) continue;
      checkMetadata(claim.field("metadata"), false);
      checkClaimSpec(claim.field("spec"));
    }
  },
  deployments: checkWorkload,
  daemonSets: checkWorkload,
  jobs: (job) => checkJobSpec(job.field("spec")),
  cronJobs: (job) => {
    const spec = job.field("spec");
    if (!spec.mapping(true)) return;
    checkCronJobFields(spec);
    const template = spec.field("jobTemplate");
    if (template.mapping(true)) checkJobSpec(template.field("spec"));
  },
  priorityClasses: (priorityClass) => {
    const value = priorityClass.field("value");
    if (!value.present) value.expected("a whole number");
    value.integer(-INT32_MAX - 1, INT32_MAX);
    priorityClass.field("globalDefault").boolean();
    priorityClass.field("preemptionPolicy").choice(["Never", "PreemptLowerPriority"]);
  },
  podDisruptionBudgets: (budget) => {
    const spec = budget.field("spec");
    if (spec.mapping()) {
      checkLabelSelector(spec.field("selector"));
      checkCountOrShare(spec.field("minAvailable"));
      checkCountOrShare(spec.field("maxUnavailable"));
      if (spec.field("minAvailable").present && spec.field("maxUnavailable").present) {
        spec.field("maxUnavailable").expected("nothing, as minAvailable is given");
      }
    }
    const status = budget.field("status");
    if (!status.mapping()) return;
    for (const name of ["disruptionsAllowed", "currentHealthy", "desiredHealthy", "expectedPods"])
      status.field(name).integer(-INT32_MAX, INT32_MAX);
    status.field("disruptedPods").mapping();
  },
  persistentVolumes: (volume) => {
    const spec = volume.field("spec");
    if (!spec.mapping(true)) return;
    checkResourceList(spec.field("capacity"));
    for (const mode of spec.field("accessModes").items()) mode.requiredText();
    spec.field("storageClassName").text();
    spec.field("volumeMode").choice(["Filesystem", "Block"]);
    const claim = spec.field("claimRef");
    if (claim.mapping()) for (const name of ["namespace", "name", "uid"]) claim.field(name).text();
    const affinity = spec.field("nodeAffinity");
    if (affinity.mapping()) checkNodeSelector(affinity.field("required"));
    const csi = spec.field("csi");
    if (csi.mapping()) csi.field("driver").requiredText();
    const status = volume.field("status");
    if (status.mapping()) status.field("phase").text();
  },
  persistentVolumeClaims: (claim) => {
    checkClaimSpec(claim.field("spec"));
    const status = claim.field("status");
    if (status.mapping()) status.field("phase").text();
  },
  storageClasses: (storageClass) => {
    storageClass.field("provisioner").text();
    storageClass.field("volumeBindingMode").choice(["Immediate", "WaitForFirstConsumer"]);
    for (const term of storageClass.field("allowedTopologies").items()) {
      if (!term.mapping(true)) continue;
      for (const expression of term.field("matchLabelExpressions").items()) {
        if (!expression.mapping(true)) continue;
        expression.field("key").requiredText();
        const values = expression.field("values");
        if (!values.present) values.expected("a list of text");
        for (const value of values.items()) if (typeof value.value !== "string") value.expected("text");
      }
    }
  },
  csiNodes: (node) => {
    const spec = node.field("spec");
    if (!spec.mapping()) return;
    for (const driver of spec.field("drivers").items()) {
      if (!driver.mapping(true)) continue;
      driver.field("name").requiredText();
      for (const key of driver.field("topologyKeys").items()) key.requiredText();
      const allocatable = driver.field("allocatable");
      if (allocatable.mapping()) allocatable.field("count").integer(0, INT32_MAX);
    }
  },
  csiDrivers: (driver) => {
    const spec = driver.field("spec");
    if (!spec.mapping()) return;
    spec.field("storageCapacity").boolean();
    spec.field("attachRequired").boolean();
  },
  csiStorageCapacities: (capacity) => {
    capacity.field("storageClassName").requiredText();
    capacity.field("capacity").quantity();
    capacity.field("maximumVolumeSize").quantity();
    checkLabelSelector(capacity.field("nodeTopology"));
  },
  leases: () => undefined,
  events: () => undefined,
  endpointSlices: () => undefined,
  endpoints: () => undefined,
  controllerRevisions: () => undefined,
  resourceQuotas: (quota) => {
    const spec = quota.field("spec");
    if (spec.mapping()) checkResourceList(spec.field("hard"));
  },
  limitRanges: (range) => {
    const spec = range.field("spec");
    if (!spec.mapping()) return;
    for (const limit of spec.field("limits").items()) {
      if (!limit.mapping(true)) continue;
      limit.field("type").requiredText();
      for (const name of ["max", "min", "default", "defaultRequest", "maxLimitRequestRatio"])
        checkResourceList(limit.field(name));
    }
  },
  serviceAccounts: () => undefined,
  horizontalPodAutoscalers: (autoscaler) => {
    const spec = autoscaler.field("spec");
    if (!spec.mapping(true)) return;
    const target = spec.field("scaleTargetRef");
    if (target.mapping(true)) for (const name of ["kind", "name"]) target.field(name).requiredText();
    spec.field("minReplicas").integer(0, INT32_MAX);
    if (!spec.field("maxReplicas").present) spec.field("maxReplicas").expected("a whole number of at least 1");
    spec.field("maxReplicas").integer(1, INT32_MAX);
  },
  podMetrics: () => undefined,
  customMetrics: () => undefined,
  externalMetrics: () => undefined,
  validatingWebhookConfigurations: () => undefined,
  mutatingWebhookConfigurations: checkWebhookPatches,
  roles: () => undefined,
  clusterRoles: () => undefined,
  roleBindings: () => undefined,
  clusterRoleBindings: () => undefined,
  flowSchemas: () => undefined,
  priorityLevelConfigurations: () => undefined,
  volumeAttachments: () => undefined,
  configMaps: () => undefined,
  secrets: () => undefined,
};

function checkWebhookPatches(configuration: Reader): void {
  for (const [name, annotation] of configuration.field("metadata").field("annotations").entries()) {
    if (name !== WEBHOOK_PATCH_ANNOTATION && !name.startsWith(`${WEBHOOK_PATCH_ANNOTATION}.`)) continue;
    const { value } = annotation;
    const patch = typeof value === "string" ? readWebhookPatch(value) : "a text that holds a patch";
    if (typeof patch === "string") annotation.expected(patch);
  }
}

/** Name, namespace and labels; a pod may have generateName instead of a name. */
export function checkMetadata(metadata: Reader, generated: boolean): void {
  if (!metadata.mapping(true)) return;
  const name = metadata.field("name");
  if (!(generated && !name.present && metadata.field("generateName").requiredText() !== undefined)) {
    const text = name.requiredText();
    if (text !== undefined && (text.length > MAX_NAME_LENGTH || !NAME.test(text))) {
      name.expected("a name of lower-case letters, digits, - and ., at most 253 characters");
    }
  }
  const namespace = metadata.field("namespace");
  const space = namespace.text();
  if (space !== undefined && space !== "" && !/^[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?$/.test(space))
    namespace.expected("a namespace name");
  checkLabels(metadata.field("labels"));
  for (const field of ["uid", "resourceVersion", "deletionTimestamp", "creationTimestamp"])
    metadata.field(field).text();
  for (const owner of metadata.field("ownerReferences").items()) {
    if (!owner.mapping(true)) continue;
    owner.field("kind").requiredText();
    owner.field("name").requiredText();
    owner.field("uid").text();
    owner.field("controller").boolean();
  }
}

/** Labels by the API server's rules for keys and values. */
export function checkLabels(labels: Reader): void {
  for (const [key, entry] of labels.entries()) {
    const name = key.slice(key.indexOf("/") + 1);
    if (!LABEL_KEY.test(key) || name.length > 63 || key.length > 317) entry.expected("a valid label key before it");
    if (typeof entry.value !== "string") entry.expected("text (quote numbers and true or false)");
    else if (entry.value.length > 63 || !LABEL_VALUE.test(entry.value)) {
      entry.expected(
        "a label value: at most 63 letters, digits, -, _ and ., beginning and ending with a letter or digit",
      );
    }
  }
}

function checkNode(node: Reader): void {
  const spec = node.field("spec");
  if (spec.mapping()) {
    spec.field("unschedulable").boolean();
    const seen = new Set<string>();
    for (const taint of spec.field("taints").items()) checkTaint(taint, seen);
  }
  const status = node.field("status");
  if (!status.mapping()) return;
  checkResourceList(status.field("allocatable"));
  checkResourceList(status.field("capacity"));
  checkConditions(status.field("conditions"));
  for (const image of status.field("images").items()) {
    if (!image.mapping(true)) continue;
    for (const name of image.field("names").items()) name.text();
    image.field("sizeBytes").integer(0, Number.MAX_SAFE_INTEGER);
  }
}

function checkWorkload(workload: Reader): void {
  const spec = workload.field("spec");
  if (!spec.mapping()) return;
  checkReplicas(spec);
  checkLabelSelector(spec.field("selector"));
  spec.field("serviceName").text();
  checkTemplate(spec.field("template"), false);
}

function checkReplicas(spec: Reader): void {
  spec.field("replicas").integer(0, INT32_MAX);
}

function checkJobSpec(spec: Reader): void {
  if (!spec.mapping(true)) return;
  checkJobFields(spec);
  checkTemplate(spec.field("template"), true);
}

function checkTemplate(template: Reader, required: boolean): void {
  if (!template.mapping(required)) return;
  const metadata = template.field("metadata");
  if (metadata.mapping()) {
    checkLabels(metadata.field("labels"));
    checkGpuAnnotations(metadata.field("annotations"));
  }
  checkPodSpec(template.field("spec"), { containersRequired: true });
}

function checkCountOrShare(field: Reader): void {
  if (!field.present) return;
  if (typeof field.value === "string") {
    if (!/^\d{1,9}%$/.test(field.value)) field.expected('a whole number or a percentage such as "50%"');
  } else {
    field.integer(0, INT32_MAX);
  }
}
