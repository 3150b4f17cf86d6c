// A cluster in which every delay is a constant, so that rules can be tested to the microsecond: what tests of the rules of
// reference/etcd share. Members etcd-0 … of zones of their own; `TRIP` one way between any two, `SYNC` per fsync, applying takes no time.
import { Engine } from "../../../sim/engine/engine.ts";
import type { Tick } from "../../../sim/engine/tick.ts";
import type { EtcdAnswer } from "../../../sim/etcd/answer.ts";
import { EtcdCluster } from "../../../sim/etcd/cluster.ts";
import { EtcdError } from "../../../sim/etcd/error.ts";
import type { EtcdMember } from "../../../sim/etcd/member.ts";
import type { EtcdObserver } from "../../../sim/etcd/observer.ts";
import type { EtcdOptions } from "../../../sim/etcd/options.ts";
import type { EtcdRequest, PutRequest, RangeRequest } from "../../../sim/etcd/request.ts";
import type { CallOptions } from "../../../sim/etcd/requests.ts";
import { ETCD_SERVICES } from "../../../sim/etcd/services/member-services.ts";
import type { DiskProfile } from "../../../sim/model/disk-profile.ts";
import { NetworkFaultPoints } from "../../../sim/network/fault-points.ts";
import { Network } from "../../../sim/network/network.ts";
import type { Message } from "../../../sim/raft/message.ts";
import type { Role } from "../../../sim/raft/raft.ts";

export const MS = 1_000;
export const SECOND = 1_000_000;
/** One way between two members. */
export const TRIP = 1_000;
/** One fsync. */
export const SYNC = 300;
export const TICK = 100 * MS;
export const ELECTION_TICKS = 10;

export interface RigOptions {
  readonly members?: number;
  readonly seed?: string | number;
  readonly tripMicros?: number;
  readonly syncMicros?: number;
  /** Disks of single members, by slot: their fsync. */
  readonly slowSyncMicros?: Readonly<Record<number, number>>;
  readonly etcd?: Partial<EtcdOptions>;
  /** Start from empty disks instead of in the middle of a quiet life. */
  readonly boots?: boolean;
  readonly observer?: EtcdObserver;
}

/** Where an answer is put. */
export interface Reply {
  value: EtcdAnswer | EtcdError | null;
  /** When it came; -1 for not yet. */
  at: number;
  /** How long it took. */
  took: number;
}

export interface RoleChange {
  readonly at: number;
  readonly member: string;
  readonly role: Role;
  readonly term: number;
}

export interface Sent {
  readonly at: number;
  readonly from: string;
  readonly to: string;
  readonly message: Message;
}

export class Rig {
  readonly engine: Engine;
  readonly network: Network;
  readonly faults: NetworkFaultPoints;
  readonly cluster: EtcdCluster;
  readonly roles: RoleChange[] = [];
  /** Instants at which members began to know a leader, or none. */
  readonly leaders: { readonly at: number; readonly member: string; readonly leader: number }[] = [];
  readonly backendCommits: { readonly at: number; readonly member: string; readonly micros: number }[] = [];
  readonly applied: { readonly at: number; readonly member: string; readonly index: number }[] = [];
  readonly alarms: { readonly at: number; readonly member: string; readonly isRaised: boolean }[] = [];
  /** What members sent to each other, from {@link tap} on. */
  readonly sent: Sent[] = [];

