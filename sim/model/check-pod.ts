// Notes mistakes in the fields of a pod that the simulator reads, by the rules of the API server's validation where a
// broken rule would make the result mean nothing. Unknown fields are fine: objects carry far more than we read.
import { checkLabelSelector, checkNodeAffinity, checkWeight } from "./check-selectors.ts";
import { GPU_ANNOTATION_LIMITS } from "./gpu/convention.ts";
import { compareQuantities } from "./quantity.ts";
import type { Reader } from "./reader.ts";

const INT32_MAX = 2_147_483_647;
const EFFECTS = ["NoSchedule", "PreferNoSchedule", "NoExecute"] as const;

export interface PodCheckOptions {
  /** Containers are left out in the templates of some tests and dumps of controllers; a pod must have one. */
  readonly containersRequired: boolean;
}

/** The spec of a pod or of a pod template. */
export function checkPodSpec(spec: Reader, options: PodCheckOptions): void {
  if (!spec.mapping(true)) return;
  const containers = spec.field("containers");
  const list = containers.items();
  if (options.containersRequired && list.length === 0 && (!containers.present || Array.isArray(containers.value))) {
    containers.expected("a list with at least one container");
  }
  const names = new Set<string>();
  for (const container of list) checkContainer(container, names, false);
  for (const container of spec.field("initContainers").items()) checkContainer(container, names, true);
  for (const container of spec.field("ephemeralContainers").items()) container.mapping(true);

  spec.field("nodeName").text();
  spec.field("nodeSelector").textMap();
  spec.field("schedulerName").text();
  spec.field("priorityClassName").text();
  spec.field("runtimeClassName").text();
  spec.field("serviceAccountName").text();
  spec.field("priority").integer(-INT32_MAX - 1, INT32_MAX);
  spec.field("preemptionPolicy").choice(["Never", "PreemptLowerPriority"]);
  spec.field("restartPolicy").choice(["Always", "OnFailure", "Never"]);
  spec.field("hostNetwork").boolean();
  spec.field("terminationGracePeriodSeconds").integer(0, Number.MAX_SAFE_INTEGER);
  spec.field("activeDeadlineSeconds").integer(1, INT32_MAX);
  checkResourceList(spec.field("overhead"));
  checkResources(spec.field("resources"));
  checkAffinity(spec.field("affinity"));
  for (const toleration of spec.field("tolerations").items()) checkToleration(toleration);
  checkSpreadConstraints(spec.field("topologySpreadConstraints"));
  for (const gate of spec.field("schedulingGates").items()) if (gate.mapping(true)) gate.field("name").requiredText();
  checkVolumes(spec.field("volumes"));
}

/** Annotations that ask for shares of GPUs. */
export function checkGpuAnnotations(annotations: Reader): void {
  for (const [name, entry] of annotations.entries()) {
    const most = GPU_ANNOTATION_LIMITS[name];
    if (most === undefined) continue;
    const { value } = entry;
    if (typeof value !== "string" || !/^\d{1,7}$/.test(value) || Number(value) > most)
      entry.expected(`a whole number from 0 to ${most}, as text (quote it)`);
  }
}

/** What the scheduler and the reports read of a pod's status. */
export function checkPodStatus(status: Reader): void {
  if (!status.mapping()) return;
  status.field("phase").choice(["Pending", "Running", "Succeeded", "Failed", "Unknown"]);
  status.field("startTime").text();
  status.field("nominatedNodeName").text();
  checkConditions(status.field("conditions"));
  for (const list of ["containerStatuses", "initContainerStatuses"]) {
    for (const item of status.field(list).items()) {
      if (!item.mapping(true)) continue;
      item.field("name").requiredText();
      checkResourceList(item.field("allocatedResources"));
      checkResources(item.field("resources"));
    }
  }
  checkResources(status.field("resources"));
  checkResourceList(status.field("allocatedResources"));
}

