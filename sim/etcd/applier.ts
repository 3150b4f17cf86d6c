// What an entry of the log does at one member when it is applied: to the store, to the membership, and for whoever waits for it.
// Source: etcd's applyEntryNormal, applyConfChange and applySnapshot.
import type { Tick } from "../engine/tick.ts";
import type { ConfChange, Entry } from "../raft/entry.ts";
import type { Snapshot } from "../raft/storage.ts";
import type { Change } from "./conf-change.ts";
import type { Database } from "./database.ts";
import type { MemberFrame } from "./member-frame.ts";
import type { Membership } from "./membership.ts";
import type { Proposal } from "./proposals.ts";
import type { Proposing } from "./proposing.ts";
import type { MemberServices } from "./service-host.ts";
import type { SnapshotData } from "./snapshots.ts";

/** A member that applies its own removal lives on for so long. */
const REMOVAL_DELAY_MICROS = 1_000_000;

export interface ApplierHost {
  readonly frame: MemberFrame;
  readonly database: Database;
  readonly proposing: Proposing;
  readonly services: MemberServices;
  membership: Membership;
  /** Brings a change into force in raft. */
  changeRaft(change: ConfChange): void;
  /** The first entry of a leader's term was applied. */
  firstOfTerm(): void;
  snapshotApplied(index: number): void;
  localMicros(micros: number): number;
  guard(action: () => void): void;
}

export class Applier {
  private readonly host: ApplierHost;

  constructor(host: ApplierHost) {
    this.host = host;
  }

  apply(entry: Entry): void {
    const { host } = this;
    const { view, observer, observed } = host.frame;
    if (entry.change !== null) return this.applyChange(entry, entry.change);
    const command = entry.data as Proposal | null;
    // what the database holds already is not done again after a restart
    if (entry.index > view.appliedIndex) {
      const result = view.apply(entry.index, entry.term, command);
      host.database.note();
      if (command !== null && command.request.kind === "publish") {
        host.membership = host.membership.publish(command.request.member, command.request.name);
      }
      const refusal = host.services.applied(command, result);
      observer.applied?.(observed, entry);
      if (command !== null) host.proposing.applied(command, refusal ?? result.answer);
    } else observer.applied?.(observed, entry);
    if (command === null) host.firstOfTerm();
  }

  /** A received database takes the place of the state. */
  applySnapshot(snapshot: Snapshot): void {
    const { host } = this;
    const { view, observer, observed } = host.frame;
    const data = snapshot.data as SnapshotData;
    view.moveTo(data.position);
    host.database.replace(data);
    host.membership = data.membership;
    host.snapshotApplied(snapshot.index);
    host.frame.membersChanged(data.membership);
    host.services.snapshotApplied();
    observer.snapshotReceived?.(observed, snapshot.index);
  }

  private applyChange(entry: Entry, raftChange: ConfChange): void {
    const { host } = this;
    const { view, observer, observed } = host.frame;
    const change = entry.data as Change;
    // null is a verdict too: a restarted member applies the change to raft again
    if (change.verdict === undefined) change.verdict = host.membership.refusal(change.change);
    const isNew = entry.index > view.appliedIndex;
    if (isNew) {
      host.services.applied(null, view.apply(entry.index, entry.term, null));
      host.database.note();
    }
    if (change.verdict === null) {
      host.changeRaft(raftChange);
      if (isNew) host.membership = host.membership.apply(change.change);
      host.frame.membersChanged(host.membership);
      observer.membersChanged?.(observed);
      if (isNew && change.change.change === "remove" && change.change.id === host.frame.id) this.leave();
    }
    observer.applied?.(observed, entry);
    host.proposing.changeApplied(change);
  }

  /** It is no member any more. */
  private leave(): void {
    const { engine } = this.host.frame;
    engine.at((engine.now + this.host.localMicros(REMOVAL_DELAY_MICROS)) as Tick, () =>
      this.host.guard(() => this.host.frame.exit("removed")),
    );
  }
}
