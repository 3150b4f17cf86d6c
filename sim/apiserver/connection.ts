// One component's client: its identity and place, its rate limit, its verbs, and what client-go does by itself: it keeps to qps and burst
// before it sends, and sends again what was answered with a Retry-After. The only thing that components get to see of the API server.
// Source: behaviour of client-go's rest client.
import type { Engine } from "../engine/engine.ts";
import type { RandomStream } from "../engine/random.ts";
import { SECOND, type Tick } from "../engine/tick.ts";
import type { Place } from "../network/reachability.ts";
import type { Authorizer } from "./authorizer.ts";
import {
  ApiError,
  type ApiKind,
  type ApiObject,
  type Binding,
  type Client,
  type DeleteOptions,
  type Done,
  isNamespaced,
  keyOf,
  type Patch,
  type Selector,
  type Watch,
  type WatchSink,
} from "./client.ts";
import { type ClientEnd, Request, type Transport, type Verb } from "./exchange.ts";
import { type Identity, identityOf } from "./identity.ts";
import { nameOfKey, namespaceOfKey } from "./kind-rules.ts";
import { lazyStream } from "./lazy-stream.ts";
import type { LoadBalancer } from "./load-balancer.ts";
import type { RequestPipeline } from "./pipeline.ts";
import { Reflector } from "./reflector.ts";
import type { ServerProcess } from "./server-process.ts";

export interface ClientOptions {
  /** Of the component and its part: names its streams, and says who it is where `user` does not. */
  readonly name: string;
  readonly user?: string;
  readonly groups?: readonly string[];
  /** Where it runs, for partitions; default: nothing ever cuts it off. */
  readonly place?: Place;
  /** Requests per second and at once, of the client's own rate limit; default: none. */
  readonly qps?: number;
  readonly burst?: number;
  /** When it gives a request up; default: never. Watches have none. */
  readonly timeoutMicros?: number;
}

const MAX_RETRIES = 10;
const SUBRESOURCES = ["", "status", "binding", "eviction", "finalize"];
const VERBS: readonly Verb[] = ["create", "get", "list", "watch", "update", "patch", "delete", "deletecollection"];

export class Connection implements Client, ClientEnd {
  readonly name: string;
  readonly component: string;
  readonly identity: Identity;
  readonly place: Place | null;
  readonly timeoutMicros: number;
  readonly latency: RandomStream;
  readonly dialStream: RandomStream;
  readonly engine: Engine;
  transport: Transport | null = null;
  private readonly authorizer: Authorizer;
  private readonly pipeline: RequestPipeline;
  private readonly balancer: LoadBalancer;
  private readonly qps: number;
  private readonly burst: number;
  private tokens: number;
  private tokensAtMicros = 0;
  private isClosed = false;
  private readonly reflectors = new Set<Reflector>();
  // what it may do anywhere, as far as it was asked for
  private readonly rights = new Map<number, boolean>();
  private rightsGeneration = -1;
  readonly flows = new Map<number, number>();

  constructor(
    engine: Engine,
    pipeline: RequestPipeline,
    balancer: LoadBalancer,
    authorizer: Authorizer,
    options: ClientOptions,
  ) {
    this.authorizer = authorizer;
    const { burst, groups, name, place, qps = 0, timeoutMicros = 0, user } = options;
    const known = identityOf(name);
    this.engine = engine;
    this.pipeline = pipeline;
    this.balancer = balancer;
    this.name = name;
    this.component = componentOf(name);
    this.identity = user === undefined ? known : { user, groups: [...(groups ?? []), "system:authenticated"] };
    this.place = place ?? null;
    this.timeoutMicros = timeoutMicros;
    this.qps = qps;
    this.burst = burst ?? Math.max(1, qps);
    this.tokens = this.burst;
    this.latency = lazyStream(engine, `apiserver/client/${name}/request`);
    this.dialStream = lazyStream(engine, `apiserver/client/${name}/dial`);
  }

