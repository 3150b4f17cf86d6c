// The Deployment controller: reacts to Deployments, their ReplicaSets and (for Recreate) the end of pods. What a sync does is in
// deployment/sync.ts. Source: behaviour of kube-controller-manager 1.36.
import { keyOf } from "../apiserver/client.ts";
import type { SharedInformer } from "../apiserver/shared-informer.ts";
import type { Steps } from "../engine/steps.ts";
import type { Deployment, KubernetesObject, Pod, ReplicaSet } from "../model/objects.ts";
import { DeploymentParts } from "./deployment/parts.ts";
import { DeploymentSync } from "./deployment/sync.ts";
import { type Controller, type ControllerContext, type SyncResult, syncQueue } from "./framework/controller.ts";
import { controllerOf } from "./framework/controller-ref.ts";
import type { WorkQueue } from "./framework/work-queue.ts";

export const deploymentController: Controller = {
  name: "deployment-controller",
  watches: ["deployments", "replicaSets", "pods"],
  start: (context) => new DeploymentController(context).start(),
};

class DeploymentController {
  private readonly context: ControllerContext;
  private readonly queue: WorkQueue;
  private readonly deployments: SharedInformer<"deployments">;
  private readonly parts: DeploymentParts;
  private readonly byNamespace;

  constructor(context: ControllerContext) {
    this.context = context;
    this.queue = syncQueue(context, context.flags.concurrentDeploymentSyncs, (key) => this.sync(key));
    this.deployments = context.informers.of("deployments");
    this.byNamespace = this.deployments.index("namespace", ({ metadata }) => [metadata.namespace ?? "default"]);
    this.parts = new DeploymentParts(context);
  }

  start(): void {
    const { informers } = this.context;
    this.deployments.listen({
      added: (_deployment, key) => this.queue.add(key),
      updated: (_before, _after, key) => this.queue.add(key),
      deleted: (_last, key) => this.queue.add(key),
    });
    informers.of("replicaSets").listen({
      added: (set) => this.setAdded(set),
      updated: (before, set) => this.setUpdated(before, set),
      deleted: (set) => this.ownerChanged(set),
    });
    informers.of("pods").listen({ deleted: (pod) => this.podDeleted(pod) });
    this.queue.start();
  }

  private setAdded(set: ReplicaSet): void {
    if (controllerOf(set) !== undefined) this.ownerChanged(set);
    else if (set.metadata.deletionTimestamp == null) this.orphanChanged(set);
  }

  private setUpdated(before: ReplicaSet, set: ReplicaSet): void {
    const former = controllerOf(before);
    const current = controllerOf(set);
    if (former !== undefined && former.uid !== current?.uid) this.ownerChanged(before);
    if (current !== undefined) this.ownerChanged(set);
    else if (former !== undefined || before.metadata.labels !== set.metadata.labels) this.orphanChanged(set);
  }

  private ownerChanged(set: ReplicaSet): void {
    const key = this.ownerOf(set);
    if (key !== undefined) this.queue.add(key);
  }

  private orphanChanged(set: ReplicaSet): void {
    for (const deployment of this.byNamespace.get(set.metadata.namespace ?? "default")) {
      const matcher = this.parts.matcherOf(deployment);
      if (!matcher.isEmpty && matcher.matches(set.metadata.labels ?? {})) {
        this.queue.add(keyOf("deployments", deployment));
      }
    }
  }

  // a Deployment that recreates waits for the last of its old pods
  private podDeleted(pod: Pod): void {
    const reference = controllerOf(pod);
    if (reference?.kind !== "ReplicaSet") return;
    const sets = this.context.informers.of("replicaSets");
    const set = sets.cache.get(`${pod.metadata.namespace ?? "default"}/${reference.name}`);
    if (set === undefined || set.metadata.uid !== reference.uid) return;
    const key = this.ownerOf(set);
    const deployment = key === undefined ? undefined : this.deployments.cache.get(key);
    if (key === undefined || deployment?.spec?.strategy?.type !== "Recreate") return;
    if (this.parts.setsOf(deployment).every((own) => this.parts.podsOf(own).length === 0)) this.queue.add(key);
  }

  private ownerOf(object: KubernetesObject): string | undefined {
    const reference = controllerOf(object);
    if (reference?.kind !== "Deployment") return undefined;
    const key = `${object.metadata.namespace ?? "default"}/${reference.name}`;
    return this.deployments.cache.get(key)?.metadata.uid === reference.uid ? key : undefined;
  }

  private *sync(key: string): Steps<SyncResult> {
    const deployment: Deployment | undefined = this.deployments.cache.get(key);
    if (deployment === undefined) return undefined;
    return yield* new DeploymentSync(this.parts, deployment).run();
  }
}
