// The ResourceQuota controller: counts what namespaces use, when a quota is made or changed, when something that it counts goes away, and
// every five minutes. What is created is counted by admission. Quotas whose usage is not known yet have a queue of their own.
// Source: behaviour of kube-controller-manager's resource quota controller (1.36).
import { ApiError, type ApiKind, type ApiObject, keyOf } from "../apiserver/client.ts";
import { ask, type Steps } from "../engine/steps.ts";
import type { Pod, ResourceList, ResourceQuota } from "../model/objects.ts";
import { compareQuantities } from "../model/quantity.ts";
import { type Controller, type ControllerContext, type SyncResult, syncQueue } from "./framework/controller.ts";
import type { WorkQueue } from "./framework/work-queue.ts";
import { COUNTED_KINDS, countsKind, isPodCounted, type PodUsages, recount } from "./resource-quota/recount.ts";

export const resourceQuotaController: Controller = {
  name: "resourcequota-controller",
  watches: ["resourceQuotas", ...COUNTED_KINDS.filter((kind) => kind !== "resourceQuotas")],
  start: (context) => new QuotaController(context).start(),
};

class QuotaController {
  private readonly context: ControllerContext;
  private readonly queue: WorkQueue;
  private readonly missing: WorkQueue;
  private readonly podUsages: PodUsages = new WeakMap();

  constructor(context: ControllerContext) {
    this.context = context;
    const { concurrentResourceQuotaSyncs: workers } = context.flags;
    this.queue = syncQueue(context, workers, (key) => this.sync(key));
    this.missing = syncQueue(context, workers, (key) => this.sync(key));
  }

  start(): void {
    const { engine, informers } = this.context;
    informers.of("resourceQuotas").listen({
      added: (quota, key) => this.add(quota, key),
      updated: (before, after, key) => {
        // its status is written by this controller and by admission
        if (before.spec !== after.spec) this.add(after, key);
      },
      deleted: (_quota, key) => this.queue.add(key),
    });
    for (const kind of COUNTED_KINDS) {
      informers.of(kind).listen({
        updated: (before, after) => {
          if (kind !== "pods") return;
          const { now } = engine;
          if (isPodCounted(before as Pod, now) && !isPodCounted(after as Pod, now)) this.replenish(kind, after);
        },
        deleted: (last) => this.replenish(kind, last),
      });
    }
    this.queue.start();
    this.missing.start();
    this.resync();
  }

  private resync(): void {
    const { flags, informers, life } = this.context;
    for (const [key, quota] of informers.of("resourceQuotas").cache) this.add(quota, key);
    life.after(flags.resourceQuotaSyncPeriodMicros, () => this.resync());
  }

  private add(quota: ResourceQuota, key: string): void {
    const isKnown =
      sameAmounts(quota.spec?.hard, quota.status?.hard) &&
      Object.keys(quota.spec?.hard ?? {}).every((name) => quota.status?.used?.[name] !== undefined);
    (isKnown ? this.queue : this.missing).add(key);
  }

  private replenish(kind: ApiKind, { metadata }: ApiObject): void {
    const quotas = this.context.informers.of("resourceQuotas");
    if (quotas.cache.size === 0) return;
    const here = quotas.index("namespace", (quota) => [quota.metadata.namespace ?? "default"]);
    for (const quota of here.get(metadata.namespace ?? "default"))
      if (countsKind(quota, kind)) this.queue.add(keyOf("resourceQuotas", quota));
  }

  private *sync(key: string): Steps<SyncResult> {
    const { client, engine, informers } = this.context;
    const quota = informers.of("resourceQuotas").cache.get(key);
    if (quota === undefined) return undefined;
    const hard = quota.spec?.hard ?? {};
    const used = recount(informers, quota, engine.now, this.podUsages);
    if (sameAmounts(hard, quota.status?.hard) && sameAmounts(used, quota.status?.used)) return undefined;
    const counted: ResourceQuota = { ...quota, status: { hard, used } };
    const answer = yield* ask<unknown>((done) => client.updateStatus("resourceQuotas", counted, done));
    return answer instanceof ApiError && answer.reason !== "NotFound" ? { error: answer.message } : undefined;
  }
}

function sameAmounts(a: ResourceList | null | undefined, b: ResourceList | null | undefined): boolean {
  const ours = a ?? {};
  const theirs = b ?? {};
  const names = Object.keys(ours);
  if (names.length !== Object.keys(theirs).length) return false;
  return names.every((name) => {
    const [mine, other] = [ours[name], theirs[name]];
    return mine !== undefined && other !== undefined && compareQuantities(mine, other) === 0;
  });
}
