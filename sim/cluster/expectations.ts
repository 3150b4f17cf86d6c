// Connects the expectations of a plan with the run: what the store and the faults tell, and the verdicts in the end.
import type { ApiServer } from "../apiserver/server.ts";
import type { Engine } from "../engine/engine.ts";
import { Expectations } from "../expect/expectations.ts";
import type { AnyObject } from "../expect/fields.ts";
import type { FactSource, TrafficSource } from "../expect/term-board.ts";
import type { StateSource } from "../faults/process.ts";
import type { Verdict } from "../metrics/result.ts";
import type { MetricValues } from "../model/expectation/metrics.ts";
import type { Unit } from "../model/expectation/syntax.ts";
import type { FaultPlan } from "../model/fault-plan.ts";
import type { Plan } from "../scenario/plan.ts";

const UNITS: Readonly<Record<Unit, Verdict["unit"]>> = {
  number: "count",
  duration: "duration",
  share: "share",
  bytes: "bytes",
  text: "count",
  truth: "count",
};

export interface Judged {
  readonly verdicts: readonly Verdict[];
  /** Why the run means nothing. */
  readonly voidReasons: readonly string[];
  readonly warnings: readonly string[];
}

export class RunExpectations {
  private readonly expectations: Expectations;
  private readonly texts: readonly string[];
  readonly states: StateSource;

  /**
   * At set-up, before facts are told.
   *
   * @param entries faults and actions
   * @param isCertain must it happen, or only by chance?
   */
  constructor(
    engine: Engine,
    plan: Plan,
    facts: FactSource,
    entries: readonly FaultPlan[],
    isCertain: (fault: FaultPlan, all: readonly FaultPlan[]) => boolean,
    traffic: TrafficSource | null = null,
    measuresMargins = false,
  ) {
    this.texts = plan.expectations.map(({ text }) => text);
    this.expectations = new Expectations({
      engine,
      expectations: plan.expectations,
      facts,
      traffic,
      measuresMargins,
      disturbances: new Map(entries.map((entry) => [entry.id, isCertain(entry, entries)])),
    });
    this.states = this.expectations.states;
  }

  /** Pending events that are no reason for a run to go on. */
  get ownTimers(): number {
    return this.expectations.ownTimers;
  }

  /** Before the control plane starts, so that nothing is missed. */
  listen(api: ApiServer): void {
    if (!this.expectations.asksObjects) return;
    api.onChange((kind, type, object, before, key) =>
      this.expectations.changed(kind, type, object as AnyObject, before as AnyObject | undefined, key),
    );
  }

  begin(): void {
    this.expectations.begin();
  }

  injected(id: string): void {
    this.expectations.injected(id);
  }

  recovered(id: string): void {
    this.expectations.recovered(id);
  }

  finish(values: MetricValues): Judged {
    const judgements = this.expectations.finish(values);
    const verdicts = judgements.map(({ actual, holds, margin, note, unit, violatedMicros }, i) => ({
      text: this.texts[i]!,
      holds,
      actual,
      unit: UNITS[unit],
      violatedMicros,
      note,
      ...(margin === undefined ? {} : { margin }),
    }));
    const voidReasons = judgements.map((j) => j.voidReason).filter((reason) => reason !== "");
    return { verdicts, voidReasons, warnings: this.expectations.warnings() };
  }
}
