// A copy of one member's database, as `etcdctl snapshot save` makes it, and what restoring it gives: a new cluster's state, with all that
// was readable at that position and its leases, without alarms, and with a log that begins anew.
// Source: etcdutl snapshot restore, with its --bump-revision and --mark-compacted.
import type { Position, Reader, ReplicatedState } from "./replicated-state.ts";
import { type Version, visibleAt } from "./version.ts";

export class Backup implements Reader {
  readonly position: Position;
  readonly appliedIndex: number;
  readonly revision: number;
  readonly compactedRevision: number;
  /** Until it is released, what it says is kept. */
  isServing = true;
  private readonly state: ReplicatedState;

  constructor(state: ReplicatedState, position: Position) {
    this.state = state;
    this.position = position;
    this.appliedIndex = position.appliedIndex;
    this.revision = position.revision;
    this.compactedRevision = position.compactedRevision;
    state.addReader(this);
  }

  /** It will not be restored any more. */
  release(): void {
    this.isServing = false;
    this.state.removeReader(this);
  }

  /**
   * Fills the empty state of a new cluster.
   *
   * @param bumpRevisions added to the newest revision, so that clients do not meet revisions again that meant something else
   * @param markCompacted makes all that was before unreadable, so that watches learn that they missed something
   */
  restoreInto(restored: ReplicatedState, bumpRevisions = 0, markCompacted = false): void {
    const { store } = restored;
    const { history, index, leases } = this.state.store;
    const { position } = this;
    const oldest = Math.max(position.compactedRevision, 1);
    for (const lease of leases.allAt(position.appliedIndex)) store.leases.grant(lease.id, lease.ttlSeconds, 0);
    const base: Version[] = [];
    index.forEach((record) => {
      const version = visibleAt(record.newest, oldest);
      if (version !== null) base.push(version);
    });
    // in the order of their revisions, as a database has them
    base.sort((a, b) => a.modRevision - b.modRevision);
    for (const version of base) store.restore(version);
    const end = history.firstAt(position.revision + 1);
    for (let number = history.firstAt(oldest + 1); number < end; number++) store.restore(history.at(number));
    store.compactedRevision = position.compactedRevision;
    store.prunedRevision = position.compactedRevision;
    store.revision = position.revision + bumpRevisions;
    const removal = markCompacted ? store.compact(store.revision) : null;
    restored.initial = {
      ...position,
      appliedIndex: 0,
      revision: store.revision,
      compactedRevision: store.compactedRevision,
      removals: removal === null ? position.removals : [...position.removals, removal],
    };
  }
}
