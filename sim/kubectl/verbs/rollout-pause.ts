// rolloutPause and rolloutResume: kubectl rollout pause, resume.
import { ApiError } from "../../apiserver/client.ts";
import type { Steps } from "../../engine/steps.ts";
import type { ObjectName } from "../../model/resource-names.ts";
import { type Command, resourceText } from "../command.ts";
import { verb } from "../verb.ts";

const OBJECT = { type: "objects", required: true, kinds: ["deployments"], doc: "One Deployment or a list." } as const;

export const rolloutPause = verb({
  name: "rolloutPause",
  doc: "Holds the rollout of a Deployment: changes of its template wait until it is resumed.",
  example: "{ at: 5m, rolloutPause: { object: deployment/web } }",
  parameters: { object: OBJECT },
  *run(command, { object }) {
    for (const name of object) yield* setPaused(command, name, true);
  },
});

export const rolloutResume = verb({
  name: "rolloutResume",
  doc: "Goes on with the rollout of a paused Deployment.",
  example: "{ at: 9m, rolloutResume: { object: deployment/web } }",
  parameters: { object: OBJECT },
  *run(command, { object }) {
    for (const name of object) yield* setPaused(command, name, false);
  },
});

function* setPaused(command: Command, name: ObjectName, paused: boolean): Steps {
  const stored = yield* command.get("deployments", name.key);
  if (stored instanceof ApiError) return command.refused(stored);
  if ((stored.spec?.paused ?? false) === paused)
    return command.fail(`error: ${resourceText(name)} is ${paused ? "already paused" : "not paused"}`);
  const answer = yield* command.patch("deployments", name.key, (before) => ({
    ...before,
    spec: { ...before.spec!, paused },
  }));
  if (answer instanceof ApiError) command.refused(answer);
  else command.print(`${resourceText(name)} ${paused ? "paused" : "resumed"}`);
}
