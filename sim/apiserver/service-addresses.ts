// Allocates the cluster IPs and node ports of Services, as the API server does when one is created or changed: from the service
// CIDR 10.96.0.0/12 and from 30000-32767, at random, the lower end of each range being left to those who ask for a certain one.
// Not modelled: the API objects ServiceCIDR and IPAddress, health check node ports, IPv6. Source: behaviour of kube-apiserver 1.36.
import type { RandomStream } from "../engine/random.ts";
import type { Service, ServicePort } from "../model/objects.ts";
import type { ApiError } from "./client.ts";
import { invalid } from "./refusals.ts";

const FIRST_ADDRESS = 0x0a600000;
const ADDRESSES = 1 << 20;
/** Left to those who ask. */
const STATIC_ADDRESSES = 256;
const FIRST_PORT = 30_000;
const PORTS = 2768;
const STATIC_PORTS = 86;

/** The Service by which pods reach the API servers has the first address of the range. */
export const KUBERNETES_SERVICE_IP = "10.96.0.1";

/** What is given to whom. One for all servers, as all of them keep it in etcd. */
export class ServiceAddresses {
  private readonly stream: (path: string) => RandomStream;
  private readonly addresses = new Map<string, string>();
  private readonly ports = new Map<number, string>();
  private readonly held = new Map<string, Service>();

  /** @param stream of random numbers for one Service: others never move its addresses */
  constructor(stream: (path: string) => RandomStream) {
    this.stream = stream;
  }

  /** The Service as stored: what it has is taken. */
  known(key: string, service: Service): void {
    const before = this.held.get(key);
    if (before !== undefined) this.gone(key);
    const { clusterIP, ports } = service.spec ?? {};
    if (isAddress(clusterIP)) this.addresses.set(clusterIP, key);
    for (const { nodePort } of ports ?? []) if (nodePort) this.ports.set(nodePort, key);
    this.held.set(key, service);
  }

  /** What it had is free again. */
  gone(key: string): void {
    const { clusterIP, ports } = this.held.get(key)?.spec ?? {};
    if (isAddress(clusterIP) && this.addresses.get(clusterIP) === key) this.addresses.delete(clusterIP);
    for (const { nodePort } of ports ?? [])
      if (nodePort && this.ports.get(nodePort) === key) this.ports.delete(nodePort);
    this.held.delete(key);
  }

  /** A new Service with what it needs, which is taken from now on; or why it cannot have what it asks for. */
  allocate(key: string, service: Service): Service | ApiError {
    const refusal = this.refusal(key, service);
    if (refusal !== null) return refusal;
    const complete = this.completed(key, service, undefined);
    // one that exists already is refused later, and keeps what it has
    if (!this.held.has(key)) this.known(key, complete);
    return complete;
  }

  /** A Service as it is to replace another: what the other has stays, unless its type has no use for it. */
  replace(key: string, before: Service, service: Service): Service {
    return this.completed(key, service, before);
  }

  private completed(key: string, service: Service, before: Service | undefined): Service {
    const { spec } = service;
    if (spec === undefined || spec.type === "ExternalName") return service;
    const had = before?.spec;
    const given = spec.clusterIP || (had?.type === "ExternalName" ? "" : had?.clusterIP) || "";
    const clusterIP = given === "" ? this.freeAddress(key) : given;
    const ports = this.withNodePorts(key, service, had?.ports ?? []);
    if (clusterIP === spec.clusterIP && ports === spec.ports && spec.clusterIPs !== undefined) return service;
    const { clusterIPs = [clusterIP], ipFamilies = ["IPv4"], ipFamilyPolicy = "SingleStack" } = spec;
    return { ...service, spec: { ...spec, clusterIP, clusterIPs, ipFamilies, ipFamilyPolicy, ports } };
  }

  private withNodePorts(key: string, { spec }: Service, had: readonly ServicePort[]): readonly ServicePort[] | null {
    const ports = spec?.ports ?? null;
    if (ports === null) return null;
    const old = (port: ServicePort) => had.find((other) => isSame(port, other))?.nodePort;
    const isBalanced = spec?.type === "LoadBalancer" && spec.allocateLoadBalancerNodePorts !== false;
    if (spec?.type === "NodePort" || isBalanced) {
      if (ports.every(({ nodePort }) => nodePort)) return ports;
      return ports.map((port) => (port.nodePort ? port : { ...port, nodePort: old(port) || this.freePort(key) }));
    }
    // left over from another type
    if (!ports.some((port) => port.nodePort && port.nodePort === old(port))) return ports;
    return ports.map(({ nodePort: _nodePort, ...port }) => port);
  }

  private refusal(key: string, { metadata, spec }: Service): ApiError | null {
    const refuse = (why: string) => invalid("services", metadata.name, why);
    const { clusterIP = "", ports } = spec ?? {};
    const isTaken = (holder: string | undefined) => holder !== undefined && holder !== key;
    if (isTaken(this.addresses.get(clusterIP))) {
      const failed = `failed to allocate IP ${clusterIP}: provided IP is already allocated`;
      return refuse(`spec.clusterIPs: Invalid value: ["${clusterIP}"]: ${failed}`);
    }
    for (const [at, { nodePort = 0 }] of (ports ?? []).entries()) {
      if (!isTaken(this.ports.get(nodePort))) continue;
      return refuse(`spec.ports[${at}].nodePort: Invalid value: ${nodePort}: provided port is already allocated`);
    }
    return null;
  }

  private freeAddress(key: string): string {
    const stream = this.stream(`apiserver/service-addresses/${key}`);
    // there are a million
    for (;;) {
      // neither the last, which would be the broadcast address
      const number = FIRST_ADDRESS + STATIC_ADDRESSES + stream.int(ADDRESSES - STATIC_ADDRESSES - 1);
      const address = [24, 16, 8, 0].map((shift) => (number >> shift) & 255).join(".");
      const holder = this.addresses.get(address);
      if (holder === undefined || holder === key) return address;
    }
  }

  private freePort(key: string): number {
    const stream = this.stream(`apiserver/service-ports/${key}`);
    const begin = stream.int(PORTS - STATIC_PORTS);
    for (let step = 0; step < PORTS; step++) {
      const port = FIRST_PORT + ((STATIC_PORTS + ((begin + step) % PORTS)) % PORTS);
      if (this.ports.has(port)) continue;
      // the next port of the same Service must be another one
      this.ports.set(port, key);
      return port;
    }
    return 0;
  }
}

function isAddress(clusterIP: string | undefined): clusterIP is string {
  return clusterIP !== undefined && clusterIP !== "" && clusterIP !== "None";
}

function isSame(a: ServicePort, b: ServicePort): boolean {
  return a.port === b.port && (a.protocol ?? "TCP") === (b.protocol ?? "TCP");
}
