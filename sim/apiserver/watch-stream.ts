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
  // what is on the way: three columns of which [head, tail) is in use; emptied they begin at 0 again
  private readonly types: WatchEventType[] = [];
  private readonly objects: (ApiObject | undefined)[] = [];
  private readonly keys: string[] = [];
  private head = 0;
  private tail = 0;

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
    return this.tail - this.head;
  }

  push(type: WatchEventType, object: ApiObject, key: string): void {
    const { tail } = this;
    this.types[tail] = type;
    this.objects[tail] = object;
    this.keys[tail] = key;
    this.tail = tail + 1;
  }

  deliverNext(): void {
    const { head } = this;
    const type = this.types[head] as WatchEventType;
    const object = this.objects[head] as ApiObject;
    const key = this.keys[head] as string;
    // it must not be kept alive from here
    this.objects[head] = undefined;
    this.head = head + 1;
    if (this.head === this.tail) this.head = this.tail = 0;
    else if (this.head >= COMPACT_LENGTH && this.head * 2 >= this.tail) this.compact();
    if (this.open) this.sink.event(type, object, key);
  }

  /** What was held will never be delivered. */
  dropHeld(): void {
    this.compact();
    this.tail -= this.held;
    for (let i = this.tail; i < this.objects.length; i++) this.objects[i] = undefined;
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

  private compact(): void {
    const { head, tail } = this;
    this.types.copyWithin(0, head, tail);
    this.objects.copyWithin(0, head, tail);
    this.keys.copyWithin(0, head, tail);
    this.objects.fill(undefined, tail - head, tail);
    this.head = 0;
    this.tail = tail - head;
  }
}
