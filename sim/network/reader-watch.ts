// The receiver's end of a one-way connection: when it notices that nothing comes any more. By the process' read timeout, if it has
// one, or by its kernel's keepalive probes. Healthy connections are never looked at: a watch begins when the way is cut, the sender
// pauses or is gone, and what was heard before, link heartbeats included, is a function of time.
import type { Tick } from "../engine/tick.ts";
import type { Host } from "./host.ts";
import type { Path } from "./path.ts";
import { KEEPALIVE_MICROS, KEEPALIVE_PROBES } from "./tcp.ts";
import type { ReaderEvents, Wire } from "./wire.ts";

export interface ReaderWatchOptions {
  readonly sender: Host;
  readonly out: Path;
  readonly back: Path;
  /** 0 = none. */
  readonly readTimeoutMicros: number;
  /** 0 = none. */
  readonly linkHeartbeatMicros: number;
  /** The receiver's process or kernel has closed its end. */
  expired(): void;
}

export class ReaderWatch implements ReaderEvents {
  private readonly wire: Wire;
  private readonly options: ReaderWatchOptions;
  private id = 0;
  private generation: number;
  private openedAt = 0;
  private silentAt = 0;
  private heardAt = 0;
  private isWatching = false;
  private senderIsGone = false;
  private probes = 0;

  constructor(wire: Wire, options: ReaderWatchOptions) {
    this.wire = wire;
    this.options = options;
    this.generation = wire.newGeneration();
  }

  /** A new connection, whose pipe has this index. */
  open(id: number): void {
    this.close();
    this.id = id;
    this.openedAt = this.wire.engine.now;
  }

  close(): void {
    this.generation = this.wire.newGeneration();
    this.isWatching = false;
    this.senderIsGone = false;
  }

  /** The sender's end is gone, and the receiver cannot know. */
  senderGone(lastArrival: number): void {
    this.senderIsGone = true;
    this.watch(lastArrival);
  }

  /** Nothing may come from now on: looks again when a timeout or a probe would be due. */
  watch(lastArrival: number): void {
    const { readTimeoutMicros } = this.options;
    const now = this.wire.engine.now;
    if (this.isWatching) return;
    this.isWatching = true;
    this.generation = this.wire.newGeneration();
    this.probes = 0;
    this.silentAt = now;
    this.heardAt = this.lastHeard(lastArrival);
    if (readTimeoutMicros > 0) this.schedule(this.wire.readTimeoutKind, this.heardAt + readTimeoutMicros);
    this.schedule(this.wire.probeKind, this.heardAt + KEEPALIVE_MICROS);
  }

  /** Data comes again. */
  heard(): void {
    if (!this.isWatching || this.senderIsGone) return;
    this.isWatching = false;
    this.generation = this.wire.newGeneration();
  }

  readTimeout(generation: number): void {
    if (generation === this.generation) this.options.expired();
  }

  probe(generation: number): void {
    if (generation !== this.generation) return;
    const { out, back, sender } = this.options;
    if (!out.isBlocked && !back.isBlocked && sender.isMachineUp) {
      // answered: by an acknowledgement, or by a reset where there is no such connection
      this.probes = 0;
      if (this.senderIsGone) return this.options.expired();
    } else if (++this.probes > KEEPALIVE_PROBES) return this.options.expired();
    this.schedule(this.wire.probeKind, this.wire.engine.now + KEEPALIVE_MICROS);
  }

  /** When the last message or link heartbeat came in before the silence. */
  private lastHeard(lastArrival: number): number {
    const { linkHeartbeatMicros } = this.options;
    const message = Math.min(lastArrival, this.silentAt);
    if (linkHeartbeatMicros === 0) return message;
    const beats = Math.floor((this.silentAt - this.openedAt) / linkHeartbeatMicros);
    return Math.max(message, Math.round(this.openedAt + beats * linkHeartbeatMicros));
  }

  private schedule(kind: number, at: number): void {
    const now = this.wire.engine.now;
    this.wire.engine.schedule((at > now ? at : now) as Tick, kind, this.id, this.generation);
  }
}
