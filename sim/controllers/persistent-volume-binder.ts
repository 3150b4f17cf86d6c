// persistentvolume-binder-controller: binds claims and volumes to each other, asks a driver for a volume where none fits, and gives
// volumes back when their claim has gone. Claims whose class waits for a consumer are left alone until the scheduler has picked a node.
// Not modelled: resizing, in-tree provisioners. Source: behaviour of kube-controller-manager 1.36.
import { ApiError } from "../apiserver/client.ts";
import { ask, type Steps } from "../engine/steps.ts";
import type { PersistentVolume, PersistentVolumeClaim } from "../model/objects.ts";
import {
  BIND_COMPLETED_ANNOTATION,
  classOfClaim,
  classOfVolume,
  isFullyBound,
  SELECTED_NODE_ANNOTATION,
  waitsForFirstConsumer,
} from "../model/volume-claims.ts";
import { suitableVolumes } from "../model/volume-matching.ts";
import { claimKeyOf, NO_PROVISIONER, PROVISIONER_ANNOTATION } from "../model/volume-names.ts";
import { type Controller, type ControllerContext, type SyncResult, syncQueue } from "./framework/controller.ts";

const CONFLICT = { error: "the object has changed since" };

export const persistentVolumeBinder: Controller = {
  name: "persistentvolume-binder-controller",
  eventSource: "persistentvolume-controller",
  watches: ["persistentVolumes", "persistentVolumeClaims", "storageClasses"],
  start(context) {
    new Binder(context).start();
  },
};

class Binder {
  private readonly context: ControllerContext;

  constructor(context: ControllerContext) {
    this.context = context;
  }

  start(): void {
    const { flags, informers, life } = this.context;
    const claims = syncQueue(this.context, 1, (key) => this.syncClaim(key));
    const volumes = syncQueue(this.context, 1, (key) => this.syncVolume(key));
    // a claim that waits for a volume may find one when a volume comes or is free again
    const waiting = new Set<string>();
    const wakeUp = () => {
      for (const key of waiting) claims.add(key);
    };
    informers.of("persistentVolumeClaims").listen({
      added: (claim, key) => {
        if (!isFullyBound(claim)) waiting.add(key);
        claims.add(key);
      },
      updated: (_before, claim, key) => {
        if (isFullyBound(claim)) waiting.delete(key);
        else waiting.add(key);
        claims.add(key);
      },
      deleted: (claim, key) => {
        waiting.delete(key);
        if (claim.spec.volumeName) volumes.add(claim.spec.volumeName);
      },
    });
    const volumeChanged = (volume: PersistentVolume, key: string) => {
      volumes.add(key);
      const { claimRef } = volume.spec;
      if (claimRef?.name) claims.add(`${claimRef.namespace ?? "default"}/${claimRef.name}`);
      else wakeUp();
    };
    informers.of("persistentVolumes").listen({
      added: volumeChanged,
      updated: (_before, volume, key) => volumeChanged(volume, key),
      deleted: (volume) => {
        const { claimRef } = volume.spec;
        if (claimRef?.name) claims.add(`${claimRef.namespace ?? "default"}/${claimRef.name}`);
      },
    });
    informers.of("storageClasses").listen({ added: wakeUp });
    claims.start();
    volumes.start();
    // what could not be done is looked at again now and then, as upstream does with everything
    const again = () => {
      wakeUp();
      life.after(flags.pvClaimBinderSyncPeriodMicros, again);
    };
    life.after(flags.pvClaimBinderSyncPeriodMicros, again);
  }

  // ---- claims ------------------------------------------------------------------------------------------------------

