// What can be observed in a run, and the conditions that faults wait for. Every condition is evaluated at every change of a fact that
// it names, and calls back at the moment when it begins to hold. Reading only: what follows is scheduled by the caller.
import type { Engine } from "../engine/engine.ts";
import { TICK_MAX, type Tick } from "../engine/tick.ts";
import { type CompareCondition, type Condition, comparisonsOf, type FactName } from "../model/condition.ts";

interface Waiting {
  readonly condition: Condition;
  readonly begins: () => void;
  held: boolean;
}

export class FactBoard {
  private readonly engine: Engine;
  private readonly values = new Map<string, number | string>();
  private readonly waiting = new Map<string, Waiting[]>();
  private readonly followers = new Map<string, (() => void)[]>();
  private readonly watched = new Set<FactName>();

  constructor(engine: Engine) {
    this.engine = engine;
  }

  /** Does any condition ask about the fact? Whoever reports facts need not work out the others. */
  isWatched(fact: FactName): boolean {
    return this.watched.has(fact);
  }

  /** @param member that the fact is about; "" for facts about the whole */
  set(fact: FactName, value: number | string, member = ""): void {
    if (!this.watched.has(fact)) return;
    const key = keyOf(fact, member);
    if (this.values.get(key) === value) return;
    this.values.set(key, value);
    for (const waiting of this.waiting.get(key) ?? []) this.look(waiting);
    for (const changed of this.followers.get(key) ?? []) changed();
  }

  /** Calls back at each change of the fact. At set-up only, or its value until now is not known. */
  follow(fact: FactName, member: string, changed: () => void): void {
    this.watched.add(fact);
    const key = keyOf(fact, member);
    const list = this.followers.get(key) ?? [];
    if (!list.includes(changed)) list.push(changed);
    this.followers.set(key, list);
  }

  /** undefined: it was never reported. */
  valueOf(fact: FactName, member: string): number | string | undefined {
    return fact === "time" ? this.engine.now : this.values.get(keyOf(fact, member));
  }

  /**
   * Calls back each time the condition begins to hold, and at once when it holds already. At set-up only, or the fact's value
   * until now is not known.
   */
  watch(condition: Condition, begins: () => void): void {
    const waiting: Waiting = { condition, begins, held: false };
    for (const comparison of comparisonsOf(condition)) {
      this.watched.add(comparison.fact);
      const key = keyOf(comparison.fact, comparison.member);
      const list = this.waiting.get(key) ?? [];
      if (!list.includes(waiting)) list.push(waiting);
      this.waiting.set(key, list);
      if (comparison.fact === "time") this.watchTime(comparison, waiting);
    }
    this.look(waiting);
  }

  holds(condition: Condition): boolean {
    return this.evaluate(condition) === true;
  }

  /** null: what it depends on was never reported. Not knowing is neither true nor false (Kleene's logic). */
  private evaluate(condition: Condition): boolean | null {
    if (condition.op === "compare") return this.compare(condition);
    if (condition.op === "not") {
      const inner = this.evaluate(condition.inner);
      return inner === null ? null : !inner;
    }
    const [left, right] = [this.evaluate(condition.left), this.evaluate(condition.right)];
    const decides = condition.op === "or";
    if (left === decides || right === decides) return decides;
    return left === null || right === null ? null : !decides;
  }

  // time changes all the while, but what is said about it only at the moment that is named, and right after it
  private watchTime({ value }: CompareCondition, waiting: Waiting): void {
    for (const at of [Number(value), Number(value) + 1]) {
      if (at > this.engine.now && at < TICK_MAX) this.engine.at(at as Tick, () => this.look(waiting));
    }
  }

  private look(waiting: Waiting): void {
    const holds = this.holds(waiting.condition);
    if (holds === waiting.held) return;
    waiting.held = holds;
    if (holds) waiting.begins();
  }

  private compare({ fact, member, comparison, value }: CompareCondition): boolean | null {
    const actual = fact === "time" ? this.engine.now : this.values.get(keyOf(fact, member));
    if (actual === undefined) return null;
    switch (comparison) {
      case "==":
        return actual === value;
      case "!=":
        return actual !== value;
      case "<":
        return actual < value;
      case "<=":
        return actual <= value;
      case ">":
        return actual > value;
      case ">=":
        return actual >= value;
    }
  }
}

function keyOf(fact: FactName, member: string): string {
  return member === "" ? fact : `${fact}(${member})`;
}
