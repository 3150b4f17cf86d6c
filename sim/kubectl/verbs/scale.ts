// scale: kubectl scale --replicas.
import { ApiError } from "../../apiserver/client.ts";
import { resourceText } from "../command.ts";
import { verb } from "../verb.ts";

export const scale = verb({
  name: "scale",
  doc: "Sets how many replicas a workload wants.",
  example: "{ at: 5m, scale: { object: deployment/web, replicas: 10 } }",
  parameters: {
    object: {
      type: "objects",
      required: true,
      kinds: ["deployments", "statefulSets", "replicaSets", "replicationControllers"],
      doc: "One workload or a list.",
    },
    replicas: { type: "count", min: 0, max: 1_000_000, required: true, doc: "How many." },
    currentReplicas: { type: "count", min: 0, max: 1_000_000, doc: "Only when it wants so many now." },
  },
  search: {
    on: "object",
    of: ["deployment", "statefulset"],
    replicas: { parameter: "replicas", factors: [0.5, 2, 3] },
  },
  *run(command, { currentReplicas, object, replicas }) {
    for (const name of object) {
      if (currentReplicas !== undefined) {
        const stored = yield* command.get(name.list as "deployments", name.key);
        if (stored instanceof ApiError) {
          command.refused(stored);
          continue;
        }
        const now = stored.spec?.replicas ?? 1;
        if (now !== currentReplicas) {
          command.fail(`error: Expected replicas to be ${currentReplicas}, was ${now}`);
          continue;
        }
      }
      const answer = yield* command.patch(name.list as "deployments", name.key, (before) =>
        before.spec?.replicas === replicas ? before : { ...before, spec: { ...before.spec!, replicas } },
      );
      if (answer instanceof ApiError) command.refused(answer);
      else command.print(`${resourceText(name)} scaled`);
    }
  },
});
