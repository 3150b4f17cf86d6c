// One client's open watch: what is on its way to the client, in order, however the latencies fall.
import type { RandomStream } from "../engine/random.ts";
import type { ApiKind, ApiObject, Selector, WatchEventType } from "./client.ts";
import type { StreamEnd, Transport } from "./exchange.ts";

/** Where a watch arrives. */
export interface StreamSink {
  event(type: WatchEventType, object: ApiObject, key: string): void;
  /** The watch has ended, and the client has noticed. `isComplete`: nothing that was sent is lost. */
  ended(isComplete: boolean): void;
  /** The way was cut, and is open again. */
  passes?(): void;
}

const COMPACT_LENGTH = 1024;

export class WatchStream implements StreamEnd {
  readonly kind: ApiKind;
  readonly selector: Selector;
  readonly latency: RandomStream;
  readonly transport: Transport;
  lastDueMicros: number;
  /** Changes up to this revision are known to the client. */
  readonly sinceRevision: number;
  /** Its place among the streams that are delivered to. */
  slot = -1;
  /** Events that are due and wait for the connection. */
  held = 0;
  /** The server has closed it and the client has not heard of it. */
  isEndedByServer = false;
  private readonly sink: StreamSink;
  private open = true;
  private isTold = false;
  private types: WatchEventType[] = [];
  private objects: ApiObject[] = [];
  private keys: string[] = [];
  private head = 0;

  /** @param firstDueMicros nothing arrives at or before this time: the list comes first */
  constructor(
    kind: ApiKind,
    selector: Selector,
    sink: StreamSink,
    latency: RandomStream,
    transport: Transport,
    firstDueMicros: number,
    sinceRevision: number,
  ) {
    this.kind = kind;
    this.selector = selector;
    this.sink = sink;
    this.latency = latency;
    this.transport = transport;
    this.lastDueMicros = firstDueMicros;
    this.sinceRevision = sinceRevision;
    transport.streams.add(this);
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

  /** What was held will never be delivered. */
  dropHeld(): void {
    this.drop(this.head);
    this.types.length -= this.held;
    this.objects.length -= this.held;
    this.keys.length -= this.held;
    this.held = 0;
  }

  /** Nothing arrives any more; what is on its way arrives nowhere. */
  stop(): void {
    this.open = false;
  }

  /** The way is open again: what was held comes now. */
  passesAgain(): void {
    if (this.open) this.sink.passes?.();
  }

  /** Tells the client that it is over, once; while the connection is cut it cannot know. */
  tellEnd(): void {
    if (this.isTold) return;
    if (this.transport.isStalled) {
      this.isEndedByServer = true;
      return;
    }
    this.isTold = true;
    this.transport.streams.delete(this);
    this.sink.ended(this.pending === 0);
  }

  /** The client itself has closed it: nobody has to be told. */
  forget(): void {
    this.isTold = true;
    this.transport.streams.delete(this);
  }

  private drop(count: number): void {
    this.types = this.types.slice(count);
    this.objects = this.objects.slice(count);
    this.keys = this.keys.slice(count);
    this.head = 0;
  }
}
