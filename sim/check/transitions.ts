// Changes of a member's state, told to faults that are aimed at them and to counters.
import type { EtcdMember } from "../etcd/member.ts";
import type { Raft, Role } from "../raft/raft.ts";
import type { Faults } from "./faults.ts";
import type { Report } from "./invariants/member-view.ts";
import type { Sometimes } from "./sometimes.ts";
import type { World } from "./world.ts";

// the check of the quorum takes up to two election timeouts, by a clock that may be slow
const STEP_DOWN_ELECTIONS = 4;

interface Last {
  role: Role;
  term: number;
  vote: number;
  committed: number;
  firstIndex: number;
  lastIndex: number;
  lastTerm: number;
  pendingConfIndex: number;
}

export interface TransitionsOptions {
  readonly faults: Faults;
  readonly sometimes: Sometimes;
  readonly world: World;
  readonly preVote: boolean;
  readonly report: Report;
  livingLeases(): number;
  story(line: () => string): void;
}

export class Transitions {
  leadersElected = 0;
  private readonly options: TransitionsOptions;
  private readonly last = new Map<EtcdMember, Last>();

  constructor(options: TransitionsOptions) {
    this.options = options;
  }

  /** A member's process began. */
  restarted(member: EtcdMember): void {
    const { faults, story } = this.options;
    story(() => `${member.name} starts`);
    this.last.delete(member);
    faults.changed("restart", member);
  }

  /** Something about the member is different. */
  changed(member: EtcdMember): void {
    const { raft } = member;
    if (raft === null) {
      this.last.delete(member);
      this.options.story(() => `${member.name} is down`);
      return;
    }
    const { faults, sometimes } = this.options;
    const { role, term, vote, log, pendingConfIndex } = raft;
    const last = this.last.get(member);
    const now: Last = {
      role,
      term,
      vote,
      committed: log.committed,
      firstIndex: log.firstIndex(),
      lastIndex: log.lastIndex(),
      lastTerm: log.lastTerm(),
      pendingConfIndex,
    };
    this.last.set(member, now);
    if (last === undefined) return this.begun(now);
    if (role !== last.role) this.roleChanged(member, raft, last.role);
    if (term !== last.term) faults.changed("term", member);
    if (vote !== last.vote && vote !== 0) faults.changed("vote", member);
    if (now.committed !== last.committed) faults.changed("commit", member);
    if (now.lastIndex > last.lastIndex) faults.changed("append", member);
    if (now.firstIndex > last.firstIndex) sometimes.reached("log compacted");
    if (now.lastIndex <= last.lastIndex && now.lastTerm !== last.lastTerm) sometimes.reached("entries overwritten");
    const isNewChange = role === "leader" && last.role === "leader" && pendingConfIndex > last.pendingConfIndex;
    if (isNewChange && this.options.world.isConfChangePending(raft)) faults.changed("confChange", member);
  }

  private begun(now: Last): void {
    if (now.firstIndex > 1) this.options.sometimes.reached("restart from snapshot");
    if (now.lastIndex > now.committed) this.options.sometimes.reached("restart with entries not committed");
  }

  private roleChanged(member: EtcdMember, { role, term }: Raft, before: Role): void {
    const { faults, sometimes, world, preVote, livingLeases, story } = this.options;
    story(() => `${member.name} is ${role} in term ${term}`);
    if (role !== "follower") faults.changed(role, member);
    if (before === "leader") sometimes.reached("leader stepped down");
    if (before !== "leader" && role === "follower") sometimes.reached("election lost");
    if (role !== "leader") return;
    this.leadersElected++;
    sometimes.reached(preVote ? "leader elected with pre-vote" : "leader elected without pre-vote");
    if (livingLeases() > 0 && this.leadersElected > 1) sometimes.reached("lease outlived a leader");
    const leaders = world.running().filter((other) => other.raft.role === "leader");
    if (leaders.length > 1) sometimes.reached("two leaders at once");
    for (const other of leaders) if (other.raft.term < term) this.mustStepDown(other, other.raft);
  }

  /**
   * A quorum is in a later term and answers no leader of an earlier one: that must notice (dissertation §6.2). An old answer that comes
   * again looks to raft like a sign of life (it has no numbers of rounds), so the time begins anew with the last of them.
   */
  private mustStepDown(member: EtcdMember, raft: Raft): void {
    const { world, report } = this.options;
    const { term } = raft;
    const since = world.engine.now;
    const bound = STEP_DOWN_ELECTIONS * world.setup.electionMicros;
    const look = () => {
      if (member.raft !== raft || raft.role !== "leader" || raft.term !== term || world.wasHindered(member, since))
        return;
      const left = world.echo.lastAnswerAt(member) + bound - world.engine.now;
      if (left > 0) return world.after(left, look);
      report("a deposed leader steps down", `${member.name} still leads term ${term}`);
    };
    world.after(bound, look);
  }
}
