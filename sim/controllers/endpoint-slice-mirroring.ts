// The EndpointSlice mirroring controller: what people write into the Endpoints of a Service without selector is put into slices, so that proxies
// hear of it. Endpoints that others make slices of, or that are no Service's, are left alone.
// Source: behaviour of kube-controller-manager 1.36.
import { ApiError, keyOf } from "../apiserver/client.ts";
import type { SharedInformer } from "../apiserver/shared-informer.ts";
import { ask, type Steps } from "../engine/steps.ts";
import type { Endpoint, EndpointAddress, EndpointSlice, EndpointSubset, Endpoints } from "../model/objects.ts";
import { reconcileSlices } from "./endpoint-slice/reconcile.ts";
import { MANAGED_BY, SERVICE_NAME } from "./endpoint-slice/slices.ts";
import { LEADER } from "./endpoints.ts";
import { ConsistencyStore } from "./framework/consistency.ts";
import { type Controller, type ControllerContext, type SyncResult, syncQueue } from "./framework/controller.ts";
import type { WorkQueue } from "./framework/work-queue.ts";

const MANAGER = "endpointslicemirroring-controller.k8s.io";
const SKIP = "endpointslice.kubernetes.io/skip-mirror";

export const endpointSliceMirroringController: Controller = {
  name: "endpointslice-mirroring-controller",
  watches: ["services", "endpoints", "endpointSlices"],
  start: (context) => new MirroringController(context).start(),
};

class MirroringController {
  private readonly context: ControllerContext;
  private readonly queue: WorkQueue;
  private readonly services: SharedInformer<"services">;
  private readonly endpoints: SharedInformer<"endpoints">;
  private readonly slices: SharedInformer<"endpointSlices">;
  private readonly written: ConsistencyStore;

  constructor(context: ControllerContext) {
    this.context = context;
    this.queue = syncQueue(context, context.flags.mirroringConcurrentServiceEndpointSyncs, (key) => this.sync(key));
    this.services = context.informers.of("services");
    this.endpoints = context.informers.of("endpoints");
    this.slices = context.informers.of("endpointSlices");
    this.written = new ConsistencyStore(context.engine);
  }

  start(): void {
    this.written.follow("endpointSlices", this.slices);
    const changed = (endpoints: Endpoints, key: string) => {
      if (isMirrored(endpoints)) this.queue.add(key);
    };
    this.endpoints.listen({
      added: changed,
      updated: (before, endpoints, key) => {
        if (isMirrored(before) || isMirrored(endpoints)) this.queue.add(key);
      },
      deleted: changed,
    });
    // a Service may come after its endpoints, and its selector may come or go
    const service = (_service: unknown, key: string) => {
      const endpoints = this.endpoints.cache.get(key);
      if (endpoints !== undefined) changed(endpoints, key);
    };
    this.services.listen({
      added: service,
      updated: (before, after, key) => {
        if (hasSelector(before.spec?.selector) !== hasSelector(after.spec?.selector)) service(after, key);
      },
      deleted: service,
    });
    this.slices.listen({
      added: () => undefined,
      updated: () => undefined,
      // one that somebody else has deleted is made again
      deleted: ({ metadata }) => {
        const name = metadata.labels?.[SERVICE_NAME];
        if (metadata.labels?.[MANAGED_BY] === MANAGER && name !== undefined)
          this.queue.add(`${metadata.namespace ?? "default"}/${name}`);
      },
    });
    this.queue.start();
  }

