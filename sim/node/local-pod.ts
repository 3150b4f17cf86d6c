// A pod as its node has it: its object, its containers, its sandbox and address. What runs belongs to the machine and outlives the
// kubelet's process; what the kubelet is about to do with it is in pod-worker.ts.
import type { Pod } from "../model/objects.ts";
import { isSidecar } from "../model/resources.ts";
import { isStatic } from "../model/static-pods.ts";
import { ContainerInstance } from "./container.ts";

export class LocalPod {
  pod: Pod;
  readonly uid: string;
  /** Of its object in the API; "" = it has none. */
  apiUid: string;
  readonly key: string;
  readonly containers: readonly ContainerInstance[];
  hasSandbox = false;
  /** "" until the sandbox has one. */
  ip = "";
  /** It answers at its address. */
  isServing = false;
  /** Tells of every change of what is true, such as an exit; set by who looks after the pod. */
  changed: (() => void) | null = null;
  /** Tells that an application came up, or hangs. */
  healthChanged: ((container: ContainerInstance) => void) | null = null;

  constructor(pod: Pod) {
    this.pod = pod;
    this.uid = pod.metadata.uid ?? "";
    this.apiUid = isStatic(pod) ? "" : this.uid;
    this.key = `${pod.metadata.namespace ?? "default"}/${pod.metadata.name}`;
    this.containers = [
      ...(pod.spec.initContainers ?? []).map((c) => new ContainerInstance(c, isSidecar(c) ? "sidecar" : "init")),
      ...pod.spec.containers.map((c) => new ContainerInstance(c, "main")),
    ];
  }

  /** What ran before on a machine that does not know it any more: the next starts are restarts. */
  rememberStarts(): void {
    for (const c of this.containers) {
      const statuses = c.role === "main" ? this.pod.status?.containerStatuses : this.pod.status?.initContainerStatuses;
      const status = statuses?.find((s) => s.name === c.name);
      if (status?.state?.running != null) c.starts = (status.restartCount ?? 0) + 1;
    }
  }

  get isRunning(): boolean {
    return this.containers.some((c) => c.isRunning);
  }
}
