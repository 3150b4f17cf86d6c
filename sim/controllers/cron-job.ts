// The CronJob controller: starts Jobs by a schedule. A schedule that cannot be read, or a time zone that is not known, is told by an Event
// and left alone. Source: behaviour of kube-controller-manager's CronJob controller (1.36).
import { keyOf } from "../apiserver/client.ts";
import { parseCron } from "../model/cron.ts";
import type { CronJob, Job } from "../model/objects.ts";
import { timeZone, UTC } from "../model/time-zone.ts";
import { untilNextMicros } from "./cron-job/missed-times.ts";
import { syncCronJob } from "./cron-job/sync.ts";
import { type Controller, type ControllerContext, syncQueue } from "./framework/controller.ts";
import { controllerOf, OwnedObjects } from "./framework/controller-ref.ts";
import type { WorkQueue } from "./framework/work-queue.ts";

export const cronJobController: Controller = {
  name: "cronjob-controller",
  watches: ["cronJobs", "jobs"],
  start(context) {
    const { informers } = context;
    const cronJobs = informers.of("cronJobs");
    const owned = new OwnedObjects(informers.of("jobs"));
    // as last written: the next sync may come before the watch shows it
    const written = new Map<string, CronJob>();
    const queue: WorkQueue = syncQueue(context, context.flags.concurrentCronJobSyncs, function* (key) {
      const cached = cronJobs.cache.get(key);
      if (cached === undefined) {
        written.delete(key);
        return undefined;
      }
      const own = written.get(key);
      const isNewer = own?.metadata.uid === cached.metadata.uid && versionOf(own) > versionOf(cached);
      if (!isNewer) written.delete(key);
      const cronJob = isNewer ? (own as CronJob) : cached;
      return yield* syncCronJob(context, cronJob, owned.of(cronJob), (stored) => written.set(key, stored));
    });
    const jobSeen = (job: Job) => {
      const owner = controllerOf(job);
      if (owner?.kind !== "CronJob") return;
      const key = `${job.metadata.namespace ?? "default"}/${owner.name}`;
      if (cronJobs.cache.get(key)?.metadata.uid === owner.uid) queue.add(key);
    };
    cronJobs.listen({
      added: (_cronJob, key) => queue.add(key),
      updated: (before, after) => changed(context, queue, before, after),
      deleted: (_cronJob, key) => queue.add(key),
    });
    informers.of("jobs").listen({ added: jobSeen, updated: (_before, after) => jobSeen(after), deleted: jobSeen });
    queue.start();
  },
};

function versionOf(cronJob: CronJob | undefined): number {
  return Number(cronJob?.metadata.resourceVersion ?? 0);
}

// a new schedule is looked at when it is due
function changed({ engine }: ControllerContext, queue: WorkQueue, before: CronJob, after: CronJob): void {
  const key = keyOf("cronJobs", after);
  const isSame = before.spec?.schedule === after.spec?.schedule && before.spec?.timeZone === after.spec?.timeZone;
  const schedule = isSame ? "" : parseCron(after.spec?.schedule ?? "");
  const zone = after.spec?.timeZone == null ? UTC : timeZone(after.spec.timeZone);
  if (typeof schedule === "string" || zone === undefined) return queue.add(key);
  const delayMicros = untilNextMicros(after, schedule, zone, engine.now);
  if (delayMicros !== null) queue.addAfter(key, delayMicros);
}
