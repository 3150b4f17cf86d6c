// One etcd member as its cluster and its clients see it: a process that runs or not, and what stays when it does not (disk, log,
// database, place in the cluster). Knows no other member but through the network.

import { assert } from "../engine/assert.ts";
import type { Engine, EventHandle } from "../engine/engine.ts";
import type { RandomStream } from "../engine/random.ts";
import type { Tick } from "../engine/tick.ts";
import type { Network } from "../network/network.ts";
import type { Raft } from "../raft/raft.ts";
import type { AcknowledgedRevisions } from "./acknowledged.ts";
import type { Done } from "./answer.ts";
import { Disk } from "./disk.ts";
import { ERRORS, type EtcdError } from "./error.ts";
import { shutDown } from "./leadership.ts";
import type { EventKinds, MemberFrame } from "./member-frame.ts";
import { Membership } from "./membership.ts";
import { MemberView } from "./mvcc/member-view.ts";
import type { ReplicatedState } from "./mvcc/replicated-state.ts";
import type { EtcdObserver, ObservedMember, StopReason } from "./observer.ts";
import type { MemberOptions, ResolvedOptions } from "./options.ts";
import type { PeerPayload } from "./peer-payload.ts";
import { MemberProcess } from "./process.ts";
import { promote } from "./reconfigure.ts";
import type { EtcdRequest } from "./request.ts";
import { type CallOptions, handleRequest } from "./requests.ts";
import type { ServiceFactory } from "./service-host.ts";
import type { WatchStream } from "./services/watch-stream.ts";
import { startUp } from "./startup.ts";
import { Transport, type TransportHost } from "./transport.ts";
import { Wal } from "./wal.ts";

/** From exec to the ready loop, beside reading the disk. */
const BOOT_MICROS = 100_000;

/** What a member needs of its cluster. */
export interface MemberHost {
  readonly engine: Engine;
  readonly network: Network;
  readonly options: ResolvedOptions;
  readonly kinds: EventKinds;
  readonly observer: EtcdObserver;
  readonly services: ServiceFactory;
  readonly acknowledged: AcknowledgedRevisions;
  trySleep(leader: EtcdMember): boolean;
  wake(): void;
  tellGone(member: EtcdMember, target: number): void;
  nextRequestId(): number;
  memberIdOf(host: string): number;
  /** The members that this one knows changed: connects it to them. */
  connect(member: EtcdMember, membership: Membership): void;
}

type State = "down" | "booting" | "running";

export class EtcdMember implements ObservedMember, TransportHost {
  readonly id: number;
  readonly slot: number;
  readonly name: string;
  readonly zone: string;
  readonly host: number;
  readonly hostName: string;
  readonly disk: Disk;
  readonly transport: Transport;
  view: MemberView;
  process: MemberProcess | null = null;
  /** Removed from the cluster: it does not start again. */
  isRemoved = false;
  private readonly cluster: MemberHost;
  private frame: MemberFrame;
  private isDraining = false;
  /** Clients' connections, told when it begins to stop in good order. */
  readonly connections = new Set<() => void>();
  private rate: number;
  private compactionStalls = 0;
  /** Of the program that is started next. */
  version: "3.5" | "3.6";
  /** Is it a part of the cluster, or only ready to become one? */
  isAdded = true;
  private readonly random: RandomStream;
  private state: State = "down";
  private boot: EventHandle | null = null;
  private lastReadRequest = 0;
  private waitingCalls: { readonly request: EtcdRequest; readonly options: CallOptions; readonly done: Done }[] = [];

  constructor(cluster: MemberHost, options: MemberOptions, id: number, slot: number, state: ReplicatedState) {
    const { engine, network } = cluster;
    this.cluster = cluster;
    this.id = id;
    this.slot = slot;
    this.name = options.name;
    this.zone = options.zone;
    this.host = options.host;
    this.hostName = network.hosts[options.host]!.name;
    const path = `${cluster.options.name}/${options.name}`;
    const { walDone, backendDone } = cluster.kinds;
    const kinds = { wal: walDone, backend: backendDone };
    this.disk = new Disk(engine, options.disk, engine.stream(`${path}/fsync`), kinds, slot);
    this.view = new MemberView(state);
    this.transport = new Transport(
      network,
      this,
      () => engine.now,
      cluster.options.electionMicros,
      cluster.options.name,
    );
    this.random = engine.stream(`${path}/raft`);
    this.rate = options.clockRate ?? 1;
    this.version = cluster.options.version;
    this.frame = this.newFrame();
    network.setProcess(this.host, false);
  }

