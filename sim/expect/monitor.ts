// Watches one expectation while the run goes on: opens a stretch of time wherever its scope says, follows the state in it at every
// change, and knows the first moment at which the claim could not hold any more. Never polls.
import type { Engine, EventHandle } from "../engine/engine.ts";
import { TICK_MAX, type Tick } from "../engine/tick.ts";
import type { MetricValues } from "../model/expectation/metrics.ts";
import {
  type Claim,
  type Expectation,
  type Expression,
  partsOf,
  type Unit,
  type Value,
} from "../model/expectation/syntax.ts";
import { compile, type Evaluate, type Measured } from "./evaluate.ts";
import { type Ending, Leaf, type LeafClaim } from "./leaf.ts";
import { claimMargin, compileDistance, type Distance, LeafMargin, signed } from "./margin.ts";
import { shownExpression, shownValue, tellingParts } from "./shown.ts";
import type { TermBoard } from "./term-board.ts";
import { momentsOf } from "./times.ts";

/** A judged expectation. */
export interface Judgement {
  readonly holds: boolean;
  /** When it was violated first; undefined when it holds, or when only the finished run tells. */
  readonly violatedMicros: number | undefined;
  /** Why the whole run means nothing; "" otherwise. */
  readonly voidReason: string;
  /** What a person needs to know beside whether it holds. */
  readonly note: string;
  /** The number that it was about, where it is about one at the end of the run. */
  readonly actual: number | undefined;
  readonly unit: Unit;
  /** Only when it was asked for. */
  readonly margin: number | undefined;
}

export interface MonitorOptions {
  readonly engine: Engine;
  readonly board: TermBoard;
  /** Will anything happen to the cluster: are there faults or actions? */
  readonly isDisturbed: boolean;
  /** Must the fault of its scope happen? Otherwise it comes by chance. */
  readonly isCertain: boolean;
  /** Follows how far it is from failing. */
  readonly measuresMargin: boolean;
}

/** A state that a leaf of the claim is about, as it is now. */
interface Watched {
  readonly claim: LeafClaim;
  readonly evaluate: Evaluate;
  readonly telling: readonly { readonly text: string; readonly unit: Unit; readonly evaluate: Evaluate }[];
  /** null: nobody asks. */
  readonly distance: Distance | null;
  holds: boolean;
}

/** A stretch of time. */
interface Stretch {
  readonly openedMicros: number;
  readonly leaves: readonly Leaf[];
  /** Empty: nobody asks. */
  readonly margins: readonly LeafMargin[];
  readonly timers: EventHandle[];
  verdict: boolean | null;
}

interface Violation {
  readonly micros: number;
  readonly note: string;
  /** It did not hold even before anything happened. */
  readonly isVoid: boolean;
}

export class Monitor {
  readonly expectation: Expectation;
  private readonly options: MonitorOptions;
  private readonly measured: Measured = { values: null };
  private readonly watched: readonly Watched[];
  private open: Stretch[] = [];
  private stretches = 0;
  private violation: Violation | null = null;
  private isUndisturbed = true;
  private hasBegun = false;
  /** A stretch begins: what decides it now was so before whatever it begins with. */
  private isOpening = false;
  private timers = 0;
  /** The least over all stretches. */
  private margin = 1;

  /** At set-up. */
  constructor(expectation: Expectation, options: MonitorOptions) {
    this.expectation = expectation;
    this.options = options;
    this.watched = leavesOf(expectation.claim).map((claim) => this.watch(claim));
  }

  /** Pending events of the engine: deadlines, which are no reason for a run to go on. */
  get ownTimers(): number {
    return this.timers;
  }

  /** The run begins. */
  begin(): void {
    const { scope } = this.expectation;
    this.hasBegun = true;
    for (const watched of this.watched) watched.holds = watched.evaluate() === true;
    if (scope.on === "run" || scope.on === "before") this.openStretch();
    else if (scope.on === "times") {
      this.at(scope.fromMicros, () => this.openStretch());
      if (scope.toMicros !== null) this.at(scope.toMicros, () => this.closeAll("closed"));
    }
  }

