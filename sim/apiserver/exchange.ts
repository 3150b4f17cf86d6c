// What connects clients with servers: a request from its sending to its answer, and the connection on which it travels, as HTTP/2 keeps
// it. While the way is cut a connection stalls: what is on it waits, until TCP sends again or the client's ping finds out.
// Source: behaviour of Go's HTTP/2 transport as client-go sets it up (read idle 30 s, ping time-out 15 s) and of TCP's retransmission.
import type { EventHandle } from "../engine/engine.ts";
import type { RandomStream } from "../engine/random.ts";
import type { Place } from "../network/reachability.ts";
import type { ApiKind } from "./client.ts";
import type { Identity } from "./identity.ts";

/** A client, as the way to the servers knows it. */
export interface ClientEnd {
  readonly name: string;
  /** As statistics tell clients apart: the controller, or the component without its number or node. */
  readonly component: string;
  readonly identity: Identity;
  /** Where it runs; null: nothing cuts it off. */
  readonly place: Place | null;
  /** When it gives a request up; 0 = never. */
  readonly timeoutMicros: number;
  readonly latency: RandomStream;
  readonly dialStream: RandomStream;
  /** Its newest connection. */
  transport: Transport | null;
  /** Which flow schema its requests belong to, by {@link requestKey} and namespace, as long as there are only the built-in ones. */
  readonly flows: Map<number, number>;
  /** A number for what is asked. */
  requestKey(verb: Verb, kind: ApiKind, subresource: string): number;
  answered(request: Request): void;
  may(request: Request): boolean;
}

/** A server, as the way to it knows it. */
export interface ServerEnd {
  readonly name: string;
  readonly place: Place | null;
  /** Counts the starts of its process. */
  readonly life: number;
  readonly isRunning: boolean;
  readonly isAccepting: boolean;
  readonly isPaused: boolean;
  /** A request has arrived. */
  receive(request: Request): void;
  /** It is carried out now. */
  begin(request: Request): void;
  /** It is answered, or nobody waits for it any more. */
  finished(request: Request, answer: unknown): void;
  /** Nothing more is sent on this watch. */
  endWatch(stream: StreamEnd): void;
}

/** A watch on a connection. */
export interface StreamEnd {
  readonly isEndedByServer: boolean;
  tellEnd(): void;
}

export type Verb = "create" | "get" | "list" | "watch" | "update" | "patch" | "delete" | "deletecollection";

/** Verbs whose answers the server gives up on sooner: 34 s, where others have 60 s. */
export function isMutating(verb: Verb): boolean {
  return verb !== "get" && verb !== "list" && verb !== "watch";
}

export class Request {
  readonly client: ClientEnd;
  readonly verb: Verb;
  readonly kind: ApiKind;
  readonly subresource: string;
  /** "" for kinds without and for the whole cluster. */
  readonly namespace: string;
  /** "" for lists, and where the server makes the name. */
  readonly name: string;
  /** Carries it out on the server. */
  readonly work: (request: Request, server: never) => void;
  readonly done: ((answer: never) => void) | undefined;
  /** Its place among those on their way. */
  slot = -1;
  transport: Transport | null = null;
  sentMicros = 0;
  /** From the answer's leaving to its arrival. */
  responseMicros = 0;
  /** It is answered, or nobody waits for it: nothing more is to be done for it. */
  isOver = false;
  /** The deadline is the client's own: it runs until the answer is there. */
  isClientDeadline = false;
  deadline: EventHandle | null = null;
  /** On the way there or back. */
  flight: EventHandle | null = null;
  answer: unknown;
  /** How often it was sent again as a Retry-After had it. */
  retries = 0;
  /** It is at a server, and not answered. */
  isAtServer = false;
  /** A list because a watch had lost its place. */
  isRelist = false;
  /** What it takes of the server's concurrency, in seats; 0 = exempt. */
  width = 0;
  /** It has seats of its priority level. */
  hasSeats = false;
  /** Its priority level at the server, and where it waits there; -1 = none, and nowhere. */
  level = -1;
  queue = -1;

  constructor(
    client: ClientEnd,
    verb: Verb,
    kind: ApiKind,
    subresource: string,
    namespace: string,
    name: string,
    work: (request: Request, server: never) => void,
    done: ((answer: never) => void) | undefined,
  ) {
    this.client = client;
    this.verb = verb;
    this.kind = kind;
    this.subresource = subresource;
    this.namespace = namespace;
    this.name = name;
    this.work = work;
    this.done = done;
  }
}

/** From the last sign of life to the client's giving the connection up. */
export const PING_MICROS = 45_000_000;
const FIRST_RETRANSMISSION_MICROS = 200_000;

/** All requests and watches of a client share one, until it breaks or the server goes away. */
export class Transport {
  readonly client: ClientEnd;
  readonly server: ServerEnd;
  /** Which life of the server it is connected to. */
  readonly life: number;
  readonly streams = new Set<StreamEnd>();
  isOpen = true;
  /** The server takes no new requests on it. */
  goesAway = false;
  /** Since when nothing passes; -1 = it does. */
  stalledMicros = -1;
  pingTimer: EventHandle | null = null;
  /** What goes on when something passes again, in order. */
  readonly backlog: (() => void)[] = [];

  constructor(client: ClientEnd, server: ServerEnd) {
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
