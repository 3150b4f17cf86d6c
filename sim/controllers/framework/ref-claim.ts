// Whose are the objects that a selector matches: objects without a controller that match are adopted, own ones that match no more are
// released. Source: behaviour of kube-controller-manager's ControllerRefManager.
import { ApiError, type ApiKind, type ApiObject, keyOf } from "../../apiserver/client.ts";
import { ask, askAll, type Steps } from "../../engine/steps.ts";
import type { KubernetesObject, Labels, OwnerReference } from "../../model/objects.ts";
import type { LabelMatcher } from "../../model/selectors.ts";
import type { ControllerContext } from "./controller.ts";
import { type ControllerKind, controllerOf, controllerReference } from "./controller-ref.ts";

export interface Claim<K extends ApiKind, O extends ApiKind> {
  readonly context: ControllerContext;
  readonly kind: K;
  /** What the owner is to the API. */
  readonly ownerKind: O;
  readonly owner: ApiObject<O>;
  readonly controller: ControllerKind;
  readonly matcher: LabelMatcher;
}

const NO_LABELS: Labels = {};

/** The owner's objects, or an error when one could not be adopted or released. */
export type Claimed<K extends ApiKind> = readonly ApiObject<K>[] | ApiError;

/**
 * Claims what is the owner's among the candidates.
 *
 * @param owned objects whose controller it is
 * @param orphans objects of its namespace without a controller
 */
export function* claim<K extends ApiKind, O extends ApiKind>(
  { context, controller, kind, matcher, owner, ownerKind }: Claim<K, O>,
  owned: readonly ApiObject<K>[],
  orphans: readonly ApiObject<K>[],
): Steps<Claimed<K>> {
  const isGoing = owner.metadata.deletionTimestamp != null;
  // those of one template share their labels
  let labels: Labels | null = null;
  let isMatch = false;
  const matches = (object: KubernetesObject): boolean => {
    const own = object.metadata.labels ?? NO_LABELS;
    if (own === labels) return isMatch;
    labels = own;
    isMatch = matcher.matches(own);
    return isMatch;
  };
  // nearly always nothing is to be done
  let claimed = owned;
  const starts: ((done: (answer: ApiObject<K> | ApiError) => void) => void)[] = [];
  if (!owned.every(matches)) {
    claimed = owned.filter(matches);
    if (!isGoing) {
      for (const object of owned) {
        if (!matches(object)) starts.push((done) => release(context, kind, object, owner.metadata.uid ?? "", done));
      }
    }
  }
  const wanted = isGoing ? [] : orphans.filter((o) => o.metadata.deletionTimestamp == null && matches(o));
  if (wanted.length > 0) {
    const fresh = yield* ask<ApiObject<O> | ApiError>((done) =>
      context.client.get(ownerKind, keyOf(ownerKind, owner), done),
    );
    if (fresh instanceof ApiError) return fresh;
    const isSame = fresh.metadata.uid === owner.metadata.uid && fresh.metadata.deletionTimestamp == null;
    if (!isSame) return new ApiError("Conflict", `${owner.metadata.name} was deleted meanwhile: nothing is adopted`);
    const reference = controllerReference(owner, controller);
    for (const object of wanted) {
      starts.push((done) =>
        context.client.patch(
          kind,
          keyOf(kind, object),
          // the uid is a precondition: another object of that name is not meant
          (before) => withOwners(before, [...ownersOf(before), reference], object.metadata.uid),
          done,
        ),
      );
    }
    claimed = [...claimed, ...wanted];
  }
  if (starts.length === 0) return claimed;
  const answers = yield* askAll(starts);
  const error = answers.find((answer) => answer instanceof ApiError && answer.reason !== "NotFound");
  return error instanceof ApiError ? error : claimed;
}

function release<K extends ApiKind>(
  { client }: ControllerContext,
  kind: K,
  object: ApiObject<K>,
  ownerUid: string,
  done: (answer: ApiObject<K> | ApiError) => void,
): void {
  if (controllerOf(object)?.uid !== ownerUid) return done(object);
  client.patch(
    kind,
    keyOf(kind, object),
    (before) =>
      withOwners(
        before,
        ownersOf(before).filter(({ uid }) => uid !== ownerUid),
      ),
    done,
  );
}

function ownersOf({ metadata }: KubernetesObject): readonly OwnerReference[] {
  return metadata.ownerReferences ?? [];
}

function withOwners<K extends ApiKind>(
  before: ApiObject<K>,
  ownerReferences: readonly OwnerReference[],
  uid = before.metadata.uid,
): ApiObject<K> {
  return { ...before, metadata: { ...before.metadata, uid, ownerReferences } };
}
