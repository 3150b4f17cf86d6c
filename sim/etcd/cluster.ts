// A cluster of etcd members over a simulated network: who the members are, which state they replicate, and what can be done to
// them from outside. It plays no part in the protocol.

import { assert } from "../engine/assert.ts";
import type { Engine } from "../engine/engine.ts";
import type { Network } from "../network/network.ts";
import { placeEntry } from "../raft/entry.ts";
import { AcknowledgedRevisions } from "./acknowledged.ts";
import { Change, changeEntry } from "./conf-change.ts";
import { Hibernation } from "./hibernation.ts";
import { EtcdMember, type MemberHost } from "./member.ts";
import type { EventKinds } from "./member-frame.ts";
import type { Membership } from "./membership.ts";
import type { Backup } from "./mvcc/backup.ts";
import { ReplicatedState } from "./mvcc/replicated-state.ts";
import type { EtcdObserver } from "./observer.ts";
import { type EtcdOptions, type MemberOptions, type ResolvedOptions, resolveEtcdOptions } from "./options.ts";
import type { ServiceFactory } from "./service-host.ts";
import { ETCD_SERVICES } from "./services/member-services.ts";
import { loadKeys, settleLogs } from "./settled.ts";

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
  private readonly hibernation: Hibernation;
  readonly acknowledged = new AcknowledgedRevisions();
  /** Called when a backup has taken the place of everything: for those who depend on what was there. */
  whenRestored: () => void = () => undefined;
  private requests = 0;
  private lastMemberId = 0;

  /** Registers its kinds of event: at set-up. Members are down until {@link start}. */
  constructor(
    engine: Engine,
    network: Network,
    options: EtcdOptions,
    observer: EtcdObserver = {},
    services: ServiceFactory = ETCD_SERVICES,
  ) {
    this.engine = engine;
    this.network = network;
    this.options = resolveEtcdOptions(options);
    this.observer = observer;
    this.services = services;
    this.hibernation = new Hibernation(engine, network);
    this.kinds = this.registerKinds();
    this.state = this.newState();
    loadKeys(this.state, this.options.initialKeys);
    for (const member of options.members) this.createMember(member, ++this.lastMemberId);
    this.bootstrap(this.members);
  }

  /** Starts all members, each at its own moment within a tick: their clocks have nothing to do with each other. */
  start(): void {
    for (const member of this.members) {
      if (member.isDown && member.isAdded) member.start(this.bootDelay(member));
    }
  }

  /**
   * Starts all members as a cluster that has been running for long: connected, with a leader that is drawn, in service. In place of
   * {@link start}, at the start of a run.
   */
  startSettled(): void {
    const { engine, members, network, options } = this;
    const leader = members[engine.stream(`${options.name}/settled-leader`).int(members.length)]!;
    settleLogs(members, leader.id, () => this.nextRequestId());
    network.settle(() => {
      for (const member of members) member.startSettled();
      for (const member of members) member.process!.settleLog();
    });
    for (const member of members) {
      const phaseMicros = engine.stream(`${options.name}/${member.name}/boot`).int(options.heartbeatMicros);
      member.process!.settleLeader(leader.id, phaseMicros);
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

  /** Pending events of the engine that are only members' clocks, or left over: they alone are no reason for a run to go on. */
  get ownTimers(): number {
    let count = 0;
    for (const { process: server } of this.members) {
      if (server?.ticker.isArmed === true) count++;
      if (server?.proposing.hasIdleTimer === true) count++;
      count += server?.services.ownTimers ?? 0;
    }
    return count;
  }

  /** Kills a member's process, or with `machine` its machine: what was not synced is lost then. */
  crash(name: string, machine = false): void {
    this.member(name).stop("crash", !machine);
  }

  /** Starts a member that is down. */
  restart(name: string): void {
    this.member(name).start();
  }

  /** SIGTERM: the member hands leadership over and ends. */
  terminate(name: string): void {
    this.member(name).terminate();
  }

  pause(name: string): void {
    this.member(name).pause();
  }

  resume(name: string): void {
    this.member(name).resume();
  }

  /** A host, a disk and a name for a new member. It joins when the members agree to add its host, and it is started. */
  prepareMember(zone: string): EtcdMember {
    const { options, network } = this;
    const { disk } = options.members[0]!;
    const name = `${options.name}-${this.members.length}`;
    const host = network.addHost(name, zone);
    const member = this.createMember({ name, zone, host, disk }, ++this.lastMemberId);
    member.isAdded = false;
    return member;
  }

  /** The database of a member as of now, as `etcdctl snapshot save` gets it; null when the member does not run. */
  backup(name: string): Backup | null {
    return this.member(name).process?.frame.view.backup() ?? null;
  }

  /**
   * Stops all members, gives each the backup as its database and begins with a new log, as `etcdutl snapshot restore` does.
   * Members that were removed stay so.
   *
   * @returns how many acknowledged changes the backup does not have
   */
  restoreAll(backup: Backup): number {
    const lost = this.acknowledged.countAfter(backup.revision);
    const members = this.members.filter((member) => !member.isRemoved && member.isAdded);
    for (const member of members) member.stop("restore", true);
    this.state = this.newState();
    backup.restoreInto(this.state);
    for (const member of members) member.reset(this.state);
    this.bootstrap(members);
    this.acknowledged.forgetAfter(backup.revision);
    this.observer.restored?.(lost);
    this.whenRestored();
    for (const member of members) member.start(this.bootDelay(member));
    return lost;
  }

  // --- MemberHost

  trySleep(leader: EtcdMember): boolean {
    if (this.options.executeQuietTicks) return false;
    const members = this.members.filter((member) => member.isAdded && !member.isRemoved);
    return this.hibernation.trySleep(leader.process!, members);
  }

  wake(): void {
    if (this.hibernation.isAsleep) this.hibernation.wake();
  }

  tellGone(member: EtcdMember, target: number): void {
    const gone = this.memberById(target);
    if (gone !== undefined) member.transport.tellGone(gone);
  }

  nextRequestId(): number {
    return ++this.requests;
  }

  memberIdOf(host: string): number {
    return this.members.find((member) => member.hostName === host && !member.isAdded)?.id ?? ++this.lastMemberId;
  }

  connect(member: EtcdMember, membership: Membership): void {
    const { transport } = member;
    for (const { id } of membership.list()) {
      const peer = this.memberById(id);
      if (peer === undefined || peer === member) continue;
      if (!peer.isAdded) this.welcome(peer, membership);
      transport.connect(peer, peer.transport);
    }
    for (const id of transport.peerIds()) if (membership.isRemoved(id)) transport.disconnect(id);
  }

  /** The members have added this one: it knows from its configuration file whom to talk to. */
  private welcome(member: EtcdMember, membership: Membership): void {
    member.isAdded = true;
    for (const { id } of membership.list()) {
      const peer = this.memberById(id);
      if (peer !== undefined && peer !== member) member.transport.connect(peer, peer.transport);
    }
  }

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

  private bootDelay(member: EtcdMember): number {
    return this.engine.stream(`${this.options.name}/${member.name}/boot`).int(this.options.heartbeatMicros);
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
