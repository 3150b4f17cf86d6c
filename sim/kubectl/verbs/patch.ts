// patch: kubectl patch --type=merge.
import { ApiError, type ApiObject } from "../../apiserver/client.ts";
import { resourceText } from "../command.ts";
import { mergePatch } from "../merge.ts";
import { verb } from "../verb.ts";

export const patch = verb({
  name: "patch",
  doc: "Changes fields of an object by a JSON merge patch: mappings merge, null removes, lists are replaced.",
  example: "{ at: 5m, patch: { object: hpa/web, patch: { spec: { maxReplicas: 50 } } } }",
  parameters: {
    object: { type: "objects", required: true, kinds: [], doc: "One object or a list." },
    patch: { type: "mapping", required: true, doc: "What changes." },
    subresource: { type: "choice", words: ["status"], doc: "Changes the status in place of the rest." },
  },
  *run(command, { object, patch: changes, subresource }) {
    for (const name of object) {
      let isChanged = false;
      const change = (before: ApiObject) => {
        const after = mergePatch(before, changes) as ApiObject;
        isChanged = after !== before;
        return after;
      };
      const answer =
        subresource === "status"
          ? yield* command.patchStatus(name.list, name.key, change)
          : yield* command.patch(name.list, name.key, change);
      if (answer instanceof ApiError) command.refused(answer);
      else command.print(`${resourceText(name)} patched${isChanged ? "" : " (no change)"}`);
    }
  },
});
