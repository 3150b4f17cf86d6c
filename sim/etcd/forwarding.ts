// Requests that one member passes on to the leader over HTTP, beside raft: the time of leases, and promotions of learners.
import type { Engine, EventHandle } from "../engine/engine.ts";
import type { Tick } from "../engine/tick.ts";
import type { Done } from "./answer.ts";
import { ERRORS } from "./error.ts";
import type { PeerAnswer, PeerPayload } from "./peer-payload.ts";
import type { EtcdRequest } from "./request.ts";

export interface ForwardingHost {
  readonly engine: Engine;
  readonly id: number;
  /** @returns false when there is no connection */
  sendTo(peer: number, payload: PeerPayload): boolean;
  guard(action: () => void): void;
}

interface Waiting {
  readonly done: Done;
  readonly timer: EventHandle;
}

export class Forwarding {
  private readonly host: ForwardingHost;
  private readonly waiting = new Map<number, Waiting>();
  private last = 0;

  constructor(host: ForwardingHost) {
    this.host = host;
  }

  isIdle(): boolean {
    return this.waiting.size === 0;
  }

  /** Asks another member. */
  ask(peer: number, request: EtcdRequest, timeoutMicros: number, done: Done): void {
    const { engine, id: from } = this.host;
    const id = ++this.last;
    if (!this.host.sendTo(peer, { type: "peerRequest", from, id, request })) return done(ERRORS.connectionRefused);
    const timer = engine.at((engine.now + Math.max(1, timeoutMicros)) as Tick, () =>
      this.host.guard(() => {
        if (this.waiting.delete(id)) done(ERRORS.timeout);
      }),
    );
    this.waiting.set(id, { done, timer });
  }

  answered({ id, answer }: PeerAnswer): void {
    const waiting = this.waiting.get(id);
    if (waiting === undefined) return;
    this.waiting.delete(id);
    this.host.engine.cancel(waiting.timer);
    waiting.done(answer);
  }

  /** The process is gone. @returns those who waited */
  stop(): Done[] {
    const waiting = [...this.waiting.values()];
    this.waiting.clear();
    for (const { timer } of waiting) this.host.engine.cancel(timer);
    return waiting.map(({ done }) => done);
  }
}
