// Who uses how much of a node's CPU, memory and disk. Amounts change only by events, and memory that leaks grows evenly: so it is known
// beforehand when a container reaches its limit or the machine its end, and nothing is sampled. Sums are kept, not added up anew.

import type { EventHandle } from "../engine/engine.ts";
import type { Lifetime } from "../engine/lifetime.ts";
import type { CpuSpent, NodeUse } from "../metrics/recorder.ts";
import type { Node } from "../model/objects.ts";
import { value } from "../model/quantity.ts";
import type { Behaviour } from "./behaviour.ts";
import type { ContainerInstance } from "./container.ts";
import type { LocalPod } from "./local-pod.ts";

/** What of its memory request a container uses that does not say. */
const DEFAULT_MEMORY_SHARE = 0.5;
/** The same of CPU. */
const DEFAULT_CPU_SHARE = 0.1;
/** What the system itself has on the disk. */
const SYSTEM_DISK_SHARE = 0.1;

export interface NodeResourcesOptions {
  readonly node: () => Node;
  readonly life: () => Lifetime;
  readonly behaviour: Behaviour;
  readonly diskBytes: number;
  readonly imageBytes: () => number;
  /** Of memory.available, as the machine is larger than what is allocatable by that much. */
  readonly memoryReserveBytes: number;
  /** Kills a container that is over its limit, or that the machine has no memory for. */
  readonly oomKill: (pod: LocalPod, container: ContainerInstance, isSystem: boolean) => void;
  /** Something was used or freed: thresholds may be crossed. */
  readonly changed: () => void;
  readonly slowness: () => number;
  /** What a container has used is counted: at its end, or when the run ends. */
  readonly spent: (pod: LocalPod, spent: CpuSpent) => void;
}

interface Capacity {
  readonly status: NonNullable<Node["status"]>;
  readonly memoryBytes: number;
  readonly cpuMilli: number;
  readonly diskBytes: number;
}

/** What one container uses. */
export interface ContainerUsage {
  readonly pod: LocalPod;
  readonly container: ContainerInstance;
  /** What it gets. */
  cpuMilli: number;
  /** What the application would use. */
  demandMilli: number;
  /** The same within its limit. */
  wantedMilli: number;
  /** cpu.shares of its cgroup, by its request. */
  readonly cpuShares: number;
  throttledMicros: number;
  starvedMicros: number;
  /** How much of `cpuTotal` has been told. */
  toldTotal: number;
  /** At `sinceMicros`. */
  memoryBytes: number;
  leakBytesPerSecond: number;
  sinceMicros: number;
  /** CPU used until `sinceMicros`, in millicores times microseconds; and what it was at former changes, for rates of the past. */
  cpuTotal: number;
  readonly history: { readonly atMicros: number; readonly total: number; readonly cpuMilli: number }[];
  limitTimer: EventHandle | null;
}

/** Of containers without a request. */
const MIN_CPU_SHARES = 2;
const HISTORY_MICROS = 90_000_000;

export class NodeResources {
  readonly usages = new Map<ContainerInstance, ContainerUsage>();
  /** What a fault has put on the disk. */
  diskFillBytes = 0;
  inodesUsedShare = 0.1;
  private readonly options: NodeResourcesOptions;
  private memorySum = 0;
  private leakSum = 0;
  /** Of what containers want within their limits. */
  private cpuSum = 0;
  private isCpuShort = false;
  private use = { cpuMilliMicros: 0, cpuPeakMilli: 0, memoryByteMicros: 0, memoryPeakBytes: 0 };
  private diskSum = 0;
  private sumAtMicros = 0;
  private readonly diskOf = new Map<string, number>();
  private endTimer: EventHandle | null = null;
  private known: Capacity | null = null;

  constructor(options: NodeResourcesOptions) {
    this.options = options;
  }

  get memoryCapacityBytes(): number {
    return this.capacity().memoryBytes;
  }

  get cpuCapacityMilli(): number {
    return this.capacity().cpuMilli;
  }

  get diskCapacityBytes(): number {
    return this.capacity().diskBytes;
  }

  get memoryAvailableBytes(): number {
    return this.memoryCapacityBytes - this.memoryAt(this.now);
  }

  /** Bytes per second by which the memory in use grows. */
  get leakBytesPerSecond(): number {
    return this.leakSum;
  }

  get diskAvailableBytes(): number {
    const capacity = this.diskCapacityBytes;
    const used = capacity * SYSTEM_DISK_SHARE + this.options.imageBytes() + this.diskSum + this.diskFillBytes;
    return Math.max(0, capacity - used);
  }

  /** The machine has become faster or slower. */
  cpuChanged(): void {
    this.settleSums();
    this.shareCpu();
  }

