// Time of leases: counted by the leader alone, in its memory and by its clock. A new leader gives every lease its full time again and an
// election timeout more; one that steps down forgets all. Expired leases are revoked through the log.
// Source: etcd's lessor (Promote, Demote, Renew, runLoop) and revokeExpiredLeases, as documented; reference rules 18 to 21.
import type { Done } from "../answer.ts";
import { EtcdError } from "../error.ts";
import { ExpiryQueue } from "../lease/expiry-queue.ts";
import type { ApplyResult, Command } from "../mvcc/command.ts";
import type { MemberView } from "../mvcc/member-view.ts";
import { nextOf, Timer, type TimerHost } from "./timer.ts";

const LOOP_MICROS = 500_000;
/** Leases revoked per second at most; half of it in each round. */
const REVOKE_RATE = 1_000;
const RETRY_MICROS = 3_000_000;
const PENDING_REVOKES = 16;
/** Rounds that wait to be worked off; what expires beyond is found again later. */
const PENDING_ROUNDS = 16;
const CHECKPOINT_MICROS = 300_000_000;
const CHECKPOINT_BATCH = 1_000;
const SECOND = 1_000_000;

export interface LessorHost extends TimerHost {
  readonly view: MemberView;
  /** Durations of the member's clock, in engine microseconds. */
  localMicros(micros: number): number;
  isLeader(): boolean;
  propose(request: Command["request"], done: Done): void;
  /** A linearizable read: null when this member is still in touch with a quorum. */
  waitForReadIndex(done: (error: EtcdError | null) => void): void;
}

/** What a keepalive is told: seconds, 0 when there is no such lease, null when this member does not lead any more. */
export type Renewed = (ttlSeconds: number | null) => void;

export class Lessor {
  private readonly host: LessorHost;
  private readonly electionMicros: number;
  private readonly checkpoints: boolean;
  private readonly startedAt: number;
  private isPrimary = false;
  // lease id to the time when it expires, and when it is looked at next (later, once its revocation is under way)
  private readonly expiries = new Map<number, number>();
  private readonly queue = new ExpiryQueue();
  private readonly checkpointQueue = new ExpiryQueue();
  private readonly waiting = new Map<number, Renewed[]>();
  private rounds = 0;
  private readonly timer: Timer;

  /** @param checkpoints remaining times are written into the log every 5 min (experimental in etcd, off by default) */
  constructor(host: LessorHost, electionMicros: number, checkpoints: boolean) {
    this.host = host;
    this.electionMicros = electionMicros;
    this.checkpoints = checkpoints;
    this.startedAt = host.engine.now;
    this.timer = new Timer(host, () => this.onTimer());
  }

  /** This member leads and has applied all entries of earlier terms. */
  promote(): void {
    const { host } = this;
    const { now } = host.engine;
    this.isPrimary = true;
    const leases = host.view.leases();
    for (const lease of leases) {
      const left = lease.remainingAt(host.view.appliedIndex) || lease.ttlSeconds;
      this.setExpiry(lease.id, now + this.electionMicros + host.localMicros(left * SECOND));
      this.scheduleCheckpoint(lease.id, left);
    }
    if (leases.length >= REVOKE_RATE) this.spread();
    this.arm();
  }

  /** This member does not lead (any more). */
  demote(): void {
    if (!this.isPrimary) return;
    this.isPrimary = false;
    this.expiries.clear();
    this.queue.clear();
    this.checkpointQueue.clear();
    this.timer.clear();
    const waiting = [...this.waiting.values()];
    this.waiting.clear();
    for (const renewals of waiting) for (const renewed of renewals) renewed(null);
  }

  applied(command: Command, result: ApplyResult): void {
    if (!this.isPrimary || result.answer instanceof EtcdError) return;
    const { request } = command;
    const { now } = this.host.engine;
    if (result.answer.kind === "leaseGrant") {
      const { id, ttlSeconds } = result.answer;
      this.setExpiry(id, now + this.host.localMicros(ttlSeconds * SECOND));
      this.scheduleCheckpoint(id, ttlSeconds);
      this.arm();
    } else if (request.kind === "leaseRevoke") this.forget(request.id);
    else if (request.kind === "leaseCheckpoint") {
      for (const { id, remainingSeconds } of request.leases) {
        if (this.expiries.has(id)) this.scheduleCheckpoint(id, remainingSeconds || this.ttlSeconds(id));
      }
      this.arm();
    }
  }

  /** Keeps a lease alive. Waits for the end of its revocation when it has expired. */
  renew(id: number, renewed: Renewed): void {
    if (!this.isPrimary) return renewed(null);
    const expiry = this.expiries.get(id);
    const lease = this.host.view.lease(id);
    if (lease === undefined || expiry === undefined) return renewed(0);
    const { now } = this.host.engine;
    if (expiry <= now) {
      const others = this.waiting.get(id);
      if (others === undefined) this.waiting.set(id, [renewed]);
      else others.push(renewed);
      return;
    }
    if (this.checkpoints && lease.remainingAt(this.host.view.appliedIndex) > 0) {
      // a shorter time that was written down must not outlive the renewal
      this.host.propose({ kind: "leaseCheckpoint", leases: [{ id, remainingSeconds: 0 }] }, () => undefined);
    }
    this.setExpiry(id, now + this.host.localMicros(lease.ttlSeconds * SECOND));
    this.arm();
    renewed(lease.ttlSeconds);
  }

