// Who can reach whom, for the many places that have no connections of their own here: nodes and the pods on them. A cluster of 5,000
// nodes has 25 million ways between them: nothing is kept per way, the cuts that are in force are asked one by one.
// Cuts come from the same faults that block the paths between hosts (fault-points.ts).

/** Where something is: a node or a host, as faults name it. */
export interface Place {
  readonly name: string;
  readonly machine: string;
  readonly zone: string;
}

/** Does a cut keep what is sent from reaching? One direction. */
export type Cut = (from: Place, to: Place) => boolean;

export class Reachability {
  private readonly cuts = new Set<Cut>();
  private unsteady = 0;
  private readonly listeners: (() => void)[] = [];

  /** Is everything reachable? Then nobody need ask. */
  get isWhole(): boolean {
    return this.cuts.size === 0;
  }

  /** Is nobody half cut off? Then whoever got through goes on to get through, until the next change. */
  get isSteady(): boolean {
    return this.unsteady === 0;
  }

  /** Told after each change: cuts were added or taken back. */
  listen(listener: () => void): void {
    this.listeners.push(listener);
  }

  /** Does what is sent from here arrive there? */
  reaches(from: Place, to: Place): boolean {
    for (const cut of this.cuts) if (cut(from, to)) return false;
    return true;
  }

  /** There and back: what a request and its answer need. */
  connects(a: Place, b: Place): boolean {
    return this.cuts.size === 0 || (this.reaches(a, b) && this.reaches(b, a));
  }

  /**
   * @param isSteady it parts whole groups from all others, both ways: everybody has either all of his ways or none
   * @returns what takes the cut back, once
   */
  add(cut: Cut, isSteady = false): () => void {
    this.cuts.add(cut);
    if (!isSteady) this.unsteady++;
    this.changed();
    return () => {
      if (!this.cuts.delete(cut)) return;
      if (!isSteady) this.unsteady--;
      this.changed();
    };
  }

  private changed(): void {
    for (const listener of this.listeners) listener();
  }
}