  /** Tells what containers have used that go on, and what the node has used since it was asked last. */
  take(): NodeUse {
    for (const usage of this.usages.values()) {
      this.settle(usage);
      this.tell(usage);
    }
    this.settleSums();
    const { use } = this;
    this.use = { cpuMilliMicros: 0, cpuPeakMilli: 0, memoryByteMicros: 0, memoryPeakBytes: 0 };
    return use;
  }

  /** What a container uses when it has nothing to do. */
  idleMemoryBytes(pod: LocalPod, c: ContainerInstance): number {
    const request = c.spec.resources?.requests?.memory;
    const fallback = request === undefined ? 0 : value(request) * DEFAULT_MEMORY_SHARE;
    return Math.round(this.options.behaviour.amount(pod.pod, "memory-use", c.name, 1) ?? fallback);
  }

  /** A container has started or ended. */
  containerChanged(pod: LocalPod, c: ContainerInstance): void {
    if (c.isRunning) this.begin(pod, c);
    else this.end(c);
  }

  /** What the application uses from now on, by whoever sends it work. */
  setUsage(pod: LocalPod, c: ContainerInstance, cpuMilli: number, memoryBytes: number): void {
    const usage = this.usages.get(c);
    if (usage === undefined) return;
    this.settle(usage);
    this.add(usage, -1);
    usage.demandMilli = cpuMilli;
    usage.wantedMilli = Math.min(cpuMilli, limitMilli(c));
    usage.cpuMilli = usage.wantedMilli;
    usage.memoryBytes = memoryBytes;
    this.add(usage, 1);
    this.shareCpu();
    this.planLimit(pod, c, usage);
    this.planEnd();
    this.options.changed();
  }

  /** A process of the system itself leaks memory. @returns what ends it and frees what it has taken */
  leak(bytesPerSecond: number): () => void {
    const { now } = this;
    this.leakBy(bytesPerSecond, 0);
    let isOver = false;
    return () => {
      if (isOver) return;
      isOver = true;
      this.leakBy(-bytesPerSecond, -(bytesPerSecond * (this.now - now)) / 1e6);
    };
  }

  private leakBy(bytesPerSecond: number, bytes: number): void {
    this.settleSums();
    this.leakSum += bytesPerSecond;
    this.memorySum += bytes;
    this.planEnd();
    this.options.changed();
  }

  diskChanged(): void {
    this.options.changed();
  }

  /** When memory in use reaches this, by what is known now: Infinity = never. */
  reachesMicros(bytes: number): number {
    const now = this.memoryAt(this.now);
    if (now >= bytes) return this.now;
    if (this.leakSum <= 0) return Number.POSITIVE_INFINITY;
    return this.now + Math.ceil(((bytes - now) / this.leakSum) * 1e6);
  }

  memoryOf(usage: ContainerUsage, atMicros = this.now): number {
    return usage.memoryBytes + (usage.leakBytesPerSecond * (atMicros - usage.sinceMicros)) / 1e6;
  }

  memoryOfPod(pod: LocalPod): number {
    let sum = 0;
    for (const c of pod.containers) {
      const usage = this.usages.get(c);
      if (usage !== undefined) sum += this.memoryOf(usage);
    }
    return sum;
  }

  diskOfPod(pod: LocalPod): number {
    return this.diskOf.get(pod.uid) ?? 0;
  }

  /** CPU used until then, in millicores times microseconds; undefined = before it was looked at. */
  cpuTotalAt(usage: ContainerUsage, atMicros: number): number | undefined {
    if (atMicros >= usage.sinceMicros) return usage.cpuTotal + usage.cpuMilli * (atMicros - usage.sinceMicros);
    for (let i = usage.history.length - 1; i >= 0; i--) {
      const entry = usage.history[i]!;
      if (entry.atMicros <= atMicros) return entry.total + entry.cpuMilli * (atMicros - entry.atMicros);
    }
    return undefined;
  }

  /** Nothing is used any more: the machine is off. */
  clear(): void {
    for (const usage of this.usages.values()) {
      this.settle(usage);
      this.tell(usage);
      this.cancel(usage);
    }
    this.settleSums();
    this.usages.clear();
    this.memorySum = 0;
    this.leakSum = 0;
    this.cpuSum = 0;
    this.isCpuShort = false;
    if (this.endTimer !== null) this.options.life().cancel(this.endTimer);
    this.endTimer = null;
  }

  podGone(pod: LocalPod): void {
    const bytes = this.diskOf.get(pod.uid);
    if (bytes === undefined) return;
    this.diskOf.delete(pod.uid);
    this.diskSum -= bytes;
    this.options.changed();
  }

