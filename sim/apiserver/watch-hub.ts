// The open watches of all clients: which change goes to whom, and when it arrives there. A connection delivers in order, however
// the latencies fall.
import { type Distribution, sample } from "../engine/distributions.ts";
import type { Engine } from "../engine/engine.ts";
import type { RandomStream } from "../engine/random.ts";
import type { Pod } from "../model/objects.ts";
import type { ApiKind, ApiObject, Selector, WatchEventType } from "./client.ts";
import { type StreamSink, WatchStream } from "./watch-stream.ts";

export class WatchHub {
  private readonly engine: Engine;
  private readonly latencyMicros: Distribution;
  private readonly streams: WatchStream[] = [];
  private readonly byKind = new Map<ApiKind, number[]>();
  // watches of one node's pods, so that a change wakes only that node
  private readonly byNode = new Map<string, number[]>();
  private readonly ofAssigned: number[] = [];
  private readonly watchKind: number;

  /** @param latencyMicros from the API server's learning of a change to its arrival at a watcher */
  constructor(engine: Engine, latencyMicros: Distribution) {
    this.engine = engine;
    this.latencyMicros = latencyMicros;
    this.watchKind = engine.register("apiserver/watch", (stream) => this.streams[stream]!.deliverNext());
  }

  /** Opens a watch whose first event comes later than `listMicros` from now: after the list that it continues. */
  open(kind: ApiKind, selector: Selector, sink: StreamSink, latency: RandomStream, listMicros: number): WatchStream {
    const id = this.streams.length;
    const stream = new WatchStream(sink, latency, this.engine.now + listMicros + 1);
    this.streams.push(stream);
    if (kind === "pods" && selector.nodeName !== undefined) append(this.byNode, selector.nodeName, id);
    else if (kind === "pods" && selector.assigned === true) this.ofAssigned.push(id);
    else append(this.byKind, kind, id);
    return stream;
  }

  publish(kind: ApiKind, type: WatchEventType, object: ApiObject, before: ApiObject | undefined, key: string): void {
    for (const id of this.byKind.get(kind) ?? []) this.send(id, type, object, key);
    if (kind !== "pods") return;
    const nodeName = (object as Pod).spec.nodeName;
    if (!nodeName) return;
    // to a watcher of bound pods a pod comes into being when it is bound
    const seenAs = type === "MODIFIED" && (before as Pod).spec.nodeName !== nodeName ? "ADDED" : type;
    for (const id of this.ofAssigned) this.send(id, seenAs, object, key);
    for (const id of this.byNode.get(nodeName) ?? []) this.send(id, seenAs, object, key);
  }

  /** Breaks off all watches of a kind. */
  interrupt(kind: ApiKind): void {
    const lists = [this.byKind.get(kind) ?? []];
    this.byKind.delete(kind);
    if (kind === "pods") {
      lists.push(this.ofAssigned.splice(0), ...this.byNode.values());
      this.byNode.clear();
    }
    for (const ids of lists) for (const id of ids) this.streams[id]!.interrupt();
  }

  private send(id: number, type: WatchEventType, object: ApiObject, key: string): void {
    const stream = this.streams[id] as WatchStream;
    if (!stream.isOpen) return;
    const delayMicros = Math.max(0, Math.round(sample(this.latencyMicros, stream.latency)));
    stream.lastDueMicros = Math.max(stream.lastDueMicros, this.engine.now + delayMicros);
    stream.push(type, object, key);
    this.engine.after(stream.lastDueMicros - this.engine.now, this.watchKind, id);
  }
}

function append<K>(lists: Map<K, number[]>, key: K, id: number): void {
  const list = lists.get(key);
  if (list === undefined) lists.set(key, [id]);
  else list.push(id);
}
