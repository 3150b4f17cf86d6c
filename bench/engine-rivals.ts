// What the event queue is compared with: the queues that a simulator in JavaScript would otherwise use.
import FlatQueue from "flatqueue";

/** The hold model: take the earliest event, put it back `delay` later. The delays begin where the last call ended. */
export interface Hold {
  hold(times: number, delays: Int32Array): void;
}

/** A binary heap of objects with a comparator: (time, sequence). */
export class ObjectHeap implements Hold {
  private readonly heap: { time: number; sequence: number; kind: number; a: number; b: number }[] = [];
  private sequence = 0;
  private cursor = 0;

  constructor(pending: number, delays: Int32Array) {
    for (let i = 0; i < pending; i++) this.push(delays[i & (delays.length - 1)]!, 0, i, 0);
  }

  hold(times: number, delays: Int32Array): void {
    const mask = delays.length - 1;
    for (let i = 0; i < times; i++) {
      const event = this.pop();
      this.cursor = (this.cursor + 1) & mask;
      this.push(event.time + delays[this.cursor]!, event.kind, event.a, event.b);
    }
  }

  private push(time: number, kind: number, a: number, b: number): void {
    const { heap } = this;
    const event = { time, sequence: this.sequence++, kind, a, b };
    let at = heap.length;
    heap.push(event);
    while (at > 0) {
      const parent = (at - 1) >> 1;
      if (isEarlier(heap[parent]!, event)) break;
      heap[at] = heap[parent]!;
      at = parent;
    }
    heap[at] = event;
  }

  private pop(): { time: number; kind: number; a: number; b: number } {
    const { heap } = this;
    const top = heap[0]!;
    const last = heap.pop()!;
    const { length } = heap;
    let at = 0;
    for (let child = 1; child < length; child = 2 * at + 1) {
      if (child + 1 < length && isEarlier(heap[child + 1]!, heap[child]!)) child++;
      if (isEarlier(last, heap[child]!)) break;
      heap[at] = heap[child]!;
      at = child;
    }
    if (length > 0) heap[at] = last;
    return top;
  }
}

interface Ordered {
  readonly time: number;
  readonly sequence: number;
}

function isEarlier(a: Ordered, b: Ordered): boolean {
  return a.time < b.time || (a.time === b.time && a.sequence < b.sequence);
}

/** flatqueue: a fast binary heap on plain arrays. It carries one number per event, and its ties come in no stable order. */
export class FlatQueueHold implements Hold {
  private readonly queue = new FlatQueue<number>();
  private cursor = 0;

  constructor(pending: number, delays: Int32Array) {
    for (let i = 0; i < pending; i++) this.queue.push(i, delays[i & (delays.length - 1)]!);
  }

  hold(times: number, delays: Int32Array): void {
    const { queue } = this;
    const mask = delays.length - 1;
    for (let i = 0; i < times; i++) {
      const time = queue.peekValue()!;
      const id = queue.pop()!;
      this.cursor = (this.cursor + 1) & mask;
      queue.push(id, time + delays[this.cursor]!);
    }
  }
}
