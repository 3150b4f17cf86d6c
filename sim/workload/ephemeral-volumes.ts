// The ephemeral volume controller: makes the claims of pods' generic ephemeral volumes, and takes them away with the pod, as
// the garbage collector does. Claims of classes that bind at once come with their volume. Source: KEP-1698.
import { WORK_QUEUE_BACK_OFF } from "../apiserver/back-off.ts";
import { ApiError, type ApiKind, type ApiObject, type Client } from "../apiserver/client.ts";
import { Informer } from "../apiserver/informer.ts";
import { untilDecided } from "../apiserver/retry.ts";
import type { Engine } from "../engine/engine.ts";
import { defaultingContext } from "../model/defaults.ts";
import type { ClusterObjects, PersistentVolumeClaim, Pod } from "../model/objects.ts";
import { ownershipError } from "../model/volume-claims.ts";
import { claimsOfPod, settledVolumes } from "../model/volume-state.ts";

export class EphemeralVolumes {
  private readonly engine: Engine;
  private readonly client: Client;
  private readonly objects: Pick<ClusterObjects, "priorityClasses" | "storageClasses">;

  constructor(engine: Engine, client: Client, objects: Pick<ClusterObjects, "priorityClasses" | "storageClasses">) {
    this.engine = engine;
    this.client = client;
    this.objects = objects;
  }

  /** Is there anything to do for pods like this? */
  static concerns(pod: Pick<Pod, "spec">): boolean {
    return pod.spec.volumes?.some((volume) => volume.ephemeral != null) ?? false;
  }

  start(): void {
    new Informer(this.client, "pods", {
      added: (pod) => this.added(pod),
      deleted: (pod) => this.deleted(pod),
    });
  }

  private added(pod: Pod): void {
    if (!EphemeralVolumes.concerns(pod)) return;
    const context = defaultingContext(this.objects);
    const { persistentVolumes, persistentVolumeClaims } = settledVolumes(
      { pods: [pod], persistentVolumes: [], persistentVolumeClaims: [], storageClasses: this.objects.storageClasses },
      context,
    );
    for (const claim of persistentVolumeClaims) {
      const volume = persistentVolumes.find((v) => v.metadata.name === claim.spec.volumeName);
      this.create("persistentVolumeClaims", claim, (isMade) => {
        // a claim of that name may exist: if it is not this pod's, the scheduler will say so
        if (volume !== undefined && isMade) this.create("persistentVolumes", volume, () => undefined);
      });
    }
  }

  /** @param done told whether the object is there because of this */
  private create<K extends ApiKind>(kind: K, object: ApiObject<K>, done: (isMade: boolean) => void): void {
    untilDecided<ApiObject<K>>(
      this.engine,
      WORK_QUEUE_BACK_OFF,
      (answered) => this.client.create(kind, object, answered),
      (answer, isUncertain) =>
        done(!(answer instanceof ApiError) || (isUncertain && answer.reason === "AlreadyExists")),
    );
  }

  private deleted(pod: Pod): void {
    if (!EphemeralVolumes.concerns(pod)) return;
    for (const { metadata } of claimsOfPod(pod, defaultingContext(this.objects))) {
      const key = `${metadata.namespace}/${metadata.name}`;
      untilDecided<PersistentVolumeClaim>(
        this.engine,
        WORK_QUEUE_BACK_OFF,
        (answered) => this.client.get("persistentVolumeClaims", key, answered),
        (claim) => {
          if (claim instanceof ApiError || ownershipError(pod, claim) !== null) return;
          this.remove(key, claim.metadata.uid);
        },
      );
    }
  }

  private remove(key: string, uid: string | undefined): void {
    untilDecided<null>(
      this.engine,
      WORK_QUEUE_BACK_OFF,
      (answered) => this.client.delete("persistentVolumeClaims", key, uid === undefined ? {} : { uid }, answered),
      () => undefined,
    );
  }
}
