// Actions of a run: what a person did with kubectl and when, what it printed, and whether it succeeded.
import type { SystemEvent } from "./event-log.ts";
import { TableBuilder } from "./table.ts";

const NUMBERS = ["startedMicros", "endedMicros", "lines", "refusals"] as const;
const TEXTS = ["id", "verb", "command", "outcome", "message"] as const;

export class ActionRecorder {
  readonly table = new TableBuilder(NUMBERS, TEXTS);
  private readonly clock: () => number;
  private readonly event: SystemEvent;
  private readonly rows = new Map<number, number>();
  /** By id: how often it was done, and whether it had to be. */
  private readonly byId = new Map<string, { count: number; readonly isCertain: boolean }>();

  constructor(clock: () => number, event: SystemEvent) {
    this.clock = clock;
    this.event = event;
  }

  /** Says which actions there will be. What comes by chance need not happen. */
  expect(id: string, isCertain: boolean): void {
    this.byId.set(id, { count: 0, isCertain });
  }

  /** Those that had to be done and never were. */
  never(): readonly string[] {
    return [...this.byId].filter(([, { count, isCertain }]) => isCertain && count === 0).map(([id]) => id);
  }

  /** What failed, once for each action: id and first message. */
  failures(): readonly (readonly [id: string, message: string])[] {
    const { rows, texts } = this.table;
    const first = new Map<string, string>();
    for (let row = 0; row < rows; row++)
      if (texts.outcome.get(row) === "failed" && !first.has(texts.id.get(row)))
        first.set(texts.id.get(row), texts.message.get(row));
    return [...first];
  }

  started(occurrence: number, id: string, verb: string, command: string): void {
    const known = this.byId.get(id);
    if (known !== undefined) known.count++;
    const row = this.table.add();
    this.rows.set(occurrence, row);
    const { numbers, texts } = this.table;
    texts.id.set(row, id);
    texts.verb.set(row, verb);
    texts.command.set(row, command);
    texts.outcome.set(row, "running");
    numbers.startedMicros.set(row, this.clock());
    numbers.lines.set(row, 0);
    numbers.refusals.set(row, 0);
    this.event("Normal", "ActionStarted", "Action", id, `kubectl ${command}`);
  }

  /** A line that kubectl prints. */
  printed(occurrence: number, line: string, isError: boolean): void {
    const row = this.rows.get(occurrence)!;
    const { numbers, texts } = this.table;
    numbers.lines.set(row, numbers.lines.get(row) + 1);
    if (isError) numbers.refusals.set(row, numbers.refusals.get(row) + 1);
    this.event(
      isError ? "Warning" : "Normal",
      isError ? "ActionRefused" : "ActionOutput",
      "Action",
      texts.id.get(row),
      line,
    );
  }

  /** @param failed the first error; "" when all went well */
  ended(occurrence: number, failed: string): void {
    const row = this.rows.get(occurrence)!;
    const { numbers, texts } = this.table;
    numbers.endedMicros.set(row, this.clock());
    texts.outcome.set(row, failed === "" ? "done" : "failed");
    texts.message.set(row, failed);
  }
}
