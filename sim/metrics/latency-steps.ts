// How long requests took in each step of virtual time: counts, the 99th percentile and the largest. One histogram serves all steps, one after
// the other. Requests that were accounted for afterwards are counted in the steps in which they were; what they took shows where no other was.
import { NumberColumn } from "./column.ts";
import { Histogram } from "./histogram.ts";
import { type Table, TableBuilder } from "./table.ts";

export class LatencySteps {
  readonly requests = new NumberColumn();
  readonly failed = new NumberColumn();
  readonly p99Micros = new NumberColumn();
  readonly maxMicros = new NumberColumn();
  readonly stepMicros: number;
  private readonly histogram = new Histogram();
  private readonly accounted: Spread;
  private readonly accountedMicros: Spread;
  private current = 0;
  private currentEndMicros: number;

  constructor(stepMicros: number) {
    this.stepMicros = stepMicros;
    this.currentEndMicros = stepMicros;
    this.accounted = new Spread(stepMicros);
    this.accountedMicros = new Spread(stepMicros);
    this.reach(0);
  }

  /** A request was answered now. */
  answered(nowMicros: number, latencyMicros: number): void {
    if (nowMicros >= this.currentEndMicros) this.open(nowMicros);
    const { current, maxMicros } = this;
    this.requests.set(current, this.requests.get(current) + 1);
    this.histogram.add(latencyMicros);
    if (!(latencyMicros <= maxMicros.get(current))) maxMicros.set(current, latencyMicros);
  }

  /** A request failed now. */
  failedAt(nowMicros: number): void {
    if (nowMicros >= this.currentEndMicros) this.open(nowMicros);
    this.failed.set(this.current, this.failed.get(this.current) + 1);
  }

  /** So many requests, all alike, spread evenly over a time that is over. Costs the same however long that was. */
  account(count: number, latencyMicros: number, fromMicros: number, toMicros: number): void {
    if (count <= 0) return;
    this.accounted.add(count, fromMicros, toMicros);
    this.accountedMicros.add(count * latencyMicros, fromMicros, toMicros);
  }

  /** At the end of the run: the last step is complete. */
  finish(): void {
    this.p99Micros.set(this.current, this.histogram.quantile(0.99));
    const [counts, sums] = [this.accounted.sums(), this.accountedMicros.sums()];
    this.reach(counts.length - 1);
    for (const [step, count] of counts.entries()) {
      if (Math.round(count) === 0) continue;
      // what was executed says more than what was assumed
      if (this.requests.get(step) === 0) {
        const usual = Math.round(sums[step]! / count);
        this.p99Micros.set(step, usual);
        this.maxMicros.set(step, usual);
      }
      this.requests.set(step, this.requests.get(step) + Math.round(count));
    }
  }

  private open(nowMicros: number): void {
    if (this.histogram.count > 0) {
      this.p99Micros.set(this.current, this.histogram.quantile(0.99));
      this.histogram.clear();
    }
    this.current = Math.floor(nowMicros / this.stepMicros);
    this.currentEndMicros = (this.current + 1) * this.stepMicros;
    this.reach(this.current);
  }

  private reach(step: number): void {
    while (this.requests.length <= step) {
      this.requests.push(0);
      this.failed.push(0);
      this.p99Micros.push(Number.NaN);
      this.maxMicros.push(Number.NaN);
    }
  }
}

/** Amounts that are spread evenly over times, by steps: what begins and ends is noted, and added up once. */
class Spread {
  private readonly stepMicros: number;
  /** Amounts of single steps. */
  private readonly edges: number[] = [];
  /** By how much the amount of every later step changes. */
  private readonly changes: number[] = [];

  constructor(stepMicros: number) {
    this.stepMicros = stepMicros;
  }

  add(amount: number, fromMicros: number, toMicros: number): void {
    const { changes, edges, stepMicros } = this;
    const last = Math.floor(toMicros / stepMicros);
    while (edges.length <= last) {
      edges.push(0);
      changes.push(0);
    }
    const first = Math.floor(fromMicros / stepMicros);
    if (first >= last) {
      edges[last]! += amount;
      return;
    }
    const perMicro = amount / (toMicros - fromMicros);
    edges[first]! += perMicro * ((first + 1) * stepMicros - fromMicros);
    edges[last]! += perMicro * (toMicros - last * stepMicros);
    changes[first + 1]! += perMicro * stepMicros;
    changes[last]! -= perMicro * stepMicros;
  }

  sums(): number[] {
    let running = 0;
    return this.edges.map((edge, step) => {
      running += this.changes[step]!;
      return running + edge;
    });
  }
}

const NUMBERS = ["timeMicros", "apiRequests", "apiFailed", "apiP99Micros", "apiMaxMicros"] as const;
const ETCD_NUMBERS = ["etcdWrites", "etcdFailed", "etcdP99Micros", "etcdMaxMicros"] as const;

/** One row for each step in which there was a request. @param etcd undefined = the run has none */
export function latencyTable(api: LatencySteps, etcd: LatencySteps | undefined, endMicros: number): Table {
  const table = new TableBuilder([...NUMBERS, ...ETCD_NUMBERS], []);
  const { numbers } = table;
  const at = (column: NumberColumn, step: number, otherwise = Number.NaN) =>
    step < column.length ? column.get(step) : otherwise;
  const steps = Math.max(api.requests.length, etcd?.requests.length ?? 0);
  for (let step = 0; step < steps; step++) {
    const counts = [api, ...(etcd === undefined ? [] : [etcd])].map(
      ({ requests, failed }) => at(requests, step, 0) + at(failed, step, 0),
    );
    if (counts.every((count) => count === 0)) continue;
    const row = table.add();
    numbers.timeMicros.set(row, Math.min(endMicros, (step + 1) * api.stepMicros));
    numbers.apiRequests.set(row, at(api.requests, step, 0));
    numbers.apiFailed.set(row, at(api.failed, step, 0));
    numbers.apiP99Micros.set(row, at(api.p99Micros, step));
    numbers.apiMaxMicros.set(row, at(api.maxMicros, step));
    if (etcd === undefined) continue;
    numbers.etcdWrites.set(row, at(etcd.requests, step, 0));
    numbers.etcdFailed.set(row, at(etcd.failed, step, 0));
    numbers.etcdP99Micros.set(row, at(etcd.p99Micros, step));
    numbers.etcdMaxMicros.set(row, at(etcd.maxMicros, step));
  }
  return table.freeze();
}
