// The EndpointSlice controller: keeps the slices of each Service with a selector equal to its pods. Topology hints and
// dual stack are not made. Source: behaviour of kube-controller-manager 1.36.
import { ApiError, keyOf } from "../apiserver/client.ts";
import type { SharedInformer } from "../apiserver/shared-informer.ts";
import { ask, type Steps } from "../engine/steps.ts";
import { SECOND } from "../engine/tick.ts";
import type { EndpointSlice, Service } from "../model/objects.ts";
import { endpointOf, hasEndpoint, samePodForSlices } from "./endpoint-slice/endpoints.ts";
import { reconcileSlices } from "./endpoint-slice/reconcile.ts";
import { ServiceMembers } from "./endpoint-slice/service-members.ts";
import { MANAGED_BY, MANAGER, newSlice, SERVICE_NAME, selectorOf } from "./endpoint-slice/slices.ts";
import { type Controller, type ControllerContext, type SyncResult, syncQueue } from "./framework/controller.ts";
import type { WorkQueue } from "./framework/work-queue.ts";

const ZONE_LABEL = "topology.kubernetes.io/zone";
/** First pause and longest pause of a Service whose sync failed. */
const BASE_BACK_OFF_MICROS = SECOND;

export const endpointSliceController: Controller = {
  name: "endpointslice-controller",
  watches: ["services", "pods", "nodes", "endpointSlices"],
  start: (context) => new EndpointSliceController(context).start(),
};

class EndpointSliceController {
  private readonly context: ControllerContext;
  private readonly queue: WorkQueue;
  private readonly services: SharedInformer<"services">;
  private readonly slices: SharedInformer<"endpointSlices">;
  private readonly members: ServiceMembers;
  // versions of slices that this controller has written and not seen yet: "" stands for a deletion
  private readonly unseen = new Map<string, Map<string, string>>();

  constructor(context: ControllerContext) {
    this.context = context;
    this.queue = syncQueue(context, context.flags.concurrentEndpointSliceSyncs, (key) => this.sync(key), {
      baseMicros: BASE_BACK_OFF_MICROS,
    });
    this.services = context.informers.of("services");
    this.slices = context.informers.of("endpointSlices");
    const byNamespace = context.informers.of("pods").index("namespace", (pod) => [pod.metadata.namespace ?? "default"]);
    this.members = new ServiceMembers((namespace) => byNamespace.get(namespace));
  }

  start(): void {
    const byService = (slice: EndpointSlice) => {
      const name = slice.metadata.labels?.[SERVICE_NAME];
      return name === undefined ? [] : [`${slice.metadata.namespace ?? "default"}/${name}`];
    };
    this.slices.index("service", byService);
    this.services.listen({
      added: (service, key) => this.serviceChanged(service, key),
      updated: (_before, service, key) => this.serviceChanged(service, key),
      deleted: (_last, key) => {
        this.members.remove(key);
        this.unseen.delete(key);
        this.queue.add(key);
      },
    });
    this.context.informers.of("pods").listen({
      added: (pod, key) => this.enqueue(this.members.put(pod, key)),
      updated: (before, pod, key) => {
        const concerned = this.members.put(pod, key);
        if (!samePodForSlices(before, pod)) this.enqueue(concerned);
      },
      deleted: (_last, key) => this.enqueue(this.members.drop(key)),
    });
    this.slices.listen({
      added: (slice) => this.seen(slice, byService(slice)),
      updated: (_before, slice) => this.seen(slice, byService(slice)),
      deleted: (slice) => {
        const [key] = byService(slice);
        if (key === undefined) return;
        const expected = this.unseen.get(key)?.get(slice.metadata.name);
        if (expected === "") this.unseen.get(key)?.delete(slice.metadata.name);
        // somebody else did it
        else this.queue.add(key);
      },
    });
    this.queue.start();
  }

  private serviceChanged(service: Service, key: string): void {
    this.members.setService(key, service.metadata.namespace ?? "default", selectorOf(service));
    this.queue.add(key);
  }

