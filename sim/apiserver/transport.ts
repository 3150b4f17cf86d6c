// A client's connection to one API server, as HTTP/2 keeps it: all requests and watches of the client share it, until it breaks or the
// server goes away. While the way is cut it stalls: what is on it waits, until TCP sends again or the client's ping finds out.
// Source: behaviour of Go's HTTP/2 transport as client-go sets it up (read idle 30 s, ping time-out 15 s) and of TCP's retransmission.
import type { EventHandle } from "../engine/engine.ts";
import type { Connection } from "./connection.ts";
import type { ServerProcess } from "./server-process.ts";
import type { WatchStream } from "./watch-stream.ts";

/** From the last sign of life to the client's giving the connection up. */
export const PING_MICROS = 45_000_000;
const FIRST_RETRANSMISSION_MICROS = 200_000;

export class Transport {
  readonly client: Connection;
  readonly server: ServerProcess;
  /** Which life of the server it is connected to. */
  readonly life: number;
  readonly streams = new Set<WatchStream>();
  isOpen = true;
  /** The server takes no new requests on it. */
  goesAway = false;
  /** Since when nothing passes; -1 = it does. */
  stalledMicros = -1;
  pingTimer: EventHandle | null = null;
  /** What goes on when something passes again, in order. */
  readonly backlog: (() => void)[] = [];

  constructor(client: Connection, server: ServerProcess) {
    this.client = client;
    this.server = server;
    this.life = server.life;
  }

  get isStalled(): boolean {
    return this.stalledMicros >= 0;
  }

  /** When the first retransmission at or after `nowMicros` is due: pauses double. */
  retransmissionMicros(nowMicros: number): number {
    let atMicros = this.stalledMicros;
    for (let pause = FIRST_RETRANSMISSION_MICROS; atMicros < nowMicros; pause *= 2) atMicros += pause;
    return atMicros;
  }
}
