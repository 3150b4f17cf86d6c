// One node: its machine and the kubelet on it. Registers the node, renews its lease, reports its status, and runs the pods that are bound
// to it, each by a worker; sees its containers by relisting once a second. Source: behaviour of the kubelet, 1.36.
import { ApiError, type Client } from "../apiserver/client.ts";
import { EventRecorder } from "../apiserver/event-recorder.ts";
import { Informer } from "../apiserver/informer.ts";
import type { Calm } from "../engine/calm.ts";
import type { Engine } from "../engine/engine.ts";
import { Lifetime } from "../engine/lifetime.ts";
import { createStream, type RandomStream } from "../engine/random.ts";
import { ask, runSteps, type Steps } from "../engine/steps.ts";
import { SECOND } from "../engine/tick.ts";
import type { Recorder } from "../metrics/recorder.ts";
import { FIRST_HEARTBEAT_ANNOTATION } from "../model/annotations.ts";
import type { KubeletConfiguration } from "../model/kubelet-configuration.ts";
import type { Node, Pod, Probe } from "../model/objects.ts";
import type { RequestMemo } from "../model/request-memo.ts";
import { isMirror, isStatic, manifestsOf, staticPod } from "../model/static-pods.ts";
import { parseTimestampMicros, type Timestamps, timestampAt } from "../model/timestamp.ts";
import type { PodNetwork } from "../network/pod-network.ts";
import { admit, wantsDevices } from "./admission.ts";
import { ApiWay } from "./api-way.ts";
import type { Behaviour } from "./behaviour.ts";
import type { ContainerInstance } from "./container.ts";
import { ContainerRuntime, type StartFault } from "./container-runtime.ts";
import { EvictionManager } from "./eviction-manager.ts";
import { Images, imageBytesOf } from "./images.ts";
import { isUnready } from "./initial-nodes.ts";
import { LeaseRenewal, leaseOf, type SleepOptions } from "./lease-renewal.ts";
import { LocalPod } from "./local-pod.ts";
import type { NodeContext, Worker } from "./node-context.ts";
import type { NodeHeartbeats } from "./node-heartbeats.ts";
import { cpuMilliOf, NodeResources } from "./node-resources.ts";
import { NodeStatus } from "./node-status.ts";
import { PodWorker } from "./pod-worker.ts";
import type { ProbeKind } from "./prober.ts";
import type { PullOutcome, Registry } from "./registry.ts";
import { StaticPods } from "./static-pods.ts";
import { STATUS_BATCH_MICROS, StatusManager } from "./status-manager.ts";
import { seconds } from "./text.ts";
import { Volumes } from "./volumes.ts";

/** A kubelet has a connection of its own for heartbeats, so that nothing else delays them, and one for Events. */
export type ConnectionPurpose = "pods" | "heartbeats" | "events";

export interface KubeletOptions {
  readonly engine: Engine;
  readonly seed: string | number;
  /** As it is registered, or as it is stored at the start of the run. */
  readonly node: Node;
  /** Its connections to the API server; others for each life of the process. */
  readonly client: (purpose: ConnectionPurpose) => Client;
  /** Cuts the node off from the API servers. @returns what undoes it */
  readonly cutOff: () => () => void;
  readonly recorder: Recorder;
  readonly configuration: KubeletConfiguration;
  readonly behaviour: Behaviour;
  readonly registry: Registry;
  readonly timestamps: Timestamps;
  readonly podNetwork: PodNetwork | null;
  readonly requests: RequestMemo;
  /** Mirror pods that the run begins with: their static pods have been running for long. */
  readonly mirrors?: readonly Pod[];
  /** For heartbeats that need not be executed; null: all are. */
  readonly calm: Calm | null;
  readonly heartbeats: NodeHeartbeats | null;
  readonly startFault: (pod: Pod) => StartFault | null;
  /** A pod has come to the node, or nothing is left of it. */
  readonly podChanged: (kubelet: Kubelet, worker: PodWorker, isThere: boolean) => void;
}

const PLEG_PERIOD_MICROS = SECOND;
/** Without a relist for so long the kubelet calls itself not ready. */
const PLEG_THRESHOLD_MICROS = 180 * SECOND;
const JITTER_SHARE = 0.5;
/** What is left of a machine's memory when all that is allocatable is used: the default hard threshold. */
const MEMORY_RESERVE_BYTES = 100 * 1024 * 1024;
const EVICTION_PERIOD_MICROS = 10 * SECOND;
const IMAGE_GC_PERIOD_MICROS = 300 * SECOND;

