// What the recorder derives from logs and polled states: who campaigned when, when a majority knew the new leader, when the old
// one gave up and came back. Times are milliseconds after the fault.
import type { ClusterUnderTest, MemberStatus } from "./cluster-under-test.ts";
import type { Tally } from "./tally.ts";

export class Measures {
  oldLeader = -1;
  private readonly cluster: ClusterUnderTest;
  private faultAt = Number.NaN;
  private healAt = Number.NaN;
  private termBefore = 0;
  /** Who led last, by id. */
  private leaderBeforeHeal = 0;
  private readonly logged = { precandidate: 0, candidate: 0, leader: 0 };
  private readonly firstLogged = { precandidate: Number.NaN, candidate: Number.NaN, leader: Number.NaN };
  private newLeaderAt = Number.NaN;
  private stepsDownAt = Number.NaN;
  private rejoinedAt = Number.NaN;
  private leaderAfterHealAt = Number.NaN;
  private changedAfterHeal: number | null = null;
  private termWhenFaulted = 0;

  constructor(cluster: ClusterUnderTest) {
    this.cluster = cluster;
  }

  markFault(now: number): void {
    this.faultAt = now;
    this.termBefore = this.cluster.newestTerm();
    this.termWhenFaulted = this.termBefore;
    this.leaderBeforeHeal = this.cluster.newestLeader();
  }

  markHeal(now: number): void {
    this.healAt = now;
    const leader = this.cluster.newestLeader();
    if (leader !== 0) this.leaderBeforeHeal = leader;
  }

  /** A member logged that it became something. */
  log(role: "precandidate" | "candidate" | "leader", now: number): void {
    if (Number.isNaN(this.faultAt)) return;
    this.logged[role]++;
    if (Number.isNaN(this.firstLogged[role])) this.firstLogged[role] = now;
  }

  /** All members' states, polled; null of those that do not answer. */
  poll(now: number, statuses: readonly (MemberStatus | null)[]): void {
    if (Number.isNaN(this.faultAt)) return;
    const knowing = this.majority(statuses);
    if (Number.isNaN(this.newLeaderAt) && knowing !== null && knowing.term > this.termWhenFaulted)
      this.newLeaderAt = now;
    const old = statuses[this.oldLeader] ?? null;
    if (old !== null && old.leader === 0 && Number.isNaN(this.stepsDownAt)) this.stepsDownAt = now;
    if (Number.isNaN(this.healAt)) return;
    if (knowing !== null && Number.isNaN(this.leaderAfterHealAt)) this.leaderAfterHealAt = now;
    if (old !== null && old.leader !== 0 && old.term > this.termBefore && Number.isNaN(this.rejoinedAt)) {
      this.rejoinedAt = now;
    }
  }

  /** Writes the columns of the trial. */
  finish(tally: Tally): void {
    const since = (at: number, from: number) => (Number.isNaN(at - from) ? null : (at - from) / 1000);
    tally.value("t_first_precandidate_ms", since(this.firstLogged.precandidate, this.faultAt));
    tally.value("t_first_candidate_ms", since(this.firstLogged.candidate, this.faultAt));
    tally.value("t_leader_elected_ms", since(this.firstLogged.leader, this.faultAt));
    tally.value("t_new_leader_ms", since(this.newLeaderAt, this.faultAt));
    tally.value("terms_used", this.cluster.newestTerm() - this.termBefore);
    tally.value("prevote_rounds", this.logged.precandidate);
    tally.value("vote_rounds", this.logged.candidate);
    tally.value("leaders_elected", this.logged.leader);
    tally.value("t_old_leader_steps_down_ms", since(this.stepsDownAt, this.faultAt));
    if (Number.isNaN(this.healAt)) return;
    tally.value("t_rejoin_after_heal_ms", since(this.rejoinedAt, this.healAt));
    tally.value("t_leader_after_heal_ms", since(this.leaderAfterHealAt, this.healAt));
    this.changedAfterHeal = this.cluster.newestLeader() === this.leaderBeforeHeal ? 0 : 1;
    tally.value("leader_after_heal_changed", this.changedAfterHeal);
  }

  /** What the logs counted since the fault. */
  rounds() {
    return {
      leadersElected: this.logged.leader,
      termsUsed: this.cluster.newestTerm() - this.termBefore,
      prevoteRounds: this.logged.precandidate,
      voteRounds: this.logged.candidate,
    };
  }

  electedMs(): number | null {
    const at = this.firstLogged.leader;
    return Number.isNaN(at) ? null : (at - this.faultAt) / 1000;
  }

  /** What a majority of all members agrees on. */
  private majority(statuses: readonly (MemberStatus | null)[]): MemberStatus | null {
    for (const status of statuses) {
      if (status === null || status.leader === 0) continue;
      const agreeing = statuses.filter((other) => other?.leader === status.leader && other.term === status.term);
      if (agreeing.length * 2 > statuses.length) return status;
    }
    return null;
  }
}
