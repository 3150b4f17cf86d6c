// The space quota of one member: writes are refused when its file would grow beyond it, and the whole cluster is told by an alarm in the
// log, which stays until somebody takes it back. Checked before a proposal and again when it is applied, with this member's own file.
// Source: etcd's quota.go, v3rpc/quota.go and applierV3Capped, as documented; reference rule 16.
import type { Done } from "../answer.ts";
import { ERRORS, EtcdError } from "../error.ts";
import type { ApplyResult, Command } from "../mvcc/command.ts";
import type { MemberView } from "../mvcc/member-view.ts";
import { requestCostBytes } from "../mvcc/quota-cost.ts";
import type { EtcdRequest, WriteRequest } from "../request.ts";

export interface SpaceHost {
  readonly view: MemberView;
  readonly memberId: number;
  readonly quotaBytes: number;
  propose(request: Command["request"], done: Done): void;
}

export class Space {
  private readonly host: SpaceHost;

  constructor(host: SpaceHost) {
    this.host = host;
  }

  /** Is there room for a write? */
  hasRoomFor(request: EtcdRequest): boolean {
    const { kind } = request;
    if (kind !== "put" && kind !== "txn" && kind !== "leaseGrant") return true;
    const bytes = requestCostBytes(request);
    return bytes === 0 || this.host.view.databaseBytes + bytes < this.host.quotaBytes;
  }

  /** Refuses a write for which there is no room, once the alarm is raised. */
  refuse(done: Done): void {
    this.raise(() => done(ERRORS.noSpace));
  }

  /**
   * A write took effect at this member, whose file before it was `bytesBefore`.
   *
   * @returns what its client is told when it needed more than there was: it counts nevertheless, or members would differ
   */
  applied(request: WriteRequest, result: ApplyResult, bytesBefore: number): EtcdError | null {
    const cost = requestCostBytes(request);
    if (cost === 0 || result.answer instanceof EtcdError || bytesBefore + cost < this.host.quotaBytes) return null;
    if (!this.host.view.hasAlarm("NOSPACE")) this.raise(() => undefined);
    return ERRORS.noSpace;
  }

  private raise(then: () => void): void {
    const { memberId } = this.host;
    this.host.propose({ kind: "alarm", action: "activate", member: memberId, alarm: "NOSPACE" }, then);
  }
}
