// All formats, in the order in which they are asked whether an input is theirs: the particular before the general.
import { chaosMesh } from "./chaos/chaos-mesh.ts";
import { chaosToolkit } from "./chaos/chaos-toolkit.ts";
import { krkn } from "./chaos/krkn.ts";
import { litmus } from "./chaos/litmus.ts";
import type { ImportFormat } from "./format.ts";
import { kubectl } from "./kubernetes/kubectl.ts";
import { schedulerConfiguration } from "./kubernetes/scheduler-configuration.ts";
import { prometheus } from "./prometheus.ts";
import { clusterCapacity } from "./simulators/cluster-capacity.ts";
import { kss } from "./simulators/kss.ts";
import { openSimulator } from "./simulators/open-simulator.ts";
import { simkube } from "./simulators/simkube.ts";
import { alibaba2018, alibaba2020, alibaba2025, alibabaNodes2026 } from "./traces/alibaba.ts";
import { azurePacking, azureVm } from "./traces/azure.ts";
import { openb } from "./traces/openb.ts";
import { swf } from "./traces/swf.ts";

export const FORMATS: readonly ImportFormat[] = [
  simkube,
  openb,
  alibaba2018,
  alibaba2020,
  alibaba2025,
  alibabaNodes2026,
  azurePacking,
  azureVm,
  swf,
  kss,
  prometheus,
  schedulerConfiguration,
  openSimulator,
  chaosMesh,
  litmus,
  krkn,
  chaosToolkit,
  clusterCapacity,
  // whatever has an apiVersion and a kind
  kubectl,
];
