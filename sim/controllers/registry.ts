// All controllers of kube-controller-manager. A new one is one file and one line here.
import { deploymentController } from "./deployment.ts";
import { endpointSliceController } from "./endpoint-slice.ts";
import type { Controller } from "./framework/controller.ts";

import { replicaSetController, replicationControllerController } from "./replica-set.ts";

export const CONTROLLERS: readonly Controller[] = [
  endpointSliceController,
  deploymentController,
  replicaSetController,
  replicationControllerController,
];
