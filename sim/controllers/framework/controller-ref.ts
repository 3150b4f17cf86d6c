// Who owns an object: the owner reference that is marked as the controller, and indexes by it.

import type { ApiKind, ApiObject } from "../../apiserver/client.ts";
import type { ObjectIndex, SharedInformer } from "../../apiserver/shared-informer.ts";
import type { KubernetesObject, OwnerReference } from "../../model/objects.ts";

/** The kind of a controlling object, as owner references name it. */
export interface ControllerKind {
  readonly apiVersion: string;
  readonly kind: string;
}

export function controllerOf(object: KubernetesObject): OwnerReference | undefined {
  const references = object.metadata.ownerReferences;
  if (references === undefined) return undefined;
  for (const reference of references) if (reference.controller === true) return reference;
  return undefined;
}

/** The reference that makes `owner` the controller of an object. */
export function controllerReference(owner: KubernetesObject, { apiVersion, kind }: ControllerKind): OwnerReference {
  const { name, uid } = owner.metadata;
  return { apiVersion, kind, name, uid: uid ?? "", controller: true, blockOwnerDeletion: true };
}

/** Value of the index for objects without a controller, in a namespace. */
const orphansOf = (namespace: string): string => `orphans/${namespace}`;

/** Objects by the uid of their controller; those that have none by namespace. */
export class OwnedObjects<K extends ApiKind> {
  private readonly index: ObjectIndex<ApiObject<K>>;

  constructor(informer: SharedInformer<K>) {
    this.index = informer.index("controller", (object) => {
      const owner = controllerOf(object);
      return [owner === undefined ? orphansOf(object.metadata.namespace ?? "default") : (owner.uid ?? "")];
    });
  }

  of(owner: KubernetesObject): readonly ApiObject<K>[] {
    return this.index.get(owner.metadata.uid ?? "");
  }

  hasOrphans(namespace: string): boolean {
    return this.index.has(orphansOf(namespace));
  }

  orphans(namespace: string): readonly ApiObject<K>[] {
    return this.index.get(orphansOf(namespace));
  }
}
