// Kubernetes objects of any source (a dump, manifests, a snapshot) to those of a scenario: what the cluster makes itself and what is over is
// left behind, the rest is checked as manifests are, cleaned of what the cluster has written into it, and linked to its owners.
import { BEHAVIOUR_PREFIX } from "../../model/annotations.ts";
import { knownKind } from "../../model/kinds.ts";
import type { ClusterObjects, KubernetesObject, Pod } from "../../model/objects.ts";
import { type Draft, type Part, placeOf } from "../draft.ts";
import { isMapping } from "../flatten.ts";
import { cleaned, isMirror, isOfSet, REVISION_LABEL } from "./clean.ts";
import { isOver, madeAgain } from "./made-again.ts";
import { linkOwners } from "./owners.ts";
import { unreadFields, unreadKind } from "./unread.ts";

/** Objects by the list that they belong to. */
export type ObjectLists = Map<keyof ClusterObjects, readonly KubernetesObject[]>;

/** Says how many seconds containers of a pod run, see docs/NODES.md. */
const RUN = `${BEHAVIOUR_PREFIX}run`;

/** Takes an object of the input up, or says why not. */
export function takeObject(draft: Draft, part: Part): void {
  const { document, base, value } = part;
  if (!isMapping(value) || typeof value["kind"] !== "string" || typeof value["apiVersion"] !== "string") {
    // the collector says what is wrong with it
    draft.manifests.addPart(document, base, value);
    return;
  }
  const { apiVersion, kind } = value as { readonly apiVersion: string; readonly kind: string };
  const over = isOver(value);
  const again = over === null ? madeAgain(value) : null;
  const what = `${kind} (${apiVersion})`;
  if (over !== null) draft.remarks.noted(`${what} that is over`, over, nameOf(value), placeOf(part));
  else if (again !== null) draft.remarks.noted(what, again, nameOf(value), placeOf(part));
  else if (knownKind(apiVersion, kind) === undefined)
    draft.remarks.leftOut(what, unreadKind(apiVersion, kind), nameOf(value), placeOf(part));
  else draft.manifests.addPart(document, base, value);
}

/** The objects of the draft as they are written. */
export function finishedObjects(draft: Draft): ObjectLists {
  const { objects, origins, problems, warnings } = draft.manifests.result();
  draft.problems.push(...problems);
  for (const warning of warnings) draft.remarks.noted("an object that stands twice", warning);
  const lists: ObjectLists = new Map();
  for (const [list, all] of Object.entries(objects) as [keyof ClusterObjects, readonly KubernetesObject[]][]) {
    if (all.length === 0) continue;
    lists.set(
      list,
      all.map((object) => {
        const origin = origins.get(object);
        // looked for only when something is to be said: in a large file it takes long
        const place = () => (origin === undefined ? null : placeOf(origin));
        const { object: clean, strangers } = cleaned(list, object);
        const name = nameOf(object);
        for (const finalizer of strangers)
          draft.remarks.noted(`finalizer ${finalizer}`, "nobody in the simulation would take it away", name, place());
        for (const [field, reason] of unreadFields(list, object))
          draft.remarks.leftOut(`${object.kind} ${field}`, reason, name, place());
        if (list === "pods" && isMirror(object))
          draft.remarks.noted(
            "static Pod",
            "it becomes a pod that is bound to its node, with the same requests; kubelet.staticPods models static ones",
            name,
            place(),
          );
        if ((list === "jobs" || list === "cronJobs") && !JSON.stringify(object).includes(RUN))
          draft.remarks.assumed(
            `how long pods of a ${object.kind} run`,
            `without end; the annotation ${RUN} of its template says otherwise`,
            name,
            place(),
          );
        if (list === "secrets") draft.remarks.noted("Secret", "without its values, which nobody reads", name, place());
        return clean;
      }),
    );
  }
  noteRollouts(draft, objects.pods);
  for (const object of draft.made) {
    const list = knownKind(object.apiVersion ?? "", object.kind ?? "")?.list;
    if (list !== undefined) lists.set(list, [...(lists.get(list) ?? []), object]);
  }
  const linked = linkOwners(lists);
  for (const { object, owner, isRebuilt } of linked.orphans) {
    const name = nameOf(object);
    if (isRebuilt) draft.remarks.assumed(`${owner.kind}s that are not in the input`, "made anew from their pods", name);
    else if (object.kind === "Pod")
      draft.remarks.changed(
        `Pod of a ${owner.kind}`,
        knownKind(owner.apiVersion ?? "v1", owner.kind) === undefined
          ? "its controller is not simulated: nobody replaces the pod"
          : "it is not in the input: nobody replaces the pod",
        name,
      );
    else
      draft.remarks.noted(`${object.kind} of a ${owner.kind}`, "its owner is not in the input: it stands alone", name);
  }
  return new Map(linked.objects);
}

/** In the middle of a rollout, pods of one set carry several revisions; a settled cluster takes all for the newest. */
function noteRollouts(draft: Draft, pods: readonly Pod[]): void {
  const revisions = new Map<string, string>();
  const noted = new Set<string>();
  for (const { metadata } of pods) {
    const revision = metadata.labels?.[REVISION_LABEL];
    if (revision === undefined || !isOfSet(metadata)) continue;
    const owner = metadata.ownerReferences?.find(({ controller }) => controller === true);
    const key = `${owner?.kind} ${metadata.namespace ?? "default"}/${owner?.name}`;
    const before = revisions.get(key);
    if (before === undefined) revisions.set(key, revision);
    else if (before !== revision && !noted.has(key)) {
      noted.add(key);
      draft.remarks.changed("rollout that is going on", "pods of the older revision count as updated", key);
    }
  }
}

/** `Pod shop/web-1` */
export function nameOf(object: object): string {
  const { kind, metadata } = object as Partial<KubernetesObject>;
  const name = metadata?.name ?? metadata?.generateName ?? "";
  return `${kind ?? "object"} ${metadata?.namespace ? `${metadata.namespace}/` : ""}${name}`;
}
