// service-controller of the cloud controller manager: gives each Service of type LoadBalancer an address, after the time that the
// provider takes, and takes it back when the Service goes. Failures come again after 5 s, 10 s … 300 s.
// Not modelled: which nodes the balancer sends to. Source: behaviour of cloud-provider's service controller 1.36.
import { ApiError } from "../apiserver/client.ts";
import { ask, runSteps, type Steps } from "../engine/steps.ts";
import { SECOND } from "../engine/tick.ts";
import type { Service } from "../model/objects.ts";
import type { CloudContext } from "./context.ts";

const FINALIZER = "service.kubernetes.io/load-balancer-cleanup";
const MIN_RETRY_MICROS = 5 * SECOND;
const MAX_RETRY_MICROS = 300 * SECOND;

export function startServiceLoadBalancers(context: CloudContext): void {
  const { informers, life } = context;
  const services = informers.of("services");
  const working = new Set<string>();
  const retries = new Map<string, number>();
  let addresses = 0;

  const look = (service: Service, key: string) => {
    if (!isWanted(service) && !hasFinalizer(service)) return;
    if (working.has(key) || isDone(service)) return;
    working.add(key);
    runSteps(sync(key), (isOk) => {
      working.delete(key);
      if (isOk) {
        retries.delete(key);
        const latest = services.cache.get(key);
        if (latest !== undefined && latest !== service) look(latest, key);
        return;
      }
      const pauseMicros = Math.min(retries.get(key) ?? MIN_RETRY_MICROS, MAX_RETRY_MICROS);
      retries.set(key, pauseMicros * 2);
      life.after(pauseMicros, () => {
        const latest = services.cache.get(key);
        if (latest !== undefined) look(latest, key);
      });
    });
  };

  function* sync(key: string): Steps<boolean> {
    const { api, client, events, plan } = context;
    const service = services.cache.get(key);
    if (service === undefined) return true;
    const involved = { apiVersion: "v1", kind: "Service", metadata: service.metadata };
    if (!isWanted(service)) {
      events.event(involved, "Normal", "DeletingLoadBalancer", "Deleting load balancer");
      const error = yield* ask<string | null>((done) => api.call(null, context.stream(`balancer/${key}`), done));
      if (error !== null) {
        const message = `Error deleting load balancer: ${error}`;
        events.event(involved, "Warning", "SyncLoadBalancerFailed", message);
        return false;
      }
      events.event(involved, "Normal", "DeletedLoadBalancer", "Deleted load balancer");
      return yield* patch(client, key, withoutFinalizer);
    }
    if (!hasFinalizer(service) && !(yield* patch(client, key, withFinalizer))) return false;
    events.event(involved, "Normal", "EnsuringLoadBalancer", "Ensuring load balancer");
    const error = yield* ask<string | null>((done) =>
      api.call(plan.loadBalancerMicros, context.stream(`balancer/${key}`), done),
    );
    if (error !== null) {
      const message = `Error syncing load balancer: failed to ensure load balancer: ${error}`;
      events.event(involved, "Warning", "SyncLoadBalancerFailed", message);
      return false;
    }
    const number = addresses++;
    const ip = `203.0.${113 + Math.floor(number / 254)}.${(number % 254) + 1}`;
    const status = { loadBalancer: { ingress: [{ ip }] } };
    const answer = yield* ask<Service | ApiError>((done) =>
      client.patchStatus("services", key, (now) => ({ ...now, status: { ...now.status, ...status } }), done),
    );
    if (answer instanceof ApiError && answer.reason !== "NotFound") return false;
    events.event(involved, "Normal", "EnsuredLoadBalancer", "Ensured load balancer");
    return true;
  }

  services.listen({ added: look, updated: (_before, service, key) => look(service, key) });
}

function* patch(client: CloudContext["client"], key: string, change: (service: Service) => Service): Steps<boolean> {
  const answer = yield* ask<Service | ApiError>((done) => client.patch("services", key, change, done));
  return !(answer instanceof ApiError) || answer.reason === "NotFound";
}

function isWanted({ metadata, spec }: Service): boolean {
  return metadata.deletionTimestamp == null && spec?.type === "LoadBalancer" && spec.loadBalancerClass == null;
}

function isDone(service: Service): boolean {
  return isWanted(service) && hasFinalizer(service) && (service.status?.loadBalancer?.ingress?.length ?? 0) > 0;
}

function hasFinalizer({ metadata }: Service): boolean {
  return metadata.finalizers?.includes(FINALIZER) ?? false;
}

function withFinalizer(service: Service): Service {
  if (hasFinalizer(service)) return service;
  const finalizers = [...(service.metadata.finalizers ?? []), FINALIZER];
  return { ...service, metadata: { ...service.metadata, finalizers } };
}

function withoutFinalizer(service: Service): Service {
  const finalizers = (service.metadata.finalizers ?? []).filter((name) => name !== FINALIZER);
  return { ...service, metadata: { ...service.metadata, finalizers } };
}