  /** A fault or an action is about to begin. */
  injected(id: string): void {
    const { scope } = this.expectation;
    if ("fault" in scope && scope.fault === id) {
      // a fault that is injected again ends the time after it, and what it began
      if (scope.on === "before") this.closeAll("closed");
      else this.closeAll("cut short");
      if (scope.on === "during" || scope.on === "since") this.openStretch();
    }
    this.isUndisturbed = false;
  }

  /** It has come to its end. */
  recovered(id: string): void {
    const { scope } = this.expectation;
    if (!("fault" in scope) || scope.fault !== id) return;
    if (scope.on === "during") this.closeAll("closed");
    if (scope.on === "after") {
      this.closeAll("cut short");
      this.openStretch();
    }
  }

  /** The run is over. */
  finish(values: MetricValues): Judgement {
    this.measured.values = values;
    for (const watched of this.watched) watched.holds = watched.evaluate() === true;
    const { scope, claim } = this.expectation;
    const isRun = scope.on === "run";
    const only = isRun && claim.op === "finally" ? this.watched[0]! : null;
    this.closeAll("run over");
    const number = only === null ? undefined : numberOf(only, claim);
    const base = {
      actual: number?.value,
      unit: number?.unit ?? "truth",
      voidReason: "",
      margin: this.options.measuresMargin ? signed(this.margin, this.violation === null) : undefined,
    };
    if (this.stretches === 0) return this.neverBegan(base);
    const { violation } = this;
    if (violation === null) return { ...base, holds: true, violatedMicros: undefined, note: "" };
    const text = this.expectation.text;
    return {
      ...base,
      holds: false,
      violatedMicros: only === null ? violation.micros : undefined,
      note: violation.note,
      voidReason: violation.isVoid ? `"${text}" did not hold before the first fault: ${violation.note}` : "",
    };
  }

  private neverBegan(base: Pick<Judgement, "actual" | "unit" | "voidReason" | "margin">): Judgement {
    const { scope } = this.expectation;
    if ("fault" in scope) {
      const what = scope.on === "after" ? `${scope.fault} did not come to its end` : `${scope.fault} did not happen`;
      return { ...base, holds: !this.options.isCertain, violatedMicros: undefined, note: what };
    }
    return { ...base, holds: false, violatedMicros: undefined, note: "the run ended before" };
  }

  // --- stretches of time ---

  private openStretch(): void {
    const { engine } = this.options;
    const openedMicros = engine.now;
    const leaves = this.watched.map(({ claim }) => new Leaf(claim, openedMicros));
    const margins = this.watched.flatMap(({ claim, distance }) => {
      if (distance === null) return [];
      const isOfEnd = partsOf(claim.state).some(({ op }) => op === "metric");
      return [new LeafMargin(claim, openedMicros, isOfEnd)];
    });
    const stretch: Stretch = { openedMicros, leaves, margins, timers: [], verdict: null };
    this.stretches++;
    this.open.push(stretch);
    this.isOpening = true;
    margins.forEach((margin, i) => {
      const { distance, holds } = this.watched[i]!;
      margin.state(holds, distance!(), openedMicros);
    });
    leaves.forEach((leaf, i) => {
      leaf.state(this.watched[i]!.holds);
      const { deadlineMicros } = leaf;
      if (deadlineMicros === null || leaf.verdict !== null) return;
      const timer = this.at(deadlineMicros + 1, () => {
        leaf.late();
        this.decide(stretch);
      });
      if (timer !== null) stretch.timers.push(timer);
    });
    this.decide(stretch);
    this.isOpening = false;
  }

  private closeAll(how: Ending): void {
    for (const stretch of this.open.splice(0)) {
      for (const timer of stretch.timers) if (this.options.engine.cancel(timer)) this.timers--;
      this.measure(stretch, how);
      if (stretch.verdict !== null) continue;
      stretch.leaves.forEach((leaf, i) => {
        leaf.close(this.watched[i]!.holds, how);
      });
      this.decide(stretch);
    }
  }

  private measure({ margins }: Stretch, how: Ending): void {
    if (margins.length === 0) return;
    const { now } = this.options.engine;
    const leaves = margins.map((margin, i) => {
      const { distance, holds } = this.watched[i]!;
      return margin.close(holds, distance!(), now, how);
    });
    this.margin = Math.min(this.margin, claimMargin(this.expectation.claim, leaves.values()));
  }

