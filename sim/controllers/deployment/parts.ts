// What all syncs of the Deployment controller share: its informers' indexes, and what was worked out of templates and selectors.
import type { Deployment, Pod, ReplicaSet } from "../../model/objects.ts";
import type { LabelMatcher } from "../../model/selectors.ts";
import { TemplateHashes } from "../../model/template-hash.ts";
import type { ControllerContext } from "../framework/controller.ts";
import { OwnedObjects } from "../framework/controller-ref.ts";
import { Matchers } from "../framework/matchers.ts";

export const DEPLOYMENT_KIND = { apiVersion: "apps/v1", kind: "Deployment" } as const;

export class DeploymentParts {
  readonly context: ControllerContext;
  readonly hashes = new TemplateHashes();
  private readonly sets: OwnedObjects<"replicaSets">;
  private readonly pods: OwnedObjects<"pods">;
  private readonly matchers = new Matchers();

  constructor(context: ControllerContext) {
    this.context = context;
    this.sets = new OwnedObjects(context.informers.of("replicaSets"));
    this.pods = new OwnedObjects(context.informers.of("pods"));
  }

  setsOf(deployment: Deployment): readonly ReplicaSet[] {
    return this.sets.of(deployment);
  }

  orphanSets(namespace: string): readonly ReplicaSet[] {
    return this.sets.orphans(namespace);
  }

  podsOf(set: ReplicaSet): readonly Pod[] {
    return this.pods.of(set);
  }

  matcherOf(deployment: Deployment): LabelMatcher {
    return this.matchers.of(deployment.spec?.selector);
  }
}
