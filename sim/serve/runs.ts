// The runs of this process: each in a thread of its own with limits on time and memory, a few at a time, cancelled at any moment.
// Results stay in memory; the oldest go when there are too many.
import { Worker } from "node:worker_threads";
import { buffersOf } from "../metrics/table.ts";
import { Refusal } from "./exchange.ts";
import type { Outcome, RunJob, RunMessage, Source } from "./job.ts";
import type { RunState, ShownProblem } from "./protocol.ts";

export interface RunLimits {
  readonly timeoutMillis: number;
  readonly memoryBytes: number;
  /** At the same time. */
  readonly concurrent: number;
  /** Results that are kept, and how large they may be together; the last one is kept in any case. */
  readonly kept: number;
  readonly keptBytes: number;
}

export interface AskedRun {
  readonly source: Source;
  readonly variant: string;
  readonly seed: string;
}

interface Entry {
  readonly asked: AskedRun;
  state: RunState;
  startedMillis: number;
  worker: Worker | undefined;
  timer: NodeJS.Timeout | undefined;
  outcome: Outcome | undefined;
  bytes: number;
}

const MAX_WAITING = 20;

export class Runs {
  private readonly limits: RunLimits;
  private readonly clock: () => number;
  private readonly entries = new Map<string, Entry>();
  private readonly listeners = new Set<(state: RunState) => void>();
  private count = 0;

  constructor(limits: RunLimits, clock: () => number = () => performance.now()) {
    this.limits = limits;
    this.clock = clock;
  }

  /** In the order in which they were asked for. */
  states(): readonly RunState[] {
    return [...this.entries.values()].map(({ state }) => state);
  }

  /** @throws Refusal when too many wait */
  start(asked: AskedRun): RunState {
    const waiting = this.states().filter(({ phase }) => phase === "waiting").length;
    if (waiting >= MAX_WAITING) throw new Refusal(429, `${waiting} runs are waiting already`);
    const id = String(++this.count);
    const { source, seed, variant } = asked;
    const state: RunState = {
      ...{ id, file: source.name, scenario: "", variant, seed, phase: "waiting", share: 0, nowMicros: 0 },
      ...{ elapsedMillis: 0, message: "", problems: [], isMet: null },
    };
    const entry: Entry = {
      asked,
      state,
      startedMillis: 0,
      worker: undefined,
      timer: undefined,
      outcome: undefined,
      bytes: 0,
    };
    this.entries.set(id, entry);
    this.forgetOldest();
    this.tell(state);
    this.next();
    return this.find(id).state;
  }

  /** Ends a run, or forgets one that has ended. @throws Refusal when there is none */
  remove(id: string): void {
    const entry = this.find(id);
    const { phase } = entry.state;
    if (phase === "waiting" || phase === "running") this.finish(entry, { phase: "cancelled", message: "cancelled" });
    else this.forget(id);
  }

  state(id: string): RunState {
    return this.find(id).state;
  }

  /** Of a run that is done. @throws Refusal */
  outcome(id: string): Outcome {
    const { outcome } = this.find(id);
    if (outcome === undefined) throw new Refusal(409, "the run has no result (yet)");
    return outcome;
  }

  /** How a run is done again. */
  job(id: string): RunJob {
    const { asked, state } = this.find(id);
    return { ...asked, variant: state.variant, seed: state.seed, memoryBytes: this.limits.memoryBytes };
  }

  /** Told of every change. @returns what ends it */
  listen(listener: (state: RunState) => void): () => void {
    this.listeners.add(listener);
    return () => this.listeners.delete(listener);
  }

  async close(): Promise<void> {
    const workers = [...this.entries.values()].map(({ worker }) => worker);
    for (const entry of this.entries.values()) {
      clearTimeout(entry.timer);
      entry.worker = undefined;
    }
    this.entries.clear();
    await Promise.all(workers.map((worker) => worker?.terminate()));
  }

  private find(id: string): Entry {
    const entry = this.entries.get(id);
    if (entry === undefined) throw new Refusal(404, `there is no run ${id.slice(0, 20)} (any more)`);
    return entry;
  }