  private *syncClaim(key: string): Steps<SyncResult> {
    const { informers } = this.context;
    const claim = informers.of("persistentVolumeClaims").cache.get(key);
    if (claim === undefined || claim.metadata.deletionTimestamp != null) return undefined;
    const named = claim.spec.volumeName ?? "";
    const volume = named === "" ? undefined : informers.of("persistentVolumes").cache.get(named);
    if (isFullyBound(claim)) {
      if (volume === undefined)
        return yield* this.lose(claim, "Bound claim has lost its PersistentVolume. Data on the volume is lost!");
      return belongsTo(volume, claim)
        ? yield* this.bind(claim, volume)
        : yield* this.lose(claim, "Bound claim has lost reference to PersistentVolume. Data on the volume is lost!");
    }
    if (named !== "") {
      // asked for by name: bound once it is there and free
      if (volume === undefined || (volume.spec.claimRef != null && !isReservedFor(volume, claim))) {
        return yield* this.setPhase(claim, "Pending");
      }
      return yield* this.bind(claim, volume);
    }
    return yield* this.findVolume(claim);
  }

  private *findVolume(claim: PersistentVolumeClaim): Steps<SyncResult> {
    const { events, informers } = this.context;
    const className = classOfClaim(claim);
    const storageClass = informers.of("storageClasses").cache.get(className);
    const isDelayed = waitsForFirstConsumer(storageClass);
    const selectedNode = claim.metadata.annotations?.[SELECTED_NODE_ANNOTATION];
    const candidates = informers
      .of("persistentVolumes")
      .index("class", (volume) => [classOfVolume(volume)])
      .get(className)
      .filter((volume) => volume.metadata.deletionTimestamp == null);
    const { free, reserved } = suitableVolumes(claim, candidates);
    // a class that waits leaves the choice to the scheduler, which reserves what it has chosen
    const volume = reserved[0] ?? (isDelayed ? undefined : free.inOrder[0]);
    if (volume !== undefined) return yield* this.bind(claim, volume);
    if (isDelayed && selectedNode === undefined) {
      const message = "waiting for first consumer to be created before binding";
      events.event(involved(claim), "Normal", "WaitForFirstConsumer", message);
    } else if (className === "") {
      const message = "no persistent volumes available for this claim and no storage class is set";
      events.event(involved(claim), "Normal", "FailedBinding", message);
    } else if (storageClass === undefined) {
      const message = `storageclass.storage.k8s.io "${className}" not found`;
      events.event(involved(claim), "Warning", "ProvisioningFailed", message);
    } else if ((storageClass.provisioner ?? NO_PROVISIONER) === NO_PROVISIONER) {
      const message = `no volume plugin matched name: ${NO_PROVISIONER}`;
      events.event(involved(claim), "Warning", "ProvisioningFailed", message);
    } else return yield* this.askDriver(claim, storageClass.provisioner!);
    return yield* this.setPhase(claim, "Pending");
  }

  private *askDriver(claim: PersistentVolumeClaim, driver: string): Steps<SyncResult> {
    const { client, events } = this.context;
    if (claim.metadata.annotations?.[PROVISIONER_ANNOTATION] !== driver) {
      const annotations = { ...claim.metadata.annotations, [PROVISIONER_ANNOTATION]: driver };
      const asked = { ...claim, metadata: { ...claim.metadata, annotations } };
      const answer = yield* ask<PersistentVolumeClaim | ApiError>((done) =>
        client.update("persistentVolumeClaims", asked, done),
      );
      if (answer instanceof ApiError) return CONFLICT;
    }
    const message = `Waiting for a volume to be created either by the external provisioner '${driver}' or manually by the system administrator. If volume creation is delayed, please verify that the provisioner is running and correctly registered.`;
    events.event(involved(claim), "Normal", "ExternalProvisioning", message);
    return yield* this.setPhase(claim, "Pending");
  }

