// What a pod's worker gets to live on: its node, as far as it needs to know it.

import type { Lifetime } from "../engine/lifetime.ts";
import type { Steps } from "../engine/steps.ts";
import type { KubeletConfiguration } from "../model/kubelet-configuration.ts";
import type { Pod, Probe } from "../model/objects.ts";
import type { Behaviour } from "./behaviour.ts";
import type { ContainerInstance } from "./container.ts";
import type { ContainerRuntime } from "./container-runtime.ts";
import type { Images } from "./images.ts";
import type { LocalPod } from "./local-pod.ts";
import type { ProbeKind } from "./prober.ts";
import type { PullOutcome } from "./registry.ts";
import type { Reported, StatusManager } from "./status-manager.ts";

/** A pod's worker, as its node knows it. */
export interface Worker extends Reported {
  readonly local: LocalPod;
  readonly isAdopted: boolean;
  readonly startedAtMicros: number;
}

export interface NodeContext {
  readonly now: number;
  readonly configuration: KubeletConfiguration;
  /** Of the kubelet's process. */
  readonly life: Lifetime;
  readonly runtime: ContainerRuntime;
  readonly behaviour: Behaviour;
  readonly images: Images;
  readonly hostIp: string;
  readonly timestamp: (micros: number) => string;
  statuses(): StatusManager;
  /** Something is true that the kubelet has not seen yet: the next relist finds it. */
  runtimeChanged(worker: Worker): void;
  /** The runtime answers no calls. */
  readonly isHanging: boolean;
  whenAnswering(then: () => void): void;
  /** Lets time pass, more of it on a slow node. @param factor 1 = the same on any node */
  pause(micros: number, factor?: number): Steps<void>;
  pull(pod: Pod, container: ContainerInstance, isPresent: boolean): Steps<PullOutcome>;
  /** Waits for the pod's disks. @returns why it cannot have them; null = it has */
  attach(pod: Pod, isBrokenOff: () => boolean): Steps<string | null>;
  addressFor(pod: LocalPod): string;
  /** The pod's address and disks are free again. */
  release(pod: LocalPod): void;
  /** Nothing is left of it. */
  forget(worker: Worker): void;
  /** It is looked at anew. */
  synced(worker: Worker): void;
  event(pod: Pod, type: "Normal" | "Warning", reason: string, message: string, container?: string): void;
  probePhaseMicros(worker: Worker, container: ContainerInstance, kind: ProbeKind, probe: Probe): number;
  /** A fault keeps it from ever getting ready. */
  isKeptUnready(pod: LocalPod): boolean;
  /** Up to half as long again. */
  jittered(micros: number): number;
}
