// webhookDown: nobody answers an admission webhook; its failurePolicy says what becomes of requests.
import { MINUTE } from "../../engine/tick.ts";
import { faultKind } from "../kind.ts";
import { undoAll } from "../undo-all.ts";

export const webhookDown = faultKind({
  name: "webhookDown",
  doc: "Admission webhooks are not answered: requests are refused or pass by their failurePolicy, after their timeout.",
  example: "{ at: 5m, webhookDown: { webhook: policy, for: 10m } }",
  layer: "webhooks",
  parameters: {
    denies: { type: "flag", default: false, doc: "They are answered, with a refusal of everything." },
  },
  selection: {},
  isSelectable: true,
  course: "lasting",
  hasDuration: true,
  defaultForMicros: 10 * MINUTE,
  needsRunning: false,
  inject({ names, world }, { denies }) {
    return undoAll(names.map((name) => (denies ? world.api.webhookDeny(name) : world.api.webhookDown(name))));
  },
});
