// Requests on Services, counted exactly: a rate and the share that fails hold from one change to the next, and each stretch is added up
// when it ends. Counts are in millionths of a request, so that sums are whole numbers. Also how long a Service had fewer answering
// pods than it needs, and five-minute windows for error budgets.
import { ServiceSteps } from "./service-steps.ts";
import { TableBuilder } from "./table.ts";

/** Why requests fail, in the order in which they are asked for. */
export const FAILURE_CAUSES = ["dns", "noEndpoint", "loadBalancer", "unreachable", "notServing", "overloaded"] as const;
export type FailureCause = (typeof FAILURE_CAUSES)[number];

/** What holds from now on. Shares of all requests; together at most 1. */
export interface ServiceState {
  readonly requestsPerSecond: number;
  readonly failing: Readonly<Record<FailureCause, number>>;
  /** Pods that really answer and that somebody can be sent to. */
  readonly available: number;
}

const WINDOW_MICROS = 300_000_000;
const SECOND = 1_000_000;

const NUMBERS = [
  "requestMillionths",
  "failedMillionths",
  ...FAILURE_CAUSES.map((cause) => `failed_${cause}` as const),
  "minAvailable",
  "belowMinAvailableMicros",
  "noneAvailableMicros",
  "leastAvailable",
  "worstFailedShare",
  "firstFailureMicros",
  "lastFailureMicros",
  "failingMicros",
] as const;
const TEXTS = ["namespace", "name"] as const;
const WINDOW_NUMBERS = ["service", "startMicros", "requestMillionths", "failedMillionths"] as const;

interface Service {
  readonly row: number;
  readonly minAvailable: number;
  state: ServiceState | null;
  sinceMicros: number;
  windowRow: number;
  windowEndMicros: number;
}

export class ServiceRecorder {
  readonly table = new TableBuilder(NUMBERS, TEXTS);
  readonly windows = new TableBuilder(WINDOW_NUMBERS, []);
  readonly steps: ServiceSteps;
  /** `service` is a row of the table. */
  readonly course = new TableBuilder(["service", "timeMicros", "requestsPerSecond", "failingShare", "available"], []);
  /** Told when what holds for a Service has changed: its row. For expectations. */
  onChange: ((row: number) => void) | null = null;
  private readonly clock: () => number;
  private readonly recordsCourse: boolean;
  private readonly services: Service[] = [];

  /**
   * @param stepMicros distance of the rows of time series
   * @param recordsCourse is every change kept?
   */
  constructor(clock: () => number, stepMicros: number, recordsCourse = false) {
    this.clock = clock;
    this.steps = new ServiceSteps(stepMicros);
    this.recordsCourse = recordsCourse;
  }

  /** @returns the row of a Service that gets requests */
  add(namespace: string, name: string, minAvailable: number): number {
    const { table } = this;
    const row = table.add();
    table.texts.namespace.set(row, namespace);
    table.texts.name.set(row, name);
    for (const column of NUMBERS) table.numbers[column].set(row, 0);
    for (const column of ["leastAvailable", "worstFailedShare", "firstFailureMicros", "lastFailureMicros"] as const) {
      table.numbers[column].set(row, Number.NaN);
    }
    table.numbers.minAvailable.set(row, minAvailable);
    this.services.push({ row, minAvailable, state: null, sinceMicros: 0, windowRow: -1, windowEndMicros: 0 });
    return row;
  }

  /** What holds for a Service from now on. */
  set(row: number, state: ServiceState): void {
    const service = this.services[row]!;
    this.advance(service);
    service.state = state;
    service.sinceMicros = this.clock();
    const { numbers } = this.table;
    const least = numbers.leastAvailable.get(row);
    if (!(least <= state.available)) numbers.leastAvailable.set(row, state.available);
    if (this.recordsCourse) this.keep(row, state);
    this.onChange?.(row);
  }

  stateOf(row: number): ServiceState | null {
    return this.services[row]?.state ?? null;
  }

  /** The row of a Service by `namespace/name`, or -1. */
  rowOf(key: string): number {
    const { texts } = this.table;
    for (const { row } of this.services) {
      if (`${texts.namespace.get(row)}/${texts.name.get(row)}` === key) return row;
    }
    return -1;
  }

