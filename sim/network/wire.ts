// What the ends of connections share: the engine, the kinds of event, and the tables by which events find their owner.
// An event carries (index, generation). Generations are unique in a run: whoever was closed in between has another one and ignores
// the event, also when its index is used again.
import type { Engine } from "../engine/engine.ts";
import type { RandomStream } from "../engine/random.ts";

/** A pipe, as its events see it. */
export interface PipeEvents {
  /** The next message in order has arrived. */
  arrive(generation: number): void;
  /** The sender's retransmission timer has fired. */
  retransmit(generation: number): void;
  /** The answer to a retransmission is back at the sender. */
  answered(generation: number): void;
  /** The sender's end has closed, behind everything that it sent. */
  hangUp(generation: number): void;
  /** A write has blocked for too long. */
  writeTimeout(generation: number): void;
  /** A link heartbeat of a quiet sender finds the way blocked. */
  heartbeat(generation: number): void;
}

/** The receiver's end of a pipe, as its events see it. */
export interface ReaderEvents {
  /** It may have read nothing for too long. */
  readTimeout(generation: number): void;
  /** Its kernel asks whether the sender is still there. */
  probe(generation: number): void;
}

/** A dialer, as its events see it. */
export interface DialEvents {
  step(generation: number): void;
}

/** A stream of datagrams, as its events see it. */
export interface DatagramEvents {
  arrive(slot: number): void;
}

export class Wire {
  readonly engine: Engine;
  /** Whoever dials now has been connected for long: see Network.settle. */
  isSettling = false;
  readonly arriveKind: number;
  readonly retransmitKind: number;
  readonly answeredKind: number;
  readonly hangUpKind: number;
  readonly writeTimeoutKind: number;
  readonly heartbeatKind: number;
  readonly readTimeoutKind: number;
  readonly probeKind: number;
  readonly dialKind: number;
  readonly datagramKind: number;
  private readonly pipes: PipeEvents[] = [];
  /** By the index of their pipe. */
  private readonly readers: ReaderEvents[] = [];
  private readonly freePipes: number[] = [];
  private readonly dialers: DialEvents[] = [];
  private readonly freeDialers: number[] = [];
  private readonly datagrams: DatagramEvents[] = [];
  private generations = 0;

  constructor(engine: Engine) {
    this.engine = engine;
    const { pipes, readers, dialers, datagrams } = this;
    this.arriveKind = engine.register("network/arrive", (i, generation) => pipes[i]!.arrive(generation));
    this.retransmitKind = engine.register("network/retransmit", (i, generation) => pipes[i]!.retransmit(generation));
    this.answeredKind = engine.register("network/answered", (i, generation) => pipes[i]!.answered(generation));
    this.hangUpKind = engine.register("network/hang-up", (i, generation) => pipes[i]!.hangUp(generation));
    this.writeTimeoutKind = engine.register("network/write-timeout", (i, gen) => pipes[i]!.writeTimeout(gen));
    this.heartbeatKind = engine.register("network/link-heartbeat", (i, gen) => pipes[i]!.heartbeat(gen));
    this.readTimeoutKind = engine.register("network/read-timeout", (i, gen) => readers[i]!.readTimeout(gen));
    this.probeKind = engine.register("network/keepalive-probe", (i, generation) => readers[i]!.probe(generation));
    this.dialKind = engine.register("network/dial", (i, generation) => dialers[i]!.step(generation));
    this.datagramKind = engine.register("network/datagram", (i, slot) => datagrams[i]!.arrive(slot));
  }

  /** A generation that nobody has had: an int32. */
  newGeneration(): number {
    return this.generations++ | 0;
  }

  /** @returns the index of its events, its own until {@link removePipe} */
  addPipe(pipe: PipeEvents, reader: ReaderEvents): number {
    const id = this.freePipes.pop() ?? this.pipes.length;
    this.pipes[id] = pipe;
    this.readers[id] = reader;
    return id;
  }

  removePipe(id: number): void {
    this.freePipes.push(id);
  }

  addDialer(dialer: DialEvents): number {
    const id = this.freeDialers.pop() ?? this.dialers.length;
    this.dialers[id] = dialer;
    return id;
  }

  removeDialer(id: number): void {
    this.freeDialers.push(id);
  }

  addDatagrams(datagrams: DatagramEvents): number {
    return this.datagrams.push(datagrams) - 1;
  }

  /** The stream of one purpose of one direction and lane. */
  stream(pathName: string, lane: string, purpose: string): RandomStream {
    return this.engine.stream(`network/${pathName}/${lane}/${purpose}`);
  }
}