  private next(): void {
    const all = [...this.entries.values()];
    let free = this.limits.concurrent - all.filter(({ state }) => state.phase === "running").length;
    for (const entry of all) {
      if (free <= 0) return;
      if (entry.state.phase !== "waiting") continue;
      this.begin(entry);
      free--;
    }
  }

  private begin(entry: Entry): void {
    const { memoryBytes, timeoutMillis } = this.limits;
    const job: RunJob = { ...entry.asked, memoryBytes };
    entry.startedMillis = this.clock();
    this.change(entry, { phase: "running" });
    const worker = new Worker(new URL("./run-worker.js", import.meta.url), {
      workerData: job,
      resourceLimits: { maxOldGenerationSizeMb: Math.floor(memoryBytes / 1_048_576) },
    });
    entry.worker = worker;
    entry.timer = setTimeout(() => {
      this.finish(entry, { phase: "failed", message: `the run took longer than ${timeoutMillis / 1000} s` });
    }, timeoutMillis);
    entry.timer.unref();
    worker.on("message", (message: RunMessage) => {
      if (entry.worker === worker) this.take(entry, message);
    });
    worker.on("error", (error: Error & { readonly code?: string }) => {
      if (entry.worker !== worker) return;
      const isMemory = error.code === "ERR_WORKER_OUT_OF_MEMORY";
      this.finish(entry, {
        phase: "failed",
        message: isMemory ? "the run took more memory than it may" : error.message,
      });
    });
    worker.on("exit", (code) => {
      if (entry.worker === worker) this.finish(entry, { phase: "failed", message: `the run's thread ended (${code})` });
    });
  }

  private take(entry: Entry, message: RunMessage): void {
    switch (message.kind) {
      case "started":
        return this.change(entry, { scenario: message.scenario, variant: message.variant, seed: message.seed });
      case "progress":
        return this.change(entry, { share: message.share, nowMicros: message.nowMicros });
      case "problems":
        return this.finish(entry, {
          phase: "failed",
          message: "the scenario has mistakes",
          problems: message.problems,
        });
      case "failed":
        return this.finish(entry, { phase: "failed", message: message.message });
      case "done": {
        const { outcome } = message;
        entry.outcome = outcome;
        entry.bytes = bytesOf(outcome);
        const isMet = outcome.identity.invalidReasons.length === 0 && outcome.verdicts.every(({ holds }) => holds);
        const nowMicros = outcome.identity.simDurationMicros;
        return this.finish(entry, { phase: "done", share: 1, nowMicros, isMet });
      }
    }
  }

  private finish(
    entry: Entry,
    end: Partial<RunState> & { readonly phase: RunState["phase"]; readonly problems?: readonly ShownProblem[] },
  ): void {
    const { worker } = entry;
    clearTimeout(entry.timer);
    entry.worker = undefined;
    worker?.terminate();
    this.change(entry, end);
    this.forgetOldest();
    this.next();
  }

  private change(entry: Entry, change: Partial<RunState>): void {
    const elapsedMillis = entry.startedMillis === 0 ? 0 : Math.round(this.clock() - entry.startedMillis);
    entry.state = { ...entry.state, ...change, elapsedMillis };
    this.tell(entry.state);
  }

  private tell(state: RunState): void {
    for (const listener of this.listeners) listener(state);
  }

  private forgetOldest(): void {
    const { kept, keptBytes } = this.limits;
    const ended = [...this.entries].filter(([, { state }]) => state.phase !== "waiting" && state.phase !== "running");
    let bytes = ended.reduce((sum, [, entry]) => sum + entry.bytes, 0);
    for (const [id, entry] of ended.slice(0, -1)) {
      if (this.entries.size <= kept && bytes <= keptBytes) return;
      bytes -= entry.bytes;
      this.forget(id);
    }
  }

  private forget(id: string): void {
    this.entries.delete(id);
  }
}

function bytesOf({ parts, report, tables }: Outcome): number {
  const buffers = Object.values(tables).flatMap(buffersOf);
  return [report, ...parts.map(({ bytes }) => bytes), ...buffers].reduce((sum, { byteLength }) => sum + byteLength, 0);
}
