// What a cluster makes by itself and a simulated one makes again: endpoints, leases, events, what every namespace gets, the roles and flow
// schemas that API servers install. Taken over, they would stand beside the simulation's own. Also what has run to its end.
import { isMapping, type Mapping } from "../flatten.ts";

const BY_KIND: Readonly<Record<string, string>> = {
  Event: "a record of what happened",
  Endpoints: "made from the Service and its pods",
  EndpointSlice: "made from the Service and its pods",
  Lease: "kubelets and leaders make their own",
  ControllerRevision: "made from the template of its owner",
  PodMetrics: "a measurement",
  NodeMetrics: "a measurement",
  VolumeAttachment: "made for pods on their nodes",
  ComponentStatus: "a state",
  APIService: "made by API servers",
};

const SYSTEM_NAMESPACES = new Set(["default", "kube-node-lease", "kube-public", "kube-system"]);
const NAME_LABEL = "kubernetes.io/metadata.name";
const ROLES = new Set(["Role", "ClusterRole", "RoleBinding", "ClusterRoleBinding"]);
const SYSTEM_CLASSES = new Set(["system-cluster-critical", "system-node-critical"]);

/** Why the object is not taken over although nothing is lost; null when it is not of this sort. */
export function madeAgain(object: Mapping): string | null {
  const kind = String(object["kind"] ?? "");
  const known = BY_KIND[kind];
  if (known !== undefined) return known;
  const metadata = isMapping(object["metadata"]) ? object["metadata"] : {};
  const name = String(metadata["name"] ?? "");
  const labels = isMapping(metadata["labels"]) ? metadata["labels"] : {};
  const annotations = isMapping(metadata["annotations"]) ? metadata["annotations"] : {};
  if (kind === "Namespace") return isBare(name, labels, annotations) ? "made where objects are in it" : null;
  if (kind === "ConfigMap" && name === "kube-root-ca.crt") return "every namespace gets one";
  if (kind === "ServiceAccount" && name === "default") return "every namespace gets one";
  if (kind === "Secret" && object["type"] === "kubernetes.io/service-account-token")
    return "a token of a service account";
  if (kind === "PriorityClass" && SYSTEM_CLASSES.has(name)) return "every cluster has it";
  if (kind === "Service" && name === "kubernetes" && (metadata["namespace"] ?? "default") === "default")
    return "the API servers' own";
  if (ROLES.has(kind) && labels["kubernetes.io/bootstrapping"] !== undefined) return "installed by API servers";
  if (
    (kind === "FlowSchema" || kind === "PriorityLevelConfiguration") &&
    annotations["apf.kubernetes.io/autoupdate-spec"] !== undefined
  )
    return "installed by API servers";
  return null;
}

// labels that somebody has given may be selected by affinity or webhooks
function isBare(name: string, labels: Mapping, annotations: Mapping): boolean {
  const own = Object.keys(labels).filter((key) => key !== NAME_LABEL);
  return own.length === 0 && (SYSTEM_NAMESPACES.has(name) || Object.keys(annotations).length === 0);
}

/** Why an object that has come to its end is not taken over; null when it has not. */
export function isOver(object: Mapping): string | null {
  const kind = object["kind"];
  const metadata = isMapping(object["metadata"]) ? object["metadata"] : {};
  const status = isMapping(object["status"]) ? object["status"] : {};
  if (kind === "Pod") {
    if (status["phase"] === "Succeeded" || status["phase"] === "Failed")
      return "it has run to its end and holds nothing";
    if (metadata["deletionTimestamp"] != null) return "it is being deleted";
  }
  if (kind === "Job") {
    const conditions = Array.isArray(status["conditions"]) ? status["conditions"] : [];
    const ended = (c: unknown) =>
      isMapping(c) && (c["type"] === "Complete" || c["type"] === "Failed") && c["status"] === "True";
    if (conditions.some(ended)) return "it has come to its end, and would run again";
  }
  return null;
}
