// Notes mistakes in the fields of Jobs and CronJobs that their controllers read. Source: validation of batch/v1, 1.36.
import { checkLabelSelector } from "./check-selectors.ts";
import { parseCron } from "./cron.ts";
import type { Reader } from "./reader.ts";
import { timeZone } from "./time-zone.ts";

const INT32_MAX = 2_147_483_647;

export function checkJobFields(spec: Reader): void {
  for (const name of [
    "parallelism",
    "completions",
    "backoffLimit",
    "backoffLimitPerIndex",
    "maxFailedIndexes",
    "activeDeadlineSeconds",
    "ttlSecondsAfterFinished",
  ])
    spec.field(name).integer(0, INT32_MAX);
  spec.field("suspend").boolean();
  spec.field("manualSelector").boolean();
  spec.field("completionMode").choice(["NonIndexed", "Indexed"]);
  spec.field("podReplacementPolicy").choice(["TerminatingOrFailed", "Failed"]);
  if (spec.field("selector").present) checkLabelSelector(spec.field("selector"));
  const isIndexed = spec.field("completionMode").value === "Indexed";
  if (isIndexed && !spec.field("completions").present)
    spec.field("completions").expected("a whole number, as completionMode is Indexed");
  for (const name of ["backoffLimitPerIndex", "successPolicy"])
    if (!isIndexed && spec.field(name).present) spec.field(name).expected("nothing, as completionMode is not Indexed");
  if (spec.field("maxFailedIndexes").present && !spec.field("backoffLimitPerIndex").present)
    spec.field("maxFailedIndexes").expected("nothing without backoffLimitPerIndex");
  checkFailurePolicy(spec);
  const success = spec.field("successPolicy");
  if (success.mapping()) for (const rule of success.field("rules").items()) rule.mapping(true);
}

function checkFailurePolicy(spec: Reader): void {
  const policy = spec.field("podFailurePolicy");
  if (!policy.mapping()) return;
  for (const rule of policy.field("rules").items()) {
    if (!rule.mapping(true)) continue;
    rule.field("action").requiredText();
    rule.field("action").choice(["FailJob", "FailIndex", "Ignore", "Count"]);
    const codes = rule.field("onExitCodes");
    if (codes.mapping()) {
      codes.field("operator").choice(["In", "NotIn"]);
      for (const value of codes.field("values").items()) value.integer(0, 255);
    }
    for (const condition of rule.field("onPodConditions").items())
      if (condition.mapping(true)) condition.field("type").requiredText();
  }
}

export function checkCronJobFields(spec: Reader): void {
  const schedule = spec.field("schedule");
  const text = schedule.requiredText();
  const parsed = text === undefined ? undefined : parseCron(text);
  if (typeof parsed === "string") schedule.expected(`a schedule such as "*/5 * * * *" (${parsed})`);
  const zone = spec.field("timeZone");
  const name = zone.text();
  if (name !== undefined && timeZone(name) === undefined)
    zone.expected('a time zone that the simulator knows, such as "Etc/UTC", "Europe/Berlin" or "Etc/GMT-5"');
  spec.field("suspend").boolean();
  spec.field("concurrencyPolicy").choice(["Allow", "Forbid", "Replace"]);
  for (const field of ["startingDeadlineSeconds", "successfulJobsHistoryLimit", "failedJobsHistoryLimit"])
    spec.field(field).integer(0, INT32_MAX);
}
