// Requests on their way: in after half of the latency, carried out, and answered after the other half. What is not carried out
// in time is answered with a timeout, and may happen all the same.
import { type Distribution, sample } from "../engine/distributions.ts";
import type { Engine, EventHandle } from "../engine/engine.ts";
import type { RandomStream } from "../engine/random.ts";
import { ApiError, type Done } from "./client.ts";

/** `--request-timeout` of kube-apiserver. */
const REQUEST_TIMEOUT_MICROS = 60_000_000;
const TIMED_OUT = new ApiError(
  "Timeout",
  "Timeout: request did not complete within requested timeout - context deadline exceeded",
);

/** One request from its sending to its answer. */
export class Request {
  readonly slot: number;
  /** From the answer's leaving to its arrival. */
  readonly responseMicros: number;
  readonly begin: (request: Request) => void;
  readonly done: ((answer: never) => void) | undefined;
  /** It is answered: nothing more is to be done for it. */
  isOver = false;
  deadline: EventHandle | null = null;
  answer: unknown;

  constructor(
    slot: number,
    responseMicros: number,
    begin: (request: Request) => void,
    done: ((answer: never) => void) | undefined,
  ) {
    this.slot = slot;
    this.responseMicros = responseMicros;
    this.begin = begin;
    this.done = done;
  }
}

export class RequestPipeline {
  private readonly engine: Engine;
  private readonly latencyMicros: Distribution;
  private readonly requests: (Request | undefined)[] = [];
  private readonly free: number[] = [];
  private readonly arriveKind: number;
  private readonly answerKind: number;
  private readonly deadlineKind: number;

  /** @param latencyMicros there and back together, without what is done in between */
  constructor(engine: Engine, latencyMicros: Distribution) {
    this.engine = engine;
    this.latencyMicros = latencyMicros;
    this.arriveKind = engine.register("apiserver/arrive", (slot) => this.arrive(slot));
    this.answerKind = engine.register("apiserver/answer", (slot) => this.answer(slot));
    this.deadlineKind = engine.register("apiserver/deadline", (slot) => this.finish(this.requests[slot]!, TIMED_OUT));
  }

  /** Requests that are on their way or being carried out. */
  get open(): number {
    return this.requests.length - this.free.length;
  }

  /**
   * Calls `begin` when the request has arrived; it answers by {@link finish}, and `done` gets the answer when it is back.
   *
   * @param latency the stream of the connection
   */
  submit<T>(latency: RandomStream, begin: (request: Request) => void, done: Done<T> | undefined): void {
    const totalMicros = Math.max(0, Math.round(sample(this.latencyMicros, latency)));
    const wayInMicros = Math.ceil(totalMicros / 2);
    const slot = this.free.pop() ?? this.requests.length;
    this.requests[slot] = new Request(slot, totalMicros - wayInMicros, begin, done);
    this.engine.after(wayInMicros, this.arriveKind, slot);
  }

  /** Answers a request. The first answer counts. */
  finish(request: Request, answer: unknown): void {
    if (request.isOver) return;
    request.isOver = true;
    if (request.deadline !== null) this.engine.cancel(request.deadline);
    request.answer = answer;
    if (request.done !== undefined) this.engine.after(request.responseMicros, this.answerKind, request.slot);
    else this.release(request.slot);
  }

  private arrive(slot: number): void {
    const request = this.requests[slot] as Request;
    request.deadline = this.engine.after(REQUEST_TIMEOUT_MICROS, this.deadlineKind, slot);
    request.begin(request);
  }

  private answer(slot: number): void {
    const request = this.requests[slot] as Request;
    this.release(slot);
    request.done?.(request.answer as never);
  }

  private release(slot: number): void {
    this.requests[slot] = undefined;
    this.free.push(slot);
  }
}
