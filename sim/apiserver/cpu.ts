// The processors of one API server as a queue of work: what requests cost beside the latency that they always have. Costs nothing to
// anybody until more is asked for than the cores can do; then everybody waits for what was there before.
// Estimates: a server of eight cores carries some thousand requests a second; an object of a list takes some ten microseconds to encode.
import type { Verb } from "./exchange.ts";

const REQUEST_MICROS: Readonly<Record<Verb, number>> = {
  create: 1000,
  update: 1000,
  patch: 1200,
  delete: 800,
  deletecollection: 800,
  get: 300,
  list: 400,
  watch: 300,
};
const OBJECT_MICROS = 20;
const EVENT_MICROS = 15;
/** Waits that are shorter belong to the latency that every request has. */
const SLACK_MICROS = 2000;

export class ServerCpu {
  readonly cores: number;
  /** Everything takes so many times as long. */
  factor = 1;
  /** Load from outside, as a share of all cores. */
  background = 0;
  private busyUntilMicros = 0;

  constructor(cores: number) {
    this.cores = cores;
  }

  /** @returns how long the request has to wait, in whole microseconds */
  request(nowMicros: number, verb: Verb): number {
    const waitMicros = this.busyUntilMicros - nowMicros;
    this.charge(nowMicros, REQUEST_MICROS[verb]);
    return waitMicros > SLACK_MICROS ? Math.ceil(waitMicros - SLACK_MICROS) : 0;
  }

  /** @returns how long it takes to encode a list of so many objects on one core */
  list(nowMicros: number, objects: number): number {
    this.charge(nowMicros, objects * OBJECT_MICROS);
    return Math.ceil(objects * OBJECT_MICROS * this.factor);
  }

  /** Events that were sent to watchers. */
  events(nowMicros: number, count: number): void {
    this.charge(nowMicros, count * EVENT_MICROS);
  }

  reset(): void {
    this.busyUntilMicros = 0;
  }

  private charge(nowMicros: number, micros: number): void {
    const begin = this.busyUntilMicros > nowMicros ? this.busyUntilMicros : nowMicros;
    const share = this.cores * Math.max(0.02, 1 - this.background);
    this.busyUntilMicros = begin + (micros * this.factor) / share;
  }
}
