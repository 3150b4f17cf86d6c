// podFailurePolicy: the first rule that fits a failed pod says what its failure means. Source: KEP-3329, and the message texts of 1.36.
import type { Pod, PodFailurePolicyRule } from "../../model/objects.ts";

export interface Match {
  /** Not null: the whole Job fails, with this message. */
  readonly failJobMessage: string | null;
  /** Does the failure count towards the limits? */
  readonly counts: boolean;
  readonly action: string | null;
}

const UNMATCHED: Match = { failJobMessage: null, counts: true, action: null };

export function matchFailurePolicy(rules: readonly PodFailurePolicyRule[], pod: Pod, hasLimitPerIndex: boolean): Match {
  for (const [number, rule] of rules.entries()) {
    const why = whyItFits(rule, number, pod);
    if (why === null) continue;
    switch (rule.action) {
      case "Ignore":
        return { failJobMessage: null, counts: false, action: "Ignore" };
      case "FailIndex":
        if (!hasLimitPerIndex) break;
        return { failJobMessage: null, counts: true, action: "FailIndex" };
      case "Count":
        return { failJobMessage: null, counts: true, action: "Count" };
      case "FailJob":
        return { failJobMessage: why, counts: true, action: "FailJob" };
      default:
        break;
    }
  }
  return UNMATCHED;
}

function whyItFits(rule: PodFailurePolicyRule, number: number, pod: Pod): string | null {
  const podName = `${pod.metadata.namespace ?? "default"}/${pod.metadata.name}`;
  if (rule.onExitCodes != null) {
    const { containerName, operator, values } = rule.onExitCodes;
    const statuses = [...(pod.status?.containerStatuses ?? []), ...(pod.status?.initContainerStatuses ?? [])];
    for (const { name, state } of statuses) {
      const exitCode = state?.terminated?.exitCode;
      if (exitCode === undefined || exitCode === 0 || (containerName != null && containerName !== name)) continue;
      if (values.includes(exitCode) !== (operator === "In")) continue;
      return `Container ${name} for pod ${podName} failed with exit code ${exitCode} matching ${rule.action} rule at index ${number}`;
    }
    return null;
  }
  for (const { type, status } of pod.status?.conditions ?? []) {
    const fits = rule.onPodConditions?.some((wanted) => wanted.type === type && (wanted.status ?? "True") === status);
    if (fits) return `Pod ${podName} has condition ${type} matching ${rule.action} rule at index ${number}`;
  }
  return null;
}
