// One priority level of one server: seats, queues that flows are dealt to, and who is next. Queues take turns by the seats that they
// have had (start-time fair queuing); each flow is dealt a hand of queues and joins the shortest.
// Source: behaviour of API priority and fairness; its virtual time counts seats here, not seat-seconds.
import type { PriorityLevelConfiguration } from "../../model/objects.ts";
import type { Request } from "../exchange.ts";

interface Queue {
  readonly waiting: Request[];
  seats: number;
  /** Virtual time at which its first request would begin. */
  start: number;
}

export class PriorityLevel {
  readonly name: string;
  readonly isExempt: boolean;
  readonly nominalSeats: number;
  /** What it keeps whatever others need. */
  readonly minSeats: number;
  /** What it may come to by borrowing. */
  readonly maxSeats: number;
  /** What it may use now. */
  limit: number;
  inUse = 0;
  waitingSeats = 0;
  waitingRequests = 0;
  /** The most that was asked for at a time since the limits were last worked out. */
  demand = 0;
  private readonly queues: Queue[] = [];
  private readonly handSize: number;
  private readonly queueLength: number;
  private now = 0;

  constructor({ metadata, spec }: PriorityLevelConfiguration, nominalSeats: number, totalSeats: number) {
    this.name = metadata.name;
    this.isExempt = spec?.type === "Exempt";
    this.nominalSeats = nominalSeats;
    const { lendablePercent, borrowingLimitPercent, limitResponse } = spec?.limited ?? {};
    this.minSeats = nominalSeats - Math.round((nominalSeats * (lendablePercent ?? 0)) / 100);
    this.maxSeats =
      borrowingLimitPercent == null
        ? totalSeats
        : nominalSeats + Math.round((nominalSeats * borrowingLimitPercent) / 100);
    this.limit = nominalSeats;
    const queuing = limitResponse?.type === "Queue" ? (limitResponse.queuing ?? {}) : null;
    this.handSize = queuing?.handSize ?? 8;
    this.queueLength = queuing?.queueLengthLimit ?? 50;
    const count = queuing === null ? 0 : (queuing.queues ?? 64);
    for (let i = 0; i < count; i++) this.queues.push({ waiting: [], seats: 0, start: 0 });
  }

  /** Is there room at once? */
  hasRoom(width: number): boolean {
    // what is wider than all there is goes when nothing else does
    return this.waitingRequests === 0 && (this.inUse + width <= this.limit || this.inUse === 0);
  }

  use(width: number): void {
    this.inUse += width;
    this.noteDemand();
  }

  release(width: number): void {
    this.inUse -= width;
  }

  /** Lets it wait. @returns false when its queues are full, or there are none */
  enqueue(request: Request, flow: string, width: number): boolean {
    if (this.queues.length === 0) return false;
    const index = this.shortest(flow);
    const queue = this.queues[index]!;
    if (queue.waiting.length >= this.queueLength) return false;
    if (queue.waiting.length === 0) queue.start = Math.max(queue.start, this.now);
    queue.waiting.push(request);
    queue.seats += width;
    request.queue = index;
    request.width = width;
    this.waitingSeats += width;
    this.waitingRequests++;
    this.noteDemand();
    return true;
  }

  /** Takes one out that waits no longer. */
  remove(request: Request): void {
    const queue = this.queues[request.queue];
    const at = queue?.waiting.indexOf(request) ?? -1;
    request.queue = -1;
    if (queue === undefined || at < 0) return;
    queue.waiting.splice(at, 1);
    queue.seats -= request.width;
    this.waitingSeats -= request.width;
    this.waitingRequests--;
  }

  /** The next one that there is room for, or undefined. */
  next(): Request | undefined {
    let best: Queue | undefined;
    for (const queue of this.queues) {
      if (queue.waiting.length > 0 && (best === undefined || queue.start < best.start)) best = queue;
    }
    const request = best?.waiting[0];
    if (best === undefined || request === undefined) return undefined;
    if (this.inUse + request.width > this.limit && this.inUse > 0) return undefined;
    this.now = best.start;
    best.start += request.width;
    this.remove(request);
    return request;
  }

  reset(): void {
    for (const queue of this.queues) {
      queue.waiting.length = 0;
      queue.seats = 0;
    }
    this.inUse = 0;
    this.waitingSeats = 0;
    this.waitingRequests = 0;
  }

  private noteDemand(): void {
    const demand = this.inUse + this.waitingSeats;
    if (demand > this.demand) this.demand = demand;
  }

  // dealt without putting back, by the hash of the flow
  private shortest(flow: string): number {
    let hash = hashOf(flow);
    const { queues } = this;
    let best = -1;
    const hand: number[] = [];
    for (let i = 0; i < Math.min(this.handSize, queues.length); i++) {
      let card = hash % (queues.length - i);
      hash = Math.floor(hash / (queues.length - i));
      for (const earlier of [...hand].sort((a, b) => a - b)) if (card >= earlier) card++;
      hand.push(card);
      if (best < 0 || queues[card]!.seats < queues[best]!.seats) best = card;
    }
    return best;
  }
}

/** 52 bits of a string: FNV-1a twice. */
function hashOf(text: string): number {
  let low = 2_166_136_261;
  let high = 84_696_351;
  for (let i = 0; i < text.length; i++) {
    const code = text.charCodeAt(i);
    low = Math.imul(low ^ code, 16_777_619);
    high = Math.imul(high ^ code, 1_099_511_627);
  }
  return (high >>> 12) * 4_294_967_296 + (low >>> 0);
}
