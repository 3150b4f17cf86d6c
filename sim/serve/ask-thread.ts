// A thread that answers questions one after the other. A question that takes too long ends with its thread; the next gets a new one.
import { Worker } from "node:worker_threads";
import { Refusal } from "./exchange.ts";
import type { AskAnswer, AskMessage } from "./job.ts";

export interface AskLimits {
  readonly timeoutMillis: number;
  readonly memoryBytes: number;
}

interface Waiting {
  readonly message: AskMessage;
  readonly resolve: (value: never) => void;
  readonly reject: (reason: unknown) => void;
}

export class AskThread {
  private readonly limits: AskLimits;
  private readonly queue: Waiting[] = [];
  private worker: Worker | undefined;
  private current: Waiting | undefined;
  private timer: NodeJS.Timeout | undefined;

  constructor(limits: AskLimits) {
    this.limits = limits;
  }

  /** @throws Refusal when it took too long, too much, or cannot be answered */
  ask<T>(message: AskMessage): Promise<T> {
    return new Promise<T>((resolve, reject) => {
      // a newer question of the same kind makes the ones that wait pointless: the page shows the last answer only
      for (const old of this.queue.splice(0, this.queue.length))
        old.reject(new Refusal(409, "overtaken by a newer question"));
      this.queue.push({ message, resolve, reject });
      this.next();
    });
  }

  async close(): Promise<void> {
    const worker = this.worker;
    this.end(new Refusal(503, "kubedrill serve is ending"));
    for (const old of this.queue.splice(0, this.queue.length))
      old.reject(new Refusal(503, "kubedrill serve is ending"));
    await worker?.terminate();
  }

  private next(): void {
    if (this.current !== undefined) return;
    this.current = this.queue.shift();
    if (this.current === undefined) return;
    const { memoryBytes, timeoutMillis } = this.limits;
    this.worker ??= this.open(memoryBytes);
    this.timer = setTimeout(
      () => this.end(new Refusal(504, `took longer than ${timeoutMillis / 1000} s`)),
      timeoutMillis,
    );
    this.worker.postMessage(this.current.message);
  }

  private open(memoryBytes: number): Worker {
    const worker = new Worker(new URL("./ask-worker.js", import.meta.url), {
      resourceLimits: { maxOldGenerationSizeMb: Math.floor(memoryBytes / 1_048_576) },
    });
    // questions hold the process; a thread that waits for one does not
    worker.unref();
    worker.on("message", (answer: AskAnswer) => {
      if (worker !== this.worker) return;
      const { current } = this;
      clearTimeout(this.timer);
      this.current = undefined;
      if (answer.ok) current?.resolve(answer.value as never);
      else current?.reject(new Refusal(422, answer.message));
      this.next();
    });
    worker.on("error", (error: Error & { readonly code?: string }) => {
      if (worker !== this.worker) return;
      const isMemory = error.code === "ERR_WORKER_OUT_OF_MEMORY";
      this.end(new Refusal(507, isMemory ? "took more memory than it may" : error.message));
    });
    return worker;
  }

  private end(refusal: Refusal): void {
    clearTimeout(this.timer);
    const { current, worker } = this;
    this.worker = undefined;
    this.current = undefined;
    worker?.terminate();
    current?.reject(refusal);
    this.next();
  }
}
