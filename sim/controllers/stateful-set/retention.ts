// Who owns the claims of a StatefulSet's pods, so that the garbage collector removes them with their owner: the set, the pod, or nobody.
// Source: persistentVolumeClaimRetentionPolicy (KEP-1847, stable).
import type { OwnerReference, PersistentVolumeClaim, StatefulSet } from "../../model/objects.ts";

/** What a claim's pod is, as far as references go. */
export interface ClaimUser {
  readonly name: string;
  readonly uid: string;
  /** Its ordinal is beyond what the set is to have. */
  readonly isScaledDown: boolean;
}

/** The claim's references as the policy wants them; the same array when nothing is to be changed. */
export function retainedBy(set: StatefulSet, user: ClaimUser, claim: PersistentVolumeClaim): readonly OwnerReference[] {
  const { whenDeleted = "Retain", whenScaled = "Retain" } = set.spec?.persistentVolumeClaimRetentionPolicy ?? {};
  const before = claim.metadata.ownerReferences ?? [];
  const byPod = whenScaled === "Delete" && user.isScaledDown;
  const bySet = whenDeleted === "Delete" && !byPod;
  const setUid = set.metadata.uid ?? "";
  const has = (uid: string) => before.some((reference) => reference.uid === uid);
  if (has(setUid) === bySet && has(user.uid) === byPod) return before;
  const others = before.filter(({ uid }) => uid !== setUid && uid !== user.uid);
  if (byPod) others.push(reference("v1", "Pod", user.name, user.uid));
  if (bySet) others.push(reference("apps/v1", "StatefulSet", set.metadata.name, setUid));
  return others;
}

/** Does the claim belong to a former pod of this name, with which it is about to go? */
export function isStale(claim: PersistentVolumeClaim, podName: string, podUid: string): boolean {
  return (claim.metadata.ownerReferences ?? []).some(
    ({ kind, name, uid }) => kind === "Pod" && name === podName && uid !== podUid,
  );
}

function reference(apiVersion: string, kind: string, name: string, uid: string): OwnerReference {
  return { apiVersion, kind, name, uid, controller: true, blockOwnerDeletion: true };
}
