// delete: kubectl delete. Like kubectl it waits until the objects are gone, unless it is told not to.
import { ApiError, type DeleteOptions } from "../../apiserver/client.ts";
import type { Steps } from "../../engine/steps.ts";
import { SECOND } from "../../engine/tick.ts";
import { kindOfList } from "../../model/kinds.ts";
import type { ObjectName } from "../../model/resource-names.ts";
import { type Command, nameIn } from "../command.ts";
import { verb } from "../verb.ts";

const CASCADES = { background: "Background", foreground: "Foreground", orphan: "Orphan" } as const;
/** kubectl watches; looking as often as this is as good for what follows. */
const LOOK_MICROS = SECOND / 10;

export const deleteVerb = verb({
  name: "delete",
  doc: "Deletes objects by name, or all of a kind with these labels, and waits until they are gone.",
  example: "{ at: 5m, delete: { object: deployment/web, cascade: foreground } }",
  parameters: {
    object: { type: "objects", kinds: [], doc: "One object or a list." },
    kind: { type: "kind", doc: "All objects of a kind, restricted by selector and namespace." },
    selector: { type: "selector", doc: "kind: only those with these labels." },
    namespace: { type: "text", default: "default", doc: "kind: only in this namespace." },
    cascade: {
      type: "choice",
      words: ["background", "foreground", "orphan"],
      default: "background",
      doc: "What becomes of dependents.",
    },
    gracePeriod: { type: "duration", doc: "For pods to stop, in place of their own; 0s needs force." },
    force: { type: "flag", default: false, doc: "Removes pods from the API at once, whatever their nodes do." },
    ignoreNotFound: { type: "flag", default: false, doc: "What is not there is no error." },
    wait: { type: "flag", default: true, doc: "It ends when the objects are gone." },
  },
  oneOf: [["object", "kind"]],
  search: { on: "object", of: "pods", prefix: "pod/", says: { ignoreNotFound: true }, tries: { force: [true] } },
  *run(command, { cascade, force, gracePeriod, ignoreNotFound, kind, namespace, object, selector, wait }) {
    if (force)
      command.print(
        "Warning: Immediate deletion does not wait for confirmation that the running resource has been terminated. The resource may continue to run on the cluster indefinitely.",
      );
    const names = kind === undefined ? (object ?? []) : yield* command.select(kind, namespace, selector);
    const seconds = gracePeriod === undefined ? undefined : Math.round(gracePeriod / SECOND);
    const grace = force ? 0 : seconds === 0 ? 1 : seconds;
    const options: DeleteOptions = {
      propagationPolicy: CASCADES[cascade as keyof typeof CASCADES],
      ...(grace === undefined ? {} : { gracePeriodSeconds: grace }),
    };
    const waiting: { readonly name: ObjectName; readonly uid: string | undefined }[] = [];
    for (const name of names) {
      const stored = wait ? yield* command.get(name.list, name.key) : null;
      const answer = yield* command.delete(name.list, name.key, options);
      if (answer instanceof ApiError) {
        if (answer.reason !== "NotFound" || !ignoreNotFound) command.refused(answer);
        continue;
      }
      command.print(`${kindText(name)} "${nameIn(name.key)}" ${force ? "force deleted" : "deleted"}`);
      if (wait && stored !== null && !(stored instanceof ApiError)) waiting.push({ name, uid: stored.metadata.uid });
    }
    for (const { name, uid } of waiting) yield* untilGone(command, name, uid);
  },
});

function* untilGone(command: Command, { key, list }: ObjectName, uid: string | undefined): Steps {
  for (;;) {
    const found = yield* command.get(list, key);
    if (found instanceof ApiError ? found.reason === "NotFound" : found.metadata.uid !== uid) return;
    if (found instanceof ApiError && !found.isTransient) return command.refused(found);
    yield* command.wait(LOOK_MICROS);
  }
}

function kindText({ list }: ObjectName): string {
  const { groups, kind } = kindOfList(list);
  return groups[0] ? `${kind.toLowerCase()}.${groups[0]}` : kind.toLowerCase();
}
