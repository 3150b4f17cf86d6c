// What faults may do to the cloud: its API, its machines, and the cloud controller manager.
import type { Component, ComponentRole } from "../apiserver/component.ts";
import type { CloudApi } from "./cloud-api.ts";
import type { Machines } from "./machines.ts";

export interface MachineTarget {
  readonly name: string;
  readonly zone: string;
  readonly pool: string;
  readonly role: "up" | "down";
}

export class CloudFaultPoints {
  private readonly api: CloudApi;
  private readonly pool: Machines;
  private readonly processes: readonly Component[];

  constructor(api: CloudApi, machines: Machines, managers: readonly Component[]) {
    this.api = api;
    this.pool = machines;
    this.processes = managers;
  }

  machines(): MachineTarget[] {
    return this.pool
      .list()
      .map(({ name, pool, state, zone }) => ({ name, zone, pool, role: state === "running" ? "up" : "down" }));
  }

  /** The provider's API answers nothing until the returned function is called. */
  apiOutage(): () => void {
    return this.api.outage();
  }

  /** The provider has no machines left in this zone and pool ("" = any) until the returned function is called. */
  stockout(zone = "", pool = ""): () => void {
    return this.pool.stockout(zone, pool);
  }

  /** Gone for good, as if somebody had deleted it in the provider's console. */
  deleteMachine(name: string): void {
    this.pool.delete(name);
  }

  stopMachine(name: string): void {
    this.pool.stop(name);
  }

  startMachine(name: string): void {
    this.pool.start(name);
  }

  /** Told now, gone after the notice. */
  reclaimSpot(name: string, noticeMicros: number): void {
    this.pool.reclaim(name, noticeMicros);
  }

  managers(): { readonly name: string; readonly zone: string; readonly role: ComponentRole }[] {
    return this.processes.map(({ name, options, role }) => ({ name, zone: options.zone, role }));
  }

  crashManager(name: string): void {
    this.processes.find((manager) => manager.name === name)?.crash();
  }

  startManager(name: string): void {
    this.processes.find((manager) => manager.name === name)?.start();
  }
}
