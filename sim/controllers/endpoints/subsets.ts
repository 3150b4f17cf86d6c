// From the pods of a Service to the subsets of its Endpoints object: pods that offer the same ports are in one subset, addresses in order, at
// most 1,000 in all. Pure. Source: behaviour of the endpoints controller of Kubernetes 1.36.
import type { EndpointAddress, EndpointSubset, Pod, Service } from "../../model/objects.ts";
import { isReady } from "../endpoint-slice/endpoints.ts";

export const MAX_ADDRESSES = 1000;

type Port = NonNullable<EndpointSubset["ports"]>[number];

interface Group {
  readonly ports: readonly Port[];
  readonly ready: EndpointAddress[];
  readonly notReady: EndpointAddress[];
}

/** Is the pod in Endpoints at all? Those without an address, finished ones, and terminating ones are not. */
export function isInEndpoints(pod: Pod, service: Service): boolean {
  const phase = pod.status?.phase;
  if (phase === "Succeeded" || phase === "Failed" || (pod.status?.podIP ?? "") === "") return false;
  return pod.metadata.deletionTimestamp == null || service.spec?.publishNotReadyAddresses === true;
}

export function subsetsOf(service: Service, pods: Iterable<Pod>): EndpointSubset[] {
  const groups = new Map<string, Group>();
  for (const pod of pods) {
    if (!isInEndpoints(pod, service)) continue;
    const ports = portsOf(service, pod);
    if (ports === null) continue;
    const key = ports.map(({ name = "", port, protocol = "TCP" }) => `${name} ${port} ${protocol}`).join(",");
    let group = groups.get(key);
    if (group === undefined) {
      group = { ports, ready: [], notReady: [] };
      groups.set(key, group);
    }
    const isPublished = service.spec?.publishNotReadyAddresses === true || isReady(pod);
    (isPublished ? group.ready : group.notReady).push(addressOf(pod, service));
  }
  return [...groups.keys()].sort().map((key) => {
    const { ports, ready, notReady } = groups.get(key)!;
    return {
      ...(ready.length === 0 ? {} : { addresses: ready.sort(byAddress) }),
      ...(notReady.length === 0 ? {} : { notReadyAddresses: notReady.sort(byAddress) }),
      ...(ports.length === 0 ? {} : { ports }),
    };
  });
}

/** null: it offers none of the Service's ports. A headless Service may have no ports. */
function portsOf(service: Service, pod: Pod): readonly Port[] | null {
  const wanted = service.spec?.ports ?? [];
  if (wanted.length === 0) return service.spec?.clusterIP === "None" ? [] : null;
  const found = wanted.flatMap(({ name, port, protocol = "TCP", targetPort = port }): Port[] => {
    const number = typeof targetPort === "number" ? targetPort : namedPort(pod, targetPort, protocol);
    return number === undefined ? [] : [{ ...(name === undefined ? {} : { name }), port: number, protocol }];
  });
  return found.length === 0 ? null : found.sort(byPort);
}

function namedPort(pod: Pod, wanted: string, wantedProtocol: string): number | undefined {
  for (const container of pod.spec.containers) {
    for (const { name, containerPort, protocol = "TCP" } of container.ports ?? [])
      if (name === wanted && protocol === wantedProtocol) return containerPort;
  }
  return undefined;
}

function addressOf(pod: Pod, service: Service): EndpointAddress {
  const { hostname, subdomain } = pod.spec as { readonly hostname?: string; readonly subdomain?: string };
  const { name, namespace = "default", uid } = pod.metadata;
  return {
    ip: pod.status?.podIP ?? "",
    ...(hostname !== undefined && subdomain === service.metadata.name ? { hostname } : {}),
    nodeName: pod.spec.nodeName ?? null,
    targetRef: { kind: "Pod", namespace, name, ...(uid === undefined ? {} : { uid }) },
  };
}

function byAddress(a: EndpointAddress, b: EndpointAddress): number {
  if (a.ip !== b.ip) return a.ip < b.ip ? -1 : 1;
  const [ours, theirs] = [a.targetRef?.uid ?? "", b.targetRef?.uid ?? ""];
  return ours < theirs ? -1 : ours > theirs ? 1 : 0;
}

function byPort(a: Port, b: Port): number {
  if (a.port !== b.port) return a.port - b.port;
  const [ours, theirs] = [a.name ?? "", b.name ?? ""];
  return ours < theirs ? -1 : ours > theirs ? 1 : 0;
}

/** At most so many addresses: ready ones first, and of each subset its share, rounded up. null: there are no more than that. */
export function truncated(
  subsets: readonly EndpointSubset[],
  max: number = MAX_ADDRESSES,
): readonly EndpointSubset[] | null {
  const count = (of: "addresses" | "notReadyAddresses") =>
    subsets.reduce((sum, each) => sum + (each[of]?.length ?? 0), 0);
  const [ready, notReady] = [count("addresses"), count("notReadyAddresses")];
  if (ready + notReady <= max) return null;
  const cut = ready > max ? "addresses" : "notReadyAddresses";
  const [room, of] = ready > max ? [max, ready] : [max - ready, notReady];
  let left = room;
  return subsets.map((subset) => {
    const all = subset[cut] ?? [];
    const kept = all.slice(0, Math.min(left, Math.ceil((all.length * room) / of)));
    left -= kept.length;
    return cut === "addresses" ? { ...subset, addresses: kept, notReadyAddresses: null } : { ...subset, [cut]: kept };
  });
}

export function sameSubsets(a: readonly EndpointSubset[], b: readonly EndpointSubset[]): boolean {
  return (
    a.length === b.length &&
    a.every((subset, i) => {
      const other = b[i]!;
      return (
        sameAddresses(subset.addresses ?? [], other.addresses ?? []) &&
        sameAddresses(subset.notReadyAddresses ?? [], other.notReadyAddresses ?? []) &&
        samePorts(subset.ports ?? [], other.ports ?? [])
      );
    })
  );
}

function sameAddresses(a: readonly EndpointAddress[], b: readonly EndpointAddress[]): boolean {
  if (a.length !== b.length) return false;
  for (let i = 0; i < a.length; i++) {
    const [ours, theirs] = [a[i]!, b[i]!];
    if (ours.ip !== theirs.ip || ours.nodeName !== theirs.nodeName || ours.hostname !== theirs.hostname) return false;
    if (ours.targetRef?.uid !== theirs.targetRef?.uid) return false;
  }
  return true;
}

function samePorts(a: readonly Port[], b: readonly Port[]): boolean {
  return (
    a.length === b.length &&
    a.every(({ name, port, protocol = "TCP" }, i) => {
      const other = b[i]!;
      return port === other.port && (name ?? "") === (other.name ?? "") && protocol === (other.protocol ?? "TCP");
    })
  );
}
