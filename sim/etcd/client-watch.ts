// A watch that outlives the member it is opened at: after a loss it goes on at another one with the revision that comes next, so
// that nothing is missed and nothing told twice. It ends when what comes next is compacted, or a required leader is missing.
// Source: behaviour of clientv3's watcher.
import { assert } from "../engine/assert.ts";
import type { Engine } from "../engine/engine.ts";
import type { Tick } from "../engine/tick.ts";
import type { Balancer } from "./client-balancer.ts";
import type { Channel, ChannelWatch } from "./client-channel.ts";
import type { EndFrame, EventsFrame } from "./client-frames.ts";
import type { EtcdWatch, WatchOptions, WatchSink } from "./client-types.ts";
import { ERRORS, EtcdError } from "./error.ts";

const MIN_PAUSE_MICROS = 1000;
const MAX_PAUSE_MICROS = 100_000;
const PAUSE_FACTOR = 1.25;

export class ResumingWatch implements EtcdWatch, ChannelWatch {
  readonly kind = "watch";
  readonly key: string;
  readonly rangeEnd: string;
  readonly requireLeader: boolean;
  private readonly engine: Engine;
  private readonly balancer: Balancer;
  private readonly sink: WatchSink;
  private channel: Channel | null = null;
  private nextRevision: number;
  private isOver = false;
  private pauseMicros = MIN_PAUSE_MICROS;

  constructor(engine: Engine, balancer: Balancer, options: WatchOptions, sink: WatchSink) {
    this.engine = engine;
    this.balancer = balancer;
    this.key = options.key;
    this.rangeEnd = options.rangeEnd;
    this.requireLeader = options.requireLeader;
    this.nextRevision = options.startRevision;
    this.sink = sink;
    this.open();
  }

  get startRevision(): number {
    return this.nextRevision;
  }

  cancel(): void {
    this.isOver = true;
    this.channel?.unwatch(this);
    this.channel = null;
  }

  told(frame: EventsFrame | EndFrame): void {
    if (frame.kind === "end") return this.ended(frame);
    this.pauseMicros = MIN_PAUSE_MICROS;
    const { events, revision } = frame;
    const first = events[0];
    if (first === undefined) {
      // created, or nothing has happened up to there
      if (revision >= this.nextRevision) this.nextRevision = revision + 1;
      return;
    }
    assert(first.kv.modRevision >= this.nextRevision, "a watch tells each revision once, in order");
    this.nextRevision = events[events.length - 1]!.kv.modRevision + 1;
    this.sink.events(events);
  }

  private ended({ error, compactRevision }: EndFrame): void {
    this.channel = null;
    if (compactRevision === 0 && error.code === "Unavailable" && error !== ERRORS.noLeader) {
      // this member is of no use; another one, or this one in a while
      this.engine.at((this.engine.now + this.pauseMicros) as Tick, () => this.lost());
      this.pauseMicros = Math.min(MAX_PAUSE_MICROS, Math.ceil(this.pauseMicros * PAUSE_FACTOR));
      return;
    }
    this.isOver = true;
    this.sink.ended(error, compactRevision);
  }

  lost(): void {
    this.channel = null;
    if (!this.isOver) this.open();
  }

  private open(): void {
    this.balancer.whenReady(() => {
      if (this.isOver) return;
      const channel = this.balancer.pick();
      // ready by then
      if (channel === null || channel instanceof EtcdError) return this.open();
      this.channel = channel;
      channel.watch(this);
    });
  }
}
