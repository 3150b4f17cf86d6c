// Leaders that renew and followers that look, while nobody could tell whether they do: neither is executed as long as all is calm and
// the leader lives. When the leader ends, its followers wake up and find everything as if they had looked all the while.
import type { Calm } from "../engine/calm.ts";
import { type Doze, Dozers } from "../engine/doze.ts";
import type { HeartbeatLoad } from "../metrics/heartbeat-load.ts";

/** One per run: who has promised to go on renewing which lease, and who dozes until that ends. */
export class ElectionPromises {
  readonly calm: Calm;
  readonly load: HeartbeatLoad;
  readonly dozers = new Dozers();
  private readonly leaders = new Map<string, Doze>();
  private readonly followers = new Map<string, Set<Doze>>();

  constructor(calm: Calm, load: HeartbeatLoad) {
    this.calm = calm;
    this.load = load;
  }

  isPromised(lockName: string): boolean {
    return this.leaders.has(lockName);
  }

  promise(lockName: string, doze: Doze): void {
    this.leaders.set(lockName, doze);
  }

  /** When the lease was last renewed, while a promise stands for it; null when none stands, or nothing was left out yet. */
  lastRenewalMicros(lockName: string, nowMicros: number): number | null {
    const doze = this.leaders.get(lockName);
    doze?.advance(nowMicros);
    return doze === undefined || Number.isNaN(doze.lastMicros) ? null : doze.lastMicros;
  }

  /** The leader has ended, or renews again one by one. */
  end(lockName: string): void {
    if (!this.leaders.delete(lockName)) return;
    const followers = [...(this.followers.get(lockName) ?? [])];
    this.followers.delete(lockName);
    for (const doze of followers) doze.wake();
  }

  /** Wakes it up when the promise ends. */
  follow(lockName: string, doze: Doze): void {
    const followers = this.followers.get(lockName) ?? new Set();
    followers.add(doze);
    this.followers.set(lockName, followers);
  }

  /** A follower that does something else now. */
  unfollow(lockName: string, doze: Doze): void {
    this.followers.get(lockName)?.delete(doze);
  }
}