  create<K extends ApiKind>(kind: K, object: ApiObject<K>, done?: Done<ApiObject<K>>): void {
    const { name, namespace = "default" } = object.metadata;
    const space = isNamespaced(kind) ? namespace : "";
    const begin = (request: Request, server: ServerProcess) =>
      server.registry.create(request, kind, object, (answer) => this.wrote(request, server, answer));
    this.call("create", kind, "", space, name ?? "", begin, done);
  }

  get<K extends ApiKind>(kind: K, key: string, done: Done<ApiObject<K>>): void {
    const begin = (request: Request, server: ServerProcess) =>
      server.registry.get(request, kind, key, (answer) => this.pipeline.finish(request, answer));
    this.call("get", kind, "", namespaceOfKey(key), nameOfKey(key), begin, done);
  }

  list<K extends ApiKind>(kind: K, selector: Selector, done: Done<readonly ApiObject<K>[]>): void {
    const begin = (request: Request, server: ServerProcess) =>
      server.registry.list(request, kind, selector, (answer) => {
        if (!(answer instanceof ApiError)) server.encodeList(request, answer.length);
        this.pipeline.finish(request, answer);
      });
    this.call("list", kind, "", selector.namespace ?? "", "", begin, done);
  }

  update<K extends ApiKind>(kind: K, object: ApiObject<K>, done?: Done<ApiObject<K>>): void {
    const begin = (request: Request, server: ServerProcess) =>
      server.registry.update(request, kind, object, (answer) => this.wrote(request, server, answer));
    this.write("update", kind, "", keyOf(kind, object), begin, done);
  }

  updateStatus<K extends ApiKind>(kind: K, object: ApiObject<K>, done?: Done<ApiObject<K>>): void {
    const begin = (request: Request, server: ServerProcess) =>
      server.registry.updateStatus(request, kind, object, (answer) => this.wrote(request, server, answer));
    this.write("update", kind, "status", keyOf(kind, object), begin, done);
  }

  patch<K extends ApiKind>(kind: K, key: string, patch: Patch<K>, done?: Done<ApiObject<K>>): void {
    const begin = (request: Request, server: ServerProcess) =>
      server.registry.patch(request, kind, key, patch, (answer) => this.wrote(request, server, answer));
    this.write("patch", kind, "", key, begin, done);
  }

  patchStatus<K extends ApiKind>(kind: K, key: string, patch: Patch<K>, done?: Done<ApiObject<K>>): void {
    const begin = (request: Request, server: ServerProcess) =>
      server.registry.patchStatus(request, kind, key, patch, (answer) => this.wrote(request, server, answer));
    this.write("patch", kind, "status", key, begin, done);
  }

  delete(kind: ApiKind, key: string, options: DeleteOptions, done?: Done<null>): void {
    const begin = (request: Request, server: ServerProcess) =>
      server.registry.delete(request, kind, key, options, (answer) => this.wrote(request, server, answer));
    this.write("delete", kind, "", key, begin, done);
  }

  deleteCollection(kind: ApiKind, namespace: string, options: DeleteOptions, done?: Done<null>): void {
    const begin = (request: Request, server: ServerProcess) =>
      server.registry.deleteCollection(request, kind, namespace, options, (answer) =>
        this.wrote(request, server, answer),
      );
    this.call("deletecollection", kind, "", namespace, "", begin, done);
  }

  evict(key: string, options: DeleteOptions, done?: Done<null>): void {
    const begin = (request: Request, server: ServerProcess) =>
      server.registry.evict(request, key, options, (answer) => this.wrote(request, server, answer));
    this.write("create", "pods", "eviction", key, begin, done);
  }

  bind(binding: Binding, done?: Done<null>): void {
    const begin = (request: Request, server: ServerProcess) =>
      server.registry.bind(request, binding, (answer) => this.wrote(request, server, answer));
    this.write("create", "pods", "binding", `${binding.namespace}/${binding.name}`, begin, done);
  }

