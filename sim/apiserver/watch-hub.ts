// The open watches at one API server: which change goes to whom. Watches of one node's pods, of one name or one namespace are found by
// an index, so that a change wakes only whom it concerns.
import type { RandomStream } from "../engine/random.ts";
import type { Pod } from "../model/objects.ts";
import type { ApiKind, ApiObject, Selector, WatchEventType } from "./client.ts";
import type { Transport } from "./exchange.ts";
import { isSelected } from "./selection.ts";
import type { WatchDelivery } from "./watch-delivery.ts";
import { type StreamSink, WatchStream } from "./watch-stream.ts";

/** The watches of one kind. */
class Group {
  readonly everything = new Set<WatchStream>();
  readonly assigned = new Set<WatchStream>();
  readonly byName = new Map<string, Set<WatchStream>>();
  readonly byNode = new Map<string, Set<WatchStream>>();
  readonly byNamespace = new Map<string, Set<WatchStream>>();

  /** All sets, in an order of their own. */
  sets(): Set<WatchStream>[] {
    const sets = [this.everything, this.assigned];
    sets.push(...this.byName.values(), ...this.byNode.values(), ...this.byNamespace.values());
    return sets;
  }

  add(stream: WatchStream): void {
    this.put(stream, true);
  }

  remove(stream: WatchStream): void {
    this.put(stream, false);
  }

  private put(stream: WatchStream, isIn: boolean): void {
    const { assigned, name, namespace, nodeName } = stream.selector;
    const change = isIn ? append : drop;
    if (name !== undefined) change(this.byName, name, stream);
    else if (nodeName !== undefined) change(this.byNode, nodeName, stream);
    else if (namespace !== undefined) change(this.byNamespace, namespace, stream);
    else {
      const streams = assigned === true ? this.assigned : this.everything;
      if (isIn) streams.add(stream);
      else streams.delete(stream);
    }
  }
}

export class WatchHub {
  private readonly delivery: WatchDelivery;
  private readonly groups = new Map<ApiKind, Group>();
  private count = 0;

  constructor(delivery: WatchDelivery) {
    this.delivery = delivery;
  }

  /** Watches that are open. */
  get open(): number {
    return this.count;
  }

  /** How many watches a change of this kind may have to be sent to. */
  watchersOf(kind: ApiKind): number {
    return this.groups.get(kind)?.everything.size ?? 0;
  }

  /** Opens a watch whose first event comes later than `listMicros` from now: after the list that it continues. */
  add(
    kind: ApiKind,
    selector: Selector,
    sink: StreamSink,
    latency: RandomStream,
    transport: Transport,
    listMicros: number,
    sinceRevision: number,
  ): WatchStream {
    const firstMicros = this.delivery.engine.now + listMicros + 1;
    const stream = new WatchStream(kind, selector, sink, latency, transport, firstMicros, sinceRevision);
    this.delivery.add(stream);
    let group = this.groups.get(kind);
    if (group === undefined) {
      group = new Group();
      this.groups.set(kind, group);
    }
    group.add(stream);
    this.count++;
    return stream;
  }

  /** It is sent nothing any more; the client is not told. */
  remove(stream: WatchStream): void {
    if (!stream.isOpen) return;
    stream.stop();
    this.forget(stream);
  }

  /** Sends an event of the past to one watch. */
  replay(
    stream: WatchStream,
    type: WatchEventType,
    object: ApiObject,
    before: ApiObject | undefined,
    key: string,
  ): void {
    if (!isSelected(stream.kind, object, stream.selector)) return;
    this.delivery.send(stream, this.seenAs(stream, type, before), object, key);
  }

  /** @returns to how many watches it is sent */
  publish(
    kind: ApiKind,
    type: WatchEventType,
    object: ApiObject,
    before: ApiObject | undefined,
    key: string,
    revision: number,
  ): number {
    const group = this.groups.get(kind);
    if (group === undefined) return 0;
    const { delivery } = this;
    let sent = 0;
    for (const stream of group.everything) {
      if (revision <= stream.sinceRevision) continue;
      delivery.send(stream, type, object, key);
      sent++;
    }
    const { name, namespace = "default" } = object.metadata;
    if (group.byName.size > 0) sent += this.sendTo(group.byName.get(name), type, object, before, key, revision);
    if (group.byNamespace.size > 0)
      sent += this.sendTo(group.byNamespace.get(namespace), type, object, before, key, revision);
    if (kind !== "pods") return sent;
    const { nodeName } = (object as Pod).spec;
    if (!nodeName) return sent;
    if (group.assigned.size > 0) sent += this.sendTo(group.assigned, type, object, before, key, revision);
    if (group.byNode.size > 0) sent += this.sendTo(group.byNode.get(nodeName), type, object, before, key, revision);
    return sent;
  }

  /** Breaks off all watches of a kind. */
  interrupt(kind: ApiKind): void {
    const sets = this.groups.get(kind)?.sets() ?? [];
    for (const set of sets) for (const stream of [...set]) this.breakOff(stream);
  }

  /** Breaks off every watch, or those that match. */
  interruptAll(matches: (stream: WatchStream) => boolean = () => true): void {
    for (const group of [...this.groups.values()]) {
      for (const set of group.sets()) for (const stream of [...set]) if (matches(stream)) this.breakOff(stream);
    }
  }

  private breakOff(stream: WatchStream): void {
    this.remove(stream);
    stream.tellEnd();
  }

  private forget(stream: WatchStream): void {
    this.groups.get(stream.kind)?.remove(stream);
    this.count--;
    this.delivery.remove(stream);
  }

  private sendTo(
    streams: ReadonlySet<WatchStream> | undefined,
    type: WatchEventType,
    object: ApiObject,
    before: ApiObject | undefined,
    key: string,
    revision: number,
  ): number {
    if (streams === undefined) return 0;
    let sent = 0;
    for (const stream of streams) {
      if (revision <= stream.sinceRevision || !isSelected(stream.kind, object, stream.selector)) continue;
      this.delivery.send(stream, this.seenAs(stream, type, before), object, key);
      sent++;
    }
    return sent;
  }

  // to a watcher of bound pods a pod comes into being when it is bound
  private seenAs({ kind, selector }: WatchStream, type: WatchEventType, before: ApiObject | undefined): WatchEventType {
    if (type !== "MODIFIED" || kind !== "pods" || before === undefined) return type;
    return isSelected(kind, before, selector) ? type : "ADDED";
  }
}

function append(sets: Map<string, Set<WatchStream>>, key: string, stream: WatchStream): void {
  const set = sets.get(key);
  if (set === undefined) sets.set(key, new Set([stream]));
  else set.add(stream);
}

function drop(sets: Map<string, Set<WatchStream>>, key: string, stream: WatchStream): void {
  const set = sets.get(key);
  set?.delete(stream);
  if (set?.size === 0) sets.delete(key);
}
