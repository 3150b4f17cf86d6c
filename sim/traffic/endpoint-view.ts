// What a kube-proxy makes of the slices of a Service: where it may send a new connection. Ready endpoints; where there are none, those
// that are terminating and still serve. Source: behaviour of kube-proxy 1.36 (KEP-1669).
import type { EndpointSlice } from "../model/objects.ts";

export interface Backend {
  readonly uid: string;
  readonly nodeName: string;
}

/** The endpoints of one Service as they were published at some moment. */
export interface EndpointView {
  readonly atMicros: number;
  readonly backends: readonly Backend[];
}

export function endpointView(atMicros: number, slices: Iterable<EndpointSlice>): EndpointView {
  const ready: Backend[] = [];
  const terminating: Backend[] = [];
  for (const slice of slices) {
    for (const { conditions, nodeName, targetRef } of slice.endpoints) {
      const backend = { uid: targetRef?.uid ?? "", nodeName: nodeName ?? "" };
      if (conditions?.ready !== false) ready.push(backend);
      else if (conditions.serving !== false && conditions.terminating === true) terminating.push(backend);
    }
  }
  return { atMicros, backends: ready.length > 0 ? ready : terminating };
}

export function sameBackends(a: EndpointView, b: EndpointView): boolean {
  return (
    a.backends.length === b.backends.length && a.backends.every((backend, i) => backend.uid === b.backends[i]!.uid)
  );
}
