// Which of the existing volumes suits a claim: one that is set aside for it, or else the smallest that is large enough and
// can be used on the node. What does not depend on the node is decided once per cycle.
// Source: the matching rules of the persistent volume binder, Kubernetes 1.36.
import type { Labels, PersistentVolume, PersistentVolumeClaim } from "./objects.ts";
import { value } from "./quantity.ts";
import { compileLabelSelector, compileNodeSelector, type NodeMatcher } from "./selectors.ts";
import { classOfClaim, classOfVolume, isReservedFor } from "./volume-claims.ts";

/** Where volumes can be used. Compiled selectors are kept for as long as their volumes live. */
export class VolumeAffinity {
  private readonly compiled = new WeakMap<object, NodeMatcher>();

  /** A volume without node affinity can be used everywhere; node fields are not looked at, only labels. */
  allows(volume: PersistentVolume, nodeLabels: Labels): boolean {
    const required = volume.spec.nodeAffinity?.required;
    if (required == null) return true;
    let matcher = this.compiled.get(required);
    if (matcher === undefined) {
      matcher = compileNodeSelector(required);
      this.compiled.set(required, matcher);
    }
    return matcher.matches(nodeLabels, "");
  }
}

/** The volumes that a claim could be bound to, were it not for the node. */
export interface SuitableVolumes {
  /** Set aside for this claim: if there are any, only the first counts. */
  readonly reserved: readonly PersistentVolume[];
  readonly free: FreeVolumes;
}

/** Volumes that are free for all, smallest first, with a quick way to those that a node can use. */
export class FreeVolumes {
  readonly inOrder: readonly PersistentVolume[];
  // positions of volumes that ask for one label with one of some values, as local and zonal ones do: key → value → positions
  private readonly byLabel = new Map<string, Map<string, number[]>>();
  // positions of all others
  private readonly others: number[] = [];

  constructor(inOrder: readonly PersistentVolume[]) {
    this.inOrder = inOrder;
    for (let i = 0; i < inOrder.length; i++) {
      const only = onlyLabel(inOrder[i]!);
      if (only === null) {
        this.others.push(i);
        continue;
      }
      let values = this.byLabel.get(only.key);
      if (values === undefined) {
        values = new Map();
        this.byLabel.set(only.key, values);
      }
      for (const value of new Set(only.values)) {
        const positions = values.get(value);
        if (positions === undefined) values.set(value, [i]);
        else positions.push(i);
      }
    }
  }

  /** The first one that can be used on a node with these labels and is not taken, or null. */
  first(nodeLabels: Labels, affinity: VolumeAffinity, taken: ReadonlySet<PersistentVolume>): PersistentVolume | null {
    const { inOrder } = this;
    let best = inOrder.length;
    for (const [key, values] of this.byLabel) {
      const here = nodeLabels[key];
      const free = here === undefined ? undefined : values.get(here)?.find((i) => !taken.has(inOrder[i]!));
      if (free !== undefined && free < best) best = free;
    }
    for (const i of this.others) {
      if (i >= best) break;
      if (!taken.has(inOrder[i]!) && affinity.allows(inOrder[i]!, nodeLabels)) best = i;
    }
    return inOrder[best] ?? null;
  }
}

/** The one label that the volume's node affinity asks for, or null when it asks for anything else. */
function onlyLabel(volume: PersistentVolume): { readonly key: string; readonly values: readonly string[] } | null {
  const terms = volume.spec.nodeAffinity?.required?.nodeSelectorTerms ?? [];
  const [term] = terms;
  const expressions = term?.matchExpressions ?? [];
  const [expression] = expressions;
  if (terms.length !== 1 || expressions.length !== 1 || (term?.matchFields ?? []).length > 0) return null;
  return expression?.operator === "In" ? { key: expression.key, values: expression.values ?? [] } : null;
}

/** @param volumes volumes of the claim's class, in the order that decides between volumes of one size */
export function suitableVolumes(claim: PersistentVolumeClaim, volumes: readonly PersistentVolume[]): SuitableVolumes {
  const wantedBytes = requestedBytes(claim) ?? 0;
  const selector = claim.spec.selector == null ? null : compileLabelSelector(claim.spec.selector);
  const modes = claim.spec.accessModes ?? [];
  const reserved: PersistentVolume[] = [];
  const free: { readonly volume: PersistentVolume; readonly bytes: number }[] = [];
  for (const volume of volumes) {
    const { spec } = volume;
    const isReserved = isReservedFor(volume, claim);
    if (spec.claimRef != null && !isReserved) continue;
    const bytes = value(spec.capacity?.storage ?? 0);
    if (bytes < wantedBytes) continue;
    if ((spec.volumeMode ?? "Filesystem") !== (claim.spec.volumeMode ?? "Filesystem")) continue;
    if ((spec.volumeAttributesClassName ?? "") !== (claim.spec.volumeAttributesClassName ?? "")) continue;
    if (volume.metadata.deletionTimestamp != null) continue;
    if (isReserved) {
      reserved.push(volume);
      continue;
    }
    if (volume.status?.phase !== "Available") continue;
    if (selector !== null && !selector.matches(volume.metadata.labels ?? {})) continue;
    if (classOfVolume(volume) !== classOfClaim(claim)) continue;
    const offered = spec.accessModes ?? [];
    if (!modes.every((mode) => offered.includes(mode))) continue;
    free.push({ volume, bytes });
  }
  free.sort((a, b) => a.bytes - b.bytes);
  return { reserved, free: new FreeVolumes(free.map((entry) => entry.volume)) };
}

/** The volume for the claim on a node with these labels, or null. Volumes in `taken` go to other claims of the pod. */
export function chooseVolume(
  suitable: SuitableVolumes,
  nodeLabels: Labels,
  affinity: VolumeAffinity,
  taken: ReadonlySet<PersistentVolume>,
): PersistentVolume | null {
  const reserved = suitable.reserved.find((volume) => !taken.has(volume));
  // a claim with a volume of its own takes no other, even where that one cannot be used
  if (reserved !== undefined) return affinity.allows(reserved, nodeLabels) ? reserved : null;
  return suitable.free.first(nodeLabels, affinity, taken);
}

/** The storage that a claim asks for, or null when it names none. */
export function requestedBytes(claim: PersistentVolumeClaim): number | null {
  const storage = claim.spec.resources?.requests?.storage;
  return storage === undefined ? null : value(storage);
}
