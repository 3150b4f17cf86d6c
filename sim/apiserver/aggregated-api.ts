// Kinds that the API server does not store but asks somebody else for, such as metrics.k8s.io: the aggregation layer. Read only; a list
// or get while nobody answers is a 503. Watches see nothing. Source: behaviour of kube-aggregator.
import { ApiError, type ApiKind, type ApiObject, keyOf } from "./client.ts";
import { groupOf, nameOfKey, namespaceOfKey, resourceOf } from "./kind-rules.ts";
import { notFound } from "./refusals.ts";

/** Who serves an aggregated kind. */
export interface AggregatedApi<K extends ApiKind = ApiKind> {
  /** The objects of a namespace, or of all; null while it does not answer. */
  list(namespace?: string): readonly ApiObject<K>[] | null;
}

export class AggregatedApis {
  private readonly providers = new Map<ApiKind, AggregatedApi>();

  register<K extends ApiKind>(kind: K, provider: AggregatedApi<K>): void {
    this.providers.set(kind, provider as unknown as AggregatedApi);
  }

  serves(kind: ApiKind): boolean {
    return this.providers.has(kind);
  }

  list<K extends ApiKind>(kind: K, namespace: string | undefined): readonly ApiObject<K>[] | ApiError {
    return (
      (this.providers.get(kind)?.list(namespace) as readonly ApiObject<K>[] | null | undefined) ?? unavailable(kind)
    );
  }

  get<K extends ApiKind>(kind: K, key: string): ApiObject<K> | ApiError {
    const objects = this.list(kind, namespaceOfKey(key));
    if (objects instanceof ApiError) return objects;
    return objects.find((object) => keyOf(kind, object) === key) ?? notFound(kind, nameOfKey(key));
  }
}

const RESOURCES: Partial<Readonly<Record<ApiKind, string>>> = {
  podMetrics: "pods",
  customMetrics: "metrics",
  externalMetrics: "metrics",
};

function unavailable(kind: ApiKind): ApiError {
  const resource = RESOURCES[kind] ?? resourceOf(kind);
  const text = `the server is currently unable to handle the request (get ${resource}.${groupOf(kind)})`;
  return new ApiError("ServiceUnavailable", text);
}
