// No lease ends early: it lives for its TTL after every grant and keepalive that was answered. A clock that runs fast may take its
// share, but no more. A lease that a client revokes may go at any time after that was asked for.
import type { Report } from "./member-view.ts";

interface Life {
  ttlMicros: number;
  /** It may not end before. */
  notBefore: number;
  /** A client asked to revoke it. */
  mayEnd: boolean;
  hasEnded: boolean;
}

export class LeaseLives {
  private readonly report: Report;
  private readonly fastestClock: number;
  private readonly lives = new Map<number, Life>();

  /** @param fastestClock highest rate of any member's clock */
  constructor(report: Report, fastestClock: number) {
    this.report = report;
    this.fastestClock = Math.max(1, fastestClock);
  }

  /** A grant was answered. */
  granted(id: number, ttlSeconds: number, askedAt: number): void {
    const life = this.lives.get(id);
    // committed and gone before its answer came is only early when the answer says that it lives
    const ttlMicros = ttlSeconds * 1_000_000;
    const notBefore = askedAt + ttlMicros / this.fastestClock;
    this.lives.set(id, {
      ttlMicros,
      notBefore: Math.max(notBefore, life?.notBefore ?? 0),
      mayEnd: life?.mayEnd ?? false,
      hasEnded: life?.hasEnded ?? false,
    });
  }

  /** A keepalive was answered with a TTL: the lease lived at some time between question and answer. */
  renewed(id: number, ttlSeconds: number, askedAt: number): void {
    const life = this.lives.get(id);
    if (life === undefined || life.hasEnded) return;
    life.ttlMicros = ttlSeconds * 1_000_000;
    life.notBefore = Math.max(life.notBefore, askedAt + life.ttlMicros / this.fastestClock);
  }

  /** A client asks to revoke it. */
  revokeAsked(id: number): void {
    const life = this.lives.get(id);
    if (life !== undefined) life.mayEnd = true;
    else this.lives.set(id, { ttlMicros: 0, notBefore: 0, mayEnd: true, hasEnded: false });
  }

  /** Its end is in the log. @returns whether it ended by itself */
  ended(id: number, now: number): boolean {
    const life = this.lives.get(id);
    if (life === undefined || life.hasEnded) return false;
    life.hasEnded = true;
    if (!life.mayEnd && now < life.notBefore) {
      const early = life.notBefore - now;
      this.report("no lease expires early", `lease ${id} of ${life.ttlMicros} µs ended ${Math.ceil(early)} µs early`);
    }
    return !life.mayEnd;
  }
}
