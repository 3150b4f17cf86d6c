// Makes a failing case small: delta debugging (Zeller and Hildebrandt 2002) over what it consists of. Every trial is a run of the
// same seed with less in it, so the result is the same each time.

/** A case whose parts may be left out: items by position, and how long it goes on. */
export interface ShrinkCase {
  /** Positions of the items that are kept, ascending. */
  readonly items: readonly number[];
  /** Steps of the workload. */
  readonly length: number;
}

export interface ShrinkResult extends ShrinkCase {
  readonly trials: number;
}

/**
 * The smallest case found that still fails, when no single item can be left out of it, or the trials are used up.
 *
 * @param fails runs a case; deterministic
 */
export function shrink(start: ShrinkCase, fails: (tried: ShrinkCase) => boolean, maxTrials: number): ShrinkResult {
  let trials = 0;
  let best = start;
  const attempt = (tried: ShrinkCase): boolean => {
    if (trials >= maxTrials) return false;
    trials++;
    if (!fails(tried)) return false;
    best = tried;
    return true;
  };
  attempt({ items: [], length: best.length });
  // halves, quarters … single items, and again after the length has become smaller
  for (let isSmaller = true; isSmaller && trials < maxTrials; ) {
    const before = best;
    dropItems(() => best, attempt);
    dropLength(() => best, attempt);
    isSmaller = best.items.length < before.items.length || best.length < before.length;
  }
  return { ...best, trials };
}

function dropItems(best: () => ShrinkCase, attempt: (tried: ShrinkCase) => boolean): void {
  for (let parts = 2; best().items.length > 0; ) {
    const { items, length } = best();
    const size = Math.ceil(items.length / parts);
    let dropped = false;
    for (let from = 0; from < items.length && !dropped; from += size) {
      dropped = attempt({ items: [...items.slice(0, from), ...items.slice(from + size)], length });
    }
    if (dropped) parts = Math.max(2, parts - 1);
    else if (size === 1) return;
    else parts = Math.min(items.length, parts * 2);
  }
}

/** By bisection: a shorter workload usually fails less, and where not, the next smaller one is found all the same. */
function dropLength(best: () => ShrinkCase, attempt: (tried: ShrinkCase) => boolean): void {
  let passes = -1;
  while (best().length - passes > 1) {
    const { items, length } = best();
    const middle = Math.floor((length + passes) / 2);
    if (!attempt({ items, length: middle })) passes = middle;
  }
}
