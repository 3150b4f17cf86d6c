// What a controller has asked for and not seen yet: until its own creations and deletions have come back through the watch, or
// five minutes have passed, it does not count its pods again. Source: behaviour of kube-controller-manager's expectations.
import type { Engine } from "../../engine/engine.ts";
import { MINUTE } from "../../engine/tick.ts";

const TIMEOUT_MICROS = 5 * MINUTE;

interface Expectation {
  creations: number;
  /** Keys of pods whose deletion is to be seen. */
  readonly deletions: Set<string>;
  readonly sinceMicros: number;
}

/** By key of the controlling object. */
export class Expectations {
  private readonly engine: Engine;
  private readonly byKey = new Map<string, Expectation>();

  constructor(engine: Engine) {
    this.engine = engine;
  }

  /** Has everything been seen that was asked for, or was it too long ago? */
  isSatisfied(key: string): boolean {
    const expectation = this.byKey.get(key);
    if (expectation === undefined) return true;
    if (expectation.creations <= 0 && expectation.deletions.size === 0) return true;
    return this.engine.now - expectation.sinceMicros > TIMEOUT_MICROS;
  }

  expectCreations(key: string, count: number): void {
    this.expect(key, count, []);
  }

  expectDeletions(key: string, pods: readonly string[]): void {
    this.expect(key, 0, pods);
  }

  /** Both at once, as DaemonSets do. */
  expect(key: string, creations: number, deletions: readonly string[]): void {
    this.byKey.set(key, { creations, deletions: new Set(deletions), sinceMicros: this.engine.now });
  }

  creationObserved(key: string): void {
    const expectation = this.byKey.get(key);
    if (expectation !== undefined) expectation.creations--;
  }

  deletionObserved(key: string, pod: string): void {
    this.byKey.get(key)?.deletions.delete(pod);
  }

  forget(key: string): void {
    this.byKey.delete(key);
  }
}
