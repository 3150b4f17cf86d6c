// A duplex TCP connection of a client, such as a gRPC channel has: dialled once, never again by itself. Each end learns of a loss in
// its own time. Refuses to reconnect and to know requests: whoever holds it does.
import { Dialer } from "./dialer.ts";
import type { Host, HostChange, HostUser } from "./host.ts";
import type { Path } from "./path.ts";
import { Pipe } from "./pipe.ts";
import type { Wire } from "./wire.ts";

export interface ConnectionOptions {
  /** For people and random streams, for example "etcd-client/0". */
  readonly name: string;
  /** Host ids of the client, who dials, and of the server. */
  readonly from: number;
  readonly to: number;
  opened(): void;
  /** The dial has failed, or the client's end has lost its connection. Called at most once; the connection is dead then. */
  failed(reason: "refused" | "timeout" | "reset"): void;
  deliverToServer(payload: unknown): void;
  deliverToClient(payload: unknown): void;
  /** The server's end has lost its connection. */
  serverClosed?(): void;
  /** Default 20 s: gRPC's least connection timeout. */
  readonly dialTimeoutMicros?: number;
  /** Data that is not acknowledged for so long ends the connection at its sender; gRPC sets it to its keepalive timeout. 0 = none. */
  readonly userTimeoutMicros?: number;
}

export class Connection implements HostUser {
  private readonly options: ConnectionOptions;
  private readonly client: Host;
  private readonly server: Host;
  private readonly requests: Pipe;
  private readonly answers: Pipe;
  private readonly dialer: Dialer;
  private clientIsOpen = false;
  private serverIsOpen = false;
  /** The client is through with it. */
  private isOver = false;
  private hasLeft = false;

  constructor(wire: Wire, options: ConnectionOptions, client: Host, server: Host, out: Path, back: Path) {
    this.options = options;
    this.client = client;
    this.server = server;
    const shared = {
      bufferMessages: Infinity,
      linkHeartbeatMicros: 0,
      readTimeoutMicros: 0,
      writeTimeoutMicros: 0,
      userTimeoutMicros: options.userTimeoutMicros ?? 0,
    };
    this.requests = new Pipe(wire, {
      ...shared,
      sender: client,
      receiver: server,
      out,
      back,
      lane: `${options.name}/requests`,
      deliver: options.deliverToServer,
      senderLost: () => this.clientLost("reset"),
      receiverLost: () => this.serverLost(),
    });
    this.answers = new Pipe(wire, {
      ...shared,
      sender: server,
      receiver: client,
      out: back,
      back: out,
      lane: `${options.name}/answers`,
      deliver: options.deliverToClient,
      senderLost: () => this.serverLost(),
      receiverLost: () => this.clientLost("reset"),
    });
    this.dialer = new Dialer(wire, {
      from: client,
      to: server,
      out,
      back,
      lane: options.name,
      dialTimeoutMicros: options.dialTimeoutMicros ?? 20_000_000,
      established: () => this.established(),
      failed: (reason) => this.clientLost(reason),
    });
    client.users.add(this);
    server.users.add(this);
    this.dialer.start();
  }

  /** The client has a connection, as far as it knows. */
  get isOpen(): boolean {
    return this.clientIsOpen;
  }

  /** @returns false when the client's end is not open */
  sendToServer(payload: unknown, bytes: number): boolean {
    return this.clientIsOpen && this.requests.send(payload, bytes, false);
  }

  /** @returns false when the server's end is not open */
  sendToClient(payload: unknown, bytes: number): boolean {
    return this.serverIsOpen && this.answers.send(payload, bytes, false);
  }

  /** The client closes: no more callbacks to it; the server learns it behind the last message. */
  close(): void {
    if (this.isOver) return;
    this.isOver = true;
    this.dialer.stop();
    if (this.clientIsOpen) {
      this.clientIsOpen = false;
      this.answers.close();
      this.requests.finish();
    }
    if (!this.serverIsOpen) this.leave();
  }

  hostChanged(host: Host, change: HostChange): void {
    const isDeath = change === "stopped" || change === "silenced";
    if (host === this.client) {
      if (isDeath) this.endClient(change);
      else if (change === "resumed") this.answers.resume();
    } else if (isDeath) this.endServer(change);
    else if (change === "resumed") this.requests.resume();
    this.requests.pathChanged();
    this.answers.pathChanged();
    this.dialer.wake();
  }

  private established(): void {
    this.requests.open();
    this.answers.open();
    this.clientIsOpen = true;
    this.serverIsOpen = true;
    this.options.opened();
  }

  /** The client's process or machine is gone. */
  private endClient(change: HostChange): void {
    this.isOver = true;
    this.dialer.stop();
    if (this.clientIsOpen) {
      this.clientIsOpen = false;
      if (change === "stopped") this.requests.finish();
      else this.requests.senderVanished();
      this.answers.receiverGone();
    }
    if (!this.serverIsOpen) this.leave();
  }

  private endServer(change: HostChange): void {
    if (!this.serverIsOpen) return;
    this.serverIsOpen = false;
    if (change === "stopped") this.answers.finish();
    else this.answers.senderVanished();
    this.requests.receiverGone();
  }

  private clientLost(reason: "refused" | "timeout" | "reset"): void {
    if (this.isOver) return;
    this.isOver = true;
    this.clientIsOpen = false;
    this.dialer.stop();
    this.requests.close();
    if (this.serverIsOpen) this.answers.receiverGone();
    else this.leave();
    this.options.failed(reason);
  }

  private serverLost(): void {
    if (!this.serverIsOpen) return;
    this.serverIsOpen = false;
    this.answers.close();
    this.options.serverClosed?.();
    if (!this.clientIsOpen) this.leave();
  }

  private leave(): void {
    if (this.hasLeft) return;
    this.hasLeft = true;
    this.client.users.delete(this);
    this.server.users.delete(this);
    this.dialer.release();
    this.requests.release();
    this.answers.release();
  }
}
