// What pipes and dialers share: the engine, the kinds of event, and the tables by which events find them.
// An event carries (index, generation): whoever was closed or opened anew in between has another generation and ignores it.
import type { Engine } from "../engine/engine.ts";
import type { RandomStream } from "../engine/random.ts";

/** A pipe, as its events see it. */
export interface PipeEvents {
  /** The next message in order has arrived. */
  arrive(generation: number): void;
  /** The retransmission timer has fired. */
  retransmit(generation: number): void;
  /** The answer to a retransmission is back at the sender. */
  answered(generation: number): void;
  /** The sender's end has closed behind everything that it sent. */
  hangUp(generation: number): void;
  /** A write has blocked for too long, or the receiver has read nothing for too long. */
  expire(generation: number): void;
  /** A quiet sender's link heartbeat finds the path blocked. */
  heartbeat(generation: number): void;
  /** A datagram has arrived; the argument is its slot. */
  datagram(slot: number): void;
}

/** A dialer, as its events see it. */
export interface DialEvents {
  step(generation: number): void;
}

export class Wire {
  readonly engine: Engine;
  readonly pipes: PipeEvents[] = [];
  readonly dialers: DialEvents[] = [];
  readonly arriveKind: number;
  readonly retransmitKind: number;
  readonly answeredKind: number;
  readonly hangUpKind: number;
  readonly expireKind: number;
  readonly heartbeatKind: number;
  readonly datagramKind: number;
  readonly dialKind: number;

  constructor(engine: Engine) {
    this.engine = engine;
    const pipes = this.pipes;
    this.arriveKind = engine.register("network/arrive", (pipe, generation) => pipes[pipe]!.arrive(generation));
    this.retransmitKind = engine.register("network/retransmit", (pipe, gen) => pipes[pipe]!.retransmit(gen));
    this.answeredKind = engine.register("network/answered", (pipe, gen) => pipes[pipe]!.answered(gen));
    this.hangUpKind = engine.register("network/hang-up", (pipe, gen) => pipes[pipe]!.hangUp(gen));
    this.expireKind = engine.register("network/expire", (pipe, gen) => pipes[pipe]!.expire(gen));
    this.heartbeatKind = engine.register("network/link-heartbeat", (pipe, gen) => pipes[pipe]!.heartbeat(gen));
    this.datagramKind = engine.register("network/datagram", (pipe, slot) => pipes[pipe]!.datagram(slot));
    this.dialKind = engine.register("network/dial", (dialer, gen) => this.dialers[dialer]!.step(gen));
  }

  /** The stream of one purpose of one direction and lane. */
  stream(pathName: string, lane: string, purpose: string): RandomStream {
    return this.engine.stream(`network/${pathName}/${lane}/${purpose}`);
  }
}