  constructor(options: RigOptions = {}) {
    const { members = 3, tripMicros = TRIP, syncMicros = SYNC } = options;
    this.engine = new Engine({ seed: options.seed ?? 1 });
    this.network = new Network(this.engine, {
      crossZone: { latencyMicros: { kind: "constant", value: tripMicros } },
      sameHost: { latencyMicros: { kind: "constant", value: 0 } },
    });
    this.faults = new NetworkFaultPoints(this.network);
    const disk = (value: number): DiskProfile => ({
      fsyncMicros: { kind: "constant", value },
      writeBytesPerSecond: 1e18,
      readBytesPerSecond: 1e18,
    });
    const list = Array.from({ length: members }, (_, i) => {
      const zone = `zone-${i}`;
      const host = this.network.addHost(`etcd-${i}`, zone);
      return { name: `etcd-${i}`, zone, host, disk: disk(options.slowSyncMicros?.[i] ?? syncMicros) };
    });
    const own: EtcdObserver = {
      roleChanged: ({ name }, role, term) => void this.roles.push({ at: this.now, member: name, role, term }),
      leaderKnown: ({ name }, leader) => void this.leaders.push({ at: this.now, member: name, leader }),
      backendCommit: ({ name }, micros) => void this.backendCommits.push({ at: this.now, member: name, micros }),
      applied: ({ name }, { index }) => void this.applied.push({ at: this.now, member: name, index }),
      alarm: ({ name }, _, isRaised) => void this.alarms.push({ at: this.now, member: name, isRaised }),
      ...options.observer,
    };
    const etcd: EtcdOptions = { members: list, version: "3.5", applyMicros: 0, ...options.etcd };
    this.cluster = new EtcdCluster(this.engine, this.network, etcd, own, ETCD_SERVICES);
    if (options.boots === true) this.cluster.start();
    else {
      this.cluster.startSettled();
      this.quieten();
    }
  }

  get now(): number {
    return this.engine.now;
  }

  /** @throws when nobody leads */
  get leader(): EtcdMember {
    const leader = this.cluster.leader();
    if (leader === null) throw new Error("nobody leads");
    return leader;
  }

  get followers(): EtcdMember[] {
    const { leader } = this;
    return this.cluster.members.filter((member) => member !== leader && member.isRunning);
  }

  run(micros: number): void {
    this.engine.run((this.engine.now + micros) as Tick);
  }

  /** Runs until something holds, in steps of `stepMicros`. @throws when it does not within `limitMicros` */
  until(holds: () => boolean, limitMicros = 30 * SECOND, stepMicros = 100): void {
    const end = this.now + limitMicros;
    while (!holds()) {
      if (this.now >= end) throw new Error(`did not happen within ${limitMicros / SECOND} s`);
      this.run(stepMicros);
    }
  }

  /** Waits until no database is about to be committed: for the next 80 ms nobody holds its lock. */
  quieten(): void {
    this.run(SECOND);
    const last = Math.max(0, ...this.backendCommits.map(({ at }) => at));
    const sinceTimer = (this.now - last) % (100 * MS);
    this.run(100 * MS - sinceTimer + 10 * MS);
  }

  call(member: EtcdMember, request: EtcdRequest, options: CallOptions = {}): Reply {
    const reply: Reply = { value: null, at: -1, took: -1 };
    const begin = this.now;
    member.call(request, options, (answer) => {
      if (reply.at >= 0) throw new Error("answered twice");
      reply.value = answer;
      reply.at = this.now;
      reply.took = this.now - begin;
    });
    return reply;
  }

  /** A call whose answer is waited for. */
  ask(member: EtcdMember, request: EtcdRequest, options: CallOptions = {}): Reply {
    const reply = this.call(member, request, options);
    this.until(() => reply.at >= 0, 60 * SECOND, MS);
    return reply;
  }

  /** Records what members send to each other from now on. */
  tap(): Sent[] {
    for (const member of this.cluster.members) {
      const { transport } = member;
      const send = transport.send.bind(transport);
      transport.send = (messages) => {
        for (const message of messages) {
          const to = this.cluster.memberById(message.to)?.name ?? "";
          this.sent.push({ at: this.now, from: member.name, to, message: { ...message } });
        }
        send(messages);
      };
    }
    return this.sent;
  }

  /** Cuts a member off from all others, both ways. */
  isolate(member: EtcdMember): () => void {
    return this.faults.isolate({ hosts: [member.hostName] });
  }
}

export function put(key: string, lease = 0, valueBytes = 16): PutRequest {
  return { kind: "put", key, value: key, valueBytes, lease };
}

export function get(key: string, serializable = false, revision = 0): RangeRequest {
  return { kind: "range", key, rangeEnd: "", revision, limit: 0, serializable };
}

/** "ok", or the error as `code: text`. */
export function outcome(reply: Reply): string {
  const { value } = reply;
  if (value === null) return "waiting";
  return value instanceof EtcdError ? `${value.code}: ${value.message}` : "ok";
}
