// Requests on their way: in after half of the latency, carried out by the server at the other end, and answered after the other half.
// Whoever waits longer than the server's or its own time-out is answered with that, and the request may happen all the same.
import { type Distribution, sample } from "../engine/distributions.ts";
import type { Engine } from "../engine/engine.ts";
import { ApiError } from "./client.ts";
import { type ClientEnd, isMutating, type Request, type Transport } from "./exchange.ts";

/** `--request-timeout` of kube-apiserver, and what it gives requests that write. */
const REQUEST_TIMEOUT_MICROS = 60_000_000;
const WRITE_TIMEOUT_MICROS = 34_000_000;
/** Of a dial that nobody answers. */
const DIAL_TIMEOUT_MICROS = 30_000_000;

const READ_TIMED_OUT = new ApiError("Timeout", "Timeout: request did not complete within the allotted timeout");
const WRITE_TIMED_OUT = new ApiError(
  "Timeout",
  "Timeout: request did not complete within requested timeout - context deadline exceeded",
);
const REFUSED = new ApiError("NoAnswer", "dial tcp <addr>: connect: connection refused");
const UNREACHABLE = new ApiError("NoAnswer", "dial tcp <addr>: i/o timeout");
const GAVE_UP = new ApiError("NoAnswer", "context deadline exceeded (Client.Timeout exceeded while awaiting headers)");

/** The connection of a client, or why there is none. */
export type Dial = (client: ClientEnd) => Transport | "refused" | "unreachable" | "expired";

export class RequestPipeline {
  private readonly engine: Engine;
  private readonly latencyMicros: Distribution;
  private readonly dial: Dial;
  private readonly requests: (Request | undefined)[] = [];
  private readonly free: number[] = [];
  private readonly arriveKind: number;
  private readonly beginKind: number;
  private readonly answerKind: number;
  private readonly deadlineKind: number;

  /** @param latencyMicros there and back together, without what is done in between */
  constructor(engine: Engine, latencyMicros: Distribution, dial: Dial) {
    this.engine = engine;
    this.latencyMicros = latencyMicros;
    this.dial = dial;
    this.arriveKind = engine.register("apiserver/arrive", (slot) => this.arrive(slot));
    this.beginKind = engine.register("apiserver/begin", (slot) => this.begin(slot));
    this.answerKind = engine.register("apiserver/answer", (slot) => this.deliver(slot));
    this.deadlineKind = engine.register("apiserver/deadline", (slot) => this.timedOut(slot));
  }

  /** Requests that are on their way or being carried out. */
  get open(): number {
    return this.requests.length - this.free.length;
  }

  /** Sends it on its client's connection, which is dialled when there is none. */
  send(request: Request): void {
    const { engine } = this;
    request.slot = this.free.pop() ?? this.requests.length;
    this.requests[request.slot] = request;
    request.isOver = false;
    request.sentMicros = engine.now;
    const { client } = request;
    const totalMicros = Math.max(0, Math.round(sample(this.latencyMicros, client.latency)));
    const wayInMicros = Math.ceil(totalMicros / 2);
    request.responseMicros = totalMicros - wayInMicros;
    const transport = this.dial(client);
    request.transport = typeof transport === "string" ? null : transport;
    const { timeoutMicros } = client;
    if (timeoutMicros > 0) {
      request.isClientDeadline = true;
      request.deadline = engine.after(timeoutMicros, this.deadlineKind, request.slot);
    }
    if (typeof transport === "string") this.failDial(request, transport);
    else if (transport.isStalled) transport.backlog.push(() => this.leave(request, wayInMicros));
    else request.flight = engine.after(wayInMicros, this.arriveKind, request.slot);
  }

