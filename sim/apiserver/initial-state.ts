// The objects that a run begins with, as the keys of etcd under which they have been stored all along.
import { assert } from "../engine/assert.ts";
import type { ClusterObjects } from "../model/objects.ts";
import { Timestamps } from "../model/timestamp.ts";
import { type ApiKind, type ApiObject, keyOf } from "./client.ts";
import { type Entry, entryOf } from "./storage.ts";
import { ObjectSizes } from "./stored-object.ts";
import { created } from "./verbs.ts";

/** In the order in which they are to be put: nodes come before pods, so that pods are counted on their nodes. */
export function initialEntries(objects: ClusterObjects): readonly Entry[] {
  const { nodes, pods, ...others } = objects;
  const sizes = new ObjectSizes();
  const moment = { nowMicros: 0, timestamps: new Timestamps() };
  const entries: Entry[] = [];
  const keys = new Set<string>();
  const put = (kind: ApiKind, list: readonly ApiObject[]) => {
    for (const object of list) {
      const entry = entryOf(sizes, kind, created(object, `${kind}/${keyOf(kind, object)}`, moment));
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
