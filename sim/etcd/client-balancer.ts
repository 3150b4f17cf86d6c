// Which member a call goes to: the ready ones in turn, as gRPC's round_robin policy. Calls wait while a connection is being
// made and none is ready, and fail at once when all attempts have failed.
// Source: gRPC's round_robin and its base balancer: a subchannel that has failed counts as failed until it is ready.
import type { RandomStream } from "../engine/random.ts";
import type { Channel } from "./client-channel.ts";
import type { EtcdError } from "./error.ts";

export class Balancer {
  private readonly channels: readonly Channel[];
  private readonly starts: RandomStream;
  private readonly hasFailed: boolean[];
  private readonly waiting: (() => void)[] = [];
  private ready: Channel[] = [];
  private next = 0;

  constructor(channels: readonly Channel[], starts: RandomStream) {
    this.channels = channels;
    this.starts = starts;
    this.hasFailed = channels.map(() => false);
  }

  /** A channel has changed its state. */
  changed(channel: Channel): void {
    const index = this.channels.indexOf(channel);
    if (channel.state === "failed") this.hasFailed[index] = true;
    else if (channel.state === "ready") this.hasFailed[index] = false;
    const ready = this.channels.filter(({ state }) => state === "ready");
    const isSame = ready.length === this.ready.length && ready.every((other, i) => other === this.ready[i]);
    if (!isSame) {
      this.ready = ready;
      this.next = Math.floor(this.starts.nextDouble() * Math.max(1, ready.length));
    }
    if (ready.length > 0 || !this.isConnecting) for (const retry of this.waiting.splice(0)) retry();
  }

  /** The next member in turn; null when a connection may come soon; why there is none otherwise. */
  pick(): Channel | EtcdError | null {
    const { ready } = this;
    if (ready.length > 0) {
      const channel = ready[this.next % ready.length]!;
      this.next = (this.next + 1) % ready.length;
      return channel;
    }
    if (this.isConnecting) return null;
    return this.channels[this.channels.length - 1]!.lastError;
  }

  /** Calls back when {@link pick} has something else to say. */
  wait(retry: () => void): void {
    this.waiting.push(retry);
  }

  /** Calls back when a member is ready, however long it takes. */
  whenReady(begin: () => void): void {
    if (this.ready.length > 0) return begin();
    this.wait(() => this.whenReady(begin));
  }

  private get isConnecting(): boolean {
    return this.channels.some(({ state }, i) => !this.hasFailed[i] && state !== "failed");
  }
}