export class Kubelet implements NodeContext {
  readonly name: string;
  readonly configuration: KubeletConfiguration;
  readonly behaviour: Behaviour;
  readonly images: Images;
  readonly runtime: ContainerRuntime;
  readonly hostIp: string;
  readonly resources: NodeResources;
  readonly volumes: Volumes;
  /** To the API server. */
  readonly way: ApiWay;
  /** Workers by the uid of their pod, in order of arrival. */
  readonly workers = new Map<string, PodWorker>();
  life: Lifetime;
  machine: Lifetime;
  private readonly options: KubeletOptions;
  private readonly engine: Engine;
  /** Of the node's status alone: heartbeats that are accounted for draw from it at other times. */
  private readonly jitter: RandomStream;
  private readonly syncJitter: RandomStream;
  private readonly dirty = new Set<PodWorker>();
  private readonly usedAddresses = new Set<string>();
  private nextAddress = 1;
  // of one life of the process: set by start()
  private client!: Client;
  private heartbeats!: Client;
  private manager!: StatusManager;
  private events: EventRecorder | null = null;
  private pods: Informer<"pods"> | null = null;
  private nodes: Informer<"nodes"> | null = null;
  private lease!: LeaseRenewal;
  status!: NodeStatus;
  private statics: StaticPods | null = null;
  private eviction: EvictionManager | null = null;
  /** When device plugins have registered with this life of the kubelet. */
  private devicesAtMicros = 0;
  private isShuttingDown = false;
  private isCollecting = false;
  private isRelisting = false;
  private lastRelistMicros = 0;
  private readonly relistPhaseMicros: number;
  /** Of the status manager's batches; before the run's begin, so that all of it comes after. */
  private readonly batchPhaseMicros: number;
  /** Of cAdvisor's looks at what containers use. */
  readonly housekeepingPhaseMicros: number;
  private cuts = 0;
  private clockOffsetMicros = 0;
  private isFirstList = true;
  /** In this life of the process. */
  private hasListed = false;
  private isOldMachine: boolean;
  private hasRunBefore = false;

  constructor(options: KubeletOptions, isOldMachine: boolean) {
    this.options = options;
    const { engine, node, registry, seed } = options;
    this.engine = engine;
    this.name = node.metadata.name;
    this.configuration = options.configuration;
    this.behaviour = options.behaviour;
    this.isOldMachine = isOldMachine;
    this.hostIp = node.status?.addresses?.find((a) => a.type === "InternalIP")?.address ?? "";
    this.jitter = createStream(seed, `node/${this.name}/jitter`);
    this.syncJitter = createStream(seed, `node/${this.name}/sync`);
    this.relistPhaseMicros = createStream(seed, `node/${this.name}/relist`).int(PLEG_PERIOD_MICROS);
    this.batchPhaseMicros =
      createStream(seed, `node/${this.name}/status-batch`).int(STATUS_BATCH_MICROS) - STATUS_BATCH_MICROS;
    this.housekeepingPhaseMicros = createStream(seed, `node/${this.name}/housekeeping`).int(EVICTION_PERIOD_MICROS);
    this.machine = new Lifetime(engine);
    this.life = new Lifetime(engine);
    this.life.end();
    const slowness = (): number => this.runtime.slowness;
    const machine = (): Lifetime => this.machine;
    const { runtime } = this.configuration;
    this.images = new Images({
      configuration: this.configuration,
      registry,
      life: machine,
      slowness,
      latency: createStream(seed, `node/${this.name}/pull-latency`),
      changed: () => this.diskChanged(),
    });
    this.resources = new NodeResources({
      node: () => this.node,
      life: machine,
      behaviour: this.behaviour,
      diskBytes: runtime.diskBytes,
      imageBytes: () => this.images.totalBytes,
      memoryReserveBytes: MEMORY_RESERVE_BYTES,
      oomKill: (pod, c, isSystem) => this.oomKill(pod, c, isSystem),
      changed: () => this.eviction?.changed(),
      slowness,
      spent: (pod, spent) => options.recorder.cpuSpent(pod.apiUid, spent),
    });
    this.volumes = new Volumes({
      life: () => this.life,
      client: () => this.client,
      node: () => this.node,
      changed: () => this.status.touched(),
    });
    this.way = new ApiWay(engine);
    this.runtime = new ContainerRuntime({
      nodeName: this.name,
      life: machine,
      behaviour: this.behaviour,
      stopMicros: runtime.stopMicros,
      initMicros: runtime.initMicros,
      podNetwork: options.podNetwork,
      capacityOf: (pod) => this.capacityOf(pod),
      usageChanged: (pod, c) => this.resources.containerChanged(pod, c),
      faultOf: (pod) => options.startFault(pod.pod),
    });
  }

  get now(): number {
    return this.engine.now;
  }

  /** As the machine's clock shows it. */
  get clockMicros(): number {
    return this.engine.now + this.clockOffsetMicros;
  }

  skewClock(byMicros: number): void {
    this.wakeHeartbeats();
    this.clockOffsetMicros += byMicros;
  }

  /** Everything on the machine takes so many times as long from now on. */
  setSlowness(factor: number): void {
    this.runtime.slowness = factor;
    this.resources.cpuChanged();
    for (const { local } of this.workers.values()) if (local.isServing) this.runtime.serve(local);
  }

  fillDisk(bytes: number): void {
    this.resources.diskFillBytes += bytes;
    this.diskChanged();
  }

  readonly timestamp = (micros: number): string => {
    const shown = micros + this.clockOffsetMicros;
    return micros === this.engine.now ? this.options.timestamps.at(shown) : timestampAt(shown);
  };

  get isUp(): boolean {
    return !this.machine.isOver;
  }

