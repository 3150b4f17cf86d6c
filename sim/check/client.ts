// One client: asks, waits for the answer or its patience's end, thinks, asks again. All its choices come from its own stream, so that
// other clients and faults do not move them. It talks to members directly, without a network between: what it sees is as tight as
// can be.
import type { Engine } from "../engine/engine.ts";
import type { RandomStream } from "../engine/random.ts";
import type { Tick } from "../engine/tick.ts";
import { EtcdError } from "../etcd/error.ts";
import type { EtcdMember } from "../etcd/member.ts";
import type { EtcdRequest, KeyRange } from "../etcd/request.ts";
import type { KvAnswer } from "./compare-answers.ts";
import type { History } from "./history.ts";
import type { ClientAnswers, Operation } from "./invariants/client-answers.ts";
import type { LeaseLives } from "./invariants/lease-lives.ts";
import type { OperatorRequest } from "./operator.ts";
import { drawRequest, type Memory, type RequestSource, remember } from "./requests.ts";
import { OPERATIONS, type OperationKind, type Setup } from "./setup.ts";
import type { Sometimes } from "./sometimes.ts";

/** What clients need of the run that they are part of. */
export interface ClientHost {
  readonly engine: Engine;
  readonly setup: Setup;
  readonly answers: ClientAnswers;
  readonly history: History;
  readonly leases: LeaseLives;
  readonly sometimes: Sometimes;
  readonly keys: readonly string[];
  readonly leasedKeys: readonly string[];
  /** Does somebody believe to lead although there is a later leader? etcd's keepalives do not ask. */
  hasDeposedLeader(): boolean;
  /** How many leaders there have been. */
  readonly leadersElected: number;
  /** Members that are or were, in the order in which they came. */
  members(): readonly EtcdMember[];
  unique(): number;
  /** May another operation begin? Counts it. */
  begin(): boolean;
  /** Called before an answer is judged: everything that has happened is seen first. */
  look(): void;
  /** A client watches from a revision on (0 = from now on), or ends one of its watches. */
  watch(client: number, member: EtcdMember, range: KeyRange, startRevision: number): void;
  unwatch(client: number): void;
  /** An operator's request, made by hand. @returns null when there is nothing to do */
  operatorRequest(kind: OperationKind, random: RandomStream): OperatorRequest | null;
  story(line: () => string): void;
}

const PATIENCE_MICROS = [400_000, 2_000_000, 9_000_000] as const;

export class Client {
  private readonly id: number;
  private readonly host: ClientHost;
  private readonly random: RandomStream;
  private readonly memory: Memory = { values: new Map(), leases: [], revision: 1 };
  private readonly totalWeight: number;
  private readonly preferred: number;
  private readonly source: RequestSource;
  private isStopped = false;

  constructor(id: number, host: ClientHost) {
    this.id = id;
    this.host = host;
    this.random = host.engine.stream(`check/client/${id}`);
    this.totalWeight = OPERATIONS.reduce((sum, kind) => sum + host.setup.weights[kind], 0);
    this.preferred = this.random.int(1024);
    const { keys, leasedKeys } = host;
    this.source = {
      random: this.random,
      memory: this.memory,
      keys,
      leasedKeys,
      valueBytes: host.setup.valueBytes,
      unique: () => host.unique(),
    };
  }

  start(): void {
    this.think();
  }

  /** No new operations; one that is under way may still be answered. */
  stop(): void {
    this.isStopped = true;
  }

  private think(): void {
    if (this.isStopped) return;
    const { engine, setup } = this.host;
    // uniform, mean as asked for: cheap, and no gap is so long that a client is forgotten
    engine.at((engine.now + 1 + this.random.int(2 * setup.thinkMicros)) as Tick, () => this.next());
  }

  private next(): void {
    if (this.isStopped || !this.host.begin()) return;
    const members = this.host.members();
    const at = this.random.int(4) > 0 ? this.preferred : this.random.int(1024);
    const member = members[at % members.length]!;
    const kind = this.drawKind();
    switch (kind) {
      case "watch": {
        const range = this.drawRange();
        const back = this.random.int(3);
        const from =
          back === 0
            ? 0
            : back === 1
              ? this.memory.revision + 1
              : Math.max(1, this.memory.revision - this.random.int(25));
        this.host.watch(this.id, member, range, from);
        return this.think();
      }
      case "burst":
        return this.burst(member);
      case "unwatch":
        this.host.unwatch(this.id);
        return this.think();
      case "moveLeader":
      case "addMember":
      case "addLearner":
      case "promote":
      case "removeMember": {
        const wanted = this.host.operatorRequest(kind, this.random);
        if (wanted === null) return this.think();
        return this.ask(wanted.member ?? member, wanted.request);
      }
      default: {
        return this.ask(member, drawRequest(kind, this.source));
      }
    }
  }

