// Repeated Events as writers of events.k8s.io/v1 count them: of one reason about one object the first is written, the second makes a
// series of it, and further ones are counted and told every half an hour. Source: behaviour of client-go's tools/events.
import { MINUTE } from "../engine/tick.ts";
import type { Correlated } from "./event-correlator.ts";

/** A series that has not gone on for so long has ended: the next one is a new Event. */
const FINISH_MICROS = 6 * MINUTE;
const REFRESH_MICROS = 30 * MINUTE;

interface Series<T> {
  count: number;
  lastMicros: number;
  toldMicros: number;
  readonly message: string;
  written: T | undefined;
}

/** @typeParam T what is remembered of a written Event */
export class EventSeries<T> {
  private readonly series = new Map<string, Series<T>>();
  private sweptMicros = 0;

  /** As EventCorrelator.correlate. */
  correlate(object: string, topic: string, message: string, nowMicros: number, _part = ""): Correlated<T> | null {
    this.sweep(nowMicros);
    const key = `${object} ${topic}`;
    let series = this.series.get(key);
    if (series === undefined || nowMicros - series.lastMicros > FINISH_MICROS) {
      series = { count: 0, lastMicros: nowMicros, toldMicros: nowMicros, message, written: undefined };
      this.series.set(key, series);
    }
    const current = series;
    current.count++;
    current.lastMicros = nowMicros;
    const isTold = current.count <= 2 || nowMicros - current.toldMicros >= REFRESH_MICROS;
    if (!isTold && current.written !== undefined) return null;
    current.toldMicros = nowMicros;
    return {
      message: current.message,
      count: current.count,
      known: current.written,
      remember: (written) => {
        current.written = written;
      },
    };
  }

  private sweep(nowMicros: number): void {
    if (nowMicros - this.sweptMicros < FINISH_MICROS) return;
    this.sweptMicros = nowMicros;
    for (const [key, { lastMicros }] of this.series) {
      if (nowMicros - lastMicros > FINISH_MICROS) this.series.delete(key);
    }
  }
}
