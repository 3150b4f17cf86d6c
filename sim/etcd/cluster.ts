// A cluster of etcd members over a simulated network: who the members are, which state they replicate, and what can be done to
// them from outside. It plays no part in the protocol.
import { assert } from "../engine/assert.ts";
import type { Engine } from "../engine/engine.ts";
import type { Network } from "../network/network.ts";
import { placeEntry } from "../raft/entry.ts";
import type { Done } from "./answer.ts";
import { Change, changeEntry } from "./conf-change.ts";
import { ERRORS } from "./error.ts";
import { EtcdMember, type MemberHost } from "./member.ts";
import type { EventKinds } from "./member-frame.ts";
import type { Membership } from "./membership.ts";
import { ReplicatedState } from "./mvcc/replicated-state.ts";
import type { EtcdObserver } from "./observer.ts";
import { type EtcdOptions, type MemberOptions, type ResolvedOptions, resolveEtcdOptions } from "./options.ts";
import { NO_SERVICES, type ServiceFactory } from "./service-host.ts";

export class EtcdCluster implements MemberHost {
  readonly engine: Engine;
  readonly network: Network;
  readonly options: ResolvedOptions;
  readonly observer: EtcdObserver;
  readonly services: ServiceFactory;
  readonly kinds: EventKinds;
  /** All members there ever were, in the order in which they came; a member's slot is its place. */
  readonly members: EtcdMember[] = [];
  state: ReplicatedState;
  private requests = 0;
  private lastMemberId = 0;

  /** Registers its kinds of event: at set-up. Members are down until {@link start}. */
  constructor(
    engine: Engine,
    network: Network,
    options: EtcdOptions,
    observer: EtcdObserver = {},
    services: ServiceFactory = NO_SERVICES,
  ) {
    this.engine = engine;
    this.network = network;
    this.options = resolveEtcdOptions(options);
    this.observer = observer;
    this.services = services;
    this.kinds = this.registerKinds();
    this.state = this.newState();
    for (const member of options.members) this.createMember(member, ++this.lastMemberId);
    this.bootstrap(this.members);
  }

  /** Starts all members, each at its own moment within a tick: their clocks have nothing to do with each other. */
  start(): void {
    for (const member of this.members) {
      const random = this.engine.stream(`${this.options.name}/${member.name}/boot`);
      if (!member.isRunning) member.start(random.int(this.options.heartbeatMicros));
    }
  }

  /** @throws AssertionError when there is no member of this name */
  member(name: string): EtcdMember {
    const member = this.members.findLast((candidate) => candidate.name === name);
    assert(member !== undefined, `no etcd member ${name}`);
    return member;
  }

  memberById(id: number): EtcdMember | undefined {
    return this.members.find((member) => member.id === id);
  }

  /** Who leads in the newest term, among members that run; null when nobody does. */
  leader(): EtcdMember | null {
    let found: EtcdMember | null = null;
    for (const member of this.members) {
      const { raft } = member;
      if (raft?.role === "leader" && (found === null || raft.term > found.raft!.term)) found = member;
    }
    return found;
  }

  /** Kills a member's process, or with `machine` its machine: what was not synced is lost then. */
  crash(name: string, machine = false): void {
    const member = this.member(name);
    member.stop("crash", !machine);
  }

  /** Starts a member that is down. */
  restart(name: string): void {
    this.member(name).start();
  }

  pause(name: string): void {
    this.member(name).pause();
  }

  resume(name: string): void {
    this.member(name).resume();
  }

  // --- MemberHost

  nextRequestId(): number {
    return ++this.requests;
  }

  memberIdOf(_host: string): number {
    return ++this.lastMemberId;
  }

  forwardPromotion(leader: number, id: number, timeoutMicros: number, done: Done): void {
    const member = this.memberById(leader);
    if (member === undefined || !member.isServing) return done(ERRORS.timeout);
    member.call({ kind: "memberPromote", id }, { deadlineMicros: timeoutMicros }, done);
  }

  connect(member: EtcdMember, membership: Membership): void {
    for (const { id } of membership.list()) {
      const peer = this.memberById(id);
      if (peer !== undefined && peer !== member) member.transport.connect(peer, peer.transport);
    }
  }

  lifeChanged(_member: EtcdMember): void {}

  private createMember(options: MemberOptions, id: number): EtcdMember {
    const member = new EtcdMember(this, options, id, this.members.length, this.state);
    this.members.push(member);
    return member;
  }

  /** A log that begins with the members, committed, as etcd's bootstrap writes it. */
  private bootstrap(members: readonly EtcdMember[]): void {
    const entries = members.map((member, i) => {
      const { id, hostName } = member;
      const change = { kind: "memberChange", change: "add", id, host: hostName, isLearner: false } as const;
      return placeEntry(changeEntry(new Change(change, 0, 0, null)), i + 1, 1);
    });
    for (const { wal } of members) {
      wal.storage.append(entries);
      wal.storage.hardState = { term: 1, vote: 0, commit: entries.length };
    }
  }

  private newState(): ReplicatedState {
    const { electionMicros } = this.options;
    return new ReplicatedState({ minLeaseTtlSeconds: Math.ceil((1.5 * electionMicros) / 1e6) });
  }

  private registerKinds(): EventKinds {
    const { engine, options } = this;
    const register = (what: string, handle: (slot: number) => void) =>
      engine.register(`${options.name}/${what}`, handle);
    const { members } = this;
    return {
      tick: register("tick", (slot) => members[slot]!.process!.onTick()),
      walDone: register("wal-synced", (slot) => members[slot]!.process!.onWalDone()),
      backendDone: register("backend-committed", (slot) => members[slot]!.process!.onBackendDone()),
      backendTimer: register("backend-timer", (slot) => members[slot]!.process!.onBackendTimer()),
      applyDone: register("applied", (slot) => members[slot]!.process!.onApplyDone()),
      proposalTimer: register("proposal-timeout", (slot) => members[slot]!.process!.onProposalTimer()),
      readRetry: register("read-retry", (slot) => members[slot]!.process!.onReadRetry()),
      readTimeout: register("read-timeout", (slot) => members[slot]!.process!.onReadTimeout()),
    };
  }
}
