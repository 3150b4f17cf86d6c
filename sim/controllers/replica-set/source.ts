// What the ReplicaSet controller works on: ReplicaSets, or ReplicationControllers, whose selector is a map that defaults to the labels
// of the template.
import type { ApiKind } from "../../apiserver/client.ts";
import type {
  KubernetesObject,
  LabelSelector,
  Labels,
  ReplicaSet,
  ReplicationController,
} from "../../model/objects.ts";
import type { ControllerKind } from "../framework/controller-ref.ts";

export interface ReplicaSource {
  readonly kind: ApiKind;
  readonly controllerKind: ControllerKind;
  readonly countsTerminating: boolean;
  /** The selector, and an object by which a compiled one can be remembered; null = none, which matches nothing. */
  selectorOf(object: KubernetesObject): { readonly identity: object; readonly selector: LabelSelector } | null;
}

export const replicaSets: ReplicaSource = {
  kind: "replicaSets",
  controllerKind: { apiVersion: "apps/v1", kind: "ReplicaSet" },
  countsTerminating: true,
  selectorOf: (object) => {
    const selector = (object as ReplicaSet).spec?.selector;
    return selector == null ? null : { identity: selector, selector };
  },
};

export const replicationControllers: ReplicaSource = {
  kind: "replicationControllers",
  controllerKind: { apiVersion: "v1", kind: "ReplicationController" },
  countsTerminating: false,
  selectorOf: (object) => {
    const { selector, template } = (object as ReplicationController).spec ?? {};
    const map: Labels | null = selector ?? template?.metadata?.labels ?? null;
    return map === null ? null : { identity: map, selector: { matchLabels: map } };
  },
};