  /** In upstream's order: the volume's reference, its phase, the claim's reference, its phase. What is done already is not written. */
  private *bind(claim: PersistentVolumeClaim, volume: PersistentVolume): Steps<SyncResult> {
    const { client } = this.context;
    const { name, namespace = "default", uid } = claim.metadata;
    let bound = volume;
    if (volume.spec.claimRef?.uid !== uid) {
      const next = { ...volume, spec: { ...volume.spec, claimRef: { namespace, name, uid } } };
      const answer = yield* ask<PersistentVolume | ApiError>((done) => client.update("persistentVolumes", next, done));
      if (answer instanceof ApiError) return CONFLICT;
      bound = answer;
    }
    if (!(yield* this.setVolumePhase(bound, "Bound"))) return CONFLICT;
    let latest = claim;
    if (!isFullyBound(claim) || claim.spec.volumeName !== volume.metadata.name) {
      const annotations = { ...claim.metadata.annotations, [BIND_COMPLETED_ANNOTATION]: "yes" };
      const metadata = { ...claim.metadata, annotations };
      const next = { ...claim, metadata, spec: { ...claim.spec, volumeName: volume.metadata.name } };
      const answer = yield* ask<PersistentVolumeClaim | ApiError>((done) =>
        client.update("persistentVolumeClaims", next, done),
      );
      if (answer instanceof ApiError) return CONFLICT;
      latest = answer;
    }
    return yield* this.setPhase(latest, "Bound");
  }

  private *lose(claim: PersistentVolumeClaim, message: string): Steps<SyncResult> {
    if (claim.status?.phase !== "Lost") this.context.events.event(involved(claim), "Warning", "ClaimLost", message);
    return yield* this.setPhase(claim, "Lost");
  }

  private *setPhase(claim: PersistentVolumeClaim, phase: string): Steps<SyncResult> {
    if (claim.status?.phase === phase) return undefined;
    const next = { ...claim, status: { ...claim.status, phase } };
    const answer = yield* ask<PersistentVolumeClaim | ApiError>((done) =>
      this.context.client.updateStatus("persistentVolumeClaims", next, done),
    );
    return answer instanceof ApiError ? CONFLICT : undefined;
  }

  // ---- volumes -----------------------------------------------------------------------------------------------------

  private *syncVolume(name: string): Steps<SyncResult> {
    const { informers } = this.context;
    const volume = informers.of("persistentVolumes").cache.get(name);
    if (volume === undefined || volume.metadata.deletionTimestamp != null) return undefined;
    const { claimRef } = volume.spec;
    let phase = "Available";
    if (claimRef?.uid) {
      const key = `${claimRef.namespace ?? "default"}/${claimRef.name}`;
      const claim = informers.of("persistentVolumeClaims").cache.get(key);
      if (claim !== undefined && claim.metadata.uid === claimRef.uid) return undefined;
      // its claim has gone: kept for people, or deleted by its driver, which watches for this phase
      phase = "Released";
    }
    return (yield* this.setVolumePhase(volume, phase)) ? undefined : CONFLICT;
  }

  private *setVolumePhase(volume: PersistentVolume, phase: string): Steps<boolean> {
    if (volume.status?.phase === phase) return true;
    const next = { ...volume, status: { ...volume.status, phase } };
    const answer = yield* ask<PersistentVolume | ApiError>((done) =>
      this.context.client.updateStatus("persistentVolumes", next, done),
    );
    return !(answer instanceof ApiError);
  }
}

function involved({ metadata }: PersistentVolumeClaim) {
  return { apiVersion: "v1", kind: "PersistentVolumeClaim", metadata };
}

function isReservedFor({ spec }: PersistentVolume, claim: PersistentVolumeClaim): boolean {
  const { claimRef } = spec;
  if (claimRef?.name === undefined) return false;
  const key = `${claimRef.namespace ?? "default"}/${claimRef.name}`;
  return key === claimKeyOf(claim) && (!claimRef.uid || claimRef.uid === claim.metadata.uid);
}

function belongsTo(volume: PersistentVolume, claim: PersistentVolumeClaim): boolean {
  return volume.spec.claimRef == null || isReservedFor(volume, claim);
}
