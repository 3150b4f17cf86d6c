// The ReplicaSet of a Deployment's present template: found, or made with the next revision and a name from the template's hash.
// Source: behaviour of kube-controller-manager 1.36 (getNewReplicaSet).
import { ApiError } from "../../apiserver/client.ts";
import { ask, type Steps } from "../../engine/steps.ts";
import type { Deployment, ReplicaSet } from "../../model/objects.ts";
import { POD_TEMPLATE_HASH } from "../../model/template-hash.ts";
import { findCondition, setCondition } from "../framework/conditions.ts";
import { controllerOf, controllerReference } from "../framework/controller-ref.ts";
import { isNamespaceTerminating } from "../framework/pod-control.ts";
import { maxRevision, newSetAnnotations, REVISION } from "./annotations.ts";
import { DEPLOYMENT_KIND, type DeploymentParts } from "./parts.ts";
import { maxSurge, newSetReplicas, progressDeadlineSeconds, replicasOf } from "./rules.ts";
import { condition, type Now } from "./status.ts";

export interface NewSetRequest {
  readonly parts: DeploymentParts;
  readonly deployment: Deployment;
  /** Writes status and annotations. */
  readonly writeStatus: (deployment: Deployment) => Steps<ApiError | null>;
  readonly event: (type: "Normal" | "Warning", reason: string, message: string) => void;
  readonly now: Now;
}

export interface NewSetAnswer {
  /** As far as it was written. */
  readonly deployment: Deployment;
  readonly newSet: ReplicaSet | undefined;
}

/**
 * @param known the set of the template, if there is one
 * @param create make it when there is none
 */
export function* newReplicaSet(
  request: NewSetRequest,
  known: ReplicaSet | undefined,
  oldSets: readonly ReplicaSet[],
  create: boolean,
): Steps<NewSetAnswer | ApiError> {
  const revision = maxRevision(oldSets) + 1;
  if (known !== undefined) return yield* bringUpToDate(request, known, revision);
  if (!create) return { deployment: request.deployment, newSet: undefined };
  return yield* make(request, oldSets, revision);
}

function* bringUpToDate(
  { deployment, now, parts, writeStatus }: NewSetRequest,
  known: ReplicaSet,
  revision: number,
): Steps<NewSetAnswer | ApiError> {
  const { client } = parts.context;
  const sizes = { desired: replicasOf(deployment), max: replicasOf(deployment) + maxSurge(deployment) };
  const before = known.metadata.annotations ?? {};
  const annotations = newSetAnnotations(deployment, before, revision, sizes);
  const minReadySeconds = deployment.spec?.minReadySeconds ?? 0;
  const isOther = (known.spec?.minReadySeconds ?? 0) !== minReadySeconds;
  if (annotations !== before || isOther) {
    const next: ReplicaSet = {
      ...known,
      metadata: { ...known.metadata, annotations },
      ...(isOther ? { spec: { ...known.spec, minReadySeconds } } : {}),
    };
    const written = yield* ask<ReplicaSet | ApiError>((done) => client.update("replicaSets", next, done));
    return written instanceof ApiError ? written : { deployment, newSet: written };
  }
  let next = withRevision(deployment, annotations[REVISION] ?? "");
  const hasProgress = findCondition(deployment.status?.conditions, "Progressing") !== undefined;
  if (progressDeadlineSeconds(deployment) !== null && !hasProgress) {
    const text = `Found new replica set "${known.metadata.name}"`;
    next = withProgress(next, condition("Progressing", "True", "FoundNewReplicaSet", text, now));
  }
  if (next !== deployment) {
    const error = yield* writeStatus(next);
    if (error !== null) return error;
  }
  return { deployment: next, newSet: known };
}

