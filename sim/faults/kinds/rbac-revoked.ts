// rbacRevoked: somebody takes away the rights of a user, a group or a role: requests are refused with 403.
import { faultKind } from "../kind.ts";
import { undoAll } from "../undo-all.ts";

export const rbacRevoked = faultKind({
  name: "rbacRevoked",
  doc: "Users, groups or whoever has a role are refused with 403 by the API server.",
  example: "{ at: 5m, rbacRevoked: { of: system:kube-scheduler, for: 10m } }",
  layer: "cluster",
  parameters: {
    of: {
      type: "names",
      default: ["system:kube-scheduler"],
      search: [["system:kube-controller-manager"], ["system:nodes"]],
      doc: "Users, groups or roles.",
    },
  },
  selection: {},
  isSelectable: false,
  course: "lasting",
  hasDuration: true,
  defaultForMicros: null,
  needsRunning: false,
  inject({ world }, { of }) {
    return undoAll(of.map((subject) => world.api.revoke(subject)));
  },
});
