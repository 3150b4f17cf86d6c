// The event log of a run. A pod is stored as its row among the pods, and messages that name pod and node hold a mark in
// their place: most messages are then one text, however many pods they are about.
import type { EventObject } from "../model/objects.ts";
import { numbersOf, type Table, TableBuilder, textReader } from "./table.ts";

export type EventType = "Normal" | "Warning";

/** Stands in a message for namespace/name of the pod, and for the name of the node. */
export const POD_NAME = "\u0001";
export const NODE_NAME = "\u0002";

export class EventLog extends TableBuilder<
  "timeMicros" | "pod" | "count" | "lastMicros",
  "type" | "reason" | "node" | "message" | "kind" | "name" | "component"
> {
  constructor() {
    super(
      ["timeMicros", "pod", "count", "lastMicros"],
      ["type", "reason", "node", "message", "kind", "name", "component"],
    );
  }

  /** @param podRow row among the pods; -1 when the event is about a node */
  record(timeMicros: number, type: EventType, reason: string, podRow: number, nodeName: string, message: string): void {
    const row = this.add();
    const { numbers, texts } = this;
    numbers.timeMicros.set(row, timeMicros);
    if (podRow >= 0) numbers.pod.set(row, podRow);
    texts.type.set(row, type);
    texts.reason.set(row, reason);
    texts.node.set(row, nodeName);
    texts.message.set(row, message);
  }

  /** The same about something that is neither pod nor node. */
  recordOf(timeMicros: number, type: EventType, reason: string, kind: string, name: string, message: string): void {
    this.record(timeMicros, type, reason, -1, "", message);
    this.texts.kind.set(this.rows - 1, kind);
    this.texts.name.set(this.rows - 1, name);
  }

  /** An Event of the API, about whatever it involves. */
  recordObject(timeMicros: number, event: EventObject, podRow: number): number {
    const { kind = "", name = "", namespace = "" } = event.involvedObject;
    this.record(timeMicros, event.type, event.reason, podRow, event.source?.host ?? "", event.message);
    const row = this.rows - 1;
    if (podRow < 0) {
      this.texts.kind.set(row, kind);
      this.texts.name.set(row, namespace === "" || isClusterScoped(kind) ? name : `${namespace}/${name}`);
    }
    this.texts.component.set(row, event.source?.component || event.reportingComponent || "");
    this.numbers.count.set(row, event.count ?? 1);
    this.numbers.lastMicros.set(row, timeMicros);
    return row;
  }

  /** The Event of this row was seen again. */
  recur(row: number, timeMicros: number, count: number): void {
    this.numbers.count.set(row, count);
    this.numbers.lastMicros.set(row, timeMicros);
  }
}

// Events about what has no namespace lie in "default"
function isClusterScoped(kind: string): boolean {
  return kind === "Node" || kind === "PersistentVolume" || kind === "Namespace";
}

/** Takes an event about a part of the control plane, at the present moment. */
export type SystemEvent = (type: EventType, reason: string, kind: string, name: string, message: string) => void;

/** What an event is about. */
export interface EventSubject {
  readonly kind: string;
  /** namespace/name of a pod, name of anything else. */
  readonly name: string;
}

/** Reads whom events are about. */
export function subjectReader(events: Table, pods: Table): (row: number) => EventSubject {
  const podRow = numbersOf(events, "pod");
  const node = textReader(events, "node");
  const [namespace, name] = [textReader(pods, "namespace"), textReader(pods, "name")];
  const [otherKind, otherName] = [textReader(events, "kind"), textReader(events, "name")];
  return (row) => {
    const kind = otherKind(row);
    if (kind !== "") return { kind, name: otherName(row) };
    const pod = podRow[row]!;
    return Number.isNaN(pod)
      ? { kind: "Node", name: node(row) }
      : { kind: "Pod", name: `${namespace(pod)}/${name(pod)}` };
  };
}

/** Reads messages, with the names in their place. */
export function messageReader(events: Table, pods: Table): (row: number) => string {
  const subject = subjectReader(events, pods);
  const [node, message] = [textReader(events, "node"), textReader(events, "message")];
  return (row) => {
    const text = message(row);
    if (!text.includes(POD_NAME) && !text.includes(NODE_NAME)) return text;
    return text.replaceAll(POD_NAME, subject(row).name).replaceAll(NODE_NAME, node(row));
  };
}
