// Where pods come from while the run goes on: arrival processes, batches, traces. Each source has streams and pod uids of its
// own, so that adding a source never moves another one's pods. It creates pods through the API and, for traces that say
// when a pod leaves, deletes them; placing them is nobody's business here.
import { WORK_QUEUE_BACK_OFF } from "../apiserver/back-off.ts";
import { ApiError, type Client } from "../apiserver/client.ts";
import { untilDecided } from "../apiserver/retry.ts";
import { type Distribution, sample } from "../engine/distributions.ts";
import type { Engine } from "../engine/engine.ts";
import type { RandomStream } from "../engine/random.ts";
import type { Recorder } from "../metrics/recorder.ts";
import { RUN_MICROS_ANNOTATION, SOURCE_ANNOTATION } from "../model/annotations.ts";
import type { Pod } from "../model/objects.ts";
import { drawLifetimeMicros } from "./lifetimes.ts";

export interface ArrivalProcess {
  readonly kind: "arrivals";
  readonly name: string;
  readonly shape: Pod;
  readonly everyMicros: Distribution;
  readonly startMicros: number;
  readonly stopMicros: number | null;
  readonly count: number | null;
  readonly lifetimeMicros: Distribution | null;
}

export interface PodBatch {
  readonly kind: "pods";
  readonly name: string;
  readonly shape: Pod;
  readonly atMicros: number;
  readonly count: number;
  readonly lifetimeMicros: Distribution | null;
}

export interface PodTrace {
  readonly kind: "trace";
  readonly name: string;
  readonly shapes: readonly Pod[];
  readonly podNames: readonly string[];
  readonly shapeOf: Uint32Array;
  readonly arrivalMicros: Float64Array;
  readonly lifetimeMicros: Float64Array;
  readonly departure: "afterStart" | "afterArrival";
}

export interface WorkloadOptions {
  readonly engine: Engine;
  readonly client: Client;
  readonly recorder: Recorder;
  readonly seed: string | number;
  readonly sources: readonly (ArrivalProcess | PodBatch | PodTrace)[];
}

export class WorkloadProcess {
  /** Pods that the API server refused to create. */
  readonly refused: string[] = [];
  private readonly options: WorkloadOptions;
  private readonly gaps: RandomStream[];
  private readonly next: number[];
  // uids of pods whose creation is not answered yet; true = the pod has to leave as soon as it is there
  private readonly creating = new Map<string, boolean>();
  // shapes of pods that end, by what stands in the plan: one object for all pods of a shape
  private readonly ending = new Map<Pod, Pod>();
  private readonly arrivalKind: number;
  private readonly departureKind: number;

  constructor(options: WorkloadOptions) {
    this.options = options;
    const { engine, sources } = options;
    this.gaps = sources.map((source) => engine.stream(`workload/${source.name}/gap`));
    this.next = sources.map(() => 0);
    this.arrivalKind = engine.register("workload/arrival", (source) => this.arrive(source));
    this.departureKind = engine.register("workload/departure", (source, index) => this.depart(source, index));
  }

  start(): void {
    for (let i = 0; i < this.options.sources.length; i++) this.planNext(i);
  }

  private planNext(sourceIndex: number): void {
    const { engine, sources } = this.options;
    const source = sources[sourceIndex]!;
    const index = this.next[sourceIndex]!;
    let atMicros: number;
    if (source.kind === "arrivals") {
      if (source.count !== null && index >= source.count) return;
      const sinceMicros = index === 0 ? source.startMicros : engine.now;
      atMicros = sinceMicros + Math.max(0, Math.round(sample(source.everyMicros, this.gaps[sourceIndex]!)));
      if (source.stopMicros !== null && atMicros >= source.stopMicros) return;
    } else if (source.kind === "pods") {
      if (index >= source.count) return;
      atMicros = source.atMicros;
    } else {
      if (index >= source.podNames.length) return;
      atMicros = source.arrivalMicros[index]!;
    }
    engine.after(atMicros - engine.now, this.arrivalKind, sourceIndex);
  }

  private arrive(sourceIndex: number): void {
    const source = this.options.sources[sourceIndex]!;
    if (source.kind === "pods") for (let i = 0; i < source.count; i++) this.create(sourceIndex, i);
    else {
      this.create(sourceIndex, this.next[sourceIndex]!++);
      this.planNext(sourceIndex);
    }
  }