  /** Share of requests that were answered well until now; NaN when there was none. */
  availability(row: number): number {
    this.advance(this.services[row]!);
    const requests = this.table.numbers.requestMillionths.get(row);
    return requests === 0 ? Number.NaN : 1 - this.table.numbers.failedMillionths.get(row) / requests;
  }

  finish(): void {
    for (const service of this.services) this.advance(service);
  }

  private keep(service: number, { available, failing, requestsPerSecond }: ServiceState): void {
    const { numbers } = this.course;
    const row = this.course.add();
    numbers.service.set(row, service);
    numbers.timeMicros.set(row, this.clock());
    numbers.requestsPerSecond.set(row, requestsPerSecond);
    numbers.failingShare.set(row, failingShareOf(failing));
    numbers.available.set(row, available);
  }

  private advance(service: Service): void {
    const now = this.clock();
    if (service.state !== null && service.sinceMicros < now)
      this.tellSteps(service.row, service.state, service.sinceMicros, now);
    while (service.state !== null && service.sinceMicros < now) {
      if (service.windowRow < 0 || service.sinceMicros >= service.windowEndMicros) this.openWindow(service);
      const untilMicros = Math.min(now, service.windowEndMicros);
      this.count(service, service.state, untilMicros - service.sinceMicros, untilMicros);
      service.sinceMicros = untilMicros;
    }
  }

  private tellSteps(
    row: number,
    { requestsPerSecond, failing, available }: ServiceState,
    from: number,
    to: number,
  ): void {
    this.steps.held(row, from, to, requestsPerSecond, failingShareOf(failing), available);
  }

  private openWindow(service: Service): void {
    const startMicros = Math.floor(service.sinceMicros / WINDOW_MICROS) * WINDOW_MICROS;
    const { numbers } = this.windows;
    service.windowRow = this.windows.add();
    service.windowEndMicros = startMicros + WINDOW_MICROS;
    numbers.service.set(service.windowRow, service.row);
    numbers.startMicros.set(service.windowRow, startMicros);
    numbers.requestMillionths.set(service.windowRow, 0);
    numbers.failedMillionths.set(service.windowRow, 0);
  }

  private count(service: Service, state: ServiceState, micros: number, untilMicros: number): void {
    const { row } = service;
    const { numbers } = this.table;
    // requests per second times microseconds are millionths of requests
    const requests = Math.round(state.requestsPerSecond * micros);
    numbers.requestMillionths.set(row, numbers.requestMillionths.get(row) + requests);
    let failed = 0;
    let share = 0;
    for (const cause of FAILURE_CAUSES) {
      const part = state.failing[cause];
      if (part === 0) continue;
      share += part;
      const count = Math.min(requests - failed, Math.round(requests * part));
      failed += count;
      const column = numbers[`failed_${cause}`];
      column.set(row, column.get(row) + count);
    }
    numbers.failedMillionths.set(row, numbers.failedMillionths.get(row) + failed);
    if (failed > 0) {
      if (Number.isNaN(numbers.firstFailureMicros.get(row))) numbers.firstFailureMicros.set(row, untilMicros - micros);
      numbers.lastFailureMicros.set(row, untilMicros);
      numbers.failingMicros.set(row, numbers.failingMicros.get(row) + micros);
      if (!(numbers.worstFailedShare.get(row) >= share)) numbers.worstFailedShare.set(row, Math.min(1, share));
    }
    if (state.available < service.minAvailable)
      numbers.belowMinAvailableMicros.set(row, numbers.belowMinAvailableMicros.get(row) + micros);
    if (state.available === 0) numbers.noneAvailableMicros.set(row, numbers.noneAvailableMicros.get(row) + micros);
    const window = this.windows.numbers;
    window.requestMillionths.set(service.windowRow, window.requestMillionths.get(service.windowRow) + requests);
    window.failedMillionths.set(service.windowRow, window.failedMillionths.get(service.windowRow) + failed);
  }
}

function failingShareOf(failing: ServiceState["failing"]): number {
  return FAILURE_CAUSES.reduce((sum, cause) => sum + failing[cause], 0);
}

/** Requests of a count in millionths. */
export function wholeRequests(millionths: number): number {
  return Math.round(millionths / SECOND);
}
