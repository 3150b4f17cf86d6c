// One client's open watch as the API server sees it: what is on its way to the client, in order, however the latencies fall.
import type { RandomStream } from "../engine/random.ts";
import type { ApiKind, ApiObject, Selector, WatchEventType } from "./client.ts";

/** Where a watch arrives. */
export interface StreamSink {
  event(type: WatchEventType, object: ApiObject, key: string): void;
  /** The server has ended the watch. */
  interrupted(): void;
}

const COMPACT_LENGTH = 1024;

export class WatchStream {
  readonly kind: ApiKind;
  readonly selector: Selector;
  readonly latency: RandomStream;
  lastDueMicros: number;
  /** Its place among the streams that are delivered to. */
  slot = -1;
  private readonly sink: StreamSink;
  private open = true;
  private types: WatchEventType[] = [];
  private objects: ApiObject[] = [];
  private keys: string[] = [];
  private head = 0;

  /** @param firstDueMicros nothing arrives at or before this time: the list comes first */
  constructor(kind: ApiKind, selector: Selector, sink: StreamSink, latency: RandomStream, firstDueMicros: number) {
    this.kind = kind;
    this.selector = selector;
    this.sink = sink;
    this.latency = latency;
    this.lastDueMicros = firstDueMicros;
  }

  get isOpen(): boolean {
    return this.open;
  }

  /** Events that are on their way. */
  get pending(): number {
    return this.types.length - this.head;
  }

  push(type: WatchEventType, object: ApiObject, key: string): void {
    this.types.push(type);
    this.objects.push(object);
    this.keys.push(key);
  }

  deliverNext(): void {
    const type = this.types[this.head] as WatchEventType;
    const object = this.objects[this.head] as ApiObject;
    const key = this.keys[this.head] as string;
    this.head++;
    if (this.head === this.types.length) this.drop(this.head);
    else if (this.head >= COMPACT_LENGTH) this.drop(this.head);
    if (this.open) this.sink.event(type, object, key);
  }

  /** Ends it for good. What is on its way arrives nowhere. */
  stop(): void {
    this.open = false;
  }

  /** Ends it from the server's side. */
  interrupt(): void {
    if (!this.open) return;
    this.open = false;
    this.sink.interrupted();
  }

  private drop(count: number): void {
    this.types = this.types.slice(count);
    this.objects = this.objects.slice(count);
    this.keys = this.keys.slice(count);
    this.head = 0;
  }
}
