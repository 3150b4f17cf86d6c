// A few members with a perfect network that a test may disturb: for tests that tell a story.
import type { Message } from "../../sim/raft/message.ts";
import type { ReadState } from "../../sim/raft/read-only.ts";
import { Member, type MemberOptions } from "./member.ts";

export class Group {
  readonly members: readonly Member[];
  /** Data of what each member has applied, by its place. */
  readonly applied: unknown[][];
  readonly reads: ReadState[] = [];
  inFlight: Message[] = [];
  private readonly isolated = new Set<number>();

  /** Members 1 … `count`, all voters, without any term begun. */
  constructor(count: number, options: Partial<MemberOptions> = {}) {
    const voters = Array.from({ length: count }, (_, i) => i + 1);
    const defaults = { electionTicks: 10, heartbeatTicks: 1, random: { int: () => 0 } };
    this.members = voters.map((id) => new Member({ ...defaults, ...options, id }, voters, null));
    this.applied = voters.map(() => []);
  }

  member(id: number): Member {
    return this.members[id - 1]!;
  }

  raft(id: number) {
    return this.member(id).raw.raft;
  }

  /** Nothing goes to or comes from these any more. */
  isolate(...ids: number[]): void {
    for (const id of ids) this.isolated.add(id);
  }

  join(): void {
    this.isolated.clear();
  }

  /** Member `id` does what it has to; its messages wait. @returns those that it sent */
  work(id: number): Message[] {
    const applied = this.applied[id - 1]!;
    const sent = this.member(id).drain({
      onApply: (entry) => applied.push(entry.data),
      onRead: (read) => this.reads.push(read),
    });
    this.inFlight.push(...sent);
    return sent;
  }

  /** Delivers everything, and what that brings, until nothing is left. */
  settle(): void {
    for (const member of this.members) this.work(member.raw.raft.id);
    while (this.inFlight.length > 0) {
      const message = this.inFlight.shift()!;
      if (this.isolated.has(message.from) || this.isolated.has(message.to)) continue;
      this.member(message.to).raw.step(message);
      this.work(message.to);
    }
  }

  /** Member `id` campaigns, and everything is delivered. */
  elect(id: number): void {
    this.member(id).raw.campaign();
    this.settle();
  }

  tick(id: number, count: number): void {
    for (let i = 0; i < count; i++) this.member(id).raw.tick();
  }

  propose(id: number, data: string) {
    return this.member(id).raw.propose(data, data.length);
  }
}