/** Status conditions of pods and nodes. */
export function checkConditions(conditions: Reader): void {
  for (const condition of conditions.items()) {
    if (!condition.mapping(true)) continue;
    condition.field("type").requiredText();
    condition.field("status").choice(["True", "False", "Unknown"]);
    condition.field("reason").text();
    condition.field("message").text();
  }
}

/** A mapping of resource names to quantities that are not negative. */
export function checkResourceList(list: Reader): void {
  for (const [, entry] of list.entries()) {
    if (entry.present) entry.quantity();
    else entry.expected('a quantity, such as 2, "500m" or "1.5Gi"');
  }
}

/** Requests and limits; a request must not exceed its limit. */
export function checkResources(resources: Reader): void {
  if (!resources.mapping()) return;
  const requests = resources.field("requests");
  const limits = resources.field("limits");
  checkResourceList(requests);
  checkResourceList(limits);
  if (!requests.present || !limits.present) return;
  for (const [name, request] of requests.entries()) {
    const limit = limits.field(name).value;
    const asked = request.value;
    if (
      (typeof limit !== "string" && typeof limit !== "number") ||
      (typeof asked !== "string" && typeof asked !== "number")
    )
      continue;
    if (isMore(asked, limit)) request.expected(`at most the limit, ${limit}`);
  }
}

/** A taint of a node. */
export function checkTaint(taint: Reader, seen: Set<string>): void {
  if (!taint.mapping(true)) return;
  const key = taint.field("key").requiredText();
  taint.field("value").text();
  const effect = taint.field("effect");
  if (!effect.present) effect.expected(`one of ${EFFECTS.join(", ")}`);
  const identity = `${key}\u0000${effect.choice(EFFECTS)}`;
  if (seen.has(identity)) taint.expected("a taint with another key or effect than the ones before");
  seen.add(identity);
}

function isMore(a: string | number, b: string | number): boolean {
  try {
    return compareQuantities(a, b) > 0;
  } catch {
    return false; // malformed: noted already
  }
}

function checkContainer(container: Reader, names: Set<string>, init: boolean): void {
  if (!container.mapping(true)) return;
  const name = container.field("name").requiredText();
  if (name !== undefined && names.has(name))
    container.field("name").expected("a name that no other container of the pod has");
  if (name !== undefined) names.add(name);
  container.field("image").text();
  if (init) container.field("restartPolicy").text();
  checkResources(container.field("resources"));
  for (const port of container.field("ports").items()) {
    if (!port.mapping(true)) continue;
    const number = port.field("containerPort");
    if (!number.present) number.expected("a whole number from 1 to 65535");
    number.integer(1, 65_535);
    port.field("hostPort").integer(0, 65_535);
    port.field("hostIP").text();
    port.field("protocol").choice(["TCP", "UDP", "SCTP"]);
  }
}

function checkAffinity(affinity: Reader): void {
  if (!affinity.mapping()) return;
  checkNodeAffinity(affinity.field("nodeAffinity"));
  for (const kind of ["podAffinity", "podAntiAffinity"]) {
    const terms = affinity.field(kind);
    if (!terms.mapping()) continue;
    for (const term of terms.field("requiredDuringSchedulingIgnoredDuringExecution").items())
      checkPodAffinityTerm(term);
    for (const weighted of terms.field("preferredDuringSchedulingIgnoredDuringExecution").items()) {
      if (!weighted.mapping(true)) continue;
      checkWeight(weighted.field("weight"));
      checkPodAffinityTerm(weighted.field("podAffinityTerm"));
    }
  }
}

function checkPodAffinityTerm(term: Reader): void {
  if (!term.mapping(true)) return;
  term.field("topologyKey").requiredText();
  checkLabelSelector(term.field("labelSelector"));
  checkLabelSelector(term.field("namespaceSelector"));
  checkTexts(term.field("namespaces"));
  checkTexts(term.field("matchLabelKeys"));
  checkTexts(term.field("mismatchLabelKeys"));
}

function checkTexts(list: Reader): void {
  for (const item of list.items()) item.requiredText();
}

