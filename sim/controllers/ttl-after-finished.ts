// Deletes finished Jobs after their ttlSecondsAfterFinished, with their pods (foreground). Source: behaviour of kube-controller-manager's
// TTL-after-finished controller (1.36).
import { ApiError, type DeleteOptions } from "../apiserver/client.ts";
import { ask } from "../engine/steps.ts";
import { SECOND } from "../engine/tick.ts";
import type { Job } from "../model/objects.ts";
import { parseTimestampMicros } from "../model/timestamp.ts";
import { type Controller, syncQueue } from "./framework/controller.ts";
import { finishedCondition } from "./job/conditions.ts";

const WORKERS = 5;

export const ttlAfterFinishedController: Controller = {
  name: "ttl-after-finished-controller",
  watches: ["jobs"],
  start(context) {
    const { client, engine, informers } = context;
    const jobs = informers.of("jobs");
    const queue = syncQueue(context, WORKERS, function* (key) {
      const known = jobs.cache.get(key);
      const left = known === undefined ? null : leftMicros(known, engine.now);
      if (left === null) return undefined;
      if (left > 0) return { againMicros: left };
      // the cache may be old: what is deleted is looked at once more
      const fresh = yield* ask<Job | ApiError>((done) => client.get("jobs", key, done));
      if (fresh instanceof ApiError) return fresh.reason === "NotFound" ? undefined : { error: fresh.message };
      const stillLeft = leftMicros(fresh, engine.now);
      if (stillLeft === null) return undefined;
      if (stillLeft > 0) return { againMicros: stillLeft };
      const options: DeleteOptions = { propagationPolicy: "Foreground", uid: fresh.metadata.uid ?? "" };
      const answer = yield* ask<unknown>((done) => client.delete("jobs", key, options, done));
      return answer instanceof ApiError ? { error: answer.message } : undefined;
    });
    const seen = (job: Job, key: string) => {
      if (leftMicros(job, engine.now) !== null) queue.add(key);
    };
    jobs.listen({ added: seen, updated: (_before, after, key) => seen(after, key) });
    queue.start();
  },
};

/** Until the Job is to go; null when it is not to. */
function leftMicros(job: Job, nowMicros: number): number | null {
  const ttlSeconds = job.spec?.ttlSecondsAfterFinished;
  const finished = finishedCondition(job)?.lastTransitionTime;
  if (ttlSeconds == null || finished == null || job.metadata.deletionTimestamp != null) return null;
  return Math.max(0, (parseTimestampMicros(finished) ?? 0) + ttlSeconds * SECOND - nowMicros);
}
