// What an autoscaler scales: the workload of its reference, its number of replicas, and its pods.
import { ApiError, type ApiKind, type Client } from "../../apiserver/client.ts";
import type { SharedInformers } from "../../apiserver/shared-informer.ts";
import { ask, type Steps } from "../../engine/steps.ts";
import type { HorizontalPodAutoscaler, Pod, Workload } from "../../model/objects.ts";
import { OwnedObjects } from "../framework/controller-ref.ts";

const SCALABLE = {
  Deployment: "deployments",
  ReplicaSet: "replicaSets",
  StatefulSet: "statefulSets",
  ReplicationController: "replicationControllers",
} as const satisfies Readonly<Record<string, ApiKind>>;

export interface ScaleTarget {
  readonly kind: ApiKind;
  readonly object: Workload;
  readonly replicas: number;
  /** As its status says. */
  readonly statusReplicas: number;
}

export class ScaleTargets {
  private readonly client: Client;
  private readonly sets: OwnedObjects<"replicaSets">;
  private readonly pods: OwnedObjects<"pods">;

  constructor(client: Client, informers: SharedInformers) {
    this.client = client;
    this.sets = new OwnedObjects(informers.of("replicaSets"));
    this.pods = new OwnedObjects(informers.of("pods"));
  }

  *get({ metadata, spec }: HorizontalPodAutoscaler): Steps<ScaleTarget | ApiError> {
    const { apiVersion = "", kind = "", name = "" } = spec?.scaleTargetRef ?? {};
    const list = SCALABLE[kind as keyof typeof SCALABLE];
    if (list === undefined) {
      const group = apiVersion.includes("/") ? apiVersion.slice(0, apiVersion.indexOf("/")) : "";
      return new ApiError("NotFound", `no matches for kind "${kind}" in group "${group}"`);
    }
    const key = `${metadata.namespace ?? "default"}/${name}`;
    const object = yield* ask<Workload | ApiError>((done) =>
      this.client.get(list, key, (answer) => done(answer as Workload | ApiError)),
    );
    if (object instanceof ApiError) return object;
    const { status } = object as Workload & { readonly status?: { readonly replicas?: number } };
    return { kind: list, object, replicas: object.spec?.replicas ?? 1, statusReplicas: status?.replicas ?? 0 };
  }

  /** As the scale subresource does it: refused when the object has changed since it was read. */
  *scale({ kind, object }: ScaleTarget, replicas: number): Steps<ApiError | null> {
    const scaled = { ...object, spec: { ...object.spec, replicas } };
    const answer = yield* ask<unknown>((done) => this.client.update(kind, scaled as never, done));
    return answer instanceof ApiError ? answer : null;
  }

  /** By ownership, which for any sane workload is the same as by its selector. */
  podsOf({ kind, object }: ScaleTarget): readonly Pod[] {
    if (kind !== "deployments") return this.pods.of(object);
    return this.sets.of(object).flatMap((set) => this.pods.of(set));
  }
}
