// What a member sends on one gRPC stream of watches: a channel of 128 messages, which fills when the client does not read.
// Refuses nothing itself: a full channel makes its watchers victims, and the hub tries again.
import type { EtcdError } from "../error.ts";
import type { WatchCreate, Watcher, WatcherSink, WatcherStream, WatchMessage } from "./watcher.ts";

const CHANNEL_MESSAGES = 128;

/** The member's side of streams. */
export interface StreamHub {
  createWatcher(stream: WatchStream, create: WatchCreate, sink: WatcherSink): Watcher;
  cancelWatcher(watcher: Watcher): void;
  closeStream(stream: WatchStream): void;
  /** A message leaves for the client. */
  delivered(message: WatchMessage): void;
  /** The channel has room again. */
  drained(): void;
  requestProgress(stream: WatchStream): void;
}

export class WatchStream implements WatcherStream {
  readonly requireLeader: boolean;
  readonly watchers = new Set<Watcher>();
  /** When its ticker of progress messages fires next, and its interval. */
  progressDueAt: number;
  readonly progressMicros: number;
  private readonly hub: StreamHub;
  private readonly isWritable: () => boolean;
  private queue: WatchMessage[] = [];

  /** @param isWritable false while the connection takes no more; {@link resume} tells that it does again */
  constructor(
    hub: StreamHub,
    requireLeader: boolean,
    isWritable: () => boolean,
    openedAt: number,
    progressMicros: number,
  ) {
    this.hub = hub;
    this.requireLeader = requireLeader;
    this.isWritable = isWritable;
    this.progressDueAt = openedAt + progressMicros;
    this.progressMicros = progressMicros;
  }

  /** Begins a watch. @returns what to give to {@link cancel} */
  create(create: WatchCreate, sink: WatcherSink): Watcher {
    return this.hub.createWatcher(this, create, sink);
  }

  /** Ends a watch without a word. */
  cancel(watcher: Watcher): void {
    this.hub.cancelWatcher(watcher);
  }

  /** The client has gone, or its connection. */
  close(): void {
    this.queue = [];
    this.hub.closeStream(this);
  }

  /** Asks for a progress message to all watches, which comes if none of them is behind. */
  requestProgress(): void {
    this.hub.requestProgress(this);
  }

  /** @returns false when the channel is full */
  offer(message: WatchMessage): boolean {
    if (this.queue.length === 0 && this.isWritable()) {
      this.deliver(message);
      return true;
    }
    if (this.queue.length >= CHANNEL_MESSAGES) return false;
    this.queue.push(message);
    return true;
  }

  /** The connection takes messages again. */
  resume(): void {
    let sent = 0;
    while (sent < this.queue.length && this.isWritable()) this.deliver(this.queue[sent++]!);
    if (sent === 0) return;
    this.queue.splice(0, sent);
    this.hub.drained();
  }

  /** Ends all its watches. */
  fail(error: EtcdError): void {
    const watchers = [...this.watchers];
    this.close();
    for (const { sink } of watchers) sink.ended(error, 0);
  }

  private deliver(message: WatchMessage): void {
    // what was cancelled meanwhile is not sent
    if (message.watcher.state !== "gone") this.hub.delivered(message);
  }
}
