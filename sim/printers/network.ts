// `kubectl get` of services, endpoint slices and endpoints. Source: behaviour of the API server's table printers, v1.36.
import type { EndpointSlice, Endpoints, Service } from "../model/objects.ts";
import { ageCell, labelText, limited, NONE, type Printer } from "./printer.ts";

/** `80/TCP,443:30443/TCP`, or `<none>`. */
export function servicePorts(service: Service): string {
  const ports = (service.spec?.ports ?? []).map(({ port, nodePort, protocol = "TCP" }) =>
    nodePort === undefined || nodePort === 0 ? `${port}/${protocol}` : `${port}:${nodePort}/${protocol}`,
  );
  return ports.length === 0 ? NONE : ports.join(",");
}

/** Addresses of load balancers are cut to so many letters. */
const LOAD_BALANCER_WIDTH = 16;

function externalIp(service: Service, isWide: boolean): string {
  const { externalIPs = [], externalName = "" } = (service.spec ?? {}) as {
    readonly externalIPs?: readonly string[];
    readonly externalName?: string;
  };
  switch (service.spec?.type ?? "ClusterIP") {
    case "LoadBalancer": {
      const ingress = service.status?.loadBalancer?.ingress ?? [];
      const found = [...new Set(ingress.map(({ ip, hostname }) => ip || hostname || "").filter(Boolean))]
        .sort()
        .join(",");
      const shown =
        isWide || found.length <= LOAD_BALANCER_WIDTH ? found : `${found.slice(0, LOAD_BALANCER_WIDTH - 3)}...`;
      const all = [shown, ...externalIPs].filter(Boolean);
      return all.length === 0 ? "<pending>" : all.join(",");
    }
    case "ExternalName":
      return externalName;
    default:
      return externalIPs.length === 0 ? NONE : externalIPs.join(",");
  }
}

export const servicePrinter: Printer<Service> = {
  columns: ["NAME", "TYPE", "CLUSTER-IP", "EXTERNAL-IP", "PORT(S)", "AGE"],
  wide: ["SELECTOR"],
  cells: (service, moment) => [
    service.metadata.name,
    service.spec?.type ?? "ClusterIP",
    service.spec?.clusterIP || NONE,
    externalIp(service, moment.isWide === true),
    servicePorts(service),
    ageCell(service, moment),
    labelText(service.spec?.selector),
  ],
};

export const endpointSlicePrinter: Printer<EndpointSlice> = {
  columns: ["NAME", "ADDRESSTYPE", "PORTS", "ENDPOINTS", "AGE"],
  wide: [],
  cells(slice, moment) {
    const ports = (slice.ports ?? []).map(({ port }) => (port === undefined ? "*" : String(port)));
    const addresses = slice.endpoints.flatMap((endpoint) => endpoint.addresses);
    return [
      slice.metadata.name,
      slice.addressType,
      ports.length === 0 ? "<unset>" : limited(ports),
      addresses.length === 0 ? "<unset>" : limited(addresses),
      ageCell(slice, moment),
    ];
  },
};

/** `10.0.0.1:80,10.0.0.2:80`: what is ready, three of them. */
function readyAddresses({ subsets }: Endpoints): string {
  const ready = (subsets ?? []).flatMap(({ addresses, ports }) => {
    const places = (addresses ?? []).map(({ ip }) => ip);
    if (ports == null || ports.length === 0) return places;
    return ports.flatMap(({ port }) => places.map((ip) => (ip.includes(":") ? `[${ip}]:${port}` : `${ip}:${port}`)));
  });
  return ready.length === 0 ? NONE : limited(ready);
}

export const endpointsPrinter: Printer<Endpoints> = {
  columns: ["NAME", "ENDPOINTS", "AGE"],
  wide: [],
  cells: (endpoints, moment) => [endpoints.metadata.name, readyAddresses(endpoints), ageCell(endpoints, moment)],
};
