// The CSI drivers' controllers: the provisioner makes and deletes volumes as claims and the binder ask for it, the attacher attaches and
// detaches them as VolumeAttachments say. One process for all drivers; failures come again after 1 s, 2 s … 5 min.
// Not modelled: snapshots, resizing, capacity tracking. Source: behaviour of kubernetes-csi's external-provisioner and external-attacher.
import { ApiError } from "../apiserver/client.ts";
import { ask, runSteps, type Steps } from "../engine/steps.ts";
import { MINUTE, SECOND } from "../engine/tick.ts";
import { uuidOf } from "../model/identity.ts";
import type {
  Node,
  PersistentVolume,
  PersistentVolumeClaim,
  StorageClass,
  VolumeAttachment,
} from "../model/objects.ts";
import { classOfClaim, SELECTED_NODE_ANNOTATION, waitsForFirstConsumer } from "../model/volume-claims.ts";
import { requestedBytes } from "../model/volume-matching.ts";
import { ATTACHER_FINALIZER, PROVISIONED_BY_ANNOTATION, PROVISIONER_ANNOTATION } from "../model/volume-names.ts";
import type { CloudContext } from "./context.ts";

const ZONE_LABEL = "topology.kubernetes.io/zone";
const MAX_RETRY_MICROS = 5 * MINUTE;

/** A set of keys that are each worked on by one at a time, again after a pause when it failed. */
class Retrying {
  private readonly context: CloudContext;
  private readonly work: (key: string) => Steps<boolean>;
  private readonly busy = new Set<string>();
  private readonly dirty = new Set<string>();
  private readonly pauses = new Map<string, number>();

  constructor(context: CloudContext, work: (key: string) => Steps<boolean>) {
    this.context = context;
    this.work = work;
  }

  add(key: string): void {
    if (this.busy.has(key)) {
      this.dirty.add(key);
      return;
    }
    this.busy.add(key);
    this.dirty.delete(key);
    runSteps(this.work(key), (isDone) => {
      this.busy.delete(key);
      if (isDone) {
        this.pauses.delete(key);
        if (this.dirty.has(key)) this.add(key);
        return;
      }
      const pauseMicros = this.pauses.get(key) ?? SECOND;
      this.pauses.set(key, Math.min(pauseMicros * 2, MAX_RETRY_MICROS));
      this.context.life.after(pauseMicros, () => this.add(key));
    });
  }
}

/** The kinds that must be listed before {@link startCsiDriver}. */
export const CSI_KINDS = [
  "persistentVolumeClaims",
  "persistentVolumes",
  "storageClasses",
  "volumeAttachments",
] as const;

export function startCsiDriver(context: CloudContext): void {
  const { informers } = context;
  const claims = new Retrying(context, (key) => provision(context, key));
  informers.of("persistentVolumeClaims").listen({
    added: (_claim, key) => claims.add(key),
    updated: (_before, _claim, key) => claims.add(key),
  });
  const volumes = new Retrying(context, (key) => remove(context, key));
  informers.of("persistentVolumes").listen({
    added: (_volume, key) => volumes.add(key),
    updated: (_before, _volume, key) => volumes.add(key),
  });
  const attachments = new Retrying(context, (key) => attach(context, key));
  informers.of("volumeAttachments").listen({
    added: (_attachment, key) => attachments.add(key),
    updated: (_before, _attachment, key) => attachments.add(key),
  });
}

function* provision(context: CloudContext, key: string): Steps<boolean> {
  const { api, client, events, informers, plan } = context;
  const claim = informers.of("persistentVolumeClaims").cache.get(key);
  if (claim === undefined || claim.spec.volumeName || claim.metadata.deletionTimestamp != null) return true;
  const storageClass = informers.of("storageClasses").cache.get(classOfClaim(claim));
  const driver = claim.metadata.annotations?.[PROVISIONER_ANNOTATION];
  const selectedNode = claim.metadata.annotations?.[SELECTED_NODE_ANNOTATION];
  if (storageClass === undefined || driver === undefined || driver !== storageClass.provisioner) return true;
  if (waitsForFirstConsumer(storageClass) && selectedNode === undefined) return true;
  const name = `pvc-${uuidOf(claim.metadata.uid ?? key)}`;
  if (informers.of("persistentVolumes").cache.has(name)) return true;
  const involved = { apiVersion: "v1", kind: "PersistentVolumeClaim", metadata: claim.metadata };
  const message = `External provisioner is provisioning volume for claim "${key}"`;
  events.event(involved, "Normal", "Provisioning", message);
  const error = yield* ask<string | null>((done) =>
    api.call(plan.provisionVolumeMicros, context.stream(`provision/${key}`), done),
  );
  if (error !== null) {
    const text = `failed to provision volume with StorageClass "${storageClass.metadata.name}": ${error}`;
    events.event(involved, "Warning", "ProvisioningFailed", text);
    return false;
  }
  const node =
    selectedNode === undefined ? null : yield* ask<Node | ApiError>((done) => client.get("nodes", selectedNode, done));
  const zone = node === null || node instanceof ApiError ? undefined : node.metadata.labels?.[ZONE_LABEL];
  const volume = volumeFor(claim, storageClass, name, zone);
  const answer = yield* ask<PersistentVolume | ApiError>((done) => client.create("persistentVolumes", volume, done));
  if (answer instanceof ApiError && answer.reason !== "AlreadyExists") return false;
  events.event(involved, "Normal", "ProvisioningSucceeded", `Successfully provisioned volume ${name}`);
  return true;
}

