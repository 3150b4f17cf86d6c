// Leaders that renew and followers that look, while nobody could tell whether they do: neither is executed as long as all is calm and
// the leader lives. When the leader ends, its followers wake up and find everything as if they had looked all the while.
import type { Calm } from "../engine/calm.ts";
import type { Lifetime } from "../engine/lifetime.ts";
import { Rhythm } from "../engine/rhythm.ts";
import type { Steps } from "../engine/steps.ts";
import type { HeartbeatLoad } from "../metrics/heartbeat-load.ts";

/** One per run: who has promised to go on renewing which lease, and who sleeps until that ends. */
export class ElectionPromises {
  readonly calm: Calm;
  readonly load: HeartbeatLoad;
  private readonly leaders = new Map<string, ElectionSleep>();
  private readonly followers = new Map<string, Set<() => void>>();
  private readonly accounts = new Set<() => void>();

  constructor(calm: Calm, load: HeartbeatLoad) {
    this.calm = calm;
    this.load = load;
  }

  isPromised(lockName: string): boolean {
    return this.leaders.has(lockName);
  }

  promise(lockName: string, sleep: ElectionSleep): void {
    this.leaders.set(lockName, sleep);
  }

  /** When the lease was last renewed, while a promise stands for it; null when none stands, or nothing was left out yet. */
  lastRenewalMicros(lockName: string): number | null {
    const sleep = this.leaders.get(lockName);
    sleep?.account();
    return sleep === undefined || Number.isNaN(sleep.lastMicros) ? null : sleep.lastMicros;
  }

  /** The leader has ended, or renews again one by one. */
  end(lockName: string): void {
    if (!this.leaders.delete(lockName)) return;
    const followers = [...(this.followers.get(lockName) ?? [])];
    this.followers.delete(lockName);
    for (const wake of followers) wake();
  }

  /** Until the promise ends. @returns wakes up by itself */
  follow(lockName: string, wake: () => void): () => void {
    const followers = this.followers.get(lockName) ?? new Set();
    followers.add(wake);
    this.followers.set(lockName, followers);
    return () => followers.delete(wake);
  }

  sleeps(account: () => void): () => void {
    this.accounts.add(account);
    return () => this.accounts.delete(account);
  }

  /** Counts what those have left out who still sleep. */
  finish(): void {
    for (const account of this.accounts) account();
  }
}

export interface ElectionSleepOptions {
  readonly promises: ElectionPromises;
  readonly life: Lifetime;
  readonly lockName: string;
  /** Of the requests table: who, and what is left out. */
  readonly component: string;
  readonly verb: "update" | "get";
}

/** The sleep of one elector, as leader or as follower. */
export class ElectionSleep {
  /** The last moment that was left out; NaN when there was none. */
  lastMicros = Number.NaN;
  private readonly options: ElectionSleepOptions;
  private readonly isLeader: boolean;
  private readonly leave: () => void;
  private rhythm: Rhythm;
  private accountedMicros: number;
  private resume: (() => void) | null = null;
  private isOver = false;

  /** @param gapMicros from one moment to the next, drawn */
  constructor(options: ElectionSleepOptions, nextMicros: number, meanMicros: number, gapMicros: () => number) {
    const { life, lockName, promises, verb } = options;
    this.options = options;
    this.isLeader = verb === "update";
    this.rhythm = new Rhythm(nextMicros, meanMicros, gapMicros);
    this.accountedMicros = life.engine.now;
    const wake = () => this.wake();
    const leaves = [promises.calm.sleep(wake), promises.sleeps(() => this.account())];
    if (this.isLeader) promises.promise(lockName, this);
    else leaves.push(promises.follow(lockName, wake));
    this.leave = () => {
      for (const leave of leaves) leave();
    };
  }

  /** Waits until it is woken, and then for the next moment. */
  *until(): Steps {
    yield (resume) => {
      this.resume = () => resume(undefined);
    };
  }

  wake(): void {
    if (!this.stop()) return;
    const { life } = this.options;
    const { resume } = this;
    if (resume !== null) life.after(this.rhythm.nextMicros - life.engine.now, resume);
  }

  /** The process ends. @returns false when it had been woken already */
  stop(): boolean {
    if (this.isOver) return false;
    this.isOver = true;
    this.leave();
    this.account();
    if (this.isLeader) this.options.promises.end(this.options.lockName);
    return true;
  }

  /** Counts what was left out until now. */
  account(): void {
    const { component, life, promises, verb } = this.options;
    const { now } = life.engine;
    const { count, lastMicros } = this.rhythm.advance(now);
    if (count === 0) return;
    this.lastMicros = lastMicros;
    promises.load.add(component, verb, "leases", count, 0, this.accountedMicros, now);
    this.accountedMicros = now;
  }
}
