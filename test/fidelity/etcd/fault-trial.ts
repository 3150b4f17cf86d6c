// One trial of one fault: a cluster under the recorder's load, the fault at a random time, its healing, and the end of the
// observation, all as in one recorded row.
import { Engine } from "../../../sim/engine/engine.ts";
import type { Tick } from "../../../sim/engine/tick.ts";
import { ClusterUnderTest } from "./cluster-under-test.ts";
import { SINCE_ELECTION, sinceElection } from "./compare.ts";
import { loadOf, Machine } from "./machine.ts";
import { Measures } from "./measures.ts";
import { Recorder } from "./recorder.ts";
import { numberOf, type RecordedRow, settingNumber } from "./recordings.ts";
import type { Tally } from "./tally.ts";

/** Load before the fault: long enough for every kind of request to be on its way. */
const WARM_UP_MICROS = 600_000;
const BOOT_LIMIT_MICROS = 20_000_000;

/** A fault: what is done, what undoes it, and what the members are called. */
export interface FaultKind {
  inject(trial: FaultTrial): void;
  /** Undoes it, at the recorded time; kinds without one have no healing. */
  heal?(trial: FaultTrial): void;
  targetOf(trial: FaultTrial, member: number): string;
}

export class FaultTrial {
  readonly row: RecordedRow;
  readonly engine: Engine;
  readonly cluster: ClusterUnderTest;
  oldLeader = -1;
  /** In random order. */
  followers: number[] = [];
  /** Whom the fault is done to, where that is not the leader. */
  victims: number[] = [];
  private readonly machine: Machine;
  /** The fault falls at a random time of this length: leaders check their quorum once per election timeout. */
  private readonly spreadMicros: number;
  private readonly recorder: Recorder;
  private readonly measures: Measures;
  private readonly tally: Tally;
  private readonly cuts: (() => void)[] = [];

  constructor(kind: string, row: RecordedRow, seed: string, tally: Tally) {
    this.row = row;
    this.tally = tally;
    this.engine = new Engine({ seed });
    const seconds = settingNumber(row, "tail_s", 3.5);
    const members = settingNumber(row, "members", 3);
    const electionMs = settingNumber(row, "election_ms", 1000);
    this.spreadMicros = electionMs * 1000;
    this.machine = new Machine(seed, loadOf(kind), members, (seconds + 6) * 1e6);
    this.cluster = new ClusterUnderTest(this.engine, this.machine, {
      members,
      heartbeatMs: settingNumber(row, "heartbeat_ms", 100),
      electionMs,
      oneWayDelayMs: settingNumber(row, "delay_ms", 0),
    });
    this.measures = new Measures(this.cluster);
    this.recorder = new Recorder(this.engine, this.cluster, this.machine, tally);
    this.cluster.onRole = (role) => this.measures.log(role, this.engine.now);
    this.cluster.onStopped = (member) => this.recorder.dying(member, this.machine.killMicros());
    this.cluster.onDraining = (member) => this.recorder.draining(member);
    this.recorder.onPoll = (now) => this.measures.poll(now, this.recorder.statuses());
  }

  /** Runs it, and writes what was measured into the tally. */
  run(kind: FaultKind): void {
    const { engine, cluster, recorder, measures } = this;
    cluster.boot(BOOT_LIMIT_MICROS);
    recorder.start();
    engine.run((engine.now + WARM_UP_MICROS + this.machine.choose(this.spreadMicros)) as Tick);
    this.oldLeader = cluster.leader();
    this.followers = this.shuffled(cluster.indices().filter((member) => member !== this.oldLeader));
    measures.oldLeader = this.oldLeader;
    recorder.targetOf = (member) => kind.targetOf(this, member);
    const faultAt = engine.now;
    measures.markFault(faultAt);
    recorder.markFault();
    kind.inject(this);
    const healMs = numberOf(this.row, "t_heal_ms");
    if (healMs !== null && kind.heal !== undefined) {
      engine.run((faultAt + Math.round(healMs * 1000)) as Tick);
      measures.markHeal(engine.now);
      recorder.markHeal();
      kind.heal(this);
    }
    engine.run((faultAt + Math.round(settingNumber(this.row, "tail_s", 3.5) * 1e6)) as Tick);
    recorder.stop();
    this.finish();
  }

  kill(member: number): void {
    this.cluster.kill(member);
  }

  moveLeader(to: number): void {
    const began = this.engine.now;
    this.cluster.moveLeader(this.oldLeader, to, () => {
      const micros = this.machine.recorderTime(this.engine.now + this.machine.rpcMicros()) - began;
      this.tally.value("t_moveleader_rpc_ms", micros / 1000);
    });
  }

  /** Drops everything between two groups, both ways. */
  cut(some: readonly number[], others: readonly number[]): void {
    this.drop(some, others);
    this.drop(others, some);
  }

  drop(from: readonly number[], to: readonly number[]): void {
    this.cuts.push(this.cluster.drop(from, to));
  }

  healCuts(): void {
    for (const undo of this.cuts.splice(0)) undo();
  }

  allBut(members: readonly number[]): number[] {
    return this.cluster.indices().filter((member) => !members.includes(member));
  }

  private shuffled(members: number[]): number[] {
    for (let i = members.length - 1; i > 0; i--) {
      const j = this.machine.choose(i + 1);
      [members[i], members[j]] = [members[j]!, members[i]!];
    }
    return members;
  }

  private finish(): void {
    const { tally, recorder, measures } = this;
    const { put, lread, sread } = recorder.successes;
    const since = (at: number) => (Number.isNaN(at) ? null : recorder.sinceFault(at));
    measures.finish(tally);
    tally.value("t_first_write_ms", since(put.firstAfterFault));
    tally.value("t_first_lread_ms", since(lread.firstAfterFault));
    tally.value("t_write_after_heal_ms", recorder.sinceHeal(put.firstAfterHeal));
    tally.value("put_gap_ms", put.longestGap / 1000);
    tally.value("lread_gap_ms", lread.longestGap / 1000);
    tally.value("sread_gap_ms", sread.longestGap / 1000);
    tally.value(SINCE_ELECTION, sinceElection(since(put.firstAfterFault), measures.electedMs()));
    tally.trials++;
    tally.events += this.engine.eventsProcessed;
  }
}
