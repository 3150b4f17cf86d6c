// In-tree volume plugins that CSI drivers have replaced: which driver stands for a volume, the handle under which that
// driver knows it, and where the driver's topology lets it be used.
// Source: CSI migration (KEP-625) as it is in Kubernetes 1.36, where the in-tree code of these plugins is gone.
import type { CSINode, PersistentVolume, Volume } from "../../model/objects.ts";

const ZONE = "topology.kubernetes.io/zone";
const BETA_ZONE = "failure-domain.beta.kubernetes.io/zone";
const MIGRATED_PLUGINS_ANNOTATION = "storage.alpha.kubernetes.io/migrated-plugins";

interface Migration {
  readonly inTreeName: string;
  readonly driver: string;
  /** How the scheduler decides that a node has migrated: always, by the CSINode's annotation, or never, for counting. */
  readonly counted: "always" | "annotated" | "never";
  /** The driver's own zone label; null when it has none. */
  readonly zoneLabel: string | null;
  /** The driver's handle of the volume, or nothing when the source is of another kind. */
  readonly handle: (source: Sources, zone: string) => string | null | undefined;
}

/** The volume sources that pods and persistent volumes have in common. */
type Sources = Pick<
  Volume & PersistentVolume["spec"],
  | "gcePersistentDisk"
  | "awsElasticBlockStore"
  | "azureDisk"
  | "azureFile"
  | "cinder"
  | "vsphereVolume"
  | "portworxVolume"
>;

const UNKNOWN_ZONE = "UNSPECIFIED";

