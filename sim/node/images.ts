// The images of one node: which are there, pulls (one after the other or several at once, each image and each layer once at a time), the
// kubelet's limit of pulls per second, and garbage collection. A layer that several images share is pulled and stored once. Source: behaviour of the kubelet's image puller and image GC
// (pkg/kubelet/images).

import type { Lifetime } from "../engine/lifetime.ts";
import { createStream, type RandomStream } from "../engine/random.ts";
import type { ImageLayer, KubeletConfiguration } from "../model/kubelet-configuration.ts";
import type { ContainerImage } from "../model/objects.ts";
import { type PullOutcome, type Registry, registryOf } from "./registry.ts";

export interface ImagesOptions {
  readonly configuration: KubeletConfiguration;
  readonly registry: Registry;
  /** Of the machine. */
  readonly life: () => Lifetime;
  /** An image has come. */
  readonly changed: () => void;
  /** How much slower the node is than it should be; 1 = not. */
  readonly slowness: () => number;
  /** How long the registry takes to answer, from half to one and a half times the usual. */
  readonly latency: RandomStream;
}

interface Cached {
  readonly bytes: number;
  /** Pulled while the run went on: reported by the kubelet anew. */
  readonly isNew: boolean;
  lastUsedMicros: number;
  readonly sinceMicros: number;
}

interface Wanted {
  readonly image: string;
  readonly bytes: number;
  /** Time that the pull takes by itself, whatever the registry; null = by size. */
  readonly fixedMicros: number | null;
  readonly done: ((outcome: PullOutcome) => void)[];
}

/** A layer on the disk, or on its way. */
interface Layer {
  readonly bytes: number;
  /** How many images of the node have it. */
  images: number;
}

/** Images whose name says so never pull, as in the reference recordings. */
const BROKEN = /broken/;

export class Images {
  private readonly options: ImagesOptions;
  /** Raised with every change of what was pulled or removed during the run. */
  version = 0;
  /** Of all images together, each layer once. */
  totalBytes = 0;
  private readonly layers = new Map<string, Layer>();
  /** Layers on their way, and who is to be told when they are there or fail. */
  private readonly fetching = new Map<string, (() => void)[]>();
  private readonly cache = new Map<string, Cached>();
  private readonly waiting: Wanted[] = [];
  private readonly pulling = new Map<string, Wanted>();
  private tokens: number;
  private tokensAtMicros = 0;

  constructor(options: ImagesOptions) {
    this.options = options;
    this.tokens = options.configuration.registryBurst;
  }

  has(image: string): boolean {
    return this.cache.has(image);
  }

  sizeOf(image: string): number | undefined {
    return this.cache.get(image)?.bytes;
  }

  /** The image is there, as if pulled long ago. */
  put(image: string, bytes: number, nowMicros: number): void {
    this.keep(image, { bytes, lastUsedMicros: nowMicros, sinceMicros: nowMicros, isNew: false });
  }

  /** Images pulled during the run, largest first, as the node's status lists them. */
  report(): ContainerImage[] {
    return [...this.cache.entries()]
      .filter(([, cached]) => cached.isNew)
      .sort(([, a], [, b]) => b.bytes - a.bytes)
      .map(([image, { bytes }]) => ({ names: [image], sizeBytes: bytes }));
  }

  used(image: string, nowMicros: number): void {
    const cached = this.cache.get(image);
    if (cached !== undefined) cached.lastUsedMicros = nowMicros;
  }

  /** May another pull begin now, by registryPullQPS? Takes a token if so. */
  mayPull(nowMicros: number): boolean {
    const { registryBurst, registryPullQps } = this.options.configuration;
    if (registryPullQps === 0) return true;
    this.tokens = Math.min(registryBurst, this.tokens + ((nowMicros - this.tokensAtMicros) / 1e6) * registryPullQps);
    this.tokensAtMicros = nowMicros;
    if (this.tokens < 1) return false;
    this.tokens -= 1;
    return true;
  }

  /** Pulls, in turn. Whoever asks for an image that is on its way gets it with the first. */
  pull(image: string, bytes: number, fixedMicros: number | null, done: (outcome: PullOutcome) => void): void {
    const same = this.pulling.get(image) ?? this.waiting.find((wanted) => wanted.image === image);
    if (same !== undefined) {
      same.done.push(done);
      return;
    }
    this.waiting.push({ image, bytes, fixedMicros, done: [done] });
    this.next();
  }

  /** Removes what is used by nobody, longest unused first, until so many bytes are freed. @returns bytes freed */
  collect(bytes: number, nowMicros: number, inUse: (image: string) => boolean): number {
    const { imageMinimumGcAgeMicros } = this.options.configuration;
    const candidates = [...this.cache.entries()]
      .filter(([image, cached]) => !inUse(image) && nowMicros - cached.sinceMicros >= imageMinimumGcAgeMicros)
      .sort(([, a], [, b]) => a.lastUsedMicros - b.lastUsedMicros);
    let freed = 0;
    for (const [image, cached] of candidates) {
      if (freed >= bytes) break;
      const before = this.totalBytes;
      this.cache.delete(image);
      this.drop(image, cached.bytes);
      this.version++;
      freed += before - this.totalBytes;
    }
    return freed;
  }

  /** The machine lost power: pulls are gone, what was there is still there. */
  reset(): void {
    this.waiting.length = 0;
    this.pulling.clear();
    this.fetching.clear();
    for (const [id, layer] of [...this.layers]) if (layer.images === 0) this.discard(id, layer);
  }

