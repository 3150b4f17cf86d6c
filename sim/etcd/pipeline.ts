// How a message reaches a peer to which no stream is open: by an HTTP request on a connection of its own, dialled when it is needed.
// Few messages wait for it; when it cannot be made they are lost, and raft hears that the peer is unreachable.
// Source: etcd's rafthttp/pipeline.go.
import type { Network } from "../network/network.ts";
import type { PeerPayload } from "./peer-payload.ts";

/** 64 wait, and four are on their way. */
const MAX_WAITING = 68;
/** Head of the HTTP request. */
const POST_BYTES = 250;

export interface PipelineOptions {
  readonly network: Network;
  readonly name: string;
  readonly from: number;
  readonly to: number;
  readonly dialTimeoutMicros: number;
  deliver(payload: PeerPayload): void;
  opened(): void;
  failed(): void;
}

type Connection = ReturnType<Network["connect"]>;

interface Waiting {
  readonly payload: PeerPayload;
  readonly bytes: number;
}

export class Pipeline {
  private readonly options: PipelineOptions;
  private connection: Connection | null = null;
  private waiting: Waiting[] = [];

  constructor(options: PipelineOptions) {
    this.options = options;
  }

  /** @returns false when it is dropped at once: too much waits for the connection */
  send(payload: PeerPayload, bytes: number): boolean {
    if (this.connection?.isOpen === true) return this.connection.sendToServer(payload, POST_BYTES + bytes);
    if (this.waiting.length >= MAX_WAITING) return false;
    this.waiting.push({ payload, bytes });
    if (this.connection === null) this.dial();
    return true;
  }

  close(): void {
    this.connection?.close();
    this.connection = null;
    this.waiting = [];
  }

  private dial(): void {
    const { network, name, from, to, dialTimeoutMicros } = this.options;
    this.connection = network.connect({
      name,
      from,
      to,
      dialTimeoutMicros,
      opened: () => this.opened(),
      failed: () => this.failed(),
      deliverToServer: (payload: unknown) => this.options.deliver(payload as PeerPayload),
      deliverToClient: () => undefined,
    });
  }

  private opened(): void {
    const { waiting } = this;
    this.waiting = [];
    this.options.opened();
    for (const { payload, bytes } of waiting) this.connection?.sendToServer(payload, POST_BYTES + bytes);
  }

  private failed(): void {
    this.connection = null;
    this.waiting = [];
    this.options.failed();
  }
}