  listAndWatch<K extends ApiKind>(kind: K, selector: Selector, sink: WatchSink<ApiObject<K>>): Watch {
    const reflector = new Reflector(this, kind, selector, sink as unknown as WatchSink<ApiObject>, (stopped) =>
      this.reflectors.delete(stopped),
    );
    this.reflectors.add(reflector);
    return reflector;
  }

  /** The process behind it is gone: nothing is sent or received any more, and its connections end. */
  close(): void {
    this.isClosed = true;
    for (const reflector of [...this.reflectors]) reflector.stop();
    this.balancer.hangUp(this);
  }

  /** Makes a request: waits for the client's own rate limit, and sends it. */
  call<T>(
    verb: Verb,
    kind: ApiKind,
    subresource: string,
    namespace: string,
    name: string,
    begin: (request: Request, server: ServerProcess) => void,
    done: Done<T> | undefined,
  ): void {
    if (this.isClosed) return;
    this.send(new Request(this, verb, kind, subresource, namespace, name, begin, done));
  }

  finish(request: Request, answer: unknown): void {
    this.pipeline.finish(request, answer);
  }

  /** The answer is there. */
  answered(request: Request): void {
    if (this.isClosed) return;
    const { answer } = request;
    if (answer instanceof ApiError && answer.retryAfterSeconds > 0 && request.retries < MAX_RETRIES) {
      request.retries++;
      const atMicros = this.engine.now + answer.retryAfterSeconds * SECOND;
      this.engine.at(atMicros as Tick, () => {
        if (!this.isClosed) this.send(request);
      });
      return;
    }
    request.done?.(answer as never);
  }

  may(request: Request): boolean {
    const { authorizer } = this;
    if (this.rightsGeneration !== authorizer.generation) {
      this.rights.clear();
      this.rightsGeneration = authorizer.generation;
    }
    const { verb, kind, subresource } = request;
    const index = this.requestKey(verb, kind, subresource);
    let isAllowed = this.rights.get(index);
    if (isAllowed === undefined) {
      isAllowed = authorizer.allows(this.identity, { verb, kind, subresource, namespace: "", name: "" });
      this.rights.set(index, isAllowed);
    }
    // not everywhere: perhaps here
    return isAllowed || authorizer.allows(this.identity, request);
  }

  requestKey(verb: Verb, kind: ApiKind, subresource: string): number {
    const ofKind = this.authorizer.indexOf(kind) * VERBS.length + VERBS.indexOf(verb);
    return ofKind * SUBRESOURCES.length + SUBRESOURCES.indexOf(subresource);
  }

  private write<T>(
    verb: Verb,
    kind: ApiKind,
    subresource: string,
    key: string,
    begin: (request: Request, server: ServerProcess) => void,
    done: Done<T> | undefined,
  ): void {
    this.call(verb, kind, subresource, namespaceOfKey(key), nameOfKey(key), begin, done);
  }

  private wrote(request: Request, server: ServerProcess, answer: unknown): void {
    if (!(answer instanceof ApiError)) server.wrote();
    this.pipeline.finish(request, answer);
  }

  private send(request: Request): void {
    const waitMicros = this.qps === 0 ? 0 : this.reserve();
    if (waitMicros === 0) return this.pipeline.send(request);
    this.engine.at((this.engine.now + waitMicros) as Tick, () => {
      if (!this.isClosed) this.pipeline.send(request);
    });
  }

  // a reservation, as of golang.org/x/time/rate
  private reserve(): number {
    const { burst, engine, qps } = this;
    this.tokens = Math.min(burst, this.tokens + ((engine.now - this.tokensAtMicros) / SECOND) * qps);
    this.tokensAtMicros = engine.now;
    this.tokens -= 1;
    return this.tokens >= 0 ? 0 : Math.ceil((-this.tokens / qps) * SECOND);
  }
}

function componentOf(name: string): string {
  const slash = name.indexOf("/");
  const first = slash < 0 ? name : name.slice(0, slash);
  if (slash < 0 || first === "kubelet" || first === "node" || first === "kube-proxy") return first.replace(/-\d+$/, "");
  return name.slice(slash + 1);
}