  /** When the node's status was reported last. */
  get reportedMicros(): number {
    return this.status.reportedMicros;
  }

  /** Pending events of its heartbeats. */
  get ownTimers(): number {
    if (!this.isKubeletUp) return 0;
    return (this.lease.isDozing ? 0 : 1) + (this.status.isDozing ? 0 : 1);
  }

  get isKubeletUp(): boolean {
    return !this.life.isOver;
  }

  /** The node as this kubelet's own watch shows it. */
  get node(): Node {
    return this.nodes?.cache.get(this.name) ?? this.options.node;
  }

  /** Begins to run; a node that the run begins with has been running for long. */
  start(): void {
    if (this.machine.isOver) this.machine = new Lifetime(this.engine);
    this.life = new Lifetime(this.engine);
    this.client = this.connection("pods");
    this.heartbeats = this.configuration.profile === "hollow" ? this.client : this.connection("heartbeats");
    this.manager = this.newManager();
    this.events = null;
    this.lease = this.newLease();
    this.status = this.newStatus();
    this.eviction = this.configuration.profile === "hollow" ? null : this.newEviction();
    this.statics = null;
    this.hasListed = false;
    this.lastRelistMicros = this.now;
    this.isRelisting = false;
    // a node that registers for the first time lists its devices when they are there
    if (this.hasRunBefore) this.devicesAtMicros = this.now + this.configuration.runtime.devicePluginMicros;
    if (this.isOldMachine) this.goOn();
    else this.register();
  }

  /** The kubelet's process ends; what runs on the machine runs on. */
  stopKubelet(): void {
    if (this.life.isOver) return;
    this.lease.stop();
    this.status.stop();
    for (const worker of this.workers.values()) worker.stopped();
    this.pods?.stop();
    this.nodes?.stop();
    this.pods = null;
    this.nodes = null;
    this.life.end();
    this.hasRunBefore = true;
    this.dirty.clear();
    this.isOldMachine = false;
    this.isFirstList = false;
  }

  /** Power off: nothing is left but the disk. */
  powerOff(): void {
    if (this.machine.isOver) return;
    this.stopKubelet();
    this.machine.end();
    this.images.reset();
    this.resources.clear();
    this.volumes.clear();
    this.isShuttingDown = false;
    for (const worker of this.workers.values()) this.runtime.lost(worker.local);
    this.options.podNetwork?.setNode(this.name, false);
  }

  /** Boots after a power-off. */
  powerOn(): void {
    if (!this.machine.isOver) return;
    this.options.podNetwork?.setNode(this.name, true);
    this.start();
  }

  freeze(): void {
    this.wakeHeartbeats();
    this.machine.pause();
    this.life.pause();
    for (const worker of this.workers.values()) this.runtime.serve(worker.local);
    this.options.podNetwork?.setNode(this.name, false);
  }

  thaw(): void {
    this.options.podNetwork?.setNode(this.name, true);
    this.machine.resume();
    this.life.resume();
    for (const worker of this.workers.values()) this.runtime.serve(worker.local);
  }

  // --- NodeContext ---

  statuses(): StatusManager {
    return this.manager;
  }

  runtimeChanged(of: Worker): void {
    const worker = this.workers.get(of.uid);
    if (worker === undefined) return;
    worker.exited();
    this.dirty.add(worker);
    this.relistLater();
  }

  get isHanging(): boolean {
    return this.runtime.isHanging;
  }

  whenAnswering(then: () => void): void {
    this.runtime.whenAnswering(this.life.guard(then));
  }

  *pause(micros: number, factor = this.runtime.slowness): Steps<void> {
    if (micros <= 0) return;
    yield* ask<void>((done) => this.life.after(Math.ceil(micros * factor), () => done(undefined)));
    if (this.isHanging) yield* ask<void>((done) => this.whenAnswering(() => done(undefined)));
  }

  *pull(pod: Pod, c: ContainerInstance, isPresent: boolean): Steps<PullOutcome> {
    const image = c.spec.image ?? "";
    // a present image is only asked for at the registry
    const isHollow = this.configuration.profile === "hollow";
    if (isPresent && !isHollow) {
      yield* this.pause(this.configuration.runtime.pullLatencyMicros);
      return this.options.registry.isDown(image)
        ? { error: `failed to resolve reference "${image}"` }
        : { error: null };
    }
    if (!this.images.mayPull(this.now)) return { error: "pull QPS exceeded" };
    const declared = this.configuration.images.find(({ name }) => name === image)?.bytes;
    const bytes = declared ?? this.behaviour.amount(pod, "image-size", c.name, 1) ?? this.knownImageBytes(image);
    const fallback = isHollow ? SECOND : null;
    const fixed = this.behaviour.has(pod, "pull", c.name)
      ? this.behaviour.micros(pod, "pull", c.name, SECOND)
      : fallback;
    return yield* ask<PullOutcome>((done) => this.images.pull(image, bytes, fixed, this.life.guard(done)));
  }

  attach(pod: Pod, isBrokenOff: () => boolean): Steps<string | null> {
    this.status.wake();
    return this.volumes.attach(pod, isBrokenOff);
  }

