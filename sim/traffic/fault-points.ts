// What faults may do to traffic: more of it, or less.
import type { TrafficProcess } from "./process.ts";

export class TrafficFaultPoints {
  private readonly traffic: TrafficProcess;

  constructor(traffic: TrafficProcess) {
    this.traffic = traffic;
  }

  /** Keys (`namespace/name`) of the Services that get requests. */
  services(): readonly string[] {
    return this.traffic.services;
  }

  /** Multiplies the requests on one Service, or with "" on all. @returns what takes it back; a second call does nothing */
  scale(key: string, factor: number): () => void {
    return this.traffic.scale(key, factor);
  }
}
