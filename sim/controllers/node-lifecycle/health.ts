// What the monitor knows of each node's heartbeats, by its own clock: when it last saw the lease or the status change. Nodes wait in
// buckets until the grace period could run out and are looked at only then; one that has a standing promise of heartbeats waits in none.
// Source: behaviour of the node lifecycle controller of kube-controller-manager 1.36, which looks at all nodes at each tick.
import type { ControllerFlags } from "../../model/controller-flags.ts";
import type { PromisedHeartbeats } from "../../model/heartbeats.ts";
import type { Node, NodeCondition } from "../../model/objects.ts";
import { parseTimestampMicros } from "../../model/timestamp.ts";

export interface NodeHealth {
  readonly name: string;
  /** Nodes are looked at in the order in which they were first seen. */
  readonly order: number;
  /** When a change of lease or status was last noticed. */
  probeMicros: number;
  renewTime: string;
  /** lastHeartbeatTime of the Ready condition that was noticed last. */
  heartbeat: string;
  /** As the monitor last saw it, the node was not ready. */
  isDown: boolean;
  /** Marking its pods as not ready has failed. */
  needsRetry: boolean;
  bucketMicros: number;
}

const NO_BUCKET = -1;
export const LEASE_PREFIX = "kube-node-lease/";

export class HealthBook {
  private readonly flags: ControllerFlags;
  private readonly tickFrom: (micros: number) => number;
  private readonly promised: PromisedHeartbeats | null;
  private readonly records = new Map<string, NodeHealth>();
  private readonly buckets = new Map<number, Set<NodeHealth>>();
  private sequence = 0;

  /** @param tickFrom the first tick of the monitor at or after a time: changes are noticed then */
  constructor(flags: ControllerFlags, tickFrom: (micros: number) => number, promised: PromisedHeartbeats | null) {
    this.flags = flags;
    this.tickFrom = tickFrom;
    this.promised = promised;
  }

  get(name: string): NodeHealth | undefined {
    return this.records.get(name);
  }

  all(): Iterable<NodeHealth> {
    return this.records.values();
  }

  /** Noticed at the next tick. A node of a name that was known before keeps what was known. */
  seen(node: Node, renewTime: string | undefined, nowMicros: number): NodeHealth {
    const { name } = node.metadata;
    let health = this.records.get(name);
    const ready = readyCondition(node);
    if (health === undefined) {
      health = {
        name,
        order: this.sequence++,
        probeMicros: Number.NEGATIVE_INFINITY,
        renewTime: "",
        heartbeat: "",
        isDown: false,
        needsRetry: false,
        bucketMicros: NO_BUCKET,
      };
      this.records.set(name, health);
      // nobody has ever posted its status: it has been silent since it was created
      const created = parseTimestampMicros(node.metadata.creationTimestamp ?? "") ?? nowMicros;
      if (ready === undefined) health.probeMicros = created;
    }
    if (ready !== undefined) {
      health.probeMicros = this.tickFrom(nowMicros);
      health.heartbeat = ready.lastHeartbeatTime ?? "";
    }
    if (renewTime !== undefined) this.renewed(name, renewTime, nowMicros);
    this.watch(health, node);
    return health;
  }

  /** The node's status has a new heartbeat. */
  posted(health: NodeHealth, node: Node, nowMicros: number): void {
    health.probeMicros = this.tickFrom(nowMicros);
    health.heartbeat = readyCondition(node)?.lastHeartbeatTime ?? "";
    if (health.bucketMicros === NO_BUCKET) this.watch(health, node);
  }

  /** The node itself was asked for: does it show a heartbeat that the own cache has not shown yet? Then it is not silent. */
  isNews(health: NodeHealth, node: Node, nowMicros: number): boolean {
    const heartbeat = readyCondition(node)?.lastHeartbeatTime ?? "";
    if (heartbeat === health.heartbeat) return false;
    health.heartbeat = heartbeat;
    health.probeMicros = nowMicros;
    this.watch(health, node);
    return true;
  }

  /**
   * The lease shows this time. Only a later one than before counts, as of a clock that does not go back.
   *
   * @returns the health when it waits for nothing yet
   */
  renewed(name: string, renewTime: string, nowMicros: number): NodeHealth | undefined {
    const health = this.records.get(name);
    if (health === undefined || renewTime <= health.renewTime) return undefined;
    health.renewTime = renewTime;
    health.probeMicros = this.tickFrom(nowMicros);
    return health.bucketMicros === NO_BUCKET ? health : undefined;
  }

  /** No heartbeats are promised any more: the last one counts as if it had been seen. */
  promiseEnded(health: NodeHealth, node: Node, lastRenewalMicros: number): void {
    health.probeMicros = Math.max(health.probeMicros, this.tickFrom(lastRenewalMicros));
    if (health.bucketMicros === NO_BUCKET) this.watch(health, node);
  }

  graceMicros(node: Node): number {
    const { nodeMonitorGracePeriodMicros, nodeStartupGracePeriodMicros } = this.flags;
    return readyCondition(node) === undefined ? nodeStartupGracePeriodMicros : nodeMonitorGracePeriodMicros;
  }

  /** Looks at the node again when its grace period could be over. */
  watch(health: NodeHealth, node: Node): void {
    this.watchUntil(health, this.tickFrom(health.probeMicros + this.graceMicros(node)));
  }

  watchUntil(health: NodeHealth, micros: number): void {
    this.drop(health);
    const bucket = this.buckets.get(micros);
    if (bucket === undefined) this.buckets.set(micros, new Set([health]));
    else bucket.add(health);
    health.bucketMicros = micros;
  }

  drop(health: NodeHealth): void {
    if (health.bucketMicros === NO_BUCKET) return;
    const bucket = this.buckets.get(health.bucketMicros);
    bucket?.delete(health);
    if (bucket?.size === 0) this.buckets.delete(health.bucketMicros);
    health.bucketMicros = NO_BUCKET;
  }

  /** When a node has to be looked at next; infinity for none. */
  get nextMicros(): number {
    let next = Number.POSITIVE_INFINITY;
    for (const micros of this.buckets.keys()) if (micros < next) next = micros;
    return next;
  }

  /** The nodes that have been silent for longer than they may. They wait in no bucket any more. */
  takeSilent(nowMicros: number, nodeOf: (name: string) => Node | undefined): NodeHealth[] {
    const silent: NodeHealth[] = [];
    for (const micros of [...this.buckets.keys()].filter((bucket) => bucket <= nowMicros)) {
      for (const health of [...(this.buckets.get(micros) ?? [])]) {
        this.drop(health);
        const node = nodeOf(health.name);
        if (node === undefined || this.isPromised(health, nowMicros)) continue;
        if (nowMicros < health.probeMicros + this.graceMicros(node)) this.watch(health, node);
        else silent.push(health);
      }
    }
    return silent;
  }

  private isPromised(health: NodeHealth, nowMicros: number): boolean {
    return (this.promised?.lastRenewalMicros(health.name, nowMicros) ?? null) !== null;
  }
}

export function readyCondition(node: Node): NodeCondition | undefined {
  return node.status?.conditions?.find(({ type }) => type === "Ready");
}