function* remove(context: CloudContext, key: string): Steps<boolean> {
  const { api, client, events, informers, plan } = context;
  const volume = informers.of("persistentVolumes").cache.get(key);
  // somebody has said already that it is to go
  if (volume?.metadata.deletionTimestamp != null) return true;
  if (volume?.status?.phase !== "Released" || volume.spec.persistentVolumeReclaimPolicy !== "Delete") return true;
  if (volume.metadata.annotations?.[PROVISIONED_BY_ANNOTATION] === undefined) return true;
  const error = yield* ask<string | null>((done) =>
    api.call(plan.deleteVolumeMicros, context.stream(`delete/${key}`), done),
  );
  if (error !== null) {
    const involved = { apiVersion: "v1", kind: "PersistentVolume", metadata: volume.metadata };
    events.event(involved, "Warning", "VolumeFailedDelete", `rpc error: ${error}`);
    return false;
  }
  const answer = yield* ask<null | ApiError>((done) => client.delete("persistentVolumes", key, {}, done));
  return !(answer instanceof ApiError) || answer.reason === "NotFound";
}

function* attach(context: CloudContext, key: string): Steps<boolean> {
  const { api, client, informers, plan } = context;
  const attachment = informers.of("volumeAttachments").cache.get(key);
  if (attachment === undefined) return true;
  const hasFinalizer = attachment.metadata.finalizers?.includes(ATTACHER_FINALIZER) ?? false;
  const patch = (change: (now: VolumeAttachment) => VolumeAttachment, isStatus: boolean) =>
    ask<VolumeAttachment | ApiError>((done) =>
      isStatus
        ? client.patchStatus("volumeAttachments", key, change, done)
        : client.patch("volumeAttachments", key, change, done),
    );
  if (attachment.metadata.deletionTimestamp != null) {
    if (!hasFinalizer) return true;
    const error = yield* ask<string | null>((done) =>
      api.call(plan.detachVolumeMicros, context.stream(`detach/${key}`), done),
    );
    if (error !== null) return false;
    const answer = yield* patch(
      (now) => withFinalizers(now, (names) => names.filter((n) => n !== ATTACHER_FINALIZER)),
      false,
    );
    return !(answer instanceof ApiError) || answer.reason === "NotFound";
  }
  if (attachment.status?.attached === true) return true;
  if (!hasFinalizer) {
    // so that it cannot go without being detached
    const answer = yield* patch((now) => withFinalizers(now, (names) => [...names, ATTACHER_FINALIZER]), false);
    if (answer instanceof ApiError) return answer.reason === "NotFound";
  }
  const error = yield* ask<string | null>((done) =>
    api.call(plan.attachVolumeMicros, context.stream(`attach/${key}`), done),
  );
  if (error !== null) return false;
  const answer = yield* patch((now) => ({ ...now, status: { ...now.status, attached: true } }), true);
  return !(answer instanceof ApiError) || answer.reason === "NotFound";
}

function withFinalizers(
  attachment: VolumeAttachment,
  change: (names: readonly string[]) => readonly string[],
): VolumeAttachment {
  return {
    ...attachment,
    metadata: { ...attachment.metadata, finalizers: [...new Set(change(attachment.metadata.finalizers ?? []))] },
  };
}

function volumeFor(
  claim: PersistentVolumeClaim,
  storageClass: StorageClass,
  name: string,
  zone: string | undefined,
): PersistentVolume {
  const { namespace = "default", uid } = claim.metadata;
  const allowed = (storageClass.allowedTopologies ?? []).map(({ matchLabelExpressions }) => ({
    matchExpressions: (matchLabelExpressions ?? []).map(({ key, values }) => ({ key, operator: "In", values })),
  }));
  const nodeSelectorTerms =
    zone === undefined ? allowed : [{ matchExpressions: [{ key: ZONE_LABEL, operator: "In", values: [zone] }] }];
  return {
    apiVersion: "v1",
    kind: "PersistentVolume",
    metadata: { name, annotations: { [PROVISIONED_BY_ANNOTATION]: storageClass.provisioner ?? "" } },
    spec: {
      capacity: { storage: requestedBytes(claim) ?? 0 },
      accessModes: claim.spec.accessModes ?? [],
      claimRef: { namespace, name: claim.metadata.name, uid },
      storageClassName: storageClass.metadata.name,
      volumeMode: claim.spec.volumeMode ?? "Filesystem",
      persistentVolumeReclaimPolicy: storageClass.reclaimPolicy ?? "Delete",
      csi: { driver: storageClass.provisioner ?? "", volumeHandle: name },
      ...(nodeSelectorTerms.length === 0 ? {} : { nodeAffinity: { required: { nodeSelectorTerms } } }),
    },
  };
}
