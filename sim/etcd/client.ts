// The only door to etcd for those who use it: one connection per member, calls to the ready ones in turn, and again where that is
// safe; watches without gap or duplicate. Reads are tried again while members are unavailable; writes never are, since a write
// whose answer is lost may have been carried out.
// Source: behaviour of etcd's clientv3 (retry_interceptor, watch) with kube-apiserver's settings.
import type { Engine } from "../engine/engine.ts";
import type { RandomStream } from "../engine/random.ts";
import type { Tick } from "../engine/tick.ts";
import type { Network } from "../network/network.ts";
import type { Answered, EtcdAnswer } from "./answer.ts";
import { Balancer } from "./client-balancer.ts";
import { Channel, type ChannelCall } from "./client-channel.ts";
import type { Endpoint } from "./client-session.ts";
import type { CallContext, EtcdWatch, KeyValueClient, WatchOptions, WatchSink } from "./client-types.ts";
import { ResumingWatch } from "./client-watch.ts";
import { ERRORS, EtcdError } from "./error.ts";
import type { EtcdRequest, TxnOp } from "./request.ts";

export type { OpAnswer, RangeAnswer } from "./answer.ts";
export type { CallContext, EtcdWatch, KeyValueClient, WatchOptions, WatchSink } from "./client-types.ts";
export { prefixEnd } from "./client-types.ts";
export { EtcdError } from "./error.ts";
export type { Compare, KeyValue, RangeRequest, TxnOp, TxnRequest, WatchEvent } from "./request.ts";

export interface EtcdClientOptions {
  readonly engine: Engine;
  readonly network: Network;
  /** For random streams and people, for example "apiserver-0". */
  readonly name: string;
  /** The client's own host. */
  readonly host: number;
  readonly endpoints: readonly Endpoint[];
}

const MAX_ATTEMPTS = 100;
const RETRY_MICROS = 25_000;
const RETRY_JITTER = 0.1;
const UNLIMITED: CallContext = { isOver: false };

export class EtcdClient implements KeyValueClient {
  readonly channels: readonly Channel[];
  private readonly engine: Engine;
  private readonly balancer: Balancer;
  private readonly jitter: RandomStream;

  constructor(options: EtcdClientOptions) {
    const { engine, network, name, host, endpoints } = options;
    this.engine = engine;
    this.jitter = engine.stream(`${name}/etcd/retry`);
    this.channels = endpoints.map(
      (endpoint) =>
        new Channel({
          engine,
          network,
          from: host,
          endpoint,
          name: `${name}/etcd/${endpoint.name}`,
          changed: (channel) => this.balancer.changed(channel),
        }),
    );
    this.balancer = new Balancer(this.channels, engine.stream(`${name}/etcd/round-robin`));
  }

  /** Dials all members. @param isSettled it has been connected for long: see Network.settle */
  start(isSettled = false): void {
    for (const channel of this.channels) channel.connect(isSettled);
  }

  call<R extends EtcdRequest>(request: R, done: Answered<R>, context: CallContext = UNLIMITED): void {
    new Call(
      this.engine,
      this.balancer,
      this.jitter,
      request,
      done as Call["done"],
      context,
      this.channels.length,
    ).attempt();
  }

  watch(options: WatchOptions, sink: WatchSink): EtcdWatch {
    return new ResumingWatch(this.engine, this.balancer, options, sink);
  }
}

/** One request, however often it is tried. */
class Call implements ChannelCall {
  readonly kind = "call";
  readonly request: EtcdRequest;
  readonly done: (answer: EtcdAnswer | EtcdError) => void;
  private readonly engine: Engine;
  private readonly balancer: Balancer;
  private readonly jitter: RandomStream;
  private readonly context: CallContext;
  private readonly endpoints: number;
  private attempts = 0;

  constructor(
    engine: Engine,
    balancer: Balancer,
    jitter: RandomStream,
    request: EtcdRequest,
    done: (answer: EtcdAnswer | EtcdError) => void,
    context: CallContext,
    endpoints: number,
  ) {
    this.engine = engine;
    this.balancer = balancer;
    this.jitter = jitter;
    this.request = request;
    this.done = done;
    this.context = context;
    this.endpoints = endpoints;
  }

  attempt(): void {
    if (this.context.isOver) return;
    const channel = this.balancer.pick();
    if (channel === null) this.balancer.wait(() => this.attempt());
    else if (channel instanceof EtcdError) {
      // not within the call
      this.engine.at(this.engine.now as Tick, () => this.answered(channel));
    } else channel.send(this);
  }

  unprocessed(): void {
    this.attempt();
  }

  answered(answer: EtcdAnswer | EtcdError): void {
    if (!(answer instanceof EtcdError) || !this.mayRetry(answer)) return this.done(answer);
    this.attempts++;
    // a pause after each round through a quorum of the members
    const isRound = this.attempts % (Math.floor(this.endpoints / 2) + 1) === 0;
    if (!isRound) return this.attempt();
    const pauseMicros = Math.round(RETRY_MICROS * (1 + RETRY_JITTER * (2 * this.jitter.nextDouble() - 1)));
    this.engine.at((this.engine.now + pauseMicros) as Tick, () => this.attempt());
  }

  private mayRetry(error: EtcdError): boolean {
    if (this.context.isOver || this.attempts + 1 >= MAX_ATTEMPTS) return false;
    // the member's deadline, not the caller's: no leader has taken the request, so it may go again whatever it is
    if (error === ERRORS.deadlineExceeded) return true;
    if (error === ERRORS.notSupportedForLearner && this.endpoints > 1) return true;
    return error.code === "Unavailable" && isRepeatable(this.request);
  }
}

/** Can a request be made twice without harm? As clientv3 sees it. */
function isRepeatable(request: EtcdRequest): boolean {
  switch (request.kind) {
    case "range":
    case "memberList":
    case "status":
    case "health":
    case "snapshot":
    case "leaseTimeToLive":
    case "leaseKeepAlive":
    // to grant and to revoke again is harmless
    case "leaseGrant":
    case "leaseRevoke":
      return true;
    case "txn":
      return request.success.every(isReadOnly) && request.failure.every(isReadOnly);
    default:
      return false;
  }
}

function isReadOnly(op: TxnOp): boolean {
  return op.kind === "range" || (op.kind === "txn" && op.success.every(isReadOnly) && op.failure.every(isReadOnly));
}