  // one of the terms has changed
  private changed(watched: Watched): void {
    if (!this.hasBegun) return;
    const holds = watched.evaluate() === true;
    const index = this.watched.indexOf(watched);
    if (watched.distance !== null && this.open.length > 0) {
      const distance = watched.distance();
      for (const { margins } of this.open) margins[index]!.state(holds, distance, this.options.engine.now);
    }
    if (holds === watched.holds) return;
    watched.holds = holds;
    for (const stretch of this.open) {
      if (stretch.verdict !== null) continue;
      stretch.leaves[index]!.state(holds);
      this.decide(stretch);
    }
  }

  private decide(stretch: Stretch): void {
    if (stretch.verdict !== null) return;
    const verdicts = stretch.leaves.map((leaf) => leaf.verdict);
    const verdict = verdictOf(this.expectation.claim, verdicts.values());
    stretch.verdict = verdict;
    if (verdict === false && this.violation === null) this.violation = this.violationOf(stretch);
  }

  private violationOf(stretch: Stretch): Violation {
    const { engine, isDisturbed } = this.options;
    const { scope } = this.expectation;
    const throughout = this.watched.some(
      ({ claim }, i) => (claim.op === "always" || claim.op === "never") && stretch.leaves[i]!.verdict === false,
    );
    const isEarly =
      scope.on === "run" || scope.on === "times" || scope.on === "before"
        ? isDisturbed && this.isUndisturbed
        : scope.on !== "after" && this.isOpening;
    return { micros: engine.now, note: this.notes(), isVoid: throughout && isEarly };
  }

  /** The values that the states rest on, now. */
  private notes(): string {
    const parts = this.watched.flatMap(({ telling }) =>
      telling.map(({ evaluate, text, unit }) => `${text} was ${shownValue(evaluate(), unit)}`),
    );
    return [...new Set(parts)].join(", ");
  }

  private watch(claim: LeafClaim): Watched {
    const { board } = this.options;
    const compiled = (part: Expression) => compile(part, board, this.measured, () => this.changed(watched));
    const telling = tellingParts(claim.state)
      .filter((part) => part.op !== "literal")
      .map((part) => ({ text: shownExpression(part), unit: part.unit, evaluate: compiled(part) }));
    const distance = this.options.measuresMargin
      ? compileDistance(claim.state, board, this.measured, () => this.changed(watched))
      : null;
    const watched: Watched = { claim, evaluate: compiled(claim.state), telling, distance, holds: false };
    for (const at of momentsOf(claim.state)) this.at(at, () => this.changed(watched));
    return watched;
  }

  private at(micros: number, then: () => void): EventHandle | null {
    const { engine } = this.options;
    if (micros < engine.now || micros >= TICK_MAX) return null;
    this.timers++;
    return engine.at(micros as Tick, () => {
      this.timers--;
      then();
    });
  }
}

function leavesOf(claim: Claim): readonly LeafClaim[] {
  switch (claim.op) {
    case "and":
    case "or":
      return [...leavesOf(claim.left), ...leavesOf(claim.right)];
    case "not":
      return leavesOf(claim.inner);
    default:
      return [claim];
  }
}

/** @param verdicts of the leaves, from left to right */
function verdictOf(claim: Claim, verdicts: Iterator<boolean | null>): boolean | null {
  if (claim.op === "not") {
    const inner = verdictOf(claim.inner, verdicts);
    return inner === null ? null : !inner;
  }
  if (claim.op !== "and" && claim.op !== "or") return verdicts.next().value as boolean | null;
  const [left, right] = [verdictOf(claim.left, verdicts), verdictOf(claim.right, verdicts)];
  const decides = claim.op === "or";
  if (left === decides || right === decides) return decides;
  return left === null || right === null ? null : !decides;
}

function numberOf(
  { telling }: Watched,
  claim: Claim,
): { readonly value: number | undefined; readonly unit: Unit } | null {
  const [first] = telling;
  if (first === undefined || claim.op !== "finally" || !("left" in claim.state)) return null;
  const value: Value | undefined = first.evaluate();
  return { value: typeof value === "number" ? value : undefined, unit: first.unit };
}
