// `kubectl get` of what limits others: disruption budgets, autoscalers, quotas, priorities, flow control, roles, webhooks.
// Source: behaviour of the API server's table printers, v1.36.
import type {
  FlowSchema,
  HorizontalPodAutoscaler,
  KubernetesObject,
  MetricTarget,
  PodDisruptionBudget,
  PriorityClass,
  PriorityLevelConfiguration,
  ResourceQuota,
  RoleBinding,
  WebhookConfiguration,
} from "../model/objects.ts";
import { ageCell, type Printer } from "./printer.ts";

export const disruptionBudgetPrinter: Printer<PodDisruptionBudget> = {
  columns: ["NAME", "MIN AVAILABLE", "MAX UNAVAILABLE", "ALLOWED DISRUPTIONS", "AGE"],
  wide: [],
  cells: (budget, moment) => [
    budget.metadata.name,
    String(budget.spec?.minAvailable ?? "N/A"),
    String(budget.spec?.maxUnavailable ?? "N/A"),
    String(budget.status?.disruptionsAllowed ?? 0),
    ageCell(budget, moment),
  ],
};

interface CurrentMetric {
  readonly type?: string;
  readonly resource?: { readonly name?: string; readonly current?: CurrentValue };
  readonly containerResource?: { readonly name?: string; readonly current?: CurrentValue };
  readonly pods?: { readonly current?: CurrentValue };
  readonly object?: { readonly current?: CurrentValue };
  readonly external?: { readonly current?: CurrentValue };
}
interface CurrentValue {
  readonly averageUtilization?: number | null;
  readonly averageValue?: string | number | null;
  readonly value?: string | number | null;
}

/** `cpu: 43%/80%`, `memory: 90Mi/100Mi`, `cpu: <unknown>/80%`, `30/50 (avg)`; what exceeds two metrics is counted. */
export function autoscalerTargets(autoscaler: HorizontalPodAutoscaler): string {
  const metrics = autoscaler.spec?.metrics ?? [];
  const current = (autoscaler.status?.currentMetrics ?? []) as readonly CurrentMetric[];
  const texts = metrics.map((metric, i) => {
    const source = metric.resource ?? metric.containerResource;
    const now = current[i]?.resource?.current ?? current[i]?.containerResource?.current;
    if (source != null) return `${source.name}: ${targetText(source.target, now)}`;
    if (metric.pods != null) return targetText(metric.pods.target, current[i]?.pods?.current);
    const other = metric.object ?? metric.external;
    if (other == null) return "<unknown type>";
    return amountText(other.target, current[i]?.object?.current ?? current[i]?.external?.current);
  });
  if (texts.length === 0) return "<none>";
  const shown = texts.slice(0, 2).join(", ");
  return texts.length > 2 ? `${shown} + ${texts.length - 2} more...` : shown;
}

/** Of a whole, or `(avg)` per pod. */
function amountText(target: MetricTarget, current: CurrentValue | undefined): string {
  if (target.averageValue != null) return `${current?.averageValue ?? "<unknown>"}/${target.averageValue} (avg)`;
  return `${current?.value ?? "<unknown>"}/${target.value ?? "<unknown>"}`;
}

function targetText(target: MetricTarget, current: CurrentValue | undefined): string {
  if (target.averageValue != null) return `${current?.averageValue ?? "<unknown>"}/${target.averageValue}`;
  const now = current?.averageUtilization == null ? "<unknown>" : `${current.averageUtilization}%`;
  return `${now}/${target.averageUtilization == null ? "<auto>" : `${target.averageUtilization}%`}`;
}

export const autoscalerPrinter: Printer<HorizontalPodAutoscaler> = {
  columns: ["NAME", "REFERENCE", "TARGETS", "MINPODS", "MAXPODS", "REPLICAS", "AGE"],
  wide: [],
  cells: (autoscaler, moment) => [
    autoscaler.metadata.name,
    `${autoscaler.spec?.scaleTargetRef.kind}/${autoscaler.spec?.scaleTargetRef.name}`,
    autoscalerTargets(autoscaler),
    String(autoscaler.spec?.minReplicas ?? "<unset>"),
    String(autoscaler.spec?.maxReplicas ?? ""),
    String(autoscaler.status?.currentReplicas ?? 0),
    ageCell(autoscaler, moment),
  ],
};

