// Drives a search over worker threads: hands out the schedules that it wants to be run, and its outcomes in the order in which it asks for
// them. How many threads there are changes nothing but the time that it takes.
import { Piscina } from "piscina";
import type { Schedule } from "../analysis/search/disturbance.ts";
import type { Outcome } from "../analysis/search/outcome.ts";
import type { SearchedScenario } from "../analysis/search/run-schedule.ts";
import { AHEAD, type SearchOptions, type SearchResult, search } from "../analysis/search/search.ts";
import { BatchError } from "./pool.ts";

export class SearchPool {
  private readonly pool: Piscina<Schedule, Outcome>;
  private readonly workers: number;
  // a worker file that fails to load shows as an error of the pool, and its tasks would wait for ever
  private readonly failed: Promise<never>;

  constructor(scenario: SearchedScenario, workers: number) {
    this.workers = Math.min(workers, AHEAD);
    this.pool = new Piscina<Schedule, Outcome>({
      filename: new URL("./search-worker.js", import.meta.url).href,
      name: "runSearched",
      workerData: scenario,
      minThreads: this.workers,
      maxThreads: this.workers,
      atomics: "disabled",
    });
    this.failed = new Promise<never>((_resolve, reject) => {
      this.pool.on("error", (error: unknown) => reject(error));
    });
    this.failed.catch(() => undefined);
  }

  /** @throws BatchError when a worker fails */
  async run(schedule: Schedule): Promise<Outcome> {
    try {
      return await Promise.race([this.pool.run(schedule), this.failed]);
    } catch (error) {
      throw new BatchError(`a worker failed: ${error instanceof Error ? error.message : String(error)}`);
    }
  }

  /** @throws BatchError when a worker fails */
  async search(calm: Outcome, options: SearchOptions): Promise<SearchResult> {
    const steps = search(calm, options);
    const begun: Promise<Outcome>[] = [];
    let step = steps.next();
    while (step.done !== true) {
      const request = step.value;
      switch (request.op) {
        case "begin": {
          const running = this.run(request.schedule);
          running.catch(() => undefined);
          begun.push(running);
          step = steps.next({ index: -1, outcome: null });
          break;
        }
        case "outcome":
          step = steps.next({ index: 0, outcome: await begun.shift()! });
          break;
        default:
          step = steps.next(await this.first(request.schedules, request.passes));
      }
    }
    return step.value;
  }

  async close(): Promise<void> {
    await this.pool.destroy();
  }

  /** In order, but some are begun before it is known whether they are needed. */
  private async first(schedules: readonly Schedule[], passes: (outcome: Outcome) => boolean) {
    const running: Promise<Outcome>[] = [];
    for (const [index] of schedules.entries()) {
      while (running.length < schedules.length && running.length < index + this.workers) {
        const next = this.run(schedules[running.length]!);
        next.catch(() => undefined);
        running.push(next);
      }
      const outcome = await running[index]!;
      if (passes(outcome)) return { index, outcome };
    }
    return { index: -1, outcome: null };
  }
}