  private layersOf(image: string, bytes: number): readonly ImageLayer[] {
    const declared = this.options.configuration.images.find(({ name }) => name === image)?.layers ?? [];
    return declared.length > 0 ? declared : [{ id: `image ${image}`, bytes }];
  }

  private keep(image: string, cached: Cached): void {
    const known = this.cache.get(image);
    this.cache.set(image, cached);
    for (const layer of this.layersOf(image, cached.bytes)) this.arrived(layer).images++;
    if (known !== undefined) this.drop(image, known.bytes);
  }

  private arrived({ id, bytes }: ImageLayer): Layer {
    let layer = this.layers.get(id);
    if (layer === undefined) {
      layer = { bytes, images: 0 };
      this.layers.set(id, layer);
      this.totalBytes += bytes;
    }
    return layer;
  }

  private drop(image: string, bytes: number): void {
    for (const { id } of this.layersOf(image, bytes)) {
      const layer = this.layers.get(id);
      if (layer !== undefined && --layer.images === 0) this.discard(id, layer);
    }
  }

  private discard(id: string, { bytes }: Layer): void {
    this.layers.delete(id);
    this.totalBytes -= bytes;
  }

  private next(): void {
    const { configuration } = this.options;
    const limit = configuration.maxParallelImagePulls ?? Number.POSITIVE_INFINITY;
    while (this.pulling.size < limit && this.waiting.length > 0) this.begin(this.waiting.shift()!);
  }

  private begin(wanted: Wanted): void {
    const { configuration, registry, slowness } = this.options;
    const { image } = wanted;
    const life = this.options.life();
    this.pulling.set(image, wanted);
    const finished = life.guard((outcome: PullOutcome) => this.finished(wanted, outcome));
    if (BROKEN.test(image)) {
      life.after(configuration.profile === "hollow" ? (wanted.fixedMicros ?? 0) : 500_000, () =>
        finished({ error: notFound(image) }),
      );
      return;
    }
    const { pullBytesPerSecond, pullLatencyMicros } = configuration.runtime;
    if (wanted.fixedMicros !== null) {
      // a time that is given is a size at the node's full rate, so that a slow registry slows it too
      const leftBytes = (wanted.fixedMicros / 1e6) * pullBytesPerSecond;
      registry.pull({ image, leftBytes, nodeBytesPerSecond: pullBytesPerSecond / slowness(), done: finished });
      return;
    }
    const begin = (): void => this.bring(wanted, finished);
    if (pullLatencyMicros > 0) life.after(Math.round(pullLatencyMicros * (0.5 + this.options.latency.next())), begin);
    else begin();
  }

  // what is missing and not on its way for another image is pulled, then what others were to bring is waited for
  private bring(wanted: Wanted, finished: (outcome: PullOutcome) => void): void {
    const { configuration, registry, slowness } = this.options;
    const { image } = wanted;
    const missing = this.layersOf(image, wanted.bytes).filter(({ id }) => !this.layers.has(id));
    const own = missing.filter(({ id }) => !this.fetching.has(id));
    const again = this.options.life().guard(() => this.bring(wanted, finished));
    if (missing.length === 0) return finished({ error: null });
    if (own.length === 0) {
      this.fetching.get(missing[0]!.id)!.push(again);
      return;
    }
    for (const { id } of own) this.fetching.set(id, []);
    const done = this.options.life().guard((outcome: PullOutcome) => {
      const waiting: (() => void)[] = [];
      for (const layer of own) {
        waiting.push(...(this.fetching.get(layer.id) ?? []));
        this.fetching.delete(layer.id);
        if (outcome.error === null) this.arrived(layer);
      }
      if (outcome.error === null) again();
      else finished(outcome);
      for (const then of waiting) then();
    });
    const leftBytes = own.reduce((sum, { bytes }) => sum + bytes, 0);
    const { pullBytesPerSecond } = configuration.runtime;
    registry.pull({ image, leftBytes, nodeBytesPerSecond: pullBytesPerSecond / slowness(), done });
  }

  private finished(wanted: Wanted, outcome: PullOutcome): void {
    const { now } = this.options.life().engine;
    this.pulling.delete(wanted.image);
    if (outcome.error === null) {
      this.version++;
      this.keep(wanted.image, { bytes: wanted.bytes, lastUsedMicros: now, sinceMicros: now, isNew: true });
    } else this.giveUp(wanted);
    this.next();
    for (const done of wanted.done) done(outcome);
    if (outcome.error === null) this.options.changed();
  }

  // layers that only this image would have had
  private giveUp({ bytes, image }: Wanted): void {
    for (const { id } of this.layersOf(image, bytes)) {
      const layer = this.layers.get(id);
      if (layer?.images === 0 && ![...this.pulling.values()].some((w) => this.needs(w, id))) this.discard(id, layer);
    }
  }

  private needs(wanted: Wanted, id: string): boolean {
    return this.layersOf(wanted.image, wanted.bytes).some((layer) => layer.id === id);
  }
}

/** Of an image of which only the name is known: the same in every run, more often small than large. */
export function imageBytesOf(image: string): number {
  const share = createStream("images", image).next();
  return 30_000_000 + Math.round(400_000_000 * share * share);
}

function notFound(image: string): string {
  const name = registryOf(image) === "docker.io" ? `docker.io/library/${image}` : image;
  return `failed to pull and unpack image "${name}": failed to resolve reference "${name}": ${name}: not found`;
}