  // read once per state of the node
  private capacity(): Capacity {
    const { diskBytes, memoryReserveBytes, node } = this.options;
    const status = node().status ?? {};
    if (this.known?.status === status) return this.known;
    const memory = status.allocatable?.memory ?? status.capacity?.memory;
    const cpu = status.allocatable?.cpu ?? status.capacity?.cpu;
    const disk = status.capacity?.["ephemeral-storage"];
    this.known = {
      status,
      memoryBytes: memory === undefined ? Number.POSITIVE_INFINITY : value(memory) + memoryReserveBytes,
      cpuMilli: cpu === undefined ? Number.POSITIVE_INFINITY : cpuMilliOf(cpu),
      diskBytes: disk === undefined ? diskBytes : value(disk),
    };
    return this.known;
  }

  private get now(): number {
    return this.options.life().engine.now;
  }

  private begin(pod: LocalPod, c: ContainerInstance): void {
    const { behaviour } = this.options;
    this.end(c);
    const { requests } = c.spec.resources ?? {};
    const cpuRequest = requests?.cpu === undefined ? 0 : cpuMilliOf(requests.cpu);
    const demandMilli = behaviour.amount(pod.pod, "cpu-use", c.name, 1000) ?? cpuRequest * DEFAULT_CPU_SHARE;
    const wantedMilli = Math.min(demandMilli, limitMilli(c));
    const usage: ContainerUsage = {
      pod,
      container: c,
      cpuMilli: wantedMilli,
      demandMilli,
      wantedMilli,
      cpuShares: Math.max(MIN_CPU_SHARES, Math.floor((cpuRequest * 1024) / 1000)),
      throttledMicros: 0,
      starvedMicros: 0,
      toldTotal: 0,
      memoryBytes: this.idleMemoryBytes(pod, c),
      leakBytesPerSecond: behaviour.amount(pod.pod, "memory-leak", c.name, 1) ?? 0,
      sinceMicros: this.now,
      cpuTotal: 0,
      history: [],
      limitTimer: null,
    };
    this.usages.set(c, usage);
    this.add(usage, 1);
    this.shareCpu();
    const disk = behaviour.amount(pod.pod, "disk-use", undefined, 1);
    if (disk !== undefined && !this.diskOf.has(pod.uid)) {
      this.diskOf.set(pod.uid, disk);
      this.diskSum += disk;
    }
    this.planLimit(pod, c, usage);
    this.planEnd();
    this.options.changed();
  }

  private end(c: ContainerInstance): void {
    const usage = this.usages.get(c);
    if (usage === undefined) return;
    this.settle(usage);
    this.add(usage, -1);
    this.tell(usage);
    this.cancel(usage);
    this.usages.delete(c);
    this.shareCpu();
    this.planEnd();
    this.options.changed();
  }

  private add(usage: ContainerUsage, sign: 1 | -1): void {
    this.settleSums();
    this.memorySum += sign * usage.memoryBytes;
    this.leakSum += sign * usage.leakBytesPerSecond;
    this.cpuSum += sign * usage.wantedMilli;
  }

  // who wants less than its part gets all of it, and what that leaves is parted among the others, by their requests
  private shareCpu(): void {
    const capacity = this.cpuCapacityMilli / this.options.slowness();
    if (this.cpuSum <= capacity) {
      if (!this.isCpuShort) return;
      this.isCpuShort = false;
      for (const usage of this.usages.values()) this.give(usage, usage.wantedMilli);
      return;
    }
    this.isCpuShort = true;
    const byNeed = [...this.usages.values()].sort((a, b) => a.wantedMilli / a.cpuShares - b.wantedMilli / b.cpuShares);
    let left = capacity;
    let shares = 0;
    for (const usage of byNeed) shares += usage.cpuShares;
    for (const usage of byNeed) {
      const part = Math.min(usage.wantedMilli, (left * usage.cpuShares) / shares);
      this.give(usage, part);
      left -= part;
      shares -= usage.cpuShares;
    }
  }

  private give(usage: ContainerUsage, milli: number): void {
    if (usage.cpuMilli === milli) return;
    this.settle(usage);
    usage.cpuMilli = milli;
  }

  private tell(usage: ContainerUsage): void {
    const { starvedMicros, throttledMicros } = usage;
    const usedMicros = (usage.cpuTotal - usage.toldTotal) / 1000;
    usage.toldTotal = usage.cpuTotal;
    usage.starvedMicros = 0;
    usage.throttledMicros = 0;
    this.options.spent(usage.pod, { usedMicros, throttledMicros, starvedMicros });
  }

