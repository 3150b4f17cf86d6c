// Changes of a member's state, told to faults that are aimed at them and to counters.
import type { EtcdMember } from "../etcd/member.ts";
import type { Role } from "../raft/raft.ts";
import type { Faults } from "./faults.ts";
import type { Sometimes } from "./sometimes.ts";

interface Last {
  role: Role;
  term: number;
  vote: number;
  committed: number;
  lastIndex: number;
  lastTerm: number;
}

export class Transitions {
  private readonly faults: Faults;
  private readonly sometimes: Sometimes;
  private readonly story: (line: () => string) => void;
  private readonly last = new Map<EtcdMember, Last>();

  constructor(faults: Faults, sometimes: Sometimes, story: (line: () => string) => void) {
    this.faults = faults;
    this.sometimes = sometimes;
    this.story = story;
  }

  restarted(member: EtcdMember): void {
    this.story(() => `${member.name} starts`);
    this.last.delete(member);
    this.faults.changed("restart", member);
  }

  /** Something about the member is different. */
  changed(member: EtcdMember): void {
    const { raft } = member;
    if (raft === null) {
      this.last.delete(member);
      this.story(() => `${member.name} is down`);
      return;
    }
    const { faults, sometimes } = this;
    const { role, term, vote, log } = raft;
    const now = { role, term, vote, committed: log.committed, lastIndex: log.lastIndex(), lastTerm: log.lastTerm() };
    const last = this.last.get(member);
    this.last.set(member, now);
    if (last === undefined) return;
    if (role !== last.role) {
      this.story(() => `${member.name} is ${role} in term ${term}`);
      if (role !== "follower") faults.changed(role, member);
      if (role === "leader") sometimes.reached("leader elected");
      if (last.role === "leader") sometimes.reached("leader stepped down");
      if ((last.role === "candidate" || last.role === "precandidate") && role === "follower")
        sometimes.reached("election lost");
    }
    if (term !== last.term) faults.changed("term", member);
    if (vote !== last.vote && vote !== 0) faults.changed("vote", member);
    if (log.committed !== last.committed) faults.changed("commit", member);
    if (now.lastIndex > last.lastIndex) faults.changed("append", member);
    if (now.lastIndex <= last.lastIndex && now.lastTerm !== last.lastTerm) sometimes.reached("entries overwritten");
  }
}
