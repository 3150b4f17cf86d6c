// apply: kubectl apply -f. Creates what is not there; what is there gets a three-way merge of what was applied last, what is applied now and
// what is stored, so that fields of others (a replica count of an autoscaler) stay.
import { ApiError, type ApiKind, type ApiObject } from "../../apiserver/client.ts";
import type { Steps } from "../../engine/steps.ts";
import type { ManifestObject } from "../../model/action-plan.ts";
import { type Command, keyOfObject, resourceText } from "../command.ts";
import { threeWayMerge } from "../merge.ts";
import { verb } from "../verb.ts";

export const apply = verb({
  name: "apply",
  doc: "Creates objects, or changes those that are there to what the manifests say; what others have set stays.",
  example: "{ at: 5m, apply: { file: ./web-v2.yaml } }",
  parameters: {
    file: { type: "manifestFiles", doc: "Files, folders or patterns, relative to the scenario." },
    objects: { type: "manifests", doc: "Objects that are written out." },
  },
  oneOf: [["file", "objects"]],
  *run(command, { file = [], objects = [] }) {
    for (const manifest of [...file, ...objects]) yield* applyOne(command, manifest);
  },
});

function* applyOne(command: Command, { lastApplied, list, object }: ManifestObject): Steps {
  const key = keyOfObject(list, object);
  const name = resourceText({ list, key });
  const stored = yield* command.get(list, key);
  if (stored instanceof ApiError) {
    if (stored.reason !== "NotFound") return command.refused(stored);
    const answer = yield* command.create(list, object as ApiObject);
    return answer instanceof ApiError ? command.refused(answer) : command.print(`${name} created`);
  }
  const merged = (before: ApiObject<ApiKind>) => merge(before, object, lastApplied);
  if (merged(stored) === stored) return command.print(`${name} unchanged`);
  const answer = yield* command.patch(list, key, merged);
  if (answer instanceof ApiError) command.refused(answer);
  else command.print(`${name} configured`);
}

// what belongs to the server is no part of a manifest
function merge(before: ApiObject, wanted: object, lastApplied: object | null): ApiObject {
  return threeWayMerge(withoutServerFields(lastApplied ?? {}), withoutServerFields(wanted), before) as ApiObject;
}

function withoutServerFields(object: object): object {
  const { status: _, metadata = {}, ...rest } = object as { status?: unknown; metadata?: Record<string, unknown> };
  const { uid, resourceVersion, generation, creationTimestamp, deletionTimestamp, ...own } = metadata;
  void [uid, resourceVersion, generation, creationTimestamp, deletionTimestamp];
  return { ...rest, metadata: own };
}
