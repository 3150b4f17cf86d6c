// The recorder's gRPC connection to one member, as far as its errors and delays go: requests fail at once while the connection
// is down, the reason being that of the last attempt to dial. Refuses retries: the recorder made none.
// Source: gRPC's pick_first policy (its failure sticks until an attempt succeeds), and the recorded texts.
import type { Engine } from "../../../sim/engine/engine.ts";
import type { Tick } from "../../../sim/engine/tick.ts";
import { EtcdError } from "../../../sim/etcd/error.ts";

/** What a dial meets. */
export type Listener = "serving" | "accepting" | "refusing";

const DIALING = (what: string) =>
  new EtcdError(
    "Unavailable",
    `connection error: desc = "transport: Error while dialing: dial tcp <addr>: connect: ${what}"`,
  );
const REFUSED = DIALING("connection refused");
const NO_PREFACE = new EtcdError(
  "Unavailable",
  'connection error: desc = "error reading server preface: raw-read tcp <addr>: use of closed network connection"',
);
export const RESET = new EtcdError("Unavailable", "error reading from server: connection reset by peer");

// as recorded: a restarted member is found within some tens of milliseconds, and a connection that is accepted
// but not served is given up after some hundreds
const REDIAL_MICROS = 20_000;
const CONNECT_TIMEOUT_MICROS = 300_000;

export class Channel {
  /** Null while connected. */
  failure: EtcdError | null = null;
  private readonly engine: Engine;
  private readonly listener: () => Listener;
  private dialedAt = 0;
  private isWaiting = false;

  constructor(engine: Engine, listener: () => Listener) {
    this.engine = engine;
    this.listener = listener;
  }

  /** The connection is gone, or may not be used for new requests: dials until it is back. */
  disconnected(): void {
    if (this.failure !== null) return;
    this.failure = REFUSED;
    this.engine.at((this.engine.now + REDIAL_MICROS) as Tick, () => this.dial());
  }

  private dial(): void {
    const { engine } = this;
    const listener = this.listener();
    if (listener === "serving") {
      this.failure = null;
      this.isWaiting = false;
      return;
    }
    if (listener === "refusing") {
      this.isWaiting = false;
      this.failure = REFUSED;
    } else if (!this.isWaiting) {
      // the kernel accepts, and nobody answers
      this.isWaiting = true;
      this.dialedAt = engine.now;
    } else if (engine.now - this.dialedAt >= CONNECT_TIMEOUT_MICROS) {
      this.failure = NO_PREFACE;
      this.dialedAt = engine.now;
    }
    engine.at((engine.now + REDIAL_MICROS) as Tick, () => this.dial());
  }
}
