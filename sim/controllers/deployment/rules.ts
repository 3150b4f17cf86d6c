// The arithmetic of a Deployment over its ReplicaSets: limits of a rolling update, which set is the new one, shares when it is scaled.
// Pure functions. Source: behaviour of kube-controller-manager's deploymentutil.
import { fail } from "../../engine/assert.ts";
import type { Deployment, ReplicaSet } from "../../model/objects.ts";
import type { TemplateHashes } from "../../model/template-hash.ts";
import { type Fenceposts, resolveFenceposts, scaledCount } from "../framework/int-or-percent.ts";
import { DESIRED_REPLICAS, MAX_REPLICAS, numberIn } from "./annotations.ts";

/** The API's defaults. */
const DEFAULT_SHARE = "25%";
const DEFAULT_DEADLINE_SECONDS = 600;
const DEFAULT_HISTORY_LIMIT = 10;
/** What stands for "none" in fields that have a default. */
const UNLIMITED = 2_147_483_647;

export function replicasOf(object: { readonly spec?: { readonly replicas?: number | null } }): number {
  return object.spec?.replicas ?? 1;
}

export function isRollingUpdate(deployment: Deployment): boolean {
  return (deployment.spec?.strategy?.type ?? "RollingUpdate") === "RollingUpdate";
}

function fenceposts(deployment: Deployment): Fenceposts {
  const { maxSurge, maxUnavailable } = deployment.spec?.strategy?.rollingUpdate ?? {};
  return resolveFenceposts(maxSurge ?? DEFAULT_SHARE, maxUnavailable ?? DEFAULT_SHARE, replicasOf(deployment));
}

export function maxSurge(deployment: Deployment): number {
  return isRollingUpdate(deployment) ? fenceposts(deployment).maxSurge : 0;
}

export function maxUnavailable(deployment: Deployment): number {
  const replicas = replicasOf(deployment);
  if (!isRollingUpdate(deployment) || replicas === 0) return 0;
  return Math.min(fenceposts(deployment).maxUnavailable, replicas);
}

/** null = there is none. */
export function progressDeadlineSeconds(deployment: Deployment): number | null {
  const seconds = deployment.spec?.progressDeadlineSeconds ?? DEFAULT_DEADLINE_SECONDS;
  return seconds === UNLIMITED ? null : seconds;
}

/** null = all are kept. */
export function revisionHistoryLimit(deployment: Deployment): number | null {
  const limit = deployment.spec?.revisionHistoryLimit ?? DEFAULT_HISTORY_LIMIT;
  return limit === UNLIMITED ? null : limit;
}

/** The set whose template is the Deployment's; of several the oldest. */
export function findNewSet(
  deployment: Deployment,
  sets: readonly ReplicaSet[],
  hashes: TemplateHashes,
): ReplicaSet | undefined {
  const template = deployment.spec?.template;
  if (template === undefined) return undefined;
  let found: ReplicaSet | undefined;
  for (const set of sets) {
    if (set.spec?.template === undefined || !hashes.areEqual(set.spec.template, template)) continue;
    if (found === undefined || olderFirst(set, found) < 0) found = set;
  }
  return found;
}

/** By time of creation, then by name. */
export function olderFirst(a: ReplicaSet, b: ReplicaSet): number {
  const left = a.metadata.creationTimestamp ?? "";
  const right = b.metadata.creationTimestamp ?? "";
  if (left !== right) return left < right ? -1 : 1;
  return a.metadata.name < b.metadata.name ? -1 : a.metadata.name > b.metadata.name ? 1 : 0;
}

/** Those that are to have pods. */
export function activeSets(sets: readonly ReplicaSet[]): ReplicaSet[] {
  return sets.filter((set) => replicasOf(set) > 0);
}

export function sumOf(sets: readonly ReplicaSet[], value: (set: ReplicaSet) => number | undefined): number {
  let sum = 0;
  for (const set of sets) sum += value(set) ?? 0;
  return sum;
}

