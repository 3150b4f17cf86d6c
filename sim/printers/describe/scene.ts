// What a description may look at besides its object: other objects of the cluster, and the moment.
import type { EventObject, KubernetesObject } from "../../model/objects.ts";
import { parseTimestampMicros } from "../../model/timestamp.ts";
import { ageOf } from "../age.ts";
import type { ListObjects } from "../get.ts";
import { eventReporter, lastSeen } from "../nodes.ts";
import type { DescribeWriter } from "./writer.ts";

export interface DescribeScene {
  readonly list: ListObjects;
  readonly nowMicros: number;
}

export type Describer<T extends KubernetesObject> = (object: T, scene: DescribeScene, out: DescribeWriter) => void;

/** Events of an object, in order of their last time; of a kind and name when the uid is not known to the writer of the Event. */
export function eventsOf(object: KubernetesObject, kind: string, { list }: DescribeScene): EventObject[] {
  const { name, namespace = "default", uid } = object.metadata;
  const isCluster = object.metadata.namespace === undefined;
  const events = (list("events") as readonly EventObject[]).filter(({ involvedObject: about }) => {
    if (about.kind !== kind || about.name !== name) return false;
    if (!isCluster && (about.namespace ?? "default") !== namespace) return false;
    // kubelets and node controllers write a node's name where its uid belongs
    return about.uid === undefined || about.uid === "" || about.uid === uid || about.uid === name;
  });
  const seen = (event: EventObject) => parseTimestampMicros(lastSeen(event) ?? "") ?? 0;
  return events.sort((a, b) => seen(a) - seen(b));
}

export function describeEvents(
  object: KubernetesObject,
  kind: string,
  scene: DescribeScene,
  out: DescribeWriter,
): void {
  const events = eventsOf(object, kind, scene);
  if (events.length === 0) {
    out.field(0, "Events", "<none>");
    return;
  }
  out.line(0, "Events:");
  out.line(1, "Type\tReason\tAge\tFrom\tMessage");
  out.line(1, "----\t------\t----\t----\t-------");
  for (const event of events) {
    const { count = 1, type, reason, message } = event;
    const last = ageOf(lastSeen(event), scene.nowMicros);
    const first = ageOf(event.firstTimestamp ?? event.metadata.creationTimestamp, scene.nowMicros);
    const age = count > 1 ? `${last} (x${count} over ${first})` : last;
    out.line(1, `${type}\t${reason}\t${age}\t${eventReporter(event)}\t${message.trim()}`);
  }
}