  addressFor(pod: LocalPod): string {
    if (pod.pod.spec.hostNetwork === true) return this.hostIp;
    const cidr = this.node.spec?.podCIDR ?? this.options.node.spec?.podCIDR ?? "10.0.0.0/24";
    const prefix = cidr.slice(0, cidr.indexOf("/")).split(".").slice(0, 3).join(".");
    // the next free one, in turn, as host-local address management does
    for (let tries = 0; tries < 253; tries++) {
      this.nextAddress = this.nextAddress >= 254 ? 2 : this.nextAddress + 1;
      const address = `${prefix}.${this.nextAddress}`;
      if (this.usedAddresses.has(address)) continue;
      this.usedAddresses.add(address);
      return address;
    }
    return "";
  }

  release(pod: LocalPod): void {
    this.usedAddresses.delete(pod.ip);
    this.runtime.serve(pod);
    this.resources.podGone(pod);
    this.status.wake();
    this.volumes.release(pod.pod);
  }

  forget(of: Worker): void {
    const worker = this.workers.get(of.uid);
    if (worker === undefined) return;
    worker.stopped();
    this.runtime.forget(worker.local);
    this.resources.podGone(worker.local);
    this.usedAddresses.delete(worker.local.ip);
    this.dirty.delete(worker);
    this.workers.delete(worker.uid);
    this.options.podChanged(this, worker, false);
  }

  event(pod: Pod, type: "Normal" | "Warning", reason: string, message: string, container?: string): void {
    if (this.configuration.profile === "hollow") return;
    this.options.recorder.podEvent(type, reason, this.apiUidOf(pod), this.name, message);
    this.events ??= this.newEvents();
    const involved = { apiVersion: "v1", kind: "Pod", metadata: pod.metadata };
    const part = container === undefined ? {} : { fieldPath: fieldPathOf(pod, container) };
    this.events.event({ ...involved, ...part }, type, reason, message);
  }

  private apiUidOf({ metadata: { uid = "" } }: Pod): string {
    return this.workers.get(uid)?.apiUid ?? uid;
  }

  probePhaseMicros(worker: Worker, container: ContainerInstance, kind: ProbeKind, probe: Probe): number {
    // soon after the kubelet's own start, probes are spread over their period
    const period = Math.max(1, probe.periodSeconds ?? 10) * SECOND;
    if (!worker.isAdopted) return worker.startedAtMicros;
    const path = `node/${this.name}/probe/${worker.uid}/${container.name}/${kind}`;
    return this.now + createStream(this.options.seed, path).int(period);
  }

  isKeptUnready(pod: LocalPod): boolean {
    return this.options.startFault(pod.pod)?.neverUp === true;
  }

  jittered(micros: number): number {
    return Math.round(micros * (1 + JITTER_SHARE * this.syncJitter.next()));
  }

  /** Why the kubelet is not ready; "" = it is. */
  problems(): string {
    if (this.isShuttingDown) return "node is shutting down";
    if (this.isHanging && this.now - this.lastRelistMicros >= PLEG_THRESHOLD_MICROS) {
      const since = seconds(this.now - this.lastRelistMicros);
      return `PLEG is not healthy: pleg was last seen active ${since} ago; threshold is 3m0s`;
    }
    return "";
  }

  // --- its pods ---

  private watch(): void {
    const { client, life, name } = this;
    const isOwn = (node: Node): boolean => node.metadata.name === name;
    this.nodes = new Informer(
      client,
      "nodes",
      {
        added: life.guard(() => this.hasListed && this.statics?.reconcileAll()),
        updated: life.guard((_before: Node, node: Node) => isOwn(node) && this.nodeChanged()),
      },
      { name },
    );
    this.pods = new Informer(
      client,
      "pods",
      {
        added: life.guard((pod: Pod) => this.added(pod)),
        updated: life.guard((before: Pod, pod: Pod) => this.updated(before, pod)),
        deleted: life.guard((pod: Pod) => this.deleted(pod)),
      },
      { nodeName: name },
      life.guard(() => this.listed()),
    );
  }

  private nodeChanged(): void {
    this.status.nodeChanged();
    this.volumes.nodeChanged();
  }

  private listed(): void {
    this.isFirstList = false;
    this.hasListed = true;
    // what was deleted while this kubelet was away
    const uids = new Set<string>();
    for (const pod of this.pods?.cache.values() ?? []) uids.add(pod.metadata.uid ?? "");
    for (const worker of [...this.workers.values()]) {
      if (!uids.has(worker.uid) && !isStatic(worker.pod)) worker.removed();
    }
    this.statics?.reconcileAll();
  }