  private *sync(key: string): Steps<SyncResult> {
    if (!this.written.isReady(key)) return { error: "EndpointSlice informer cache is out of date" };
    const { client, flags } = this.context;
    const endpoints = this.endpoints.cache.get(key);
    const service = this.services.cache.get(key);
    const isOurs = endpoints !== undefined && isMirrored(endpoints);
    const isWanted = isOurs && service !== undefined && !hasSelector(service.spec?.selector);
    const existing = this.ofService(key);
    let failure: ApiError | null = null;
    const wrote = (answer: EndpointSlice | ApiError): void => {
      if (answer instanceof ApiError) failure = answer;
      else this.written.wrote(key, "endpointSlices", answer);
    };
    const bySubset = new Map(existing.map((slice) => [portsText(slice.ports), slice]));
    const kept = new Set<EndpointSlice>();
    for (const subset of isWanted ? (endpoints.subsets ?? []) : []) {
      const known = bySubset.get(portsText(subset.ports));
      if (known !== undefined) kept.add(known);
      const wanted = endpointsOf(subset, flags.mirroringMaxEndpointsPerSubset);
      if (wanted.length === 0 && known === undefined) continue;
      const { create, update } = reconcileSlices(wanted, known === undefined ? [] : [known], Number.MAX_SAFE_INTEGER);
      for (const part of create) {
        const slice = mirrorOf(endpoints as Endpoints, subset, part);
        wrote(yield* ask<EndpointSlice | ApiError>((done) => client.create("endpointSlices", slice, done)));
      }
      for (const slice of update)
        wrote(yield* ask<EndpointSlice | ApiError>((done) => client.update("endpointSlices", slice, done)));
    }
    for (const slice of existing) {
      if (kept.has(slice)) continue;
      const answer = yield* ask<null | ApiError>((done) =>
        client.delete("endpointSlices", keyOf("endpointSlices", slice), { uid: slice.metadata.uid }, done),
      );
      if (answer instanceof ApiError && answer.reason !== "NotFound") failure = answer;
    }
    return failure === null ? undefined : { error: (failure as ApiError).message };
  }

  private ofService(key: string): readonly EndpointSlice[] {
    return this.slices
      .index("service", serviceOf)
      .get(key)
      .filter(({ metadata }) => metadata.labels?.[MANAGED_BY] === MANAGER && metadata.deletionTimestamp == null);
  }
}

function serviceOf({ metadata }: EndpointSlice): readonly string[] {
  const name = metadata.labels?.[SERVICE_NAME];
  return name === undefined ? [] : [`${metadata.namespace ?? "default"}/${name}`];
}

/** Those of the Endpoints controller are no mirror's concern, and leader elections are no endpoints. */
function isMirrored({ metadata }: Endpoints): boolean {
  return metadata.labels?.[SKIP] !== "true" && metadata.annotations?.[LEADER] === undefined;
}

function hasSelector(selector: Readonly<Record<string, string>> | null | undefined): boolean {
  return selector != null && Object.keys(selector).length > 0;
}

function portsText(ports: EndpointSubset["ports"] | EndpointSlice["ports"]): string {
  return (ports ?? []).map(({ name = "", port, protocol = "TCP" }) => `${name} ${port} ${protocol}`).join(",");
}

/** Ready ones first, as there may be more than are mirrored. */
function endpointsOf({ addresses, notReadyAddresses }: EndpointSubset, max: number): Endpoint[] {
  const endpoint = ({ ip, nodeName, targetRef }: EndpointAddress, ready: boolean): Endpoint => ({
    addresses: [ip],
    conditions: { ready },
    nodeName: nodeName ?? null,
    ...(targetRef == null ? {} : { targetRef }),
  });
  return [
    ...(addresses ?? []).map((address) => endpoint(address, true)),
    ...(notReadyAddresses ?? []).map((address) => endpoint(address, false)),
  ].slice(0, max);
}

function mirrorOf({ metadata }: Endpoints, { ports }: EndpointSubset, endpoints: readonly Endpoint[]): EndpointSlice {
  const { name, namespace = "default", uid, labels } = metadata;
  return {
    apiVersion: "discovery.k8s.io/v1",
    kind: "EndpointSlice",
    metadata: {
      name: "",
      generateName: `${name}-`,
      namespace,
      labels: { ...labels, [SERVICE_NAME]: name, [MANAGED_BY]: MANAGER },
      ownerReferences: [{ apiVersion: "v1", kind: "Endpoints", name, uid, controller: true, blockOwnerDeletion: true }],
    },
    addressType: "IPv4",
    endpoints,
    ports: (ports ?? []).map(({ name: portName = "", port, protocol = "TCP" }) => ({ name: portName, port, protocol })),
  };
}
