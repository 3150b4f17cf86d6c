// ClientEnds of clients to API servers: the load balancer gives each new one to some server that accepts and can be reached, and keeps
// nothing afterwards. Knows which connections are cut off, and tells what is on them when that is found out.
// Source: behaviour of a layer-4 load balancer with health checks, without its own delays.
import type { Engine } from "../engine/engine.ts";
import type { Network } from "../network/network.ts";
import { ApiError } from "./client.ts";
import { type ClientEnd, PING_MICROS, type ServerEnd, Transport } from "./exchange.ts";
import type { WatchDelivery } from "./watch-delivery.ts";
import type { WatchStream } from "./watch-stream.ts";

const RESET = new ApiError("NoAnswer", "read tcp <addr>: read: connection reset by peer");
const LOST = new ApiError("NoAnswer", "http2: client connection lost");

export class LoadBalancer {
  readonly servers: ServerEnd[] = [];
  /** Answers what was under way on a connection that has broken. */
  breakOff: (transport: Transport, error: ApiError) => void = () => undefined;
  private readonly engine: Engine;
  private readonly network: Network | null;
  private readonly delivery: WatchDelivery;
  private readonly transports = new Set<Transport>();
  private readonly expired = new Map<string, number>();

  /** @param network null: nothing is ever cut */
  constructor(engine: Engine, network: Network | null, delivery: WatchDelivery) {
    this.engine = engine;
    this.network = network;
    this.delivery = delivery;
    network?.reachability.listen(() => this.reachabilityChanged());
  }

  /** The connection of a client, dialled now if it has none; or why there is none. */
  transportOf(client: ClientEnd): Transport | "refused" | "unreachable" | "expired" {
    const own = client.transport;
    if (own?.isOpen === true && !own.goesAway) return own;
    const accepting = this.servers.filter((server) => server.isAccepting);
    const reachable = accepting.filter((server) => this.connects(client, server));
    if (reachable.length === 0) {
      const isCut = this.servers.every((server) => !this.connects(client, server));
      return isCut ? "unreachable" : "refused";
    }
    if (this.expired.size > 0 && this.isExpired(client)) return "expired";
    const server = reachable.length === 1 ? reachable[0]! : reachable[client.dialStream.int(reachable.length)]!;
    const transport = new Transport(client, server);
    this.transports.add(transport);
    client.transport = transport;
    return transport;
  }

  /** Certificates of this user, or of members of this group, are no longer valid: new connections are refused. */
  expire(subject: string): () => void {
    this.expired.set(subject, (this.expired.get(subject) ?? 0) + 1);
    let isDone = false;
    return () => {
      if (isDone) return;
      isDone = true;
      const left = (this.expired.get(subject) ?? 0) - 1;
      if (left > 0) this.expired.set(subject, left);
      else this.expired.delete(subject);
    };
  }

  /** Connections of a user, or of members of a group, break. */
  drop(subject: string): void {
    for (const transport of [...this.transports]) {
      const { groups, user } = transport.client.identity;
      if (user === subject || groups.includes(subject)) this.close(transport, RESET);
    }
  }

  /** A server's process has died: its machine resets what was open. ClientEnds that are cut off do not hear of it. */
  serverDied(server: ServerEnd): void {
    for (const transport of [...this.transports]) {
      if (transport.server === server && !transport.isStalled) this.close(transport, RESET);
    }
  }

  /** A server stands still: nothing passes on its connections, though they are open. */
  serverPaused(server: ServerEnd): void {
    for (const transport of this.transports) if (transport.server === server) this.stall(transport);
  }

  serverResumed(server: ServerEnd): void {
    for (const transport of [...this.transports]) {
      if (transport.server === server && this.connects(transport.client, server)) this.recover(transport, 0);
    }
  }

  /** The server asks its clients to go elsewhere with what they ask next. Watches go on. */
  sendAway(server: ServerEnd): void {
    for (const transport of this.transports) if (transport.server === server) transport.goesAway = true;
  }

  /** All connections of a client end, as when its process dies. */
  hangUp(client: ClientEnd): void {
    for (const transport of [...this.transports]) {
      if (transport.client !== client) continue;
      this.forget(transport);
      for (const stream of [...transport.streams]) transport.server.endWatch(stream);
    }
  }

  private connects({ place }: ClientEnd, server: ServerEnd): boolean {
    const { network } = this;
    if (network === null || place === null || server.place === null || network.reachability.isWhole) return true;
    return network.reachability.connects(place, server.place);
  }

  private isExpired({ identity }: ClientEnd): boolean {
    return this.expired.has(identity.user) || identity.groups.some((group) => this.expired.has(group));
  }

  private reachabilityChanged(): void {
    for (const transport of [...this.transports]) {
      const { client, server } = transport;
      const passes = this.connects(client, server) && !server.isPaused;
      if (!passes) this.stall(transport);
      else if (transport.isStalled)
        this.recover(transport, transport.retransmissionMicros(this.engine.now) - this.engine.now);
    }
  }

  private stall(transport: Transport): void {
    if (transport.isStalled) return;
    transport.stalledMicros = this.engine.now;
    transport.pingTimer = this.engine.at((this.engine.now + PING_MICROS) as never, () => {
      transport.pingTimer = null;
      this.close(transport, LOST);
    });
  }

  private recover(transport: Transport, delayMicros: number): void {
    if (!transport.isStalled) return;
    const { engine } = this;
    const since = transport.stalledMicros;
    engine.at((engine.now + Math.max(0, delayMicros)) as never, () => {
      const { client, server } = transport;
      const isSame = transport.isOpen && transport.stalledMicros === since;
      if (!isSame || !this.connects(client, server) || server.isPaused) return;
      if (transport.pingTimer !== null) engine.cancel(transport.pingTimer);
      transport.pingTimer = null;
      transport.stalledMicros = -1;
      // the server has died meanwhile: its machine knows nothing of the connection
      if (transport.life !== server.life || !server.isRunning) return this.close(transport, RESET);
      for (const goOn of transport.backlog.splice(0)) goOn();
      for (const stream of [...transport.streams]) {
        this.delivery.resume(stream as WatchStream);
        if (stream.isEndedByServer) stream.tellEnd();
      }
    });
  }

  private close(transport: Transport, error: ApiError): void {
    if (!transport.isOpen) return;
    this.forget(transport);
    const streams = [...transport.streams];
    for (const stream of streams) transport.server.endWatch(stream);
    this.breakOff(transport, error);
    for (const stream of streams) stream.tellEnd();
  }

  private forget(transport: Transport): void {
    transport.isOpen = false;
    transport.stalledMicros = -1;
    transport.backlog.length = 0;
    if (transport.pingTimer !== null) this.engine.cancel(transport.pingTimer);
    transport.pingTimer = null;
    this.transports.delete(transport);
    if (transport.client.transport === transport) transport.client.transport = null;
  }
}
