// A watch that outlives the member it is opened at: after a loss it goes on at another one with the revision that comes next, so
// that nothing is missed and nothing told twice. It ends when what comes next is compacted, or a required leader is missing.
// Source: behaviour of clientv3's watcher.
import { assert } from "../engine/assert.ts";
import type { Balancer } from "./client-balancer.ts";
import type { Channel, ChannelWatch } from "./client-channel.ts";
import type { EndFrame, EventsFrame } from "./client-frames.ts";
import type { EtcdWatch, WatchOptions, WatchSink } from "./client-types.ts";
import { EtcdError } from "./error.ts";

export class ResumingWatch implements EtcdWatch, ChannelWatch {
  readonly kind = "watch";
  readonly key: string;
  readonly rangeEnd: string;
  readonly requireLeader: boolean;
  private readonly balancer: Balancer;
  private readonly sink: WatchSink;
  private channel: Channel | null = null;
  private nextRevision: number;
  private isOver = false;

  constructor(balancer: Balancer, options: WatchOptions, sink: WatchSink) {
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
    if (frame.kind === "end") {
      this.isOver = true;
      this.channel = null;
      this.sink.ended(frame.error, frame.compactRevision);
      return;
    }
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
