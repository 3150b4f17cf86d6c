// What faults may do to nodes, to what runs on them, and to the image registry. Nodes are chosen by name, pods by `namespace/name`. What
// can be taken back returns what takes it back; a second call does nothing, faults of one node stack, and what is not in the state
// for it is left alone.
import type { Engine } from "../engine/engine.ts";
import type { Tick } from "../engine/tick.ts";
import type { Pod } from "../model/objects.ts";
import type { Kubelet } from "./kubelet.ts";
import type { Kubelets } from "./kubelets.ts";
import type { PodWorker } from "./pod-worker.ts";

export type UndoNodeFault = () => void;

/** A machine as a fault sees it. */
export interface NodeTarget {
  readonly name: string;
  readonly zone: string;
  readonly role: "up" | "down";
  readonly labels: Readonly<Record<string, string>>;
}

const ZONE = "topology.kubernetes.io/zone";

export class NodeFaultPoints {
  private readonly engine: Engine;
  private readonly kubelets: Kubelets;
  private readonly frozen = new Map<string, number>();
  private readonly stopped = new Map<string, number>();

  constructor(engine: Engine, kubelets: Kubelets) {
    this.engine = engine;
    this.kubelets = kubelets;
  }

  /** All machines that exist, in the order in which they came. */
  nodes(): readonly NodeTarget[] {
    return [...this.kubelets.byName.values()].map(({ isUp, name, node }) => {
      const labels = node.metadata.labels ?? {};
      return { name, zone: labels[ZONE] ?? "", role: isUp ? "up" : "down", labels };
    });
  }

  // --- machines ---

  /** Power off, without a word to anybody: all containers are lost. */
  crash(name: string): void {
    this.of(name)?.powerOff();
  }

  /** Power on: the machine boots, its kubelet registers and starts its pods again. */
  start(name: string): void {
    this.of(name)?.powerOn();
  }

  /** An orderly shutdown; with `shutdownGracePeriod` the kubelet ends the pods first. */
  terminate(name: string): void {
    this.of(name)?.shutDown(() => undefined);
  }

  /** An orderly shutdown, and power on again so long after the power went off. */
  reboot(name: string, downMicros: number): void {
    const kubelet = this.of(name);
    kubelet?.shutDown(() => {
      this.engine.at((this.engine.now + downMicros) as Tick, () => kubelet.powerOn());
    });
  }

  /** Nothing on the machine gets on, as under SIGSTOP or in a stalled virtual machine. */
  freeze(name: string): UndoNodeFault {
    return this.counted(
      name,
      this.frozen,
      (kubelet) => kubelet.freeze(),
      (kubelet) => kubelet.thaw(),
    );
  }

  /** The kubelet's process is not there; the containers run on. */
  stopKubelet(name: string): UndoNodeFault {
    return this.counted(
      name,
      this.stopped,
      (kubelet) => kubelet.stopKubelet(),
      (kubelet) => {
        if (kubelet.isUp && !kubelet.isKubeletUp) kubelet.start();
      },
    );
  }

  /** The container runtime answers no calls: nothing is started, stopped or seen; what runs, runs. */
  hangRuntime(name: string): UndoNodeFault {
    return this.of(name)?.hangRuntime() ?? nothing;
  }

  /** Everything on the machine takes so many times as long. */
  slow(name: string, factor: number): UndoNodeFault {
    const kubelet = this.of(name);
    if (kubelet === undefined) return nothing;
    kubelet.setSlowness(kubelet.runtime.slowness * factor);
    return once(() => kubelet.setSlowness(kubelet.runtime.slowness / factor));
  }

  /** Something fills the disk up to this share of its size. */
  fillDisk(name: string, share: number): UndoNodeFault {
    const kubelet = this.of(name);
    if (kubelet === undefined) return nothing;
    const { resources } = kubelet;
    const free = resources.diskAvailableBytes;
    const bytes = Math.max(0, free - (1 - share) * resources.diskCapacityBytes);
    kubelet.fillDisk(bytes);
    return once(() => kubelet.fillDisk(-bytes));
  }

  /** A process of the system takes ever more memory. */
  leakMemory(name: string, bytesPerSecond: number): UndoNodeFault {
    return this.of(name)?.resources.leak(bytesPerSecond) ?? nothing;
  }

