// The ephemeral volume controller: makes the claims of pods' generic ephemeral volumes, and takes them away with the pod, as
// the garbage collector does. Claims of classes that bind at once come with their volume. Source: KEP-1698.
import { ApiError, type Client } from "../apiserver/client.ts";
import { Informer } from "../apiserver/informer.ts";
import { defaultingContext } from "../model/defaults.ts";
import type { ClusterObjects, Pod } from "../model/objects.ts";
import { ownershipError } from "../model/volume-claims.ts";
import { claimsOfPod, settledVolumes } from "../model/volume-state.ts";

export class EphemeralVolumes {
  private readonly client: Client;
  private readonly objects: Pick<ClusterObjects, "priorityClasses" | "storageClasses">;

  constructor(client: Client, objects: Pick<ClusterObjects, "priorityClasses" | "storageClasses">) {
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
      this.client.create("persistentVolumeClaims", claim, (answer) => {
        // a claim of that name may exist: if it is not this pod's, the scheduler will say so
        if (volume !== undefined && !(answer instanceof ApiError)) this.client.create("persistentVolumes", volume);
      });
    }
  }

  private deleted(pod: Pod): void {
    if (!EphemeralVolumes.concerns(pod)) return;
    for (const { metadata } of claimsOfPod(pod, defaultingContext(this.objects))) {
      const key = `${metadata.namespace}/${metadata.name}`;
      this.client.get("persistentVolumeClaims", key, (claim) => {
        if (claim instanceof ApiError || ownershipError(pod, claim) !== null) return;
        this.client.delete("persistentVolumeClaims", key, { uid: claim.metadata.uid });
      });
    }
  }
}
