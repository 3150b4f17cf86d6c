// What a running member does beside replicating: watches, the time of leases, the space quota, deletions after compactions and
// defragmentation. Put together here; each is a file of its own and none knows another.
import type { Done } from "../answer.ts";
import { ERRORS, EtcdError } from "../error.ts";
import type { ApplyResult, Command } from "../mvcc/command.ts";
import type { EtcdRequest, LeaseTimeToLiveRequest } from "../request.ts";
import type { MemberServices, ServiceFactory, ServiceHost } from "../service-host.ts";
import { Compactor } from "./compactor.ts";
import { callLeader, type LeaseTimeRequest } from "./leader-calls.ts";
import { Lessor } from "./lessor.ts";
import { Space } from "./space.ts";
import { WatchHub } from "./watch-hub.ts";
import type { WatchStream } from "./watch-stream.ts";

/** Defragmentation writes the whole database in transactions of this size. */
const MIN_DEFRAGMENT_MICROS = 1_000;

/** etcd's own services. */
export const ETCD_SERVICES: ServiceFactory = { create: (host) => new Services(host) };

class Services implements MemberServices {
  private readonly compactor: Compactor;
  private readonly host: ServiceHost;
  private readonly electionMicros: number;
  private readonly watches: WatchHub;
  private readonly lessor: Lessor;
  private readonly space: Space;
  private databaseBytes: number;

  constructor(host: ServiceHost) {
    this.host = host;
    const { options, engine, member, observer, view } = host;
    this.electionMicros = options.electionTicks * options.heartbeatMicros;
    const random = engine.stream(`${options.name}/${member.name}/watch-progress`);
    const hubHost = {
      engine,
      view,
      guard: (action: () => void) => host.guard(action),
      leader: () => host.leader(),
      localMicros: (micros: number) => host.localMicros(micros),
      random: () => random.next(),
      delivered: (events: number, delayMicros: number) => observer.watchDelivered?.(member, events, delayMicros),
    };
    this.watches = new WatchHub(hubHost, this.electionMicros);
    this.lessor = new Lessor(host, this.electionMicros, options.leaseCheckpoint);
    this.space = new Space({
      view,
      memberId: member.id,
      // a fault may change it
      get quotaBytes() {
        return host.options.quotaBytes;
      },
      propose: (request, done) => host.propose(request, done),
    });
    this.compactor = new Compactor(host);
    this.databaseBytes = view.databaseBytes;
  }

  get ownTimers(): number {
    return (this.lessor.isTimerArmed ? 1 : 0) + this.watches.ownTimers;
  }

  applied(command: Command | null, result: ApplyResult): EtcdError | null {
    this.watches.applied(result);
    const bytesBefore = this.databaseBytes;
    this.databaseBytes = this.host.view.databaseBytes;
    if (command === null) return null;
    const { request } = command;
    switch (request.kind) {
      case "put":
      case "txn":
        return this.space.applied(request, result, bytesBefore);
      case "leaseGrant":
        this.lessor.applied(command, result);
        return this.space.applied(request, result, bytesBefore);
      case "leaseRevoke":
      case "leaseCheckpoint":
        this.lessor.applied(command, result);
        return null;
      case "compact":
        this.compactor.wake();
        return null;
      case "alarm":
        this.reportAlarm(result);
        return null;
      default:
        return null;
    }
  }

  promoted(): void {
    this.lessor.promote();
  }

  demoted(): void {
    this.lessor.demote();
  }

  leaderChanged(leader: number): void {
    this.watches.leaderChanged(leader);
  }

  snapshotApplied(): void {
    this.databaseBytes = this.host.view.databaseBytes;
    this.watches.snapshotApplied();
    this.compactor.wake();
  }

  hasRoomFor(request: EtcdRequest): boolean {
    return this.space.hasRoomFor(request);
  }

  refuseForSpace(done: Done): void {
    this.space.refuse(done);
  }

  call(request: EtcdRequest, done: Done): boolean {
    switch (request.kind) {
      case "leaseKeepAlive":
      case "leaseTimeToLive": {
        const { host } = this;
        const callHost = {
          engine: host.engine,
          guard: (action: () => void) => host.guard(action),
          leader: () => host.leader(),
          localMicros: (micros: number) => host.localMicros(micros),
          answerAsLeader: (what: LeaseTimeRequest, then: Done) => this.answerAsLeader(what, then),
          forward: (leader: number, what: LeaseTimeRequest, timeoutMicros: number, then: Done) => {
            if (leader !== host.member.id) host.forward(leader, what, timeoutMicros, then);
            else if (!this.answerAsLeader(what, then)) then(ERRORS.notLeader);
          },
        };
        callLeader(callHost, request, this.electionMicros, host.options.requestTimeoutMicros, done);
        return true;
      }
      case "defragment":
        this.defragment(done);
        return true;
      default:
        return false;
    }
  }

  answerAsLeader(request: LeaseTimeRequest, done: Done): boolean {
    if (!this.host.isLeader()) return false;
    const { view } = this.host;
    if (request.kind === "leaseTimeToLive") return this.timeToLive(request, done);
    const { id } = request;
    this.lessor.renew(id, (ttlSeconds) => {
      if (ttlSeconds === null) done(ERRORS.notLeader);
      else done({ kind: "leaseKeepAlive", revision: view.revision, id, ttlSeconds });
    });
    return true;
  }

  openWatches(requireLeader: boolean, isWritable?: () => boolean): WatchStream | EtcdError {
    return this.watches.open(requireLeader, isWritable);
  }

  stop(): void {
    this.watches.stop();
    this.lessor.stop();
    this.compactor.stop();
  }

  stallCompaction(isStalled: boolean): void {
    this.compactor.isStalled = isStalled;
  }

  isQuiet(): boolean {
    return !this.compactor.isBusy;
  }

  private timeToLive(request: LeaseTimeToLiveRequest, done: Done): boolean {
    const { view } = this.host;
    const { id } = request;
    const { revision } = view;
    const lease = view.lease(id);
    const left = this.lessor.remainingSeconds(id);
    if (lease === undefined) {
      done({ kind: "leaseTimeToLive", revision, id, ttlSeconds: -1, grantedTtlSeconds: 0, keys: [] });
      return true;
    }
    // elected, but not yet through with the entries before
    if (left === undefined) return false;
    const keys = request.keys === true ? view.leaseKeys(lease) : [];
    done({ kind: "leaseTimeToLive", revision, id, ttlSeconds: left, grantedTtlSeconds: lease.ttlSeconds, keys });
    return true;
  }

  /** Writes the database anew without its free pages; nothing is read or applied here meanwhile. */
  private defragment(done: Done): void {
    const { host } = this;
    const { view } = host;
    host.holdDatabase(
      () => Math.max(MIN_DEFRAGMENT_MICROS, host.diskCopyMicros(view.databaseInUseBytes)),
      () => {
        view.defragment();
        this.databaseBytes = view.databaseBytes;
        done({ kind: "defragment", revision: view.revision });
      },
    );
  }

  private reportAlarm(result: ApplyResult): void {
    const { observer, member, view } = this.host;
    const { answer } = result;
    if (answer instanceof EtcdError || answer.kind !== "alarm" || observer.alarm === undefined) return;
    for (const { alarm, member: id } of answer.alarms) {
      if (id === member.id)
        observer.alarm(
          member,
          alarm,
          view.alarms().some((active) => active.member === id),
        );
    }
  }
}
