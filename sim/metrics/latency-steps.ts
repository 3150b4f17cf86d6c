// How long requests took in each step of virtual time: counts, the 99th percentile and the largest. One histogram serves all steps, one after
// the other; requests that were accounted for afterwards are counted in the steps in which they were.
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
  private current = 0;
  private currentEndMicros: number;

  constructor(stepMicros: number) {
    this.stepMicros = stepMicros;
    this.currentEndMicros = stepMicros;
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

  /** So many requests, all alike, spread evenly over a time that is over. */
  account(count: number, latencyMicros: number, fromMicros: number, toMicros: number): void {
    if (count <= 0) return;
    const { stepMicros } = this;
    const [first, last] = [Math.floor(fromMicros / stepMicros), Math.floor(toMicros / stepMicros)];
    this.reach(last);
    const spanMicros = toMicros - fromMicros;
    let left = count;
    for (let step = first; step <= last; step++) {
      const overlap = Math.min(toMicros, (step + 1) * stepMicros) - Math.max(fromMicros, step * stepMicros);
      const part =
        step === last || spanMicros === 0 ? left : Math.min(left, Math.round((count * overlap) / spanMicros));
      left -= part;
      if (part === 0) continue;
      this.requests.set(step, this.requests.get(step) + part);
      if (!(latencyMicros <= this.maxMicros.get(step))) this.maxMicros.set(step, latencyMicros);
      if (step === this.current) this.histogram.addMany(latencyMicros, part);
      // nothing else was measured there, or what was counts as well as it did
      else if (Number.isNaN(this.p99Micros.get(step))) this.p99Micros.set(step, latencyMicros);
    }
  }

  /** At the end of the run: the last step is complete. */
  finish(): void {
    this.p99Micros.set(this.current, this.histogram.quantile(0.99));
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
