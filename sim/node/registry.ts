// The image registry as all nodes share it: it can be down, slow, or short of bandwidth for everybody together.
// Pulls in progress share what it serves equally. Refuses to know what is in an image: an image is a name and a size.
import type { Engine, EventHandle } from "../engine/engine.ts";
import type { Tick } from "../engine/tick.ts";

export interface RegistryOptions {
  readonly engine: Engine;
  /** What it serves to all nodes together; null = no limit. */
  readonly bytesPerSecond: number | null;
}

/** What a pull has to say at its end. */
export type PullOutcome = { readonly error: null } | { readonly error: string };

/** One pull on its way. */
export interface Pull {
  readonly image: string;
  leftBytes: number;
  /** What the node takes at most. */
  readonly nodeBytesPerSecond: number;
  readonly done: (outcome: PullOutcome) => void;
}

const OUTAGE = "dial tcp: connect: connection refused";

export class Registry {
  private readonly options: RegistryOptions;
  private readonly pulls = new Set<Pull>();
  private readonly outages = new Map<symbol, string>();
  private readonly slowness = new Map<symbol, { readonly registry: string; readonly factor: number }>();
  private sinceMicros = 0;
  private timer: EventHandle | null = null;

  constructor(options: RegistryOptions) {
    this.options = options;
  }

  /** Does the registry of this image answer? */
  isDown(image: string): boolean {
    for (const registry of this.outages.values()) if (serves(registry, image)) return true;
    return false;
  }

  /** Begins a pull; it ends with `done`, at a later tick. */
  pull(pull: Pull): void {
    const { engine } = this.options;
    if (this.isDown(pull.image)) {
      engine.at((engine.now + 1000) as Tick, () => pull.done({ error: refusal(pull.image) }));
      return;
    }
    this.advance();
    this.pulls.add(pull);
    this.plan();
  }

  /** Takes a pull back: nobody wants it any more. */
  cancel(pull: Pull): void {
    this.advance();
    if (this.pulls.delete(pull)) this.plan();
  }

  /** @param registry the host part of image names; "" = all */
  outage(registry: string): () => void {
    const key = Symbol(registry);
    this.advance();
    this.outages.set(key, registry);
    for (const pull of [...this.pulls]) {
      if (!serves(registry, pull.image)) continue;
      this.pulls.delete(pull);
      pull.done({ error: refusal(pull.image) });
    }
    this.plan();
    return () => {
      this.outages.delete(key);
    };
  }

  /** Everything from this registry takes so many times as long. */
  slow(factor: number, registry: string): () => void {
    const key = Symbol(registry);
    this.advance();
    this.slowness.set(key, { registry, factor });
    this.plan();
    return () => {
      this.advance();
      this.slowness.delete(key);
      this.plan();
    };
  }

  private rate(pull: Pull): number {
    const { bytesPerSecond } = this.options;
    let rate = pull.nodeBytesPerSecond;
    if (bytesPerSecond !== null) rate = Math.min(rate, bytesPerSecond / Math.max(1, this.pulls.size));
    for (const { factor, registry } of this.slowness.values()) if (serves(registry, pull.image)) rate /= factor;
    return rate;
  }

  private advance(): void {
    const { now } = this.options.engine;
    const seconds = (now - this.sinceMicros) / 1e6;
    this.sinceMicros = now;
    for (const pull of this.pulls) pull.leftBytes = Math.max(0, pull.leftBytes - this.rate(pull) * seconds);
  }

  // one timer at the next pull's end, made anew whenever the shares change
  private plan(): void {
    const { engine } = this.options;
    if (this.timer !== null) engine.cancel(this.timer);
    this.timer = null;
    let nextMicros = Number.POSITIVE_INFINITY;
    for (const pull of this.pulls)
      nextMicros = Math.min(nextMicros, Math.ceil((pull.leftBytes / this.rate(pull)) * 1e6));
    if (!Number.isFinite(nextMicros)) return;
    this.timer = engine.at((engine.now + nextMicros) as Tick, () => {
      this.timer = null;
      this.advance();
      const ended = [...this.pulls].filter((pull) => pull.leftBytes < 1);
      for (const pull of ended) this.pulls.delete(pull);
      this.plan();
      for (const pull of ended) pull.done({ error: null });
    });
  }
}

/** The registry's host in an image's name, as the runtime reads it. */
export function registryOf(image: string): string {
  const slash = image.indexOf("/");
  const first = slash < 0 ? "" : image.slice(0, slash);
  return first.includes(".") || first.includes(":") || first === "localhost" ? first : "docker.io";
}

function serves(registry: string, image: string): boolean {
  return registry === "" || registry === registryOf(image);
}

function refusal(image: string): string {
  return `failed to pull and unpack image "${image}": failed to resolve reference "${image}": failed to do request: ${OUTAGE}`;
}
