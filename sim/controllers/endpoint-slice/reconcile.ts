// From the endpoints that a Service should have and the slices that it has, to the slices to create, update and delete: as few writes
// as possible. Endpoints stay where they are; slices that change anyway are filled up first; a single further slice with enough room is
// taken rather than a new one made. Pure. Source: behaviour of the EndpointSlice reconciler of Kubernetes 1.36.
import type { Endpoint, EndpointSlice } from "../../model/objects.ts";
import { endpointKey, sameEndpoint } from "./endpoints.ts";

export const MAX_ENDPOINTS_PER_SLICE = 100;

export interface SliceChanges {
  /** Endpoints of new slices. */
  readonly create: readonly (readonly Endpoint[])[];
  readonly update: readonly EndpointSlice[];
  readonly remove: readonly EndpointSlice[];
}

/** @param max endpoints per slice */
export function reconcileSlices(
  desired: readonly Endpoint[],
  existing: readonly EndpointSlice[],
  max: number = MAX_ENDPOINTS_PER_SLICE,
): SliceChanges {
  const wanted = new Map<string, Endpoint>();
  for (const endpoint of desired) wanted.set(endpointKey(endpoint), endpoint);
  const update: EndpointSlice[] = [];
  const untouched: EndpointSlice[] = [];
  let remove: EndpointSlice[] = [];
  for (const slice of existing) {
    const kept: Endpoint[] = [];
    let isChanged = false;
    for (const endpoint of slice.endpoints) {
      const key = endpointKey(endpoint);
      const now = wanted.get(key);
      if (now === undefined) {
        isChanged = true;
        continue;
      }
      wanted.delete(key);
      if (sameEndpoint(now, endpoint)) kept.push(endpoint);
      else {
        kept.push(now);
        isChanged = true;
      }
    }
    if (kept.length === 0) remove.push(slice);
    else if (isChanged) update.push({ ...slice, endpoints: kept });
    else untouched.push(slice);
  }
  const rest = [...wanted.values()];
  // fullest first: they are filled up, so that few slices are half empty
  update.sort((a, b) => b.endpoints.length - a.endpoints.length);
  for (let i = 0; i < update.length && rest.length > 0; i++) {
    const slice = update[i]!;
    update[i] = { ...slice, endpoints: [...slice.endpoints, ...rest.splice(0, max - slice.endpoints.length)] };
  }
  // a slice that would go is used for what is left over
  while (rest.length > 0 && remove.length > 0) update.push({ ...remove.shift()!, endpoints: rest.splice(0, max) });
  const create: Endpoint[][] = [];
  while (rest.length >= max) create.push(rest.splice(0, max));
  if (rest.length > 0) {
    const room = untouched
      .filter((slice) => slice.endpoints.length + rest.length <= max)
      .sort((a, b) => b.endpoints.length - a.endpoints.length)[0];
    if (room === undefined) create.push(rest);
    else update.push({ ...room, endpoints: [...room.endpoints, ...rest] });
  }
  // a Service without endpoints keeps one empty slice
  if (desired.length === 0) {
    const [first, ...others] = remove;
    if (first === undefined) {
      if (existing.length === 0) create.push([]);
    } else {
      remove = others;
      if (first.endpoints.length > 0) update.push({ ...first, endpoints: [] });
    }
  }
  return { create, update, remove };
}
