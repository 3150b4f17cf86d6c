// evict: one request to the eviction subresource of each pod, as tools make it; nothing is tried again.
import { ApiError } from "../../apiserver/client.ts";
import { SECOND } from "../../engine/tick.ts";
import { nameIn } from "../command.ts";
import { verb } from "../verb.ts";

export const evict = verb({
  name: "evict",
  doc: "Asks the API once to evict pods; a disruption budget can refuse it.",
  example: "{ at: 5m, evict: { pod: shop/db-0 } }",
  parameters: {
    pod: { type: "pods", doc: "One pod or a list, as name or namespace/name." },
    selector: { type: "selector", doc: "All pods with these labels." },
    namespace: { type: "text", default: "default", doc: "selector: only in this namespace." },
    gracePeriod: { type: "duration", doc: "For the pods to stop, in place of their own." },
  },
  oneOf: [["pod", "selector"]],
  search: { on: "pod", of: "pods" },
  *run(command, { gracePeriod, namespace, pod, selector }) {
    const names =
      selector === undefined ? (pod ?? []) : (yield* command.select("pods", namespace, selector)).map(({ key }) => key);
    const options = gracePeriod === undefined ? {} : { gracePeriodSeconds: Math.round(gracePeriod / SECOND) };
    for (const key of names) {
      const answer = yield* command.evict(key, options);
      if (answer instanceof ApiError) command.refused(answer);
      else command.print(`pod/${nameIn(key)} evicted`);
    }
  },
});
