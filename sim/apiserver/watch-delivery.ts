// What is on its way to watchers: when each event arrives at its client. A connection delivers in order, however the latencies fall,
// and holds what it cannot deliver while it is cut. Shared by all API servers of a run, as kinds of event are registered once.
import { type Distribution, sample } from "../engine/distributions.ts";
import type { Engine } from "../engine/engine.ts";
import type { ApiObject, WatchEventType } from "./client.ts";
import type { WatchStream } from "./watch-stream.ts";

export class WatchDelivery {
  readonly engine: Engine;
  private readonly latencyMicros: Distribution;
  private readonly streams: (WatchStream | undefined)[] = [];
  private readonly free: number[] = [];
  private readonly watchKind: number;

  /** @param latencyMicros from the API server's learning of a change to its arrival at a watcher */
  constructor(engine: Engine, latencyMicros: Distribution) {
    this.engine = engine;
    this.latencyMicros = latencyMicros;
    this.watchKind = engine.register("apiserver/watch", (slot) => this.deliver(slot));
  }

  add(stream: WatchStream): void {
    stream.slot = this.free.pop() ?? this.streams.length;
    this.streams[stream.slot] = stream;
  }

  /** Nothing is sent on it any more; its place is free once nothing is on the way. */
  remove(stream: WatchStream): void {
    stream.dropHeld();
    if (stream.pending === 0) this.release(stream.slot);
  }

  send(stream: WatchStream, type: WatchEventType, object: ApiObject, key: string): void {
    const { engine } = this;
    const delayMicros = Math.max(0, Math.round(sample(this.latencyMicros, stream.latency)));
    stream.lastDueMicros = Math.max(stream.lastDueMicros, engine.now + delayMicros);
    stream.push(type, object, key);
    engine.after(stream.lastDueMicros - engine.now, this.watchKind, stream.slot);
  }

  /** The connection passes again: what was held comes now. */
  resume(stream: WatchStream): void {
    for (; stream.held > 0; stream.held--) this.engine.after(0, this.watchKind, stream.slot);
    stream.passesAgain();
  }

  private deliver(slot: number): void {
    const stream = this.streams[slot] as WatchStream;
    if (stream.isOpen && stream.transport.isStalled) {
      stream.held++;
      return;
    }
    stream.deliverNext();
    if (!stream.isOpen && stream.pending === 0) this.release(slot);
  }

  private release(slot: number): void {
    if (this.streams[slot] === undefined) return;
    this.streams[slot] = undefined;
    this.free.push(slot);
  }
}
