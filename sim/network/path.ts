// One direction between two hosts: its profile, what faults add to it, and the draws of its delays. All traffic of the direction
// shares its bandwidth; whoever sends on it is told when it changes. Blocks and effects stack, each is undone by itself.
import { type Distribution, doublesOf, meanOf, sample } from "../engine/distributions.ts";
import { type RandomStream, skipDoubles } from "../engine/random.ts";
import type { LinkProfile } from "./profile.ts";

/** Larger messages are bulk: about what a switch queues for one port. */
const BULK_BYTES = 1_048_576;

/** What a fault does to a path, on top of its profile and of other faults. */
export interface PathEffect {
  /** Added to the delay of every message; drawn from the fault's own stream. */
  readonly delayMicros?: Distribution;
  /** Further packets that get lost: independent of the link's own loss. */
  readonly loss?: number;
  readonly duplicate?: number;
  /** The narrowest limit counts. */
  readonly bandwidthBytesPerSecond?: number;
}

/** An effect and where its delays are drawn. */
interface ActiveEffect {
  readonly effect: PathEffect;
  readonly stream: RandomStream;
}

/** Something that sends on a path or waits for its acknowledgements. */
export interface PathUser {
  /** The path was blocked or opened, or got or lost an effect. */
  pathChanged(): void;
}

export class Path {
  readonly from: number;
  readonly to: number;
  readonly name: string;
  readonly profile: LinkProfile;
  readonly users = new Set<PathUser>();
  /** Called before the path changes: whoever leaves quiet traffic out brings it up to date first. */
  readonly beforeChange = new Set<() => void>();
  /** Nothing gets through. */
  isBlocked = false;
  /** Delay without drawing, in micros, or -1 when delays are drawn. */
  constantMicros = -1;
  /** Mean delay without queueing. */
  meanMicros = 0;
  loss = 0;
  duplicate = 0;
  /** 0 = no limit. */
  bytesPerMicro = 0;
  private blocks = 0;
  private effects: ActiveEffect[] = [];
  // [bytes that have not left, of small messages and of bulk; when that was]; doubles in a typed array are stored without allocation
  private readonly backlog = new Float64Array(4);

  constructor(from: number, to: number, name: string, profile: LinkProfile) {
    this.from = from;
    this.to = to;
    this.name = name;
    this.profile = profile;
    this.refresh();
  }

  /** Whether a packet may need a draw to know that it is lost. */
  get isLossy(): boolean {
    return this.loss > 0;
  }

  /** A delay for one message that leaves now, without queueing: the path's own draws from `stream`. */
  drawMicros(stream: RandomStream): number {
    const profile = this.profile;
    let delay = sample(profile.latencyMicros, stream);
    if (profile.jitterMicros !== undefined) delay += sample(profile.jitterMicros, stream);
    if (delay < 0) delay = 0;
    for (const { effect, stream: own } of this.effects) {
      if (effect.delayMicros !== undefined) delay += Math.max(0, sample(effect.delayMicros, own));
    }
    return Math.round(delay);
  }

  /** As if so many delays had been drawn. */
  skipDraws(stream: RandomStream, count: number): void {
    const { jitterMicros, latencyMicros } = this.profile;
    const latency = doublesOf(latencyMicros);
    const jitter = jitterMicros === undefined ? 0 : doublesOf(jitterMicros);
    if (latency === undefined || jitter === undefined || this.effects.length > 0) {
      for (let i = 0; i < count; i++) this.drawMicros(stream);
    } else skipDoubles(stream, count * (latency + jitter));
  }

  /**
   * When the last byte of a message has left that is sent now: at once without a limit of bandwidth. Takes the link for as long.
   * Messages above {@link BULK_BYTES} queue for themselves: real ones share the link packet by packet with the small ones of other
   * connections, which never wait for a whole database to pass.
   */
  departure(now: number, bytes: number): number {
    if (this.bytesPerMicro === 0) return now;
    const lane = bytes > BULK_BYTES ? 1 : 0;
    const left = this.leftBytes(now, lane) + bytes;
    this.backlog[lane] = left;
    this.backlog[lane + 2] = now;
    return Math.ceil(now + left / this.bytesPerMicro);
  }

  /** How long a small message that is sent now waits for the bandwidth, in microseconds. */
  queueMicros(now: number): number {
    return this.bytesPerMicro === 0 ? 0 : this.leftBytes(now, 0) / this.bytesPerMicro;
  }

  private leftBytes(now: number, lane: number): number {
    const left = this.backlog[lane]! - (now - this.backlog[lane + 2]!) * this.bytesPerMicro;
    return left > 0 ? left : 0;
  }

  /** Blocks the path, once more. */
  block(): void {
    if (this.blocks === 0) this.announce();
    this.blocks++;
    if (this.blocks === 1) this.changed();
  }

  /** Takes one block back. */
  unblock(): void {
    if (this.blocks === 0) return;
    this.blocks--;
    if (this.blocks === 0) this.changed();
  }

  /** @returns what takes the effect back; calling it twice does nothing */
  addEffect(effect: PathEffect, stream: RandomStream): () => void {
    const active = { effect, stream };
    this.announce();
    this.effects.push(active);
    this.changed();
    return () => {
      const kept = this.effects.filter((other) => other !== active);
      if (kept.length === this.effects.length) return;
      this.effects = kept;
      this.changed();
    };
  }

  /** No fault acts on it, and nothing gets lost. */
  get isPlain(): boolean {
    return this.blocks === 0 && this.effects.length === 0 && this.loss === 0 && this.duplicate === 0;
  }

  private announce(): void {
    for (const tell of this.beforeChange) tell();
  }

  private changed(): void {
    this.refresh();
    // a user may leave while it is told
    for (const user of [...this.users]) user.pathChanged();
  }

  private refresh(): void {
    const profile = this.profile;
    let passes = 1 - (profile.loss ?? 0);
    let single = 1 - (profile.duplicate ?? 0);
    let bandwidth = profile.bandwidthBytesPerSecond ?? Infinity;
    let isConstant = profile.latencyMicros.kind === "constant" && profile.jitterMicros === undefined;
    this.meanMicros = meanOf(profile.latencyMicros);
    if (profile.jitterMicros !== undefined) this.meanMicros += meanOf(profile.jitterMicros);
    for (const { effect } of this.effects) {
      passes *= 1 - (effect.loss ?? 0);
      single *= 1 - (effect.duplicate ?? 0);
      if (effect.bandwidthBytesPerSecond !== undefined) bandwidth = Math.min(bandwidth, effect.bandwidthBytesPerSecond);
      if (effect.delayMicros === undefined) continue;
      this.meanMicros += meanOf(effect.delayMicros);
      isConstant &&= effect.delayMicros.kind === "constant";
    }
    this.isBlocked = this.blocks > 0;
    this.loss = 1 - passes;
    this.duplicate = 1 - single;
    this.bytesPerMicro = bandwidth === Infinity ? 0 : bandwidth / 1e6;
    this.constantMicros = isConstant ? Math.max(0, Math.round(this.meanMicros)) : -1;
  }
}
