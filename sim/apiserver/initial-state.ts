// The objects that a run begins with, as the keys of etcd under which they have been stored all along.
import { assert } from "../engine/assert.ts";
import type { ClusterObjects, Job, Namespace } from "../model/objects.ts";
import { TemplateDefaults } from "../model/template-defaults.ts";
import { Timestamps } from "../model/timestamp.ts";
import { withTypeDefaults } from "../model/type-defaults.ts";
import { type ApiKind, type ApiObject, isNamespaced, keyOf } from "./client.ts";
import { withJobIdentity } from "./job-identity.ts";
import { type Entry, entryOf } from "./storage.ts";
import { ObjectSizes } from "./stored-object.ts";
import { asFound } from "./verbs.ts";

const SYSTEM_NAMESPACES = ["default", "kube-node-lease", "kube-public", "kube-system"];

/** The objects with the namespaces that a cluster always has, and those that objects are in. */
export function withNamespaces(objects: ClusterObjects, others: readonly string[]): ClusterObjects {
  const names = new Set([...SYSTEM_NAMESPACES, ...others]);
  for (const [kind, list] of Object.entries(objects) as [ApiKind, readonly ApiObject[]][]) {
    if (isNamespaced(kind)) for (const { metadata } of list) names.add(metadata.namespace ?? "default");
  }
  for (const { metadata } of objects.namespaces) names.delete(metadata.name);
  const active = (namespace: Namespace): Namespace => ({
    ...namespace,
    spec: namespace.spec ?? { finalizers: ["kubernetes"] },
    status: namespace.status ?? { phase: "Active" },
  });
  const missing = [...names]
    .sort()
    .map((name): Namespace => ({ apiVersion: "v1", kind: "Namespace", metadata: { name } }));
  return { ...objects, namespaces: [...objects.namespaces, ...missing].map(active) };
}

/** In the order in which they are to be put: nodes come before pods, so that pods are counted on their nodes. */
export function initialEntries(
  objects: ClusterObjects,
  templates: TemplateDefaults = new TemplateDefaults(),
): readonly Entry[] {
  const { nodes, pods, ...others } = objects;
  const sizes = new ObjectSizes();
  const moment = { nowMicros: 0, timestamps: new Timestamps() };
  const entries: Entry[] = [];
  const keys = new Set<string>();
  const stored = <K extends ApiKind>(kind: K, object: ApiObject<K>): ApiObject => {
    const uid = `${kind}/${keyOf(kind, object)}`;
    const found = asFound(kind, withTypeDefaults(kind, object, templates), uid, moment);
    return kind === "jobs" ? withJobIdentity(found as Job) : found;
  };
  const put = (kind: ApiKind, list: readonly ApiObject[]) => {
    for (const object of list) {
      const entry = entryOf(sizes, kind, stored(kind, object));
      assert(!keys.has(entry.key), `the plan has ${kind} ${object.metadata.name} once`);
      keys.add(entry.key);
      entries.push(entry);
    }
  };
  for (const [kind, list] of Object.entries(others)) put(kind as ApiKind, list);
  put("nodes", nodes);
  put("pods", pods);
  return entries;
}
