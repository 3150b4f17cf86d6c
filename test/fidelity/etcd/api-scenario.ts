// One cluster on which recorded single requests are replayed: who is meant by leader, follower or survivor, and answers as rows.
import { Engine } from "../../../sim/engine/engine.ts";
import type { Tick } from "../../../sim/engine/tick.ts";
import type { AnswerTo } from "../../../sim/etcd/answer.ts";
import { EtcdError } from "../../../sim/etcd/error.ts";
import type { EtcdRequest } from "../../../sim/etcd/request.ts";
import { ClusterUnderTest } from "./cluster-under-test.ts";
import { Machine } from "./machine.ts";
import { type RecordedRow, type RecordedSetting, settingNumber } from "./recordings.ts";

export interface Outcome {
  readonly code: string;
  readonly message: string;
  readonly detail: string;
  readonly durationMs: number;
}

export type Answer = Omit<Outcome, "durationMs">;

const BOOT_LIMIT_MICROS = 20_000_000;
/** Connections must have been good for 5 s before members may be added. */
const SETTLE_MICROS = 6_000_000;
const QUOTA_BYTES = 4 * 1024 * 1024;
export const REVISIONS = 100;

export class ApiScenario {
  readonly name: string;
  readonly engine: Engine;
  readonly cluster: ClusterUnderTest;
  /** What later requests of the scenario refer to. */
  learner = -1;
  learnerId = 0;
  victim = -1;
  private readonly following: number;

  constructor(setting: RecordedSetting, row: RecordedRow) {
    this.name = row.scenario ?? "";
    const seed = `${setting.name}/${this.name}`;
    const members = settingNumber(row, "members", 3);
    this.engine = new Engine({ seed });
    const machine = new Machine(seed, "idle", members, 0);
    this.cluster = new ClusterUnderTest(this.engine, machine, {
      members,
      heartbeatMs: 100,
      electionMs: 1000,
      oneWayDelayMs: 0,
      ...(this.name === "nospace" && { quotaBytes: QUOTA_BYTES }),
    });
    this.cluster.boot(BOOT_LIMIT_MICROS);
    this.run(SETTLE_MICROS);
    this.following = this.cluster.indices().find((member) => member !== this.cluster.leader())!;
    if (this.name === "compaction" || this.name === "watch") this.fill();
    if (this.name.startsWith("no quorum")) this.loseQuorum();
  }

  run(micros: number): void {
    this.engine.run((this.engine.now + micros) as Tick);
  }

  /** The member that a recorded target means. */
  member(target: string): number {
    const named = /^m(\d+)$/.exec(target);
    if (named !== null) return Number(named[1]) - 1;
    return target.startsWith("follower") || target === "survivor" ? this.following : this.cluster.leader();
  }

  /** Asks, and tells the answer with the detail that the recorder noted. */
  ask<R extends EtcdRequest>(
    target: string,
    request: R,
    detailOf: (answer: AnswerTo<R>) => string = () => "",
    requireLeader = false,
    deadlineMicros?: number,
  ): Answer {
    const answer = this.cluster.ask(this.member(target), request, requireLeader, deadlineMicros);
    if (answer instanceof EtcdError) return { code: answer.code, message: answer.message, detail: "" };
    return { code: "OK", message: "", detail: detailOf(answer) };
  }

  measure(act: () => Answer): Outcome {
    const began = this.engine.now;
    const answer = act();
    return { ...answer, durationMs: (this.engine.now - began) / 1000 };
  }

  /** One key, changed a hundred times; for watches also compacted at 50. */
  private fill(): void {
    for (let i = 0; i < REVISIONS; i++) {
      this.ask("leader", { kind: "put", key: "key", value: i, valueBytes: 10, lease: 0 });
    }
    if (this.name === "watch") this.ask("leader", { kind: "compact", revision: 50 });
  }

  /** All but one member die, and the one gives up its leader. */
  private loseQuorum(): void {
    this.ask("leader", { kind: "put", key: "key", value: 0, valueBytes: 10, lease: 0 });
    for (const member of this.cluster.indices()) if (member !== this.following) this.cluster.kill(member);
    this.run(4_000_000);
  }
}
