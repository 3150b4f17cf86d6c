// How a StatefulSet makes and removes its pods, with their claims before them, and the Events of it.
// Source: behaviour of kube-controller-manager's StatefulPodControl. Pods whose labels or volumes were changed by hand are not mended.
import { ApiError } from "../../apiserver/client.ts";
import { ask, type Steps } from "../../engine/steps.ts";
import type { PersistentVolumeClaim, Pod, StatefulSet } from "../../model/objects.ts";
import type { ConsistencyStore } from "../framework/consistency.ts";
import type { ControllerContext } from "../framework/controller.ts";
import type { HistoryOptions } from "../framework/history.ts";
import { claimsOf, isInRange, ordinalOf } from "./identity.ts";
import { isStale, retainedBy } from "./retention.ts";

export const STATEFUL_SET_KIND = { apiVersion: "apps/v1", kind: "StatefulSet" } as const;
export const STATEFUL_SET_HISTORY: HistoryOptions = {
  controller: STATEFUL_SET_KIND,
  hashLabel: "controller.kubernetes.io/hash",
};

export class StatefulPodControl {
  private readonly context: ControllerContext;
  private readonly consistency: ConsistencyStore;

  constructor(context: ControllerContext, consistency: ConsistencyStore) {
    this.context = context;
    this.consistency = consistency;
  }

  /** Creates the pod's claims where they are missing, and then the pod. */
  *create(key: string, set: StatefulSet, pod: Pod): Steps<ApiError | null> {
    const error = yield* this.createClaims(set, pod);
    if (error !== null) return error;
    const answer = yield* ask<Pod | ApiError>((done) => this.context.client.create("pods", pod, done));
    // told by whoever made it
    if (answer instanceof ApiError && answer.reason === "AlreadyExists") return answer;
    this.tell(set, "Create", `Pod ${pod.metadata.name} in StatefulSet ${set.metadata.name}`, "successful", answer);
    if (answer instanceof ApiError) return answer;
    this.consistency.wrote(key, "pods", answer);
    return null;
  }

  *createClaims(set: StatefulSet, pod: Pod): Steps<ApiError | null> {
    const claims = this.context.informers.of("persistentVolumeClaims").cache;
    for (const claim of claimsOf(set, pod.metadata.name)) {
      const { name, namespace = "default" } = claim.metadata;
      const present = claims.get(`${namespace}/${name}`);
      if (present !== undefined) {
        if (present.metadata.deletionTimestamp == null) continue;
        return new ApiError("Conflict", `pvc ${name} is being deleted`);
      }
      const answer = yield* ask<PersistentVolumeClaim | ApiError>((done) =>
        this.context.client.create("persistentVolumeClaims", claim, done),
      );
      if (answer instanceof ApiError && answer.reason === "AlreadyExists") continue;
      const what = `Claim ${name} Pod ${pod.metadata.name} in StatefulSet ${set.metadata.name}`;
      this.tell(set, "Create", what, "success", answer);
      if (answer instanceof ApiError) return answer;
    }
    return null;
  }

  *delete(set: StatefulSet, pod: Pod): Steps<ApiError | null> {
    const { name, namespace = "default" } = pod.metadata;
    const answer = yield* ask<null | ApiError>((done) =>
      this.context.client.delete("pods", `${namespace}/${name}`, {}, done),
    );
    this.tell(set, "Delete", `Pod ${name} in StatefulSet ${set.metadata.name}`, "successful", answer);
    return answer instanceof ApiError && answer.reason !== "NotFound" ? answer : null;
  }

  /** Is one of the claims of a pod that is to be made about to go with its former pod? */
  hasStaleClaim(set: StatefulSet, pod: Pod): boolean {
    return this.presentClaims(set, pod).some((claim) => isStale(claim, pod.metadata.name, pod.metadata.uid ?? ""));
  }

  /** Brings the owners of the pod's claims in line with the retention policy. */
  *retainClaims(set: StatefulSet, pod: Pod): Steps<ApiError | null> {
    const user = {
      name: pod.metadata.name,
      uid: pod.metadata.uid ?? "",
      isScaledDown: !isInRange(set, ordinalOf(set, pod)),
    };
    for (const claim of this.presentClaims(set, pod)) {
      const before = claim.metadata.ownerReferences ?? [];
      const ownerReferences = retainedBy(set, user, claim);
      if (ownerReferences.length === before.length && ownerReferences.every((one, i) => one === before[i])) continue;
      const next = { ...claim, metadata: { ...claim.metadata, ownerReferences } };
      const answer = yield* ask<PersistentVolumeClaim | ApiError>((done) =>
        this.context.client.update("persistentVolumeClaims", next, done),
      );
      if (answer instanceof ApiError) return answer;
    }
    return null;
  }

  private presentClaims(set: StatefulSet, pod: Pod): PersistentVolumeClaim[] {
    const claims = this.context.informers.of("persistentVolumeClaims").cache;
    return claimsOf(set, pod.metadata.name).flatMap(({ metadata }) => {
      const claim = claims.get(`${metadata.namespace ?? "default"}/${metadata.name}`);
      return claim === undefined ? [] : [claim];
    });
  }

  private tell(set: StatefulSet, verb: string, what: string, success: string, answer: unknown): void {
    const owner = { ...STATEFUL_SET_KIND, metadata: set.metadata };
    const { events } = this.context;
    if (answer instanceof ApiError) {
      events.event(owner, "Warning", `Failed${verb}`, `${verb} ${what} failed error: ${answer.message}`);
    } else events.event(owner, "Normal", `Successful${verb}`, `${verb} ${what} ${success}`);
  }
}