const MIGRATIONS: readonly Migration[] = [
  {
    inTreeName: "kubernetes.io/aws-ebs",
    driver: "ebs.csi.aws.com",
    counted: "always",
    zoneLabel: "topology.ebs.csi.aws.com/zone",
    // aws://us-east-1a/vol-123 and vol-123 are the same volume
    handle: (s) => s.awsElasticBlockStore?.volumeID.replace(/^aws:\/\/.*\//, ""),
  },
  {
    inTreeName: "kubernetes.io/gce-pd",
    driver: "pd.csi.storage.gke.io",
    counted: "always",
    zoneLabel: "topology.gke.io/zone",
    handle: (s, zone) =>
      s.gcePersistentDisk && `projects/${UNKNOWN_ZONE}/zones/${zone}/disks/${s.gcePersistentDisk.pdName}`,
  },
  {
    inTreeName: "kubernetes.io/azure-disk",
    driver: "disk.csi.azure.com",
    counted: "always",
    zoneLabel: "topology.disk.csi.azure.com/zone",
    handle: (s) => s.azureDisk && (s.azureDisk.diskURI ?? s.azureDisk.diskName),
  },
  {
    inTreeName: "kubernetes.io/azure-file",
    driver: "file.csi.azure.com",
    counted: "never",
    zoneLabel: null,
    handle: (s) => s.azureFile && `#${s.azureFile.secretName ?? ""}#${s.azureFile.shareName}`,
  },
  {
    inTreeName: "kubernetes.io/cinder",
    driver: "cinder.csi.openstack.org",
    counted: "always",
    zoneLabel: "topology.cinder.csi.openstack.org/zone",
    handle: (s) => s.cinder?.volumeID,
  },
  {
    inTreeName: "kubernetes.io/vsphere-volume",
    driver: "csi.vsphere.vmware.com",
    counted: "never",
    zoneLabel: "topology.csi.vmware.com/zone",
    handle: (s) => s.vsphereVolume?.volumePath,
  },
  {
    inTreeName: "kubernetes.io/portworx-volume",
    driver: "pxd.portworx.com",
    counted: "annotated",
    zoneLabel: null,
    handle: (s) => s.portworxVolume?.volumeID,
  },
];

/** A volume as an attach limit counts it. */
export interface CountedVolume {
  readonly driver: string;
  /** Unique among the driver's volumes. */
  readonly handle: string;
}

/** Is this pod volume of a kind that a CSI driver has taken over? */
export function isMigratable(volume: Volume): boolean {
  return migrationOf(volume) !== undefined;
}

/** The CSI volume that an inline volume of a pod counts as on this node, or null when it does not count. */
export function countedInlineVolume(volume: Volume, csiNode: CSINode | undefined): CountedVolume | null {
  const migration = migrationOf(volume);
  return migration !== undefined && countsOn(migration, csiNode) ? translated(migration, volume, UNKNOWN_ZONE) : null;
}

/** The CSI volume that a persistent volume counts as on this node, or null when it does not count. */
export function countedVolume(volume: PersistentVolume, csiNode: CSINode | undefined): CountedVolume | null {
  const { csi } = volume.spec;
  if (csi != null) return { driver: csi.driver, handle: csi.volumeHandle ?? "" };
  const migration = migrationOf(volume.spec);
  if (migration === undefined || !countsOn(migration, csiNode)) return null;
  const labels = volume.metadata.labels ?? {};
  return translated(migration, volume.spec, labels[ZONE] ?? labels[BETA_ZONE] ?? UNKNOWN_ZONE);
}

/** The driver that provisions for a storage class on this node, or null when its in-tree plugin has not migrated there. */
export function provisioningDriver(provisioner: string, csiNode: CSINode | undefined): string | null {
  const migration = MIGRATIONS.find((m) => m.inTreeName === provisioner);
  if (migration === undefined) return provisioner;
  return countsOn(migration, csiNode) ? migration.driver : null;
}

/**
 * The volume with its node affinity in the terms of the CSI driver, on nodes that say that they have migrated its plugin;
 * elsewhere the volume as it is.
 */
export function withDriverTopology(volume: PersistentVolume, csiNode: CSINode | undefined): PersistentVolume {
  if (csiNode === undefined || volume.spec.csi != null) return volume;
  const migration = migrationOf(volume.spec);
  if (migration === undefined || migration.zoneLabel === null || !isAnnotated(migration, csiNode)) return volume;
  const { zoneLabel } = migration;
  const terms = volume.spec.nodeAffinity?.required?.nodeSelectorTerms ?? [];
  const named = terms.some((term) => (term.matchExpressions ?? []).some((e) => e.key === ZONE || e.key === BETA_ZONE));
  if (named) {
    const nodeSelectorTerms = terms.map((term) => ({
      ...term,
      matchExpressions: (term.matchExpressions ?? []).map((e) =>
        e.key === ZONE || e.key === BETA_ZONE ? { ...e, key: zoneLabel } : e,
      ),
    }));
    return { ...volume, spec: { ...volume.spec, nodeAffinity: { required: { nodeSelectorTerms } } } };
  }
  const zones = volume.metadata.labels?.[ZONE] ?? volume.metadata.labels?.[BETA_ZONE];
  if (zones === undefined) return volume;
  const inZones = { key: zoneLabel, operator: "In", values: zones.split("__") };
  const nodeSelectorTerms = (terms.length === 0 ? [{}] : terms).map((term) => ({
    ...term,
    matchExpressions: [...(term.matchExpressions ?? []), inZones],
  }));
  return { ...volume, spec: { ...volume.spec, nodeAffinity: { required: { nodeSelectorTerms } } } };
}

function migrationOf(sources: Sources): Migration | undefined {
  if (
    sources.gcePersistentDisk == null &&
    sources.awsElasticBlockStore == null &&
    sources.azureDisk == null &&
    sources.azureFile == null &&
    sources.cinder == null &&
    sources.vsphereVolume == null &&
    sources.portworxVolume == null
  ) {
    return undefined;
  }
  return MIGRATIONS.find((m) => m.handle(sources, UNKNOWN_ZONE) != null);
}

function translated(migration: Migration, sources: Sources, zone: string): CountedVolume {
  return { driver: migration.driver, handle: migration.handle(sources, zone) ?? "" };
}

function countsOn(migration: Migration, csiNode: CSINode | undefined): boolean {
  if (csiNode === undefined || migration.counted === "never") return false;
  return migration.counted === "always" || isAnnotated(migration, csiNode);
}

function isAnnotated(migration: Migration, csiNode: CSINode): boolean {
  return migratedPlugins(csiNode).includes(migration.inTreeName);
}

/** In-tree plugins that have migrated on this node, by its own account. */
export function migratedPlugins(csiNode: CSINode): readonly string[] {
  const listed = csiNode.metadata.annotations?.[MIGRATED_PLUGINS_ANNOTATION] ?? "";
  return listed === "" ? [] : listed.split(",");
}
