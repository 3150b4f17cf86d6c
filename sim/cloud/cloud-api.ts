// The cloud provider's API as its clients meet it: calls take time, are limited in rate, and fail while it is down. What a call does is
// done when its time has passed, unless it failed. Source: what providers publish about their limits; the durations are ours.
import { type Distribution, sample } from "../engine/distributions.ts";
import type { Engine } from "../engine/engine.ts";
import type { RandomStream } from "../engine/random.ts";
import { MILLISECOND, SECOND, type Tick } from "../engine/tick.ts";

/** Why the provider did not do it. */
export type CloudError = "unavailable" | "throttled" | "stockout" | "not found";

export interface CloudApiOptions {
  readonly engine: Engine;
  /** Calls per second that are let through, and how many at once; 0 = no limit. */
  readonly callsPerSecond: number;
  readonly burst: number;
}

const CALL: Distribution = { kind: "uniform", min: 50 * MILLISECOND, max: 250 * MILLISECOND };
/** A client gives up on a provider that does not answer. */
const OUTAGE_TIMEOUT_MICROS = 5 * SECOND;

export class CloudApi {
  private readonly options: CloudApiOptions;
  private outages = 0;
  private tokens: number;
  private tokensAtMicros = 0;
  /** Calls by what came of them. */
  readonly counts = { ok: 0, unavailable: 0, throttled: 0 };

  constructor(options: CloudApiOptions) {
    this.options = options;
    this.tokens = options.burst;
  }

  get isDown(): boolean {
    return this.outages > 0;
  }

  /**
   * @param takesMicros how long the thing itself takes, on top of the call
   * @param stream of what is called for: its latency and that time are drawn from it, so that other calls never change them
   * @param done null when it was done
   */
  call(takesMicros: Distribution | null, stream: RandomStream, done: (error: CloudError | null) => void): void {
    const { engine } = this.options;
    const after = (micros: number, then: () => void) => engine.at((engine.now + Math.round(micros)) as Tick, then);
    if (this.isDown) {
      after(OUTAGE_TIMEOUT_MICROS, () => {
        this.counts.unavailable++;
        done("unavailable");
      });
      return;
    }
    const callMicros = sample(CALL, stream);
    if (!this.accept()) {
      after(callMicros, () => {
        this.counts.throttled++;
        done("throttled");
      });
      return;
    }
    const workMicros = takesMicros === null ? 0 : Math.max(0, sample(takesMicros, stream));
    after(callMicros + workMicros, () => {
      const isLost = this.isDown;
      this.counts[isLost ? "unavailable" : "ok"]++;
      done(isLost ? "unavailable" : null);
    });
  }

  /** Nothing is answered until the returned function is called. Outages add up. */
  outage(): () => void {
    this.outages++;
    let isOver = false;
    return () => {
      if (isOver) return;
      isOver = true;
      this.outages--;
    };
  }

  private accept(): boolean {
    const { burst, callsPerSecond, engine } = this.options;
    if (callsPerSecond === 0) return true;
    this.tokens = Math.min(burst, this.tokens + ((engine.now - this.tokensAtMicros) / SECOND) * callsPerSecond);
    this.tokensAtMicros = engine.now;
    if (this.tokens < 1) return false;
    this.tokens--;
    return true;
  }
}
