// The disks of pods on one node: which a pod needs attached, whether they are, and which of them are in use, as the node's status tells
// the attach/detach controller. Source: behaviour of the kubelet's volume manager, 1.36.
import { ApiError, type Client } from "../apiserver/client.ts";
import type { Lifetime } from "../engine/lifetime.ts";
import { ask, type Steps } from "../engine/steps.ts";
import { SECOND } from "../engine/tick.ts";
import type { CSIDriver, Node, PersistentVolume, PersistentVolumeClaim, Pod } from "../model/objects.ts";
import { attachedName, claimKeys, needsAttach } from "../model/volume-names.ts";

/** How long a pod waits for its volumes before it says so and tries again. */
const TIMEOUT_MICROS = 123 * SECOND;

export interface VolumesOptions {
  readonly life: () => Lifetime;
  readonly client: () => Client;
  readonly node: () => Node;
  /** What is in use has changed: the next look at the node's status tells it. */
  readonly changed: () => void;
}

export class Volumes {
  private readonly options: VolumesOptions;
  // names of attached volumes by the uid of the pod that uses them
  private readonly used = new Map<string, readonly string[]>();
  private readonly waiting = new Set<() => void>();
  // all that this kubelet has ever used
  private readonly managed = new Set<string>();

  constructor(options: VolumesOptions) {
    this.options = options;
  }

  /** volumesInUse as it is to be: what the status says of pods from before the run stays. */
  inUse(before: readonly string[]): readonly string[] {
    const names = new Set(before.filter((name) => !this.managed.has(name)));
    for (const list of this.used.values()) for (const name of list) names.add(name);
    return [...names];
  }

  /** Does the node's status say otherwise? */
  differs(node: Node): boolean {
    if (this.managed.size === 0) return false;
    const known = node.status?.volumesInUse ?? [];
    const now = this.inUse(known);
    return now.length !== known.length || now.some((name) => !known.includes(name));
  }

  /** Waits until all disks of the pod are attached. @returns why it cannot have them; null = it has */
  *attach(pod: Pod, isBrokenOff: () => boolean): Steps<string | null> {
    const keys = claimKeys(pod);
    if (keys.length === 0) return null;
    const names: string[] = [];
    for (const key of keys) {
      const name = yield* this.nameOf(key, this.used.has(pod.metadata.uid ?? ""));
      if (isBrokenOff()) return null;
      if (name instanceof ApiError) return `error processing PVC ${key}: ${name.message}`;
      if (name !== null) names.push(name);
    }
    if (names.length === 0) return null;
    this.used.set(pod.metadata.uid ?? "", names);
    for (const name of names) this.managed.add(name);
    this.options.changed();
    if (yield* this.waitFor(names)) return null;
    const volumes = `[${(pod.spec.volumes ?? []).map((volume) => volume.name).join(" ")}]`;
    return `Unable to attach or mount volumes: unmounted volumes=${volumes}, unattached volumes=${volumes}, failed to process volumes=[]: context deadline exceeded`;
  }

  release(pod: Pod): void {
    if (!this.used.delete(pod.metadata.uid ?? "")) return;
    this.options.changed();
  }

  /** The node's object has changed: what was waited for may be there. */
  nodeChanged(): void {
    for (const look of [...this.waiting]) look();
  }

  /** The machine is off. */
  clear(): void {
    this.used.clear();
    this.waiting.clear();
  }

  private *waitFor(names: readonly string[]): Steps<boolean> {
    const { life, node } = this.options;
    // attached, and known to be in use, so that nobody detaches it under the pod's feet
    const isThere = (): boolean => {
      const { volumesAttached, volumesInUse } = node().status ?? {};
      return names.every(
        (name) =>
          (volumesAttached ?? []).some((attached) => attached.name === name) && (volumesInUse ?? []).includes(name),
      );
    };
    if (isThere()) return true;
    return yield* ask<boolean>((done) => {
      const timer = life().after(TIMEOUT_MICROS, () => {
        this.waiting.delete(look);
        done(false);
      });
      const look = (): void => {
        if (!isThere()) return;
        this.waiting.delete(look);
        life().cancel(timer);
        done(true);
      };
      this.waiting.add(look);
    });
  }

  private *nameOf(claimKey: string, isUsed: boolean): Steps<string | null | ApiError> {
    const { client, life } = this.options;
    const claim = yield* ask<PersistentVolumeClaim | ApiError>((done) =>
      client().get("persistentVolumeClaims", claimKey, life().guard(done)),
    );
    if (claim instanceof ApiError) return claim;
    if (claim.metadata.deletionTimestamp != null && !isUsed) return new ApiError("NotFound", "PVC is being deleted");
    const volumeName = claim.spec.volumeName ?? "";
    if (volumeName === "") return new ApiError("NotFound", "PVC is not bound");
    const volume = yield* ask<PersistentVolume | ApiError>((done) =>
      client().get("persistentVolumes", volumeName, life().guard(done)),
    );
    if (volume instanceof ApiError) return volume;
    if (volume.spec.csi == null) return null;
    const { driver: driverName } = volume.spec.csi;
    const driver = yield* ask<CSIDriver | ApiError>((done) =>
      client().get("csiDrivers", driverName, life().guard(done)),
    );
    return needsAttach(volume, driver instanceof ApiError ? undefined : driver) ? attachedName(volume) : null;
  }
}
