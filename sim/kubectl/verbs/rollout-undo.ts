// rolloutUndo: kubectl rollout undo. The template of an older revision becomes the template again: of a Deployment from its ReplicaSets,
// of others from their ControllerRevisions.
import { ApiError, type ApiKind, type ApiObject } from "../../apiserver/client.ts";
import type { Steps } from "../../engine/steps.ts";
import type { KubernetesObject, PodTemplateSpec } from "../../model/objects.ts";
import { type ObjectName, wordOf } from "../../model/resource-names.ts";
import { type Command, nameIn, resourceText } from "../command.ts";
import { isSame } from "../merge.ts";
import { REVISED, templateOf, withTemplate } from "../pod-template.ts";
import { verb } from "../verb.ts";

const REVISION = "deployment.kubernetes.io/revision";
const HASH_LABEL = "pod-template-hash";

interface Revision {
  readonly number: number;
  readonly template: PodTemplateSpec;
}

export const rolloutUndo = verb({
  name: "rolloutUndo",
  doc: "Goes back to the revision before the present one, or to a given one.",
  example: "{ at: 5m, rolloutUndo: { object: deployment/web } }",
  parameters: {
    object: { type: "objects", required: true, kinds: REVISED, doc: "One workload or a list." },
    toRevision: { type: "count", min: 0, max: 1_000_000, default: 0, doc: "The revision; 0 = the one before." },
  },
  *run(command, { object, toRevision }) {
    for (const name of object) yield* undoOne(command, name, toRevision);
  },
});

function* undoOne(command: Command, name: ObjectName, toRevision: number): Steps {
  const stored = yield* command.get(name.list, name.key);
  if (stored instanceof ApiError) return command.refused(stored);
  if ((stored as ApiObject<"deployments">).spec?.paused === true)
    return command.fail(
      `error: you cannot rollback a paused deployment; resume it first with 'kubectl rollout resume' and try again`,
    );
  const found = yield* revisions(command, name, stored);
  if (found === null) return;
  const wanted = toRevision === 0 ? found.at(-2) : found.find(({ number }) => number === toRevision);
  if (wanted === undefined)
    return command.fail(
      toRevision === 0
        ? `error: no rollout history found for ${wordOf(name.list)} "${nameIn(name.key)}"`
        : `error: unable to find specified revision ${toRevision} in history`,
    );
  const { template } = wanted;
  if (isSame(templateOf(stored), template))
    return command.print(
      `${resourceText(name)} skipped rollback (current template already matches revision ${wanted.number})`,
    );
  const answer = yield* command.patch(name.list as ApiKind, name.key, (before) => withTemplate(before, template));
  if (answer instanceof ApiError) command.refused(answer);
  else command.print(`${resourceText(name)} rolled back`);
}

/** Oldest first; null when they could not be read. */
function* revisions(
  command: Command,
  { list }: ObjectName,
  owner: KubernetesObject,
): Steps<readonly Revision[] | null> {
  const namespace = owner.metadata.namespace ?? "default";
  const isDeployment = list === "deployments";
  const kept = yield* command.list(isDeployment ? "replicaSets" : "controllerRevisions", { namespace });
  if (kept instanceof ApiError) {
    command.refused(kept);
    return null;
  }
  const own = kept.filter(({ metadata }) =>
    metadata.ownerReferences?.some(({ controller, uid }) => controller === true && uid === owner.metadata.uid),
  );
  return own
    .flatMap((object) => (isDeployment ? ofReplicaSet(object) : ofControllerRevision(object)))
    .sort((a, b) => a.number - b.number);
}

function ofReplicaSet(object: KubernetesObject): readonly Revision[] {
  const template = templateOf(object);
  const number = Number(object.metadata.annotations?.[REVISION] ?? 0);
  if (template === undefined) return [];
  const { [HASH_LABEL]: _, ...labels } = template.metadata?.labels ?? {};
  return [{ number, template: { ...template, metadata: { ...template.metadata, labels } } }];
}

function ofControllerRevision(object: KubernetesObject): readonly Revision[] {
  const { data, revision } = object as ApiObject<"controllerRevisions">;
  const wrapped = data as { readonly spec?: { readonly template?: PodTemplateSpec } } | undefined;
  const template = wrapped?.spec?.template ?? (data as PodTemplateSpec | undefined);
  return template === undefined ? [] : [{ number: revision, template }];
}