  private added(pod: Pod): void {
    if (isMirror(pod)) return this.statics?.seen(pod);
    const known = this.workers.get(pod.metadata.uid ?? "");
    // a kubelet that begins anew knows of its pods when it has heard of them
    if (known?.isAway === true) {
      known.resume(pod);
      if (known.isActive && !known.local.isRunning && this.lacksDevices(pod)) this.begin(known);
      return;
    }
    if (known !== undefined) return known.updated(pod);
    const local = new LocalPod(pod);
    const startTime = pod.status?.startTime == null ? undefined : parseTimestampMicros(pod.status.startTime);
    const worker = new PodWorker(this, local, startTime ?? this.now);
    this.workers.set(local.uid, worker);
    this.options.podChanged(this, worker, true);
    const phase = pod.status?.phase;
    if (phase === "Succeeded" || phase === "Failed") return worker.finishedBefore();
    if (this.isFirstList && this.isOldMachine && phase === "Running") return this.adopt(worker);
    if (phase === "Running") local.rememberStarts();
    this.begin(worker);
  }

  // after a boot pods get their devices anew, from plugins that are not there yet
  private lacksDevices(pod: Pod): boolean {
    return !this.areDevicesThere && wantsDevices(pod, this.node, this.options.requests);
  }

  private get areDevicesThere(): boolean {
    return this.now >= this.devicesAtMicros;
  }

  private begin(worker: PodWorker): void {
    const { pod } = worker;
    if (this.configuration.profile === "kubelet" && pod.metadata.deletionTimestamp == null) {
      const refusal = admit(
        pod,
        this.node,
        this.activePods(worker),
        this.status.health,
        this.options.requests,
        this.areDevicesThere,
      );
      if (refusal !== null) {
        this.event(pod, "Warning", refusal.reason, refusal.message);
        return worker.reject(refusal);
      }
    }
    worker.start();
  }

  private updated(before: Pod, pod: Pod): void {
    if (isMirror(pod)) return this.statics?.seen(pod);
    if (before.metadata.uid === pod.metadata.uid) return this.workers.get(pod.metadata.uid ?? "")?.updated(pod);
    // one of the same name took its place while nothing was heard of it
    this.deleted(before);
    this.added(pod);
  }

  private deleted(pod: Pod): void {
    if (isMirror(pod)) this.statics?.gone(pod);
    else this.workers.get(pod.metadata.uid ?? "")?.removed();
  }

  // what lies in its manifest folder runs whether the API servers answer or not
  private beginStatics(): void {
    const manifests = manifestsOf(this.options.node, this.configuration.staticPods);
    if (manifests.length === 0) return;
    const { client, life } = this;
    this.statics = new StaticPods({
      life,
      client,
      node: () => this.nodes?.cache.get(this.name),
      jittered: (micros) => this.jittered(micros),
    });
    const seen = this.timestamp(this.now);
    for (const manifest of manifests) {
      const worker = this.staticWorker(staticPod(manifest, this.name, seen));
      this.statics.add(worker);
      if (worker.isAway) worker.resume(worker.pod);
      else if (worker.pod.status?.phase === "Running") this.adopt(worker);
      else this.begin(worker);
    }
  }

  private staticWorker(pod: Pod): PodWorker {
    const known = this.workers.get(pod.metadata.uid ?? "");
    if (known?.isActive === true) return known;
    const mirror = this.options.mirrors?.find(({ metadata }) => metadata.name === pod.metadata.name);
    const isRunning = known === undefined && this.isOldMachine && mirror?.status?.phase === "Running";
    const local = new LocalPod(isRunning ? { ...pod, status: mirror.status } : pod);
    // a machine that has booted starts again what ran before
    local.containers.forEach((c, i) => {
      c.starts = known?.local.containers[i]?.starts ?? 0;
    });
    if (known !== undefined) this.forget(known);
    const startTime = isRunning ? parseTimestampMicros(mirror.status?.startTime ?? "") : undefined;
    const worker = new PodWorker(this, local, startTime ?? this.now);
    this.workers.set(local.uid, worker);
    this.options.podChanged(this, worker, true);
    return worker;
  }

  synced(of: Worker): void {
    if (this.statics === null) return;
    const worker = this.workers.get(of.uid);
    if (worker !== undefined) this.statics.synced(worker);
  }

  /** The worker of a pod as the API knows it. */
  private workerOf(uid: string): PodWorker | undefined {
    const worker = this.workers.get(uid);
    if (worker !== undefined || this.statics === null) return worker;
    for (const other of this.workers.values()) if (other.apiUid === uid) return other;
    return undefined;
  }

  private activePods(except: PodWorker): Pod[] {
    const pods: Pod[] = [];
    for (const worker of this.workers.values()) if (worker !== except && worker.holdsRoom) pods.push(worker.pod);
    return pods;
  }

  /** A pod that has been running since before the run began. */
  private adopt(worker: PodWorker): void {
    const { local } = worker;
    const { pod } = local;
    local.hasSandbox = true;
    local.ip = pod.status?.podIP ?? "";
    if (local.ip === "") local.ip = this.addressFor(local);
    else this.usedAddresses.add(local.ip);
    for (const c of local.containers) {
      const statuses = c.role === "main" ? pod.status?.containerStatuses : pod.status?.initContainerStatuses;
      const status = statuses?.find((s) => s.name === c.name);
      const image = c.spec.image ?? "";
      if (!this.images.has(image)) this.images.put(image, this.knownImageBytes(image), 0);
      const since = status?.state?.running?.startedAt ?? pod.status?.startTime;
      const startedAt = (since == null ? undefined : parseTimestampMicros(since)) ?? worker.startedAtMicros;
      if (c.role === "init") {
        c.starts = 1;
        const exit = { exitCode: 0, reason: "Completed", startedAtMicros: startedAt, finishedAtMicros: startedAt };
        c.truth = { state: "exited", startedAtMicros: startedAt, exit, starts: 1 };
        c.seen = c.truth;
      } else this.runtime.adopt(local, c, startedAt, status?.restartCount ?? 0, status?.ready !== false);
    }
    worker.adopt();
  }

