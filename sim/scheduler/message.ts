// Texts that people read in FailedScheduling events and pod conditions, word for word as Kubernetes 1.36 writes them.

import type { NodeStatuses, Status } from "./framework.ts";

export const NO_NODES = "no nodes available to schedule pods";

/** Most bytes of an event's message; a longer one is cut and ends in " ...". The pod condition carries the full text. */
const EVENT_MESSAGE_LIMIT = 1024;

/** The reasons of a status as one text. */
export function statusMessage(status: Status | null): string {
  return status === null ? "" : status.reasons.join(", ");
}

/**
 * Why a pod fits nowhere.
 *
 * @param nodeCount all nodes of the cluster
 * @param preFilterMessage text of the PreFilter rejection, "" when filtering took place
 * @param postFilterMessage text of the PostFilter result, "" when there is none
 */
export function fitErrorMessage(
  nodeCount: number,
  preFilterMessage: string,
  statuses: NodeStatuses,
  postFilterMessage: string,
): string {
  let text = `0/${nodeCount} nodes are available:`;
  if (preFilterMessage !== "") {
    text += ` ${preFilterMessage}.`;
  } else {
    const histogram = reasonHistogram(nodeCount, statuses);
    if (histogram.length > 0) text += ` ${histogram.join(", ")}.`;
  }
  return postFilterMessage === "" ? text : `${text} ${postFilterMessage}`;
}

/** "count reason" strings, sorted as strings. Nodes without a status of their own count with the status of absent nodes. */
export function reasonHistogram(nodeCount: number, statuses: NodeStatuses): string[] {
  const counts = new Map<string, number>();
  const add = (status: Status, times: number) => {
    for (const reason of status.reasons) counts.set(reason, (counts.get(reason) ?? 0) + times);
  };
  let listed = 0;
  for (const [status, times] of statusCounts(statuses)) {
    add(status, times);
    listed += times;
  }
  const absent = nodeCount - listed;
  if (absent > 0 && statuses.absent !== null) add(statuses.absent, absent);
  return [...counts].map(([reason, count]) => `${count} ${reason}`).sort((a, b) => (a < b ? -1 : a > b ? 1 : 0));
}

/** Number of nodes per status. */
export function statusCounts(statuses: NodeStatuses): ReadonlyMap<Status, number> {
  if (statuses.counts !== undefined) return statuses.counts;
  const counts = new Map<Status, number>();
  for (const status of statuses.byNode.values()) counts.set(status, (counts.get(status) ?? 0) + 1);
  return counts;
}

/** The message as an event carries it: at most 1024 bytes. */
export function eventMessage(message: string): string {
  let bytes = 0;
  let cut = -1;
  let at = 0;
  for (const character of message) {
    const code = character.codePointAt(0) as number;
    const width = code < 0x80 ? 1 : code < 0x800 ? 2 : code < 0x10000 ? 3 : 4;
    if (cut < 0 && bytes + width > EVENT_MESSAGE_LIMIT - 4) cut = at;
    bytes += width;
    at += character.length;
  }
  return bytes <= EVENT_MESSAGE_LIMIT ? message : `${message.slice(0, cut)} ...`;
}
