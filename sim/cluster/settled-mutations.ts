// Pods of a cluster that has been running for long went through its mutating webhooks when they were made: sidecars are in them.

import { Mutations } from "../apiserver/admission/webhook-mutations.ts";
import { compileWebhooks, isAskedAbout, isCoveredBy } from "../apiserver/admission/webhook-rules.ts";
import { ApiError } from "../apiserver/client.ts";
import type { ClusterObjects, Pod } from "../model/objects.ts";

/** The pods as webhooks have left them. @param given those that stay as they are */
export function withPodMutations(objects: ClusterObjects, given: ReadonlySet<Pod>): ClusterObjects {
  const webhooks = compileWebhooks(objects.mutatingWebhookConfigurations, []).filter(({ patch }) => patch !== null);
  if (webhooks.length === 0) return objects;
  const namespaces = new Map(objects.namespaces.map((namespace) => [namespace.metadata.name, namespace]));
  const find = (name: string) => namespaces.get(name);
  const pods = objects.pods.map((pod) => {
    if (given.has(pod)) return pod;
    const { name, namespace = "default" } = pod.metadata;
    const attributes = { operation: "CREATE", kind: "pods", subresource: "", namespace, name } as const;
    const covering = webhooks.filter((webhook) => isCoveredBy(webhook, attributes));
    const mutations = new Mutations("pods", covering, null, (_kind, object) => object);
    let current = pod;
    for (let round = 0; round < 2; round++) {
      for (const webhook of covering) {
        if (!mutations.isDue(webhook) || !isAskedAbout(webhook, attributes, current, null, find)) continue;
        const after = mutations.asked(webhook, current);
        // such a pod was refused: the run will show it with the next one
        if (!(after instanceof ApiError)) current = after as Pod;
      }
      mutations.again(false);
    }
    return current;
  });
  return { ...objects, pods };
}