  private knownImageBytes(image: string): number {
    for (const known of this.options.node.status?.images ?? []) {
      if (known.sizeBytes !== undefined && (known.names ?? []).includes(image)) return known.sizeBytes;
    }
    const declared = this.configuration.images.find(({ name }) => name === image);
    return declared?.bytes ?? this.usualImageBytes(image);
  }

  private usualImageBytes(image: string): number {
    return this.configuration.runtime.imageBytes ?? imageBytesOf(image);
  }

  // --- use of resources ---

  /** What a pod's application uses from now on, as whoever sends it work says; the pod's first container does the work. */
  setUsage(uid: string, cpuMilli: number, memoryBytes: number): void {
    const worker = this.workerOf(uid);
    const c = worker?.local.containers.find((other) => other.role === "main");
    if (worker !== undefined && c !== undefined) this.resources.setUsage(worker.local, c, cpuMilli, memoryBytes);
  }

  /** So many requests per second reach the pod. */
  loadChanged(uid: string, requestsPerSecond: number): void {
    const worker = this.workerOf(uid);
    const c = worker?.local.containers.find((other) => other.role === "main");
    if (worker === undefined || c === undefined) return;
    const { pod } = worker;
    const { behaviour } = this;
    const perRequest = behaviour.amount(pod, "cpu-per-request", c.name, 1000) ?? 0;
    const perRps = behaviour.amount(pod, "memory-per-rps", c.name, 1) ?? 0;
    if (perRequest === 0 && perRps === 0) return;
    const idleMilli = behaviour.amount(pod, "cpu-use", c.name, 1000) ?? 0;
    const idleBytes = this.resources.idleMemoryBytes(worker.local, c);
    this.resources.setUsage(
      worker.local,
      c,
      idleMilli + requestsPerSecond * perRequest * this.runtime.slowness,
      Math.round(idleBytes + requestsPerSecond * perRps),
    );
  }

  // what the CPU limit lets a pod answer
  private capacityOf({ containers, pod }: LocalPod): number {
    const c = containers.find((other) => other.role === "main");
    if (c === undefined) return Number.POSITIVE_INFINITY;
    const perRequest = this.behaviour.amount(pod, "cpu-per-request", c.name, 1000) ?? 0;
    if (perRequest === 0) return Number.POSITIVE_INFINITY;
    const limit = c.spec.resources?.limits?.cpu;
    const milli = limit === undefined ? this.resources.cpuCapacityMilli : cpuMilliOf(limit);
    const idleMilli = this.behaviour.amount(pod, "cpu-use", c.name, 1000) ?? 0;
    return Math.max(0, milli - idleMilli) / (perRequest * this.runtime.slowness);
  }

  private oomKill(pod: LocalPod, c: ContainerInstance, isSystem: boolean): void {
    if (isSystem) {
      this.nodeEvent("Warning", "SystemOOM", `System OOM encountered, victim process: ${c.name}`);
    }
    this.runtime.kill(pod, c, "OOMKilled");
  }

  /** Heartbeats are executed one by one until nothing on the node could make a difference any more. */
  private wakeHeartbeats(): void {
    this.lease.wake();
    this.status.wake();
  }

  private sleepOptions(): SleepOptions | null {
    const { calm, heartbeats } = this.options;
    if (calm === null || heartbeats === null) return null;
    const mayDoze = () => this.clockOffsetMicros === 0 && !this.isHanging && this.cuts === 0 && !this.isShuttingDown;
    return { calm, heartbeats, mayDoze };
  }

  private diskChanged(): void {
    this.status.wake();
    this.eviction?.changed();
    this.collectLater();
  }

  // every 5 min, but only where there is something to collect
  private collectLater(): void {
    const { imageGcHighThreshold } = this.configuration;
    const { diskAvailableBytes, diskCapacityBytes } = this.resources;
    if (this.isCollecting || 1 - diskAvailableBytes / diskCapacityBytes < imageGcHighThreshold) return;
    this.isCollecting = true;
    const delayMicros = IMAGE_GC_PERIOD_MICROS - (this.now % IMAGE_GC_PERIOD_MICROS);
    this.life.after(delayMicros, () => {
      this.isCollecting = false;
      this.collectImages();
    });
  }

