// Two things that every namespace has: the ServiceAccount "default", and the ConfigMap with the cluster's root certificate. Both come back
// when they are deleted. Source: behaviour of kube-controller-manager's service account and root CA publisher controllers (1.36).
import { ApiError, type ApiKind, type ApiObject } from "../apiserver/client.ts";
import { ask } from "../engine/steps.ts";
import {
  defaultServiceAccount,
  ROOT_CA_NAME,
  rootCaConfigMap,
  SERVICE_ACCOUNT_NAME,
} from "../model/namespace-defaults.ts";
import type { Namespace } from "../model/objects.ts";
import { type Controller, type ControllerContext, syncQueue } from "./framework/controller.ts";

const ROOT_CA_WORKERS = 1;

export const serviceAccountController: Controller = {
  name: "serviceaccount-controller",
  watches: ["namespaces", "serviceAccounts"],
  start(context) {
    keepInEachNamespace(context, "serviceAccounts", SERVICE_ACCOUNT_NAME, 1, defaultServiceAccount);
  },
};

export const rootCaPublisherController: Controller = {
  name: "root-ca-certificate-publisher-controller",
  watches: ["namespaces", "configMaps"],
  start(context) {
    keepInEachNamespace(context, "configMaps", ROOT_CA_NAME, ROOT_CA_WORKERS, rootCaConfigMap);
  },
};

function keepInEachNamespace<K extends ApiKind>(
  context: ControllerContext,
  kind: K,
  name: string,
  workers: number,
  make: (namespace: string) => ApiObject<K>,
): void {
  const { client, informers } = context;
  const namespaces = informers.of("namespaces");
  const objects = informers.of(kind);
  const queue = syncQueue(context, workers, function* (namespace) {
    const found = namespaces.cache.get(namespace);
    if (found?.status?.phase !== "Active" && found?.status?.phase !== undefined) return undefined;
    if (found === undefined || found.metadata.deletionTimestamp != null) return undefined;
    if (objects.cache.has(`${namespace}/${name}`)) return undefined;
    const answer = yield* ask<unknown>((done) => client.create(kind, make(namespace), done));
    if (!(answer instanceof ApiError) || answer.reason === "AlreadyExists") return undefined;
    // a namespace that goes away needs nothing
    if (answer.reason === "NotFound" || answer.message.includes("it is being terminated")) return undefined;
    return { error: answer.message };
  });
  const seen = (namespace: Namespace) => queue.add(namespace.metadata.name);
  namespaces.listen({ added: seen, updated: (_before, after) => seen(after) });
  objects.listen({
    deleted: (last) => {
      if (last.metadata.name === name) queue.add(last.metadata.namespace ?? "default");
    },
  });
  queue.start();
}