  /** The log on disk. */
  get wal(): Wal {
    return this.frame.wal;
  }

  get raft(): Raft | null {
    return this.process?.raft ?? null;
  }

  get isRunning(): boolean {
    return this.state === "running";
  }

  /** No process runs, and none is being started. */
  get isDown(): boolean {
    return this.state === "down";
  }

  get isPaused(): boolean {
    return this.process?.isPaused === true;
  }

  /** It has begun to stop in good order: it takes no requests and connections any more. */
  get isLeaving(): boolean {
    return this.isDraining;
  }

  /** Does it answer clients? */
  get isServing(): boolean {
    return this.process?.isServing === true;
  }

  get membership(): Membership {
    return this.process?.membership ?? this.frame.database.membership;
  }

  get clockRate(): number {
    return this.rate;
  }

  /** The clock runs at this rate from now on; 1.01 is one per cent fast. */
  setClockRate(rate: number): void {
    assert(rate > 0, "a clock runs forwards");
    this.cluster.wake();
    this.rate = rate;
    this.frame.clockRate = rate;
    this.process?.ticker.setRate(rate);
  }

  /**
   * A request of a client.
   *
   * @param done hears the answer or the error, once, now or later. A process that does not serve yet lets the client wait.
   */
  call(request: EtcdRequest, options: CallOptions, done: Done): void {
    const server = this.process;
    if (server === null || this.isDraining) return done(ERRORS.connectionRefused);
    if (server.isPaused) return server.later(() => this.call(request, options, done));
    if (!server.isServing) return void this.waitingCalls.push({ request, options, done });
    handleRequest(server, request, options, done);
  }

  /**
   * A client's stream of watches.
   *
   * @param isWritable whether the client takes more now; default always
   * @returns an error when the member does not answer clients, or has no leader and one is required
   */
  openWatchStream(requireLeader: boolean, isWritable?: () => boolean): WatchStream | EtcdError {
    const server = this.process;
    if (server === null || this.isDraining || !server.isServing) return ERRORS.connectionRefused;
    if (server.raft.isLearner) return ERRORS.notSupportedForLearner;
    return server.services.openWatches(requireLeader, isWritable);
  }

  /** Starts the process, after `delayMicros`. */
  start(delayMicros = 0): void {
    assert(this.state === "down" && !this.isRemoved, `${this.name} can be started`);
    this.state = "booting";
    const { engine } = this.cluster;
    const replay = this.disk.readMicros(this.wal.bytesSinceSnapshot);
    this.boot = engine.at((engine.now + delayMicros + BOOT_MICROS + replay) as Tick, () => this.run());
  }

  /** The process runs, as if it had been started long ago; it is settled by the cluster. At the start of a run. */
  startSettled(): void {
    assert(this.state === "down", `${this.name} can be started`);
    this.run(false);
  }

  /**
   * The process ends at once, in the middle of whatever it does.
   *
   * @param keepsPageCache true for a killed process, whose written data the kernel keeps; false for a machine without power
   */
  stop(reason: StopReason, keepsPageCache: boolean): void {
    this.cluster.wake();
    if (this.boot !== null) this.cluster.engine.cancel(this.boot);
    this.boot = null;
    const server = this.process;
    this.state = "down";
    this.isDraining = false;
    if (reason === "removed") this.isRemoved = true;
    this.process = null;
    this.view.isServing = false;
    if (server === null) return;
    // connections first: what dying requests are told finds no way out
    this.cluster.network.setProcess(this.host, false);
    this.transport.processEnded();
    const waiting = this.waitingCalls;
    this.waitingCalls = [];
    this.lastReadRequest = reason === "terminated" ? server.close() : server.kill(keepsPageCache);
    for (const { done } of waiting) done(ERRORS.serverReset);
    this.cluster.observer.stopped?.(this, reason);
  }

