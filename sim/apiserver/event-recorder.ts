// Events as components write them: through the API, correlated (see event-correlator.ts), one after the other, so that many of them do
// not take all of the client's rate for themselves. Beyond a thousand that wait, new ones are dropped. What the server refuses is given
// up, what it does not answer is tried again every 10 s, twelve times. Source: behaviour of client-go's tools/record.
import type { Lifetime } from "../engine/lifetime.ts";
import { SECOND } from "../engine/tick.ts";
import { nameSuffix } from "../model/identity.ts";
import type { EventObject, KubernetesObject } from "../model/objects.ts";
import { START_EPOCH_SECONDS, Timestamps } from "../model/timestamp.ts";
import { ApiError, type Client } from "./client.ts";
import { type Correlated, EventCorrelator } from "./event-correlator.ts";
import { EventSeries } from "./event-series.ts";

/** What the involved object of an Event needs to show. */
export type Involved = Pick<KubernetesObject, "apiVersion" | "metadata"> & {
  readonly kind: string;
  /** The part of it that is meant, such as `spec.containers{web}`. */
  readonly fieldPath?: string;
};

export interface EventSink {
  event(object: Involved, type: "Normal" | "Warning", reason: string, message: string): void;
}

const MAX_WAITING = 1000;
const MAX_TRIES = 12;
const RETRY_MICROS = 10 * SECOND;

type Write = (done: (answer: unknown) => void) => void;

/** The API group by which a component writes Events: the scheduler uses the new one, all others the core. */
export type EventApi = "core/v1" | "events.k8s.io/v1";

/** Of one component in one of its lives. */
export class EventRecorder implements EventSink {
  private readonly life: Lifetime;
  private readonly client: Client;
  private readonly component: string;
  private readonly host: string;
  private readonly correlator: EventCorrelator<EventObject> | EventSeries<EventObject>;
  private readonly timestamps = new Timestamps();
  private readonly mark: string;
  private sequence = 0;
  // each is asked what to write when its turn has come; null = nothing
  private readonly waiting: (() => Write | null)[] = [];
  private readonly isSeries: boolean;
  private isWriting = false;

  /** @param component such as "replicaset-controller"; it becomes the Event's source */
  constructor(life: Lifetime, client: Client, component: string, host = "", api: EventApi = "core/v1") {
    this.life = life;
    this.client = client;
    this.component = component;
    this.host = host;
    this.isSeries = api !== "core/v1";
    this.correlator = this.isSeries ? new EventSeries() : new EventCorrelator();
    // tells components apart that speak of one object in the same instant
    this.mark = nameSuffix(`${component}/${host}`, 3);
  }

  event(object: Involved, type: "Normal" | "Warning", reason: string, message: string): void {
    if (this.life.isOver || this.waiting.length >= MAX_WAITING) return;
    const { now } = this.life.engine;
    this.waiting.push(() => {
      const { name, namespace = "default", uid = "" } = object.metadata;
      // a series is about one version of the object: once its status has changed, the same is said anew
      const version = this.isSeries ? ` ${object.metadata.resourceVersion ?? ""}` : "";
      const about = `${object.kind} ${namespace}/${name} ${uid}${version}`;
      const correlated = this.correlator.correlate(about, `${type} ${reason}`, message, now, object.fieldPath);
      return correlated === null ? null : this.writeOf(object, type, reason, correlated, now);
    });
    if (!this.isWriting) this.next();
  }

  private writeOf(
    object: Involved,
    type: "Normal" | "Warning",
    reason: string,
    { count, known, message, remember }: Correlated<EventObject>,
    now: number,
  ): Write {
    const { client, component, host } = this;
    const { name, namespace = "default", uid = "" } = object.metadata;
    const lastTimestamp = this.timestamps.at(now);
    const event: EventObject = {
      apiVersion: "v1",
      kind: "Event",
      metadata: { name: known?.metadata.name ?? this.nameOf(name, now), namespace },
      involvedObject: {
        apiVersion: object.apiVersion,
        kind: object.kind,
        namespace,
        name,
        uid,
        ...(object.fieldPath === undefined ? {} : { fieldPath: object.fieldPath }),
      },
      type,
      reason,
      message,
      source: { component, host },
      reportingComponent: component,
      count,
      firstTimestamp: known?.firstTimestamp ?? lastTimestamp,
      lastTimestamp,
    };
    const create: Write = (done) =>
      client.create("events", event, (answer) => {
        if (!(answer instanceof ApiError)) remember(event);
        done(answer);
      });
    if (known === undefined) return create;
    const change = { count, lastTimestamp, message };
    return (done) =>
      client.patch(
        "events",
        `${namespace}/${event.metadata.name}`,
        (before) => ({ ...before, ...change }),
        (answer) => {
          // it has lived for longer than Events are kept
          if (answer instanceof ApiError && answer.reason === "NotFound") create(done);
          else done(answer);
        },
      );
  }

  private nameOf(object: string, now: number): string {
    const micros = (START_EPOCH_SECONDS * SECOND + now).toString(16);
    return `${object}.${micros}${this.mark}${(this.sequence++).toString(16)}`;
  }

  private next(): void {
    for (;;) {
      const turn = this.waiting.shift();
      this.isWriting = turn !== undefined;
      if (turn === undefined) return;
      const write = turn();
      if (write !== null) return this.attempt(write, 1);
    }
  }

  private attempt(write: Write, tries: number): void {
    write(
      this.life.guard((answer: unknown) => {
        const isUnanswered = answer instanceof ApiError && answer.reason === "NoAnswer";
        if (!isUnanswered || tries >= MAX_TRIES) return this.next();
        const stream = this.life.engine.stream(`events/${this.component}/${this.host}/retry`);
        const share = tries === 1 ? stream.next() : 1;
        this.life.after(Math.round(RETRY_MICROS * share), () => this.attempt(write, tries + 1));
      }),
    );
  }
}
