// The life of a process on a machine, which can also be frozen (SIGSTOP, a stalled virtual machine): what comes due or arrives meanwhile
// waits, and happens in its order when the process goes on.
import type { EventHandle } from "../engine/engine.ts";
import { Lifetime } from "../engine/lifetime.ts";

export class ProcessLife extends Lifetime {
  private readonly backlog: (() => void)[] = [];
  private frozen = false;

  get isFrozen(): boolean {
    return this.frozen;
  }

  override after(delayMicros: number, then: () => void): EventHandle {
    return super.after(Math.max(0, Math.ceil(delayMicros)), () => this.run(then));
  }

  /** The function while this life lasts; later while it is frozen; never after its end. */
  override guard<P extends readonly unknown[]>(then: (...parameters: P) => void): (...parameters: P) => void {
    return (...parameters) => this.run(() => then(...parameters));
  }

  /** Calls now, or when the process goes on, or never. */
  run(then: () => void): void {
    if (this.isOver) return;
    if (this.frozen) this.backlog.push(then);
    else then();
  }

  freeze(): void {
    this.frozen = true;
  }

  thaw(): void {
    this.frozen = false;
    const due = this.backlog.splice(0);
    for (const then of due) this.run(then);
  }

  override end(): void {
    super.end();
    this.backlog.length = 0;
  }
}
