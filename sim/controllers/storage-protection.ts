// Two controllers that let claims and volumes go only when nobody uses them: they take the finalizers away that the API server has given them
// (admission plugin StorageObjectInUseProtection), and give them to those that lack them.
// Source: behaviour of kube-controller-manager's PVC and PV protection controllers, 1.36.
import { ApiError, type ApiKind, type ApiObject, type Client, keyOf } from "../apiserver/client.ts";
import { ask, type Steps } from "../engine/steps.ts";
import type { KubernetesObject, PersistentVolumeClaim, Pod } from "../model/objects.ts";
import { ownershipError } from "../model/volume-claims.ts";
import { claimKeys, PV_PROTECTION_FINALIZER, PVC_PROTECTION_FINALIZER } from "../model/volume-names.ts";
import { type Controller, type ControllerContext, type SyncResult, syncQueue } from "./framework/controller.ts";
import { isPodFinished } from "./framework/pod-state.ts";

export const pvcProtectionController: Controller = {
  name: "persistentvolumeclaim-protection-controller",
  watches: ["persistentVolumeClaims", "pods"],
  start(context) {
    new ClaimProtection(context).start();
  },
};

export const pvProtectionController: Controller = {
  name: "persistentvolume-protection-controller",
  watches: ["persistentVolumes"],
  start(context) {
    const { client, informers } = context;
    const volumes = informers.of("persistentVolumes");
    const queue = syncQueue(context, 1, function* (key) {
      const volume = volumes.cache.get(key);
      if (volume === undefined || isAtRest(volume, PV_PROTECTION_FINALIZER)) return undefined;
      const isUsed = volume.status?.phase === "Bound";
      if (volume.metadata.deletionTimestamp != null && isUsed) return undefined;
      return yield* toggled(client, "persistentVolumes", volume, PV_PROTECTION_FINALIZER);
    });
    const seen = (volume: KubernetesObject, key: string): void => {
      if (!isAtRest(volume, PV_PROTECTION_FINALIZER)) queue.add(key);
    };
    volumes.listen({ added: seen, updated: (_before, volume, key) => seen(volume, key) });
    queue.start();
  },
};

class ClaimProtection {
  private readonly context: ControllerContext;
  // claims to be looked at, by namespace: those of one look share one list of pods
  private readonly waiting = new Map<string, Set<string>>();

  constructor(context: ControllerContext) {
    this.context = context;
  }

  start(): void {
    const { informers } = this.context;
    const queue = syncQueue(this.context, 1, (namespace) => this.sync(namespace));
    const look = (namespace: string, key: string): void => {
      const keys = this.waiting.get(namespace);
      if (keys === undefined) this.waiting.set(namespace, new Set([key]));
      else keys.add(key);
      queue.add(namespace);
    };
    const seen = (claim: PersistentVolumeClaim, key: string): void => {
      if (!isAtRest(claim, PVC_PROTECTION_FINALIZER)) look(claim.metadata.namespace ?? "default", key);
    };
    informers.of("persistentVolumeClaims").listen({ added: seen, updated: (_before, claim, key) => seen(claim, key) });
    const usedBy = (pod: Pod, isDeleted: boolean): void => {
      if (pod.spec.volumes == null) return;
      // one that runs can only keep a claim
      if (!isDeleted && !isShutDown(pod) && pod.spec.nodeName) return;
      for (const key of claimKeys(pod)) look(pod.metadata.namespace ?? "default", key);
    };
    informers.of("pods").listen({
      added: (pod) => usedBy(pod, false),
      updated: (before, after) => {
        usedBy(after, false);
        if (before.metadata.uid !== after.metadata.uid) usedBy(before, true);
      },
      deleted: (last) => usedBy(last, true),
    });
    queue.start();
  }

  private *sync(namespace: string): Steps<SyncResult> {
    const { client, informers } = this.context;
    const keys = this.waiting.get(namespace);
    if (keys === undefined) return undefined;
    this.waiting.delete(namespace);
    const claims = informers.of("persistentVolumeClaims").cache;
    let live: readonly Pod[] | null = null;
    const failed = new Set<string>();
    for (const key of keys) {
      const claim = claims.get(key);
      if (claim === undefined || isAtRest(claim, PVC_PROTECTION_FINALIZER)) continue;
      if (claim.metadata.deletionTimestamp != null) {
        const known = informers.of("pods").index("claims", claimKeysOf).get(key);
        if (known.some((pod) => uses(pod, claim))) continue;
        // the watch may be behind
        if (live === null) {
          const list = yield* ask<readonly Pod[] | ApiError>((done) => client.list("pods", { namespace }, done));
          if (list instanceof ApiError) {
            failed.add(key);
            continue;
          }
          live = list;
        }
        if (live.some((pod) => uses(pod, claim))) continue;
      }
      const result = yield* toggled(client, "persistentVolumeClaims", claim, PVC_PROTECTION_FINALIZER);
      if (result !== undefined) failed.add(key);
    }
    if (failed.size === 0) return undefined;
    for (const key of this.waiting.get(namespace) ?? []) failed.add(key);
    this.waiting.set(namespace, failed);
    return { error: "claims could not be changed" };
  }
}

/** Does a kubelet have it, or can it come to have it? One that is not bound cannot: kubelets start no pod whose claim is being deleted. */
function uses(pod: Pod, claim: PersistentVolumeClaim): boolean {
  if (!pod.spec.nodeName) return false;
  const { name } = claim.metadata;
  return (pod.spec.volumes ?? []).some(({ ephemeral, name: volume, persistentVolumeClaim }) => {
    if (persistentVolumeClaim?.claimName === name) return true;
    if (ephemeral == null || isForced(pod)) return false;
    return `${pod.metadata.name}-${volume}` === name && ownershipError(pod, claim) === null;
  });
}

// a pod without volumes, as nearly all are, costs nothing
function claimKeysOf(pod: Pod): readonly string[] {
  return pod.spec.volumes == null ? NONE : claimKeys(pod);
}

/** Nothing of it runs any more. */
function isShutDown(pod: Pod): boolean {
  if (isPodFinished(pod)) return true;
  const isStopped = (pod.status?.containerStatuses ?? []).every(({ state }) => state?.running == null);
  return pod.metadata.deletionTimestamp != null && isStopped;
}

/** The kubelet is done with it, or nobody waits for the kubelet. */
function isForced({ metadata }: Pod): boolean {
  return metadata.deletionTimestamp != null && metadata.deletionGracePeriodSeconds === 0;
}

/** It has what it is to have: the finalizer while it lives, none when it is to go. */
function isAtRest({ metadata }: KubernetesObject, finalizer: string): boolean {
  return (metadata.finalizers ?? []).includes(finalizer) === (metadata.deletionTimestamp == null);
}

/** Takes the finalizer away, or gives it. */
function* toggled<K extends ApiKind>(
  client: Client,
  kind: K,
  object: ApiObject<K>,
  finalizer: string,
): Steps<SyncResult> {
  const { metadata } = object;
  const given = metadata.finalizers ?? [];
  const finalizers = given.includes(finalizer) ? given.filter((one) => one !== finalizer) : [...given, finalizer];
  const changed = { ...object, metadata: { ...metadata, finalizers } };
  const answer = yield* ask<ApiObject<K> | ApiError>((done) => client.update(kind, changed, done));
  // gone meanwhile, which is what was wanted
  if (answer instanceof ApiError && answer.reason === "NotFound") return undefined;
  return answer instanceof ApiError ? { error: `${keyOf(kind, object)}: ${answer.message}` } : undefined;
}

const NONE: readonly string[] = [];
