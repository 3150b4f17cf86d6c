// The objects that a run begins with, as the keys of etcd under which they have been stored all along.
import { assert } from "../engine/assert.ts";
import type { ClusterObjects, EndpointSlice, Endpoints, Job, Namespace, Service } from "../model/objects.ts";
import { TemplateDefaults } from "../model/template-defaults.ts";
import { Timestamps } from "../model/timestamp.ts";
import { withTypeDefaults } from "../model/type-defaults.ts";
import { type ApiKind, type ApiObject, isNamespaced, keyOf } from "./client.ts";
import { withJobIdentity } from "./job-identity.ts";
import { KUBERNETES_SERVICE_IP, type ServiceAddresses } from "./service-addresses.ts";
import { type Entry, entryOf } from "./storage.ts";
import { ObjectSizes } from "./stored-object.ts";
import { asFound } from "./verbs.ts";

const SYSTEM_NAMESPACES = ["default", "kube-node-lease", "kube-public", "kube-system"];
/** When the cluster was made: its nodes joined that day. */
const BEGAN = "2025-12-01T00:00:00Z";

/** The objects with the namespaces that a cluster always has, and those that objects are in. */
export function withNamespaces(objects: ClusterObjects, others: readonly string[]): ClusterObjects {
  const names = new Set([...SYSTEM_NAMESPACES, ...others]);
  for (const [kind, list] of Object.entries(objects) as [ApiKind, readonly ApiObject[]][]) {
    if (isNamespaced(kind)) for (const { metadata } of list) names.add(metadata.namespace ?? "default");
  }
  for (const { metadata } of objects.namespaces) names.delete(metadata.name);
  const active = (namespace: Namespace): Namespace => ({
    ...namespace,
    spec: namespace.spec ?? { finalizers: ["kubernetes"] },
    status: namespace.status ?? { phase: "Active" },
  });
  const missing = [...names].sort().map((name): Namespace => {
    const metadata = SYSTEM_NAMESPACES.includes(name) ? { name, creationTimestamp: BEGAN } : { name };
    return { apiVersion: "v1", kind: "Namespace", metadata };
  });
  return { ...objects, namespaces: [...objects.namespaces, ...missing].map(active) };
}

/** Where the API servers answer, outside of the pod and service networks. */
const apiServerAddress = (number: number): string => `192.168.0.${10 + number}`;
const API_SERVER_PORT = 6443;

/** The objects with the Service `kubernetes`, by which pods reach the API servers, and its endpoints. */
export function withKubernetesService(objects: ClusterObjects, apiServers: number): ClusterObjects {
  const isThere = objects.services.some(
    ({ metadata }) => metadata.name === "kubernetes" && (metadata.namespace ?? "default") === "default",
  );
  if (isThere) return objects;
  const service: Service = {
    apiVersion: "v1",
    kind: "Service",
    metadata: {
      name: "kubernetes",
      namespace: "default",
      creationTimestamp: BEGAN,
      labels: { component: "apiserver", provider: "kubernetes" },
    },
    spec: {
      type: "ClusterIP",
      clusterIP: KUBERNETES_SERVICE_IP,
      ports: [{ name: "https", port: 443, protocol: "TCP", targetPort: API_SERVER_PORT }],
    },
  };
  const slice: EndpointSlice = {
    apiVersion: "discovery.k8s.io/v1",
    kind: "EndpointSlice",
    metadata: {
      name: "kubernetes",
      namespace: "default",
      creationTimestamp: BEGAN,
      labels: { "kubernetes.io/service-name": "kubernetes" },
    },
    addressType: "IPv4",
    endpoints: Array.from({ length: apiServers }, (_, number) => ({
      addresses: [apiServerAddress(number)],
      conditions: { ready: true },
    })),
    ports: [{ name: "https", port: API_SERVER_PORT, protocol: "TCP" }],
  };
  // the API servers write both themselves
  const endpoints: Endpoints = {
    apiVersion: "v1",
    kind: "Endpoints",
    metadata: {
      name: "kubernetes",
      namespace: "default",
      creationTimestamp: BEGAN,
      labels: { "endpointslice.kubernetes.io/skip-mirror": "true" },
    },
    subsets: [
      {
        addresses: Array.from({ length: apiServers }, (_, number) => ({ ip: apiServerAddress(number) })),
        ports: [{ name: "https", port: API_SERVER_PORT, protocol: "TCP" }],
      },
    ],
  };
  return {
    ...objects,
    services: [...objects.services, service],
    endpointSlices: [...objects.endpointSlices, slice],
    endpoints: [...objects.endpoints, endpoints],
  };
}

/** The objects with addresses for all Services. Those that say which they want come first. */
export function withServiceAddresses(
  objects: ClusterObjects,
  addresses: ServiceAddresses,
  templates: TemplateDefaults,
): ClusterObjects {
  const services = objects.services.map((service) => withTypeDefaults("services", service, templates));
  for (const service of services) addresses.known(keyOf("services", service), service);
  return {
    ...objects,
    services: services.map((service) => {
      const key = keyOf("services", service);
      const complete = addresses.replace(key, service, service);
      addresses.known(key, complete);
      return complete;
    }),
  };
}

/** In the order in which they are to be put: nodes come before pods, so that pods are counted on their nodes. */
export function initialEntries(
  objects: ClusterObjects,
  templates: TemplateDefaults = new TemplateDefaults(),
): readonly Entry[] {
  const { nodes, pods, ...others } = objects;
  const sizes = new ObjectSizes();
  const moment = { nowMicros: 0, timestamps: new Timestamps() };
  const entries: Entry[] = [];
  const keys = new Set<string>();
  const stored = <K extends ApiKind>(kind: K, object: ApiObject<K>): ApiObject => {
    const uid = `${kind}/${keyOf(kind, object)}`;
    const found = asFound(kind, withTypeDefaults(kind, object, templates), uid, moment);
    return kind === "jobs" ? withJobIdentity(found as Job) : found;
  };
  const put = (kind: ApiKind, list: readonly ApiObject[]) => {
    for (const object of list) {
      const entry = entryOf(sizes, kind, stored(kind, object));
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