export const wantedReplicas = (sets: readonly ReplicaSet[]): number => sumOf(sets, replicasOf);
export const actualReplicas = (sets: readonly ReplicaSet[]): number => sumOf(sets, (set) => set.status?.replicas);
export const availableReplicas = (sets: readonly ReplicaSet[]): number =>
  sumOf(sets, (set) => set.status?.availableReplicas);

/** How many replicas the new set may have now, as far as the surge goes. */
export function newSetReplicas(deployment: Deployment, sets: readonly ReplicaSet[], current: number): number {
  const wanted = replicasOf(deployment);
  if (!isRollingUpdate(deployment)) return wanted;
  const surge = scaledCount(deployment.spec?.strategy?.rollingUpdate?.maxSurge ?? DEFAULT_SHARE, wanted, true);
  const room = wanted + surge - wantedReplicas(sets);
  if (room <= 0) return current;
  return current + Math.min(room, wanted - current);
}

/** The only set that is to have pods; when none is, the new one or the youngest; undefined when there are several. */
export function activeOrLatest(newSet: ReplicaSet | undefined, oldSets: readonly ReplicaSet[]): ReplicaSet | undefined {
  const active = activeSets(newSet === undefined ? oldSets : [...oldSets, newSet]);
  if (active.length > 1) return undefined;
  if (active.length === 1) return active[0];
  return newSet ?? [...oldSets].sort((a, b) => olderFirst(b, a))[0];
}

/** Does the new set have all that the Deployment wants, available, and was the Deployment not scaled since? */
export function isSaturated(deployment: Deployment, newSet: ReplicaSet | undefined): boolean {
  if (newSet === undefined) return false;
  const wanted = replicasOf(deployment);
  return (
    replicasOf(newSet) === wanted &&
    numberIn(newSet, DESIRED_REPLICAS) === wanted &&
    (newSet.status?.availableReplicas ?? 0) === wanted
  );
}

/** New sizes of the active sets when a Deployment is scaled in the middle of a rollout: each in proportion, the rest to the first. */
export function proportionalSizes(deployment: Deployment, active: readonly ReplicaSet[]): Map<ReplicaSet, number> {
  const wanted = replicasOf(deployment);
  const allowed = wanted > 0 ? wanted + maxSurge(deployment) : 0;
  const toAdd = allowed - wantedReplicas(active);
  // the larger sets first; of equal ones the newer when it grows, the older when it shrinks
  const ordered = [...active].sort(
    (a, b) => replicasOf(b) - replicasOf(a) || (toAdd > 0 ? olderFirst(b, a) : olderFirst(a, b)),
  );
  const sizes = new Map<ReplicaSet, number>();
  let added = 0;
  for (const set of ordered) {
    let share = 0;
    if (toAdd !== 0 && toAdd !== added && replicasOf(set) !== 0) {
      const fraction = fractionOf(deployment, set);
      const left = toAdd - added;
      share = toAdd > 0 ? Math.min(fraction, left) : Math.max(fraction, left);
    }
    sizes.set(set, replicasOf(set) + share);
    added += share;
  }
  const [first] = ordered;
  if (first !== undefined && toAdd !== 0) {
    sizes.set(first, Math.max(0, (sizes.get(first) ?? fail("a size for each set")) + toAdd - added));
  }
  return sizes;
}

function fractionOf(deployment: Deployment, set: ReplicaSet): number {
  const size = replicasOf(set);
  if (replicasOf(deployment) === 0) return -size;
  const before = numberIn(set, MAX_REPLICAS) ?? 0;
  // of a set that was never annotated the last known size of the whole stands for it
  const base = before > 0 ? before : (deployment.status?.replicas ?? 0);
  if (base === 0) return 0;
  const target = (size * (replicasOf(deployment) + maxSurge(deployment))) / base;
  return Math.floor(target + 0.5) - size;
}
