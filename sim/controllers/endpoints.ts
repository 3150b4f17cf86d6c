// The Endpoints controller: keeps the Endpoints object of each Service with a selector equal to its pods, beside the slices, for those who still
// read it; written only when something in it changes. The annotation with the time of the change that led to it is not made.
// Source: behaviour of kube-controller-manager 1.36; recordings (14-quota-namespace-gc) for the Event of a failed creation.
import { ApiError } from "../apiserver/client.ts";
import type { SharedInformer } from "../apiserver/shared-informer.ts";
import { ask, type Steps } from "../engine/steps.ts";
import type { Endpoints, Service } from "../model/objects.ts";
import { samePodForSlices } from "./endpoint-slice/endpoints.ts";
import { ServiceMembers } from "./endpoint-slice/service-members.ts";
import { selectorOf } from "./endpoint-slice/slices.ts";
import { endpointsFor, NAME, sameEndpoints } from "./endpoints/object.ts";
import { subsetsOf } from "./endpoints/subsets.ts";
import { type Controller, type ControllerContext, type SyncResult, syncQueue } from "./framework/controller.ts";
import { isNamespaceTerminating } from "./framework/pod-control.ts";
import type { WorkQueue } from "./framework/work-queue.ts";

/** What leader elections of old kept in Endpoints of no Service. */
export const LEADER = "control-plane.alpha.kubernetes.io/leader";
/** A key that failed so often is dropped, until something changes. */
const MAX_RETRIES = 15;

export const endpointsController: Controller = {
  name: "endpoints-controller",
  eventSource: NAME,
  watches: ["services", "pods", "endpoints"],
  start: (context) => new EndpointsController(context).start(),
};

class EndpointsController {
  private readonly context: ControllerContext;
  private readonly queue: WorkQueue;
  private readonly services: SharedInformer<"services">;
  private readonly endpoints: SharedInformer<"endpoints">;
  private readonly members: ServiceMembers;
  // the version that was replaced: while the informer still shows it, it is old
  private readonly replaced = new Map<string, string>();
  private readonly failures = new Map<string, number>();

  constructor(context: ControllerContext) {
    this.context = context;
    this.queue = syncQueue(context, context.flags.concurrentEndpointSyncs, (key) => this.attempt(key));
    this.services = context.informers.of("services");
    this.endpoints = context.informers.of("endpoints");
    const byNamespace = context.informers.of("pods").index("namespace", (pod) => [pod.metadata.namespace ?? "default"]);
    this.members = new ServiceMembers((namespace) => byNamespace.get(namespace));
  }

  start(): void {
    const changed = (service: Service, key: string) => {
      this.members.setService(key, service.metadata.namespace ?? "default", selectorOf(service));
      this.queue.add(key);
    };
    this.services.listen({
      added: changed,
      updated: (_before, service, key) => changed(service, key),
      deleted: (_last, key) => {
        this.members.remove(key);
        this.queue.add(key);
      },
    });
    const enqueue = (keys: readonly string[]) => {
      for (const key of keys) this.queue.add(key);
    };
    this.context.informers.of("pods").listen({
      added: (pod, key) => enqueue(this.members.put(pod, key)),
      updated: (before, pod, key) => {
        const concerned = this.members.put(pod, key);
        if (!samePodForSlices(before, pod)) enqueue(concerned);
      },
      deleted: (_last, key) => enqueue(this.members.drop(key)),
    });
    this.endpoints.listen({
      added: () => undefined,
      updated: () => undefined,
      deleted: (_last, key) => this.queue.add(key),
    });
    // what was left behind while nobody looked goes
    for (const [key, { metadata }] of this.endpoints.cache)
      if (metadata.annotations?.[LEADER] === undefined) this.queue.add(key);
    this.queue.start();
  }

  private *attempt(key: string): Steps<SyncResult> {
    const result = yield* this.sync(key);
    if (result === undefined || !("error" in result)) {
      this.failures.delete(key);
      return result;
    }
    const failures = (this.failures.get(key) ?? 0) + 1;
    if (failures <= MAX_RETRIES) {
      this.failures.set(key, failures);
      return result;
    }
    this.failures.delete(key);
    return undefined;
  }

  private *sync(key: string): Steps<SyncResult> {
    const { client } = this.context;
    const service = this.services.cache.get(key);
    if (service === undefined) {
      this.replaced.delete(key);
      const answer = yield* ask<null | ApiError>((done) => client.delete("endpoints", key, {}, done));
      return answer instanceof ApiError && answer.reason !== "NotFound" ? { error: answer.message } : undefined;
    }
    if (selectorOf(service) === null) return undefined;
    const subsets = subsetsOf(service, this.members.podsOf(key));
    const known = this.endpoints.cache.get(key);
    if (known !== undefined && this.replaced.get(key) === known.metadata.resourceVersion)
      return { error: "endpoints informer cache is out of date" };
    this.replaced.delete(key);
    const wanted = endpointsFor(service, known, subsets);
    if (known === undefined) {
      const answer = yield* ask<Endpoints | ApiError>((done) => client.create("endpoints", wanted, done));
      if (!(answer instanceof ApiError) || isNamespaceTerminating(answer)) return undefined;
      return this.failed("FailedToCreateEndpoint", `Failed to create endpoint for service ${key}`, wanted, answer);
    }
    if (sameEndpoints(known, wanted)) return undefined;
    const answer = yield* ask<Endpoints | ApiError>((done) => client.update("endpoints", wanted, done));
    if (answer instanceof ApiError)
      return this.failed("FailedToUpdateEndpoint", `Failed to update endpoint ${key}`, wanted, answer);
    const before = known.metadata.resourceVersion ?? "";
    // the watch can be faster than the answer
    if (this.endpoints.cache.get(key)?.metadata.resourceVersion === before) this.replaced.set(key, before);
    return undefined;
  }

  private failed(reason: string, what: string, { metadata }: Endpoints, error: ApiError): SyncResult {
    // what is to be created has no namespace yet where the Event is made of it, so that its Events are in `default`
    const { namespace, ...nameOnly } = metadata;
    const about = metadata.resourceVersion === undefined ? nameOnly : { ...nameOnly, namespace };
    this.context.events.event(
      { apiVersion: "v1", kind: "Endpoints", metadata: about },
      "Warning",
      reason,
      `${what}: ${error.message}`,
    );
    return { error: error.message };
  }
}
