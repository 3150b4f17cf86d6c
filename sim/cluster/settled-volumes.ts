// The volumes of a cluster that has been running for long: claims that waited for their pod are bound to a volume in its zone, and what
// pods use is attached to their nodes, as the binder, the drivers and attach/detach would have left it.
import { uuidOf } from "../model/identity.ts";
import type {
  ClusterObjects,
  Node,
  PersistentVolume,
  PersistentVolumeClaim,
  VolumeAttachment,
} from "../model/objects.ts";
import {
  BIND_COMPLETED_ANNOTATION,
  classOfClaim,
  isFullyBound,
  SELECTED_NODE_ANNOTATION,
} from "../model/volume-claims.ts";
import { requestedBytes } from "../model/volume-matching.ts";
import {
  ATTACHER_FINALIZER,
  attachedName,
  attachmentName,
  claimKeyOf,
  claimKeys,
  NO_PROVISIONER,
  needsAttach,
  PROVISIONED_BY_ANNOTATION,
  PROVISIONER_ANNOTATION,
} from "../model/volume-names.ts";

const ZONE_LABEL = "topology.kubernetes.io/zone";

/** @param objects with pods that are placed */
export function settledVolumesOfPods(objects: ClusterObjects): ClusterObjects {
  if (objects.persistentVolumeClaims.length === 0) return objects;
  const claims = new Map(objects.persistentVolumeClaims.map((claim) => [claimKeyOf(claim), withUid(claim)]));
  const volumes = new Map(objects.persistentVolumes.map((volume) => [volume.metadata.name, volume]));
  const attachments = new Map(objects.volumeAttachments.map((known) => [known.metadata.name, known]));
  const classes = new Map(objects.storageClasses.map((one) => [one.metadata.name, one]));
  const drivers = new Map(objects.csiDrivers.map((driver) => [driver.metadata.name, driver]));
  const nodes = new Map(objects.nodes.map((node) => [node.metadata.name, node]));
  const attached = new Map<string, string[]>();
  for (const pod of objects.pods) {
    const nodeName = pod.spec.nodeName ?? "";
    const node = nodes.get(nodeName);
    if (node === undefined || pod.status?.phase === "Succeeded" || pod.status?.phase === "Failed") continue;
    for (const key of claimKeys(pod)) {
      const claim = claims.get(key);
      if (claim === undefined) continue;
      let volume = volumes.get(claim.spec.volumeName ?? "");
      if (!isFullyBound(claim)) {
        const driver = classes.get(classOfClaim(claim))?.provisioner ?? NO_PROVISIONER;
        if (claim.spec.volumeName || driver === NO_PROVISIONER) continue;
        volume = provisioned(claim, driver, node, classes.get(classOfClaim(claim))?.reclaimPolicy ?? "Delete");
        volumes.set(volume.metadata.name, volume);
        claims.set(key, boundTo(claim, volume, driver, nodeName));
      }
      if (volume === undefined || !needsAttach(volume, drivers.get(volume.spec.csi?.driver ?? ""))) continue;
      const attachment = attachmentOf(volume, nodeName);
      if (attachments.has(attachment.metadata.name)) continue;
      attachments.set(attachment.metadata.name, attachment);
      attached.set(nodeName, [...(attached.get(nodeName) ?? []), attachedName(volume) ?? ""]);
    }
  }
  return {
    ...objects,
    nodes: objects.nodes.map((node) => withAttached(node, attached.get(node.metadata.name))),
    persistentVolumeClaims: [...claims.values()],
    // claims that were bound before keep what points at them
    persistentVolumes: [...volumes.values()].map((volume) => withClaimUid(volume, claims)),
    volumeAttachments: [...attachments.values()],
  };
}

function withUid(claim: PersistentVolumeClaim): PersistentVolumeClaim {
  if (claim.metadata.uid !== undefined) return claim;
  const uid = `persistentVolumeClaims/${claimKeyOf(claim)}`;
  return { ...claim, metadata: { ...claim.metadata, uid } };
}

function withClaimUid(volume: PersistentVolume, claims: ReadonlyMap<string, PersistentVolumeClaim>): PersistentVolume {
  const { claimRef } = volume.spec;
  if (claimRef?.name === undefined || claimRef.uid) return volume;
  const uid = claims.get(`${claimRef.namespace ?? "default"}/${claimRef.name}`)?.metadata.uid;
  return uid === undefined ? volume : { ...volume, spec: { ...volume.spec, claimRef: { ...claimRef, uid } } };
}

function provisioned(
  claim: PersistentVolumeClaim,
  driver: string,
  node: Node,
  reclaimPolicy: string,
): PersistentVolume {
  const { name, namespace = "default", uid } = claim.metadata;
  const zone = node.metadata.labels?.[ZONE_LABEL];
  const volumeName = `pvc-${uuidOf(uid ?? name)}`;
  const terms = [{ matchExpressions: [{ key: ZONE_LABEL, operator: "In", values: [zone ?? ""] }] }];
  return {
    apiVersion: "v1",
    kind: "PersistentVolume",
    metadata: { name: volumeName, annotations: { [PROVISIONED_BY_ANNOTATION]: driver } },
    spec: {
      capacity: { storage: requestedBytes(claim) ?? 0 },
      accessModes: claim.spec.accessModes ?? [],
      claimRef: { namespace, name, uid },
      storageClassName: classOfClaim(claim),
      volumeMode: claim.spec.volumeMode ?? "Filesystem",
      persistentVolumeReclaimPolicy: reclaimPolicy,
      csi: { driver, volumeHandle: volumeName },
      ...(zone === undefined ? {} : { nodeAffinity: { required: { nodeSelectorTerms: terms } } }),
    },
    status: { phase: "Bound" },
  };
}

function boundTo(
  claim: PersistentVolumeClaim,
  volume: PersistentVolume,
  driver: string,
  nodeName: string,
): PersistentVolumeClaim {
  const annotations = {
    ...claim.metadata.annotations,
    [BIND_COMPLETED_ANNOTATION]: "yes",
    [PROVISIONER_ANNOTATION]: driver,
    [SELECTED_NODE_ANNOTATION]: nodeName,
  };
  return {
    ...claim,
    metadata: { ...claim.metadata, annotations },
    spec: { ...claim.spec, volumeName: volume.metadata.name },
    status: { ...claim.status, phase: "Bound" },
  };
}

function attachmentOf(volume: PersistentVolume, nodeName: string): VolumeAttachment {
  const name = attachmentName(volume.metadata.name, nodeName);
  return {
    apiVersion: "storage.k8s.io/v1",
    kind: "VolumeAttachment",
    metadata: { name, finalizers: [ATTACHER_FINALIZER] },
    spec: {
      attacher: volume.spec.csi?.driver ?? "",
      nodeName,
      source: { persistentVolumeName: volume.metadata.name },
    },
    status: { attached: true },
  };
}

function withAttached(node: Node, names: readonly string[] | undefined): Node {
  if (names === undefined) return node;
  const volumesAttached = [...(node.status?.volumesAttached ?? []), ...names.map((name) => ({ name, devicePath: "" }))];
  const volumesInUse = [...(node.status?.volumesInUse ?? []), ...names];
  return { ...node, status: { ...node.status, volumesAttached, volumesInUse } };
}
