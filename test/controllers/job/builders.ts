// Jobs and CronJobs for tests.
import type { CronJob, Job, PodSpec } from "../../../sim/model/objects.ts";

export type Behaviour = Readonly<Record<string, string>>;

/** A Job whose pods behave so: annotations without their prefix. */
export function makeJob(
  name: string,
  spec: Partial<NonNullable<Job["spec"]>>,
  behaviour: Behaviour = {},
  podSpec: Partial<PodSpec> = {},
): Job {
  const annotations: Record<string, string> = {};
  for (const [key, value] of Object.entries({ pull: "0.5", start: "0.3", stop: "0.5", ...behaviour }))
    annotations[`kubedrill.io/${key}`] = value;
  return {
    apiVersion: "batch/v1",
    kind: "Job",
    metadata: { name, namespace: "default" },
    spec: {
      ...spec,
      template: {
        metadata: { labels: { app: name }, annotations },
        spec: {
          restartPolicy: "Never",
          terminationGracePeriodSeconds: 30,
          containers: [{ name: "c" }],
          ...podSpec,
        },
      },
    },
  };
}

export function makeCronJob(
  name: string,
  schedule: string,
  spec: Partial<NonNullable<CronJob["spec"]>> = {},
  behaviour: Behaviour = { run: "5" },
): CronJob {
  const { spec: jobSpec } = makeJob(name, { backoffLimit: 1 }, behaviour);
  return {
    apiVersion: "batch/v1",
    kind: "CronJob",
    metadata: { name, namespace: "default" },
    spec: { schedule, concurrencyPolicy: "Allow", ...spec, jobTemplate: { spec: jobSpec } },
  };
}
