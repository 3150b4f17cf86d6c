// All expectations of a run: their monitors, and what tells them of the run.
import type { Engine } from "../engine/engine.ts";
import type { MetricValues } from "../model/expectation/metrics.ts";
import type { Expectation } from "../model/expectation/syntax.ts";
import type { ClusterObjects } from "../model/objects.ts";
import type { AnyObject } from "./fields.ts";
import { type Judgement, Monitor } from "./monitor.ts";
import { shownExpression } from "./shown.ts";
import { StateWatch } from "./state-watch.ts";
import { type FactSource, TermBoard, type TrafficSource } from "./term-board.ts";
import type { ChangeType } from "./terms.ts";

export interface ExpectationsOptions {
  readonly engine: Engine;
  readonly expectations: readonly Expectation[];
  readonly facts: FactSource;
  /** null: nobody sends requests. */
  readonly traffic: TrafficSource | null;
  /** By the ids of all faults and actions: must it happen, or only by chance? */
  readonly disturbances: ReadonlyMap<string, boolean>;
  /** Tells of each how far it was from failing. */
  readonly measuresMargins?: boolean;
}

export class Expectations {
  /** For conditions that faults and actions wait for. */
  readonly states: StateWatch;
  private readonly board: TermBoard;
  private readonly monitors: readonly Monitor[];

  /** At set-up, before anything is told. */
  constructor({ disturbances, engine, expectations, facts, measuresMargins = false, traffic }: ExpectationsOptions) {
    this.board = new TermBoard(facts, traffic);
    this.states = new StateWatch(engine, this.board);
    this.monitors = expectations.map(
      (expectation) =>
        new Monitor(expectation, {
          engine,
          board: this.board,
          isDisturbed: disturbances.size > 0,
          isCertain: "fault" in expectation.scope && disturbances.get(expectation.scope.fault) !== false,
          measuresMargin: measuresMargins,
        }),
    );
  }

  /** Has the board to be told of changes of objects? */
  get asksObjects(): boolean {
    return this.board.asksObjects;
  }

  get ownTimers(): number {
    let sum = 0;
    for (const monitor of this.monitors) sum += monitor.ownTimers;
    return sum;
  }

  changed(
    list: keyof ClusterObjects,
    type: ChangeType,
    object: AnyObject,
    before: AnyObject | undefined,
    key: string,
  ): void {
    this.board.changed(list, type, object, before, key);
  }

  /** The objects that the run begins with have been told of. */
  begin(): void {
    this.board.begin();
    for (const monitor of this.monitors) monitor.begin();
    this.states.begin();
  }

  injected(id: string): void {
    for (const monitor of this.monitors) monitor.injected(id);
  }

  recovered(id: string): void {
    for (const monitor of this.monitors) monitor.recovered(id);
  }

  finish(values: MetricValues): readonly Judgement[] {
    return this.monitors.map((monitor) => monitor.finish(values));
  }

  /** What a person should know who wrote them. */
  warnings(): readonly string[] {
    return this.board
      .neverSeen()
      .map((call) => `an expectation names an object that never existed: ${shownExpression(call)}`);
  }
}
