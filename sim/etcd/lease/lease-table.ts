// The leases that the log granted, and the keys attached to them. Shared by all members: a row says from which entry of the log to
// which it exists, so that each member sees the leases as of its own position. Knows nothing of time: expiry is the leader's matter.
// Source: etcd lease/lessor.go, as documented (minimum and maximum TTL, precedence of errors).
import { assert } from "../../engine/assert.ts";

/** etcd refuses a longer time to live. */
export const MAX_TTL_SECONDS = 9_000_000_000;

export class Lease {
  readonly id: number;
  readonly ttlSeconds: number;
  readonly grantedIndex: number;
  /** Infinity while it is not revoked. */
  revokedIndex = Infinity;
  /** As of the newest entry. */
  readonly keys = new Set<string>();
  /** Keys that were attached once, in order of detachment: members that are behind may still see them attached. */
  detached: { readonly key: string; readonly revision: number }[] = [];
  /** The same id, granted before. */
  earlier: Lease | null;
  // checkpoints, oldest first: [index, remaining seconds]
  private checkpoints: (readonly [number, number])[] = [];

  constructor(id: number, ttlSeconds: number, grantedIndex: number, earlier: Lease | null) {
    this.id = id;
    this.ttlSeconds = ttlSeconds;
    this.grantedIndex = grantedIndex;
    this.earlier = earlier;
  }

  /** Seconds that were left at the last checkpoint at or before `index`, or 0 when there was none. */
  remainingAt(index: number): number {
    for (let i = this.checkpoints.length - 1; i >= 0; i--) {
      const [at, seconds] = this.checkpoints[i]!;
      if (at <= index) return seconds;
    }
    return 0;
  }

  checkpoint(index: number, remainingSeconds: number): void {
    // members are rarely that many checkpoints apart, and then the oldest one is near enough
    if (this.checkpoints.length === 8) this.checkpoints.shift();
    this.checkpoints.push([index, remainingSeconds]);
  }

  /** Forgets detachments at or before `revision`, which no member needs any more. */
  forgetDetached(revision: number): void {
    let count = 0;
    while (count < this.detached.length && this.detached[count]!.revision <= revision) count++;
    if (count > 0) this.detached.splice(0, count);
  }
}

export class LeaseTable {
  private readonly byId = new Map<number, Lease>();
  private revoked: Lease[] = [];

  /** The lease as of the newest entry. */
  find(id: number): Lease | undefined {
    const lease = this.byId.get(id);
    return lease === undefined || lease.revokedIndex !== Infinity ? undefined : lease;
  }

  /** The lease as of entry `index`. */
  findAt(id: number, index: number): Lease | undefined {
    let lease = this.byId.get(id) ?? null;
    while (lease !== null && lease.grantedIndex > index) lease = lease.earlier;
    return lease !== null && index < lease.revokedIndex ? lease : undefined;
  }

  /** Leases as of entry `index`, in the order in which their ids were granted first. */
  allAt(index: number): Lease[] {
    const leases: Lease[] = [];
    for (const id of this.byId.keys()) {
      const lease = this.findAt(id, index);
      if (lease !== undefined) leases.push(lease);
    }
    return leases;
  }

  grant(id: number, ttlSeconds: number, index: number): Lease {
    assert(this.find(id) === undefined, "a lease is granted once");
    const lease = new Lease(id, ttlSeconds, index, this.byId.get(id) ?? null);
    this.byId.set(id, lease);
    return lease;
  }

  revoke(lease: Lease, index: number): void {
    lease.revokedIndex = index;
    this.revoked.push(lease);
  }

  attach(id: number, key: string): void {
    this.find(id)?.keys.add(key);
  }

  detach(id: number, key: string, revision: number): void {
    const lease = this.find(id);
    if (lease?.keys.delete(key)) lease.detached.push({ key, revision });
  }

  /** Forgets leases that were revoked at or before `index`, which every member has applied. */
  forgetRevoked(index: number): void {
    let count = 0;
    while (count < this.revoked.length && this.revoked[count]!.revokedIndex <= index) {
      const lease = this.revoked[count++]!;
      let row = this.byId.get(lease.id) ?? null;
      if (row === lease) this.byId.delete(lease.id);
      else while (row !== null && row.earlier !== lease) row = row.earlier;
      if (row !== null && row !== lease) row.earlier = null;
    }
    if (count > 0) this.revoked.splice(0, count);
  }
}
