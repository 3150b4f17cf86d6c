// One gRPC subchannel: a connection to one member and what becomes of it: connecting, ready, failed and waiting for its back-off.
// Calls and watches on a connection that is lost learn it at once; a peer that has fallen silent is found out by pings.
// Source: gRPC's connectivity semantics and connection back-off; keepalive as kube-apiserver sets it (30 s, 10 s).
import type { Engine, EventHandle } from "../engine/engine.ts";
import type { RandomStream } from "../engine/random.ts";
import type { Tick } from "../engine/tick.ts";
import type { Connection } from "../network/connection.ts";
import type { Network } from "../network/network.ts";
import type { EtcdAnswer } from "./answer.ts";
import {
  type CallFrame,
  type CancelFrame,
  type EndFrame,
  type EventsFrame,
  FRAME_BYTES,
  PING,
  PREFACE,
  requestBytes,
  type ToClient,
  type ToServer,
  type WatchFrame,
} from "./client-frames.ts";
import { type Endpoint, ServerSession } from "./client-session.ts";
import { EtcdError } from "./error.ts";

export type ChannelState = "idle" | "connecting" | "ready" | "failed";

/** A call under way on a channel. */
export interface ChannelCall extends CallFrame {
  answered(answer: EtcdAnswer | EtcdError): void;
  /** The member has not begun with it, and will not. */
  unprocessed(): void;
}

/** A watch under way on a channel. */
export interface ChannelWatch extends WatchFrame {
  told(frame: EventsFrame | EndFrame): void;
  /** The connection is gone: what was to come does not come. */
  lost(): void;
}

export interface ChannelOptions {
  readonly engine: Engine;
  readonly network: Network;
  /** Host of the client. */
  readonly from: number;
  readonly endpoint: Endpoint;
  readonly name: string;
  readonly changed: (channel: Channel) => void;
}

const BACK_OFF_MICROS = 1_000_000;
const BACK_OFF_FACTOR = 1.6;
const MAX_BACK_OFF_MICROS = 120_000_000;
const JITTER = 0.2;
/** gRPC's least time for one attempt to connect. */
const CONNECT_TIMEOUT_MICROS = 20_000_000;
const KEEPALIVE_MICROS = 30_000_000;
const KEEPALIVE_TIMEOUT_MICROS = 10_000_000;

const unavailable = (text: string) => new EtcdError("Unavailable", text);
const DIALING = 'connection error: desc = "transport: Error while dialing: dial tcp <addr>:';
const REFUSED = unavailable(`${DIALING} connect: connection refused"`);
const TIMED_OUT = unavailable(`${DIALING} i/o timeout"`);
const NO_PREFACE = unavailable('connection error: desc = "error reading server preface: connection reset by peer"');
const NOT_ACCEPTED = unavailable(
  'connection error: desc = "error reading server preface: raw-read tcp <addr>: use of closed network connection"',
);
const RESET = unavailable("error reading from server: connection reset by peer");
const UNANSWERED_PING = unavailable("keepalive ping failed to receive ACK within timeout");

export class Channel {
  readonly endpoint: Endpoint;
  /** Why it is not ready, once an attempt has failed. */
  lastError: EtcdError = REFUSED;
  private readonly options: ChannelOptions;
  private readonly jitter: RandomStream;
  private current: ChannelState = "idle";
  private connection: Connection | null = null;
  private readonly calls = new Set<ChannelCall>();
  private readonly watches = new Set<ChannelWatch>();
  private attemptMicros = 0;
  private backOffMicros = 0;
  private timer: EventHandle | null = null;
  private keepalive: EventHandle | null = null;
  private lastReadMicros = 0;

  constructor(options: ChannelOptions) {
    this.options = options;
    this.endpoint = options.endpoint;
    this.jitter = options.engine.stream(`${options.name}/back-off`);
    // a peer can only fall silent when something changes; until then pings would find nothing
    const suspect = { pathChanged: () => this.suspect(), hostChanged: () => this.suspect() };
    const { network, from, endpoint } = options;
    network.path(from, endpoint.host).users.add(suspect);
    network.path(endpoint.host, from).users.add(suspect);
    network.hosts[endpoint.host]!.users.add(suspect);
  }

  get state(): ChannelState {
    return this.current;
  }

  /**
   * Dials, unless it is connected or about to be.
   *
   * @param isSettled the connection has been in use for long: see Network.settle
   */
  connect(isSettled = false): void {
    if (this.current === "connecting" || this.current === "ready" || this.timer !== null) return;
    const { engine, network, from, endpoint, name } = this.options;
    this.attemptMicros = engine.now;
    let connection: Connection | null = null;
    const session = new ServerSession(endpoint, (payload, bytes) => {
      connection?.sendToClient(payload, bytes);
    });
    this.timer = engine.at((engine.now + CONNECT_TIMEOUT_MICROS) as Tick, () => this.notAccepted());
    connection = network.connect({
      name,
      from,
      to: endpoint.host,
      dialTimeoutMicros: CONNECT_TIMEOUT_MICROS,
      userTimeoutMicros: KEEPALIVE_TIMEOUT_MICROS,
      opened: () => {
        if (isSettled) session.accept(() => this.accepted());
        else connection?.sendToServer(PREFACE, FRAME_BYTES);
      },
      failed: (reason) => this.failed(reason),
      deliverToServer: (payload) => session.received(payload as ToServer),
      deliverToClient: (payload) => this.received(payload as ToClient),
      serverClosed: () => session.close(),
    });
    this.connection = connection;
    this.become("connecting");
  }

