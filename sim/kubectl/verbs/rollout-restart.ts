// rolloutRestart: kubectl rollout restart, which changes an annotation of the pod template and leaves the rest to the controllers.
import { ApiError } from "../../apiserver/client.ts";
import { timestampAt } from "../../model/timestamp.ts";
import { resourceText } from "../command.ts";
import { REVISED, templateOf, withTemplate } from "../pod-template.ts";
import { verb } from "../verb.ts";

const RESTARTED_AT = "kubectl.kubernetes.io/restartedAt";

export const rolloutRestart = verb({
  name: "rolloutRestart",
  doc: "Replaces all pods of a workload by its update strategy.",
  example: "{ at: 5m, rolloutRestart: { object: deployment/web } }",
  parameters: { object: { type: "objects", required: true, kinds: REVISED, doc: "One workload or a list." } },
  search: { on: "object", of: ["deployment", "statefulset", "daemonset"] },
  *run(command, { object }) {
    for (const name of object) {
      const stored = yield* command.get(name.list as "deployments", name.key);
      if (stored instanceof ApiError) {
        command.refused(stored);
        continue;
      }
      if (stored.spec?.paused === true) {
        command.fail(`error: ${resourceText(name)} can't restart paused deployment (run rollout resume first)`);
        continue;
      }
      const restartedAt = timestampAt(command.engine.now);
      const answer = yield* command.patch(name.list as "deployments", name.key, (before) => {
        const template = templateOf(before)!;
        const annotations = { ...template.metadata?.annotations, [RESTARTED_AT]: restartedAt };
        return withTemplate(before, { ...template, metadata: { ...template.metadata, annotations } });
      });
      if (answer instanceof ApiError) command.refused(answer);
      else command.print(`${resourceText(name)} restarted`);
    }
  },
});
