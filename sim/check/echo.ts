// Messages between members that arrive a second time, much later: what raft must bear (Raft §5.1), and what TCP hides from it most of
// the time. Not forwarded proposals: etcd does not know them again either, and would take them twice.
import type { Engine } from "../engine/engine.ts";
import type { RandomStream } from "../engine/random.ts";
import type { Tick } from "../engine/tick.ts";
import type { EtcdMember } from "../etcd/member.ts";
import type { PeerPayload } from "../etcd/peer-payload.ts";

/** Within a round trip, an election, or several. */
const DELAYS_MICROS = [20_000, 3_000_000, 10_000_000] as const;

export class Echo {
  private readonly engine: Engine;
  private readonly random: RandomStream;
  /** Share of messages, by fault. */
  private readonly shares: number[] = [];
  private readonly answeredAt = new Map<EtcdMember, number>();

  constructor(engine: Engine) {
    this.engine = engine;
    this.random = engine.stream("check/echo");
  }

  /** Hears what a member receives. */
  listen(member: EtcdMember): void {
    const receive = member.receive.bind(member);
    member.receive = (payload) => {
      receive(payload);
      for (const share of this.shares) this.repeat(member, payload, share, receive);
    };
  }

  /** When an answer of a follower last came to the member again: its leader takes that for a sign of life. -1 when never. */
  lastAnswerAt(member: EtcdMember): number {
    return this.answeredAt.get(member) ?? -1;
  }

  /** @param amount 0 … 1 */
  begin(amount: number): () => void {
    const share = 0.02 + 0.3 * amount;
    this.shares.push(share);
    return () => void this.shares.splice(this.shares.indexOf(share), 1);
  }

  private repeat(
    member: EtcdMember,
    payload: PeerPayload,
    share: number,
    receive: (payload: PeerPayload) => void,
  ): void {
    if (this.random.next() >= share) return;
    const delay = this.random.int(DELAYS_MICROS[this.random.int(DELAYS_MICROS.length)]!);
    if (!payload.type.startsWith("Msg") || payload.type === "MsgProp") return;
    const isAnswer = payload.type === "MsgAppResp" || payload.type === "MsgHeartbeatResp";
    this.engine.at((this.engine.now + delay) as Tick, () => {
      if (isAnswer) this.answeredAt.set(member, this.engine.now);
      receive(payload);
    });
  }
}
