// What became of requests on Services in each step of virtual time, for those who draw it. A step that was as the one before has no row.
import { type Table, TableBuilder } from "./table.ts";

const NUMBERS = ["service", "timeMicros", "requestMillionths", "failedMillionths", "leastAvailable"] as const;

interface Step {
  index: number;
  requests: number;
  failed: number;
  least: number;
  /** What the last row says. */
  toldRequests: number;
  toldFailed: number;
  toldLeast: number;
}

export class ServiceSteps {
  private readonly stepMicros: number;
  /** By row of the Service. */
  private readonly steps: (Step | undefined)[] = [];
  private readonly rows: TableBuilder<(typeof NUMBERS)[number], never>[] = [];

  constructor(stepMicros: number) {
    this.stepMicros = stepMicros;
  }

  /** This held from one time to another; times of one Service ascend. */
  held(service: number, fromMicros: number, toMicros: number, perSecond: number, failing: number, pods: number): void {
    const { stepMicros } = this;
    for (let from = fromMicros; from < toMicros; ) {
      const index = Math.floor(from / stepMicros);
      const step = this.open(service, index);
      const to = Math.min(toMicros, (index + 1) * stepMicros);
      // requests per second times microseconds are millionths of requests
      const requests = Math.round(perSecond * (to - from));
      step.requests += requests;
      step.failed += Math.min(requests, Math.round(requests * failing));
      if (pods < step.least) step.least = pods;
      from = to;
    }
  }

  /** Service by Service, in order of time. `timeMicros` is the end of the step. */
  table(endMicros: number): Table {
    const table = new TableBuilder(NUMBERS, []);
    for (const [service, step] of this.steps.entries()) {
      if (step !== undefined) this.close(service, step, endMicros);
      const { numbers, rows } = this.rows[service] ?? table;
      for (let from = 0; this.rows[service] !== undefined && from < rows; from++) {
        const to = table.add();
        for (const name of NUMBERS) table.numbers[name].set(to, numbers[name].get(from));
      }
    }
    return table.freeze();
  }

  private open(service: number, index: number): Step {
    let step = this.steps[service];
    if (step === undefined) {
      step = { ...EMPTY, index };
      this.steps[service] = step;
      this.rows[service] = new TableBuilder(NUMBERS, []);
    } else if (step.index < index) {
      this.close(service, step, (step.index + 1) * this.stepMicros);
      step.index = index;
      step.requests = 0;
      step.failed = 0;
      step.least = Number.POSITIVE_INFINITY;
    }
    return step;
  }

  private close(service: number, step: Step, endMicros: number): void {
    if (step.requests === step.toldRequests && step.failed === step.toldFailed && step.least === step.toldLeast) return;
    step.toldRequests = step.requests;
    step.toldFailed = step.failed;
    step.toldLeast = step.least;
    const { numbers } = this.rows[service]!;
    const row = this.rows[service]!.add();
    numbers.service.set(row, service);
    numbers.timeMicros.set(row, endMicros);
    numbers.requestMillionths.set(row, step.requests);
    numbers.failedMillionths.set(row, step.failed);
    numbers.leastAvailable.set(row, step.least);
  }
}

const EMPTY: Step = {
  index: 0,
  requests: 0,
  failed: 0,
  least: Number.POSITIVE_INFINITY,
  toldRequests: -1,
  toldFailed: -1,
  toldLeast: -1,
};
