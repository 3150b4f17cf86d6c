// The nodes that are being removed now, with and without pods that have to go first.
import type { NodeGroup } from "./cloud-provider.ts";

export class Deletions {
  /** Moves with every begin and end. */
  changes = 0;
  private readonly going = new Map<string, { readonly group: NodeGroup; readonly hasPods: boolean }>();

  begin(node: string, group: NodeGroup, hasPods: boolean): void {
    this.going.set(node, { group, hasPods });
    this.changes++;
  }

  end(node: string): void {
    if (this.going.delete(node)) this.changes++;
  }

  all(): IterableIterator<string> {
    return this.going.keys();
  }

  drained(): readonly string[] {
    return [...this.going].filter(([, { hasPods }]) => hasPods).map(([name]) => name);
  }

  /** Of this group; null = of all. */
  of(group: NodeGroup | null): number {
    let count = 0;
    for (const one of this.going.values()) if (group === null || one.group === group) count++;
    return count;
  }
}