  /** Begins a call; {@link ChannelCall.answered} is called once. */
  send(call: ChannelCall): void {
    this.calls.add(call);
    this.connection?.sendToServer(call, requestBytes(call.request));
  }

  watch(watch: ChannelWatch): void {
    this.watches.add(watch);
    this.connection?.sendToServer(watch, FRAME_BYTES + watch.key.length + watch.rangeEnd.length);
  }

  /** Ends a watch from this side. */
  unwatch(watch: ChannelWatch): void {
    if (!this.watches.delete(watch)) return;
    const frame: CancelFrame = { kind: "cancel", watch };
    this.connection?.sendToServer(frame, FRAME_BYTES);
  }

  private received(frame: ToClient): void {
    this.lastReadMicros = this.options.engine.now;
    switch (frame.kind) {
      case "answer": {
        const call = frame.call as ChannelCall;
        if (this.calls.delete(call)) call.answered(frame.answer);
        return this.drained();
      }
      case "unprocessed": {
        const call = frame.call as ChannelCall;
        if (this.calls.delete(call)) call.unprocessed();
        return this.drained();
      }
      case "events":
      case "end": {
        const watch = frame.watch as ChannelWatch;
        if (!this.watches.has(watch)) return;
        if (frame.kind === "end") this.watches.delete(watch);
        watch.told(frame);
        return this.drained();
      }
      case "settings":
        return this.accepted();
      case "refused":
        this.connection?.close();
        this.connection = null;
        return this.attemptFailed(REFUSED);
      case "goaway":
        return this.goAway();
      case "pong":
        this.clearKeepalive();
        this.suspect();
    }
  }

  private accepted(): void {
    this.clearTimer();
    this.backOffMicros = 0;
    this.become("ready");
  }

  // ---- losing and finding the connection ---------------------------------------------------------------------------

  private failed(reason: "refused" | "timeout" | "reset"): void {
    this.connection = null;
    this.clearKeepalive();
    if (this.current !== "connecting") return this.lose(RESET);
    this.attemptFailed(reason === "refused" ? REFUSED : reason === "timeout" ? TIMED_OUT : NO_PREFACE);
  }

  /** The server's machine has accepted the connection, its process has not. */
  private notAccepted(): void {
    this.timer = null;
    this.connection?.close();
    this.connection = null;
    this.attemptFailed(NOT_ACCEPTED);
  }

  private attemptFailed(error: EtcdError): void {
    const { engine } = this.options;
    this.clearTimer();
    this.lastError = error;
    this.backOffMicros =
      this.backOffMicros === 0 ? BACK_OFF_MICROS : Math.min(MAX_BACK_OFF_MICROS, this.backOffMicros * BACK_OFF_FACTOR);
    const waitMicros = Math.round(this.backOffMicros * (1 + JITTER * (2 * this.jitter.nextDouble() - 1)));
    // counted from the beginning of the attempt
    const at = Math.max(engine.now, this.attemptMicros + waitMicros);
    this.timer = engine.at(at as Tick, () => {
      this.timer = null;
      this.connect();
    });
    this.become("failed");
  }

  /** The connection was ready and is gone. */
  private lose(error: EtcdError): void {
    this.connection?.close();
    this.connection = null;
    this.clearKeepalive();
    this.become("idle");
    const calls = [...this.calls];
    const watches = [...this.watches];
    this.calls.clear();
    this.watches.clear();
    for (const call of calls) call.answered(error);
    for (const watch of watches) watch.lost();
    this.connect();
  }

  /** The server stops in good order: what is under way is finished on this connection, the rest goes elsewhere. */
  private goAway(): void {
    this.become("idle");
    this.drained();
  }

  private drained(): void {
    if (this.current === "idle" && this.calls.size + this.watches.size === 0) this.lose(RESET);
  }

  // ---- pings -------------------------------------------------------------------------------------------------------

  private suspect(): void {
    const { engine, network, from, endpoint } = this.options;
    if (this.connection?.isOpen !== true || this.keepalive !== null) return;
    const server = network.hosts[endpoint.host]!;
    const [out, back] = [network.path(from, endpoint.host), network.path(endpoint.host, from)];
    if (!out.isBlocked && !back.isBlocked && server.isMachineUp && !server.isPaused) return;
    const at = Math.max(engine.now, this.lastReadMicros + KEEPALIVE_MICROS);
    this.keepalive = engine.at(at as Tick, () => this.ping());
  }

  private ping(): void {
    const { engine } = this.options;
    // pings are sent where there are calls or watches
    if (this.calls.size + this.watches.size === 0) return this.clearKeepalive();
    const sentMicros = engine.now;
    this.connection?.sendToServer(PING, FRAME_BYTES);
    this.keepalive = engine.at((sentMicros + KEEPALIVE_TIMEOUT_MICROS) as Tick, () => {
      this.keepalive = null;
      if (this.lastReadMicros <= sentMicros) this.lose(UNANSWERED_PING);
      else this.suspect();
    });
  }

  private clearKeepalive(): void {
    if (this.keepalive !== null) this.options.engine.cancel(this.keepalive);
    this.keepalive = null;
  }

  private clearTimer(): void {
    if (this.timer !== null) this.options.engine.cancel(this.timer);
    this.timer = null;
  }

  private become(state: ChannelState): void {
    if (this.current === state) return;
    this.current = state;
    this.options.changed(this);
  }
}