  private collectImages(): void {
    const { imageGcHighThreshold, imageGcLowThreshold } = this.configuration;
    const { diskAvailableBytes, diskCapacityBytes } = this.resources;
    const used = 1 - diskAvailableBytes / diskCapacityBytes;
    if (used < imageGcHighThreshold) return;
    const wanted = (used - imageGcLowThreshold) * diskCapacityBytes;
    const freed = this.collect(wanted);
    if (freed < wanted) {
      const message = `Failed to garbage collect required amount of images. Attempted to free ${Math.round(wanted)} bytes, but only found ${Math.round(freed)} bytes eligible to free.`;
      this.nodeEvent("Warning", "FreeDiskSpaceFailed", message);
    }
    this.diskChanged();
  }

  private collect(bytes: number): number {
    const used = new Set<string>();
    for (const { local } of this.workers.values()) for (const c of local.containers) used.add(c.spec.image ?? "");
    return this.images.collect(bytes, this.now, (image) => used.has(image));
  }

  private nodeEvent(type: "Normal" | "Warning", reason: string, message: string): void {
    this.options.recorder.nodeEvent(type, reason, this.name, message);
    if (this.configuration.profile === "hollow") return;
    this.events ??= this.newEvents();
    this.events.event(
      { apiVersion: "v1", kind: "Node", metadata: { name: this.name, uid: this.name } },
      type,
      reason,
      message,
    );
  }

  private newEviction(): EvictionManager {
    return new EvictionManager({
      life: this.life,
      configuration: this.configuration,
      resources: this.resources,
      workers: () => this.workers.values(),
      setPressure: (pressure) => this.status.setPressure(pressure),
      collectImages: (bytes) => this.collect(bytes),
      nodeEvent: (type, reason, message) => this.nodeEvent(type, reason, message),
      evicted: (worker, message) => {
        this.options.recorder.cause(worker.uid, "Evicted");
        this.event(worker.pod, "Warning", "Evicted", message);
      },
      phaseMicros: createStream(this.options.seed, `node/${this.name}/eviction`).int(EVICTION_PERIOD_MICROS),
    });
  }

  /** Tells the record what was used that nobody has told of yet. */
  tellUse(): void {
    this.options.recorder.nodeUse(this.name, this.resources.take());
  }

  // --- the machine's end ---

  /**
   * The machine is told to shut down. With a shutdownGracePeriod the kubelet ends its pods first, those of lower priority before the
   * others; then the power goes off, and `done` is called.
   */
  shutDown(done: () => void): void {
    const periods = this.configuration.shutdownGracePeriodByPodPriority;
    const off = (): void => {
      this.powerOff();
      done();
    };
    if (!this.isUp || this.isShuttingDown) return;
    if (!this.isKubeletUp || periods.length === 0) return off();
    this.wakeHeartbeats();
    this.isShuttingDown = true;
    this.nodeEvent("Normal", "NodeShutdown", "Shutdown manager detected shutdown event");
    this.status.lookNow();
    this.shutDownGroup(0, off);
  }

  private shutDownGroup(index: number, off: () => void): void {
    const periods = this.configuration.shutdownGracePeriodByPodPriority;
    const period = periods[index];
    if (period === undefined) return off();
    const below = periods[index + 1]?.priority ?? Number.POSITIVE_INFINITY;
    const group = [...this.workers.values()].filter(({ pod }) => {
      const priority = pod.spec.priority ?? 0;
      return (index === 0 || priority >= period.priority) && priority < below;
    });
    const graceSeconds = Math.floor(period.gracePeriodMicros / SECOND);
    for (const worker of group) {
      const own = worker.pod.spec.terminationGracePeriodSeconds ?? graceSeconds;
      worker.end({
        reason: "Terminated",
        message: "Pod was terminated in response to imminent node shutdown.",
        graceSeconds: Math.min(own, graceSeconds),
        disruption: "TerminationByKubelet",
      });
    }
    // it goes on when all are through, at the latest when their time is over
    const endMicros = this.now + period.gracePeriodMicros;
    const look = (): void => {
      if (this.now >= endMicros || group.every((worker) => !worker.isActive)) this.shutDownGroup(index + 1, off);
      else this.life.after(Math.min(SECOND, endMicros - this.now), look);
    };
    look();
  }

  // --- relist ---

  private relistLater(): void {
    if (this.isRelisting || this.life.isOver) return;
    this.isRelisting = true;
    const { now } = this;
    const since = (now - this.relistPhaseMicros) / PLEG_PERIOD_MICROS;
    const next = this.relistPhaseMicros + (Math.floor(since) + 1) * PLEG_PERIOD_MICROS;
    this.life.after(next - now, () => this.relist());
  }

  private relist(): void {
    if (this.isHanging) {
      this.whenAnswering(() => this.relist());
      return;
    }
    this.isRelisting = false;
    this.lastRelistMicros = this.now;
    const changed = [...this.dirty];
    this.dirty.clear();
    for (const worker of changed) worker.observe();
  }

  /** The runtime does not answer for a while. */
  hangRuntime(): () => void {
    this.wakeHeartbeats();
    this.lastRelistMicros = this.now;
    this.runtime.hang();
    let isOver = false;
    return () => {
      if (isOver) return;
      isOver = true;
      this.runtime.unhang();
      if (!this.isHanging) this.lastRelistMicros = this.now;
    };
  }

  // --- registration and heartbeats ---

