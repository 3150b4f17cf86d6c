// Renews the node's Lease in kube-node-lease: every quarter of its duration, with a little jitter; five attempts in a row when one
// fails, then get or create it with growing pauses. Source: behaviour of component-helpers' lease controller as the kubelet uses it.
import { ApiError, type Client } from "../apiserver/client.ts";
import type { Lifetime } from "../engine/lifetime.ts";
import type { RandomStream } from "../engine/random.ts";
import { ask, runSteps, type Steps } from "../engine/steps.ts";
import { SECOND } from "../engine/tick.ts";
import type { Lease, Node } from "../model/objects.ts";
import { microTimestampAt } from "../model/timestamp.ts";
import { withTimeout } from "./request-timeout.ts";

export const LEASE_NAMESPACE = "kube-node-lease";
const RENEW_SHARE = 0.25;
const JITTER = 0.04;
const MAX_RETRIES = 5;
const FIRST_PAUSE_MICROS = 200_000;
const MAX_PAUSE_MICROS = 7 * SECOND;
const REQUEST_TIMEOUT_MICROS = 10 * SECOND;

export interface LeaseRenewalOptions {
  readonly life: Lifetime;
  readonly client: Client;
  readonly nodeName: string;
  readonly node: () => Node | undefined;
  readonly durationSeconds: number;
  readonly jitter: RandomStream;
  /** The node's own clock, in microseconds. */
  readonly clock: () => number;
}

export class LeaseRenewal {
  private readonly options: LeaseRenewalOptions;
  private readonly key: string;
  private latest: Lease | null = null;
  /** When the last renewal that succeeded was made. */
  renewedAtMicros = 0;

  constructor(options: LeaseRenewalOptions) {
    this.options = options;
    this.key = `${LEASE_NAMESPACE}/${options.nodeName}`;
  }

  /**
   * Begins.
   *
   * @param firstMicros until the first renewal
   * @param known the lease, as far as it is known to exist
   */
  start(firstMicros: number, known: Lease | null): void {
    this.latest = known;
    this.options.life.after(firstMicros, () => this.round());
  }

  private round(): void {
    runSteps(this.sync(), () => {
      const { durationSeconds, jitter, life } = this.options;
      if (life.isOver) return;
      const period = durationSeconds * RENEW_SHARE * SECOND;
      life.after(Math.round(period * (1 + JITTER * jitter.next())), () => this.round());
    });
  }

  private *sync(): Steps<void> {
    if (this.latest !== null && (yield* this.renew())) return;
    yield* this.ensure();
    if (this.latest !== null) yield* this.renew();
  }

  private *renew(): Steps<boolean> {
    const { client, clock, life } = this.options;
    for (let attempt = 0; attempt < MAX_RETRIES; attempt++) {
      const renewed = this.renewal(this.latest as Lease);
      const answer = yield* ask<Lease | ApiError>((done) =>
        withTimeout<Lease>(
          life,
          REQUEST_TIMEOUT_MICROS,
          (answered) => client.update("leases", renewed, answered),
          done,
        ),
      );
      if (!(answer instanceof ApiError)) {
        this.latest = answer;
        this.renewedAtMicros = clock();
        return true;
      }
      if (answer.reason === "Conflict" || answer.reason === "NotFound") {
        yield* this.ensure();
        if (this.latest === null) return false;
      }
    }
    return false;
  }

  /** Gets the lease, or creates it, as long as it takes. */
  private *ensure(): Steps<void> {
    const { client, life } = this.options;
    let pauseMicros = FIRST_PAUSE_MICROS;
    while (!life.isOver) {
      const found = yield* ask<Lease | ApiError>((done) =>
        withTimeout<Lease>(life, REQUEST_TIMEOUT_MICROS, (answered) => client.get("leases", this.key, answered), done),
      );
      if (!(found instanceof ApiError)) {
        this.latest = found;
        return;
      }
      if (found.reason === "NotFound") {
        const made = yield* ask<Lease | ApiError>((done) =>
          withTimeout<Lease>(
            life,
            REQUEST_TIMEOUT_MICROS,
            (answered) => client.create("leases", this.renewal(null), answered),
            done,
          ),
        );
        if (!(made instanceof ApiError)) {
          this.latest = made;
          this.renewedAtMicros = this.options.clock();
          return;
        }
      }
      const pause = pauseMicros;
      yield* ask<void>((done) => life.after(pause, () => done(undefined)));
      pauseMicros = Math.min(MAX_PAUSE_MICROS, pauseMicros * 2);
    }
  }

  private renewal(before: Lease | null): Lease {
    const { clock, durationSeconds, node, nodeName } = this.options;
    if (before === null) return leaseOf(nodeName, node()?.metadata.uid, durationSeconds, clock());
    return { ...before, spec: { ...before.spec, renewTime: microTimestampAt(clock()) } };
  }
}

/** The lease of a node, renewed at this time. */
export function leaseOf(
  nodeName: string,
  nodeUid: string | undefined,
  durationSeconds: number,
  atMicros: number,
): Lease {
  return {
    apiVersion: "coordination.k8s.io/v1",
    kind: "Lease",
    metadata: {
      name: nodeName,
      namespace: LEASE_NAMESPACE,
      ...(nodeUid === undefined
        ? {}
        : { ownerReferences: [{ apiVersion: "v1", kind: "Node", name: nodeName, uid: nodeUid }] }),
    },
    spec: { holderIdentity: nodeName, leaseDurationSeconds: durationSeconds, renewTime: microTimestampAt(atMicros) },
  };
}
