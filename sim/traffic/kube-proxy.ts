// kube-proxy on one node: when a change of endpoints gets into force there. A sync begins when something has changed, but not sooner
// than minSyncPeriod after the last one began, and takes a while; what it works with is the state at its beginning. It has a watch of its
// own, which breaks and comes back as a reflector's does: it carries nothing, as all proxies would be told the same, but says whether it would.
import type { Client, Selector, Watch } from "../apiserver/client.ts";
import { type Distribution, sample } from "../engine/distributions.ts";
import type { Engine } from "../engine/engine.ts";
import type { RandomStream } from "../engine/random.ts";
import type { Tick } from "../engine/tick.ts";
import type { Place } from "../network/reachability.ts";

/** Names of namespaces do not begin with a dash: nothing of all slices. */
const NOTHING: Selector = { namespace: "-" };

/** A client that ends with its process. */
export type ProxyClient = Client & { close(): void };

export interface ProxyOptions {
  readonly engine: Engine;
  readonly place: Place;
  readonly minSyncMicros: number;
  readonly syncMicros: Distribution;
  readonly client: ProxyClient;
  /** The rules are now those of this moment. */
  readonly synced: (proxy: KubeProxy, ofMicros: number) => void;
}

export class KubeProxy {
  readonly place: Place;
  private readonly options: ProxyOptions;
  private readonly stream: RandomStream;
  private lastStartMicros = Number.NEGATIVE_INFINITY;
  private notifiedMicros = Number.NEGATIVE_INFINITY;
  // the first change that it was not told of; Infinity = it knows all
  private missedMicros = Number.POSITIVE_INFINITY;
  private isRunning = false;
  private readonly watch: Watch;

  constructor(options: ProxyOptions) {
    this.options = options;
    this.place = options.place;
    this.stream = options.engine.stream(`traffic/proxy/${options.place.name}`);
    this.watch = options.client.listAndWatch("endpointSlices", NOTHING, {
      listed: () => undefined,
      event: () => undefined,
      live: () => this.heard(),
    });
  }

  /** Endpoints of some Service have changed now. */
  notify(): void {
    const { now } = this.options.engine;
    if (!this.watch.isLive) {
      this.missedMicros = Math.min(this.missedMicros, now);
      return;
    }
    this.notifiedMicros = now;
    this.plan();
  }

  /** Its node is gone. */
  stop(): void {
    this.options.client.close();
  }

  // what it has missed comes as one change
  private heard(): void {
    if (this.missedMicros === Number.POSITIVE_INFINITY) return;
    this.missedMicros = Number.POSITIVE_INFINITY;
    this.notifiedMicros = this.options.engine.now;
    this.plan();
  }

  private plan(): void {
    if (this.isRunning || this.notifiedMicros <= this.lastStartMicros) return;
    this.isRunning = true;
    const { engine, minSyncMicros, syncMicros, synced } = this.options;
    const startMicros = Math.max(engine.now, this.lastStartMicros + minSyncMicros);
    const tookMicros = Math.max(0, Math.round(sample(syncMicros, this.stream)));
    // one event for start and end: what it began with is told by its time
    engine.at((startMicros + tookMicros) as Tick, () => {
      this.isRunning = false;
      this.lastStartMicros = startMicros;
      synced(this, Math.min(startMicros, this.missedMicros - 1));
      this.plan();
    });
  }
}
