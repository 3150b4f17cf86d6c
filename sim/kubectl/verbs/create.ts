// create: kubectl create -f. An object that is there already is an error.
import { ApiError, type ApiObject } from "../../apiserver/client.ts";
import { keyOfObject, resourceText } from "../command.ts";
import { verb } from "../verb.ts";

export const create = verb({
  name: "create",
  doc: "Creates objects; one that is there already is an error.",
  example: "{ at: 5m, create: { file: ./job.yaml } }",
  parameters: {
    file: { type: "manifestFiles", doc: "Files, folders or patterns, relative to the scenario." },
    objects: { type: "manifests", doc: "Objects that are written out." },
  },
  oneOf: [["file", "objects"]],
  *run(command, { file = [], objects = [] }) {
    for (const { list, object } of [...file, ...objects]) {
      const answer = yield* command.create(list, object as ApiObject);
      if (answer instanceof ApiError) command.refused(answer);
      else command.print(`${resourceText({ list, key: keyOfObject(list, answer) })} created`);
    }
  },
});
