// What expectations ask about requests on Services, read off the record of them. A Service that gets no requests is not measured.
import type { TrafficSource } from "../expect/term-board.ts";
import { FAILURE_CAUSES, type ServiceRecorder, wholeRequests } from "../metrics/service-recorder.ts";

export class RecordedTraffic implements TrafficSource {
  private readonly services: ServiceRecorder;
  private readonly followers = new Map<string, Set<() => void>>();
  private readonly rows = new Map<string, number>();

  constructor(services: ServiceRecorder) {
    this.services = services;
  }

  follow(_name: string, service: string, changed: () => void): void {
    const known = this.followers.get(service) ?? new Set();
    this.followers.set(service, known.add(changed));
    this.services.onChange = (row) => {
      for (const [key, all] of this.followers) if (this.rowOf(key) === row) for (const then of all) then();
    };
  }

  read(name: string, service: string): number | undefined {
    const row = this.rowOf(service);
    if (row < 0) return undefined;
    const state = this.services.stateOf(row);
    // brings the sums up to now
    const availability = this.services.availability(row);
    const { numbers } = this.services.table;
    switch (name) {
      case "availability":
        return Number.isNaN(availability) ? undefined : availability;
      case "requests":
        return wholeRequests(numbers.requestMillionths.get(row));
      case "failedRequests":
        return wholeRequests(numbers.failedMillionths.get(row));
      case "failing":
        return state === null
          ? 0
          : Math.min(
              1,
              FAILURE_CAUSES.reduce((sum, cause) => sum + state.failing[cause], 0),
            );
      case "serving":
        return state?.available ?? 0;
      case "belowMinAvailable":
        return numbers.belowMinAvailableMicros.get(row);
      default:
        return undefined;
    }
  }

  private rowOf(service: string): number {
    const known = this.rows.get(service);
    if (known !== undefined) return known;
    const row = this.services.rowOf(service);
    if (row >= 0) this.rows.set(service, row);
    return row;
  }
}
