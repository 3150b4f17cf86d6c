// registryOutage: an image registry answers no pull; what is on a node already can start.
import { MINUTE } from "../../engine/tick.ts";
import { faultKind } from "../kind.ts";
import { undoAll } from "../undo-all.ts";

export const registryOutage = faultKind({
  name: "registryOutage",
  doc: "Images cannot be pulled: ErrImagePull and ImagePullBackOff where the node does not have them.",
  example: "{ at: 5m, registryOutage: { for: 30m } }",
  layer: "cluster",
  parameters: {
    registry: {
      type: "names",
      default: [""],
      doc: "Host part of image names, such as docker.io; by default all registries.",
    },
  },
  selection: {},
  isSelectable: false,
  course: "lasting",
  hasDuration: true,
  defaultForMicros: 30 * MINUTE,
  needsRunning: false,
  inject({ world }, { registry }) {
    return undoAll(registry.map((name) => world.nodes.registryOutage(name)));
  },
});