  /** Answers a request. The first answer counts. */
  finish(request: Request, answer: unknown): void {
    if (request.isOver) return;
    request.isOver = true;
    const { engine } = this;
    // one that ran out of time before the CPU came to it must not begin any more: its slot may be another's by then
    if (request.flight !== null) engine.cancel(request.flight);
    request.flight = null;
    request.transport?.server.finished(request, answer);
    if (request.deadline !== null && !request.isClientDeadline) {
      engine.cancel(request.deadline);
      request.deadline = null;
    }
    request.answer = answer;
    if (request.transport?.isStalled === true) {
      request.transport.backlog.push(() => {
        if (this.isCurrent(request))
          request.flight = engine.after(request.responseMicros, this.answerKind, request.slot);
      });
    } else request.flight = engine.after(request.responseMicros, this.answerKind, request.slot);
  }

  /** The CPU of the server has something else to do first. */
  beginLater(request: Request, delayMicros: number): void {
    request.flight = this.engine.after(delayMicros, this.beginKind, request.slot);
  }

  /** What was under way on a connection is answered with this. */
  breakOff(transport: Transport, error: ApiError): void {
    const lost: Request[] = [];
    for (const request of this.requests) if (request?.transport === transport) lost.push(request);
    for (const request of lost) this.fail(request, error);
  }

  private isCurrent(request: Request): boolean {
    return this.requests[request.slot] === request;
  }

  private leave(request: Request, wayInMicros: number): void {
    if (this.isCurrent(request)) request.flight = this.engine.after(wayInMicros, this.arriveKind, request.slot);
  }

  private failDial(request: Request, why: "refused" | "unreachable" | "expired"): void {
    const { engine } = this;
    if (why === "unreachable") {
      const { timeoutMicros } = request.client;
      if (timeoutMicros > 0 && timeoutMicros <= DIAL_TIMEOUT_MICROS) return;
      if (request.deadline !== null) engine.cancel(request.deadline);
      request.answer = UNREACHABLE;
      request.flight = engine.after(DIAL_TIMEOUT_MICROS, this.answerKind, request.slot);
      return;
    }
    request.answer = why === "refused" ? REFUSED : CERTIFICATE_EXPIRED;
    request.flight = engine.after(request.responseMicros, this.answerKind, request.slot);
  }

  private arrive(slot: number): void {
    const request = this.requests[slot] as Request;
    request.flight = null;
    const transport = request.transport as Transport;
    if (transport.isStalled) {
      transport.backlog.push(() => {
        if (this.isCurrent(request)) this.arrive(slot);
      });
      return;
    }
    if (request.deadline === null) {
      const timeout = isMutating(request.verb) ? WRITE_TIMEOUT_MICROS : REQUEST_TIMEOUT_MICROS;
      request.deadline = this.engine.after(timeout, this.deadlineKind, slot);
    }
    transport.server.receive(request);
  }

  private begin(slot: number): void {
    const request = this.requests[slot] as Request;
    request.flight = null;
    if (!request.isOver) request.transport?.server.begin(request);
  }

  private timedOut(slot: number): void {
    const request = this.requests[slot] as Request;
    request.deadline = null;
    if (request.isClientDeadline) this.fail(request, GAVE_UP);
    else this.finish(request, isMutating(request.verb) ? WRITE_TIMED_OUT : READ_TIMED_OUT);
  }

  private fail(request: Request, error: ApiError): void {
    if (!request.isOver) {
      request.isOver = true;
      request.transport?.server.finished(request, error);
    }
    request.answer = error;
    if (request.flight !== null) this.engine.cancel(request.flight);
    this.deliver(request.slot);
  }

  private deliver(slot: number): void {
    const request = this.requests[slot] as Request;
    request.flight = null;
    if (request.deadline !== null) this.engine.cancel(request.deadline);
    request.deadline = null;
    request.isOver = true;
    this.requests[slot] = undefined;
    this.free.push(slot);
    request.client.answered(request);
  }
}

const CERTIFICATE_EXPIRED = new ApiError(
  "NoAnswer",
  "tls: failed to verify certificate: x509: certificate has expired or is not yet valid",
);
