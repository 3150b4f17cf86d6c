// Counts per topology domain, cheap to copy: a clone shares the counts and keeps only what changed since. Dry runs of
// preemption and nominated pods change the domains of one node.

/** Count per label value of one topology key. */
export class DomainCounts {
  private readonly shared: Map<string, number>;
  private readonly changed: Map<string, number> | null;
  // the two lowest of `shared`: with one domain changed, the lowest of all is the changed one or one of these
  private readonly lowest: Lowest;

  private constructor(shared: Map<string, number>, changed: Map<string, number> | null, lowest: Lowest) {
    this.shared = shared;
    this.changed = changed;
    this.lowest = lowest;
  }

  /** Takes over the map. */
  static of(counts: Map<string, number>): DomainCounts {
    return new DomainCounts(counts, null, twoLowest(counts));
  }

  /** Number of domains. */
  get size(): number {
    let size = this.shared.size;
    if (this.changed !== null) for (const domain of this.changed.keys()) if (!this.shared.has(domain)) size++;
    return size;
  }

  get(domain: string): number {
    return this.changed?.get(domain) ?? this.shared.get(domain) ?? 0;
  }

  /** The lowest count of a domain; Infinity when there is none. */
  min(): number {
    const { changed, lowest } = this;
    if (changed === null || changed.size === 0) return lowest.first;
    if (changed.size > 1) {
      let min = Number.POSITIVE_INFINITY;
      for (const [domain, count] of this.shared) if (!changed.has(domain) && count < min) min = count;
      for (const count of changed.values()) if (count < min) min = count;
      return min;
    }
    const [domain, count] = changed.entries().next().value as [string, number];
    return Math.min(count, domain === lowest.domain ? lowest.second : lowest.first);
  }

  /** Only on clones. */
  add(domain: string, delta: number): void {
    (this.changed as Map<string, number>).set(domain, this.get(domain) + delta);
  }

  clone(): DomainCounts {
    return new DomainCounts(this.shared, new Map(this.changed), this.lowest);
  }
}

interface Lowest {
  readonly domain: string;
  readonly first: number;
  readonly second: number;
}

function twoLowest(counts: ReadonlyMap<string, number>): Lowest {
  let domain = "";
  let first = Number.POSITIVE_INFINITY;
  let second = Number.POSITIVE_INFINITY;
  for (const [name, count] of counts) {
    if (count < first) {
      second = first;
      first = count;
      domain = name;
    } else if (count < second) second = count;
  }
  return { domain, first, second };
}

type Pairs = Map<string, Map<string, number>>;

/** Count per topology key and label value. Counts that come back to zero are gone. */
export class PairCounts {
  private readonly shared: Pairs;
  private changed: Pairs | null = null;
  private sizeValue = 0;

  constructor(shared: Pairs = new Map()) {
    this.shared = shared;
  }

  /** Number of pairs with a count other than zero. */
  get size(): number {
    return this.sizeValue;
  }

  /** Topology keys that were ever counted. */
  keys(): Iterable<string> {
    return this.changed === null ? this.shared.keys() : new Set([...this.shared.keys(), ...this.changed.keys()]);
  }

  get(key: string, value: string): number {
    const changed = this.changed?.get(key)?.get(value);
    return changed ?? this.shared.get(key)?.get(value) ?? 0;
  }

  add(key: string, value: string, delta: number): void {
    const before = this.get(key, value);
    const after = before + delta;
    if (before === 0 && after !== 0) this.sizeValue++;
    else if (before !== 0 && after === 0) this.sizeValue--;
    const pairs = this.changed ?? this.shared;
    const values = pairs.get(key);
    if (values === undefined) pairs.set(key, new Map([[value, after]]));
    else values.set(value, after);
  }

  /** The original must not change any more while the clone is in use. */
  clone(): PairCounts {
    const copy = new PairCounts(this.shared);
    copy.sizeValue = this.sizeValue;
    copy.changed = new Map();
    if (this.changed !== null) for (const [key, values] of this.changed) copy.changed.set(key, new Map(values));
    return copy;
  }
}
