// A quiet cluster sleeps: while a leader leads, everybody has everything and nothing is under way, ticks and heartbeats change nothing
// but clocks, so they are not executed. Whatever could tell the difference wakes the cluster first, and finds election clocks, tick
// phases and heartbeats on their way as if all had been executed. A test runs both ways and compares.
import type { Engine } from "../engine/engine.ts";
import type { Network } from "../network/network.ts";
import { draftMessage, type Message } from "../raft/message.ts";
import type { Raft } from "../raft/raft.ts";
import type { MemberProcess } from "./process.ts";
import { MESSAGE_BYTES } from "./transport.ts";

/** A member as far as it sleeps. */
export interface Sleeper {
  readonly id: number;
  readonly host: number;
  readonly isDown: boolean;
  readonly clockRate: number;
  readonly process: MemberProcess | null;
}

export class Hibernation {
  isAsleep = false;
  private readonly engine: Engine;
  private readonly network: Network;
  private leader: MemberProcess | null = null;
  private followers: MemberProcess[] = [];
  /** Pairs of hosts whose paths are watched already. */
  private readonly watched = new Set<string>();

  constructor(engine: Engine, network: Network) {
    this.engine = engine;
    this.network = network;
  }

  /**
   * Puts the cluster to sleep if it is quiet; called when a tick of the leader is due, which is then not executed.
   *
   * @returns whether it sleeps
   */
  trySleep(leader: MemberProcess, members: readonly Sleeper[]): boolean {
    if (!leader.isQuiet()) return false;
    const { raft } = leader;
    const { conf } = raft.tracker;
    const followers: MemberProcess[] = [];
    for (const member of members) {
      const server = member.process;
      if (server === leader) {
        if (member.clockRate !== 1) return false;
        continue;
      }
      if (server === null || !server.isQuiet() || member.clockRate !== 1) return false;
      if (!isInStep(raft, server.raft)) return false;
      followers.push(server);
    }
    if (followers.length + 1 !== conf.voters.length + conf.learners.length || raft.tracker.isJoint()) return false;
    for (const one of members) {
      for (const other of members) if (one !== other && !this.isIdleBetween(one, other)) return false;
    }
    this.isAsleep = true;
    this.leader = leader;
    this.followers = followers;
    leader.ticker.stop();
    for (const { ticker } of followers) ticker.stop();
    return true;
  }

  /** Everything is as if nothing had been left out. */
  wake(): void {
    if (!this.isAsleep) return;
    this.isAsleep = false;
    const leader = this.leader!;
    const { now } = this.engine;
    const ticks = leader.ticker.missedBefore(now);
    for (const follower of this.followers) this.catchUp(leader, follower, ticks);
    this.settleLeader(leader, ticks);
    leader.ticker.resume();
    for (const { ticker } of this.followers) ticker.resume();
    this.leader = null;
    this.followers = [];
  }

  /** The heartbeats of `ticks` ticks of the leader, with their answers, and the follower's own ticks. */
  private catchUp(leader: MemberProcess, follower: MemberProcess, ticks: number): void {
    const { now } = this.engine;
    const { raft } = follower;
    const progress = leader.raft.tracker.progress(raft.id)!;
    const there = leader.frame.transport.messageStream(raft.id)!;
    const back = follower.frame.transport.messageStream(leader.raft.id)!;
    // only the newest can matter: of the others nothing is left but the numbers that they drew
    const { electionTicks } = leader.raft.options;
    const recent = Math.min(ticks, electionTicks + 2);
    there.skipHeartbeats(ticks - recent);
    back.skipHeartbeats(ticks - recent);
    const checkedAt = this.lastCheckAt(leader, ticks);
    let heardAt = -1;
    if (checkedAt >= 0) progress.recentActive = false;
    for (let k = ticks - recent; k < ticks; k++) {
      const sentAt = leader.ticker.missedAt(k);
      const arrivedAt = there.sendLate(heartbeat(leader.raft, raft.id), MESSAGE_BYTES, sentAt);
      if (arrivedAt >= now) continue;
      heardAt = arrivedAt;
      const answeredAt = back.sendLate(heartbeatAnswer(raft, leader.raft.id), MESSAGE_BYTES, arrivedAt);
      if (answeredAt < now && answeredAt > checkedAt) progress.recentActive = true;
    }
    const { ticker } = follower;
    if (heardAt < 0) raft.electionElapsedTicks += ticker.missedBefore(now);
    else raft.electionElapsedTicks = ticker.missedBefore(now) - ticker.missedBefore(heardAt + 1);
  }

  private settleLeader({ raft }: MemberProcess, ticks: number): void {
    raft.electionElapsedTicks = (raft.electionElapsedTicks + ticks) % raft.options.electionTicks;
  }

  /** When the leader last checked its quorum during the sleep; -1 when it did not. */
  private lastCheckAt({ raft, ticker }: MemberProcess, ticks: number): number {
    const { electionTicks } = raft.options;
    const after = (raft.electionElapsedTicks + ticks) % electionTicks;
    const last = ticks - 1 - after;
    return last >= 0 ? ticker.missedAt(last) : -1;
  }

  private isIdleBetween(one: Sleeper, other: Sleeper): boolean {
    const path = this.network.path(one.host, other.host);
    const key = `${one.host}>${other.host}`;
    if (!this.watched.has(key)) {
      this.watched.add(key);
      path.beforeChange.add(() => this.wake());
    }
    return path.isPlain && one.process!.frame.transport.isIdleTo(other.id);
  }
}

/** Has the follower everything, and does the leader know? */
function isInStep(leader: Raft, follower: Raft): boolean {
  const progress = leader.tracker.progress(follower.id);
  const last = leader.log.lastIndex();
  return (
    progress !== undefined &&
    progress.match === last &&
    progress.state === "replicate" &&
    progress.recentActive &&
    follower.role === "follower" &&
    follower.lead === leader.id &&
    follower.term === leader.term &&
    follower.log.committed === last &&
    leader.log.committed === last &&
    leader.leadTransferee === 0
  );
}

function heartbeat(leader: Raft, to: number): Message {
  const message = draftMessage("MsgHeartbeat", leader.id, to, leader.term);
  message.commit = leader.log.committed;
  return message;
}

function heartbeatAnswer(follower: Raft, to: number): Message {
  return draftMessage("MsgHeartbeatResp", follower.id, to, follower.term);
}
