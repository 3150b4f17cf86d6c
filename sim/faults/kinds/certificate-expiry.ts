// certificateExpiry: the client certificates of a user or group have run out: what is connected stays so, new connections fail.
import { faultKind } from "../kind.ts";
import { undoAll } from "../undo-all.ts";

export const certificateExpiry = faultKind({
  name: "certificateExpiry",
  doc: "Client certificates of users or groups have expired: new connections to the API server fail.",
  example: "{ at: 5m, certificateExpiry: { of: system:nodes, connections: drop, for: 30m } }",
  layer: "cluster",
  parameters: {
    of: {
      type: "names",
      default: ["system:nodes"],
      search: [["system:kube-scheduler"], ["system:kube-controller-manager"]],
      doc: "Users or groups, such as system:nodes or system:kube-scheduler.",
    },
    connections: {
      type: "choice",
      words: ["keep", "drop"],
      default: "drop",
      doc: "drop: open connections are cut as well, as by a restart of the API servers, so that all must dial anew.",
    },
  },
  selection: {},
  isSelectable: false,
  course: "lasting",
  hasDuration: true,
  defaultForMicros: null,
  needsRunning: false,
  inject({ world }, { connections, of }) {
    const undo = undoAll(of.map((subject) => world.api.expireCertificate(subject)));
    if (connections === "drop") for (const subject of of) world.api.dropConnections(subject);
    return undo;
  },
});
