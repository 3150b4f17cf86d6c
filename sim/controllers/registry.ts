// All controllers of kube-controller-manager. A new one is one file and one line here.
import { endpointSliceController } from "./endpoint-slice.ts";
import type { Controller } from "./framework/controller.ts";

export const CONTROLLERS: readonly Controller[] = [endpointSliceController];
