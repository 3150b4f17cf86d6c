// `kubectl describe` of services, disruption budgets and autoscalers; and of any other kind what all have in common.
import type {
  EndpointSlice,
  HorizontalPodAutoscaler,
  KubernetesObject,
  PodDisruptionBudget,
  Service,
} from "../../model/objects.ts";
import { autoscalerTargets } from "../policy.ts";
import { labelText, limited } from "../printer.ts";
import { selectorText } from "../workloads.ts";
import { toYaml } from "../yaml.ts";
import type { Describer } from "./scene.ts";
import { labelLines, longTime } from "./writer.ts";

const SERVICE_NAME = "kubernetes.io/service-name";

export const describeService: Describer<Service> = (service, { list }, out) => {
  const { metadata, spec, status } = service;
  out.field(0, "Name", metadata.name);
  out.field(0, "Namespace", metadata.namespace ?? "default");
  out.list(0, "Labels", labelLines(metadata.labels));
  out.list(0, "Annotations", labelLines(metadata.annotations, ": "));
  out.field(0, "Selector", labelText(spec?.selector));
  out.field(0, "Type", spec?.type ?? "ClusterIP");
  out.field(0, "IP Family Policy", "SingleStack");
  out.field(0, "IP Families", "IPv4");
  out.field(0, "IP", spec?.clusterIP ?? "");
  out.field(0, "IPs", spec?.clusterIP || "<none>");
  const ingress = status?.loadBalancer?.ingress ?? [];
  if (ingress.length > 0)
    out.field(0, "LoadBalancer Ingress", ingress.map(({ ip, hostname }) => ip ?? hostname ?? "").join(", "));
  const slices = (list("endpointSlices") as readonly EndpointSlice[]).filter(
    (slice) =>
      slice.metadata.labels?.[SERVICE_NAME] === metadata.name && slice.metadata.namespace === metadata.namespace,
  );
  for (const { name = "<unset>", port, protocol = "TCP", targetPort = port, nodePort } of spec?.ports ?? []) {
    out.line(0, `Port:\t${name}\t${port}/${protocol}`);
    out.field(0, "TargetPort", `${targetPort}/${protocol}`);
    if (nodePort !== undefined && nodePort !== 0) out.line(0, `NodePort:\t${name}\t${nodePort}/${protocol}`);
    const ready = slices.flatMap(({ endpoints, ports }) => {
      const at = ports?.find((of) => (of.name ?? "") === (name === "<unset>" ? "" : name))?.port ?? targetPort;
      return endpoints
        .filter(({ conditions }) => conditions?.ready !== false)
        .flatMap(({ addresses }) => addresses.map((address) => `${address}:${at}`));
    });
    out.field(0, "Endpoints", limited(ready));
  }
  out.field(0, "Session Affinity", spec?.sessionAffinity ?? "None");
  if (spec?.externalTrafficPolicy) out.field(0, "External Traffic Policy", spec.externalTrafficPolicy);
  out.field(0, "Internal Traffic Policy", spec?.internalTrafficPolicy ?? "Cluster");
};

export const describeBudget: Describer<PodDisruptionBudget> = ({ metadata, spec, status }, _scene, out) => {
  out.field(0, "Name", metadata.name);
  out.field(0, "Namespace", metadata.namespace ?? "default");
  if (spec?.minAvailable != null) out.field(0, "Min available", String(spec.minAvailable));
  else if (spec?.maxUnavailable != null) out.field(0, "Max unavailable", String(spec.maxUnavailable));
  out.field(0, "Selector", selectorText(spec?.selector));
  out.line(0, "Status:");
  out.field(2, "Allowed disruptions", String(status?.disruptionsAllowed ?? 0));
  out.field(2, "Current", String(status?.currentHealthy ?? 0));
  out.field(2, "Desired", String(status?.desiredHealthy ?? 0));
  out.field(2, "Total", String(status?.expectedPods ?? 0));
};

/** As kubectl names what an autoscaler looks at. */
function metricName(metric: NonNullable<NonNullable<HorizontalPodAutoscaler["spec"]>["metrics"]>[number]): string {
  const { containerResource, external, object, pods, resource } = metric;
  if (containerResource != null)
    return `resource ${containerResource.name} of container ${containerResource.container}`;
  if (pods != null) return `"${pods.metric.name}" on pods`;
  const other = object ?? external;
  if (other == null) return `resource ${resource?.name ?? ""} on pods`;
  const on = object == null ? "" : ` on ${object.describedObject.kind}/${object.describedObject.name}`;
  return `"${other.metric.name}"${on} (target ${other.target.averageValue == null ? "value" : "average value"})`;
}

export const describeAutoscaler: Describer<HorizontalPodAutoscaler> = ({ metadata, spec, status }, _scene, out) => {
  out.field(0, "Name", metadata.name);
  out.field(0, "Namespace", metadata.namespace ?? "default");
  out.list(0, "Labels", labelLines(metadata.labels));
  out.list(0, "Annotations", labelLines(metadata.annotations, ": "));
  out.field(0, "CreationTimestamp", longTime(metadata.creationTimestamp));
  out.field(0, "Reference", `${spec?.scaleTargetRef.kind}/${spec?.scaleTargetRef.name}`);
  out.field(0, "Metrics", "( current / target )");
  for (const [i, metric] of (spec?.metrics ?? []).entries()) {
    const one = { spec: { ...spec!, metrics: [metric] }, status: { currentMetrics: [status?.currentMetrics?.[i]] } };
    const text = autoscalerTargets({ metadata, ...one });
    const [, values] = /^(?:[^:]*: )?(.*?)(?: \(avg\))?$/.exec(text) ?? ["", text];
    out.field(1, metricName(metric), (values ?? "").replace("/", " / "));
  }
  out.field(0, "Min replicas", String(spec?.minReplicas ?? "<unset>"));
  out.field(0, "Max replicas", String(spec?.maxReplicas ?? ""));
  out.line(0, `Deployment pods:\t${status?.currentReplicas ?? 0} current / ${status?.desiredReplicas ?? 0} desired`);
  const conditions = status?.conditions ?? [];
  if (conditions.length === 0) return;
  out.line(0, "Conditions:");
  out.line(1, "Type\tStatus\tReason\tMessage");
  out.line(1, "----\t------\t------\t-------");
  for (const { type, status: is, reason = "", message = "" } of conditions)
    out.line(1, `${type}\t${is}\t${reason}\t${message}`);
};

/** Kinds that have no description of their own here: their fields as YAML, which is near to kubectl's generic describer. */
export const describeAny: Describer<KubernetesObject> = (object, _scene, out) => {
  const { metadata, apiVersion = "", kind = "", ...fields } = object;
  out.field(0, "Name", metadata.name);
  if (metadata.namespace !== undefined) out.field(0, "Namespace", metadata.namespace);
  out.list(0, "Labels", labelLines(metadata.labels));
  out.list(0, "Annotations", labelLines(metadata.annotations, ": "));
  out.field(0, "API Version", apiVersion);
  out.field(0, "Kind", kind);
  out.field(0, "CreationTimestamp", longTime(metadata.creationTimestamp));
  if (Object.keys(fields).length === 0) return;
  for (const line of toYaml(fields).trimEnd().split("\n")) out.line(0, line);
};
