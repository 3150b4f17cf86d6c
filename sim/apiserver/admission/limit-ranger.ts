// LimitRanger: requests and limits that a namespace gives to containers without, and what it refuses as too little or too much.
// Source: behaviour of the admission plugin, 1.36. Its annotation of the pod is left out.
import type { Container, LimitRange, PersistentVolumeClaim, Pod, PodSpec, ResourceList } from "../../model/objects.ts";
import { parseQuantity } from "../../model/quantity.ts";
import type { ApiError } from "../client.ts";
import { forbidden } from "../refusals.ts";

type Limit = NonNullable<NonNullable<LimitRange["spec"]>["limits"]>[number];

/** The spec with the defaults of these ranges; the same spec when nothing is added. */
export function withRangeDefaults(spec: PodSpec, ranges: readonly LimitRange[]): PodSpec {
  const limits = ranges.flatMap(limitsOf).filter(({ type }) => type === "Container");
  if (limits.length === 0) return spec;
  const containers = spec.containers.map((container) => filled(container, limits));
  const initContainers = spec.initContainers?.map((container) => filled(container, limits));
  const isSame =
    containers.every((container, i) => container === spec.containers[i]) &&
    (initContainers ?? []).every((container, i) => container === spec.initContainers?.[i]);
  if (isSame) return spec;
  return { ...spec, containers, ...(initContainers === undefined ? {} : { initContainers }) };
}

/** Why a pod or claim is refused, or null. */
export function rangeRefusal(
  kind: "pods" | "persistentVolumeClaims",
  object: Pod | PersistentVolumeClaim,
  ranges: readonly LimitRange[],
): ApiError | null {
  const errors: string[] = [];
  for (const limit of ranges.flatMap(limitsOf)) {
    if (kind === "persistentVolumeClaims") {
      if (limit.type !== "PersistentVolumeClaim") continue;
      const { requests } = (object as PersistentVolumeClaim).spec.resources ?? {};
      check(limit, requests ?? {}, {}, errors);
      continue;
    }
    const { spec } = object as Pod;
    if (limit.type === "Container") {
      for (const { resources } of [...spec.containers, ...(spec.initContainers ?? [])])
        check(limit, resources?.requests ?? {}, resources?.limits ?? {}, errors);
    } else if (limit.type === "Pod") {
      check(limit, sumOf(spec, "requests"), sumOf(spec, "limits"), errors);
    }
  }
  if (errors.length === 0) return null;
  return forbidden(kind, object.metadata.name, errors.length === 1 ? errors[0]! : `[${errors.join(", ")}]`);
}

function limitsOf({ spec }: LimitRange): readonly Limit[] {
  return spec?.limits ?? [];
}

function filled(container: Container, limits: readonly Limit[]): Container {
  const { resources } = container;
  let own: ResourceList = resources?.limits ?? {};
  let requests: ResourceList = resources?.requests ?? {};
  for (const limit of limits) {
    // a default limit is a default request where none is said, as the API's own defaults have it
    own = { ...limit.default, ...own };
    requests = { ...limit.default, ...limit.defaultRequest, ...requests };
  }
  const isSame =
    Object.keys(own).length === Object.keys(resources?.limits ?? {}).length &&
    Object.keys(requests).length === Object.keys(resources?.requests ?? {}).length;
  if (isSame) return container;
  const isLimited = Object.keys(own).length > 0;
  return { ...container, resources: { ...resources, requests, ...(isLimited ? { limits: own } : {}) } };
}

function check(limit: Limit, requests: ResourceList, limits: ResourceList, errors: string[]): void {
  const { type } = limit;
  for (const name of sorted(limit.min)) {
    const least = limit.min![name]!;
    const request = requests[name];
    if (request === undefined) errors.push(`minimum ${name} usage per ${type} is ${least}.  No request is specified`);
    else if (less(request, least))
      errors.push(`minimum ${name} usage per ${type} is ${least}, but request is ${request}`);
    const own = limits[name];
    if (own !== undefined && less(own, least))
      errors.push(`minimum ${name} usage per ${type} is ${least}, but limit is ${own}`);
  }
  for (const name of sorted(limit.max)) {
    const most = limit.max![name]!;
    const own = limits[name];
    const request = requests[name];
    if (type !== "PersistentVolumeClaim") {
      if (own === undefined) errors.push(`maximum ${name} usage per ${type} is ${most}.  No limit is specified`);
      else if (less(most, own)) errors.push(`maximum ${name} usage per ${type} is ${most}, but limit is ${own}`);
    }
    if (request !== undefined && less(most, request))
      errors.push(`maximum ${name} usage per ${type} is ${most}, but request is ${request}`);
  }
}

function sorted(list: ResourceList | null | undefined): string[] {
  return Object.keys(list ?? {}).sort();
}

function less(a: string | number, b: string | number): boolean {
  return parseQuantity(a) < parseQuantity(b);
}

// every container says so, or nothing is said of the pod
function sumOf({ containers }: PodSpec, what: "requests" | "limits"): ResourceList {
  const sums = new Map<string, bigint>();
  for (const { resources } of containers) {
    for (const [name, amount] of Object.entries(resources?.[what] ?? {}))
      sums.set(name, (sums.get(name) ?? 0n) + parseQuantity(amount));
  }
  return Object.fromEntries([...sums].map(([name, nanos]) => [name, `${nanos}n`]));
}
