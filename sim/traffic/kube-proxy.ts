// kube-proxy on one node: when a change of endpoints gets into force there. A sync begins when something has changed, but not sooner
// than minSyncPeriod after the last one began, and takes a while; what it works with is the state at its beginning.
// A node that is cut off from all API servers learns nothing until it is connected again.
import { type Distribution, sample } from "../engine/distributions.ts";
import type { Engine } from "../engine/engine.ts";
import type { RandomStream } from "../engine/random.ts";
import type { Tick } from "../engine/tick.ts";
import type { Place } from "../network/reachability.ts";

export interface ProxyOptions {
  readonly engine: Engine;
  readonly place: Place;
  readonly minSyncMicros: number;
  readonly syncMicros: Distribution;
  /** The rules are now those of this moment. */
  readonly synced: (proxy: KubeProxy, ofMicros: number) => void;
}

export class KubeProxy {
  readonly place: Place;
  private readonly options: ProxyOptions;
  private readonly stream: RandomStream;
  private lastStartMicros = Number.NEGATIVE_INFINITY;
  private notifiedMicros = Number.NEGATIVE_INFINITY;
  // when it was cut off; Infinity while it is connected
  private cutMicros = Number.POSITIVE_INFINITY;
  private isRunning = false;

  constructor(options: ProxyOptions) {
    this.options = options;
    this.place = options.place;
    this.stream = options.engine.stream(`traffic/proxy/${options.place.name}`);
  }

  /** Endpoints of some Service have changed now, as a watch tells those who are connected. */
  notify(): void {
    this.notifiedMicros = this.options.engine.now;
    this.plan();
  }

  /** Can it hear of changes? */
  setConnected(isConnected: boolean): void {
    const { now } = this.options.engine;
    if (isConnected === (this.cutMicros === Number.POSITIVE_INFINITY)) return;
    this.cutMicros = isConnected ? Number.POSITIVE_INFINITY : now;
    // what it has missed comes as one change
    if (isConnected && this.notifiedMicros > this.lastStartMicros) this.notifiedMicros = now;
    this.plan();
  }

  private plan(): void {
    if (this.isRunning || this.notifiedMicros <= this.lastStartMicros) return;
    if (this.notifiedMicros >= this.cutMicros) return;
    this.isRunning = true;
    const { engine, minSyncMicros, syncMicros, synced } = this.options;
    const startMicros = Math.max(engine.now, this.lastStartMicros + minSyncMicros);
    const tookMicros = Math.max(0, Math.round(sample(syncMicros, this.stream)));
    // one event for start and end: what it began with is told by its time
    engine.at((startMicros + tookMicros) as Tick, () => {
      this.isRunning = false;
      this.lastStartMicros = startMicros;
      synced(this, Math.min(startMicros, this.cutMicros));
      this.plan();
    });
  }
}
