// What admission knows of a request beside its object, and what plugins look things up in.
import type { ApiKind, ApiObject } from "../client.ts";
import type { WatchCache } from "../watch-cache.ts";

export type Operation = "CREATE" | "UPDATE" | "DELETE" | "CONNECT";

export interface AdmissionAttributes {
  readonly operation: Operation;
  readonly kind: ApiKind;
  /** "" for none. */
  readonly subresource: string;
  /** "" for kinds without. */
  readonly namespace: string;
  readonly name: string;
}

/** The caches of the server that admits. */
export type AdmissionCaches = ReadonlyMap<ApiKind, WatchCache>;

export function cachedObject<K extends ApiKind>(
  caches: AdmissionCaches,
  kind: K,
  key: string,
): ApiObject<K> | undefined {
  return caches.get(kind)?.get(key)?.object as ApiObject<K> | undefined;
}
