// What `kubectl describe` prints: sections of each kind, then the Events of the object. Several objects stand two lines apart.
import type { KubernetesObject } from "../../model/objects.ts";
import { completed } from "../complete.ts";
import { asServed, type GetAnswer, notFound, select } from "../get.ts";
import type { ListName, ResourceName } from "../resource-names.ts";
import type { ObjectFilter } from "../selection.ts";
import { describeNamespace, describeNode } from "./node.ts";
import { describeAny, describeAutoscaler, describeBudget, describeService } from "./others.ts";
import { describePod } from "./pod.ts";
import { type Describer, type DescribeScene, describeEvents } from "./scene.ts";
import {
  describeDaemonSet,
  describeDeployment,
  describeJob,
  describeReplicaSet,
  describeStatefulSet,
} from "./workloads.ts";
import { DescribeWriter } from "./writer.ts";

const DESCRIBERS: Partial<Record<ListName, Describer<never>>> = {
  pods: describePod,
  nodes: describeNode,
  namespaces: describeNamespace,
  deployments: describeDeployment,
  replicaSets: describeReplicaSet,
  statefulSets: describeStatefulSet,
  daemonSets: describeDaemonSet,
  jobs: describeJob,
  services: describeService,
  podDisruptionBudgets: describeBudget,
  horizontalPodAutoscalers: describeAutoscaler,
};

/** Kinds of which kubectl shows no Events. */
const WITHOUT_EVENTS: ReadonlySet<ListName> = new Set<ListName>(["namespaces", "events", "configMaps", "secrets"]);

export interface DescribeRequest {
  readonly resources: readonly ResourceName[];
  /** Names, or beginnings of names where no object has exactly this one. Empty = all. */
  readonly names: readonly string[];
  readonly namespace: string | null;
  readonly filters: readonly ObjectFilter[];
}

export function describeObjects(request: DescribeRequest, scene: DescribeScene): GetAnswer {
  const texts: string[] = [];
  const errors: string[] = [];
  for (const resource of request.resources) {
    const all = select(scene.list, resource, request);
    if (request.names.length === 0) texts.push(...all.map((object) => describeObject(resource, object, scene)));
    for (const name of request.names) {
      const exact = all.filter((object) => object.metadata.name === name);
      const found = exact.length > 0 ? exact : all.filter((object) => object.metadata.name.startsWith(name));
      if (found.length === 0) errors.push(notFound(resource, name));
      texts.push(...found.map((object) => describeObject(resource, object, scene)));
    }
  }
  if (texts.length === 0 && errors.length === 0) {
    const isScoped = request.resources.some((resource) => resource.namespaced);
    const where = request.namespace === null || !isScoped ? "" : ` in ${request.namespace} namespace.`;
    errors.push(`No resources found${where}`);
    return { out: "", err: `${errors[0]}\n`, isOk: true };
  }
  return { out: texts.join("\n\n"), err: errors.map((text) => `${text}\n`).join(""), isOk: errors.length === 0 };
}

export function describeObject(resource: ResourceName, object: KubernetesObject, scene: DescribeScene): string {
  const out = new DescribeWriter();
  const describer = (DESCRIBERS[resource.list] ?? describeAny) as Describer<KubernetesObject>;
  describer(completed(asServed(resource, object)), scene, out);
  if (!WITHOUT_EVENTS.has(resource.list)) describeEvents(object, resource.kind, scene, out);
  return out.toString();
}
