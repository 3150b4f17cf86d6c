// The ways between members that network faults act on: from the targets to the others, or back, or both.
import type { FaultRun } from "../kind.ts";
import type { Undo } from "../world.ts";

/** Which ways of a target are meant: what it receives, what it sends, or both. */
export const DIRECTION = {
  type: "choice",
  words: ["both", "in", "out"],
  default: "both",
  doc: "in = only what the targets receive, out = only what they send.",
} as const;

export type Direction = (typeof DIRECTION)["words"][number];

interface Ends {
  readonly hosts: readonly string[];
}

/**
 * Applies a change to each way between targets and the other members. When every member is a target, these are all ways between
 * members.
 */
export function onLinks(
  { names, world }: FaultRun,
  direction: Direction,
  change: (from: Ends, to: Ends) => Undo,
): Undo {
  const hostOf = (name: string) => world.etcd.hostOf(name);
  const all = world.candidates("etcd").map((target) => target.name);
  const rest = all.filter((name) => !names.includes(name));
  const [targets, others] = [names.map(hostOf), (rest.length === 0 ? all : rest).map(hostOf)];
  const undo: Undo[] = [];
  if (rest.length === 0) undo.push(change({ hosts: targets }, { hosts: targets }));
  else {
    if (direction !== "in") undo.push(change({ hosts: targets }, { hosts: others }));
    if (direction !== "out") undo.push(change({ hosts: others }, { hosts: targets }));
  }
  return () => {
    for (const back of undo) back();
  };
}
