// Calls back when a state of the cluster begins to hold: for faults and actions that wait for one.
import type { Engine } from "../engine/engine.ts";
import { TICK_MAX, type Tick } from "../engine/tick.ts";
import type { Expression } from "../model/expectation/syntax.ts";
import { compile, type Evaluate } from "./evaluate.ts";
import type { TermBoard } from "./term-board.ts";
import { momentsOf } from "./times.ts";

interface Watched {
  readonly evaluate: Evaluate;
  readonly begins: () => void;
  held: boolean;
}

export class StateWatch {
  private readonly engine: Engine;
  private readonly board: TermBoard;
  private readonly watched: Watched[] = [];
  private readonly evaluates = new Map<Expression, Evaluate>();
  private hasBegun = false;

  constructor(engine: Engine, board: TermBoard) {
    this.engine = engine;
    this.board = board;
  }

  /** Calls back each time the state begins to hold, and when the run begins if it holds then. At set-up only. */
  watch(state: Expression, begins: () => void): void {
    const evaluate = compile(state, this.board, { values: null }, () => this.look(entry));
    const entry: Watched = { evaluate, begins, held: false };
    this.evaluates.set(state, evaluate);
    this.watched.push(entry);
    for (const at of momentsOf(state)) if (at < TICK_MAX) this.engine.at(at as Tick, () => this.look(entry));
  }

  holds(state: Expression): boolean {
    return this.evaluates.get(state)?.() === true;
  }

  /** The run begins. */
  begin(): void {
    this.hasBegun = true;
    for (const entry of this.watched) this.engine.at(this.engine.now, () => this.look(entry));
  }

  private look(entry: Watched): void {
    if (!this.hasBegun) return;
    const holds = entry.evaluate() === true;
    if (holds === entry.held) return;
    entry.held = holds;
    if (holds) entry.begins();
  }
}
