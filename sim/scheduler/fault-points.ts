// What faults may do to kube-scheduler: its replicas by name, what each is, and how it ends or is hindered.
import type { Component, ComponentRole } from "../apiserver/component.ts";
import type { Schedulers } from "./replica.ts";

export interface SchedulerTarget {
  readonly name: string;
  readonly zone: string;
  readonly role: ComponentRole;
}

export class SchedulerFaultPoints {
  private readonly components: readonly Component[];

  constructor(schedulers: Schedulers) {
    this.components = schedulers.replicas.map(({ component }) => component);
  }

  replicas(): SchedulerTarget[] {
    return this.components.map(({ name, options, role }) => ({ name, zone: options.zone, role }));
  }

  /** Dies at once; its kubelet starts it again, later the more often that happens. */
  crash(name: string): void {
    this.find(name)?.crash();
  }

  /** Dies at once and stays down until {@link start}. */
  stop(name: string): void {
    this.find(name)?.holdDown();
  }

  start(name: string): void {
    this.find(name)?.start();
  }

  /** Is asked to end: gives its lease back and is started again. */
  terminate(name: string): void {
    this.find(name)?.terminate();
  }

  /** Stands still until the returned function is called. */
  freeze(name: string): () => void {
    return this.find(name)?.freeze() ?? (() => undefined);
  }

  /** Its renewals fail: it ends when it has noticed. */
  loseLease(name: string): void {
    this.find(name)?.loseLease();
  }

  private find(name: string): Component | undefined {
    return this.components.find((component) => component.name === name);
  }
}
