// Which objects a selector of a list or watch lets through.
import type { Pod } from "../model/objects.ts";
import type { ApiKind, ApiObject, Selector } from "./client.ts";

/** It lets everything through. */
export function isEverything({ nodeName, assigned, namespace, name }: Selector): boolean {
  return nodeName === undefined && assigned !== true && namespace === undefined && name === undefined;
}

export function isSelected(kind: ApiKind, object: ApiObject, selector: Selector): boolean {
  const { nodeName, assigned, namespace, name } = selector;
  const { metadata } = object;
  if (name !== undefined && metadata.name !== name) return false;
  if (namespace !== undefined && (metadata.namespace ?? "default") !== namespace) return false;
  if (kind !== "pods" || (nodeName === undefined && assigned !== true)) return true;
  const own = (object as Pod).spec.nodeName ?? "";
  return nodeName === undefined ? own !== "" : own === nodeName;
}

export function selectedObjects<T extends ApiObject>(kind: ApiKind, objects: T[], selector: Selector): T[] {
  if (isEverything(selector)) return objects;
  return objects.filter((object) => isSelected(kind, object, selector));
}