  /** Whole seconds that a lease has left; negative when it has expired, undefined when this member does not count its time. */
  remainingSeconds(id: number): number | undefined {
    const expiry = this.expiries.get(id);
    if (!this.isPrimary || expiry === undefined) return undefined;
    const left = (expiry - this.host.engine.now) / this.host.localMicros(SECOND);
    return Math.trunc(left);
  }

  /** The process is gone. */
  stop(): void {
    this.isPrimary = false;
    this.timer.clear();
    this.waiting.clear();
  }

  private ttlSeconds(id: number): number {
    return this.host.view.lease(id)?.ttlSeconds ?? 0;
  }

  private setExpiry(id: number, at: number): void {
    this.expiries.set(id, at);
    this.queue.set(id, at);
  }

  private forget(id: number): void {
    this.expiries.delete(id);
    this.queue.delete(id);
    this.checkpointQueue.delete(id);
    const waiting = this.waiting.get(id) ?? [];
    this.waiting.delete(id);
    for (const renewed of waiting) renewed(0);
  }

  /** So many leases must not expire at once: of those that would within a second, at most 750 do. */
  private spread(): void {
    const { host } = this;
    const { now } = host.engine;
    const perSecond = (3 * REVOKE_RATE) / 4;
    const order = [...this.expiries].sort((a, b) => a[1] - b[1] || a[0] - b[0]);
    let base = order[0]![1];
    let next = base + SECOND;
    let count = 0;
    for (const [id, expiry] of order) {
      if (expiry > next) {
        base = expiry;
        next = base + SECOND;
        count = 1;
        continue;
      }
      count++;
      if (count <= perSecond) continue;
      // those that expire later in the window are delayed less
      const delay = Math.floor((SECOND * count) / perSecond) - (expiry - base);
      next = base + delay;
      const left = host.view.lease(id)!;
      const full = (left.remainingAt(host.view.appliedIndex) || left.ttlSeconds) * SECOND;
      this.setExpiry(id, now + this.electionMicros + delay + host.localMicros(full));
    }
  }

  // ---- the loop, every 500 ms; its timer is absent while nothing can expire

  private arm(): void {
    const due = Math.min(this.queue.nextTime, this.checkpointQueue.nextTime);
    if (due === Infinity) return;
    const { now } = this.host.engine;
    const interval = this.host.localMicros(LOOP_MICROS);
    // the first round at or after it
    this.timer.setBy(nextOf(this.startedAt, interval, Math.max(now, due - 1)));
  }

  get isTimerArmed(): boolean {
    return this.timer.isArmed;
  }

  private onTimer(): void {
    if (!this.isPrimary) return;
    this.collectExpired();
    if (this.checkpoints) this.writeCheckpoints();
    this.arm();
  }

  private collectExpired(): void {
    const { queue } = this;
    const { now } = this.host.engine;
    // the rounds before are still being worked off
    if (this.rounds >= PENDING_ROUNDS) return;
    const expired: number[] = [];
    while (expired.length < REVOKE_RATE / 2 && queue.nextTime <= now) {
      const id = queue.nextId;
      // looked at again in case that its revocation fails
      queue.set(id, now + this.host.localMicros(RETRY_MICROS));
      expired.push(id);
    }
    if (expired.length > 0) this.revoke(expired);
  }

  private revoke(ids: readonly number[]): void {
    const { host } = this;
    this.rounds++;
    host.waitForReadIndex((error) => {
      this.rounds--;
      // a leader that lost touch must not revoke what another one keeps alive
      if (error !== null || !this.isPrimary || !host.isLeader()) return;
      let next = 0;
      const revokeNext = () => {
        const id = ids[next++];
        if (id === undefined || !this.isPrimary) return;
        host.propose({ kind: "leaseRevoke", id }, revokeNext);
      };
      for (let i = 0; i < PENDING_REVOKES; i++) revokeNext();
    });
  }

  // ---- checkpoints

  private scheduleCheckpoint(id: number, remainingSeconds: number): void {
    if (!this.checkpoints || remainingSeconds * SECOND <= CHECKPOINT_MICROS) return;
    this.checkpointQueue.set(id, this.host.engine.now + this.host.localMicros(CHECKPOINT_MICROS));
  }

  private writeCheckpoints(): void {
    const { now } = this.host.engine;
    const leases: { id: number; remainingSeconds: number }[] = [];
    while (this.checkpointQueue.nextTime <= now && leases.length < CHECKPOINT_BATCH) {
      const id = this.checkpointQueue.nextId;
      this.checkpointQueue.delete(id);
      const expiry = this.expiries.get(id);
      if (expiry === undefined || expiry <= now) continue;
      const remainingSeconds = Math.ceil((expiry - now) / this.host.localMicros(SECOND));
      if (remainingSeconds < this.ttlSeconds(id)) leases.push({ id, remainingSeconds });
      // renewed since: nothing to write, but to look again
      else this.scheduleCheckpoint(id, remainingSeconds);
    }
    if (leases.length > 0) this.host.propose({ kind: "leaseCheckpoint", leases }, () => undefined);
  }
}
