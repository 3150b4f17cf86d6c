// An object as it lies in etcd: the value of its key, its size there, and the object that readers get of it, which carries
// the revision at which it was written. Made once per write and shared by all members, caches and watchers.
// Sizes are estimates of the protobuf encoding with managed fields; nothing is encoded.
import { sameFields } from "../model/same-value.ts";
import type { ApiObject } from "./client.ts";

/** The value of a key of /registry. */
export class StoredObject {
  readonly object: ApiObject;
  private readonly memo: { revision: number; object: ApiObject };

  constructor(object: ApiObject) {
    this.object = object;
    this.memo = { revision: 0, object };
  }

  /** The object as read at a key that was last written at this revision. The same object every time. */
  at(modRevision: number): ApiObject {
    const { memo } = this;
    // a value is written once, so there is one revision to remember
    if (memo.revision !== modRevision) {
      const { object } = this;
      memo.revision = modRevision;
      memo.object = { ...object, metadata: { ...object.metadata, resourceVersion: String(modRevision) } };
    }
    return memo.object;
  }
}

// tag and length of a field
const FIELD_BYTES = 2;
const NUMBER_BYTES = 3;
// "f:name":{} in the managed fields, besides the name
const MANAGED_FIELD_BYTES = 7;
// manager, operation, apiVersion and time of one entry, the type's name, the prefix of the encoding
const OBJECT_BYTES = 180;

/** Estimates what objects take in etcd. A spec that versions and pods of one shape share is measured once. */
export class ObjectSizes {
  private readonly known = new WeakMap<object, number>();

  /** Bytes of the value. */
  bytesOf(object: ApiObject): number {
    let bytes = OBJECT_BYTES;
    for (const name of Object.keys(object)) {
      const value = (object as unknown as Readonly<Record<string, unknown>>)[name];
      if (value === undefined) continue;
      bytes += FIELD_BYTES + MANAGED_FIELD_BYTES + name.length;
      bytes += name === "spec" && typeof value === "object" && value !== null ? this.shared(value) : valueBytes(value);
    }
    return bytes;
  }

  // a spec of its own, which names the node, has its fields in common with others
  private shared(spec: object): number {
    let bytes = this.known.get(spec);
    if (bytes === undefined) {
      bytes = Array.isArray(spec) ? valueBytes(spec) : this.fieldBytes(spec);
      // a pod that names its node has the spec for itself
      if (!(spec as { readonly nodeName?: string }).nodeName) this.known.set(spec, bytes);
    }
    return bytes;
  }

  private fieldBytes(spec: object): number {
    let bytes = 0;
    for (const name of Object.keys(spec)) {
      const field = (spec as Readonly<Record<string, unknown>>)[name];
      if (field === undefined) continue;
      bytes += FIELD_BYTES + MANAGED_FIELD_BYTES + name.length;
      bytes += Array.isArray(field) ? this.shared(field) : valueBytes(field);
    }
    return bytes;
  }
}

function valueBytes(value: unknown): number {
  if (typeof value === "string") return value.length;
  if (typeof value === "number") return NUMBER_BYTES;
  if (typeof value !== "object" || value === null) return 1;
  let bytes = 0;
  if (Array.isArray(value)) {
    for (const item of value) bytes += FIELD_BYTES + valueBytes(item);
    return bytes;
  }
  for (const name of Object.keys(value)) {
    const field = (value as Readonly<Record<string, unknown>>)[name];
    if (field !== undefined) bytes += FIELD_BYTES + MANAGED_FIELD_BYTES + name.length + valueBytes(field);
  }
  return bytes;
}

/** Do two objects say the same, versions apart? What they share is not looked into. */
export function sameObject(a: ApiObject, b: ApiObject): boolean {
  if (a === b) return true;
  const isSameMetadata = a.metadata === b.metadata || sameFields(a.metadata, b.metadata, "resourceVersion");
  return isSameMetadata && sameFields(a, b, "metadata");
}