  // brings what is counted evenly up to now
  private settle(usage: ContainerUsage): void {
    const { now } = this;
    if (usage.sinceMicros === now) return;
    usage.history.push({ atMicros: usage.sinceMicros, total: usage.cpuTotal, cpuMilli: usage.cpuMilli });
    while (usage.history.length > 1 && usage.history[1]!.atMicros < now - HISTORY_MICROS) usage.history.shift();
    const heldMicros = now - usage.sinceMicros;
    usage.cpuTotal += usage.cpuMilli * heldMicros;
    if (usage.wantedMilli < usage.demandMilli) {
      usage.throttledMicros += heldMicros * (1 - usage.wantedMilli / usage.demandMilli);
    }
    if (usage.cpuMilli < usage.wantedMilli)
      usage.starvedMicros += heldMicros * (1 - usage.cpuMilli / usage.wantedMilli);
    usage.memoryBytes = this.memoryOf(usage);
    usage.sinceMicros = now;
  }

  private settleSums(): void {
    const { now } = this;
    const heldMicros = now - this.sumAtMicros;
    if (heldMicros > 0) {
      const after = this.memoryAt(now);
      const cpuMilli = Math.min(this.cpuSum, this.cpuCapacityMilli / this.options.slowness());
      const { use } = this;
      use.cpuMilliMicros += cpuMilli * heldMicros;
      use.cpuPeakMilli = Math.max(use.cpuPeakMilli, cpuMilli);
      use.memoryByteMicros += ((this.memorySum + after) / 2) * heldMicros;
      use.memoryPeakBytes = Math.max(use.memoryPeakBytes, this.memorySum, after);
      this.memorySum = after;
    }
    this.sumAtMicros = now;
  }

  private memoryAt(atMicros: number): number {
    return this.memorySum + (this.leakSum * (atMicros - this.sumAtMicros)) / 1e6;
  }

  // when the container reaches its own limit
  private planLimit(pod: LocalPod, c: ContainerInstance, usage: ContainerUsage): void {
    this.cancel(usage);
    const limit = c.spec.resources?.limits?.memory;
    if (limit === undefined) return;
    const leftBytes = value(limit) - this.memoryOf(usage);
    if (leftBytes >= 0 && usage.leakBytesPerSecond <= 0) return;
    const delayMicros = leftBytes <= 0 ? 0 : Math.ceil((leftBytes / usage.leakBytesPerSecond) * 1e6);
    usage.limitTimer = this.options.life().after(delayMicros, () => {
      usage.limitTimer = null;
      this.options.oomKill(pod, c, false);
    });
  }

  // when the machine has no memory left
  private planEnd(): void {
    const life = this.options.life();
    if (this.endTimer !== null) life.cancel(this.endTimer);
    this.endTimer = null;
    const at = this.reachesMicros(this.memoryCapacityBytes);
    if (!Number.isFinite(at)) return;
    this.endTimer = life.after(Math.max(0, at - this.now), () => {
      this.endTimer = null;
      this.outOfMemory();
    });
  }

  private outOfMemory(): void {
    const victim = this.worstForMemory();
    if (victim !== undefined) this.options.oomKill(victim.pod, victim.container, true);
    // what it has freed was not enough, or there was nothing to kill
    if (victim !== undefined) this.planEnd();
  }

  /** Whom the kernel kills first: by share of memory, adjusted by what was promised to it. */
  private worstForMemory(): ContainerUsage | undefined {
    const capacity = this.memoryCapacityBytes;
    let worst: ContainerUsage | undefined;
    let worstScore = Number.NEGATIVE_INFINITY;
    for (const usage of this.usages.values()) {
      const score = (1000 * this.memoryOf(usage)) / capacity + oomScoreAdjustment(usage.pod, usage.container, capacity);
      if (score > worstScore) {
        worst = usage;
        worstScore = score;
      }
    }
    return worst;
  }

  private cancel(usage: ContainerUsage): void {
    if (usage.limitTimer !== null) this.options.life().cancel(usage.limitTimer);
    usage.limitTimer = null;
  }
}

/** As the kubelet sets oom_score_adj of a container's processes. */
export function oomScoreAdjustment(pod: LocalPod, c: ContainerInstance, capacityBytes: number): number {
  const qos = pod.pod.status?.qosClass;
  if ((pod.pod.spec.priority ?? 0) >= 2_000_001_000 || qos === "Guaranteed") return -997;
  if (qos === "BestEffort") return 1000;
  const request = c.spec.resources?.requests?.memory;
  const requestBytes = request === undefined ? 0 : value(request);
  return Math.min(999, Math.max(3, 1000 - Math.floor((1000 * requestBytes) / capacityBytes)));
}

function limitMilli(c: ContainerInstance): number {
  const limit = c.spec.resources?.limits?.cpu;
  return limit === undefined ? Number.POSITIVE_INFINITY : cpuMilliOf(limit);
}

/** Millicores of a CPU quantity. */
export function cpuMilliOf(quantity: string | number): number {
  const text = String(quantity);
  return text.endsWith("m") ? Number(text.slice(0, -1)) : Number(text) * 1000;
}
