// What faults may do to a control-plane component of several replicas: which there are, what each is, and how it ends or is hindered.
import type { Component, ComponentRole } from "./component.ts";

export interface ReplicaTarget {
  readonly name: string;
  readonly zone: string;
  readonly role: ComponentRole;
}

export class ComponentFaultPoints {
  private readonly components: readonly Component[];

  constructor(components: readonly Component[]) {
    this.components = components;
  }

  replicas(): ReplicaTarget[] {
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

  /** Is asked to end: gives its lease back if it does that, and is started again. */
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