  /** The machine's clock shows so much more than the right time, or less. */
  skewClock(name: string, offsetMicros: number): UndoNodeFault {
    const kubelet = this.of(name);
    if (kubelet === undefined) return nothing;
    kubelet.skewClock(offsetMicros);
    return once(() => kubelet.skewClock(-offsetMicros));
  }

  /** The kubelet does not reach the API server, nor it the kubelet; what runs, runs, and serves. */
  disconnect(name: string): UndoNodeFault {
    return this.of(name)?.cutOff() ?? nothing;
  }

  // --- pods ---

  /** All containers die at once. */
  killPod(podKey: string): void {
    const found = this.find(podKey);
    if (found === null) return;
    for (const c of found.worker.local.containers) found.kubelet.runtime.kill(found.worker.local, c);
  }

  /** One container ends. @param container null = the first that runs; @param reason such as Error or OOMKilled */
  killContainer(podKey: string, container: string | null, exitCode: number, reason: string): void {
    const found = this.find(podKey);
    const local = found?.worker.local;
    const c = local?.containers.find((other) => other.isRunning && (container === null || other.name === container));
    if (found !== null && local !== undefined && c !== undefined)
      found.kubelet.runtime.exit(local, c, exitCode, reason);
  }

  /** The application in all containers of a pod hangs: it answers no probe and no request, and ignores SIGTERM. */
  hangPod(podKey: string): void {
    const found = this.find(podKey);
    if (found === null) return;
    for (const c of found.worker.local.containers) found.kubelet.runtime.hangContainer(found.worker.local, c);
  }

  /** Containers of these pods exit so long after each start, from their next start on. */
  crashLoop(matches: (pod: Pod) => boolean, afterMicros: number, exitCode: number): UndoNodeFault {
    return this.podFault(matches, { exitAfterMicros: afterMicros, exitCode });
  }

  /** These pods never come up, from their next start on. */
  neverReady(matches: (pod: Pod) => boolean): UndoNodeFault {
    return this.podFault(matches, { neverUp: true });
  }

  // --- images ---

  /** @param registry host part of image names, such as "docker.io"; "" = all */
  registryOutage(registry: string): UndoNodeFault {
    return once(this.kubelets.registry.outage(registry));
  }

  registrySlow(factor: number, registry: string): UndoNodeFault {
    return once(this.kubelets.registry.slow(factor, registry));
  }

  /** metrics.k8s.io answers nothing: autoscalers see no metrics. */
  metricsOutage(): UndoNodeFault {
    return once(this.kubelets.metrics.outage());
  }

  /** Is the pod on a node that runs? For choosing among pods. */
  hasPod(podKey: string): boolean {
    return this.find(podKey) !== null;
  }

  private podFault(
    matches: (pod: Pod) => boolean,
    fault: { exitAfterMicros?: number; exitCode?: number; neverUp?: boolean },
  ) {
    const entry = { matches, fault };
    this.kubelets.podFaults.add(entry);
    return once(() => this.kubelets.podFaults.delete(entry));
  }

  private counted(
    name: string,
    counts: Map<string, number>,
    begin: (kubelet: Kubelet) => void,
    end: (kubelet: Kubelet) => void,
  ): UndoNodeFault {
    const kubelet = this.of(name);
    if (kubelet === undefined) return nothing;
    const count = counts.get(name) ?? 0;
    counts.set(name, count + 1);
    if (count === 0) begin(kubelet);
    return once(() => {
      const left = (counts.get(name) ?? 1) - 1;
      counts.set(name, left);
      if (left === 0) end(kubelet);
    });
  }

  private of(name: string): Kubelet | undefined {
    return this.kubelets.byName.get(name);
  }

  private find(podKey: string): { readonly kubelet: Kubelet; readonly worker: PodWorker } | null {
    for (const kubelet of this.kubelets.byName.values()) {
      if (!kubelet.isUp) continue;
      for (const worker of kubelet.workers.values()) if (worker.key === podKey) return { kubelet, worker };
    }
    return null;
  }
}

const nothing: UndoNodeFault = () => undefined;

function once(undo: () => void): UndoNodeFault {
  let isUndone = false;
  return () => {
    if (isUndone) return;
    isUndone = true;
    undo();
  };
}
