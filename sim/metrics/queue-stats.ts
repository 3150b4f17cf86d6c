// What happens in the work queues of controllers: keys added and worked on, retries, depth, and how long keys wait and are worked on.
// One per controller, however many queues and lives it has. Numbers only; nothing is allocated per key.
import { Histogram } from "./histogram.ts";
import { type Table, TableBuilder } from "./table.ts";

export class QueueStats {
  adds = 0;
  syncs = 0;
  retries = 0;
  depthMax = 0;
  /** How long keys have waited, and how long they were worked on. */
  readonly waitMicros = new Histogram();
  readonly workMicros = new Histogram();

  /** @param depth keys that wait now, this one included */
  added(depth: number): void {
    this.adds++;
    if (depth > this.depthMax) this.depthMax = depth;
  }

  began(waitedMicros: number): void {
    this.syncs++;
    this.waitMicros.add(waitedMicros);
  }

  ended(workedMicros: number): void {
    this.workMicros.add(workedMicros);
  }

  /** A key failed and comes again after a back-off. */
  retried(): void {
    this.retries++;
  }
}

const NUMBERS = [
  "adds",
  "syncs",
  "retries",
  "depthMax",
  "waitP50Micros",
  "waitP99Micros",
  "waitMaxMicros",
  "workP50Micros",
  "workP99Micros",
  "workMaxMicros",
] as const;

export class ControllerRecorder {
  private readonly queues = new Map<string, QueueStats>();

  /** Of the controller of this name; the same one in every life. */
  queue(name: string): QueueStats {
    let stats = this.queues.get(name);
    if (stats === undefined) {
      stats = new QueueStats();
      this.queues.set(name, stats);
    }
    return stats;
  }

  /** One row per controller, sorted by name. */
  table(): Table {
    const table = new TableBuilder(NUMBERS, ["controller"]);
    for (const name of [...this.queues.keys()].sort()) {
      const stats = this.queues.get(name)!;
      const row = table.add();
      table.texts.controller.set(row, name);
      const { numbers } = table;
      for (const column of ["adds", "syncs", "retries", "depthMax"] as const) numbers[column].set(row, stats[column]);
      if (stats.syncs === 0) continue;
      numbers.waitP50Micros.set(row, stats.waitMicros.quantile(0.5));
      numbers.waitP99Micros.set(row, stats.waitMicros.quantile(0.99));
      numbers.waitMaxMicros.set(row, stats.waitMicros.max);
      numbers.workP50Micros.set(row, stats.workMicros.quantile(0.5));
      numbers.workP99Micros.set(row, stats.workMicros.quantile(0.99));
      numbers.workMaxMicros.set(row, stats.workMicros.max);
    }
    return table.freeze();
  }
}
