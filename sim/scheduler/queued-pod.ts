// A pod on its way through the scheduling queue: when it came, how often it was tried, and who turned it down.
import type { PodInfo } from "./shape.ts";

/** Where a pod stands: one place at a time. "out" = popped and neither returned nor done with. */
export type QueuePlace = "active" | "backoff" | "errorBackoff" | "unschedulable" | "gated" | "out";

export class QueuedPod {
  info: PodInfo;
  place: QueuePlace = "out";
  /** When it was last put into the queue: its rank among equals. */
  timestampMicros: number;
  /** Breaks ties of equal times: order of arrival. */
  sequence: number;
  readonly firstQueuedMicros: number;
  attempts = 0;
  /** Attempts that ended in a rejection; back-off doubles with them. */
  unschedulableCount = 0;
  /** Attempts in a row that ended in an error. */
  errorCount = 0;
  /** NaN until the current back-off has been worked out. */
  backoffExpiryMicros = Number.NaN;
  /** Plugins that rejected it in its last attempt: events are matched against them. */
  rejectors: ReadonlySet<string> = NO_PLUGINS;
  /** The PreEnqueue plugin that holds it; "" = none. */
  gatedBy = "";
  heapIndex = -1;
  /** Number of the last queue move that looked at it. */
  visit = 0;
  private placeSinceMicros: number;
  private backoffMicros = 0;
  private gatedMicros = 0;

  constructor(info: PodInfo, nowMicros: number, sequence: number) {
    this.info = info;
    this.timestampMicros = nowMicros;
    this.firstQueuedMicros = nowMicros;
    this.sequence = sequence;
    this.placeSinceMicros = nowMicros;
  }

  moveTo(place: QueuePlace, nowMicros: number): void {
    this.backoffMicros = this.waitedInBackoff(nowMicros);
    this.gatedMicros = this.waitedAtGate(nowMicros);
    this.place = place;
    this.placeSinceMicros = nowMicros;
  }

  /** Time spent in back-off so far, in microseconds. */
  waitedInBackoff(nowMicros: number): number {
    const inBackoff = this.place === "backoff" || this.place === "errorBackoff";
    return this.backoffMicros + (inBackoff ? nowMicros - this.placeSinceMicros : 0);
  }

  /** Time spent held by a gate so far, in microseconds. */
  waitedAtGate(nowMicros: number): number {
    return this.gatedMicros + (this.place === "gated" ? nowMicros - this.placeSinceMicros : 0);
  }
}

export const NO_PLUGINS: ReadonlySet<string> = new Set();