  private enqueue(keys: readonly string[]): void {
    for (const key of keys) this.queue.add(key);
  }

  private seen(slice: EndpointSlice, [key]: readonly string[]): void {
    if (key === undefined || slice.metadata.labels?.[MANAGED_BY] !== MANAGER) return;
    const versions = this.unseen.get(key);
    const expected = versions?.get(slice.metadata.name);
    const version = Number(slice.metadata.resourceVersion);
    if (expected !== undefined && version >= Number(expected)) versions?.delete(slice.metadata.name);
    // a version that is not ours: somebody else has written
    if (expected === undefined || version > Number(expected)) this.queue.add(key);
  }

  private *sync(key: string): Steps<SyncResult> {
    const service = this.services.cache.get(key);
    if (service === undefined || selectorOf(service) === null) return undefined;
    if (service.metadata.deletionTimestamp != null) return undefined;
    const existing = this.slices
      .index("service", () => [])
      .get(key)
      .filter((slice) => slice.metadata.labels?.[MANAGED_BY] === MANAGER && slice.metadata.deletionTimestamp == null);
    if (this.isStale(key)) return { error: "EndpointSlice informer cache is out of date" };
    const nodes = this.context.informers.of("nodes").cache;
    const desired = [];
    for (const pod of this.members.podsOf(key)) {
      if (!hasEndpoint(pod)) continue;
      const node = nodes.get(pod.spec.nodeName ?? "");
      // its node may not be known yet
      if (node === undefined) continue;
      desired.push(endpointOf(pod, service, node.metadata.labels?.[ZONE_LABEL] ?? ""));
    }
    const { create, update, remove } = reconcileSlices(desired, existing);
    const { client } = this.context;
    let failure: ApiError | null = null;
    for (const endpoints of create) {
      const answer = yield* ask<EndpointSlice | ApiError>((done) =>
        client.create("endpointSlices", newSlice(service, endpoints), done),
      );
      // in a namespace that is going nothing can be created, nor need it be
      if (answer instanceof ApiError) failure = isTerminating(answer) ? failure : answer;
      else this.expect(key, answer.metadata.name, answer.metadata.resourceVersion ?? "0");
    }
    for (const slice of update) {
      const answer = yield* ask<EndpointSlice | ApiError>((done) => client.update("endpointSlices", slice, done));
      if (answer instanceof ApiError) failure = answer;
      else this.expect(key, answer.metadata.name, answer.metadata.resourceVersion ?? "0");
    }
    for (const slice of remove) {
      const sliceKey = keyOf("endpointSlices", slice);
      const answer = yield* ask<null | ApiError>((done) =>
        client.delete("endpointSlices", sliceKey, { uid: slice.metadata.uid }, done),
      );
      if (answer instanceof ApiError && answer.reason !== "NotFound") failure = answer;
      else if (this.slices.cache.has(sliceKey)) this.expect(key, slice.metadata.name, "");
    }
    if (failure === null) return undefined;
    this.context.events.event(
      { ...service, kind: "Service" },
      "Warning",
      "FailedToUpdateEndpointSlices",
      `Error updating Endpoint Slices for Service ${key}: ${failure.message}`,
    );
    return { error: failure.message };
  }

  /** Remembers what was written, until the informer shows it: a sync on older slices would write it again. */
  private expect(key: string, name: string, version: string): void {
    const [namespace] = key.split("/");
    const known = this.slices.cache.get(`${namespace}/${name}`);
    // the watch can be faster than the answer
    if (version !== "" && known !== undefined && Number(known.metadata.resourceVersion) >= Number(version)) return;
    const versions = this.unseen.get(key);
    if (versions === undefined) this.unseen.set(key, new Map([[name, version]]));
    else versions.set(name, version);
  }

  private isStale(key: string): boolean {
    return (this.unseen.get(key)?.size ?? 0) > 0;
  }
}

function isTerminating(error: ApiError): boolean {
  return error.reason === "Forbidden" && error.message.includes("because it is being terminated");
}
