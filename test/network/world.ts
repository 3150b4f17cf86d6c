// Two or more hosts and what arrives at them, for the tests of the network.
import type { Engine } from "../../sim/engine/engine.ts";
import { Engine as RealEngine } from "../../sim/engine/engine.ts";
import type { Tick } from "../../sim/engine/tick.ts";
import { NetworkFaultPoints } from "../../sim/network/fault-points.ts";
import { Network, type NetworkOptions, type Stream } from "../../sim/network/network.ts";
import type { LinkProfile } from "../../sim/network/profile.ts";
import type { StreamOptions } from "../../sim/network/stream.ts";

export const SECOND = 1_000_000;

/** One way, without chance. */
export function fixed(latencyMicros: number, more: Partial<LinkProfile> = {}): LinkProfile {
  return { latencyMicros: { kind: "constant", value: latencyMicros }, ...more };
}

export interface Observed {
  readonly stream: Stream;
  /** [when in micros, what] in the order of delivery. */
  readonly arrivals: [number, unknown][];
  /** [when in micros, which callback] */
  readonly events: [number, string][];
}

export class World {
  readonly engine: Engine;
  readonly network: Network;
  readonly faults: NetworkFaultPoints;

  constructor(
    options: NetworkOptions = { sameZone: fixed(100), crossZone: fixed(500) },
    seed = 1,
    shuffleTies?: number,
  ) {
    this.engine = new RealEngine(shuffleTies === undefined ? { seed } : { seed, shuffleTies });
    this.network = new Network(this.engine, options);
    this.faults = new NetworkFaultPoints(this.network);
  }

  /** Hosts of one zone. */
  hosts(...names: string[]): number[] {
    return names.map((name) => this.network.addHost(name, "a"));
  }

  at(micros: number, act: () => void): void {
    this.engine.at(micros as Tick, act);
  }

  run(untilMicros: number): void {
    this.engine.run(untilMicros as Tick);
  }

  /** A stream with rafthttp's times. */
  stream(from: number, to: number, more: Partial<StreamOptions> = {}): Observed {
    const arrivals: [number, unknown][] = [];
    const events: [number, string][] = [];
    const note = (what: string) => () => {
      events.push([this.engine.now, what]);
    };
    const stream = this.network.openStream({
      name: "message",
      from,
      to,
      deliver: (payload) => {
        arrivals.push([this.engine.now, payload]);
      },
      opened: note("opened"),
      closed: note("closed"),
      readerOpened: note("readerOpened"),
      readerClosed: note("readerClosed"),
      readTimeoutMicros: 0,
      linkHeartbeatMicros: 1_666_667,
      redialMicros: 100_000,
      dialTimeoutMicros: 2 * SECOND,
      bufferMessages: 4096,
      ...more,
    });
    return { stream, arrivals, events };
  }

  /** Sends 0, 1, 2 … at a fixed pace. */
  sendEvery(stream: Stream, periodMicros: number, fromMicros: number, untilMicros: number, bytes = 100): void {
    let next = 0;
    for (let at = fromMicros; at < untilMicros; at += periodMicros) this.at(at, () => void stream.send(next++, bytes));
  }
}
