// ControllerRevisions: the templates that a StatefulSet or DaemonSet has had, numbered. Source: behaviour of kube-controller-manager's
// controller/history. A revision holds the template itself, not a patch.
import { ApiError } from "../../apiserver/client.ts";
import { ask, type Steps } from "../../engine/steps.ts";
import type { ControllerRevision, KubernetesObject, PodTemplateSpec } from "../../model/objects.ts";
import { TemplateHashes } from "../../model/template-hash.ts";
import type { ControllerContext } from "./controller.ts";
import { type ControllerKind, controllerReference, OwnedObjects } from "./controller-ref.ts";

/** The API's limit on names, less the longest hash. */
const MAX_PREFIX_LENGTH = 223;

/** A revision and how often its name was taken by another template. */
export interface NamedRevision {
  readonly revision: ControllerRevision;
  readonly collisionCount: number;
}

export interface HistoryOptions {
  readonly controller: ControllerKind;
  /** The label that tells a revision's hash. */
  readonly hashLabel: string;
}

export class History {
  readonly hashes = new TemplateHashes();
  private readonly context: ControllerContext;
  private readonly options: HistoryOptions;
  private readonly owned: OwnedObjects<"controllerRevisions">;

  constructor(context: ControllerContext, options: HistoryOptions) {
    this.context = context;
    this.options = options;
    this.owned = new OwnedObjects(context.informers.of("controllerRevisions"));
  }

  /** Of an owner, by number. */
  of(owner: KubernetesObject): ControllerRevision[] {
    return [...this.owned.of(owner)].sort(byNumber);
  }

  /** Without an owner, in a namespace. */
  orphans(namespace: string): readonly ControllerRevision[] {
    return this.owned.orphans(namespace);
  }

  /** Makes a revision of a template; one that exists with this content counts as made. */
  *create(
    owner: KubernetesObject,
    template: PodTemplateSpec,
    number: number,
    collisions: number,
  ): Steps<NamedRevision | ApiError> {
    const { client } = this.context;
    for (let collisionCount = collisions; ; collisionCount++) {
      const hash = this.hashes.hashOf(template, collisionCount);
      const wanted = newRevision(owner, this.options, template, number, hash);
      const answer = yield* ask<ControllerRevision | ApiError>((done) =>
        client.create("controllerRevisions", wanted, done),
      );
      if (!(answer instanceof ApiError)) return { revision: answer, collisionCount };
      if (answer.reason !== "AlreadyExists") return answer;
      const key = `${wanted.metadata.namespace ?? "default"}/${wanted.metadata.name}`;
      const present = yield* ask<ControllerRevision | ApiError>((done) => client.get("controllerRevisions", key, done));
      if (present instanceof ApiError) return present;
      const other = templateOf(present);
      if (other !== undefined && this.hashes.areEqual(other, template)) return { revision: present, collisionCount };
    }
  }

  /** Gives a revision that is returned to the newest number. */
  *renumber(revision: ControllerRevision, number: number): Steps<ControllerRevision | ApiError> {
    if (revision.revision === number) return revision;
    const { client } = this.context;
    return yield* ask<ControllerRevision | ApiError>((done) =>
      client.update("controllerRevisions", { ...revision, revision: number }, done),
    );
  }

  *remove(revision: ControllerRevision): Steps<null | ApiError> {
    const { name, namespace = "default" } = revision.metadata;
    const answer = yield* ask<null | ApiError>((done) =>
      this.context.client.delete("controllerRevisions", `${namespace}/${name}`, {}, done),
    );
    return answer instanceof ApiError && answer.reason === "NotFound" ? null : answer;
  }
}

/** A revision as it is to be created. */
export function newRevision(
  owner: KubernetesObject,
  { controller, hashLabel }: HistoryOptions,
  template: PodTemplateSpec,
  number: number,
  hash: string,
): ControllerRevision {
  const { namespace } = owner.metadata;
  return {
    apiVersion: "apps/v1",
    kind: "ControllerRevision",
    metadata: {
      name: `${owner.metadata.name.slice(0, MAX_PREFIX_LENGTH)}-${hash}`,
      ...(namespace === undefined ? {} : { namespace }),
      labels: { ...template.metadata?.labels, [hashLabel]: hash },
      ownerReferences: [controllerReference(owner, controller)],
    },
    data: { spec: { template } },
    revision: number,
  };
}

/** The template that a revision holds. */
export function templateOf(revision: ControllerRevision): PodTemplateSpec | undefined {
  const data = revision.data as { readonly spec?: { readonly template?: PodTemplateSpec } } | undefined;
  return data?.spec?.template;
}

function byNumber(a: ControllerRevision, b: ControllerRevision): number {
  return a.revision - b.revision || (a.metadata.name < b.metadata.name ? -1 : 1);
}
