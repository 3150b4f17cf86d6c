// The printer of every kind. A new one is one line here.
import type { DataObject, ExternalMetricValue, KubernetesObject, MetricValue, PodMetrics } from "../model/objects.ts";
import { milliValue, value } from "../model/quantity.ts";
import { endpointSlicePrinter, endpointsPrinter, servicePrinter } from "./network.ts";
import { eventPrinter, leasePrinter, namespacePrinter, nodePrinter } from "./nodes.ts";
import { podPrinter } from "./pods.ts";
import {
  autoscalerPrinter,
  createdAtPrinter,
  disruptionBudgetPrinter,
  flowSchemaPrinter,
  priorityClassPrinter,
  priorityLevelPrinter,
  quotaPrinter,
  roleBindingPrinter,
  webhookPrinter,
} from "./policy.ts";
import { ageCell, labelText, type Printer } from "./printer.ts";
import type { ListName } from "./resource-names.ts";
import {
  claimPrinter,
  csiDriverPrinter,
  csiNodePrinter,
  storageClassPrinter,
  volumeAttachmentPrinter,
  volumePrinter,
} from "./storage.ts";
import {
  controllerRevisionPrinter,
  cronJobPrinter,
  daemonSetPrinter,
  deploymentPrinter,
  jobPrinter,
  replicaSetPrinter,
  replicationControllerPrinter,
  statefulSetPrinter,
} from "./workloads.ts";

const agePrinter: Printer = {
  columns: ["NAME", "AGE"],
  wide: [],
  cells: (object, moment) => [object.metadata.name, ageCell(object, moment)],
};

const dataCount = ({ data }: DataObject) => String(Object.keys(data ?? {}).length);

const configMapPrinter: Printer<DataObject> = {
  columns: ["NAME", "DATA", "AGE"],
  wide: [],
  cells: (object, moment) => [object.metadata.name, dataCount(object), ageCell(object, moment)],
};

const secretPrinter: Printer<DataObject> = {
  columns: ["NAME", "TYPE", "DATA", "AGE"],
  wide: [],
  cells: (object, moment) => [
    object.metadata.name,
    (object as { readonly type?: string }).type ?? "Opaque",
    dataCount(object),
    ageCell(object, moment),
  ],
};

const podMetricsPrinter: Printer<PodMetrics> = {
  columns: ["NAME", "CPU", "MEMORY", "WINDOW"],
  wide: [],
  cells(metrics) {
    const cpuMilli = metrics.containers.reduce((sum, { usage }) => sum + milliValue(usage.cpu ?? 0), 0);
    const memoryBytes = metrics.containers.reduce((sum, { usage }) => sum + value(usage.memory ?? 0), 0);
    return [metrics.metadata.name, `${cpuMilli}m`, `${Math.ceil(memoryBytes / 1024)}Ki`, metrics.window ?? ""];
  },
};

const customMetricPrinter: Printer<MetricValue> = {
  columns: ["NAME", "METRIC", "OBJECT", "VALUE"],
  wide: [],
  cells: ({ describedObject: { kind = "", name = "" }, metadata, metric, value: amount }) => [
    metadata.name,
    metric.name,
    `${kind}/${name}`,
    String(amount),
  ],
};

const externalMetricPrinter: Printer<ExternalMetricValue> = {
  columns: ["NAME", "METRIC", "LABELS", "VALUE"],
  wide: [],
  cells: ({ metadata, metricLabels, metricName, value: amount }) => [
    metadata.name,
    metricName,
    labelText(metricLabels),
    String(amount),
  ],
};

const PRINTERS: Readonly<Record<ListName, Printer<never>>> = {
  nodes: nodePrinter,
  pods: podPrinter,
  namespaces: namespacePrinter,
  services: servicePrinter,
  replicationControllers: replicationControllerPrinter,
  replicaSets: replicaSetPrinter,
  statefulSets: statefulSetPrinter,
  deployments: deploymentPrinter,
  daemonSets: daemonSetPrinter,
  jobs: jobPrinter,
  cronJobs: cronJobPrinter,
  priorityClasses: priorityClassPrinter,
  podDisruptionBudgets: disruptionBudgetPrinter,
  persistentVolumes: volumePrinter,
  persistentVolumeClaims: claimPrinter,
  storageClasses: storageClassPrinter,
  csiNodes: csiNodePrinter,
  csiDrivers: csiDriverPrinter,
  csiStorageCapacities: createdAtPrinter,
  leases: leasePrinter,
  events: eventPrinter,
  endpointSlices: endpointSlicePrinter,
  endpoints: endpointsPrinter,
  controllerRevisions: controllerRevisionPrinter,
  resourceQuotas: quotaPrinter,
  limitRanges: createdAtPrinter,
  serviceAccounts: agePrinter,
  horizontalPodAutoscalers: autoscalerPrinter,
  podMetrics: podMetricsPrinter,
  customMetrics: customMetricPrinter,
  externalMetrics: externalMetricPrinter,
  validatingWebhookConfigurations: webhookPrinter,
  mutatingWebhookConfigurations: webhookPrinter,
  roles: createdAtPrinter,
  clusterRoles: createdAtPrinter,
  roleBindings: roleBindingPrinter,
  clusterRoleBindings: roleBindingPrinter,
  flowSchemas: flowSchemaPrinter,
  priorityLevelConfigurations: priorityLevelPrinter,
  volumeAttachments: volumeAttachmentPrinter,
  configMaps: configMapPrinter,
  secrets: secretPrinter,
};

export function printerOf(list: ListName): Printer {
  // what a list holds is of its kind
  return PRINTERS[list] as unknown as Printer<KubernetesObject>;
}
