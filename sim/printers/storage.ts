// `kubectl get` of volumes, claims and what belongs to them. Source: behaviour of the API server's table printers, v1.36.
import type {
  CSIDriver,
  CSINode,
  PersistentVolume,
  PersistentVolumeClaim,
  ResourceList,
  StorageClass,
  VolumeAttachment,
} from "../model/objects.ts";
import { ageCell, type Printer } from "./printer.ts";

const MODES: readonly (readonly [mode: string, short: string])[] = [
  ["ReadWriteOnce", "RWO"],
  ["ReadOnlyMany", "ROX"],
  ["ReadWriteMany", "RWX"],
  ["ReadWriteOncePod", "RWOP"],
];

/** `RWO,RWX`, each once. */
export function accessModes(modes: readonly string[] | null | undefined): string {
  return MODES.filter(([mode]) => modes?.includes(mode) === true)
    .map(([, short]) => short)
    .join(",");
}

export const volumePrinter: Printer<PersistentVolume> = {
  columns: [
    "NAME",
    "CAPACITY",
    "ACCESS MODES",
    "RECLAIM POLICY",
    "STATUS",
    "CLAIM",
    "STORAGECLASS",
    "VOLUMEATTRIBUTESCLASS",
    "REASON",
    "AGE",
  ],
  wide: ["VOLUMEMODE"],
  cells(volume, moment) {
    const { spec, status, metadata } = volume;
    const claim = spec.claimRef;
    return [
      metadata.name,
      String(spec.capacity?.storage ?? ""),
      accessModes(spec.accessModes),
      spec.persistentVolumeReclaimPolicy ?? "Retain",
      metadata.deletionTimestamp == null ? (status?.phase ?? "") : "Terminating",
      claim == null ? "" : `${claim.namespace ?? ""}/${claim.name ?? ""}`,
      spec.storageClassName ?? "",
      spec.volumeAttributesClassName || "<unset>",
      "",
      ageCell(volume, moment),
      spec.volumeMode ?? "<unset>",
    ];
  },
};

export const claimPrinter: Printer<PersistentVolumeClaim> = {
  columns: ["NAME", "STATUS", "VOLUME", "CAPACITY", "ACCESS MODES", "STORAGECLASS", "VOLUMEATTRIBUTESCLASS", "AGE"],
  wide: ["VOLUMEMODE"],
  cells(claim, moment) {
    const { spec, metadata } = claim;
    const status = claim.status as
      | { readonly phase?: string; readonly capacity?: ResourceList | null; readonly accessModes?: readonly string[] }
      | undefined;
    const isBound = (spec.volumeName ?? "") !== "";
    return [
      metadata.name,
      metadata.deletionTimestamp == null ? (status?.phase ?? "Pending") : "Terminating",
      spec.volumeName ?? "",
      isBound ? String(status?.capacity?.storage ?? spec.resources?.requests?.storage ?? "") : "",
      isBound ? accessModes(status?.accessModes ?? spec.accessModes) : "",
      spec.storageClassName ?? "",
      spec.volumeAttributesClassName || "<unset>",
      ageCell(claim, moment),
      spec.volumeMode ?? "<unset>",
    ];
  },
};

export const storageClassPrinter: Printer<StorageClass> = {
  columns: ["NAME", "PROVISIONER", "RECLAIMPOLICY", "VOLUMEBINDINGMODE", "ALLOWVOLUMEEXPANSION", "AGE"],
  wide: [],
  cells(storage, moment) {
    const isDefault = storage.metadata.annotations?.["storageclass.kubernetes.io/is-default-class"] === "true";
    return [
      isDefault ? `${storage.metadata.name} (default)` : storage.metadata.name,
      storage.provisioner ?? "",
      storage.reclaimPolicy ?? "Delete",
      storage.volumeBindingMode ?? "Immediate",
      String(storage.allowVolumeExpansion ?? false),
      ageCell(storage, moment),
    ];
  },
};

export const volumeAttachmentPrinter: Printer<VolumeAttachment> = {
  columns: ["NAME", "ATTACHER", "PV", "NODE", "ATTACHED", "AGE"],
  wide: [],
  cells: (attachment, moment) => [
    attachment.metadata.name,
    attachment.spec.attacher,
    attachment.spec.source.persistentVolumeName ?? "",
    attachment.spec.nodeName,
    String(attachment.status?.attached ?? false),
    ageCell(attachment, moment),
  ],
};

export const csiNodePrinter: Printer<CSINode> = {
  columns: ["NAME", "DRIVERS", "AGE"],
  wide: [],
  cells: (node, moment) => [node.metadata.name, String(node.spec?.drivers?.length ?? 0), ageCell(node, moment)],
};

export const csiDriverPrinter: Printer<CSIDriver> = {
  columns: [
    "NAME",
    "ATTACHREQUIRED",
    "PODINFOONMOUNT",
    "STORAGECAPACITY",
    "TOKENREQUESTS",
    "REQUIRESREPUBLISH",
    "MODES",
    "AGE",
  ],
  wide: [],
  cells: (driver, moment) => [
    driver.metadata.name,
    String(driver.spec?.attachRequired ?? true),
    "false",
    String(driver.spec?.storageCapacity ?? false),
    "<unset>",
    "false",
    "Persistent",
    ageCell(driver, moment),
  ],
};
