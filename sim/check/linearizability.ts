// Is the history of one key linearizable (Herlihy and Wing 1990)? Just-in-time linearization after Lowe (2017): operations are
// given their place only when one returns that has none yet, and configurations that look alike are one.
// Knows values only, no revisions and no log: what it accepts is right whatever the store says about itself.

/** No value: the operation does not see, exclude or write one. */
export const NOTHING = -1;
/** The value of a key that is not there. */
export const ABSENT = 0;

/** What one operation did to one key. Values are numbers, unique per write; {@link ABSENT} is written by a deletion. */
export interface KeyOperation {
  /** To name it in a violation. */
  readonly id: number;
  readonly invokedAt: number;
  /** Infinity when no answer came: it may have taken effect at any time after, or never. */
  readonly returnedAt: number;
  /** The value that was there, as the answer tells. For an operation without answer: it has no effect on another. */
  readonly sees: number;
  /** A value that was not there. */
  readonly excludes: number;
  readonly writes: number;
}

export type Linearizability =
  | { readonly isLinearizable: true }
  /** `operation` is the first one that has no place; `undecided` when the search was given up. */
  | { readonly isLinearizable: false; readonly operation: KeyOperation }
  | { readonly isLinearizable: "undecided" };

// a value that nobody ever sees: all of them are alike
const UNSEEN = -2;
const MAX_SLOTS = 30;
const MAX_CONFIGURATIONS = 20_000;

interface Pending {
  readonly operation: KeyOperation;
  readonly writes: number;
  /** Slots of operations of the same kind that came before and never return: they go first, as one is as good as another. */
  readonly before: number;
}

interface Configuration {
  readonly value: number;
  /** Bits of the slots whose operations took effect. */
  readonly done: number;
}

/** @param initial value before the history; default: absent */
export function checkKey(operations: readonly KeyOperation[], initial: number = ABSENT): Linearizability {
  const mentioned = new Set<number>();
  let excludesAny = false;
  for (const { sees, excludes } of operations) {
    mentioned.add(sees);
    mentioned.add(excludes);
    if (excludes !== NOTHING) excludesAny = true;
  }
  const relevant = operations.filter(
    // nobody saw what an unanswered write wrote: it explains nothing, unless somebody saw that a value was gone
    (op) => op.returnedAt !== Infinity || (op.writes !== NOTHING && (excludesAny || mentioned.has(op.writes))),
  );
  const search = new Search(mentioned, initial);
  for (const { operation, isReturn } of inTime(relevant)) {
    if (!isReturn) {
      if (!search.invoke(operation)) return { isLinearizable: "undecided" };
      continue;
    }
    const outcome = search.returned(operation);
    if (outcome === "undecided") return { isLinearizable: "undecided" };
    if (!outcome) return { isLinearizable: false, operation };
  }
  return { isLinearizable: true };
}

/** Invocations and returns in order of time. At the same time invocations come first: those operations overlap. */
function inTime(operations: readonly KeyOperation[]) {
  const moments: { readonly at: number; readonly isReturn: boolean; readonly operation: KeyOperation }[] = [];
  for (const operation of operations) {
    moments.push({ at: operation.invokedAt, isReturn: false, operation });
    if (operation.returnedAt !== Infinity) moments.push({ at: operation.returnedAt, isReturn: true, operation });
  }
  return moments.sort((a, b) => a.at - b.at || Number(a.isReturn) - Number(b.isReturn));
}

class Search {
  private readonly slots: (Pending | undefined)[] = [];
  private readonly slotOf = new Map<KeyOperation, number>();
  private configurations: Configuration[];
  private readonly mentioned: ReadonlySet<number>;

  constructor(mentioned: ReadonlySet<number>, initial: number) {
    this.mentioned = mentioned;
    this.configurations = [{ value: initial, done: 0 }];
  }

  /** @returns false when too many operations are open at once */
  invoke(operation: KeyOperation): boolean {
    let slot = this.slots.indexOf(undefined);
    if (slot === -1) slot = this.slots.length;
    if (slot >= MAX_SLOTS) return false;
    const writes =
      operation.writes === NOTHING || operation.writes === ABSENT || this.mentioned.has(operation.writes)
        ? operation.writes
        : UNSEEN;
    let before = 0;
    if (operation.returnedAt === Infinity) {
      for (const [i, other] of this.slots.entries()) {
        if (other !== undefined && isAlike(other, operation, writes)) before |= 1 << i;
      }
    }
    this.slots[slot] = { operation, writes, before };
    this.slotOf.set(operation, slot);
    return true;
  }

  /** Keeps the configurations in which the operation took effect. @returns whether there is one */
  returned(operation: KeyOperation): boolean | "undecided" {
    const slot = this.slotOf.get(operation)!;
    const bit = 1 << slot;
    const kept = new Map<number, Set<number>>();
    const next: Configuration[] = [];
    const seen = new Map<number, Set<number>>();
    const open: Configuration[] = [];
    for (const configuration of this.configurations) if (isNew(seen, configuration)) open.push(configuration);
    for (let at = 0; at < open.length; at++) {
      if (open.length > MAX_CONFIGURATIONS) return "undecided";
      const { value, done } = open[at]!;
      if ((done & bit) !== 0) {
        const settled = { value, done: done & ~bit };
        if (isNew(kept, settled)) next.push(settled);
        continue;
      }
      for (const [i, pending] of this.slots.entries()) {
        if (pending === undefined || (done & (1 << i)) !== 0 || (pending.before & ~done) !== 0) continue;
        const after = effect(pending, value);
        if (after === undefined) continue;
        const configuration = { value: after, done: done | (1 << i) };
        if (isNew(seen, configuration)) open.push(configuration);
      }
    }
    this.slots[slot] = undefined;
    this.slotOf.delete(operation);
    this.configurations = next;
    return next.length > 0;
  }
}

function isAlike(other: Pending, operation: KeyOperation, writes: number): boolean {
  return (
    other.operation.returnedAt === Infinity &&
    other.writes === writes &&
    other.operation.sees === operation.sees &&
    other.operation.excludes === operation.excludes
  );
}

/** The value after the operation, or undefined when it cannot take effect now. */
function effect({ operation, writes }: Pending, value: number): number | undefined {
  if (operation.sees !== NOTHING && operation.sees !== value) return undefined;
  if (operation.excludes !== NOTHING && operation.excludes === value) return undefined;
  return writes === NOTHING ? value : writes;
}

function isNew(seen: Map<number, Set<number>>, { value, done }: Configuration): boolean {
  let of = seen.get(value);
  if (of === undefined) {
    of = new Set();
    seen.set(value, of);
  }
  if (of.has(done)) return false;
  of.add(done);
  return true;
}