function checkToleration(toleration: Reader): void {
  if (!toleration.mapping(true)) return;
  const key = toleration.field("key").text() ?? "";
  const operator = toleration.field("operator");
  const chosen = operator.value === "" ? "Equal" : (operator.choice(["Exists", "Equal"]) ?? "Equal");
  if (key === "" && chosen !== "Exists" && (operator.value === "Equal" || operator.value === "" || !operator.present)) {
    operator.expected("Exists, as the key is empty");
  }
  const value = toleration.field("value");
  if (chosen === "Exists" && (value.text() ?? "") !== "") value.expected("no value, as the operator is Exists");
  value.text();
  const effect = toleration.field("effect");
  if (effect.value !== "") effect.choice(EFFECTS);
  toleration.field("tolerationSeconds").integer(Number.MIN_SAFE_INTEGER, Number.MAX_SAFE_INTEGER);
}

function checkSpreadConstraints(list: Reader): void {
  const seen = new Set<string>();
  for (const item of list.items()) {
    if (!item.mapping(true)) continue;
    const maxSkew = item.field("maxSkew");
    if (!maxSkew.present) maxSkew.expected("a whole number of at least 1");
    maxSkew.integer(1, INT32_MAX);
    const key = item.field("topologyKey").requiredText();
    const when = item.field("whenUnsatisfiable");
    if (!when.present) when.expected("one of DoNotSchedule, ScheduleAnyway");
    const action = when.choice(["DoNotSchedule", "ScheduleAnyway"]);
    const identity = `${key}\u0000${action}`;
    if (seen.has(identity)) item.expected("another topologyKey or whenUnsatisfiable than the constraints before");
    seen.add(identity);
    const minDomains = item.field("minDomains");
    minDomains.integer(1, INT32_MAX);
    if (minDomains.present && action === "ScheduleAnyway")
      minDomains.expected("nothing, unless whenUnsatisfiable is DoNotSchedule");
    item.field("nodeAffinityPolicy").choice(["Honor", "Ignore"]);
    item.field("nodeTaintsPolicy").choice(["Honor", "Ignore"]);
    checkLabelSelector(item.field("labelSelector"));
    checkTexts(item.field("matchLabelKeys"));
  }
}

function checkVolumes(list: Reader): void {
  const names = new Set<string>();
  for (const volume of list.items()) {
    if (!volume.mapping(true)) continue;
    const name = volume.field("name").requiredText();
    if (name !== undefined && names.has(name))
      volume.field("name").expected("a name that no other volume of the pod has");
    if (name !== undefined) names.add(name);
    requireIn(volume.field("persistentVolumeClaim"), "claimName");
    requireIn(volume.field("gcePersistentDisk"), "pdName");
    requireIn(volume.field("awsElasticBlockStore"), "volumeID");
    requireIn(volume.field("azureDisk"), "diskName");
    requireIn(volume.field("iscsi"), "iqn");
    requireIn(volume.field("rbd"), "image");
    if (volume.field("rbd").present) checkTexts(volume.field("rbd").field("monitors"));
    requireIn(volume.field("csi"), "driver");
    const ephemeral = volume.field("ephemeral");
    if (ephemeral.mapping()) {
      const template = ephemeral.field("volumeClaimTemplate");
      if (template.mapping()) checkClaimSpec(template.field("spec"));
    }
    const image = volume.field("image");
    if (image.mapping()) image.field("reference").text();
  }
}

function requireIn(source: Reader, field: string): void {
  if (source.mapping()) source.field(field).requiredText();
}

/** The spec of a PersistentVolumeClaim or of a template of one. */
export function checkClaimSpec(spec: Reader): void {
  if (!spec.mapping(true)) return;
  checkTexts(spec.field("accessModes"));
  checkResources(spec.field("resources"));
  spec.field("storageClassName").text();
  spec.field("volumeName").text();
  spec.field("volumeMode").choice(["Filesystem", "Block"]);
  checkLabelSelector(spec.field("selector"));
}
