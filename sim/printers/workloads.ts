// `kubectl get` of what controllers make pods from. Source: behaviour of the API server's table printers, v1.36.
import type {
  ControllerRevision,
  CronJob,
  DaemonSet,
  Deployment,
  Job,
  KubernetesObject,
  LabelSelector,
  PodTemplateSpec,
  ReplicaSet,
  ReplicationController,
  StatefulSet,
} from "../model/objects.ts";
import { parseTimestampMicros } from "../model/timestamp.ts";
import { ageOf, humanDuration } from "./age.ts";
import { ageCell, labelText, NONE, type Printer } from "./printer.ts";

/** As metav1.FormatLabelSelector: `app=web,tier in (a,b),!old`. */
export function selectorText(selector: LabelSelector | null | undefined): string {
  const parts: string[] = [];
  for (const [key, value] of Object.entries(selector?.matchLabels ?? {})) parts.push(`${key}=${value}`);
  for (const { key, operator, values } of selector?.matchExpressions ?? []) {
    const set = `(${[...(values ?? [])].sort().join(",")})`;
    if (operator === "In") parts.push(`${key} in ${set}`);
    else if (operator === "NotIn") parts.push(`${key} notin ${set}`);
    else parts.push(operator === "Exists" ? key : `!${key}`);
  }
  return parts.length === 0 ? NONE : parts.sort().join(",");
}

function containers(template: PodTemplateSpec | null | undefined): [names: string, images: string] {
  const all = template?.spec.containers ?? [];
  return [all.map(({ name }) => name).join(","), all.map(({ image = "" }) => image).join(",")];
}

const WIDE = ["CONTAINERS", "IMAGES", "SELECTOR"];
const count = (value: number | null | undefined) => String(value ?? 0);

export const deploymentPrinter: Printer<Deployment> = {
  columns: ["NAME", "READY", "UP-TO-DATE", "AVAILABLE", "AGE"],
  wide: WIDE,
  cells: (deployment, moment) => [
    deployment.metadata.name,
    `${count(deployment.status?.readyReplicas)}/${deployment.spec?.replicas ?? 1}`,
    count(deployment.status?.updatedReplicas),
    count(deployment.status?.availableReplicas),
    ageCell(deployment, moment),
    ...containers(deployment.spec?.template),
    selectorText(deployment.spec?.selector),
  ],
};

export const replicaSetPrinter: Printer<ReplicaSet> = {
  columns: ["NAME", "DESIRED", "CURRENT", "READY", "AGE"],
  wide: WIDE,
  cells: (set, moment) => [
    set.metadata.name,
    String(set.spec?.replicas ?? 1),
    count(set.status?.replicas),
    count(set.status?.readyReplicas),
    ageCell(set, moment),
    ...containers(set.spec?.template),
    selectorText(set.spec?.selector),
  ],
};

interface Counted {
  readonly replicas?: number;
  readonly readyReplicas?: number;
}

export const replicationControllerPrinter: Printer<ReplicationController> = {
  columns: ["NAME", "DESIRED", "CURRENT", "READY", "AGE"],
  wide: WIDE,
  cells(controller, moment) {
    const { status = {} } = controller as { readonly status?: Counted };
    return [
      controller.metadata.name,
      String(controller.spec?.replicas ?? 1),
      count(status.replicas),
      count(status.readyReplicas),
      ageCell(controller, moment),
      ...containers(controller.spec?.template),
      labelText(controller.spec?.selector),
    ];
  },
};

export const statefulSetPrinter: Printer<StatefulSet> = {
  columns: ["NAME", "READY", "AGE"],
  wide: ["CONTAINERS", "IMAGES"],
  cells: (set, moment) => [
    set.metadata.name,
    `${count(set.status?.readyReplicas)}/${set.spec?.replicas ?? 1}`,
    ageCell(set, moment),
    ...containers(set.spec?.template),
  ],
};

