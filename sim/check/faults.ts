// Makes a seed's faults happen: at their time, or when the change of state comes that they are aimed at. Each is undone by itself,
// and all are undone when the seed heals. Counts where they struck.
import type { Engine } from "../engine/engine.ts";
import type { Tick } from "../engine/tick.ts";
import type { EtcdMember } from "../etcd/member.ts";
import type { Aim, FaultItem } from "./fault-items.ts";
import { inject, isCollective } from "./inject.ts";
import type { Phase, Sometimes, StruckRole } from "./sometimes.ts";
import type { World } from "./world.ts";

export class Faults {
  /** How many have struck. */
  struck = 0;
  private readonly engine: Engine;
  private readonly world: World;
  private readonly sometimes: Sometimes;
  private readonly aimed = new Map<Aim, FaultItem[]>();
  private readonly timed: FaultItem[] = [];
  private readonly counts = new Map<Aim, number>();
  private readonly undo = new Set<() => void>();
  private isOver = false;

  constructor(engine: Engine, world: World, sometimes: Sometimes, items: readonly FaultItem[]) {
    this.engine = engine;
    this.world = world;
    this.sometimes = sometimes;
    for (const item of items) {
      if ("atMicros" in item.when) {
        this.timed.push(item);
        continue;
      }
      const list = this.aimed.get(item.when.aim) ?? [];
      list.push(item);
      this.aimed.set(item.when.aim, list);
    }
  }

  start(): void {
    for (const item of this.timed) {
      if ("atMicros" in item.when) this.engine.at(item.when.atMicros as Tick, () => this.strike(item, null));
    }
  }

  /** A state changed. */
  changed(aim: Aim, member: EtcdMember): void {
    const items = this.aimed.get(aim);
    if (items === undefined || this.isOver) return;
    const nth = (this.counts.get(aim) ?? 0) + 1;
    this.counts.set(aim, nth);
    for (const item of items) {
      if ("aim" in item.when && item.when.nth === nth) {
        this.engine.at((this.engine.now + item.when.delayMicros) as Tick, () => this.strike(item, member));
      }
    }
  }

  /** Undoes everything that is not undone yet; nothing strikes any more. */
  heal(): void {
    this.isOver = true;
    for (const undo of [...this.undo]) undo();
  }

  private strike(item: FaultItem, subject: EtcdMember | null): void {
    if (this.isOver) return;
    const target = this.targetOf(item, subject);
    if (target === null) return;
    const phase = this.phase();
    const role = isCollective(item.kind) ? null : roleOf(target);
    const restore = inject(item, target, this.world);
    if (restore === null) return;
    this.struck++;
    this.sometimes.struck(item.kind, role, phase);
    this.world.story(
      () =>
        `fault ${describeFault(item)} strikes ${isCollective(item.kind) ? "all" : target.name} (${role ?? "-"}, ${phase})`,
    );
    const undo = () => {
      if (!this.undo.delete(undo)) return;
      this.world.story(() => `fault ${item.position} ends`);
      restore();
    };
    this.undo.add(undo);
    this.engine.at((this.engine.now + item.forMicros) as Tick, undo);
  }

  private targetOf({ target, choice }: FaultItem, subject: EtcdMember | null): EtcdMember | null {
    const running = this.world.running();
    const of = (list: readonly EtcdMember[]) => (list.length === 0 ? null : list[choice % list.length]!);
    switch (target) {
      case "subject":
        return subject ?? of(running);
      case "other":
        return of(running.filter((member) => member !== subject)) ?? of(running);
      case "any":
        return of(running);
      default:
        // as good as nobody: somebody
        return of(running.filter((member) => roleOf(member) === target)) ?? of(running);
    }
  }

  private phase(): Phase {
    const running = this.world.running();
    const leaders = running.filter((member) => member.raft.role === "leader");
    for (const { raft } of leaders) {
      if (raft.leadTransferee !== 0) return "transfer";
      if (raft.pendingConfIndex > raft.log.applied && this.world.isConfChangePending(raft)) return "confChange";
      if (raft.tracker.members.some((progress) => progress.state === "snapshot")) return "snapshot";
    }
    if (leaders.length > 0 && this.world.isConfChanging()) return "confChange";
    const campaigns = running.some(({ raft }) => raft.role === "candidate" || raft.role === "precandidate");
    return campaigns || leaders.length === 0 ? "election" : "steady";
  }
}

/** A member's role as counters name it. */
function roleOf({ raft }: EtcdMember): StruckRole {
  if (raft === null) return "follower";
  if (raft.isLearner) return "learner";
  return raft.role === "precandidate" ? "candidate" : raft.role;
}

/** A fault in one line. */
export function describeFault({ position, kind, when, target, forMicros, amount }: FaultItem): string {
  const moment =
    "aim" in when
      ? `${when.delayMicros} µs after ${when.aim} number ${when.nth}`
      : `at ${(when.atMicros / 1e6).toFixed(6)} s`;
  return `${position}: ${kind} of ${target}, ${moment}, for ${(forMicros / 1e6).toFixed(6)} s, amount ${amount}`;
}