  private create(sourceIndex: number, index: number): void {
    const { client, engine, seed, sources } = this.options;
    const source = sources[sourceIndex]!;
    const uid = uidOf(source.name, index);
    const given = source.kind === "trace" ? source.shapes[source.shapeOf[index]!]! : source.shape;
    let runMicros = Number.NaN;
    if (source.kind === "trace") {
      const lifetimeMicros = source.lifetimeMicros[index]!;
      if (source.departure === "afterStart") runMicros = lifetimeMicros;
      else if (!Number.isNaN(lifetimeMicros)) engine.after(lifetimeMicros, this.departureKind, sourceIndex, index);
    } else if (source.lifetimeMicros !== null) runMicros = drawLifetimeMicros(source.lifetimeMicros, seed, uid);
    const shape = Number.isNaN(runMicros) ? given : this.endingShape(given);
    const annotations: Record<string, string> = { ...shape.metadata.annotations, [SOURCE_ANNOTATION]: source.name };
    if (!Number.isNaN(runMicros)) annotations[RUN_MICROS_ANNOTATION] = String(runMicros);
    const pod: Pod = { ...shape, metadata: { ...shape.metadata, name: podName(source, index), uid, annotations } };
    const key = keyOf(pod);
    this.creating.set(uid, false);
    const settled = (refusal: ApiError | null) => {
      const hasDeparted = this.creating.get(uid) === true;
      this.creating.delete(uid);
      if (refusal !== null) this.refused.push(refusal.message);
      else if (hasDeparted) this.remove(key, uid);
    };
    untilDecided<Pod>(
      engine,
      WORK_QUEUE_BACK_OFF,
      (done) => client.create("pods", pod, done),
      (answer, isUncertain) => {
        if (!(answer instanceof ApiError)) settled(null);
        else if (answer.reason !== "AlreadyExists" || !isUncertain) settled(answer);
        else this.whose(key, (owner) => settled(owner === uid ? null : answer));
      },
    );
  }

  /** A pod with a lifetime runs once: its kubelet would start it again for ever otherwise. */
  private endingShape(given: Pod): Pod {
    if (given.spec.restartPolicy === "Never" || given.spec.restartPolicy === "OnFailure") return given;
    let shape = this.ending.get(given);
    if (shape === undefined) {
      shape = { ...given, spec: { ...given.spec, restartPolicy: "Never" } };
      this.ending.set(given, shape);
    }
    return shape;
  }

  /** Tells the uid of the pod that is stored under a name; "" when there is none. */
  private whose(key: string, done: (uid: string) => void): void {
    const { client, engine } = this.options;
    untilDecided<Pod>(
      engine,
      WORK_QUEUE_BACK_OFF,
      (answered) => client.get("pods", key, answered),
      (answer) => done(answer instanceof ApiError ? "" : (answer.metadata.uid ?? "")),
    );
  }

  private depart(sourceIndex: number, index: number): void {
    const source = this.options.sources[sourceIndex]!;
    if (source.kind !== "trace") return;
    const shape = source.shapes[source.shapeOf[index]!]!;
    const uid = uidOf(source.name, index);
    this.options.recorder.cause(uid, "Departed");
    if (this.creating.has(uid)) this.creating.set(uid, true);
    else this.remove(`${shape.metadata.namespace ?? "default"}/${podName(source, index)}`, uid);
  }

  private remove(key: string, uid: string): void {
    const { client, engine } = this.options;
    untilDecided<null>(
      engine,
      WORK_QUEUE_BACK_OFF,
      (done) => client.delete("pods", key, { gracePeriodSeconds: 0, uid }, done),
      () => undefined,
    );
  }
}

function podName(source: ArrivalProcess | PodBatch | PodTrace, index: number): string {
  return source.kind === "trace" ? source.podNames[index]! : `${source.shape.metadata.name}-${index}`;
}

function keyOf({ metadata }: Pod): string {
  return `${metadata.namespace ?? "default"}/${metadata.name}`;
}

function uidOf(sourceName: string, index: number): string {
  return `${sourceName}/${index}`;
}