  private goOn(): void {
    const { configuration, engine, name } = this;
    // images that the node reports are on its disk
    for (const { names, sizeBytes } of this.options.node.status?.images ?? []) {
      for (const image of names ?? []) this.images.put(image, sizeBytes ?? this.usualImageBytes(image), 0);
    }
    const phase = createStream(this.options.seed, `node/${name}/heartbeat-phase`);
    const { nodeStatusReportFrequencyMicros, nodeStatusUpdateFrequencyMicros } = configuration;
    // nobody is at home on a node that a dump shows as not ready
    if (isUnready(this.options.node)) return;
    this.beginStatics();
    this.watch();
    const period = (configuration.nodeLeaseDurationSeconds * SECOND) / 4;
    const lease = leaseOf(name, this.options.node.metadata.uid, configuration.nodeLeaseDurationSeconds, engine.now);
    const told = this.options.node.metadata.annotations?.[FIRST_HEARTBEAT_ANNOTATION];
    const firstMicros = told === undefined ? null : Math.max(0, Math.round(Number(told) * SECOND) - this.now);
    this.lease.start(firstMicros ?? phase.int(period), lease);
    const sinceReport = phase.int(nodeStatusReportFrequencyMicros);
    this.status.start(firstMicros ?? phase.int(nodeStatusUpdateFrequencyMicros), this.now - sinceReport);
  }

  private register(): void {
    this.beginStatics();
    runSteps(this.registration(), (isNew) => {
      if (this.life.isOver) return;
      if (isNew) this.options.recorder.nodeEvent("Normal", "RegisteredNode", this.name, "Node has booted and joins");
      this.lease.start(0, null);
      this.status.start(0, Number.NEGATIVE_INFINITY);
      this.watch();
    });
  }

  /** Creates the node's object, or finds it there; as long as it takes. */
  private *registration(): Steps<boolean> {
    const { client, life } = this;
    let pauseMicros = 100_000;
    while (!life.isOver) {
      const node = this.status.initialNode();
      const made = yield* ask<Node | ApiError>((done) => client.create("nodes", node, life.guard(done)));
      if (!(made instanceof ApiError)) return true;
      if (made.reason === "AlreadyExists") {
        const found = yield* ask<Node | ApiError>((done) => client.get("nodes", this.name, life.guard(done)));
        if (!(found instanceof ApiError)) {
          this.status.known = found;
          return false;
        }
      }
      pauseMicros = Math.min(7 * SECOND, pauseMicros * 2);
      const pause = pauseMicros;
      yield* ask<void>((done) => life.after(pause, () => done(undefined)));
    }
    return false;
  }

  // --- parts of one life of the process ---

  private connection(purpose: ConnectionPurpose): Client {
    const client = this.options.client(purpose);
    return this.configuration.profile === "hollow" ? this.way.through(client) : client;
  }

  /** The node does not reach the API servers, nor they it. @returns what undoes it */
  cutOff(): () => void {
    this.wakeHeartbeats();
    const undo = this.configuration.profile === "hollow" ? this.way.cut() : this.options.cutOff();
    this.cuts++;
    let isOver = false;
    return () => {
      if (!isOver) this.cuts--;
      isOver = true;
      undo();
    };
  }

  /** Its own server answers: statistics can be had. */
  get isServing(): boolean {
    return this.isUp && this.isKubeletUp && !this.life.isPaused && this.cuts === 0;
  }

  private newManager(): StatusManager {
    const isSerial = this.configuration.profile === "kubelet";
    return new StatusManager({
      life: this.life,
      client: this.client,
      isSerial,
      batchMicros: () => STATUS_BATCH_MICROS - ((this.now - this.batchPhaseMicros) % STATUS_BATCH_MICROS),
    });
  }

  private newEvents(): EventRecorder {
    const isHollow = this.configuration.profile === "hollow";
    const client = isHollow ? this.client : this.connection("events");
    return new EventRecorder(this.life, client, "kubelet", this.name);
  }

  private newLease(): LeaseRenewal {
    return new LeaseRenewal({
      life: this.life,
      client: this.heartbeats,
      nodeName: this.name,
      node: () => this.nodes?.cache.get(this.name),
      durationSeconds: this.configuration.nodeLeaseDurationSeconds,
      jitter: createStream(this.options.seed, `node/${this.name}/lease`),
      clock: () => this.clockMicros,
      sleep: this.sleepOptions(),
    });
  }

  private newStatus(): NodeStatus {
    return new NodeStatus({
      life: this.life,
      client: this.heartbeats,
      configuration: this.configuration,
      template: this.options.node,
      cached: () => this.nodes?.cache.get(this.name),
      problems: () => this.problems(),
      timestamp: this.timestamp,
      jitter: this.jitter,
      images: this.images,
      volumes: this.volumes,
      sleep: this.sleepOptions(),
    });
  }
}

/** How Events name a container. */
function fieldPathOf({ spec }: Pod, container: string): string {
  const isInit = spec.initContainers?.some(({ name }) => name === container) === true;
  return `spec.${isInit ? "initContainers" : "containers"}{${container}}`;
}