function* make(
  { deployment, event, now, parts, writeStatus }: NewSetRequest,
  oldSets: readonly ReplicaSet[],
  revision: number,
): Steps<NewSetAnswer | ApiError> {
  const { context, hashes } = parts;
  const wanted = describe(parts, deployment, oldSets, revision);
  const { name, namespace = "default" } = wanted.metadata;
  const created = yield* ask<ReplicaSet | ApiError>((done) => context.client.create("replicaSets", wanted, done));
  let newSet: ReplicaSet;
  let isNew = true;
  if (!(created instanceof ApiError)) newSet = created;
  else if (created.reason === "AlreadyExists") {
    const present = context.informers.of("replicaSets").cache.get(`${namespace}/${name}`);
    // not in the cache yet: a later sync sees it
    if (present === undefined) return created;
    const isOwn = controllerOf(present)?.uid === deployment.metadata.uid;
    const template = deployment.spec?.template;
    if (!isOwn || present.spec?.template === undefined || template === undefined) {
      return (yield* countCollision(deployment, writeStatus)) ?? created;
    }
    if (!hashes.areEqual(present.spec.template, template)) {
      return (yield* countCollision(deployment, writeStatus)) ?? created;
    }
    newSet = present;
    isNew = false;
  } else {
    if (isNamespaceTerminating(created)) return created;
    const text = `Failed to create new replica set "${name}": ${created.message}`;
    if (progressDeadlineSeconds(deployment) !== null) {
      // whether this can be written does not matter: the sync is tried again anyway
      yield* writeStatus(
        withProgress(deployment, condition("Progressing", "False", "ReplicaSetCreateError", text, now)),
      );
    }
    event("Warning", "ReplicaSetCreateError", text);
    return created;
  }
  const size = replicasOf(newSet);
  if (isNew && size > 0) event("Normal", "ScalingReplicaSet", `Scaled up replica set ${name} from 0 to ${size}`);
  let next = withRevision(deployment, String(revision));
  if (isNew && progressDeadlineSeconds(deployment) !== null) {
    const text = `Created new replica set "${name}"`;
    next = withProgress(next, condition("Progressing", "True", "NewReplicaSetCreated", text, now));
  }
  if (next !== deployment) {
    const error = yield* writeStatus(next);
    if (error !== null) return error;
  }
  return { deployment: next, newSet };
}

// another template has this hash: the next try takes another one
function* countCollision(deployment: Deployment, writeStatus: NewSetRequest["writeStatus"]): Steps<ApiError | null> {
  const { status } = deployment;
  return yield* writeStatus({
    ...deployment,
    status: { ...status, collisionCount: (status?.collisionCount ?? 0) + 1 },
  });
}

function describe(
  { hashes }: DeploymentParts,
  deployment: Deployment,
  oldSets: readonly ReplicaSet[],
  revision: number,
): ReplicaSet {
  const { name, namespace } = deployment.metadata;
  const template = deployment.spec?.template ?? { spec: { containers: [] } };
  const hash = hashes.hashOf(template, deployment.status?.collisionCount ?? 0);
  const labels = { ...template.metadata?.labels, [POD_TEMPLATE_HASH]: hash };
  const selector = deployment.spec?.selector;
  const desired = replicasOf(deployment);
  const sizes = { desired, max: desired + maxSurge(deployment) };
  const minReadySeconds = deployment.spec?.minReadySeconds;
  return {
    apiVersion: "apps/v1",
    kind: "ReplicaSet",
    metadata: {
      name: `${name}-${hash}`,
      ...(namespace === undefined ? {} : { namespace }),
      labels,
      annotations: newSetAnnotations(deployment, null, revision, sizes),
      ownerReferences: [controllerReference(deployment, DEPLOYMENT_KIND)],
    },
    spec: {
      replicas: newSetReplicas(deployment, oldSets, 0),
      ...(minReadySeconds === undefined ? {} : { minReadySeconds }),
      selector: { ...selector, matchLabels: { ...selector?.matchLabels, [POD_TEMPLATE_HASH]: hash } },
      template: { ...template, metadata: { ...template.metadata, labels } },
    },
    status: { replicas: 0 },
  };
}

function withRevision(deployment: Deployment, revision: string): Deployment {
  if (deployment.metadata.annotations?.[REVISION] === revision) return deployment;
  const annotations = { ...deployment.metadata.annotations, [REVISION]: revision };
  return { ...deployment, metadata: { ...deployment.metadata, annotations } };
}

function withProgress(deployment: Deployment, next: ReturnType<typeof condition>): Deployment {
  const { status } = deployment;
  return { ...deployment, status: { ...status, conditions: setCondition(status?.conditions, next) } };
}
