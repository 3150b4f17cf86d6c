// All controllers of kube-controller-manager. A new one is one file and one line here.
import { attachDetach } from "./attach-detach.ts";
import { cronJobController } from "./cron-job.ts";
import { daemonSetController } from "./daemon-set.ts";
import { deploymentController } from "./deployment.ts";
import { disruptionController } from "./disruption.ts";
import { endpointSliceController } from "./endpoint-slice.ts";
import { endpointSliceMirroringController } from "./endpoint-slice-mirroring.ts";
import { endpointsController } from "./endpoints.ts";
import type { Controller } from "./framework/controller.ts";
import { garbageCollectorController } from "./garbage-collector.ts";
import { horizontalPodAutoscalingController } from "./horizontal-pod-autoscaling.ts";
import { jobController } from "./job.ts";
import { namespaceController } from "./namespace.ts";
import { nodeLifecycle } from "./node-lifecycle.ts";
import { persistentVolumeBinder } from "./persistent-volume-binder.ts";
import { podGcController } from "./pod-gc.ts";
import { replicaSetController, replicationControllerController } from "./replica-set.ts";
import { resourceQuotaController } from "./resource-quota.ts";
import { rootCaPublisherController, serviceAccountController } from "./service-account.ts";
import { statefulSetController } from "./stateful-set.ts";
import { pvcProtectionController, pvProtectionController } from "./storage-protection.ts";
import { taintEviction } from "./taint-eviction.ts";
import { ttlAfterFinishedController } from "./ttl-after-finished.ts";

export const CONTROLLERS: readonly Controller[] = [
  endpointsController,
  endpointSliceController,
  endpointSliceMirroringController,
  deploymentController,
  replicaSetController,
  replicationControllerController,
  jobController,
  cronJobController,
  ttlAfterFinishedController,
  statefulSetController,
  garbageCollectorController,
  namespaceController,
  serviceAccountController,
  rootCaPublisherController,
  daemonSetController,
  nodeLifecycle,
  taintEviction,
  disruptionController,
  podGcController,
  resourceQuotaController,
  persistentVolumeBinder,
  attachDetach,
  pvcProtectionController,
  pvProtectionController,
  horizontalPodAutoscalingController,
];
