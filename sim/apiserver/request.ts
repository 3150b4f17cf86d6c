// One request from its sending to its answer.
import type { EventHandle } from "../engine/engine.ts";
import type { ApiKind } from "./client.ts";
import type { Connection } from "./connection.ts";
import type { ServerProcess } from "./server-process.ts";
import type { Transport } from "./transport.ts";

export type Verb = "create" | "get" | "list" | "watch" | "update" | "patch" | "delete";

/** Verbs whose answers the server gives up on sooner: 34 s, where others have 60 s. */
export function isMutating(verb: Verb): boolean {
  return verb === "create" || verb === "update" || verb === "patch" || verb === "delete";
}

export class Request {
  readonly client: Connection;
  readonly verb: Verb;
  readonly kind: ApiKind;
  readonly subresource: string;
  /** "" for kinds without and for the whole cluster. */
  readonly namespace: string;
  /** "" for lists, and where the server makes the name. */
  readonly name: string;
  /** Carries it out on the server. */
  readonly begin: (request: Request, server: ServerProcess) => void;
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
  /** What it takes of the server's concurrency; 0 while it is not being carried out. */
  seats = 0;
  /** Its priority level at the server, and where it waits there. */
  level = -1;
  queue = -1;

  constructor(
    client: Connection,
    verb: Verb,
    kind: ApiKind,
    subresource: string,
    namespace: string,
    name: string,
    begin: (request: Request, server: ServerProcess) => void,
    done: ((answer: never) => void) | undefined,
  ) {
    this.client = client;
    this.verb = verb;
    this.kind = kind;
    this.subresource = subresource;
    this.namespace = namespace;
    this.name = name;
    this.begin = begin;
    this.done = done;
  }
}
