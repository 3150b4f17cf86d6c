// Events as components write them: through the API, with a name per (object, reason, message) so that a repeated one only counts up.
// Best effort: a write that fails is given up. They are written one after the other, so that many of them do not take all of the
// client's rate for themselves; beyond a thousand that wait, new ones are dropped. Source: behaviour of client-go's tools/record.
import type { Lifetime } from "../engine/lifetime.ts";
import type { EventObject, KubernetesObject } from "../model/objects.ts";
import type { Client } from "./client.ts";

/** What the involved object of an Event needs to show. */
export type Involved = Pick<KubernetesObject, "apiVersion" | "metadata"> & { readonly kind: string };

export interface EventSink {
  event(object: Involved, type: "Normal" | "Warning", reason: string, message: string): void;
}

const MAX_WAITING = 1000;

/** Of one component in one of its lives. */
export class EventRecorder implements EventSink {
  private readonly life: Lifetime;
  private readonly client: Client;
  private readonly component: string;
  private readonly host: string;
  private readonly written = new Map<string, { readonly key: string; count: number }>();
  private sequence = 0;
  private readonly waiting: ((done: () => void) => void)[] = [];
  private isWriting = false;

  /** @param component such as "replicaset-controller"; it becomes the Event's source */
  constructor(life: Lifetime, client: Client, component: string, host = "") {
    this.life = life;
    this.client = client;
    this.component = component;
    this.host = host;
  }

  event(object: Involved, type: "Normal" | "Warning", reason: string, message: string): void {
    if (this.life.isOver) return;
    const { name, namespace = "default", uid = "" } = object.metadata;
    const identity = `${object.kind} ${namespace}/${name} ${uid} ${type} ${reason} ${message}`;
    const known = this.written.get(identity);
    if (known !== undefined) {
      const count = ++known.count;
      this.write((done) => this.client.patch("events", known.key, (before) => ({ ...before, count }), done));
      return;
    }
    // unique also among the lives of a component
    const { now } = this.life.engine;
    const eventName = `${name}.${this.component}.${now.toString(16)}.${(this.sequence++).toString(16)}`;
    this.written.set(identity, { key: `${namespace}/${eventName}`, count: 1 });
    const event: EventObject = {
      apiVersion: "v1",
      kind: "Event",
      metadata: { name: eventName, namespace },
      involvedObject: { apiVersion: object.apiVersion, kind: object.kind, namespace, name, uid },
      type,
      reason,
      message,
      source: { component: this.component, host: this.host },
      reportingComponent: this.component,
      count: 1,
    };
    this.write((done) => this.client.create("events", event, done));
  }

  private write(write: (done: () => void) => void): void {
    if (this.waiting.length >= MAX_WAITING) return;
    this.waiting.push(write);
    if (!this.isWriting) this.next();
  }

  private next(): void {
    const write = this.waiting.shift();
    this.isWriting = write !== undefined;
    write?.(this.life.guard(() => this.next()));
  }
}
