// Objects that the scheduler takes for changed before the API says so: what Reserve decided about volumes and claims holds
// for the pods that follow. An assumption ends when the API shows another version of the object.
import type { KubernetesObject } from "../../model/objects.ts";

export class AssumedObjects<T extends KubernetesObject> {
  private readonly lookup: (key: string) => T | undefined;
  private readonly assumptions = new Map<string, { readonly base: T; readonly assumed: T }>();

  /** @param lookup the object as the API has it */
  constructor(lookup: (key: string) => T | undefined) {
    this.lookup = lookup;
  }

  get(key: string): T | undefined {
    const current = this.lookup(key);
    if (this.assumptions.size === 0) return current;
    const assumption = this.assumptions.get(key);
    if (assumption === undefined) return current;
    if (current !== undefined && sameVersion(assumption.base, current)) return assumption.assumed;
    this.assumptions.delete(key);
    return current;
  }

  /** Takes `assumed` for the object's state until the API shows a newer one than `lookup` gives now. */
  assume(key: string, assumed: T): void {
    const base = this.lookup(key);
    if (base !== undefined) this.assumptions.set(key, { base, assumed });
  }

  /** Goes back to what the API says. */
  restore(key: string): void {
    this.assumptions.delete(key);
  }
}

function sameVersion(a: KubernetesObject, b: KubernetesObject): boolean {
  if (a === b) return true;
  return (
    a.metadata.resourceVersion !== undefined &&
    a.metadata.resourceVersion === b.metadata.resourceVersion &&
    a.metadata.uid === b.metadata.uid
  );
}