  /**
   * SIGTERM: no new requests, those that are under way are answered, leadership is handed over, and then the process ends.
   * Source: etcd's embed Close and TransferLeadership.
   */
  terminate(): void {
    const server = this.process;
    if (server === null) return this.stop("terminated", true);
    if (this.isDraining) return;
    this.isDraining = true;
    for (const leave of [...this.connections]) leave();
    shutDown(server, () => this.stop("terminated", true));
  }

  /** Takes the place of disk and state, as for a restore: empty, with another replicated state. */
  reset(state: ReplicatedState): void {
    assert(this.state === "down", "only a member that is down is made anew");
    this.view.state.removeReader(this.view);
    this.view = new MemberView(state);
    this.frame = this.newFrame();
  }

  /** Compactions delete nothing until as many releases. */
  stallCompaction(): void {
    this.compactionStalls++;
    this.frame.isCompactionStalled = true;
    this.process?.services.stallCompaction(true);
  }

  releaseCompaction(): void {
    this.compactionStalls--;
    if (this.compactionStalls > 0) return;
    this.frame.isCompactionStalled = false;
    this.process?.services.stallCompaction(false);
  }

  /** SIGSTOP. */
  pause(): void {
    const server = this.process;
    if (server === null || server.isPaused) return;
    this.cluster.wake();
    server.pause();
    this.cluster.network.pause(this.host);
    this.cluster.observer.paused?.(this);
  }

  /** SIGCONT. */
  resume(): void {
    const server = this.process;
    if (server === null || !server.isPaused) return;
    this.cluster.observer.resumed?.(this);
    server.resume();
    this.cluster.network.resume(this.host);
  }

  // --- TransportHost

  receive(payload: PeerPayload): void {
    this.process?.receive(payload);
  }

  unreachable(peer: number): void {
    this.process?.unreachable(peer);
  }

  snapshotBroken(peer: number): void {
    this.process?.snapshotBroken(peer);
  }

  private run(begins = true): void {
    this.boot = null;
    this.state = "running";
    // it will serve from where its own publication is in the log, which is after what has been pruned by now
    this.view.isServing = true;
    const { cluster } = this;
    this.frame.version = this.version;
    this.process = new MemberProcess(this.frame, this.lastReadRequest);
    cluster.network.setProcess(this.host, true);
    cluster.observer.started?.(this);
    if (begins) startUp(this.process);
  }

  private nowServing(): void {
    const waiting = this.waitingCalls;
    this.waitingCalls = [];
    this.cluster.observer.serving?.(this);
    for (const { request, options, done } of waiting) this.call(request, options, done);
  }

  /** What stays when the process ends, as it is at first: an empty disk. */
  private newFrame(): MemberFrame {
    const { cluster } = this;
    return {
      engine: cluster.engine,
      options: cluster.options,
      kinds: cluster.kinds,
      slot: this.slot,
      id: this.id,
      name: this.name,
      hostName: this.hostName,
      disk: this.disk,
      wal: new Wal(),
      view: this.view,
      transport: this.transport,
      random: this.random,
      loopRandom: cluster.engine.stream(`${cluster.options.name}/${this.name}/loop`),
      observer: cluster.observer,
      observed: this,
      services: cluster.services,
      database: { position: this.view.position(), membership: new Membership() },
      clockRate: this.rate,
      version: this.version,
      isCompactionStalled: this.compactionStalls > 0,
      nextRequestId: () => cluster.nextRequestId(),
      memberIdOf: (host) => cluster.memberIdOf(host),
      promote: (request, done) => promote(this.process!, request, done),
      acknowledged: (revision) => cluster.acknowledged.add(revision),
      trySleep: () => cluster.trySleep(this),
      wake: () => cluster.wake(),
      tellGone: (target) => cluster.tellGone(this, target),
      exit: (reason) => this.stop(reason, false),
      serving: () => this.nowServing(),
      membersChanged: (membership) => cluster.connect(this, membership),
    };
  }
}