export const quotaPrinter: Printer<ResourceQuota> = {
  columns: ["NAME", "REQUEST", "LIMIT", "AGE"],
  wide: [],
  cells(quota, moment) {
    const hard = quota.status?.hard ?? {};
    const used = quota.status?.used ?? {};
    const names = Object.keys(hard).sort();
    const text = (name: string) => `${name}: ${used[name] ?? 0}/${hard[name]}`;
    const isLimit = (name: string) => name.startsWith("limits.");
    return [
      quota.metadata.name,
      names
        .filter((name) => !isLimit(name))
        .map(text)
        .join(", "),
      names.filter(isLimit).map(text).join(", "),
      ageCell(quota, moment),
    ];
  },
};

export const priorityClassPrinter: Printer<PriorityClass> = {
  columns: ["NAME", "VALUE", "GLOBAL-DEFAULT", "AGE", "PREEMPTIONPOLICY"],
  wide: [],
  cells: (priority, moment) => [
    priority.metadata.name,
    String(priority.value),
    String(priority.globalDefault ?? false),
    ageCell(priority, moment),
    priority.preemptionPolicy ?? "PreemptLowerPriority",
  ],
};

export const flowSchemaPrinter: Printer<FlowSchema> = {
  columns: ["NAME", "PRIORITYLEVEL", "MATCHINGPRECEDENCE", "DISTINGUISHERMETHOD", "AGE", "MISSINGPL"],
  wide: [],
  cells: (schema, moment) => [
    schema.metadata.name,
    schema.spec?.priorityLevelConfiguration.name ?? "",
    String(schema.spec?.matchingPrecedence ?? 1000),
    schema.spec?.distinguisherMethod?.type ?? "<none>",
    ageCell(schema, moment),
    "False",
  ],
};

export const priorityLevelPrinter: Printer<PriorityLevelConfiguration> = {
  columns: ["NAME", "TYPE", "NOMINALCONCURRENCYSHARES", "QUEUES", "HANDSIZE", "QUEUELENGTHLIMIT", "AGE"],
  wide: [],
  cells(level, moment) {
    const queuing = level.spec?.limited?.limitResponse?.queuing;
    const cell = (value: number | null | undefined) => (value == null ? "<none>" : String(value));
    return [
      level.metadata.name,
      level.spec?.type ?? "",
      cell((level.spec?.limited ?? level.spec?.exempt)?.nominalConcurrencyShares),
      cell(queuing?.queues),
      cell(queuing?.handSize),
      cell(queuing?.queueLengthLimit),
      ageCell(level, moment),
    ];
  },
};

export const roleBindingPrinter: Printer<RoleBinding> = {
  columns: ["NAME", "ROLE", "AGE"],
  wide: ["USERS", "GROUPS", "SERVICEACCOUNTS"],
  cells(binding, moment) {
    const of = (kind: string) => (binding.subjects ?? []).filter((subject) => subject.kind === kind);
    return [
      binding.metadata.name,
      `${binding.roleRef.kind}/${binding.roleRef.name}`,
      ageCell(binding, moment),
      of("User")
        .map(({ name }) => name)
        .join(", "),
      of("Group")
        .map(({ name }) => name)
        .join(", "),
      of("ServiceAccount")
        .map(({ namespace = "", name }) => `${namespace}/${name}`)
        .join(", "),
    ];
  },
};

export const webhookPrinter: Printer<WebhookConfiguration> = {
  columns: ["NAME", "WEBHOOKS", "AGE"],
  wide: [],
  cells: (configuration, moment) => [
    configuration.metadata.name,
    String(configuration.webhooks?.length ?? 0),
    ageCell(configuration, moment),
  ],
};

/** Roles, limit ranges and the like, of which the time of creation is shown. */
export const createdAtPrinter: Printer<KubernetesObject> = {
  columns: ["NAME", "CREATED AT"],
  wide: [],
  cells: (object) => [object.metadata.name, object.metadata.creationTimestamp ?? "<unknown>"],
};