export const daemonSetPrinter: Printer<DaemonSet> = {
  columns: ["NAME", "DESIRED", "CURRENT", "READY", "UP-TO-DATE", "AVAILABLE", "NODE SELECTOR", "AGE"],
  wide: WIDE,
  cells: (set, moment) => [
    set.metadata.name,
    count(set.status?.desiredNumberScheduled),
    count(set.status?.currentNumberScheduled),
    count(set.status?.numberReady),
    count(set.status?.updatedNumberScheduled),
    count(set.status?.numberAvailable),
    labelText(set.spec?.template?.spec.nodeSelector),
    ageCell(set, moment),
    ...containers(set.spec?.template),
    selectorText(set.spec?.selector),
  ],
};

/** Complete, Failed, Terminating, Suspended, FailureTarget, SuccessCriteriaMet or Running. */
export function jobStatus(job: Job): string {
  const has = (type: string) => job.status?.conditions?.some((c) => c.type === type && c.status === "True") === true;
  if (has("Complete")) return "Complete";
  if (has("Failed")) return "Failed";
  if (job.metadata.deletionTimestamp != null) return "Terminating";
  if (has("Suspended")) return "Suspended";
  if (has("FailureTarget")) return "FailureTarget";
  return has("SuccessCriteriaMet") ? "SuccessCriteriaMet" : "Running";
}

function completions({ spec, status }: Job): string {
  const succeeded = count(status?.succeeded);
  if (spec?.completions != null) return `${succeeded}/${spec.completions}`;
  const parallelism = spec?.parallelism ?? 0;
  return parallelism > 1 ? `${succeeded}/1 of ${parallelism}` : `${succeeded}/1`;
}

/** From the start to the completion, or until now. */
export function jobDuration({ status }: Job, nowMicros: number): string {
  const start = status?.startTime == null ? undefined : parseTimestampMicros(status.startTime);
  if (start === undefined) return "";
  const end = status?.completionTime == null ? nowMicros : parseTimestampMicros(status.completionTime);
  return humanDuration((end ?? nowMicros) - start);
}

export const jobPrinter: Printer<Job> = {
  columns: ["NAME", "STATUS", "COMPLETIONS", "DURATION", "AGE"],
  wide: WIDE,
  cells: (job, moment) => [
    job.metadata.name,
    jobStatus(job),
    completions(job),
    jobDuration(job, moment.nowMicros),
    ageCell(job, moment),
    ...containers(job.spec?.template),
    selectorText(job.spec?.selector),
  ],
};

export const cronJobPrinter: Printer<CronJob> = {
  columns: ["NAME", "SCHEDULE", "TIMEZONE", "SUSPEND", "ACTIVE", "LAST SCHEDULE", "AGE"],
  wide: WIDE,
  cells: (cron, moment) => [
    cron.metadata.name,
    cron.spec?.schedule ?? "",
    cron.spec?.timeZone ?? NONE,
    cron.spec?.suspend === true ? "True" : "False",
    String(cron.status?.active?.length ?? 0),
    cron.status?.lastScheduleTime == null ? NONE : ageOf(cron.status.lastScheduleTime, moment.nowMicros),
    ageCell(cron, moment),
    ...containers(cron.spec?.jobTemplate?.spec?.template),
    selectorText(cron.spec?.jobTemplate?.spec?.selector),
  ],
};

/** `deployment.apps/web`, or `<none>`. */
export function controllerText(object: KubernetesObject): string {
  const owner = object.metadata.ownerReferences?.find((reference) => reference.controller === true);
  if (owner === undefined) return NONE;
  const group = owner.apiVersion?.includes("/") === true ? `.${owner.apiVersion.split("/")[0]}` : "";
  return `${owner.kind.toLowerCase()}${group}/${owner.name}`;
}

export const controllerRevisionPrinter: Printer<ControllerRevision> = {
  columns: ["NAME", "CONTROLLER", "REVISION", "AGE"],
  wide: [],
  cells: (revision, moment) => [
    revision.metadata.name,
    controllerText(revision),
    String(revision.revision),
    ageCell(revision, moment),
  ],
};