  /** @param thinks whether the client waits for the answer before it goes on */
  private ask(member: EtcdMember, request: EtcdRequest, thinks = true): void {
    const { engine, answers, leases, leadersElected } = this.host;
    const operation = answers.invoked(this.id, member.name, request, engine.now);
    if (request.kind === "leaseRevoke") leases.revokeAsked(request.id);
    const patience = PATIENCE_MICROS[this.random.int(PATIENCE_MICROS.length)]!;
    const timer = engine.at((engine.now + patience) as Tick, () => {
      answers.gaveUp(operation);
      this.noteUnanswered(operation);
      if (thinks) this.think();
    });
    member.call(request, { deadlineMicros: patience }, (answer) => {
      if (operation.status !== "open") return;
      engine.cancel(timer);
      this.host.look();
      if (answer instanceof EtcdError) this.failed(operation, answer);
      else this.answered(operation, answer as { readonly kind: string; readonly revision: number }, leadersElected);
      if (thinks) this.think();
    });
  }

  /** Several puts at once, as from a client that does not wait. */
  private burst(member: EtcdMember): void {
    const count = 2 + this.random.int(10);
    for (let i = 0; i < count; i++) {
      this.ask(member, drawRequest("put", this.source), i === count - 1);
    }
  }

  private answered(
    operation: Operation,
    answer: { readonly kind: string; readonly revision: number },
    leadersBefore: number,
  ): void {
    const { engine, answers, history, leases, sometimes } = this.host;
    const { request } = operation;
    answers.answered(operation, answer, engine.now);
    if (answer.revision > this.memory.revision) this.memory.revision = answer.revision;
    if (request.kind === "range" && this.host.leadersElected > leadersBefore) {
      sometimes.reached("read across a leader change");
    }
    switch (request.kind) {
      case "put":
      case "range":
      case "deleteRange":
      case "txn":
        history.add(operation.id, request, answer as KvAnswer, operation.invokedAt, engine.now);
        this.learn(operation, answer as KvAnswer);
        break;
      case "leaseGrant": {
        const { ttlSeconds } = answer as unknown as { readonly ttlSeconds: number };
        leases.granted(request.id, ttlSeconds, operation.invokedAt);
        this.memory.leases.push(request.id);
        break;
      }
      case "leaseKeepAlive": {
        const { ttlSeconds } = answer as unknown as { readonly ttlSeconds: number };
        if (ttlSeconds === 0) this.forgetLease(request.id);
        else if (!this.host.hasDeposedLeader()) leases.renewed(request.id, ttlSeconds, operation.invokedAt);
        break;
      }
      case "moveLeader":
        sometimes.reached("leadership transferred");
        break;
      case "leaseRevoke":
        sometimes.reached("lease revoked by client");
        break;
      default:
    }
  }

  private learn({ request, member }: Operation, answer: KvAnswer): void {
    const { memory, host } = this;
    host.story(() => `client ${this.id} at ${member}: ${request.kind} answered at revision ${answer.revision}`);
    if (request.kind === "put") {
      memory.values.set(request.key, { value: request.value as number, modRevision: answer.revision });
    } else if (request.kind === "deleteRange") memory.values.delete(request.key);
    else if (answer.kind === "range" && request.kind === "range" && request.revision === 0)
      remember(memory, answer.kvs);
    else if (answer.kind === "txn" && request.kind === "txn") {
      if (!answer.succeeded) host.sometimes.reached("swap refused");
      const branch = answer.succeeded ? request.success : request.failure;
      for (const [i, op] of branch.entries()) {
        const response = answer.responses[i];
        if (op.kind === "put") memory.values.set(op.key, { value: op.value as number, modRevision: answer.revision });
        else if (response?.kind === "range") remember(memory, response.kvs);
      }
    }
  }

  private failed(operation: Operation, error: EtcdError): void {
    const { engine, answers, sometimes } = this.host;
    const { request } = operation;
    const hadNoEffect = answers.failed(operation, error, engine.now);
    this.host.story(() => `client ${this.id} at ${operation.member}: ${request.kind}: ${error.message}`);
    if (error.message.includes("space exceeded")) sometimes.reached("no space");
    if (error.message.includes("has been compacted")) sometimes.reached("read compacted");
    if (!hadNoEffect) this.noteUnanswered(operation);
    if ((request.kind === "leaseKeepAlive" || request.kind === "leaseTimeToLive") && error.code === "NotFound") {
      this.forgetLease(request.id);
    }
    if (request.kind === "put" && request.lease !== 0 && error.code === "NotFound") this.forgetLease(request.lease);
  }

  /** Whether it took effect will never be known to the client. */
  private noteUnanswered({ id, request, invokedAt }: Operation): void {
    if (request.kind === "put" || request.kind === "deleteRange" || request.kind === "txn") {
      this.host.history.add(id, request, null, invokedAt, Infinity);
    }
  }

  private forgetLease(id: number): void {
    const at = this.memory.leases.indexOf(id);
    if (at !== -1) this.memory.leases.splice(at, 1);
  }

  private drawRange(): KeyRange {
    switch (this.random.int(4)) {
      case 0:
        return { key: "m", rangeEnd: "n" };
      case 1:
        return { key: this.host.keys[this.random.int(this.host.keys.length)]!, rangeEnd: "" };
      default:
        return { key: "k", rangeEnd: "l" };
    }
  }

  private drawKind(): OperationKind {
    let rest = this.random.next() * this.totalWeight;
    for (const kind of OPERATIONS) {
      rest -= this.host.setup.weights[kind];
      if (rest < 0) return kind;
    }
    return "put";
  }
}
